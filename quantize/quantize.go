// Package quantize turns real weights, thresholds and biases into a chip's
// integers: number formats, scales and rounding.
//
// A population's state is scaled by one factor S, so that a float potential v
// becomes the integer S*v. Weights round to k * 2^x * unit with |k| <= kmax;
// S and the exponents x are chosen so that the largest weight of the widest
// projection just fits (specs/loihi1.md section 1.6, specs/quantization.md).
//
// That is enough for 8 bits. For fewer, a calibration measures what reaches a
// population (Moments), and a Solver looks for levels and steps that keep the
// potentials, not the weights, as they were (Problem). Each neuron may have a
// step of its own, because a step folds into the neuron's threshold (Fold);
// chips with few thresholds make neurons share them (Share).
package quantize

import (
	"errors"
	"fmt"
	"math"

	"github.com/synfire/synfire/ir"
)

// Chip is what a chip's number formats are.
type Chip struct {
	// A threshold is a multiple of ThresholdUnit up to ThresholdMax of them.
	ThresholdUnit, ThresholdMax int64
	// A bias is a mantissa of at most BiasMantMax shifted by up to BiasExpMax.
	BiasMantMax, BiasExpMax int64
	// A weight adds floor(mantissa*2^exp)*WeightUnit, at most WeightLimit;
	// mantissas of b bits lie on multiples of 2^(WeightGrid-b), twice that
	// for signed ones; a WeightGrid of 0 means every whole number.
	// Exponents reach ExpMax.
	WeightGrid, ExpMax int
	WeightUnit         int32
	WeightLimit        int64
	// Decays are parts of 2^DecayBits; the sum of a step's inputs and the
	// current have that many magnitude bits, 0 = no limit.
	DecayBits, AccBits, CurrentBits int8
}

// KMax returns the largest magnitude of a signed weight of b bits: 2^(b-1)-1,
// so that the grid is symmetric; 2 bits are ternary, 1 bit is {-1, 0, 1} too
// because a synapse that is absent costs nothing.
func KMax(bits int) int32 {
	if bits <= 1 {
		return 1
	}
	return 1<<(bits-1) - 1
}

// Format returns the weight format of signed weights of b bits with k steps
// of size 2^x units. A mantissa of 1 bit would hold 0 and -1 only, so weights
// of 1 bit are stored in 2.
func Format(c *Chip, bits, x int) ir.QFormat {
	bits = max(bits, 2)
	shift := gridShift(c, bits)
	return ir.QFormat{Bits: int8(bits), Exp: int8(x - shift), Sign: ir.SignMixed, Unit: c.WeightUnit, Limit: c.WeightLimit}
}

// gridShift returns s such that mantissas of signed weights of b bits are
// multiples of 2^s.
func gridShift(c *Chip, bits int) int {
	if c.WeightGrid == 0 {
		return 0
	}
	return c.WeightGrid - max(bits, 2) + 1
}

// Group is what the scale of one population has to suit: the largest
// magnitude of the float weights of each projection (after the neuron's own
// gain), the largest threshold and the largest bias.
type Group struct {
	WMax      []float64
	Threshold float64
	Bias      float64
	// InputSum is the largest magnitude that the inputs of one step can add
	// up to, over all neurons and projections.
	InputSum float64
	// Gain is by how much the state can exceed a step's input: the sum of a
	// decaying current, 1 for none.
	Gain float64
}

// Scale is the result for a population: S, and the exponent x of each
// projection's weights.
type Scale struct {
	S float64
	X []int
	// MayWrap says that InputSum*S exceeds the chip's accumulator, so that a
	// step in which most inputs spike at once can overflow.
	MayWrap bool
}

// maxX is the largest exponent that weights are given: 2^6 steps lie between
// the largest weight of the widest and of the narrowest projection.
const maxX = 6

// Choose returns the scale of a population: the largest S for which the
// projections with small weights keep their precision, as long as threshold,
// bias and the worst input fit.
func Choose(c *Chip, bits int, g Group) (Scale, error) {
	var wmax float64
	for _, w := range g.WMax {
		wmax = max(wmax, w)
	}
	k := float64(KMax(bits))
	unit := float64(c.WeightUnit)
	limit := float64(c.ThresholdMax) * float64(c.ThresholdUnit)
	for _, x := range []float64{wmax, g.Threshold, g.Bias, g.InputSum, g.Gain} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return Scale{}, errors.New("a weight, threshold or bias is too large to calculate with; give the network smaller numbers")
		}
	}
	if !(g.Threshold > 0) {
		return Scale{}, fmt.Errorf("the threshold is %g above the reset potential and must be positive", g.Threshold)
	}
	if wmax == 0 {
		// Only a bias drives the population: give it the most room.
		s := limit / g.Threshold
		if g.Bias > 0 {
			s = min(s, biasMax(c)/g.Bias)
		}
		return g.checked(c, Scale{S: s, X: make([]int, len(g.WMax))})
	}
	// Fewer levels are spread wider, so that threshold and bias stay fine.
	want := max(0, c.WeightGrid-bits)
	for _, w := range g.WMax {
		if w > 0 {
			want = max(want, int(math.Floor(math.Log2(wmax/w))))
		}
	}
	base := k * unit / wmax // S at which the largest weight is k units
	for e := min(want, maxX, c.ExpMax); ; e-- {
		s := base * math.Exp2(float64(e))
		tooBig := math.Round(s*g.Threshold) > limit || s*g.Bias > biasMax(c) || c.CurrentBits > 0 && s*g.Gain*g.InputSum > float64(int64(1)<<c.CurrentBits)
		wraps := c.AccBits > 0 && s*g.InputSum >= float64(int64(1)<<c.AccBits)
		if e > 0 && (tooBig || wraps) {
			continue
		}
		if math.Round(s*g.Threshold) > limit || s*g.Bias > biasMax(c) {
			// Below one unit per step weights lose bits; that is reported
			// with the weights that become zero.
			if e > -40 {
				continue
			}
			return Scale{}, fmt.Errorf("threshold %g and largest weight %g are too far apart for %d bits", g.Threshold, wmax, bits)
		}
		return g.checked(c, Scale{S: s, X: exponents(g.WMax, wmax, e), MayWrap: wraps})
	}
}

// checked returns the scale, or an error if it leaves no threshold.
func (g *Group) checked(c *Chip, s Scale) (Scale, error) {
	if math.IsInf(s.S, 0) || math.RoundToEven(g.Threshold*s.S/float64(c.ThresholdUnit)) < 1 {
		return Scale{}, fmt.Errorf("threshold %g is too small beside the largest weight or bias: it would become zero", g.Threshold)
	}
	return s, nil
}

func biasMax(c *Chip) float64 { return float64(c.BiasMantMax << c.BiasExpMax) }

// exponents gives each projection the largest step with which its weights
// still use the whole grid.
func exponents(wmaxes []float64, wmax float64, e int) []int {
	x := make([]int, len(wmaxes))
	for i, w := range wmaxes {
		x[i] = max(e, 0)
		if w > 0 {
			x[i] = max(e-int(math.Floor(math.Log2(wmax/w))), 0)
		}
	}
	return x
}

// Stats counts what rounding did to the weights of a projection.
type Stats struct {
	Weights   int     `json:"weights"`
	Zeroed    int     `json:"zeroed"`    // not zero before, zero after
	Saturated int     `json:"saturated"` // rounded to the largest level
	Clipped   int     `json:"clipped"`   // more than half a step beyond it
	MaxError  float64 `json:"max_error"`
	MeanError float64 `json:"mean_error"` // of the magnitude, in float units
	// Relative is the root of the mean squared error over that of the mean
	// squared weight.
	Relative float64 `json:"relative_error"`
	// With a calibration: the method that was best, and the mean squared
	// error of the target's potentials over their mean square.
	Method    string  `json:"method,omitempty"`
	Potential float64 `json:"potential_error,omitempty"`
}

// Weights rounds the float weights w*gain*S to the format's grid, half to
// even, and returns mantissas. gain is called with the stored index.
func Weights(w ir.Tensor, gain func(i int) float64, s float64, c *Chip, bits, x int) ([]int32, ir.QFormat, Stats) {
	f := Format(c, bits, x)
	f.Scale = s
	kmax := float64(KMax(bits))
	step := float64(c.WeightUnit) * math.Exp2(float64(x))
	shift := gridShift(c, bits)
	out := make([]int32, w.Stored())
	var st tally
	st.Weights = w.Stored()
	for i := range out {
		v := w.At(i) * gain(i)
		k := math.RoundToEven(v * s / step)
		k = max(-kmax, min(kmax, k))
		st.add(v, k*step/s, step/s, kmax)
		out[i] = int32(k) << shift
	}
	return out, f, st.finish()
}

// Bias rounds b*s to a mantissa and exponent the chip has, and returns their
// product.
func Bias(c *Chip, b, s float64) int32 {
	v := b * s
	var exp int64
	for exp < c.BiasExpMax && math.Abs(math.RoundToEven(math.Ldexp(v, -int(exp)))) > float64(c.BiasMantMax) {
		exp++
	}
	m := math.RoundToEven(math.Ldexp(v, -int(exp)))
	m = max(-float64(c.BiasMantMax), min(float64(c.BiasMantMax), m))
	return int32(m) << exp
}

// Threshold rounds th*s to the chip's grid.
func Threshold(c *Chip, th, s float64) int32 {
	m := math.RoundToEven(th * s / float64(c.ThresholdUnit))
	return int32(max(1, min(float64(c.ThresholdMax), m))) * int32(c.ThresholdUnit)
}

// Decay rounds the loss 1-a of a state a step to the chip's parts of
// 2^DecayBits, within lo..hi.
func Decay(c *Chip, a float64, lo, hi int32) int32 {
	d := math.RoundToEven((1 - a) * math.Exp2(float64(c.DecayBits)))
	return int32(max(float64(lo), min(float64(hi), d)))
}
