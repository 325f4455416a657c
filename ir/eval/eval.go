// Package eval is the reference interpreter: what it computes is the meaning
// of a network, and every faster engine is checked against it.
//
// # A step
//
// A step computes all nodes in the order of [ir.Network.Order]. A node reads
// the sum of its input edges, added in the order of Network.Edges; an edge
// with delay d hands over the output of step t-d, zeros before the first step.
// Populations follow the step coefficients of specs/nir.md section 2.1
// ([ir.Coeff]) and the attributes documented beside [ir.Neuron]; integer
// populations follow [ir.IntLIF] and [ir.FixLIF]. What leads to one of the
// latter is summed by sign: a map hands over two rows, one after the other.
//
// # Numbers
//
// All values between nodes are float64. The outputs of a map start at the
// bias, and the sources that are not zero are added in ascending order; where
// synapses have delays of their own, older steps come first. Products are
// rounded before they are added, never fused, so that every machine computes
// the same bits.
//
// Where a map leads to an integer population, sums stay exact because whole
// numbers up to 2^53 are: such a map takes whole numbers only and may add at
// most 2^43 to a target in one step, and an integer population has at most
// 2^10 input edges. Anything else is an error, not a rounded result.
package eval

import (
	"fmt"

	"github.com/synfire/synfire/ir"
)

// MaxNumbers bounds how many numbers the parameters and the state of one
// program hold together: 2^28, 2 GiB.
const MaxNumbers = 1 << 28

// Program is a network prepared for execution. It is immutable, so any number
// of states can run it at the same time.
type Program struct {
	nodes  []node // by id
	order  []ir.NodeID
	inputs []ir.NodeID
}

// node is one node of a program.
type node struct {
	name   string
	op     ir.Op
	size   int // outputs
	in     int // inputs
	edges  []edge
	depth  int // steps of output that are kept: the largest delay that reads it, plus 1
	port   int // which input of the program feeds it, -1 if none does
	create func() cell
}

// edge is an input of a node.
type edge struct {
	src   ir.NodeID
	delay int
}

// cell computes one node. Its state, if it has any, belongs to one run.
type cell interface {
	reset()
	// step reads the summed input x and writes the output y.
	step(x, y []float64) error
}

// stateless is embedded by cells that remember nothing.
type stateless struct{}

func (stateless) reset() {}

// shared returns a constructor for a stateless cell, which all runs share.
func shared(c cell) func() cell { return func() cell { return c } }

// Compile prepares a network: discrete, without nested graphs, with all shapes
// known. It is an error, which names the node and the pass that is missing,
// if the network is not in that form, or if it is not consistent. The network
// must not be changed while the program is in use.
func Compile(n *ir.Network) (*Program, error) { return CompileChanged(n, &Changes{}) }

// CompileChanged is Compile with other numbers than the network holds.
func CompileChanged(n *ir.Network, changes *Changes) (*Program, error) {
	if err := checkNetwork(n); err != nil {
		return nil, err
	}
	if err := changes.check(n); err != nil {
		return nil, err
	}
	order, err := n.Order()
	if err != nil {
		return nil, err
	}
	p := &Program{nodes: make([]node, len(n.Nodes)), order: order}
	split, err := splitNodes(n)
	if err != nil {
		return nil, err
	}
	for i := range n.Nodes {
		p.addNode(&n.Nodes[i], split[i])
	}
	for _, e := range n.Edges {
		dst, src := &p.nodes[e.Dst], &p.nodes[e.Src]
		dst.edges = append(dst.edges, edge{e.Src, int(e.Delay)})
		src.depth = max(src.depth, int(e.Delay)+1)
	}
	b := &builder{net: n, exact: exactNodes(n, changes), split: split, left: MaxNumbers, changes: changes}
	for i := range p.nodes {
		if err := b.build(&p.nodes[i], &n.Nodes[i]); err != nil {
			return nil, nodeError(&n.Nodes[i], err)
		}
	}
	return p, nil
}

// addNode adds a node, with two halves of its output if it is split.
func (p *Program) addNode(n *ir.Node, split bool) {
	c := node{name: n.Name, op: n.Op, size: n.Out.Size(), in: n.In.Size(), depth: 1, port: -1}
	if isSource(n.Op) { // what comes in is what goes out
		c.in = c.size
	}
	switch {
	case split && n.Op.Weighted():
		c.size *= 2
	case split:
		c.in, c.size = 2*c.in, 2*c.size
	case n.Op == ir.OpFixLIF:
		c.in *= 2
	}
	if n.Op == ir.OpInput {
		c.port = len(p.inputs)
		p.inputs = append(p.inputs, n.ID)
	}
	p.nodes[n.ID] = c
}

// Inputs returns the input ports in ascending order: the order of the rows
// that [State.Step] takes. The caller must not change it.
func (p *Program) Inputs() []ir.NodeID { return p.inputs }

// Size returns the number of outputs of a node.
func (p *Program) Size(id ir.NodeID) int { return p.nodes[id].size }

// Spikes tells whether the output of a node is 0 or 1 in every step, whatever
// its input.
func (p *Program) Spikes(id ir.NodeID) bool { return p.nodes[id].op.Info().Spikes }

func nodeError(n *ir.Node, err error) error {
	return fmt.Errorf("node %q: %w", n.Name, err)
}
