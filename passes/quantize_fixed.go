package passes

import (
	"fmt"
	"math"
	"slices"

	"github.com/synfire/synfire/internal/fixed"
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

// inputs chooses the units of both inputs.
func (q *fixedQuantizer) inputs() error {
	size := q.node.Out.Size()
	exc, inh := make([]quantize.RingSynapses, size), make([]quantize.RingSynapses, size)
	lo, hi := int32(math.MaxInt32), int32(-1)
	for i, p := range q.in {
		if i == q.native {
			continue
		}
		c, err := ir.NewConnector(q.s.Net, p)
		if err != nil {
			return err
		}
		q.conns[i] = c
		a, b := c.DelayRange()
		lo, hi = min(lo, a), max(hi, b)
		for j := range size {
			c.In(j, func(_ int, k int32) {
				switch w := c.W.At(int(k)); {
				case w > 0:
					exc[j].Add(w)
				case w < 0:
					inh[j].Add(-w)
				}
			})
		}
	}
	q.chooseRule()
	q.exc, q.inh = largest(exc), largest(inh)
	for j := range size {
		q.maxExc = max(q.maxExc, q.need(&exc[j], lo >= hi))
		q.maxInh = max(q.maxInh, q.need(&inh[j], lo >= hi))
	}
	if q.rule == quantize.RingMeasured {
		q.maxExc, q.maxInh = q.measured(q.maxExc, q.drive.exc), q.measured(q.maxInh, q.drive.inh)
	}
	q.chooseUnits(q.s.Opt.RingMax)
	q.checkVanished()
	return nil
}

// chooseUnits sets the units of both inputs, which saturate at a number of
// thresholds if that is positive.
func (q *fixedQuantizer) chooseUnits(thresholds float64) {
	exc, inh, spread := q.maxExc, q.maxInh, int(q.caps.Fixed.MaxShift)
	if most := thresholds * q.oneThreshold(); most > 0 {
		exc, inh = min(exc, most), min(inh, most)
	}
	if q.node.Op == ir.OpIF {
		// The potential counts in whole units, see maxIntegrator.
		least := q.leastUnit() * quantize.RingMax
		exc, inh, spread = max(exc, least), max(inh, least), 0
	}
	var coarser int
	q.unitExc, q.unitInh, coarser = quantize.RingUnits(exc, inh, spread)
	q.shiftExc, q.shiftInh = int8(max(0, coarser)), int8(max(0, -coarser))
}

// largest returns the largest of each member.
func largest(rs []quantize.RingSynapses) quantize.RingSynapses {
	var out quantize.RingSynapses
	for _, r := range rs {
		out.N, out.Sum, out.Largest = max(out.N, r.N), max(out.Sum, r.Sum), max(out.Largest, r.Largest)
	}
	return out
}

func (q *fixedQuantizer) chooseRule() {
	q.rule = first(q.s.Opt.Ring, quantize.RingWorst)
	if q.drive != nil {
		q.rule = quantize.RingMeasured
	}
}

// need returns the input that a neuron's synapses can add up to in a step by
// the rule; for RingMeasured, the worst.
func (q *fixedQuantizer) need(r *quantize.RingSynapses, oneDelay bool) float64 {
	if q.rule == quantize.RingRate {
		return r.Estimate(q.s.Net.DT, oneDelay)
	}
	// Every weight may be rounded up by half a unit.
	half := min(float64(r.N)/2, quantize.RingMax/2)
	return r.Sum * quantize.RingMax / (quantize.RingMax - half)
}

// measuredMargin is by how much the inputs hold more than the samples showed.
const measuredMargin = 1.25

// measured returns the input to hold by what the samples showed, at most the
// worst.
func (q *fixedQuantizer) measured(worst, seen float64) float64 {
	if seen == 0 {
		return worst
	}
	return min(worst, seen*measuredMargin)
}

// oneThreshold returns the input that raises the potential by a threshold, of
// the neuron that takes most.
func (q *fixedQuantizer) oneThreshold() float64 {
	most := 0.0
	th, reset := q.node.P(ir.PVThreshold), resetPotential(q.node)
	for j := range q.node.Out.Size() {
		if g := math.Abs(q.gain.At(j)); g > 0 {
			most = max(most, (th.At(j)-reset.At(j))/g)
		}
	}
	return most
}

// leastUnit returns the smallest unit of the input with which all thresholds of
// integrators are at most maxIntegrator units.
func (q *fixedQuantizer) leastUnit() float64 { return q.oneThreshold() / maxIntegrator }

// An integrator without leak is the neuron with the longest time constant, whose
// decay is d = 1 - 2^-14, and a gain of 2^14:
//
//	alpha = 2^14*input + rest
//	v = alpha - floor(d*(alpha - v)) = v + input + ceil((rest - v)/2^14)
//
// which is v + input as long as v stays in rest..rest+2^14-1. The rest lies
// 2^14 below the threshold, so the potential only leaks, by 1 a step, once it is
// that far below. maxIntegrator is the largest threshold, which leaves three times as
// much for what is below the reset.
const maxIntegrator = 1 << 12

// maxIntegratorBias keeps 2^14*(input + bias) within 31 bits.
const maxIntegratorBias = 1 << 15

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
	q.report(i, node, node.Q, quantize.Compare(old, got, steps, quantize.RingMax))
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

// fixedNeurons are the words of a population and, by neuron, how many units of
// 2^-15 the potential 1 is.
type fixedNeurons struct {
	tauSyn, tauMem, c, rest, threshold, bias, v0 []int32
	scale                                        []float64
}

// neurons chooses the words of all neurons.
func (q *fixedQuantizer) neurons() (*fixedNeurons, error) {
	size := q.node.Out.Size()
	col := func() []int32 { return make([]int32, size) }
	f := &fixedNeurons{col(), col(), col(), col(), col(), col(), col(), make([]float64, size)}
	syn := q.currents(f)
	q.raiseShifts(syn)
	for j := range size {
		if err := q.neuron(f, j, syn[j]); err != nil {
			return nil, fmt.Errorf("neuron %d: %w", j, err)
		}
	}
	q.notePrecision(f)
	return f, nil
}

// coarseThreshold is the number of units of the potential below which a
// threshold is reported as coarse.
const coarseThreshold = 1 << 10

// notePrecision says how fine the potentials are where that may matter.
func (q *fixedQuantizer) notePrecision(f *fixedNeurons) {
	n := q.node
	if n.Op == ir.OpIF {
		most := float64(slices.Max(f.threshold))
		q.s.Diags.Notef("N0434", place(n), "", "%s integrates in steps of about 1/%.0f of its threshold, without leak down to %.2g thresholds below the reset, with a leak of 1/16384 of what is below that a step",
			n.Name, most, (1<<14-most)/most)
		return
	}
	if least := slices.Min(f.threshold); least < coarseThreshold {
		q.s.Diags.Warnf("W0436", place(n), "--calibrate FILE measures how large its input gets; --ring-max X says so",
			"%s counts its potential in steps of 1/%d of the threshold, because its long time constants add up what the 16 bits of its input can hold", n.Name, least)
	}
}

// fixedCurrent says what an input of 1 adds to a current, and what it adds up
// to if it comes in every step.
type fixedCurrent struct{ first, sum float64 }

// currents chooses the time constants of the currents. Where none decays over
// steps, they last for one.
func (q *fixedQuantizer) currents(f *fixedNeurons) []fixedCurrent {
	out := make([]fixedCurrent, len(f.tauSyn))
	decays := q.current && !allZero(q.coeff.AS)
	for j := range out {
		out[j] = fixedCurrent{1, 1}
		if decays {
			f.tauSyn[j] = quantize.SynapseTau(q.coeff.AS.At(j))
			s := fixed.NewSynapse(&fixed.SynapseParams{Tau: f.tauSyn[j], Step: fixed.One}, 1)
			first := float64(s.Init) / (1 << 32)
			out[j] = fixedCurrent{first, first / (1 - float64(s.Decay)/(1<<32))}
		}
	}
	return out
}

// raiseShifts shifts both inputs as far as the largest current allows.
func (q *fixedQuantizer) raiseShifts(syn []fixedCurrent) {
	if q.node.Op == ir.OpIF {
		return
	}
	most := 1.0
	for _, s := range syn {
		most = max(most, s.sum)
	}
	room := int8(math.Floor(math.Log2(fixedRoom / most / quantize.RingMax)))
	more := min(room, q.caps.Fixed.MaxShift) - max(q.shiftExc, q.shiftInh)
	q.shiftExc, q.shiftInh = max(0, q.shiftExc+more), max(0, q.shiftInh+more)
}

// neuron chooses the words of neuron j.
func (q *fixedQuantizer) neuron(f *fixedNeurons, j int, syn fixedCurrent) error {
	n := q.node
	reset := resetPotential(n).At(j)
	gain := q.coeff.GM.At(j) // of a current, in the network
	if q.current {
		gain *= q.coeff.GS.At(j)
	}
	if !(gain > 0) {
		return fmt.Errorf("the gain of its input is %g and must be positive", gain)
	}
	threshold := n.P(ir.PVThreshold).At(j) - reset
	if !(threshold > 0) {
		return fmt.Errorf("its threshold is %g above the reset potential and must be positive", threshold)
	}
	f.tauMem[j] = quantize.MembraneTau(q.coeff.AM.At(j))
	lost := 1 - float64(fixed.Exp(-fixed.Div(fixed.One, f.tauMem[j])))/fixed.One
	perUnit := math.Ldexp(syn.first, int(q.shiftExc)) / (q.unitExc * gain) // current for a potential of 1
	bias := 0.0
	if q.bias != nil {
		bias = q.bias[j]
	}
	v0 := n.P(ir.PV0).At(j) - reset
	var r float64 // gain of a current on the chip
	if n.Op == ir.OpIF {
		r = 1 / lost
	} else {
		// The largest bias of all, so that equal neurons get one scale.
		drive := quantize.RingMax*max(q.unitExc, q.unitInh)*gain*syn.sum/syn.first + q.largestBias()
		most := max(drive/lost, threshold, math.Abs(v0))
		r = 0.99 * fixedRoom / most / (lost * perUnit)
	}
	f.c[j] = quantize.FixedCap(f.tauMem[j], r)
	r = fixed.Float(fixed.Div(f.tauMem[j], f.c[j]))
	if r == 0 {
		return fmt.Errorf("its input is too large for its threshold to be told from 0")
	}
	scale := lost * r * perUnit
	f.scale[j] = scale
	f.threshold[j] = wholeThreshold(threshold*scale, n.Neuron.Compare)
	f.v0[j] = int32(math.RoundToEven(v0 * scale))
	if n.Op == ir.OpIF {
		if b := math.Abs(bias * scale); b > maxIntegratorBias {
			return fmt.Errorf("its bias is %.3g thresholds a step, at most %.3g are possible", bias/threshold, maxIntegratorBias/(threshold*scale))
		}
		f.bias[j] = int32(math.RoundToEven(bias * scale))
		f.rest[j] = f.threshold[j] - int32(1/lost)
		return nil
	}
	leak := q.leakDrive(j, reset)
	f.rest[j] = int32(math.RoundToEven(leak * scale / lost))
	f.bias[j] = int32(math.RoundToEven((bias - leak) * scale / (lost * r)))
	return nil
}

func (q *fixedQuantizer) largestBias() float64 {
	most := 0.0
	for _, b := range q.bias {
		most = max(most, math.Abs(b))
	}
	return most
}

// wholeThreshold returns the least whole potential at which a neuron fires.
func wholeThreshold(x float64, c ir.Compare) int32 {
	if c == ir.Greater {
		return int32(math.Floor(x)) + 1
	}
	return int32(math.Ceil(x))
}

// leakDrive returns what the resting potential adds to neuron j in a step.
func (q *fixedQuantizer) leakDrive(j int, reset float64) float64 {
	return (q.node.P(ir.PVLeak).At(j) - reset) * q.coeff.GL.At(j)
}
