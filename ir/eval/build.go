package eval

import (
	"fmt"

	"github.com/synfire/synfire/ir"
)

// builder turns the nodes of a network into cells.
type builder struct {
	net     *ir.Network
	exact   []bool // by id: leads to an integer population
	split   []bool // by id: hands over by sign, see splitNodes
	left    int    // of MaxNumbers
	changes *Changes
	sign    float64 // 1 or -1: weights of that sign count, as magnitudes; 0 = all as they are
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
	create, err := b.node(n)
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

func (b *builder) node(n *ir.Node) (func() cell, error) {
	if b.split[n.ID] {
		return b.splitCell(n)
	}
	return b.cell(n)
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
		if r := b.changes.Populations[n.ID]; r != nil {
			return b.relaxed(n, r)
		}
		return b.intLIF(n)
	case ir.OpFixLIF:
		return b.fixLIF(n)
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
	out := make([]float64, size)
	for i := range out {
		out[i] = t.At(i)
	}
	return out, nil
}

// integers is values for whole numbers.
func (b *builder) integers(n *ir.Node, k ir.Param) ([]int64, error) {
	t, size := n.P(k), n.Out.Size()
	if err := b.take(1, size); err != nil {
		return nil, err
	}
	out := make([]int64, size)
	for i := range out {
		out[i] = int64(t.At(i))
	}
	return out, nil
}

// steps returns a number of steps per output. Its form in seconds, if there is
// one, must have been converted by the discretize pass.
func (b *builder) steps(n *ir.Node, k, seconds ir.Param) ([]int64, error) {
	if !n.Has(k) {
		if err := inSteps(n, seconds); err != nil {
			return nil, err
		}
	}
	return b.integers(n, k)
}

// inSteps makes sure that no time in seconds is left in parameter k.
func inSteps(n *ir.Node, k ir.Param) error {
	if !n.Has(k) {
		return nil
	}
	if lo, hi := n.P(k).Range(); lo != 0 || hi != 0 {
		return fmt.Errorf("its %s is in seconds: run the discretize pass first", k)
	}
	return nil
}

// weights returns the numbers that parameter k stores (one, or one per
// element): integer mantissas as what they add to the target. Who keeps them
// charges them to the budget.
func (b *builder) weights(n *ir.Node, k ir.Param) []float64 {
	w := b.allWeights(n, k)
	if b.sign == 0 {
		return w
	}
	out := make([]float64, len(w))
	for i, x := range w {
		out[i] = max(0, b.sign*x)
	}
	return out
}

func (b *builder) allWeights(n *ir.Node, k ir.Param) []float64 {
	t := n.P(k)
	if w, ok := b.changes.Weights[n.ID]; ok {
		return w
	}
	out := make([]float64, t.Stored())
	for i := range out {
		if n.Q == nil {
			out[i] = t.At(i)
		} else {
			out[i] = float64(n.Q.Effective(t.IntAt(i)))
		}
	}
	return out
}

// int32s returns the elements of an integer tensor.
func (b *builder) int32s(t ir.Tensor) ([]int32, error) {
	if !t.IsUniform() || t.Len() == 1 {
		return t.I, nil
	}
	if err := b.take(1, t.Len()); err != nil {
		return nil, err
	}
	out := make([]int32, t.Len())
	for i := range out {
		out[i] = t.I[0]
	}
	return out, nil
}
