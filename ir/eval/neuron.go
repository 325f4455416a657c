package eval

import (
	"math"

	"github.com/synfire/synfire/ir"
)

// threshold is a neuron without memory.
type threshold struct {
	stateless
	at      []float64
	compare ir.Compare
}

func (b *builder) threshold(n *ir.Node) (func() cell, error) {
	at, err := b.values(n, ir.PThreshold)
	return shared(&threshold{at: at, compare: n.Neuron.Compare}), err
}

func (c *threshold) step(x, y []float64) error {
	for j := range y {
		y[j] = 0
		if fires(c.compare, x[j], c.at[j]) {
			y[j] = 1
		}
	}
	return nil
}

// fires compares a potential with a threshold.
func fires(c ir.Compare, v, threshold float64) bool {
	return v > threshold || c == ir.GreaterEqual && v == threshold
}

// model holds the parameters of a population of the float models, one entry
// per neuron (ir.Coeff).
type model struct {
	am, gm, leak []float64 // leak is GL*v_leak
	as, gs       []float64 // nil without a synaptic current
	v0           []float64
	old          bool    // the potential follows the current before the step
	grain        float64 // of the state; 0 = not rounded

	spikes             bool
	threshold, resetTo []float64
	vMin               []float64 // nil without a bound
	refractory         []int64   // steps
	resetMode          ir.Reset
	compare            ir.Compare
}

func (b *builder) neuron(n *ir.Node) (func() cell, error) {
	m := &model{spikes: n.Op.Info().Spikes, compare: n.Neuron.Compare, resetMode: n.Neuron.Reset}
	if n.Neuron.StateBits > 0 {
		m.grain = math.Ldexp(1, -int(n.Neuron.StateBits))
	}
	if err := b.coefficients(n, m); err != nil {
		return nil, err
	}
	if m.spikes {
		if err := b.spiking(n, m); err != nil {
			return nil, err
		}
	}
	return func() cell { return newNeurons(m) }, nil
}

func (b *builder) coefficients(n *ir.Node, m *model) error {
	c, err := n.Coefficients(b.net.DT)
	if err != nil {
		return err
	}
	rest := c.GL.Map(func(float64) float64 { return 0 })
	if spec := n.Op.Spec(ir.PVLeak); spec != nil {
		rest = ir.Zip(c.GL, n.P(ir.PVLeak), func(x, y float64) float64 { return x * y })
	}
	m.old = n.Neuron.Current == ir.CurrentOld
	for _, x := range []struct {
		to   *[]float64
		from ir.Tensor
	}{{&m.am, c.AM}, {&m.gm, c.GM}, {&m.leak, rest}, {&m.v0, n.P(ir.PV0)}, {&m.as, c.AS}, {&m.gs, c.GS}} {
		if !x.from.Valid() {
			continue // AS and GS of a model without a synaptic current
		}
		if *x.to, err = b.expand(n, x.from); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) spiking(n *ir.Node, m *model) error {
	var err error
	if m.threshold, err = b.values(n, ir.PVThreshold); err != nil {
		return err
	}
	if m.resetTo, err = b.values(n, ir.PVReset); err != nil {
		return err
	}
	if n.Has(ir.PVMin) {
		if m.vMin, err = b.values(n, ir.PVMin); err != nil {
			return err
		}
	}
	m.refractory, err = b.steps(n, ir.PRefSteps, ir.PRefractory)
	return err
}

// neurons is the state of a population. A neuron that is refractory keeps its
// potential; its current goes on.
type neurons struct {
	*model
	v, i []float64
	wait []int64 // steps for which the neuron is still refractory
}

func newNeurons(m *model) *neurons {
	c := &neurons{model: m, v: make([]float64, len(m.v0)), wait: make([]int64, len(m.v0))}
	if m.as != nil {
		c.i = make([]float64, len(m.v0))
	}
	return c
}

func (c *neurons) reset() {
	copy(c.v, c.v0)
	clear(c.i)
	clear(c.wait)
}

func (c *neurons) potential() []float64 { return c.v }
func (c *neurons) current() []float64   { return c.i }

func (c *neurons) step(x, y []float64) error {
	for j := range y {
		drive := x[j]
		if c.as != nil {
			drive = c.synapse(j, x[j])
		}
		switch {
		case !c.spikes:
			c.v[j] = c.integrate(j, drive)
			y[j] = c.v[j]
		case c.wait[j] > 0:
			c.wait[j]--
			y[j] = 0
		default:
			y[j] = c.fire(j, drive)
		}
	}
	return nil
}

// synapse steps the synaptic current and returns what drives the potential.
func (c *neurons) synapse(j int, x float64) float64 {
	before := c.i[j]
	c.i[j] = c.round(float64(c.as[j]*before) + float64(c.gs[j]*x))
	if c.old {
		return before
	}
	return c.i[j]
}

// integrate returns the potential after the step, before any reset.
func (c *neurons) integrate(j int, drive float64) float64 {
	return c.round(float64(c.am[j]*c.v[j]) + c.leak[j] + float64(c.gm[j]*drive))
}

// round rounds a state down to the grain of the population.
func (c *neurons) round(x float64) float64 {
	if c.grain == 0 {
		return x
	}
	return math.Floor(x/c.grain) * c.grain
}

// fire steps a spiking neuron that is not refractory and returns its output.
func (c *neurons) fire(j int, drive float64) float64 {
	th := c.threshold[j]
	late := c.resetMode == ir.ResetSubtractNext
	above := (late || c.resetMode == ir.ResetSubtractDelayed) && fires(c.compare, c.v[j], th)
	v := c.integrate(j, drive)
	if c.vMin != nil {
		v = max(v, c.vMin[j])
	}
	if above {
		v -= th
	}
	spike := fires(c.compare, v, th)
	switch {
	case late: // the next step subtracts
	case above && !spike: // s-p = -1, see ir.ResetSubtractDelayed
		v += th
	case spike && !above:
		v = c.afterSpike(j, v)
	}
	c.v[j] = v
	if !spike {
		return 0
	}
	c.wait[j] = c.refractory[j]
	return 1
}

func (c *neurons) afterSpike(j int, v float64) float64 {
	switch c.resetMode {
	case ir.ResetZero:
		return 0
	case ir.ResetValue:
		return c.resetTo[j]
	}
	return v - c.threshold[j]
}
