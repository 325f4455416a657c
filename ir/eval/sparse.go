package eval

import (
	"slices"

	"github.com/synfire/synfire/ir"
)

// sparse is a matrix in compressed rows: source s reaches
// target[ptr[s]:ptr[s+1]].
type sparse struct {
	stateless
	bias        bias
	ptr, target []int32
	w           []float64 // one, or one per synapse
}

func (b *builder) sparse(n *ir.Node) (func() cell, error) {
	m := &sparse{}
	var err error
	if m.bias, err = b.bias(n); err != nil {
		return nil, err
	}
	if n.Op == ir.OpConnect {
		m.ptr, m.target, err = ir.Expand(n, n.In.Size())
	} else {
		m.ptr, m.target, err = b.rows(n)
	}
	if err != nil {
		return nil, err
	}
	m.w = b.weights(n, ir.PWeight)
	if err := b.take(1, len(m.target)+len(m.w)); err != nil {
		return nil, err
	}
	if !n.Has(ir.PDelaySteps) {
		return shared(m), nil
	}
	return b.delayed(n, m)
}

// rows returns the layout of an OpSparse node.
func (b *builder) rows(n *ir.Node) (ptr, target []int32, err error) {
	if ptr, err = b.int32s(n.P(ir.PIndptr)); err != nil {
		return nil, nil, err
	}
	target, err = b.int32s(n.P(ir.PIndices))
	return ptr, target, err
}

// row returns the first synapse of source s and the one after its last.
func (m *sparse) row(s int) (first, last int32) { return m.ptr[s], m.ptr[s+1] }

// weight returns the weight of synapse k.
func (m *sparse) weight(k int32) float64 {
	if len(m.w) == 1 {
		return m.w[0]
	}
	return m.w[k]
}

func (m *sparse) step(x, y []float64) error {
	m.bias.fill(y)
	for s, a := range x {
		if a == 0 {
			continue
		}
		first, last := m.row(s)
		for k := first; k < last; k++ {
			y[m.target[k]] += float64(a * m.weight(k))
		}
	}
	return nil
}

// delayed is a sparse matrix whose synapses have delays of their own: what
// they add waits in a ring, whose rows start from the bias.
type delayed struct {
	*sparse
	delay []int32     // steps, one or one per synapse
	ring  [][]float64 // row t%len(ring) is the output of step t
	t     int
}

func (b *builder) delayed(n *ir.Node, m *sparse) (func() cell, error) {
	t := n.P(ir.PDelaySteps)
	if t.Stored() == 0 {
		return shared(m), nil
	}
	depth := int(slices.Max(t.I)) + 1
	size := n.Out.Size()
	if err := b.take(depth, size); err != nil {
		return nil, err
	}
	return func() cell { return &delayed{sparse: m, delay: t.I, ring: newRows(depth, size)} }, nil
}

func newRows(depth, size int) [][]float64 {
	rows := make([][]float64, depth)
	for i := range rows {
		rows[i] = make([]float64, size)
	}
	return rows
}

func (c *delayed) reset() {
	c.t = 0
	for _, row := range c.ring {
		c.bias.fill(row)
	}
}

func (c *delayed) step(x, y []float64) error {
	for s, a := range x {
		if a == 0 {
			continue
		}
		first, last := c.row(s)
		for k := first; k < last; k++ {
			due := (c.t + c.steps(k)) % len(c.ring)
			c.ring[due][c.target[k]] += float64(a * c.weight(k))
		}
	}
	row := c.ring[c.t%len(c.ring)]
	copy(y, row)
	c.bias.fill(row)
	c.t++
	return nil
}

func (c *delayed) steps(k int32) int {
	if len(c.delay) == 1 {
		return int(c.delay[0])
	}
	return int(c.delay[k])
}
