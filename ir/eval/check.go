package eval

import (
	"errors"
	"fmt"

	"github.com/synfire/synfire/ir"
)

// maxInEdges bounds the input edges of an integer population, see the package
// comment.
const maxInEdges = 1 << 10

// checkNetwork makes sure of what the rest of the package relies on: a network
// without a diagnostic of ir.Verify, in the form that the passes leave it in.
func checkNetwork(n *ir.Network) error {
	if err := ir.Verify(n).Err(); err != nil {
		return err
	}
	for i := range n.Nodes {
		if err := checkForm(&n.Nodes[i]); err != nil {
			return nodeError(&n.Nodes[i], err)
		}
	}
	if !n.Discrete {
		return errors.New("the network is in continuous time: run the discretize pass first")
	}
	fanIn := make([]int, len(n.Nodes))
	for _, e := range n.Edges {
		dst := n.Node(e.Dst)
		if fanIn[e.Dst]++; dst.Op.IsInteger() && fanIn[e.Dst] > maxInEdges {
			return nodeError(dst, fmt.Errorf("has more than %d input edges", maxInEdges))
		}
	}
	return nil
}

func checkForm(n *ir.Node) error {
	switch {
	case n.Op == ir.OpGraph:
		return errors.New("is a nested graph: run the flatten pass first")
	case n.Out == nil || n.In == nil && !isSource(n.Op):
		return errors.New("its shape is not known: run the shapes pass first")
	}
	return nil
}

func isSource(op ir.Op) bool { return op == ir.OpInput || op.Info().Class == ir.ClassSource }
