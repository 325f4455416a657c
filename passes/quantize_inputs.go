package passes

import (
	"math"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

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
