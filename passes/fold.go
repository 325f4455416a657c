package passes

import (
	"context"

	"github.com/synfire/synfire/ir"
)

// fold removes maps that hand on their input unchanged: a scale by 1, a
// flatten that joins nothing, pooling over one cell, a delay of 0. Only what
// is exact in floating point is folded.
func fold(_ context.Context, s *State) error {
	n := s.Net
	gone := make([]bool, len(n.Nodes))
	for i := range n.Nodes {
		if identity(&n.Nodes[i]) {
			gone[i] = bypass(n, ir.NodeID(i), 0)
		}
	}
	remove(n, func(id ir.NodeID) bool { return gone[id] })
	return nil
}

func identity(node *ir.Node) bool {
	if node.Has(ir.PBias) || node.Has(ir.PDelay) && node.Op != ir.OpDelay {
		return false
	}
	uniform := func(k ir.Param, x float64) bool {
		t := node.P(k)
		return t.Valid() && t.IsUniform() && t.At(0) == x
	}
	switch node.Op {
	case ir.OpScale:
		return node.Q == nil && uniform(ir.PScale, 1)
	case ir.OpFlatten:
		return node.In.Equal(node.Out)
	case ir.OpSumPool2d, ir.OpAvgPool2d:
		return node.Pool.Kernel == [2]int{1, 1} && node.Pool.Stride == [2]int{1, 1} && node.Pool.Padding == [2]int{}
	case ir.OpDelay:
		return uniform(ir.PDelay, 0) && !node.Has(ir.PDelaySteps)
	}
	return false
}

// maxBypass bounds how many edges one bypass may make, because a chain of them
// multiplies.
const maxBypass = 4096

// bypass joins the edges into a node to the edges out of it, adding delays
// and extra, and leaves the node without edges. A node on a cycle with itself
// alone is left as it is.
func bypass(n *ir.Network, id ir.NodeID, extra int32) bool {
	var in, out, rest []ir.Edge
	for _, e := range n.Edges {
		switch {
		case e.Src == id && e.Dst == id:
			return false
		case e.Dst == id:
			in = append(in, e)
		case e.Src == id:
			out = append(out, e)
		default:
			rest = append(rest, e)
		}
	}
	if len(in)*len(out) > maxBypass {
		return false
	}
	for _, a := range in {
		for _, b := range out {
			rest = append(rest, ir.Edge{Src: a.Src, Dst: b.Dst, Delay: a.Delay + b.Delay + extra})
		}
	}
	n.Edges = rest
	return true
}
