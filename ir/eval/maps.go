package eval

import (
	"github.com/synfire/synfire/internal/vector"
	"github.com/synfire/synfire/ir"
)

// identity hands over its input: ports, and maps that only rename axes.
type identity struct{ stateless }

func (identity) step(x, y []float64) error {
	copy(y, x)
	return nil
}

// one is the source that is 1 in every step.
type one struct{ stateless }

func (one) step(_, y []float64) error {
	for i := range y {
		y[i] = 1
	}
	return nil
}

// bias is what the outputs of a map start from, one entry per output; nil is
// zero.
type bias []float64

// bias returns the bias of a map: stored per output, per output channel (the
// first axis) or once. It is used as it stands, whatever the format of the
// weights.
func (b *builder) bias(n *ir.Node) (bias, error) {
	if err := inSteps(n, ir.PDelay); err != nil {
		return nil, err
	}
	if !n.Has(ir.PBias) {
		return nil, nil
	}
	t, size := n.P(ir.PBias), n.Out.Size()
	if err := b.take(1, size); err != nil {
		return nil, err
	}
	out := make(bias, size)
	for i := range out {
		out[i] = t.At(i / (size / t.Stored()))
	}
	return out, nil
}

// fill sets the outputs of a map to its bias.
func (b bias) fill(y []float64) {
	if b == nil {
		clear(y)
		return
	}
	copy(y, b)
}

// scale multiplies by element.
type scale struct {
	stateless
	bias   bias
	factor []float64 // one, or one per element
}

func (b *builder) scale(n *ir.Node) (func() cell, error) {
	s := &scale{}
	var err error
	if s.bias, err = b.bias(n); err != nil {
		return nil, err
	}
	s.factor = b.weights(n, ir.PScale)
	return shared(s), b.take(1, len(s.factor))
}

func (s *scale) step(x, y []float64) error {
	s.bias.fill(y)
	stride := min(1, len(s.factor)-1)
	for i, a := range x {
		if a != 0 {
			y[i] += float64(a * s.factor[i*stride])
		}
	}
	return nil
}

// dense is a matrix product. The weights lie by source, so that a source that
// is silent costs nothing.
type dense struct {
	stateless
	bias   bias
	w      []float64 // row s starts at s*stride
	stride int       // 0 if all rows are the same
}

func (b *builder) dense(n *ir.Node) (func() cell, error) {
	d := &dense{}
	var err error
	if d.bias, err = b.bias(n); err != nil {
		return nil, err
	}
	w := b.weights(n, ir.PWeight)
	in, out := n.In.Size(), n.Out.Size()
	if err := b.take(min(in, len(w)), out); err != nil {
		return nil, err
	}
	if len(w) == 1 {
		d.w = make([]float64, out)
		for i := range d.w {
			d.w[i] = w[0]
		}
		return shared(d), nil
	}
	d.w, d.stride = make([]float64, len(w)), out
	for i := range out {
		for s := range in {
			d.w[s*out+i] = w[i*in+s]
		}
	}
	return shared(d), nil
}

func (d *dense) step(x, y []float64) error {
	d.bias.fill(y)
	sum := vector.Sum{Y: y}
	for s, a := range x {
		if a != 0 {
			sum.Add(d.w[s*d.stride:], a)
		}
	}
	sum.Flush()
	return nil
}
