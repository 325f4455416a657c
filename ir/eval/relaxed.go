package eval

import (
	"math"

	"github.com/synfire/synfire/ir"
)

// relaxedModel holds the parameters of a relaxed integer population, one entry
// per neuron.
type relaxedModel struct {
	*intModel
	r                   *Relaxed
	keepU, keepV        []float64
	threshold, bias, v0 []float64
	compare             ir.Compare
}

func (b *builder) relaxed(n *ir.Node, r *Relaxed) (func() cell, error) {
	ints, err := b.newIntModel(n)
	if err != nil {
		return nil, err
	}
	m := &relaxedModel{intModel: ints, r: r, compare: ir.Greater}
	one := math.Exp2(float64(ints.DecayBits))
	for _, x := range []struct {
		to       *[]float64
		real     []float64
		integers []int64
		unit     float64
	}{
		{&m.keepU, r.KeepU, ints.keepU, one},
		{&m.keepV, r.KeepV, ints.keepV, one},
		{&m.threshold, r.Threshold, ints.threshold, 1},
		{&m.bias, r.Bias, ints.bias, 1},
		{&m.v0, r.V0, ints.v0, 1},
	} {
		if *x.to = x.real; x.real != nil {
			continue
		}
		if err := b.take(1, len(x.integers)); err != nil {
			return nil, err
		}
		*x.to = make([]float64, len(x.integers))
		for j, v := range x.integers {
			(*x.to)[j] = float64(v) / x.unit
		}
	}
	switch {
	case r.Threshold != nil:
		m.compare = r.Compare
	case ints.orEqual:
		m.compare = ir.GreaterEqual
	}
	return func() cell { return newRelaxed(m) }, nil
}

// relaxed is the state of a relaxed integer population.
type relaxed struct {
	*relaxedModel
	u, v []float64
	wait []int64
}

func newRelaxed(m *relaxedModel) *relaxed {
	n := len(m.v0)
	return &relaxed{relaxedModel: m, u: make([]float64, n), v: make([]float64, n), wait: make([]int64, n)}
}

func (c *relaxed) reset() {
	clear(c.u)
	copy(c.v, c.v0)
	clear(c.wait)
}

func (c *relaxed) potential() []float64 { return c.v }
func (c *relaxed) current() []float64   { return c.u }

func (c *relaxed) step(x, y []float64) error {
	for j := range y {
		c.u[j] = c.wrap(c.decay(c.u[j], c.keepU[j])+c.wrap(x[j], c.AccBits), c.CurrentBits)
		if c.r.Rule == nil {
			y[j] = c.chip(j)
		} else {
			y[j] = c.float(j)
		}
	}
	return nil
}

// decay returns what a step leaves of a state.
func (c *relaxed) decay(x, keep float64) float64 {
	if x *= keep; c.r.Reals {
		return x
	}
	return math.Trunc(x)
}

// wrap is wrap of integers for all numbers.
func (c *relaxed) wrap(x float64, b int8) float64 {
	if b == 0 || c.r.Unbounded {
		return x
	}
	half := math.Exp2(float64(b))
	if x >= -half && x < half {
		return x
	}
	return x - 2*half*math.Floor((x+half)/(2*half))
}

// integrate returns the potential before any reset.
func (c *relaxed) integrate(j int) float64 {
	v := c.decay(c.v[j], c.keepV[j]) + c.wrap(c.u[j]+c.bias[j], c.CurrentBits)
	if c.r.Unbounded {
		return v
	}
	return max(float64(c.VMin), min(float64(c.VMax), v))
}

// chip steps the potential as ints does and returns the output.
func (c *relaxed) chip(j int) float64 {
	v := c.integrate(j)
	if c.wait[j] > 0 {
		c.wait[j]--
		v = 0
	}
	spike := 0.0
	if th := c.threshold[j]; fires(c.compare, v, th) {
		spike = 1
		c.wait[j] = c.refractory[j]
		if v -= th; !c.subtract {
			v = 0
		}
	}
	c.v[j] = v
	return spike
}

// float steps the potential by the rule, as neurons does (see there).
func (c *relaxed) float(j int) float64 {
	rule, th := c.r.Rule, c.threshold[j]
	if c.wait[j] > 0 {
		c.wait[j]--
		return 0
	}
	late := rule.Reset == ir.ResetSubtractNext
	above := (late || rule.Reset == ir.ResetSubtractDelayed) && fires(c.compare, c.v[j], th)
	v := c.integrate(j)
	if rule.Grain != nil {
		v = math.Floor(v/rule.Grain[j]) * rule.Grain[j]
	}
	if rule.VMin != nil {
		v = max(v, rule.VMin[j])
	}
	if above {
		v -= th
	}
	spike := fires(c.compare, v, th)
	switch {
	case late:
	case above && !spike:
		v += th
	case spike && !above:
		if v -= th; rule.Reset != ir.ResetSubtract && rule.Reset != ir.ResetSubtractDelayed {
			v = 0
		}
	}
	c.v[j] = v
	if !spike {
		return 0
	}
	if rule.Refractory != nil {
		c.wait[j] = rule.Refractory[j]
	}
	return 1
}
