package nir

import (
	"slices"

	"github.com/synfire/synfire/ir"
)

// A unit is a node in the inference of shapes, which looks through nested
// graphs: their ports are units like others.
type unit struct {
	node       *ir.Node
	declared   ir.Shape // what the file says, nil = nothing
	pred, succ []int32
}

// solver infers shapes. in and out are nil while unknown.
//
// Weights and convolutions of known input cannot be mistaken, so they come
// first and spread along the edges and through nodes that keep the shape. Only
// where that leaves shapes open are the declarations of populations and ports
// taken, the trustworthy ones first.
type solver struct {
	r       *reader
	units   []unit
	in, out []ir.Shape
	queue   []int32
}

// solve infers the shapes of all nodes, below n too, and fits the parameters
// to them.
func (r *reader) solve(n *ir.Network) {
	s := &solver{r: r}
	s.add(n)
	s.in, s.out = make([]ir.Shape, len(s.units)), make([]ir.Shape, len(s.units))
	for u := range s.units {
		s.certain(int32(u))
	}
	s.spread()
	for rank := range numTrust {
		for u := range s.units {
			if trust(&s.units[u]) == rank && s.in[u] == nil {
				s.setIn(int32(u), s.trimmed(int32(u)))
				s.spread()
			}
		}
	}
	s.fit()
	if !r.errs.HasErrors() {
		graphShapes(n)
	}
}

const none = int32(-1)

// add makes units of the nodes of a graph and returns those that stand for
// its input and its output, none if it has none.
func (s *solver) add(n *ir.Network) (entry, exit int32) {
	entry, exit = none, none
	heads, tails := make([]int32, len(n.Nodes)), make([]int32, len(n.Nodes))
	for i := range n.Nodes {
		node := &n.Nodes[i]
		if node.Op == ir.OpGraph {
			heads[i], tails[i] = s.add(node.Sub)
			continue
		}
		u := int32(len(s.units))
		s.units = append(s.units, unit{node: node, declared: declaration(node)})
		heads[i], tails[i] = u, u
		switch node.Op {
		case ir.OpInput:
			entry = u
		case ir.OpOutput:
			exit = u
		}
	}
	for _, e := range n.Edges {
		if src, dst := tails[e.Src], heads[e.Dst]; src != none && dst != none {
			s.units[src].succ = append(s.units[src].succ, dst)
			s.units[dst].pred = append(s.units[dst].pred, src)
		}
	}
	return entry, exit
}

// declaration returns the shape that the file gives to a node: that of ports
// and of Flatten's input as it is, that of populations from their largest
// parameter.
func declaration(n *ir.Node) ir.Shape {
	switch n.Op {
	case ir.OpInput, ir.OpOutput:
		return n.Out
	case ir.OpFlatten:
		if checkShape(n.In) == nil {
			return n.In
		}
		return nil
	}
	var best ir.Shape
	for _, p := range n.Params {
		if n.Op.Spec(p.Key).Extent != ir.PerNeuron {
			continue
		}
		if best == nil || p.T.Len() > best.Size() || p.T.Len() == best.Size() && len(p.T.Shape) > len(best) {
			best = p.T.Shape
		}
	}
	return best
}

// keepsShape tells whether a node's output has the shape of its input.
func keepsShape(op ir.Op) bool {
	switch op {
	case ir.OpDense, ir.OpConv1d, ir.OpConv2d, ir.OpSumPool2d, ir.OpAvgPool2d, ir.OpFlatten:
		return false
	}
	return true
}

// Ranks of trust in a declaration, the first being the best. A population of
// one neuron may be a scalar meant for many, a leading axis of one may be a
// batch.
const (
	trustArray = iota
	trustInput
	trustBatched
	trustOutput
	trustSingle
	numTrust
)

func trust(u *unit) int {
	d := u.declared
	switch {
	case len(d) == 0:
		return numTrust
	case u.node.Op == ir.OpInput:
		return trustInput
	case u.node.Op == ir.OpOutput || u.node.Op == ir.OpFlatten:
		return trustOutput
	case d.Size() == 1:
		return trustSingle
	case d[0] == 1:
		return trustBatched
	}
	return trustArray
}

// certain sets what the weights say.
func (s *solver) certain(u int32) {
	n := s.units[u].node
	w := n.P(ir.PWeight).Shape
	switch n.Op {
	case ir.OpDense:
		s.setIn(u, ir.Shape{w[1]})
	case ir.OpConv1d:
		if n.Conv.Input[0] > 0 {
			s.setIn(u, ir.Shape{w[1] * n.Conv.Groups, n.Conv.Input[0]})
		}
	case ir.OpConv2d:
		if n.Conv.Input[0] > 0 {
			s.setIn(u, ir.Shape{w[1] * n.Conv.Groups, n.Conv.Input[0], n.Conv.Input[1]})
		}
	}
}

// trimmed returns the declaration of u without leading axes, if a neighbour
// takes fewer: convolutions and pools know their rank.
func (s *solver) trimmed(u int32) ir.Shape {
	d := s.units[u].declared
	rank := 0
	for _, v := range slices.Concat([]int32{u}, s.units[u].pred, s.units[u].succ) {
		switch s.units[v].node.Op {
		case ir.OpConv1d:
			rank = 2
		case ir.OpConv2d, ir.OpSumPool2d, ir.OpAvgPool2d:
			rank = 3
		}
	}
	if rank > 0 && len(d) > rank {
		return d[len(d)-rank:]
	}
	return d
}

func (s *solver) setIn(u int32, shape ir.Shape) {
	if s.in[u] != nil || shape == nil {
		return
	}
	s.in[u] = shape
	if keepsShape(s.units[u].node.Op) {
		s.out[u] = shape
	}
	s.queue = append(s.queue, u)
}

func (s *solver) setOut(u int32, shape ir.Shape) {
	switch {
	case s.out[u] != nil || shape == nil:
	case keepsShape(s.units[u].node.Op):
		s.setIn(u, shape)
	default:
		s.out[u] = shape
		s.queue = append(s.queue, u)
	}
}

// spread follows from what is newly known all that can be known.
func (s *solver) spread() {
	for len(s.queue) > 0 {
		u := s.queue[len(s.queue)-1]
		s.queue = s.queue[:len(s.queue)-1]
		if s.in[u] != nil && s.out[u] == nil {
			s.through(u)
		}
		for _, v := range s.units[u].succ {
			s.setIn(v, s.out[u])
		}
		for _, v := range s.units[u].pred {
			if keepsShape(s.units[v].node.Op) {
				s.setOut(v, s.in[u])
			}
		}
	}
}

// through computes the output shape of a map. An input that does not fit is
// reported later, in fit.
func (s *solver) through(u int32) {
	n := s.units[u].node
	if n.Op == ir.OpFlatten {
		s.countAxes(u)
	}
	if out, err := n.OutShape(s.in[u]); err == nil {
		s.setOut(u, out)
	}
}

// countAxes corrects the axes of a Flatten that count a batch axis, as they do
// in PyTorch (specs/nir.md section 1.1): if input_type has one axis more than
// the input, or if only then the next node fits.
func (s *solver) countAxes(u int32) {
	n := s.units[u].node
	in := s.in[u]
	less := *n.Flatten
	if less.Start > 0 {
		less.Start--
	}
	if less.End > 0 {
		less.End--
	}
	if less == *n.Flatten {
		return
	}
	why := "input_type has one axis more than the input"
	if len(n.In) != len(in)+1 {
		literal, err := n.OutShape(in)
		other := *n
		other.Flatten = &less
		shifted, err2 := other.OutShape(in)
		if err2 != nil || !s.wanted(u, shifted) || err == nil && !s.refused(u, literal) {
			return
		}
		why = "only so does the next node fit"
	}
	s.r.repairs.warn(noteFlatAxes, n.Origin, "write the axes without the batch axis",
		"start_dim %d and end_dim %d count a batch axis and are read as %d and %d: %s",
		n.Flatten.Start, n.Flatten.End, less.Start, less.End, why)
	n.Flatten = &less
}

// wanted tells whether some successor of u takes the shape and none refuses.
func (s *solver) wanted(u int32, shape ir.Shape) bool {
	known := false
	for _, v := range s.units[u].succ {
		known = known || s.in[v] != nil
	}
	return known && !s.refused(u, shape)
}

// refused tells whether some successor of u is known to take another shape.
func (s *solver) refused(u int32, shape ir.Shape) bool {
	return slices.ContainsFunc(s.units[u].succ, func(v int32) bool {
		return s.in[v] != nil && !s.in[v].Equal(shape)
	})
}
