package eval

import (
	"errors"
	"fmt"
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
		m.ptr, m.target, err = rows(n)
	}
	if err != nil {
		return nil, err
	}
	if err := b.take(1, len(m.target)); err != nil {
		return nil, err
	}
	if m.w, err = b.weights(n, ir.PWeight); err != nil {
		return nil, err
	}
	if len(m.w) != 1 && len(m.w) != len(m.target) {
		return nil, fmt.Errorf("%d weights for %d synapses", len(m.w), len(m.target))
	}
	if !n.Has(ir.PDelaySteps) {
		return shared(m), nil
	}
	return b.delayed(n, m)
}

// rows returns the layout of an OpSparse node: row starts that ascend from 0,
// and targets that exist.
func rows(n *ir.Node) (ptr, target []int32, err error) {
	p, x := n.P(ir.PIndptr), n.P(ir.PIndices)
	if !p.IsInt() || !x.IsInt() || len(p.I) != n.In.Size()+1 || len(x.I) != x.Len() {
		return nil, nil, errors.New("indptr and indices must be integers, one row start a source and one more")
	}
	if p.I[0] != 0 || !slices.IsSorted(p.I) || int(p.I[len(p.I)-1]) != len(x.I) {
		return nil, nil, fmt.Errorf("indptr must ascend from 0 to the %d synapses", len(x.I))
	}
	for k, j := range x.I {
		if j < 0 || int(j) >= n.Out.Size() {
			return nil, nil, fmt.Errorf("synapse %d leads to target %d of %d", k, j, n.Out.Size())
		}
	}
	return p.I, x.I, nil
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
	if !t.IsInt() || len(t.I) != 1 && len(t.I) != len(m.target) {
		return nil, fmt.Errorf("delay_steps must be integers, one or one for each of %d synapses", len(m.target))
	}
	lowest, depth := t.I[0], int(slices.Max(t.I))+1
	for _, d := range t.I {
		lowest = min(lowest, d)
	}
	if lowest < 0 {
		return nil, fmt.Errorf("a delay of %d steps is negative", lowest)
	}
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
