package nir

import (
	"math"
	"slices"
	"strings"

	"github.com/synfire/synfire/internal/hdf5"
	"github.com/synfire/synfire/ir"
)

// metaParams are the parameters that NIR keeps in the metadata of populations
// under their names in the op table.
var metaParams = []ir.Param{ir.PV0, ir.PVMin, ir.PRefractory, ir.PRefSteps}

const metaHint = "correct or remove it: dt and refractory are seconds, refractory_steps is a whole number, v0 and v_min are numbers, " +
	"reset is zero, value, subtract, subtract-delayed or subtract-next, compare > or >=, integrator euler, exp or exp-unit, current new or old"

// graphMeta reads the metadata of a graph. That of the outermost one may hold
// the time step.
func (r *reader) graphMeta(g *hdf5.Group, depth int) []ir.Meta {
	var out []ir.Meta
	for _, m := range r.metadata(g) {
		if depth == 0 && m.Key == "dt" && r.metaDT(g, m) {
			continue
		}
		out = append(out, m)
	}
	return out
}

// nodeMeta reads the metadata of a node. In a population the keys of the
// package comment have a meaning and move to the node; what is not understood
// stays as it is, with a warning.
func (r *reader) nodeMeta(n *ir.Node, g *hdf5.Group) []ir.Meta {
	all := r.metadata(g)
	if !n.Op.IsNeuron() {
		return all
	}
	var out []ir.Meta
	for _, m := range all {
		known, ok := true, false
		switch m.Key {
		case "dt":
			ok = r.metaDT(g, m)
		case "reset":
			ok = metaWord(m, &n.Neuron.Reset, ir.ParseReset)
		case "compare":
			ok = metaWord(m, &n.Neuron.Compare, ir.ParseCompare)
		case "integrator":
			ok = metaWord(m, &n.Neuron.Integrator, ir.ParseIntegrator)
		case "current":
			ok = metaWord(m, &n.Neuron.Current, ir.ParseCurrentOrder)
		case "state_bits":
			ok = metaBits(m, &n.Neuron.StateBits)
		default:
			known, ok = metaParam(n, m)
		}
		switch place := g.Path + "/metadata/" + m.Key; {
		case ok && m.Key != "dt":
			r.repairs.note(noteMeta, g.Path, "", "metadata sets %s", metaText(m))
		case ok:
		case known:
			r.repairs.warn(noteMetaOdd, place, metaHint,
				"%s is not understood and has no effect", metaText(m))
			fallthrough
		default:
			out = append(out, m)
		}
	}
	return out
}

func metaWord[T any](m ir.Meta, to *T, parse func(string) (T, error)) bool {
	if m.Kind != ir.MetaString {
		return false
	}
	x, err := parse(m.Str)
	if err == nil {
		*to = x
	}
	return err == nil
}

func metaBits(m ir.Meta, to *int8) bool {
	if m.Kind != ir.MetaInt || m.T.Stored() != 1 || m.T.Len() != 1 || !(m.T.At(0) >= 0 && m.T.At(0) <= 62) {
		return false
	}
	*to = int8(m.T.At(0))
	return true
}

// metaParam stores a parameter that NIR has no field for. known tells whether
// the key names one that the op has.
func metaParam(n *ir.Node, m ir.Meta) (known, ok bool) {
	i := slices.IndexFunc(metaParams, func(p ir.Param) bool { return p.Info().Name == m.Key })
	if i < 0 || n.Op.Spec(metaParams[i]) == nil {
		return false, false
	}
	p := metaParams[i]
	if m.Kind != ir.MetaInt && m.Kind != ir.MetaFloat {
		return true, false
	}
	if m.T.Stored() == 0 {
		return true, false
	}
	lo, hi := m.T.Range()
	isTime := p == ir.PRefractory || p == ir.PRefSteps
	if math.IsNaN(lo) || math.IsInf(lo, 0) || math.IsInf(hi, 0) || isTime && lo < 0 {
		return true, false
	}
	if !p.Info().Int {
		n.Set(p, m.T)
		return true, true
	}
	steps := make([]int32, len(m.T.F))
	for k, x := range m.T.F {
		steps[k] = int32(max(-1, min(x, math.MaxInt32)))
		if float64(steps[k]) != x {
			return true, false
		}
	}
	n.Set(p, ir.Ints(m.T.Shape, steps))
	return true, true
}

// metaDT takes the time step from an entry of metadata. Two that differ are an
// error.
func (r *reader) metaDT(g *hdf5.Group, m ir.Meta) bool {
	place := g.Path + "/metadata/dt"
	if m.Kind != ir.MetaFloat && m.Kind != ir.MetaInt || m.T.Stored() != 1 || m.T.Len() != 1 || !(m.T.At(0) > 0) || math.IsInf(m.T.At(0), 0) {
		return false
	}
	dt := m.T.At(0)
	switch r.dt {
	case 0:
		r.dt, r.dtPlace = dt, place
		r.repairs.note(noteDT, place, "", "the time step is %g s by the metadata", dt)
	case dt:
	default:
		r.errs.Errorf(errDT, place, "a network has one time step: make them equal, or remove both and give --dt",
			"the metadata says dt = %g s, but %s says %g s", dt, r.dtPlace, r.dt)
	}
	return true
}

func metaText(m ir.Meta) string {
	switch {
	case m.Kind == ir.MetaString:
		return m.Key + " = " + m.Str
	case m.T.IsUniform():
		return m.Key + " = " + formatFloat(m.T.At(0))
	}
	return m.Key + " of shape " + m.T.Shape.String()
}

// metadata returns the entries below the group metadata, nested keys joined by
// slashes, in the order of the file.
func (r *reader) metadata(g *hdf5.Group) []ir.Meta {
	top := g.Group("metadata")
	if top == nil {
		return nil
	}
	var out []ir.Meta
	// Walk fails only if visit does.
	_ = top.Walk(func(d *hdf5.Dataset) error {
		key := strings.TrimPrefix(d.Path, top.Path+"/")
		if m, why := metaValue(key, d); why == "" {
			out = append(out, m)
		} else {
			r.repairs.warn(noteMetaOdd, d.Path, "", "%s is not kept: %s", key, why)
		}
		return nil
	})
	return out
}

// metaValue converts one entry, or says why it cannot be kept.
func metaValue(key string, d *hdf5.Dataset) (ir.Meta, string) {
	m := ir.Meta{Key: key}
	if d.Null {
		return m, "it is empty"
	}
	if d.Kind == hdf5.String {
		if len(d.Strings) != 1 {
			return m, "lists of strings have no place in the network"
		}
		m.Str = d.Strings[0]
		return m, ""
	}
	m.Kind = map[hdf5.Kind]ir.MetaKind{
		hdf5.Int: ir.MetaInt, hdf5.Uint: ir.MetaInt, hdf5.Float: ir.MetaFloat, hdf5.Bool: ir.MetaBool,
	}[d.Kind]
	values, err := d.AsFloat64()
	if err != nil {
		return m, "it has an integer above 2^53"
	}
	shape := append(ir.Shape{}, d.Shape...)
	if len(shape) > ir.MaxRank {
		return m, "it has too many axes"
	}
	if len(values) == 0 {
		values = []float64{} // an empty array, not an absent one
	}
	m.T = ir.Floats(shape, values).Compact()
	return m, ""
}
