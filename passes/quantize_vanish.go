package passes

import (
	"fmt"
	"math"
	"slices"

	"github.com/synfire/synfire/quantize"
)

// vanished says what the units of the inputs do to the weights of a population.
type vanished struct {
	weights, zeroed, saturated int
	// lost is what the weights that become 0 add up to on the neuron that loses
	// most, in thresholds.
	lost float64
}

// maxVanished is how much may vanish without an error, in thresholds on one
// neuron, if the user does not say what part of the weights may.
const maxVanished = 0.1

// vanishing counts what the present units would do.
func (q *fixedQuantizer) vanishing() vanished {
	var v vanished
	one := q.oneThreshold()
	for j := range q.node.Out.Size() {
		lost := 0.0
		for i, c := range q.conns {
			if i == q.native {
				continue
			}
			c.In(j, func(_ int, k int32) {
				w := c.W.At(int(k))
				level := math.RoundToEven(math.Abs(w) / q.unitOf(w))
				switch {
				case w == 0:
					return
				case level == 0:
					v.zeroed++
					lost += math.Abs(w)
				case level > quantize.RingMax:
					v.saturated++
				}
				v.weights++
			})
		}
		if one > 0 {
			v.lost = max(v.lost, lost/one)
		}
	}
	return v
}

// unitOf returns the unit of the input that a weight goes to.
func (q *fixedQuantizer) unitOf(w float64) float64 {
	if w < 0 {
		return q.unitInh
	}
	return q.unitExc
}

// ringLimits are the inputs, in thresholds, at which they are tried to saturate.
var ringLimits = []float64{1024, 256, 64, 16, 4}

// checkVanished refuses units with which too much of the weights is lost, and
// says which limit of the inputs would keep them.
func (q *fixedQuantizer) checkVanished() {
	v := q.vanishing()
	over := v.lost > maxVanished
	if most := q.s.Opt.MaxUnderflow; most > 0 {
		over = float64(v.zeroed) > most*float64(v.weights)
	}
	if !over {
		return
	}
	n := q.node
	unit, most, largest := q.unitExc, q.maxExc, q.exc.Largest
	if q.unitInh > q.unitExc {
		unit, most, largest = q.unitInh, q.maxInh, q.inh.Largest
	}
	q.s.Diags.Errorf("E0435", place(n), q.rescue(),
		"%d of %d synapses onto %s vanish: the 16 bits of its input have to hold %s in a step, so that one unit is %s; the largest weight is %s, %s thresholds, and what vanishes adds up to %s thresholds on one neuron",
		v.zeroed, v.weights, n.Name, short(most), short(unit), short(largest), short(largest/q.oneThreshold()), short(v.lost))
}

// rescue returns the hint: the highest limit of the inputs with which nearly
// nothing vanishes.
func (q *fixedQuantizer) rescue() string {
	unitExc, unitInh, shiftExc, shiftInh := q.unitExc, q.unitInh, q.shiftExc, q.shiftInh
	defer func() { q.unitExc, q.unitInh, q.shiftExc, q.shiftInh = unitExc, unitInh, shiftExc, shiftInh }()
	limits := slices.DeleteFunc(slices.Clone(ringLimits), func(x float64) bool { return q.s.Opt.RingMax > 0 && x >= q.s.Opt.RingMax })
	for _, x := range limits {
		q.chooseUnits(x)
		if v := q.vanishing(); v.lost < maxVanished/10 {
			return fmt.Sprintf("--ring-max %g lets inputs saturate at %g thresholds, which fire or silence a neuron all the same: then %d synapses vanish and %d saturate (tried); or scale the largest weights down",
				x, x, v.zeroed, v.saturated)
		}
	}
	return "scale the largest weights down; --max-underflow F takes a part F of lost weights"
}

// short writes a number with three digits.
func short(x float64) string { return fmt.Sprintf("%.3g", x) }
