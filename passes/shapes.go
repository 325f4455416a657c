package passes

import (
	"context"

	"github.com/synfire/synfire/ir"
)

// inferShapes gives every node its input and output shape, forward along the
// edges and back into ports that have none, until nothing changes. Sources
// that meet in one node must agree.
func inferShapes(_ context.Context, s *State) error {
	n := s.Net
	for i := range n.Nodes {
		ownShape(&n.Nodes[i])
	}
	order := canonical(n)
	adj := n.Adjacency()
	for changed := true; changed; {
		changed = false
		for _, id := range order {
			c, ok := shapeNode(s, n.Node(id), adj)
			if !ok {
				return nil
			}
			changed = changed || c
		}
	}
	for i := range n.Nodes {
		node := &n.Nodes[i]
		if node.Out == nil || node.In == nil {
			s.Diags.Errorf("E0403", place(node), "give an input a shape",
				"the shape of %s cannot be inferred: nothing that it is joined to has one", node.Name)
		}
	}
	if !s.Diags.HasErrors() {
		checkEdges(s)
	}
	return nil
}

// ownShape sets what a node knows of its shapes by itself.
func ownShape(node *ir.Node) {
	switch {
	case node.Op == ir.OpBias:
		node.In, node.Out = ir.Shape{1}, ir.Shape{1}
	case node.Op == ir.OpDense && node.In == nil:
		if w := node.P(ir.PWeight); len(w.Shape) == 2 {
			node.In = ir.Shape{w.Shape[1]}
		}
	case !node.Op.IsMap() && node.Out != nil:
		node.In = node.Out
	}
}

// shapeNode infers one node's missing shapes; it reports whether it changed
// anything, and false if it found an error.
func shapeNode(s *State, node *ir.Node, adj ir.Adjacency) (changed, ok bool) {
	n := s.Net
	if node.In == nil {
		for _, e := range adj.In[node.ID] {
			if src := n.Node(n.Edges[e].Src); src.Out != nil {
				node.In, changed = src.Out, true
				break
			}
		}
	}
	if node.In == nil && node.Op == ir.OpInput {
		for _, e := range adj.Out[node.ID] {
			if dst := n.Node(n.Edges[e].Dst); dst.In != nil {
				node.In, node.Out, changed = dst.In, dst.In, true
				break
			}
		}
	}
	if node.In == nil || node.Out != nil && !node.Op.IsMap() {
		return changed, true
	}
	if node.Conv != nil && node.Conv.Input == [2]int{} {
		setConvInput(node)
	}
	out, err := node.OutShape(node.In)
	if err != nil {
		s.Diags.Errorf("E0404", place(node), "", "%s: %v", node.Name, err)
		return false, false
	}
	if node.Out == nil {
		node.Out, changed = out, true
	} else if !node.Out.Equal(out) {
		s.Diags.Errorf("E0404", place(node), "", "%s makes shape %v of its input %v, but is declared as %v", node.Name, out, node.In, node.Out)
		return false, false
	}
	return changed, true
}

func setConvInput(node *ir.Node) {
	switch {
	case node.Op == ir.OpConv1d && len(node.In) == 2:
		node.Conv.Input = [2]int{node.In[1], 1}
	case node.Op == ir.OpConv2d && len(node.In) == 3:
		node.Conv.Input = [2]int{node.In[1], node.In[2]}
	}
}

// checkEdges reports edges whose ends have different shapes. A flat vector
// may feed an array of the same size and the other way round only through a
// flatten, because the order of axes is a guess.
func checkEdges(s *State) {
	for _, e := range s.Net.Edges {
		src, dst := s.Net.Node(e.Src), s.Net.Node(e.Dst)
		if src.Out.Equal(dst.In) {
			continue
		}
		hint := "check the weights' shape"
		if src.Out.Size() == dst.In.Size() {
			hint = "put a flatten between them, or give both the same shape"
		}
		s.Diags.Errorf("E0405", place(dst), hint, "%s gives %v, but %s takes %v", src.Name, src.Out, dst.Name, dst.In)
	}
}
