package passes

import (
	"context"
	"fmt"
	"slices"

	"github.com/synfire/synfire/ir"
)

// Lower runs the passes up to ToReference and lower, so that s.Net is a network
// in float whose synapses an ir.Connector lists.
func Lower(ctx context.Context, s *State) error {
	if err := Run(ctx, s, ToReference, Hooks{}); err != nil {
		return err
	}
	if err := lower(ctx, s); err != nil {
		return err
	}
	return s.Diags.Err()
}

// lower rebuilds the network from its projections: each path of linear maps
// between two populations becomes a chain of its own (see ir.Connector), with
// one weighted map in which factors of averaging are folded. Weights of
// convolutions stay shared. Paths with several weighted maps are multiplied
// out. Biases become projections from a source that is 1 in every step.
func lower(ctx context.Context, s *State) error {
	ps, err := s.Net.Projections()
	if err != nil {
		s.Diags.Errorf("E0415", "", "", "%v", err)
		return nil
	}
	l := lowerer{s: s, old: s.Net, new: s.Net.Clone(), ids: make([]ir.NodeID, len(s.Net.Nodes)), names: names{}}
	l.new.Nodes, l.new.Edges = nil, nil
	order := canonical(s.Net)
	rank := make([]int, len(order))
	for r, id := range order {
		rank[id] = r
		l.ids[id] = ir.NoNode
		if node := s.Net.Node(id); !node.Op.IsMap() {
			l.ids[id] = l.new.Add(node.Clone())
			l.names[node.Name] = true
		}
	}
	slices.SortStableFunc(ps, func(a, b ir.Projection) int { return comparePaths(s.Net, rank, &a, &b) })
	for i := range ps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := l.path(&ps[i]); err != nil {
			s.Diags.Errorf("E0421", place(s.Net.Node(ps[i].Dst)), "", "%v", err)
			return nil
		}
	}
	if err := l.biases(order); err != nil {
		s.Diags.Errorf("E0421", "", "", "%v", err)
		return nil
	}
	s.Net = l.new
	return nil
}

// comparePaths orders projections by target, source and the maps between.
func comparePaths(n *ir.Network, rank []int, a, b *ir.Projection) int {
	if d := rank[a.Dst] - rank[b.Dst]; d != 0 {
		return d
	}
	if d := rank[a.Src] - rank[b.Src]; d != 0 {
		return d
	}
	if d := slices.CompareFunc(a.Maps, b.Maps, func(x, y ir.NodeID) int { return rank[x] - rank[y] }); d != 0 {
		return d
	}
	return int(a.Delay - b.Delay)
}

type lowerer struct {
	s        *State
	old, new *ir.Network
	ids      []ir.NodeID // old population or port -> new
	names    names       // of new
}

// path adds the chain of one projection.
func (l *lowerer) path(p *ir.Projection) error {
	src, dst := l.ids[p.Src], l.ids[p.Dst]
	if l.old.Node(p.Dst).Op == ir.OpOutput {
		l.new.Connect(src, dst, p.Delay)
		return nil
	}
	chain, err := l.chain(p)
	if err != nil {
		return err
	}
	last := src
	for i := range chain {
		chain[i].Name = l.names.unique(chain[i].Name)
		id := l.new.Add(chain[i])
		l.new.Connect(last, id, 0)
		last = id
	}
	l.new.Connect(last, dst, 0)
	// The whole delay stands on the first edge.
	for i := range l.new.Edges {
		if e := &l.new.Edges[i]; e.Src == src && e.Dst == ir.NodeID(len(l.new.Nodes)-len(chain)) {
			e.Delay = p.Delay
		}
	}
	return nil
}

// chain returns copies of the maps of a projection in lowered form: delays by
// element, sums of windows, one weighted map.
func (l *lowerer) chain(p *ir.Projection) ([]ir.Node, error) {
	var pools, tail []ir.Node
	var weighted, delay *ir.Node
	factor := 1.0
	name := l.old.Node(p.Src).Name + "->" + l.old.Node(p.Dst).Name
	for i, id := range p.Maps {
		node := l.old.Node(id).Clone()
		node.Unset(ir.PBias)
		switch {
		case node.Op == ir.OpDelay && i == 0:
			delay = &node
			continue
		case node.Op == ir.OpConnect:
			var err error
			if node, err = expand(&node); err != nil {
				return nil, err
			}
		case node.Op == ir.OpAvgPool2d:
			factor /= float64(node.Pool.Kernel[0] * node.Pool.Kernel[1])
			node.Op = ir.OpSumPool2d
		}
		switch {
		case (node.Op == ir.OpSumPool2d || node.Op == ir.OpFlatten) && weighted == nil:
			pools = append(pools, node)
		case node.Op == ir.OpFlatten:
			tail = append(tail, node)
		case node.Op.Weighted() && weighted == nil && len(tail) == 0:
			weighted = &node
		default:
			w, err := l.multiply(p)
			if err != nil {
				return nil, err
			}
			return []ir.Node{*w}, nil
		}
	}
	if weighted == nil {
		shape := l.old.Node(p.Dst).Out
		w := ir.Node{Name: name, Op: ir.OpScale, In: shape, Out: shape}
		w.Set(ir.PScale, ir.Uniform(shape, 1))
		weighted = &w
	}
	if factor != 1 {
		key := ir.WeightKey(weighted.Op)
		weighted.Set(key, weighted.P(key).Map(func(x float64) float64 { return x * factor }))
	}
	chain := append(append(pools, *weighted), tail...)
	if delay != nil {
		chain = append([]ir.Node{*delay}, chain...)
	}
	return chain, nil
}

// expand draws the synapses of a rule.
func expand(node *ir.Node) (ir.Node, error) {
	ptr, idx, err := ir.Expand(node, node.In.Size())
	if err != nil {
		return *node, fmt.Errorf("%s: %w", node.Name, err)
	}
	w := node.P(ir.PWeight)
	if len(idx) == 0 {
		return *node, fmt.Errorf("%s: the rule makes no synapse", node.Name)
	}
	out := ir.Node{Name: node.Name, Op: ir.OpSparse, In: node.In, Out: node.Out, Origin: node.Origin}
	out.Set(ir.PIndptr, ir.Ints(ir.Shape{len(ptr)}, ptr))
	out.Set(ir.PIndices, ir.Ints(ir.Shape{len(idx)}, idx))
	out.Set(ir.PWeight, ir.Tensor{Shape: ir.Shape{len(idx)}, F: w.F, I: w.I})
	return out, nil
}

// biases adds a projection from a constant source for every population that
// biases of maps reach, one for each number of steps after which they begin.
func (l *lowerer) biases(order []ir.NodeID) error {
	sums, err := biasSums(l.old)
	if err != nil {
		return err
	}
	one := ir.NoNode
	for _, id := range order {
		for _, b := range sums[id] {
			if allZero(ir.Floats(nil, b.sum)) {
				continue
			}
			if one == ir.NoNode {
				one = l.new.Add(ir.Node{Name: l.names.unique("bias"), Op: ir.OpBias, In: ir.Shape{1}, Out: ir.Shape{1}})
			}
			dst := l.old.Node(id)
			w := ir.Node{Name: l.names.unique("bias->" + dst.Name), Op: ir.OpSparse, In: ir.Shape{1}, Out: dst.Out}
			size := len(b.sum)
			idx := make([]int32, size)
			for i := range idx {
				idx[i] = int32(i)
			}
			w.Set(ir.PIndptr, ir.Ints(ir.Shape{2}, []int32{0, int32(size)}))
			w.Set(ir.PIndices, ir.Ints(ir.Shape{size}, idx))
			w.Set(ir.PWeight, ir.Floats(ir.Shape{size}, b.sum))
			m := l.new.Add(w)
			l.new.Connect(one, m, b.start)
			l.new.Connect(m, l.ids[id], 0)
		}
	}
	return nil
}
