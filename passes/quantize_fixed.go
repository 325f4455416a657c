package passes

import (
	"math"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

// fixedQuantizer turns a population into the fixed-point neuron of ir.FixLIF.
// Potentials are counted from the one after a reset. Each neuron has a scale of
// its own, so that the gain of its input becomes its threshold and its weights
// stay shared.
//
// The input of a step is 16 bits wide, so it cannot be larger than
// RingMax*unit whatever the network does; the scale is chosen so that with this
// bound nothing in the neuron can wrap.
type fixedQuantizer struct {
	populationQuantizer
	drive *drive // measured, nil if not

	exc, inh         quantize.RingSynapses // the largest of all neurons, by member
	maxExc, maxInh   float64               // what the inputs have to hold
	unitExc, unitInh float64
	rule             quantize.RingRule
	shiftExc         int8
	shiftInh         int8
}

// fixedRoom is the largest magnitude of a potential and of what drives it, so
// that their difference stays within 32 bits.
const fixedRoom = 1 << 30

func (q *fixedQuantizer) run() error {
	if err := q.prepareFixed(); err != nil {
		return err
	}
	if err := q.inputs(); err != nil {
		return err
	}
	out, err := q.neurons()
	if err != nil {
		return err
	}
	for i := range q.in {
		if i != q.native {
			q.fixedWeights(i)
		}
	}
	q.replace(out)
	return nil
}

// prepareFixed finds the coefficients and the constant drive.
func (q *fixedQuantizer) prepareFixed() error {
	n := q.node
	var err error
	if q.coeff, err = n.Coefficients(q.s.Net.DT); err != nil {
		return err
	}
	q.current = q.coeff.AS.Valid()
	q.norm = ir.Uniform(n.Out, 1)
	q.gain = q.coeff.GM
	if q.current {
		q.gain = ir.Zip(q.gain, q.coeff.GS, func(a, b float64) float64 { return a * b })
	}
	q.findBias(resetPotential(n))
	q.conns = make([]*ir.Connector, len(q.in))
	return nil
}

// fixedWeights turns the weights of projection i into units of their inputs.
func (q *fixedQuantizer) fixedWeights(i int) {
	p := q.in[i]
	node := q.s.Net.Node(p.Maps[weightAt(q.s.Net, p)])
	key := ir.WeightKey(node.Op)
	w := node.P(key)
	size := w.Stored()
	m := make([]int32, size)
	old, got, steps := make([]float64, size), make([]float64, size), make([]float64, size)
	wrong, all := 0.0, 0.0
	for k := range size {
		x := w.At(k)
		unit := q.unitExc
		if x < 0 {
			unit = q.unitInh
		}
		level := min(math.RoundToEven(math.Abs(x)/unit), quantize.RingMax)
		m[k] = int32(math.Copysign(level, x))
		old[k], got[k], steps[k] = x, math.Copysign(level*unit, x), unit
		wrong, all = wrong+math.Abs(got[k]-x), all+math.Abs(x)
	}
	node.Set(key, ir.Ints(w.Shape, m))
	node.Q = &ir.QFormat{Bits: 16, Sign: ir.SignMixed, Unit: 1, Scale: 1 / q.unitExc}
	q.report(i, node, node.Q, quantize.Compare(old, got, steps, func(int) float64 { return quantize.RingMax }))
	r := &q.s.Report.Projections[len(q.s.Report.Projections)-1]
	r.Ring = &RingReport{
		Rule: q.rule.String(), UnitExc: q.unitExc, UnitInh: q.unitInh,
		MaxExc: q.unitExc * quantize.RingMax, MaxInh: q.unitInh * quantize.RingMax,
		WorstExc: q.exc.Sum, WorstInh: q.inh.Sum,
		ShiftExc: q.shiftExc, ShiftInh: q.shiftInh, Relative: wrong / max(all, math.SmallestNonzeroFloat64),
	}
}

// replace puts the fixed-point population in the place of the node.
func (q *fixedQuantizer) replace(f *fixedNeurons) {
	n := q.node
	out := ir.Node{
		ID: n.ID, Name: n.Name, Op: ir.OpFixLIF, In: n.In, Out: n.Out, Meta: n.Meta, Origin: n.Origin,
		FixLIF: &ir.FixLIF{Arith: q.caps.Fixed.Arith, ShiftExc: q.shiftExc, ShiftInh: q.shiftInh},
	}
	for _, x := range []struct {
		k ir.Param
		v []int32
	}{
		{ir.PTauSyn, f.tauSyn},
		{ir.PTauMem, f.tauMem},
		{ir.PCMem, f.c},
		{ir.PVLeak, f.rest},
		{ir.PVThreshold, f.threshold},
		{ir.PBias, f.bias},
		{ir.PV0, f.v0},
	} {
		t := ir.Ints(n.Out, x.v).Compact()
		if spec := ir.OpFixLIF.Spec(x.k); spec.Required || !allZero(t) {
			out.Set(x.k, t)
		}
	}
	if n.Has(ir.PRefSteps) {
		out.Set(ir.PRefSteps, n.P(ir.PRefSteps))
	}
	if q.native >= 0 {
		q.dropNative()
	}
	scale := ir.Floats(n.Out, f.scale).Compact()
	q.s.Report.Populations = append(q.s.Report.Populations, PopulationReport{
		Name: n.Name, Op: n.Op.String(), Neurons: n.Out.Size(), Latency: q.s.Map.Latency[n.ID], Scale: scale.At(0),
	})
	if reset := resetPotential(n); scale.IsUniform() && reset.IsUniform() {
		q.s.Map.Scale[n.ID], q.s.Map.Offset[n.ID] = scale.At(0), reset.At(0)
	}
	*n = out
}
