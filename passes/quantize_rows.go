package passes

import (
	"math"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

// byRow tells whether the weights of each neuron can have a step of their own:
// the chip has a threshold for every neuron, so that the step can be folded
// into it, and no projection shares weights between neurons.
func (q *populationQuantizer) byRow() bool {
	if sharedThresholds(q.s.Target) > 0 {
		return false
	}
	for _, p := range q.in {
		switch op := q.s.Net.Node(p.Maps[weightAt(q.s.Net, p)]).Op; op {
		case ir.OpDense, ir.OpSparse, ir.OpScale:
		default:
			return false
		}
	}
	return true
}

// runRows rounds the weights of each neuron to multiples of its own step.
func (q *populationQuantizer) runRows() error {
	size := q.node.Out.Size()
	rows := make([][]float64, size) // weights in thresholds, by neuron
	widest := 1
	q.conns = make([]*ir.Connector, len(q.in))
	for i, p := range q.in {
		if i == q.native {
			continue
		}
		widest = max(widest, q.bits(i))
		c, err := ir.NewConnector(q.s.Net, p)
		if err != nil {
			return err
		}
		q.conns[i] = c
		for j := range size {
			c.In(j, func(_ int, k int32) { rows[j] = append(rows[j], c.W.At(int(k))*q.gain.At(j)) })
		}
	}
	n := quantize.Neurons{Step: make([]float64, size), Bias: q.bias, Sum: make([]float64, size), Gain: q.currentGain()}
	kmax := quantize.KMax(widest)
	// Below this a threshold would be more steps than the chip can count.
	least := 2 * float64(q.chip.WeightUnit) / (float64(q.chip.ThresholdMax) * float64(q.chip.ThresholdUnit))
	for j, row := range rows {
		n.Step[j] = max(rowStep(row, kmax), least)
		var pos, neg float64
		for _, w := range row {
			pos, neg = pos+max(w, 0), neg+max(-w, 0)
		}
		n.Sum[j] = max(pos, neg) / n.Step[j]
	}
	own, x, mayWrap, err := quantize.Fold(q.chip, &n)
	if err != nil {
		return err
	}
	q.own = own
	for i := range q.in {
		if i != q.native {
			q.rowWeights(i, n.Step, x)
		}
	}
	return q.population(&quantize.Scale{S: own[0], MayWrap: mayWrap})
}

// rowStep returns the step of a neuron's weights: the largest of which all of
// them are multiples, if they lie on a grid of at most kmax steps already,
// else the one with which the largest weight is kmax steps.
func rowStep(row []float64, kmax int32) float64 {
	most := 0.0
	for _, w := range row {
		most = max(most, math.Abs(w))
	}
	if most == 0 {
		return 1 // nothing to round
	}
	for d := int32(1); d <= kmax; d++ {
		step, onGrid := most/float64(d), true
		for _, w := range row {
			k := w / step
			if math.Abs(k-math.RoundToEven(k)) > 1e-6 {
				onGrid = false
				break
			}
		}
		if onGrid {
			return step
		}
	}
	return most / float64(kmax)
}

// rowWeights writes the mantissas of projection i.
func (q *populationQuantizer) rowWeights(i int, step []float64, x int) {
	node := q.s.Net.Node(q.in[i].Maps[weightAt(q.s.Net, q.in[i])])
	key := ir.WeightKey(node.Op)
	w := node.P(key)
	if w.IsUniform() {
		w = ir.Floats(w.Shape, repeat(w.At(0), w.Len()))
	}
	q.keepWeights(node, w, func(j int) float64 { return q.own[j] })
	bits := q.bits(i)
	kmax := float64(quantize.KMax(bits))
	target := targetOf(node)
	levels, old, got, steps := make([]float64, w.Len()), make([]float64, w.Len()), make([]float64, w.Len()), make([]float64, w.Len())
	for k := range levels {
		j := target(k)
		s := step[j] / q.gain.At(j) // in units of the weight
		levels[k] = max(-kmax, min(kmax, math.RoundToEven(w.At(k)/s)))
		old[k], got[k], steps[k] = w.At(k), levels[k]*s, s
	}
	m, f := quantize.Mantissas(q.chip, levels, bits, x)
	node.Set(key, ir.Ints(w.Shape, m))
	node.Q = &f
	q.report(i, node, &f, quantize.Compare(old, got, steps, func(int) float64 { return kmax }))
}
