package nir

import (
	"github.com/synfire/synfire/internal/hdf5"
	"github.com/synfire/synfire/ir"
)

// conv reads the attributes of a convolution over dims axes.
func (r *reader) conv(n *ir.Node, g *hdf5.Group, dims int) {
	w := n.P(ir.PWeight)
	if !w.Valid() {
		return
	}
	if len(w.Shape) != dims+2 {
		r.errs.Errorf(errShape, g.Path+"/weight", "store (outputs, inputs/groups, kernel...)",
			"weight has shape %v, it needs %d axes", w.Shape, dims+2)
		return
	}
	c := &ir.Conv{}
	var ok [4]bool
	var groups [2]int
	c.Stride, ok[0] = r.axes(g, "stride", dims, 1, 1)
	c.Dilation, ok[1] = r.axes(g, "dilation", dims, 1, 1)
	groups, ok[2] = r.axes(g, "groups", 1, 1, 1)
	c.Groups = groups[0]
	ok[3] = r.padding(c, g, w.Shape[2:])
	if ok != [4]bool{true, true, true, true} {
		return
	}
	if w.Shape[0]%c.Groups != 0 {
		r.errs.Errorf(errValue, g.Path+"/groups", "", "%d output channels do not divide into %d groups", w.Shape[0], c.Groups)
		return
	}
	if w.Shape[1] > ir.MaxElems/c.Groups {
		r.errs.Errorf(errValue, g.Path+"/groups", "", "%d groups of %d channels are too many", c.Groups, w.Shape[1])
		return
	}
	n.Conv = c
	r.convInput(n, g, dims)
	r.bias(n, g, w.Shape[0])
}

// padding reads cells a side, or the names that PyTorch gives to amounts:
// "valid" is none, "same" keeps the length, with the odd cell at the end.
func (r *reader) padding(c *ir.Conv, g *hdf5.Group, kernel ir.Shape) bool {
	d := g.Dataset("padding")
	if d == nil || d.Kind != hdf5.String {
		p, ok := r.axes(g, "padding", len(kernel), 0, 0)
		c.Padding, c.PadEnd = p, p
		return ok
	}
	name, ok := r.text(g, "padding")
	if !ok || name == "valid" {
		return ok
	}
	if name != "same" {
		r.errs.Errorf(errValue, d.Path, `use integers, "same" or "valid"`, "unknown padding %q", name)
		return false
	}
	for i, k := range kernel {
		if c.Stride[i] != 1 {
			r.errs.Errorf(errValue, d.Path, "give the padding in cells", `padding "same" has no meaning with a stride of %d`, c.Stride[i])
			return false
		}
		c.Padding[i], c.PadEnd[i] = samePadding(c.Dilation[i], k)
	}
	return true
}

// samePadding splits the d*(k-1) cells that keep the length as PyTorch does.
func samePadding(dilation, kernel int) (first, last int) {
	total := dilation * (kernel - 1)
	return total / 2, total - total/2
}

// convInput reads the spatial input shape. Exporters also wrote it with
// channels and batch in front, or as zeros when they did not know it.
func (r *reader) convInput(n *ir.Node, g *hdf5.Group, dims int) {
	if g.Dataset("input_shape") == nil {
		return
	}
	list, ok := r.ints(g, "input_shape")
	if !ok {
		return
	}
	place := g.Path + "/input_shape"
	channels := n.P(ir.PWeight).Shape[1] * n.Conv.Groups
	if extra := len(list) - dims; extra > 0 && extra <= 2 && list[extra-1] == channels {
		r.repairs.note(noteAxes, place, "", "%v has axes for channels or batch; the last %d are the input", ir.Shape(list), dims)
		list = list[extra:]
	}
	if len(list) != dims && len(list) != 1 {
		r.errs.Errorf(errShape, place, "store rows and columns without channels", "input_shape has %d values, it needs %d", len(list), dims)
		return
	}
	for i := range dims {
		x := list[min(i, len(list)-1)]
		if x <= 0 {
			n.Conv.Input = [2]int{} // not known after all
			return
		}
		n.Conv.Input[i] = x
	}
}
