package passes

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

// quantizePass turns every population into the target's integer neuron and
// every projection's weights into mantissas with an exponent. Potentials are
// counted from the potential after a reset, which is the chip's zero.
func quantizePass(ctx context.Context, s *State) error {
	ps, err := s.Net.Projections()
	if err != nil {
		return err
	}
	if !checkBits(s, ps) || !checkDecayBits(s) {
		return nil
	}
	if s.Opt.KeepExact {
		s.Exact = &Exact{Weights: map[string][]float64{}, Units: map[string][]float64{}, Bias: map[string][]float64{}}
	}
	into := make([][]*ir.Projection, len(s.Net.Nodes))
	for i := range ps {
		into[ps[i].Dst] = append(into[ps[i].Dst], &ps[i])
	}
	found, err := calibratedPopulations(ctx, s)
	if err != nil {
		return fmt.Errorf("calibration: %w", err)
	}
	if !checkRing(s) {
		return nil
	}
	drives, err := measuredDrives(ctx, s)
	if err != nil {
		return fmt.Errorf("calibration: %w", err)
	}
	for _, id := range canonical(s.Net) {
		if err := ctx.Err(); err != nil {
			return err
		}
		node := s.Net.Node(id)
		if !node.Op.IsNeuron() || node.Op.IsInteger() {
			continue
		}
		caps := s.caps()
		q := populationQuantizer{s: s, caps: caps, chip: chipFormats(caps), node: node, in: into[id], found: found[id]}
		run := q.run
		if caps.Fixed != nil {
			run = (&fixedQuantizer{populationQuantizer: q, drive: drives[id]}).run
		}
		if err := run(); err != nil {
			s.Diags.Errorf("E0431", place(node), "", "%s: %v", node.Name, err)
		}
	}
	sweep(s)
	return nil
}

// chipFormats returns the number formats among a target's capabilities.
func chipFormats(c *backend.Caps) *quantize.Chip {
	return &quantize.Chip{
		ThresholdUnit: c.ThresholdUnit, ThresholdMax: c.ThresholdMax,
		BiasMantMax: c.BiasMantMax, BiasExpMax: c.BiasExpMax,
		WeightGrid: c.WeightGrid, ExpMax: c.ExpMax, WeightUnit: c.WeightUnit, WeightLimit: c.WeightLimit,
		DecayBits: c.Int.DecayBits, AccBits: c.Int.AccBits, CurrentBits: c.Int.CurrentBits,
	}
}

// populationQuantizer quantizes one population and what leads to it.
type populationQuantizer struct {
	s    *State
	caps *backend.Caps
	chip *quantize.Chip
	node *ir.Node
	in   []*ir.Projection

	coeff     ir.Coeff
	current   bool
	gain      ir.Tensor // of an input, by neuron, after dividing by the threshold if that differs
	norm      ir.Tensor // 1/threshold where thresholds differ, else 1
	threshold float64   // largest, after norm
	bias      []float64 // constant drive of the potential, nil if none
	native    int       // projection whose constant input became bias, -1
	conns     []*ir.Connector

	found *calibrated // what the calibration says, nil without
	rows  bool        // each neuron's weights have a step of their own
	own   []float64   // then, and if found, the scale of each neuron
}

func (q *populationQuantizer) run() error {
	if err := q.prepare(); err != nil {
		return err
	}
	switch {
	case q.found != nil:
		return q.runCalibrated()
	case q.rows:
		return q.runRows()
	}
	group, err := q.group()
	if err != nil {
		return err
	}
	bits := q.bits(0)
	for i := range q.in {
		bits = max(bits, q.bits(i))
	}
	scale, err := quantize.Choose(q.chip, bits, group)
	if err != nil {
		return err
	}
	for i := range q.in {
		if i != q.native {
			q.weights(i, bits, &scale)
		}
	}
	return q.population(&scale)
}

// prepare finds the coefficients, the gain of inputs and the bias.
func (q *populationQuantizer) prepare() error {
	n := q.node
	var err error
	if q.coeff, err = n.Coefficients(q.s.Net.DT); err != nil {
		return err
	}
	q.current = q.coeff.AS.Valid()
	q.gain = q.coeff.GM
	if q.current {
		q.gain = ir.Zip(q.gain, q.coeff.GS, func(a, b float64) float64 { return a * b })
	}
	reset := resetPotential(n)
	th := ir.Zip(n.P(ir.PVThreshold), reset, func(t, r float64) float64 { return t - r }).Compact()
	q.norm = ir.Uniform(n.Out, 1)
	q.rows = q.found == nil && q.byRow()
	if !th.IsUniform() || q.found != nil || q.rows {
		// A chip has few thresholds: scale each neuron so that all are 1. A
		// calibration counts in thresholds, and so do steps by neuron.
		if lo, _ := th.Range(); lo <= 0 {
			return fmt.Errorf("a threshold is %g above the reset potential and must be positive", lo)
		}
		q.norm = th.Map(func(t float64) float64 { return 1 / t })
		th = ir.Uniform(n.Out, 1)
	}
	_, q.threshold = th.Range()
	q.gain = ir.Zip(q.gain, q.norm, func(a, b float64) float64 { return a * b }).Compact()
	q.findBias(reset)
	return nil
}

// nativeBias tells whether a projection is a constant input that the chip's
// own bias can stand for: it begins with the first step, and no synaptic
// current filters it.
func nativeBias(n *ir.Network, p *ir.Projection) bool {
	dst := n.Node(p.Dst).Op
	return n.Node(p.Src).Op == ir.OpBias && p.Delay == 0 && (dst == ir.OpLIF || dst == ir.OpIF)
}

// findBias adds up the constant drive: the pull of the resting potential, and
// constant inputs, as far as the chip's own bias can stand for them.
func (q *populationQuantizer) findBias(reset ir.Tensor) {
	n := q.node
	size := n.Out.Size()
	leak := ir.Uniform(n.Out, 0)
	if n.Op != ir.OpIF {
		leak = ir.Zip(ir.Zip(n.P(ir.PVLeak), reset, func(l, r float64) float64 { return l - r }), q.coeff.GL,
			func(l, g float64) float64 { return l * g })
	}
	q.native = -1
	var constant ir.Tensor
	for i, p := range q.in {
		if nativeBias(q.s.Net, p) {
			q.native = i
			constant = q.s.Net.Node(p.Maps[0]).P(ir.PWeight)
		}
	}
	if q.native < 0 && allZero(leak) {
		return
	}
	q.bias = make([]float64, size)
	for j := range q.bias {
		q.bias[j] = leak.At(j) * q.norm.At(j)
		if q.native >= 0 {
			q.bias[j] += constant.At(j) * q.gain.At(j)
		}
	}
}

// group measures what the scale has to suit.
func (q *populationQuantizer) group() (quantize.Group, error) {
	g := quantize.Group{WMax: make([]float64, len(q.in)), Threshold: q.threshold, Gain: 1}
	size := q.node.Out.Size()
	pos, neg := make([]float64, size), make([]float64, size)
	q.conns = make([]*ir.Connector, len(q.in))
	for i, p := range q.in {
		if i == q.native {
			continue
		}
		if err := q.spread(p); err != nil {
			return g, err
		}
		c, err := ir.NewConnector(q.s.Net, p)
		if err != nil {
			return g, err
		}
		q.conns[i] = c
		for j := range size {
			gain := q.gain.At(j)
			c.In(j, func(_ int, k int32) {
				w := c.W.At(int(k)) * gain
				g.WMax[i] = max(g.WMax[i], math.Abs(w))
				if w > 0 {
					pos[j] += w
				} else {
					neg[j] -= w
				}
			})
		}
	}
	for j := range size {
		g.InputSum = max(g.InputSum, pos[j], neg[j])
	}
	for _, b := range q.bias {
		g.Bias = max(g.Bias, math.Abs(b))
	}
	if q.current {
		_, a := q.coeff.AS.Range()
		g.Gain = 1 / max(1-a, 1e-3)
	}
	return g, nil
}

// spread rewrites a convolution onto neurons of different gain as a sparse
// map, because its shared weights cannot be scaled neuron by neuron.
func (q *populationQuantizer) spread(p *ir.Projection) error {
	n := q.s.Net
	w := n.Node(p.Maps[weightAt(n, p)])
	if q.gain.IsUniform() || w.Op != ir.OpConv1d && w.Op != ir.OpConv2d {
		return nil
	}
	c, err := singleMap(w)
	if err != nil {
		return err
	}
	ptr := []int32{0}
	idx, vals := []int32{}, []float64{} // a kernel may see padding only
	type synapse struct{ target, weight int32 }
	var row []synapse
	for i := range w.In.Size() {
		row = row[:0]
		c.Out(i, func(o int, k int32) { row = append(row, synapse{int32(o), k}) })
		slices.SortFunc(row, func(a, b synapse) int { return int(a.target - b.target) })
		for _, s := range row {
			idx = append(idx, s.target)
			vals = append(vals, c.W.At(int(s.weight)))
		}
		if len(idx) > maxProduct {
			return fmt.Errorf("neurons of different gain take the sharing from the weights of %s, which then has more than %d synapses", w.Name, maxProduct)
		}
		ptr = append(ptr, int32(len(idx)))
	}
	out := ir.Node{ID: w.ID, Name: w.Name, Op: ir.OpSparse, In: w.In, Out: w.Out, Origin: w.Origin}
	out.Set(ir.PIndptr, ir.Ints(ir.Shape{len(ptr)}, ptr))
	out.Set(ir.PIndices, ir.Ints(ir.Shape{len(idx)}, idx))
	out.Set(ir.PWeight, ir.Floats(ir.Shape{len(vals)}, vals))
	n.Note("spread", "%s became sparse: its targets differ in gain or threshold, so weights cannot be shared", w.Name)
	*w = out
	return nil
}

// weightAt returns the place of the weighted map in a lowered projection.
func weightAt(n *ir.Network, p *ir.Projection) int {
	for i, id := range p.Maps {
		if n.Node(id).Op.Weighted() {
			return i
		}
	}
	return len(p.Maps) - 1
}

// weights quantizes projection i.
func (q *populationQuantizer) weights(i, widest int, scale *quantize.Scale) {
	n := q.s.Net
	p := q.in[i]
	node := n.Node(p.Maps[weightAt(n, p)])
	key := ir.WeightKey(node.Op)
	w := node.P(key)
	target := targetOf(node)
	gain := func(k int) float64 { return q.gain.At(target(k)) }
	if w.IsUniform() && !q.gain.IsUniform() {
		w = ir.Floats(w.Shape, repeat(w.At(0), w.Len()))
	}
	bits := q.bits(i)
	// A narrower projection spreads its fewer levels over the same range.
	x := scale.X[i] + widest - bits
	q.keepWeights(node, w, func(int) float64 { return scale.S })
	m, f, st := quantize.Weights(w, gain, scale.S, q.chip, bits, x)
	node.Set(key, ir.Ints(w.Shape, m))
	node.Q = &f
	q.report(i, node, &f, st)
}

// targetOf returns the target neuron, up to those that share a weight, of
// weight k of a map.
func targetOf(node *ir.Node) func(k int) int {
	switch node.Op {
	case ir.OpDense:
		in := node.In.Size()
		return func(k int) int { return k / in }
	case ir.OpSparse:
		idx := node.P(ir.PIndices)
		return func(k int) int { return int(idx.IntAt(k)) }
	case ir.OpScale:
		return func(k int) int { return k }
	case ir.OpConv1d, ir.OpConv2d:
		shape := node.P(ir.PWeight).Shape
		weights, positions := shape.Size()/shape[0], node.Out.Size()/shape[0]
		return func(k int) int { return k / weights * positions }
	}
	return func(int) int { return 0 }
}

func repeat(x float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = x
	}
	return out
}

// sweep removes maps and sources that were left without edges, and their
// latencies.
func sweep(s *State) {
	used := make([]bool, len(s.Net.Nodes))
	for _, e := range s.Net.Edges {
		used[e.Src], used[e.Dst] = true, true
	}
	gone := func(id ir.NodeID) bool {
		op := s.Net.Node(id).Op
		return !used[id] && (op.IsMap() || op == ir.OpBias)
	}
	m := &ir.Mapping{}
	for i := range s.Map.Latency {
		if !gone(ir.NodeID(i)) {
			m.Latency = append(m.Latency, s.Map.Latency[i])
			m.Scale = append(m.Scale, s.Map.Scale[i])
			m.Offset = append(m.Offset, s.Map.Offset[i])
		}
	}
	remove(s.Net, gone)
	s.Map = m
}
