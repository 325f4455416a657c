package quantize

import (
	"fmt"
	"math"

	"github.com/synfire/synfire/ir"
)

// Neurons is what a population whose neurons have steps of their own asks of
// a chip. Thresholds are 1 in its units.
type Neurons struct {
	Step []float64 // of each neuron's weights
	Bias []float64 // of each neuron, nil for none
	// Sum is, by neuron, the largest magnitude that the inputs of one step
	// can add up to, in steps.
	Sum []float64
	// Gain is by how much the state can exceed a step's input, see Group.
	Gain float64
	// Spread is the largest multiple of Step that a projection's levels
	// stand for, as a power of two.
	Spread int
}

// Fold returns how many of the chip's units one unit of each neuron's
// potential becomes when a step is worth 2^x weight units, and the largest
// usable x: thresholds and biases are then as fine as they can be, and differ
// between neurons because their steps do.
func Fold(c *Chip, n *Neurons) (scale []float64, x int, mayWrap bool, err error) {
	unit := float64(c.WeightUnit)
	for x = max(0, min(maxX, c.ExpMax-n.Spread)); ; x-- {
		worth := unit * math.Exp2(float64(x))
		fits := true
		mayWrap = false
		for j, step := range n.Step {
			s := worth / step
			tooBig := math.Round(s) > float64(c.ThresholdMax)*float64(c.ThresholdUnit)
			if n.Bias != nil {
				tooBig = tooBig || s*math.Abs(n.Bias[j]) > biasMax(c)
			}
			if tooBig && x == 0 {
				return nil, 0, false, fmt.Errorf("the threshold of neuron %d is %.3g steps of its weights, too many for the chip", j, 1/step)
			}
			wraps := c.AccBits > 0 && worth*n.Sum[j] >= math.Exp2(float64(c.AccBits)) ||
				c.CurrentBits > 0 && worth*n.Sum[j]*n.Gain > math.Exp2(float64(c.CurrentBits))
			mayWrap = mayWrap || wraps
			fits = fits && !tooBig && !wraps
		}
		if fits || x == 0 {
			break
		}
	}
	scale = make([]float64, len(n.Step))
	for j, step := range n.Step {
		scale[j] = unit * math.Exp2(float64(x)) / step
	}
	return scale, x, mayWrap, nil
}

// Mantissas returns the mantissas of levels, and their format when a level is
// worth 2^x weight units.
func Mantissas(c *Chip, levels []float64, bits, x int) ([]int32, ir.QFormat) {
	out := make([]int32, len(levels))
	for i, q := range levels {
		out[i] = int32(q) << gridShift(c, bits)
	}
	return out, Format(c, bits, x)
}

// Compare counts what rounding did to weights: w are the weights, got what
// replaced them, step[i] what a level of weight i stands for and top(i) its
// largest level.
func Compare(w, got, step []float64, top func(i int) float64) Stats {
	var st tally
	st.Weights = len(w)
	for i, x := range w {
		st.add(x, got[i], math.Abs(step[i]), top(i))
	}
	return st.finish()
}

// tally collects Stats weight by weight.
type tally struct {
	Stats
	squares, all float64 // sums of squared errors and weights
}

// add counts weight x, which became got.
func (st *tally) add(x, got, step, top float64) {
	if x != 0 && got == 0 {
		st.Zeroed++
	}
	switch {
	case math.Abs(x) > (top+0.5)*step:
		st.Clipped++
	case math.Abs(got) > (top-0.5)*step && step > 0:
		st.Saturated++
	}
	e := got - x
	st.MaxError = max(st.MaxError, math.Abs(e))
	st.MeanError += math.Abs(e)
	st.squares += e * e
	st.all += x * x
}

// finish turns the sums into means.
func (st *tally) finish() Stats {
	if st.Weights > 0 {
		st.MeanError /= float64(st.Weights)
	}
	if st.all > 0 {
		st.Relative = math.Sqrt(st.squares / st.all)
	}
	return st.Stats
}
