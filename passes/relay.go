package passes

import (
	"context"
	"fmt"
	"math"
	"regexp"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

// relay splits the fan-in of populations that listen to more sources than a
// neuron of the target can, if the user allows approximations. The sources of
// a population are cut into groups; for each group and neuron two relay
// neurons add up what excites it and what inhibits it, spike each time that
// their sum has grown by a quantum, and hand on one quantum:
//
//	relay:   v += sum of |w| over the group's sources of one sign; v >= q: spike, v -= q
//	target:  v += q * (excitatory relays that spike - inhibitory ones)
//
// The quantum q of a neuron is a multiple of its largest weight, the same for
// all, so that weights on a grid stay on it. With a calibration the weights are
// put on the target's grid before they are cut up.
//
// Sums of one sign only grow, so the target is always within half a quantum a
// group of what it would have got, a step later. A relay that gets more than a
// quantum a step lags behind and catches up. Without leave to approximate the
// population is left as it is, and the partition says that it does not fit.
func relay(ctx context.Context, s *State) error {
	caps := s.caps()
	if caps.FanIn == nil || !s.Opt.AllowApproximate {
		return nil
	}
	if err := calibrateFirst(ctx, s); err != nil {
		return err
	}
	into, err := projectionsInto(s.Net)
	if err != nil {
		return err
	}
	r := relayer{s: s, gone: make([]bool, len(s.Net.Nodes)), names: names{}}
	for i := range s.Net.Nodes {
		r.names[s.Net.Nodes[i].Name] = true
	}
	for _, id := range canonical(s.Net) {
		node := s.Net.Node(id)
		if node.Op != ir.OpIF {
			continue
		}
		if err := r.population(id, into[id]); err != nil {
			s.Diags.Errorf("E0422", place(s.Net.Node(id)), "", "%v", err)
			return nil
		}
	}
	remove(s.Net, func(id ir.NodeID) bool { return int(id) < len(r.gone) && r.gone[id] })
	return nil
}

// projectionsInto lists the projections by target.
func projectionsInto(n *ir.Network) ([][]*ir.Projection, error) {
	ps, err := n.Projections()
	if err != nil {
		return nil, err
	}
	into := make([][]*ir.Projection, len(n.Nodes))
	for i := range ps {
		into[ps[i].Dst] = append(into[ps[i].Dst], &ps[i])
	}
	return into, nil
}

// calibrateFirst runs the calibration, if there is one and some population
// needs relays; the quantize pass then finds its weights on the grid.
func calibrateFirst(ctx context.Context, s *State) error {
	if err := s.checkScheme(); err != nil || s.Opt.Calibration == nil {
		return err
	}
	into, err := projectionsInto(s.Net)
	if err != nil {
		return err
	}
	r := relayer{s: s}
	limit, _ := s.caps().FanIn(r.width())
	needed := false
	for i := range into {
		if s.Net.Node(ir.NodeID(i)).Op == ir.OpIF {
			_, most, err := fansOf(s.Net, into[i])
			if err != nil {
				return nil // reported below, population by population
			}
			needed = needed || most > limit
		}
	}
	if !needed {
		return nil
	}
	cal := *s.Opt.Calibration
	cal.denseOnly = true // their steps cannot be found again from the weights
	if cal.Thresholds == 0 {
		cal.Thresholds = sharedThresholds(s.Target)
	}
	widths := s.caps().WeightBits
	c, err := calibrate(ctx, s.Net, &cal, s.Opt.Scheme, widths, func(p *ir.Projection) quantize.Bits { return s.bits(p, widths) })
	if err != nil {
		return err
	}
	s.Net, s.Opt.Calibration, s.Opt.Scheme = c.now, nil, nil
	return nil
}

// relayActivity is the fraction of a relay's sources that are taken to spike
// in a busy step; the quantum is what they add up to at most. A smaller
// quantum is finer but lags when more of them spike, a larger one is coarse.
// On 1500 MNIST training digits, mlp_mnist_if with ternary weights keeps
// 92.7 % with 0.15, 97.9 % with 0.3, 97.2 % with 0.5 and 95.9 % with 1.
const relayActivity = 0.3

type relayer struct {
	s     *State
	gone  []bool // maps that relays replace
	names names
}

// fan is what one neuron listens to through one projection.
type fan struct {
	srcs []int32
	w    []float64
}

// fansOf lists what each neuron of a population listens to, by projection and
// neuron, and the largest number of sources of one neuron.
func fansOf(n *ir.Network, in []*ir.Projection) (fans [][]fan, most int, err error) {
	fans = make([][]fan, len(in))
	for i, p := range in {
		if n.Node(p.Src).Op == ir.OpBias {
			continue // one source
		}
		c, err := ir.NewConnector(n, p)
		if err != nil {
			return nil, 0, err
		}
		if lo, hi := c.DelayRange(); lo != hi {
			return nil, 0, fmt.Errorf("%s: delays that differ by synapse cannot be relayed", n.Node(p.Dst).Name)
		}
		fans[i] = make([]fan, n.Node(p.Dst).Out.Size())
		for j := range fans[i] {
			f := &fans[i][j]
			c.In(j, func(src int, k int32) {
				if w := c.W.At(int(k)); w != 0 {
					f.srcs, f.w = append(f.srcs, int32(src)), append(f.w, w)
				}
			})
		}
	}
	if len(in) == 0 {
		return fans, 0, nil
	}
	for j := range n.Node(in[0].Dst).Out.Size() {
		total := 0
		for i := range fans {
			if fans[i] != nil {
				total += len(fans[i][j].srcs)
			}
		}
		most = max(most, total)
	}
	return fans, most, nil
}

// population relays a population if one of its neurons listens to too much.
func (r *relayer) population(id ir.NodeID, in []*ir.Projection) error {
	s := r.s
	limit, oneSigned := s.caps().FanIn(r.width())
	fans, most, err := fansOf(s.Net, in)
	if err != nil || most <= limit {
		return err
	}
	name, size := s.Net.Node(id).Name, s.Net.Node(id).Out.Size()
	quanta := quantaOf(fans, oneSigned, in, s.Net)
	groups := 0
	for i, p := range in {
		if fans[i] != nil {
			groups += r.projection(id, p, fans[i], oneSigned, quanta)
		}
	}
	if 2*groups > limit {
		return fmt.Errorf("%s listens to %d sources: %d groups of relays are still more than the %d that a neuron can listen to", name, most, 2*groups, limit)
	}
	s.Net.Note("relay", "%s listens to up to %d sources, more than %d: %d relay neurons sum parts of them, one step later", name, most, limit, 2*groups*size)
	s.Diags.Warnf("W0502", place(s.Net.Node(id)), "", "%s is approximate on %s: %d relay neurons sum its %d sources in %d groups",
		name, s.Target.Name(), 2*groups*size, most, groups)
	for i := range s.Report.Fidelity {
		if f := &s.Report.Fidelity[i]; f.Node == name {
			f.Fidelity = max(f.Fidelity, backend.Approximate)
			f.Reason = join(f.Reason, "; ", fmt.Sprintf("its %d sources are summed by relay neurons", most))
		}
	}
	return nil
}

// width returns the weight width that the fan-in is counted with.
func (r *relayer) width() int {
	if r.s.Opt.Bits > 0 {
		return int(r.s.Opt.Bits)
	}
	widest := 0
	for _, b := range r.s.caps().WeightBits {
		widest = max(widest, b)
	}
	return widest
}

// quantaOf returns what the relays of each neuron hand on: its largest weight
// times the multiple that the busiest group needs, which is the most that it
// can add in a step, times relayActivity.
func quantaOf(fans [][]fan, group int, in []*ir.Projection, n *ir.Network) []float64 {
	var largest []float64
	multiple := 1.0
	for i := range fans {
		if fans[i] == nil {
			continue
		}
		if largest == nil {
			largest = make([]float64, len(fans[i]))
		}
		for j := range fans[i] {
			for _, w := range fans[i][j].w {
				largest[j] = max(largest[j], math.Abs(w))
			}
		}
	}
	for i := range fans {
		if fans[i] == nil {
			continue
		}
		sums := make([]float64, 2*(n.Node(in[i].Src).Out.Size()/group+1))
		for j := range fans[i] {
			clear(sums)
			for k, src := range fans[i][j].srcs {
				w := fans[i][j].w[k]
				at := 2 * (int(src) / group)
				if w < 0 {
					at, w = at+1, -w
				}
				sums[at] += w
				multiple = max(multiple, math.Round(relayActivity*sums[at]/largest[j]))
			}
		}
	}
	for j := range largest {
		if largest[j] *= multiple; largest[j] == 0 {
			largest[j] = 1 // a neuron that listens to nothing
		}
	}
	return largest
}

// projection replaces one projection by relays and returns how many groups.
func (r *relayer) projection(id ir.NodeID, p *ir.Projection, fans []fan, group int, quanta []float64) int {
	n := r.s.Net
	src, dst := n.Node(p.Src), n.Node(id)
	size := src.Out.Size()
	srcShape, dstShape, base := src.Out, dst.Out, dst.Name
	r.cut(p)
	groups := 0
	for first := 0; first < size; first += group {
		groups++
		for sign, suffix := range [2]string{"+", "-"} {
			w := groupWeights(fans, first, min(first+group, size), sign == 1, srcShape, dstShape)
			if w == nil {
				continue
			}
			name := r.names.unique(fmt.Sprintf("%s.sum%d%s", base, groups, suffix))
			w.Name = r.names.unique(src.Name + "->" + name)
			pop := relayPopulation(name, dstShape, n.Node(id).Neuron, quanta)
			m := n.Add(*w)
			relay := n.Add(pop)
			hand := ir.Node{Name: r.names.unique(name + "->" + base), Op: ir.OpScale, In: dstShape, Out: dstShape}
			factor := ir.Floats(dstShape, quanta)
			if sign == 1 {
				factor = factor.Map(func(q float64) float64 { return -q })
			}
			hand.Set(ir.PScale, factor)
			h := n.Add(hand)
			n.Connect(p.Src, m, p.Delay)
			n.Connect(m, relay, 0)
			n.Connect(relay, h, 0)
			n.Connect(h, id, 0)
			src = n.Node(p.Src) // the nodes may have moved
		}
	}
	return groups
}

// cut removes the maps of a projection.
func (r *relayer) cut(p *ir.Projection) {
	n := r.s.Net
	edges := n.Edges[:0:0]
	for _, e := range n.Edges {
		keep := true
		for _, m := range p.Maps {
			keep = keep && e.Src != m && e.Dst != m
		}
		if keep {
			edges = append(edges, e)
		}
	}
	n.Edges = edges
	for _, m := range p.Maps {
		r.gone[m] = true
	}
}

// groupWeights returns the sparse map of one sign from sources first..end-1,
// nil if there is no synapse.
func groupWeights(fans []fan, first, end int, negative bool, in, out ir.Shape) *ir.Node {
	rows := make([][]int32, in.Size())
	vals := make([][]float64, in.Size())
	total := 0
	for j := range fans {
		for k, src := range fans[j].srcs {
			w := fans[j].w[k]
			if int(src) < first || int(src) >= end || w < 0 != negative {
				continue
			}
			if negative {
				w = -w
			}
			rows[src], vals[src] = append(rows[src], int32(j)), append(vals[src], w)
			total++
		}
	}
	if total == 0 {
		return nil
	}
	ptr := []int32{0}
	idx, w := make([]int32, 0, total), make([]float64, 0, total)
	for i := range rows {
		idx, w = append(idx, rows[i]...), append(w, vals[i]...)
		ptr = append(ptr, int32(len(idx)))
	}
	node := ir.Node{Op: ir.OpSparse, In: in, Out: out}
	node.Set(ir.PIndptr, ir.Ints(ir.Shape{len(ptr)}, ptr))
	node.Set(ir.PIndices, ir.Ints(ir.Shape{total}, idx))
	node.Set(ir.PWeight, ir.Floats(ir.Shape{total}, w))
	return &node
}

// relayPopulation returns integrate-and-fire neurons with unit gain that fire
// at their quanta and subtract them, starting half way so that sums are
// rounded.
func relayPopulation(name string, shape ir.Shape, like ir.Neuron, quanta []float64) ir.Node {
	pop := ir.Node{Name: name, Op: ir.OpIF, In: shape, Out: shape, Neuron: like}
	pop.Neuron.Integrator, pop.Neuron.Reset, pop.Neuron.Compare = ir.ExpUnit, ir.ResetSubtract, ir.GreaterEqual
	pop.Set(ir.PR, ir.Uniform(shape, 1))
	q := ir.Floats(shape, quanta)
	pop.Set(ir.PVThreshold, q)
	pop.Set(ir.PV0, q.Map(func(x float64) float64 { return x / 2 }))
	return pop
}

// relayName is what the pass appends to the name of a population or a map.
var relayName = regexp.MustCompile(`\.sum[0-9]+[+-](_[0-9]+)?`)

// Unrelayed returns the name of the population that a relay sums for, or of the
// projection that a map is a part of; any other name as it is.
func Unrelayed(name string) string { return relayName.ReplaceAllString(name, "") }
