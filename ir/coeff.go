package ir

import (
	"fmt"
	"math"
)

// Coeff holds what one step of a population multiplies by, one entry per
// neuron or one for all (see Tensor):
//
//	i = AS*i + GS*x                     current-based models only
//	v = AM*v + GL*v_leak + GM*(x or i)
//
// GM includes R, GS includes w_in. Source: specs/nir.md section 2.1.
type Coeff struct{ AM, GM, GL, AS, GS Tensor }

// Coefficients returns the step coefficients of a population for the node's
// integrator and the step dt in seconds. A time constant that is not positive
// or, for Euler, shorter than dt is an error.
func (n *Node) Coefficients(dt float64) (Coeff, error) {
	var c Coeff
	if !(dt > 0) || math.IsInf(dt, 0) {
		return c, fmt.Errorf("the time step is %g s", dt)
	}
	one, r := Uniform(n.Out, 1), n.P(PR)
	switch n.Op {
	case OpI, OpIF:
		g := dt
		if n.Neuron.Integrator == ExpUnit {
			g = 1
		}
		c.AM, c.GL = one, Uniform(n.Out, 0)
		c.GM = r.Map(func(x float64) float64 { return g * x })
		return c, nil
	case OpLI, OpLIF:
		return c, n.membrane(&c, PTau, r, dt)
	case OpCubaLI, OpCubaLIF:
		if err := n.membrane(&c, PTauMem, r, dt); err != nil {
			return c, err
		}
		a, g, err := n.decay(PTauSyn, dt)
		if err != nil {
			return c, err
		}
		c.AS, c.GS = a, Zip(g, n.P(PWIn), func(x, y float64) float64 { return x * y })
		return c, nil
	}
	return c, fmt.Errorf("%s has no step coefficients", n.Op)
}

func (n *Node) membrane(c *Coeff, tau Param, r Tensor, dt float64) error {
	a, g, err := n.decay(tau, dt)
	if err != nil {
		return err
	}
	c.AM, c.GL = a, g
	if n.Neuron.Integrator == ExpUnit {
		c.GL = a.Map(func(x float64) float64 { return 1 - x })
	}
	c.GM = Zip(g, r, func(x, y float64) float64 { return x * y })
	return nil
}

// decay returns the decay factor and the input gain for the time constant in
// parameter k.
func (n *Node) decay(k Param, dt float64) (a, g Tensor, err error) {
	tau := n.P(k)
	lo, hi := tau.Range()
	if !(lo > 0) || math.IsInf(hi, 0) {
		return a, g, fmt.Errorf("%s lies in %g to %g s and must be positive and finite", k, lo, hi)
	}
	switch n.Neuron.Integrator {
	case Euler:
		if lo < dt*(1-1e-9) {
			return a, g, fmt.Errorf("%s of %g s is shorter than the time step of %g s, so an Euler step overshoots", k, lo, dt)
		}
		g = tau.Map(func(t float64) float64 { return min(1, dt/t) })
		return g.Map(func(x float64) float64 { return 1 - x }), g, nil
	case Exp, ExpUnit:
		a = tau.Map(func(t float64) float64 { return math.Exp(-dt / t) })
		if n.Neuron.Integrator == ExpUnit {
			return a, Uniform(n.Out, 1), nil
		}
		return a, a.Map(func(x float64) float64 { return 1 - x }), nil
	}
	return a, g, fmt.Errorf("the integrator is not decided")
}

// Zip returns the tensor of f applied to the elements of a and b, which have
// one shape.
func Zip(a, b Tensor, f func(x, y float64) float64) Tensor {
	out := make([]float64, max(a.Stored(), b.Stored()))
	for i := range out {
		out[i] = f(a.At(i), b.At(i))
	}
	return Tensor{Shape: a.Shape, F: out}
}
