package eval

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/synfire/synfire/ir"
)

// maxState bounds the magnitude of integer states: all are exact in float64.
const maxState = maxWhole - 1

// intModel holds the parameters of an integer population (ir.IntLIF), one
// entry per neuron.
type intModel struct {
	ir.IntLIF
	keepU, keepV        []int64 // what decay leaves, parts of 2^DecayBits
	threshold, bias, v0 []int64
	refractory          []int64 // steps
	orEqual, subtract   bool    // a potential at the threshold fires; a reset subtracts it
}

func (b *builder) intLIF(n *ir.Node) (func() cell, error) {
	m, err := b.newIntModel(n)
	return func() cell { return newInts(m) }, err
}

func (b *builder) newIntModel(n *ir.Node) (*intModel, error) {
	m := &intModel{IntLIF: *n.IntLIF, orEqual: n.Neuron.Compare == ir.GreaterEqual, subtract: n.Neuron.Reset == ir.ResetSubtract}
	if r := n.Neuron.Reset; r != ir.ResetUnset && r != ir.ResetZero && r != ir.ResetSubtract {
		return nil, fmt.Errorf("an integer population resets to zero or by subtraction, not by %s", r)
	}
	if err := checkIntLIF(&m.IntLIF); err != nil {
		return nil, err
	}
	for _, x := range []struct {
		to  *[]int64
		key ir.Param
	}{{&m.keepU, ir.PDecayU}, {&m.keepV, ir.PDecayV}, {&m.threshold, ir.PVThreshold}, {&m.bias, ir.PBias}, {&m.v0, ir.PV0}} {
		var err error
		if *x.to, err = b.integers(n, x.key); err != nil {
			return nil, err
		}
	}
	one := int64(1) << m.DecayBits
	for j := range m.keepU {
		m.keepU[j], m.keepV[j] = one-m.keepU[j], one-m.keepV[j]
	}
	var err error
	m.refractory, err = b.steps(n, ir.PRefSteps, ir.PRefractory)
	return m, err
}

// checkIntLIF makes sure that u and v stay exact in float64.
func checkIntLIF(m *ir.IntLIF) error {
	if m.AccBits > 52 || m.CurrentBits > 52 {
		return fmt.Errorf("acc_bits of %d or current_bits of %d: at most 52 are exact here", m.AccBits, m.CurrentBits)
	}
	if m.VMin < -maxState || m.VMax > maxState {
		return fmt.Errorf("the potential is bounded by %d to %d: at most 53 bits are exact here", m.VMin, m.VMax)
	}
	return nil
}

// ints is the state of an integer population.
type ints struct {
	*intModel
	u, v []int64
	wait []int64 // steps for which the neuron is still refractory
	view []float64
}

func newInts(m *intModel) *ints {
	n := len(m.v0)
	return &ints{intModel: m, u: make([]int64, n), v: make([]int64, n), wait: make([]int64, n), view: make([]float64, 2*n)}
}

func (c *ints) reset() {
	clear(c.u)
	copy(c.v, c.v0)
	clear(c.wait)
}

func (c *ints) potential() []float64 { return floats(c.view[:len(c.v)], c.v) }
func (c *ints) current() []float64   { return floats(c.view[len(c.v):], c.u) }

func floats(to []float64, from []int64) []float64 {
	for i, x := range from {
		to[i] = float64(x)
	}
	return to
}

func (c *ints) step(x, y []float64) error {
	for j := range y {
		if x[j] != math.Trunc(x[j]) || !(math.Abs(x[j]) <= maxState) {
			return fmt.Errorf("input %g of neuron %d is not a whole number of at most 53 bits", x[j], j)
		}
		u := wrap(decay(c.u[j], c.keepU[j], c.DecayBits)+wrap(int64(x[j]), c.AccBits), c.CurrentBits)
		if u > maxState || u < -maxState {
			return fmt.Errorf("the current of neuron %d reached %d, above 53 bits", j, u)
		}
		c.u[j] = u
		v := decay(c.v[j], c.keepV[j], c.DecayBits) + wrap(u+c.bias[j], c.CurrentBits)
		v = max(c.VMin, min(c.VMax, v))
		if c.wait[j] > 0 {
			c.wait[j]--
			v = 0
		}
		y[j] = 0
		if v > c.threshold[j] || c.orEqual && v == c.threshold[j] {
			y[j] = 1
			c.wait[j] = c.refractory[j]
			if v -= c.threshold[j]; !c.subtract {
				v = 0
			}
		}
		c.v[j] = v
	}
	return nil
}

// decay returns x*keep/2^b rounded toward zero, for 0 <= keep <= 2^b and
// |x| < 2^53. The product has up to 84 bits.
func decay(x, keep int64, b int8) int64 {
	hi, lo := bits.Mul64(uint64(max(x, -x)), uint64(keep))
	kept := int64(hi<<(64-b) | lo>>b)
	if x < 0 {
		return -kept
	}
	return kept
}

// wrap keeps b bits of magnitude and a sign, in two's complement; all of x if
// b is 0.
func wrap(x int64, b int8) int64 {
	if b == 0 {
		return x
	}
	return x << (63 - b) >> (63 - b)
}
