package eval

import (
	"errors"
	"fmt"

	"github.com/synfire/synfire/ir"
)

// splitNodes marks the maps that lead to fixed-point populations, up to and
// with those that have weights: they hand over what their positive weights
// add, then what their negative ones add, as magnitudes.
func splitNodes(n *ir.Network) ([]bool, error) {
	split := make([]bool, len(n.Nodes))
	adj := n.Adjacency()
	var todo []ir.NodeID
	for i := range n.Nodes {
		if n.Nodes[i].Op == ir.OpFixLIF {
			todo = append(todo, ir.NodeID(i))
		}
	}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, e := range adj.In[id] {
			src := n.Node(n.Edges[e].Src)
			switch {
			case split[src.ID]:
				continue
			case src.Op.Weighted():
			case src.Op == ir.OpFlatten || src.Op == ir.OpDelay:
				todo = append(todo, src.ID)
			default:
				return nil, nodeError(src, fmt.Errorf("leads to the fixed-point population %q without weights whose signs say what excites", n.Node(id).Name))
			}
			split[src.ID] = true
		}
	}
	for _, e := range n.Edges {
		if dst := n.Node(e.Dst); split[e.Src] && !split[e.Dst] && dst.Op != ir.OpFixLIF {
			return nil, nodeError(dst, errors.New("shares a map with a fixed-point population: run the lower pass first"))
		}
	}
	return split, nil
}

// split joins a map of its positive weights and one of its negative ones.
type split struct{ pos, neg cell }

// splitCell returns the constructor of a node that splitNodes has marked.
func (b *builder) splitCell(n *ir.Node) (func() cell, error) {
	if n.Has(ir.PBias) {
		return nil, errors.New("a map to a fixed-point population has no bias: run the lower pass first")
	}
	build := func(sign float64) (func() cell, error) {
		b.sign = sign
		defer func() { b.sign = 0 }()
		return b.cell(n)
	}
	pos, err := build(1)
	if err != nil {
		return nil, err
	}
	neg, err := build(-1)
	if err != nil {
		return nil, err
	}
	if n.Op.Weighted() {
		return func() cell { return &split{pos(), neg()} }, nil
	}
	return func() cell { return &splitTail{split{pos(), neg()}} }, nil
}

func (s *split) reset() {
	s.pos.reset()
	s.neg.reset()
}

func (s *split) step(x, y []float64) error {
	half := len(y) / 2
	return errors.Join(s.pos.step(x, y[:half]), s.neg.step(x, y[half:]))
}

// splitTail is a split map without weights.
type splitTail struct{ split }

func (s *splitTail) step(x, y []float64) error {
	in, out := len(x)/2, len(y)/2
	return errors.Join(s.pos.step(x[:in], y[:out]), s.neg.step(x[in:], y[out:]))
}
