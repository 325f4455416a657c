package eval

import (
	"errors"
	"fmt"

	"github.com/synfire/synfire/ir"
)

// maxInEdges bounds the input edges of an integer population, see the package
// comment.
const maxInEdges = 1 << 10

func isSource(op ir.Op) bool { return op == ir.OpInput || op.Info().Class == ir.ClassSource }

// checkNetwork makes sure of what the rest of the package relies on.
func checkNetwork(n *ir.Network) error {
	if n == nil {
		return errors.New("there is no network")
	}
	for i := range n.Nodes {
		if err := checkNode(n, i); err != nil {
			return nodeError(&n.Nodes[i], err)
		}
	}
	if !n.Discrete {
		return errors.New("the network is in continuous time: run the discretize pass first")
	}
	fanIn := make([]int, len(n.Nodes))
	for i, e := range n.Edges {
		if err := checkEdge(n, e, fanIn); err != nil {
			return fmt.Errorf("edge %d: %w", i, err)
		}
	}
	return nil
}

func checkNode(net *ir.Network, i int) error {
	n := &net.Nodes[i]
	switch {
	case int(n.ID) != i:
		return fmt.Errorf("has id %d, stands at %d", n.ID, i)
	case n.Op.Info().Class == ir.ClassGraph:
		return errors.New("is a nested graph: run the flatten pass first")
	case n.Op == ir.OpInvalid || n.Op.Info().Name == "invalid":
		return errors.New("has no valid op")
	case n.Out == nil || n.In == nil && !isSource(n.Op):
		return errors.New("its shape is not known: run the shapes pass first")
	}
	if err := n.Out.Check(); err != nil {
		return err
	}
	for i := range n.Params {
		if err := checkParam(n, n.Params[i]); err != nil {
			return fmt.Errorf("%s: %w", n.Params[i].Key, err)
		}
	}
	for _, s := range n.Op.Info().Params {
		if s.Required && !n.Has(s.Key) {
			return fmt.Errorf("has no %s", s.Key)
		}
	}
	if isSource(n.Op) {
		return nil
	}
	return checkShape(n)
}

// checkShape makes sure that the op turns the input shape into the output
// shape.
func checkShape(n *ir.Node) error {
	if err := n.In.Check(); err != nil {
		return err
	}
	out, err := n.OutShape(n.In)
	if err != nil {
		return err
	}
	if !out.Equal(n.Out) {
		return fmt.Errorf("makes an output of shape %v from %v, but says %v", out, n.In, n.Out)
	}
	return nil
}

func checkParam(n *ir.Node, p ir.ParamValue) error {
	spec, t := n.Op.Spec(p.Key), p.T
	if spec == nil {
		return fmt.Errorf("%s has no such parameter", n.Op)
	}
	if !t.Valid() || t.F != nil && t.I != nil {
		return errors.New("must hold either floats or integers")
	}
	size, err := elements(t.Shape)
	if err != nil {
		return err
	}
	if t.Stored() != size && t.Stored() != 1 {
		return fmt.Errorf("stores %d numbers for shape %v", t.Stored(), t.Shape)
	}
	if spec.Extent == ir.PerNeuron && t.Stored() != 1 && size != n.Out.Size() {
		return fmt.Errorf("has shape %v, the node %v", t.Shape, n.Out)
	}
	return nil
}

// elements returns the product of the dimensions, some of which may be zero.
func elements(s ir.Shape) (int, error) {
	for _, d := range s {
		if d == 0 {
			return 0, nil
		}
	}
	return s.Size(), s.Check()
}

func checkEdge(n *ir.Network, e ir.Edge, fanIn []int) error {
	for _, id := range []ir.NodeID{e.Src, e.Dst} {
		if id < 0 || int(id) >= len(n.Nodes) {
			return fmt.Errorf("node %d does not exist", id)
		}
	}
	src, dst := n.Node(e.Src), n.Node(e.Dst)
	fanIn[e.Dst]++
	switch {
	case e.Delay < 0:
		return fmt.Errorf("from %q to %q: its delay of %d steps is negative", src.Name, dst.Name, e.Delay)
	case isSource(dst.Op):
		return fmt.Errorf("from %q: %q is a source and takes no input", src.Name, dst.Name)
	case !src.Out.Equal(dst.In):
		return fmt.Errorf("%q hands over %v, %q takes %v", src.Name, src.Out, dst.Name, dst.In)
	case dst.Op == ir.OpIntLIF && fanIn[e.Dst] > maxInEdges:
		return fmt.Errorf("%q has more than %d input edges", dst.Name, maxInEdges)
	}
	return nil
}
