package quantize

import (
	"fmt"
	"math"
)

// RingRule says how the largest input of a step is found that the 16 bits of a
// fixed-point population's input have to hold. A larger one saturates, a
// smaller one wastes bits of the weights.
type RingRule uint8

// The rules.
const (
	RingUnset RingRule = iota
	// RingWorst takes all sources of a neuron to spike in one step: nothing can
	// saturate.
	RingWorst
	// RingMeasured takes the largest input of a calibration and a margin.
	RingMeasured
	// RingRate is the estimate of sPyNNaker from a rate of 30 spikes a second,
	// specs/spinnaker1.md 2.4.
	RingRate
)

var ringNames = []string{"", "worst", "measured", "rate"}

// String returns the word on the command line.
func (r RingRule) String() string {
	if int(r) < len(ringNames) {
		return ringNames[r]
	}
	return "invalid"
}

// ParseRingRule returns the rule of that name.
func ParseRingRule(s string) (RingRule, error) {
	for i, n := range ringNames {
		if n == s && i > 0 {
			return RingRule(i), nil
		}
	}
	return 0, fmt.Errorf("unknown rule %q (one of %q)", s, ringNames[1:])
}

// RingSynapses gathers the weights of one sign onto one neuron.
type RingSynapses struct {
	N                     int
	Sum, Squares, Largest float64 // of magnitudes
}

// Add takes in the magnitude of a weight.
func (r *RingSynapses) Add(w float64) {
	r.N++
	r.Sum += w
	r.Squares += w * w
	r.Largest = max(r.Largest, w)
}

// The constants of sPyNNaker's estimate.
const (
	ringRate  = 30 // spikes a second
	ringSigma = 5
)

// Estimate returns the largest input of a step of dt seconds as sPyNNaker
// estimates it. oneDelay says that all synapses have one delay, in which case
// all sources are taken to spike together.
func (r *RingSynapses) Estimate(dt float64, oneDelay bool) float64 {
	if r.N == 0 {
		return 0
	}
	total := max(1, ringRate*dt) * r.Largest * float64(r.N)
	if oneDelay {
		return max(total, r.Largest)
	}
	mean := r.Sum / float64(r.N)
	variance := max(0, r.Squares/float64(r.N)-mean*mean)
	spikes := float64(r.N) * ringRate * dt
	bound := spikes*mean + ringSigma*math.Sqrt(spikes*mean*mean+variance*spikes*poissonBelow(spikes))
	return max(min(bound, total), r.Largest)
}

// poissonBelow returns the chance that a Poisson number of mean l is below
// round(l + 3*sqrt(l)).
func poissonBelow(l float64) float64 {
	if l <= 0 {
		return 0
	}
	sum := 0.0
	for k := 0.0; k < math.Round(l+3*math.Sqrt(l)); k++ {
		lg, _ := math.Lgamma(k + 1)
		sum += math.Exp(k*math.Log(l) - l - lg)
	}
	return min(1, sum)
}

// RingMax is the largest input of 16 bits.
const RingMax = 1<<16 - 1

// RingUnits returns what one unit of the excitatory and of the inhibitory input
// is worth, so that both can hold the given largest inputs of a step, and by
// how many binary places the excitatory one is coarser. Units differ by a power
// of two of at most 2^spread.
func RingUnits(exc, inh float64, spread int) (unitExc, unitInh float64, coarser int) {
	most := max(exc, inh)
	if most == 0 {
		return 1, 1, 0
	}
	unit := most / RingMax
	if least := min(exc, inh); least > 0 {
		_, e := math.Frexp(most / least)
		coarser = min(e-1, spread)
	}
	if exc < inh {
		return math.Ldexp(unit, -coarser), unit, -coarser
	}
	return unit, math.Ldexp(unit, -coarser), coarser
}
