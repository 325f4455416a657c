package passes

import (
	"context"
	"slices"

	"github.com/synfire/synfire/ir"
)

// dead removes nodes from which no path leads to an output or to a population
// that is to be recorded (Options.Keep). A network without outputs keeps all.
func dead(_ context.Context, s *State) error {
	n := s.Net
	live := make([]bool, len(n.Nodes))
	var stack []ir.NodeID
	mark := func(id ir.NodeID) {
		if !live[id] {
			live[id] = true
			stack = append(stack, id)
		}
	}
	outputs := 0
	for i := range n.Nodes {
		if n.Nodes[i].Op == ir.OpOutput {
			outputs++
		}
		if n.Nodes[i].Op == ir.OpOutput || n.Nodes[i].Op == ir.OpInput || slices.Contains(s.Opt.Keep, n.Nodes[i].Name) {
			mark(ir.NodeID(i))
		}
	}
	if outputs == 0 {
		return nil
	}
	adj := n.Adjacency()
	for len(stack) > 0 {
		id := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, e := range adj.In[id] {
			mark(n.Edges[e].Src)
		}
	}
	for i := range n.Nodes {
		if !live[i] && n.Nodes[i].Op.IsNeuron() {
			s.Diags.Notef("N0401", place(&n.Nodes[i]), "name it in --probe to keep it",
				"%s was left out: no output depends on it", n.Nodes[i].Name)
		}
	}
	remove(n, func(id ir.NodeID) bool { return !live[id] })
	return nil
}

// remove deletes nodes and their edges and renumbers the rest.
func remove(n *ir.Network, gone func(ir.NodeID) bool) {
	ids := make([]ir.NodeID, len(n.Nodes))
	kept := n.Nodes[:0:0]
	for i := range n.Nodes {
		ids[i] = ir.NoNode
		if !gone(ir.NodeID(i)) {
			ids[i] = ir.NodeID(len(kept))
			node := n.Nodes[i]
			node.ID = ids[i]
			kept = append(kept, node)
		}
	}
	n.Nodes = kept
	edges := n.Edges[:0:0]
	for _, e := range n.Edges {
		e.Src, e.Dst = ids[e.Src], ids[e.Dst]
		if e.Src != ir.NoNode && e.Dst != ir.NoNode {
			edges = append(edges, e)
		}
	}
	n.Edges = edges
}
