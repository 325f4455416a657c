package nir

import (
	"fmt"
	"slices"
	"strings"

	"github.com/synfire/synfire/ir"
)

// fit writes the inferred shapes into the nodes and reports what contradicts
// them.
func (s *solver) fit() {
	for u := range s.units {
		s.fitUnit(int32(u))
	}
	if s.r.errs.HasErrors() {
		return
	}
	for u := range s.units {
		for _, v := range s.units[u].succ {
			if s.out[u].Equal(s.in[v]) {
				continue
			}
			s.r.errs.Errorf(errMismatch, s.units[v].node.Origin, "check the weights and the edge list",
				"%s %q takes %v, but %s %q gives %v", s.units[v].node.Op.Info().NIR, s.units[v].node.Name, s.in[v],
				s.units[u].node.Op.Info().NIR, s.units[u].node.Name, s.out[u])
		}
	}
}

func (s *solver) fitUnit(u int32) {
	n := s.units[u].node
	in, out := s.in[u], s.out[u]
	if in == nil {
		s.r.errs.Errorf(errUnknown, n.Origin, "give the Input its shape, or store parameters as arrays with one value a neuron",
			"neither the node nor its neighbours tell the shape of %q", n.Name)
		return
	}
	switch {
	case n.Op == ir.OpInput || n.Op == ir.OpOutput:
		s.fitPort(u, in)
	case n.Op == ir.OpConv1d || n.Op == ir.OpConv2d:
		s.fitConv(n, in)
	case n.Op == ir.OpFlatten:
		s.fitFlatten(n, in)
	case keepsShape(n.Op):
		s.fitParams(u, in)
	}
	if !keepsShape(n.Op) {
		computed, err := n.OutShape(in)
		if err != nil {
			s.r.errs.Errorf(errMismatch, n.Origin, "check the weights and the nodes before it", "%v", err)
			return
		}
		s.out[u] = computed
		out = computed
	}
	n.In, n.Out = in, out
}

// fitPort compares the declared shape of a port with the shape of its
// neighbours.
func (s *solver) fitPort(u int32, shape ir.Shape) {
	n, d := s.units[u].node, s.units[u].declared
	switch {
	case d == nil:
		s.r.repairs.note(noteShape, n.Origin, "", "the shape is %v by the connected nodes", shape)
	case d.Equal(shape):
	case endsWith(d, shape) || squeeze(d).Equal(squeeze(shape)):
		s.r.repairs.warn(noteAxes, n.Origin, "write the shape without axes for batch and time",
			"the shape %v has axes of batch or time and is read as %v, which the connected nodes have", d, shape)
	default:
		s.r.errs.Errorf(errMismatch, n.Origin+"/shape", "check the weights and the edge list",
			"the shape is %v, but the connected nodes have %v", d, shape)
	}
}

func endsWith(long, short ir.Shape) bool {
	return len(long) > len(short) && long[len(long)-len(short):].Equal(short)
}

func (s *solver) fitConv(n *ir.Node, in ir.Shape) {
	axes := in[min(1, len(in)):]
	if n.Conv.Input != [2]int{} || len(axes) == 0 || len(axes) > 2 {
		return // known, or reported by OutShape
	}
	copy(n.Conv.Input[:], axes)
	s.r.repairs.note(noteConvInput, n.Origin, "", "input_shape is absent, %v is what the node before it gives", axes)
}

func (s *solver) fitFlatten(n *ir.Node, in ir.Shape) {
	switch d := n.In; {
	case d == nil:
		s.r.repairs.note(noteFlatInput, n.Origin, "", "input_type is absent, %v is what the node before it gives", in)
	case d.Equal(in):
	case checkShape(d) != nil:
		s.r.repairs.note(noteFlatInput, n.Origin, "", "input_type is not filled in, %v is what the node before it gives", in)
	case endsWith(d, in) || squeeze(d).Equal(squeeze(in)):
		s.r.repairs.warn(noteAxes, n.Origin, "write input_type without the batch axis",
			"input_type %v has axes of batch or time and is read as %v", d, in)
	default:
		s.r.errs.Errorf(errMismatch, n.Origin+"/input_type", "", "input_type is %v, but the node before it gives %v", d, in)
	}
}

// fitParams gives each parameter of a population, a Scale or a Delay the shape
// of the node.
func (s *solver) fitParams(u int32, shape ir.Shape) {
	n := s.units[u].node
	var scalars, batched, wrong []string
	n.Params = slices.Clone(n.Params)
	for i := range n.Params {
		p := &n.Params[i]
		t, name := p.T, p.Key.Info().NIR
		// What was assumed for an absent field has no shape; what metadata says
		// may well be one value for all.
		given := name != "" && t.Shape != nil
		switch {
		case t.Shape.Equal(shape):
			continue
		case t.Len() == 1:
			if given {
				scalars = append(scalars, name)
			}
		case squeeze(t.Shape).Equal(squeeze(shape)):
			batched = append(batched, name)
		default:
			if name == "" {
				name = "metadata/" + p.Key.Info().Name
			}
			wrong = append(wrong, fmt.Sprintf("%s %v", name, t.Shape))
		}
		p.T.Shape = shape
	}
	if len(wrong) > 0 {
		s.r.errs.Errorf(errMismatch, n.Origin, "the sizes must agree: "+s.around(u),
			"%q has %s, but the nodes beside it make it %v", n.Name, strings.Join(wrong, ", "), shape)
	}
	if len(scalars) > 0 {
		s.r.repairs.note(noteScalar, n.Origin, "", "one value of %s stands for all neurons of %v", strings.Join(scalars, ", "), shape)
	}
	if len(batched) > 0 {
		s.r.repairs.note(noteAxes, n.Origin, "", "axes of one element in %s are left out; the population is %v", strings.Join(batched, ", "), shape)
	}
}

// around describes the shapes that the neighbours of a unit give and take.
func (s *solver) around(u int32) string {
	const most = 3
	var list []string
	for i, v := range s.units[u].pred {
		if i < most {
			list = append(list, fmt.Sprintf("%q gives %v", s.units[v].node.Name, s.out[v]))
		}
	}
	for i, v := range s.units[u].succ {
		if i < most {
			list = append(list, fmt.Sprintf("%q takes %v", s.units[v].node.Name, s.in[v]))
		}
	}
	return strings.Join(list, ", ")
}

// graphShapes sets the shapes of nested graphs from their ports.
func graphShapes(n *ir.Network) {
	for i := range n.Nodes {
		g := &n.Nodes[i]
		if g.Op != ir.OpGraph {
			continue
		}
		graphShapes(g.Sub)
		for k := range g.Sub.Nodes {
			switch p := &g.Sub.Nodes[k]; p.Op {
			case ir.OpInput:
				g.In = slices.Clone(p.Out)
			case ir.OpOutput:
				g.Out = slices.Clone(p.Out)
			}
		}
	}
}
