package ir

import (
	"fmt"
	"math"
	"strconv"

	"github.com/synfire/synfire/internal/diag"
)

// Bounds of a well-formed network, beside MaxElems and MaxDepth.
const (
	MaxRank  = 16      // axes of a shape
	MaxDelay = 1 << 20 // steps

	maxNetworks = 1 << 14 // nested ones, should pointers share or form a cycle
)

// The codes of Verify.
const (
	codeNode     = "E0201" // id, name, op
	codeShape    = "E0202"
	codeEdge     = "E0203"
	codeParam    = "E0204" // missing, foreign, twice or out of order
	codeExtent   = "E0205" // the shape or type of a parameter
	codeValue    = "E0206"
	codeAttr     = "E0207"
	codeSparse   = "E0208"
	codeDiscrete = "E0209"
	codeCycle    = "E0210"
	codeNesting  = "E0211"
	codeMeta     = "E0212"
)

// Verify checks everything that the rest of the compiler takes for granted of
// a network, nested ones included, and returns what is broken. A network
// without a diagnostic can be printed, parsed and executed without bounds
// checks; unknown shapes are allowed until shape inference. The path of a
// diagnostic is the node's Origin, or its name behind those of the networks
// around it. Verify accepts any value, also one built by hand.
func Verify(n *Network) diag.List {
	var v verifier
	v.network(n, "", nil, 0)
	return v.list
}

type verifier struct {
	list     diag.List
	networks int
}

func (v *verifier) network(n *Network, prefix string, parent *Network, depth int) {
	if n == nil {
		v.list.Errorf(codeNesting, prefix, "", "there is no network")
		return
	}
	if depth > MaxDepth {
		v.list.Errorf(codeNesting, prefix, "flatten the inner networks", "networks nest deeper than %d levels", MaxDepth)
		return
	}
	if v.networks++; v.networks > maxNetworks {
		v.list.Errorf(codeNesting, prefix, "flatten the inner networks", "more than %d nested networks", maxNetworks)
		return
	}
	if !(n.DT >= 0) || math.IsInf(n.DT, 0) || math.Signbit(n.DT) {
		v.list.Errorf(codeDiscrete, prefix, "give the time step in seconds, or 0 where it is not known", "the time step is %g s", n.DT)
	}
	v.meta(n.Meta, prefix)
	before := len(v.list)
	names := make(map[string]bool, len(n.Nodes))
	for i := range n.Nodes {
		node := &n.Nodes[i]
		nv := nodeVerifier{v, node, nodePath(prefix, node, i)}
		nv.identity(i, names)
		nv.shapes()
		nv.params()
		nv.attributes()
		nv.sparse()
		v.meta(node.Meta, nv.path)
		if node.Op == OpGraph {
			v.network(node.Sub, nv.path, n, depth+1)
			nv.ports()
		}
	}
	v.edges(n, prefix, len(v.list) == before)
	v.discrete(n, prefix, parent)
}

// nodePath returns the place of a node for messages.
func nodePath(prefix string, n *Node, i int) string {
	switch {
	case n.Origin != "":
		return n.Origin
	case n.Name == "":
		return join2(prefix, "#"+strconv.Itoa(i))
	}
	return join2(prefix, n.Name)
}

func join2(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "/" + name
}

// edges checks the ends, delays and shapes of the edges, and that no cycle
// lacks a delay. Shapes are compared only if all nodes are sound.
func (v *verifier) edges(n *Network, prefix string, sound bool) {
	inRange := true
	for i, e := range n.Edges {
		if e.Src < 0 || int(e.Src) >= len(n.Nodes) || e.Dst < 0 || int(e.Dst) >= len(n.Nodes) {
			v.list.Errorf(codeEdge, prefix, "", "edge %d leads from node %d to %d of %d nodes", i, e.Src, e.Dst, len(n.Nodes))
			inRange = false
			continue
		}
		src, dst := &n.Nodes[e.Src], &n.Nodes[e.Dst]
		path := nodePath(prefix, dst, int(e.Dst))
		if e.Delay < 0 || e.Delay > MaxDelay {
			v.list.Errorf(codeEdge, path, "", "the edge from %q has a delay of %d steps (0 to %d are possible)", src.Name, e.Delay, MaxDelay)
		}
		if dst.Op == OpInput || dst.Op == OpBias {
			v.list.Errorf(codeEdge, path, "feed the nodes behind it", "an edge from %q leads into %s, which takes none", src.Name, dst.Op)
		}
		if src.Op == OpOutput {
			v.list.Errorf(codeEdge, path, "start at the node that feeds the output", "an edge starts at the output %q", src.Name)
		}
		if sound && src.Out != nil && dst.In != nil && !src.Out.Equal(dst.In) {
			v.list.Errorf(codeShape, path, "insert a flatten or a projection", "%q gives shape %v, this node takes %v", src.Name, src.Out, dst.In)
		}
	}
	if !inRange {
		return
	}
	if !n.Discrete {
		return // delays in seconds are not steps yet
	}
	if _, err := n.Order(); err != nil {
		v.list.Errorf(codeCycle, prefix, "give one edge of the cycle a delay of a step", "%v", err)
	}
}

// discrete checks that a discrete network leaves nothing open.
func (v *verifier) discrete(n *Network, prefix string, parent *Network) {
	if parent != nil && parent.Discrete && (!n.Discrete || !sameBits(n.DT, parent.DT)) {
		v.list.Errorf(codeDiscrete, prefix, "discretize both with one time step", "the network around this one has decided its time step of %g s, this one has not (dt %g s)", parent.DT, n.DT)
	}
	if !n.Discrete {
		return
	}
	if !(n.DT > 0) {
		v.list.Errorf(codeDiscrete, prefix, "set dt", "the network is discrete but has no time step")
	}
	for i := range n.Nodes {
		node := &n.Nodes[i]
		for _, attr := range openAttributes(node) {
			v.list.Errorf(codeDiscrete, nodePath(prefix, node, i), fmt.Sprintf("write %s in the braces of the population, or let discretize decide it", attr),
				"%s of %s is not decided in a discrete network", attr, node.Op)
		}
	}
}

// openAttributes lists the attributes that the node's step depends on and
// that are not decided.
func openAttributes(n *Node) []string {
	var open []string
	need := func(ok bool, name string) {
		if !ok {
			open = append(open, name)
		}
	}
	a := n.Neuron
	switch n.Op {
	case OpThreshold:
		need(a.Compare != CompareUnset, "compare")
		return open
	case OpI, OpLI, OpCubaLI, OpIF, OpLIF, OpCubaLIF:
		need(a.Integrator != IntegratorUnset, "integrator")
	default:
		return nil
	}
	if n.Op.Info().Spikes {
		need(a.Reset != ResetUnset, "reset")
		need(a.Compare != CompareUnset, "compare")
	}
	if n.Op == OpCubaLI || n.Op == OpCubaLIF {
		need(a.Current != CurrentUnset, "current")
	}
	return open
}

// meta checks user metadata, where any number may stand.
func (v *verifier) meta(list []Meta, path string) {
	for i := range list {
		m := &list[i]
		switch {
		case m.Kind > MetaBool:
			v.list.Errorf(codeMeta, path, "", "metadata %q is of no known kind", m.Key)
		case m.Kind == MetaString:
		default:
			if err := checkStorage(m.T, true); err != nil {
				v.list.Errorf(codeMeta, path, "", "metadata %q: %v", m.Key, err)
			}
		}
	}
}

// checkStorage returns an error if a tensor's numbers do not fill its shape.
func checkStorage(t Tensor, mayBeEmpty bool) error {
	if (t.F == nil) == (t.I == nil) {
		return fmt.Errorf("the tensor must hold either floats or integers")
	}
	if err := checkShape(t.Shape, mayBeEmpty); err != nil {
		return err
	}
	if s := t.Stored(); s != 1 && s != t.Len() {
		return fmt.Errorf("the tensor of shape %v holds %d numbers", t.Shape, s)
	}
	return nil
}

// checkShape is Shape.Check with a bound on the rank; an empty shape has a
// dimension of 0.
func checkShape(s Shape, mayBeEmpty bool) error {
	if len(s) > MaxRank {
		return fmt.Errorf("a shape of %d axes (at most %d)", len(s), MaxRank)
	}
	if !mayBeEmpty {
		return s.Check()
	}
	rest := make(Shape, 0, MaxRank)
	for _, d := range s {
		if d != 0 {
			rest = append(rest, d)
		}
	}
	return rest.Check()
}
