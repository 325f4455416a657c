package passes

import (
	"fmt"
	"math"
	"slices"

	"github.com/synfire/synfire/internal/fixed"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

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

// realNeuron is what the words of a neuron stand for. Potentials are counted from
// the one after a reset.
type realNeuron struct {
	reset, threshold, v0 float64
	gain                 float64 // of an input, for the potential
	bias                 float64 // constant drive of a step, the leak's part included
}

func (q *fixedQuantizer) real(j int) (realNeuron, error) {
	n := q.node
	reset := resetPotential(n).At(j)
	x := realNeuron{reset: reset, threshold: n.P(ir.PVThreshold).At(j) - reset, v0: n.P(ir.PV0).At(j) - reset, gain: q.gain.At(j)}
	if q.bias != nil {
		x.bias = q.bias[j]
	}
	switch {
	case !(x.gain > 0):
		return x, fmt.Errorf("the gain of its input is %g and must be positive", x.gain)
	case !(x.threshold > 0):
		return x, fmt.Errorf("its threshold is %g above the reset potential and must be positive", x.threshold)
	}
	return x, nil
}

// neuron chooses the words of neuron j.
func (q *fixedQuantizer) neuron(f *fixedNeurons, j int, syn fixedCurrent) error {
	x, err := q.real(j)
	if err != nil {
		return err
	}
	f.tauMem[j] = quantize.MembraneTau(q.coeff.AM.At(j))
	lost := 1 - float64(fixed.Exp(-fixed.Div(fixed.One, f.tauMem[j])))/fixed.One
	perUnit := math.Ldexp(syn.first, int(q.shiftExc)) / (q.unitExc * x.gain) // current for a potential of 1
	f.c[j] = quantize.FixedCap(f.tauMem[j], q.currentGainOf(&x, syn, lost, perUnit))
	r := fixed.Float(fixed.Div(f.tauMem[j], f.c[j]))
	if r == 0 {
		return fmt.Errorf("its input is too large for its threshold to be told from 0")
	}
	scale := lost * r * perUnit
	if math.Abs(x.v0*scale) > fixedRoom {
		return fmt.Errorf("it starts %g thresholds from its reset, too far for 32 bits", x.v0/x.threshold)
	}
	f.scale[j] = scale
	f.threshold[j] = wholeThreshold(x.threshold*scale, q.node.Neuron.Compare)
	f.v0[j] = int32(math.RoundToEven(x.v0 * scale))
	if late := q.s.Map.Latency[q.node.ID]; late > 0 && f.v0[j] >= f.threshold[j] {
		return fmt.Errorf("it starts at its threshold and %s late, until when the chip would let it fire", stepsText(late))
	}
	if q.node.Op == ir.OpIF {
		return integrator(f, j, &x, int32(1/lost))
	}
	leak := (q.node.P(ir.PVLeak).At(j) - x.reset) * q.coeff.GL.At(j) // of a step
	f.rest[j] = int32(math.RoundToEven(leak * scale / lost))
	f.bias[j] = int32(math.RoundToEven((x.bias - leak) * scale / (lost * r)))
	return nil
}

// currentGainOf returns the gain of a current with which the largest drive of
// the potential, or the potential itself, fills the room that there is. lost is
// what the potential loses in a step.
func (q *fixedQuantizer) currentGainOf(x *realNeuron, syn fixedCurrent, lost, perUnit float64) float64 {
	if q.node.Op == ir.OpIF {
		return 1 / lost
	}
	// The largest bias of all, so that equal neurons get one scale.
	drive := quantize.RingMax*max(q.unitExc, q.unitInh)*x.gain*syn.sum/syn.first + q.largestBias()
	most := max(drive/lost, x.threshold, math.Abs(x.v0))
	return 0.99 * fixedRoom / most / (lost * perUnit)
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

// integrator chooses the resting potential and the bias of neuron j; band is how
// far below its threshold it does not leak.
func integrator(f *fixedNeurons, j int, x *realNeuron, band int32) error {
	bias := x.bias * f.scale[j]
	if math.Abs(bias) > maxIntegratorBias {
		return fmt.Errorf("its bias is %.3g thresholds a step, at most %.3g are possible", x.bias/x.threshold, maxIntegratorBias/(x.threshold*f.scale[j]))
	}
	f.bias[j] = int32(math.RoundToEven(bias))
	f.rest[j] = f.threshold[j] - band
	return nil
}
