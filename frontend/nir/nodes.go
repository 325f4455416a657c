package nir

import (
	"strings"

	"github.com/synfire/synfire/internal/hdf5"
	"github.com/synfire/synfire/ir"
)

// fillNode reads the fields of a node of the given NIR type. Shapes stay as
// they are in the file, declared shapes of ports go to n.Out, that of Flatten
// to n.In.
func (r *reader) fillNode(n *ir.Node, g *hdf5.Group, typ string) {
	if typ == graphType {
		n.Op = ir.OpGraph
		return
	}
	t := findType(typ)
	if t == nil {
		r.errs.Errorf(errType, g.Path+"/type", "known types: "+strings.Join(typeNames(), ", "), "unknown node type %q", typ)
		return
	}
	n.Op = t.op
	r.known(g, typ, t.fields())
	for _, p := range t.params {
		r.param(n, g, p)
	}
	switch t.op {
	case ir.OpInput, ir.OpOutput:
		r.port(n, g)
	case ir.OpDense:
		r.dense(n, g)
	case ir.OpConv1d:
		r.conv(n, g, 1)
	case ir.OpConv2d:
		r.conv(n, g, 2)
	case ir.OpSumPool2d, ir.OpAvgPool2d:
		r.pool(n, g)
	case ir.OpFlatten:
		r.flatten(n, g)
	}
	r.positive(n, g)
	n.Meta = r.nodeMeta(n, g)
}

// param reads one parameter; v_reset and w_in have values that old files mean.
func (r *reader) param(n *ir.Node, g *hdf5.Group, p ir.Param) {
	name := p.Info().NIR
	if g.Dataset(name) == nil {
		switch p {
		case ir.PVReset:
			r.repairs.note(noteReset, g.Path, "", "v_reset is absent, 0 is assumed: NIR before 1.0.6 had no such field")
			n.Set(p, ir.Uniform(nil, 0))
			return
		case ir.PWIn:
			r.repairs.note(noteWIn, g.Path, "", "w_in is absent, 1 is assumed: early versions of NIR had no such field")
			n.Set(p, ir.Uniform(nil, 1))
			return
		}
	}
	if t, ok := r.tensor(g, name); ok && r.finite(g.Path+"/"+name, t) {
		n.Set(p, t)
	}
}

// positive checks the time constants, and that delays are not negative.
func (r *reader) positive(n *ir.Node, g *hdf5.Group) {
	for _, p := range n.Params {
		lo, _ := p.T.Range()
		name := p.Key.Info().NIR
		switch p.Key {
		case ir.PTau, ir.PTauSyn, ir.PTauMem:
			if !(lo > 0) {
				r.errs.Errorf(errValue, g.Path+"/"+name, "time constants are in seconds; one stored as an integer is rounded to 0",
					"%s is %g and must be positive", name, lo)
			}
		case ir.PDelay:
			if lo < 0 {
				r.errs.Errorf(errValue, g.Path+"/"+name, "", "%s is %g and must not be negative", name, lo)
			}
		}
	}
}

func (r *reader) port(n *ir.Node, g *hdf5.Group) {
	list, ok := r.ints(g, "shape")
	if !ok {
		return
	}
	if s := ir.Shape(list); checkShape(s) == nil {
		n.Out = s
	} else {
		r.repairs.warn(noteShape, g.Path, "", "the shape %v is no shape; the connected nodes decide", s)
	}
}

// dense checks the weight matrix. One-element axes before it carry nothing and
// are left out; a real stack of matrices is not supported.
func (r *reader) dense(n *ir.Node, g *hdf5.Group) {
	w := n.P(ir.PWeight)
	if !w.Valid() {
		return
	}
	rank := len(w.Shape)
	if rank < 2 || w.Shape[:rank-2].Size() != 1 {
		r.errs.Errorf(errShape, g.Path+"/weight", "store a matrix (outputs, inputs); use one node for each matrix of a stack",
			"weight has shape %v and must be a matrix", w.Shape)
		return
	}
	if rank > 2 {
		r.repairs.note(noteAxes, g.Path+"/weight", "", "the leading axes of shape %v have one element and are left out", w.Shape)
		w.Shape = w.Shape[rank-2:]
		n.Set(ir.PWeight, w)
	}
	r.bias(n, g, w.Shape[0])
}

// bias fits the bias to the number of outputs or channels.
func (r *reader) bias(n *ir.Node, g *hdf5.Group, outputs int) {
	if !n.Has(ir.PBias) {
		return
	}
	b, want := n.P(ir.PBias), ir.Shape{outputs}
	switch {
	case b.Shape.Equal(want):
		return
	case b.Shape.Size() == 1:
		r.repairs.note(noteScalar, g.Path+"/bias", "", "bias of shape %v is taken for all %d outputs", b.Shape, outputs)
	case squeeze(b.Shape).Equal(want):
		r.repairs.note(noteAxes, g.Path+"/bias", "", "axes of one element in shape %v are left out", b.Shape)
	default:
		r.errs.Errorf(errShape, g.Path+"/bias", "store one value an output", "bias has shape %v, weight has %d outputs", b.Shape, outputs)
		return
	}
	b.Shape = want
	n.Set(ir.PBias, b)
}

func (r *reader) pool(n *ir.Node, g *hdf5.Group) {
	p := &ir.Pool{}
	var ok [3]bool
	p.Kernel, ok[0] = r.axes(g, "kernel_size", 2, 1, 1)
	p.Stride, ok[1] = r.axes(g, "stride", 2, 1, 1)
	p.Padding, ok[2] = r.axes(g, "padding", 2, 0, 0)
	if ok == [3]bool{true, true, true} {
		n.Pool = p
	}
}

func (r *reader) flatten(n *ir.Node, g *hdf5.Group) {
	first, ok1 := r.axes(g, "start_dim", 1, -ir.MaxElems, 0)
	last, ok2 := r.axes(g, "end_dim", 1, -ir.MaxElems, 0)
	if ok1 && ok2 {
		n.Flatten = &ir.Flatten{Start: first[0], End: last[0]}
	}
	if g.Dataset("input_type") == nil {
		return
	}
	if list, ok := r.ints(g, "input_type"); ok {
		n.In = list // axes that are not positive mean: not known
	}
}

// squeeze returns the shape without axes of one element.
func squeeze(s ir.Shape) ir.Shape {
	out := ir.Shape{}
	for _, d := range s {
		if d != 1 {
			out = append(out, d)
		}
	}
	return out
}
