package nir

import (
	"slices"
	"strings"

	"github.com/synfire/synfire/internal/hdf5"
	"github.com/synfire/synfire/ir"
)

func add(g *hdf5.Group, d *hdf5.Dataset) { g.Datasets = append(g.Datasets, d) }

func stringData(name, s string) *hdf5.Dataset {
	return &hdf5.Dataset{Name: name, Kind: hdf5.String, Strings: []string{s}}
}

func intScalar(name string, x int) *hdf5.Dataset {
	return &hdf5.Dataset{Name: name, Kind: hdf5.Int, Bits: 64, Ints: []int64{int64(x)}}
}

func intData(name string, list []int) *hdf5.Dataset {
	d := &hdf5.Dataset{Name: name, Kind: hdf5.Int, Bits: 64, Shape: []int{len(list)}}
	for _, x := range list {
		d.Ints = append(d.Ints, int64(x))
	}
	return d
}

// floats adds a tensor in full shape, in single precision if that is exact.
func (x *exporter) floats(g *hdf5.Group, n *ir.Node, name string, t ir.Tensor, shape ir.Shape) {
	values, ok := x.expand(n, t, shape)
	if !ok {
		return
	}
	bits := 32
	if slices.ContainsFunc(values, func(v float64) bool { return float64(float32(v)) != v }) {
		bits = 64
	}
	add(g, &hdf5.Dataset{Name: name, Kind: hdf5.Float, Bits: bits, Shape: shape, Floats: values})
}

// expand returns the elements of a tensor, one for each of the shape.
func (x *exporter) expand(n *ir.Node, t ir.Tensor, shape ir.Shape) ([]float64, bool) {
	size := shape.Size()
	if size > x.left {
		x.fail(n, "export a smaller network", "the file would hold more than %d numbers", maxNumbers)
		return nil, false
	}
	x.left -= size
	if t.Stored() == size && !t.IsInt() {
		return t.F, true
	}
	values := make([]float64, size)
	for i := range values {
		values[i] = t.At(i)
	}
	return values, true
}

func number(key string, kind ir.MetaKind, x float64) ir.Meta {
	return ir.Meta{Key: key, Kind: kind, T: ir.Uniform(ir.Shape{}, x)}
}

// attributes returns what NIR keeps of a population in its metadata: dt, the
// attributes that are decided, and parameters without a field.
func (x *exporter) attributes(n *ir.Node) []ir.Meta {
	if !n.Op.IsNeuron() {
		return nil
	}
	var out []ir.Meta
	if x.dt > 0 {
		out = append(out, number("dt", ir.MetaFloat, x.dt))
	}
	for _, word := range [][2]string{
		{"reset", n.Neuron.Reset.String()},
		{"compare", n.Neuron.Compare.String()},
		{"integrator", n.Neuron.Integrator.String()},
		{"current", n.Neuron.Current.String()},
	} {
		if word[1] != "" {
			out = append(out, ir.Meta{Key: word[0], Str: word[1]})
		}
	}
	if n.Neuron.StateBits > 0 {
		out = append(out, number("state_bits", ir.MetaInt, float64(n.Neuron.StateBits)))
	}
	for _, p := range metaParams {
		if !n.Has(p) {
			continue
		}
		m := ir.Meta{Key: p.Info().Name, Kind: ir.MetaFloat, T: n.P(p)}
		if p.Info().Int {
			m.Kind = ir.MetaInt
		}
		if m.T.IsUniform() {
			m.T = ir.Uniform(ir.Shape{}, m.T.At(0))
		}
		out = append(out, m)
	}
	if len(out) > 0 && !(len(out) == 1 && x.dt > 0) {
		x.say(n, "what NIR has no field for is written as metadata: %s", keys(out))
	}
	return out
}

func keys(list []ir.Meta) string {
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].Key
	}
	return strings.Join(names, ", ")
}

// metadata adds entries below the group metadata; slashes in keys make nested
// groups. Of two entries in one place the first counts.
func (x *exporter) metadata(g *hdf5.Group, list []ir.Meta, where string) {
	for i := range list {
		m := &list[i]
		d := x.metaData(m, where)
		if d == nil {
			continue
		}
		parts := strings.Split("metadata/"+m.Key, "/")
		last := len(parts) - 1
		dir := g
		for _, part := range parts[:last] {
			if dir = descend(dir, part); dir == nil {
				break
			}
		}
		d.Name = parts[last]
		if dir == nil || !isName(d.Name) || dir.Dataset(d.Name) != nil || dir.Group(d.Name) != nil {
			x.list.Warnf(noteExport, where, "rename the key", "metadata %q is not written: its place in the file is taken or not possible", m.Key)
			continue
		}
		add(dir, d)
	}
}

// isName tells whether HDF5 can give that name to one member of a group.
func isName(s string) bool { return s != "" && s != "." && !strings.ContainsAny(s, "/\x00") }

// descend returns the child group of that name, which it adds if needed, or
// nil if a dataset has the name or HDF5 cannot have it.
func descend(g *hdf5.Group, name string) *hdf5.Group {
	if !isName(name) || g.Dataset(name) != nil {
		return nil
	}
	child := g.Group(name)
	if child == nil {
		child = &hdf5.Group{Name: name}
		g.Groups = append(g.Groups, child)
	}
	return child
}

// metaData returns the dataset of one entry.
func (x *exporter) metaData(m *ir.Meta, where string) *hdf5.Dataset {
	if m.Kind == ir.MetaString {
		return stringData("", m.Str)
	}
	size := m.T.Len()
	if size > x.left {
		x.list.Errorf(errExport, where, "export a smaller network", "the file would hold more than %d numbers", maxNumbers)
		return nil
	}
	x.left -= size
	d := &hdf5.Dataset{Kind: hdf5.Float, Bits: 64, Shape: m.T.Shape}
	for i := range size {
		if m.Kind == ir.MetaFloat {
			d.Floats = append(d.Floats, m.T.At(i))
		} else {
			d.Ints = append(d.Ints, int64(m.T.At(i)))
		}
	}
	switch m.Kind {
	case ir.MetaInt:
		d.Kind = hdf5.Int
	case ir.MetaBool:
		d.Kind, d.Bits = hdf5.Bool, 8
	}
	return d
}
