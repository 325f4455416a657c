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
	// rounding is by how much rounding moves the input of the neuron that it
	// moves most when all its sources spike, in thresholds; weights that saturate
	// are left out. Errors of both signs cancel, as they do in the input.
	rounding float64
}

// maxVanished is how much may vanish without an error, in thresholds on one
// neuron, if the user does not say what part of the weights may.
const maxVanished = 0.1

// maxRounding is how much rounding may move an input without a warning, in
// thresholds.
const maxRounding = 0.1

// vanishing counts what the present units would do.
func (q *fixedQuantizer) vanishing() vanished {
	var v vanished
	one := q.oneThreshold()
	for j := range q.node.Out.Size() {
		lost, moved := 0.0, 0.0
		for i, c := range q.conns {
			if i == q.native {
				continue
			}
			c.In(j, func(_ int, k int32) {
				w := c.W.At(int(k))
				unit := q.unitOf(w)
				level := math.RoundToEven(math.Abs(w) / unit)
				if level <= quantize.RingMax {
					moved += math.Copysign(level*unit, w) - w
				}
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
			v.rounding = max(v.rounding, math.Abs(moved)/one)
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
var ringLimits = []float64{1024, 256, 64, 16, 4, 1}

// checkVanished refuses units with which too much of the weights is lost, and
// says which limit of the inputs would keep them.
func (q *fixedQuantizer) checkVanished() {
	v := q.vanishing()
	over := v.lost > maxVanished
	if most := q.s.Opt.MaxUnderflow; most > 0 {
		over = float64(v.zeroed) > most*float64(v.weights)
	}
	n := q.node
	if !over && v.rounding > maxRounding {
		q.s.Diags.Warnf("W0437", place(n), q.rescue(), "rounding the weights onto %s moves the input of one neuron by %s thresholds if all its sources spike: the 16 bits of the input have to hold %s in a step",
			n.Name, short(v.rounding), short(max(q.maxExc, q.maxInh)))
	}
	if !over {
		return
	}
	unit, most, sign := q.unitExc, q.maxExc, 1.0
	if q.unitInh > q.unitExc {
		unit, most, sign = q.unitInh, q.maxInh, -1
	}
	w, where := q.largestWeight(sign)
	q.s.Diags.Errorf("E0435", place(n), q.rescue(),
		"%d of %d synapses onto %s vanish: the 16 bits of its input have to hold %s in a step, so that one unit is %s; the largest weight, %s, is %s or %s thresholds, and what vanishes adds up to %s thresholds on one neuron",
		v.zeroed, v.weights, n.Name, short(most), short(unit), where, short(w), short(math.Abs(w)/q.oneThreshold()), short(v.lost))
}

// largestWeight returns the largest weight of a sign, and where it is.
func (q *fixedQuantizer) largestWeight(sign float64) (largest float64, where string) {
	for j := range q.node.Out.Size() {
		for i, c := range q.conns {
			if i == q.native {
				continue
			}
			c.In(j, func(src int, k int32) {
				if w := c.W.At(int(k)); sign*w > sign*largest {
					largest, where = w, fmt.Sprintf("from %s[%d] to %s[%d]", q.s.Net.Node(q.in[i].Src).Name, src, q.node.Name, j)
				}
			})
		}
	}
	return largest, where
}

// rescue returns the hint: the highest limit of the inputs with which nearly
// nothing vanishes.
func (q *fixedQuantizer) rescue() string {
	unitExc, unitInh, shiftExc, shiftInh := q.unitExc, q.unitInh, q.shiftExc, q.shiftInh
	defer func() { q.unitExc, q.unitInh, q.shiftExc, q.shiftInh = unitExc, unitInh, shiftExc, shiftInh }()
	limits := slices.DeleteFunc(slices.Clone(ringLimits), func(x float64) bool { return q.s.Opt.RingMax > 0 && x >= q.s.Opt.RingMax })
	for _, x := range limits {
		q.chooseUnits(x)
		if v := q.vanishing(); v.lost < maxVanished/10 && v.rounding < maxRounding {
			return fmt.Sprintf("--ring-max %g lets inputs saturate at %g thresholds: then %d synapses vanish, %d saturate, and rounding the others moves an input by %s thresholds at most (tried)",
				x, x, v.zeroed, v.saturated, short(v.rounding))
		}
	}
	return "--calibrate FILE measures how large its input gets in fact; or scale the largest weights down, or take fewer sources"
}

// short writes a number with three digits.
func short(x float64) string { return fmt.Sprintf("%.3g", x) }
