package quantize

import (
	"math"
	"sort"

	"github.com/synfire/synfire/internal/fixed"
)

// The fixed-point neurons of ir.FixLIF count time in steps and derive their
// factors from time constants, so that a factor is chosen by its time constant.

// MembraneTau returns the time constant, in s16.15, whose factor of a step is
// nearest to a. The largest factor below 1 is 1 - 2^-14.
func MembraneTau(a float64) int32 {
	return nearestTau(a, func(tau int32) float64 { return float64(fixed.Exp(-fixed.Div(fixed.One, tau))) / fixed.One })
}

// SynapseTau is MembraneTau for a synaptic current, whose factor is a u0.32.
func SynapseTau(a float64) int32 {
	return nearestTau(a, func(tau int32) float64 {
		return float64(fixed.ExpDecay(-fixed.Div(fixed.One, tau))) / (1 << 32)
	})
}

// nearestTau searches among the time constants whose factor is neither 0 nor 1,
// which rises with them.
func nearestTau(a float64, factor func(tau int32) float64) int32 {
	const shortest, longest = 1 << 11, 1 << 30 // 1/16 of a step, 2^15 steps
	above := shortest + int32(sort.Search(longest-shortest, func(i int) bool { return factor(shortest+int32(i)) >= a }))
	if above > shortest && a-factor(above-1) < factor(above)-a {
		return above - 1
	}
	return above
}

// FixedCap returns the membrane capacitance that makes tau/c the largest gain
// of at most r, both at least 2^-15.
func FixedCap(tau int32, r float64) int32 {
	raw := max(1, math.Floor(r*fixed.One))
	c := math.Floor(float64(tau)*fixed.One/(raw+1)) + 1 // the quotient is cut
	return int32(min(c, math.MaxInt32))
}
