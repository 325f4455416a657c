package nir

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/synfire/synfire/internal/hdf5"
	"github.com/synfire/synfire/ir"
)

// get returns a dataset of the group, nil with an error if it is absent.
func (r *reader) get(g *hdf5.Group, name string) *hdf5.Dataset {
	d := g.Dataset(name)
	if d == nil {
		r.errs.Errorf(errMissing, g.Path, "write it with the exporter, or add a dataset "+name, "field %s is missing", name)
	}
	return d
}

// text returns a dataset that holds one string.
func (r *reader) text(g *hdf5.Group, name string) (string, bool) {
	d := r.get(g, name)
	if d == nil {
		return "", false
	}
	if d.Kind != hdf5.String || len(d.Strings) != 1 {
		r.errs.Errorf(errKind, d.Path, "store a single string", "%s must be one string, it is %s of shape %v", name, d.Kind, ir.Shape(d.Shape))
		return "", false
	}
	return d.Strings[0], true
}

// tensor returns a numeric field in the shape that it has in the file.
func (r *reader) tensor(g *hdf5.Group, name string) (ir.Tensor, bool) {
	d := r.get(g, name)
	if d == nil {
		return ir.Tensor{}, false
	}
	if d.Kind == hdf5.String || d.Kind == hdf5.Bool || d.Null {
		r.errs.Errorf(errKind, d.Path, "store floats or integers", "%s must be numbers, it is %s", name, kindOf(d))
		return ir.Tensor{}, false
	}
	shape := append(ir.Shape{}, d.Shape...)
	if err := checkShape(shape); err != nil {
		r.errs.Errorf(errShape, d.Path, "", "%v", err)
		return ir.Tensor{}, false
	}
	values, err := d.AsFloat64()
	if err != nil || len(values) != shape.Size() {
		r.errs.Errorf(errKind, d.Path, "store values that a float64 can hold", "%s cannot be read as floats: %v", name, err)
		return ir.Tensor{}, false
	}
	return ir.Floats(shape, values).Compact(), true
}

// checkShape returns an error if a network cannot hold an array of the shape.
func checkShape(s ir.Shape) error {
	if len(s) > ir.MaxRank {
		return fmt.Errorf("shape %v has more than %d axes", s, ir.MaxRank)
	}
	return s.Check()
}

func kindOf(d *hdf5.Dataset) string {
	if d.Null {
		return "empty"
	}
	return d.Kind.String()
}

// finite checks the values of a parameter.
func (r *reader) finite(place string, t ir.Tensor) bool {
	for i, x := range t.F {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			r.errs.Errorf(errValue, place, "train or export the network again, or replace the value", "element %d is %v", i, x)
			return false
		}
	}
	return true
}

// ints returns a field of one integer or a list of them.
func (r *reader) ints(g *hdf5.Group, name string) ([]int, bool) {
	d := r.get(g, name)
	if d == nil {
		return nil, false
	}
	if d.Kind != hdf5.Int && d.Kind != hdf5.Uint || d.Null {
		r.errs.Errorf(errKind, d.Path, "store int64", "%s must be integers, it is %s", name, kindOf(d))
		return nil, false
	}
	if len(d.Shape) > 1 || len(d.Ints) == 0 {
		r.errs.Errorf(errShape, d.Path, "store one integer or a list", "%s must be one integer or a list of them, its shape is %v", name, ir.Shape(d.Shape))
		return nil, false
	}
	out := make([]int, len(d.Ints))
	for i, x := range d.Ints {
		if x < -ir.MaxElems || x > ir.MaxElems {
			r.errs.Errorf(errValue, d.Path, "", "%s has %d, which is out of range", name, x)
			return nil, false
		}
		out[i] = int(x)
	}
	return out, true
}

// axes returns a field with one integer for each of the first n axes, or one
// for all of them; each at least low. Axes that do not exist get neutral.
func (r *reader) axes(g *hdf5.Group, name string, n, low, neutral int) ([2]int, bool) {
	out := [2]int{neutral, neutral}
	list, ok := r.ints(g, name)
	if !ok {
		return out, false
	}
	if len(list) != 1 && len(list) != n {
		r.errs.Errorf(errShape, g.Path+"/"+name, "", "%s has %d values, it needs 1 or %d", name, len(list), n)
		return out, false
	}
	for i := range n {
		out[i] = list[min(i, len(list)-1)]
	}
	if slices.Min(list) < low {
		r.errs.Errorf(errValue, g.Path+"/"+name, "", "%s is %v and must be at least %d", name, list, low)
		return out, false
	}
	return out, true
}

// known reports fields that the node type does not have.
func (r *reader) known(g *hdf5.Group, typ string, fields []string) {
	for _, d := range g.Datasets {
		if d.Name == "type" || slices.Contains(fields, d.Name) {
			continue
		}
		r.errs.Errorf(errField, d.Path, typ+" has: "+strings.Join(fields, ", ")+"; free data belongs in metadata",
			"%s has no field %s", typ, d.Name)
	}
	for _, sub := range g.Groups {
		if sub.Name == "metadata" || typ == graphType && sub.Name == "nodes" {
			continue
		}
		r.errs.Errorf(errField, sub.Path, "free data belongs in metadata", "%s has no group %s", typ, sub.Name)
	}
}
