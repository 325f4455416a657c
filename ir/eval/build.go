package eval

import (
	"errors"
	"fmt"
	"math"

	"github.com/synfire/synfire/ir"
)

// builder turns the nodes of a network into cells.
type builder struct {
	net   *ir.Network
	exact []bool // by id: leads to an integer population
	left  int    // of MaxNumbers
}

// take charges a times c numbers to the budget of the program.
func (b *builder) take(a, c int) error {
	if a > 0 && c > b.left/a {
		return fmt.Errorf("the network needs more than %d numbers in memory", MaxNumbers)
	}
	b.left -= a * c
	return nil
}

// build sets the constructor of a node.
func (b *builder) build(p *node, n *ir.Node) error {
	if err := b.take(p.depth, p.size); err != nil {
		return err
	}
	if err := b.take(1, p.in); err != nil {
		return err
	}
	create, err := b.cell(n)
	if err != nil {
		return err
	}
	if b.exact[n.ID] && n.Op.Weighted() {
		if create, err = b.exactMap(n, create); err != nil {
			return err
		}
	}
	p.create = create
	return nil
}

func (b *builder) cell(n *ir.Node) (func() cell, error) {
	switch n.Op {
	case ir.OpInput, ir.OpOutput, ir.OpFlatten:
		return shared(identity{}), nil
	case ir.OpBias:
		return shared(one{}), nil
	case ir.OpDense:
		return b.dense(n)
	case ir.OpSparse, ir.OpConnect:
		return b.sparse(n)
	case ir.OpConv1d, ir.OpConv2d:
		return b.conv(n)
	case ir.OpScale:
		return b.scale(n)
	case ir.OpSumPool2d, ir.OpAvgPool2d:
		return pooling(n), nil
	case ir.OpDelay:
		return b.delay(n)
	case ir.OpThreshold:
		return b.threshold(n)
	case ir.OpI, ir.OpIF, ir.OpLI, ir.OpLIF, ir.OpCubaLI, ir.OpCubaLIF:
		return b.neuron(n)
	case ir.OpIntLIF:
		return b.intLIF(n)
	}
	return nil, fmt.Errorf("%s cannot be executed", n.Op)
}

// values returns parameter k with one entry per output of the node.
func (b *builder) values(n *ir.Node, k ir.Param) ([]float64, error) {
	return b.expand(n, n.P(k))
}

// expand returns a per-neuron tensor with one entry per output of the node.
func (b *builder) expand(n *ir.Node, t ir.Tensor) ([]float64, error) {
	size := n.Out.Size()
	if err := b.take(1, size); err != nil {
		return nil, err
	}
	if t.Stored() != 1 && t.Stored() != size {
		return nil, fmt.Errorf("a parameter stores %d numbers for %d neurons", t.Stored(), size)
	}
	out := make([]float64, size)
	for i := range out {
		out[i] = t.At(i)
	}
	return out, nil
}

// integers is values for whole numbers between lo and hi.
func (b *builder) integers(n *ir.Node, k ir.Param, lo, hi int64) ([]int64, error) {
	f, err := b.values(n, k)
	if err != nil {
		return nil, err
	}
	out := make([]int64, len(f))
	for i, x := range f {
		if x != math.Trunc(x) || !(x >= float64(lo) && x <= float64(hi)) {
			return nil, fmt.Errorf("%s of %g at neuron %d is not a whole number from %d to %d", k, x, i, lo, hi)
		}
		out[i] = int64(x)
	}
	return out, nil
}

// steps is integers for a number of steps whose form in seconds, if there is
// one, must have been converted by the discretize pass.
func (b *builder) steps(n *ir.Node, k, seconds ir.Param) ([]int32, error) {
	if !n.Has(k) {
		if err := noDelay(n, seconds); err != nil {
			return nil, err
		}
	}
	x, err := b.integers(n, k, 0, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	out := make([]int32, len(x))
	for i := range x {
		out[i] = int32(x[i])
	}
	return out, nil
}

// noDelay makes sure that no time in seconds is left in parameter k.
func noDelay(n *ir.Node, k ir.Param) error {
	if !n.Has(k) {
		return nil
	}
	if lo, hi := n.P(k).Range(); lo != 0 || hi != 0 {
		return fmt.Errorf("its %s is in seconds: run the discretize pass first", k)
	}
	return nil
}

// weights returns the numbers that parameter k stores (one, or one per
// element): integer mantissas as what they add to the target.
func (b *builder) weights(n *ir.Node, k ir.Param) ([]float64, error) {
	t := n.P(k)
	if err := b.take(1, t.Stored()); err != nil {
		return nil, err
	}
	out := make([]float64, t.Stored())
	if n.Q == nil {
		for i := range out {
			out[i] = t.At(i)
		}
		return out, nil
	}
	if !t.IsInt() {
		return nil, errors.New("has a quantized format but float weights: run the quantize pass again")
	}
	if err := checkFormat(n.Q, t); err != nil {
		return nil, err
	}
	for i := range out {
		out[i] = float64(n.Q.Effective(t.IntAt(i)))
	}
	return out, nil
}

// checkFormat makes sure that no effective weight overflows.
func checkFormat(q *ir.QFormat, t ir.Tensor) error {
	if t.Stored() == 0 {
		return nil
	}
	lo, hi := t.Range()
	largest := max(-lo, hi) * math.Abs(float64(q.Unit)) * math.Ldexp(1, int(max(q.Exp, 0)))
	if q.Limit < 0 || largest >= 1<<62 || q.Limit == 0 && largest > maxWhole {
		return fmt.Errorf("mantissas to %g with exponent %d and unit %d are not exact in 53 bits", max(-lo, hi), q.Exp, q.Unit)
	}
	if q.Limit > maxWhole {
		return fmt.Errorf("the limit %d of a weight is above 2^53", q.Limit)
	}
	return nil
}
