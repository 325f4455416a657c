package ir

import (
	"strconv"
	"strings"
)

// param writes the value of a stored parameter.
func (p *networkPrinter) param(n *Node, k Param) string {
	t := n.P(k).Compact()
	if p.lone(n, k) {
		return p.element(t, 0, n.Op.unit(k))
	}
	return p.tensor(t, n.writtenInts(k), n.Op.unit(k), p.arrayPrefix+n.Name+"."+k.String())
}

// meta writes an entry of metadata.
func (p *printer) meta(m *Meta, arrayPrefix string) string {
	head := "meta " + quoteName(m.Key)
	kinds := [...]string{MetaInt: "integer", MetaFloat: "number", MetaBool: "flag"}
	if m.Kind == MetaString {
		return head + " " + strconv.Quote(m.Str)
	}
	head += " " + kinds[m.Kind] + " "
	t := m.T.Compact()
	ints := m.Kind != MetaFloat
	if t.IsUniform() && len(t.Shape) == 0 && t.IsInt() == ints {
		return head + p.element(t, 0, "")
	}
	return head + p.tensor(t, ints, "", arrayPrefix+"meta."+m.Key)
}

// element writes one number of a tensor.
func (p *printer) element(t Tensor, i int, unit string) string {
	if t.IsInt() {
		return strconv.Itoa(int(t.IntAt(i)))
	}
	return formatQuantity(t.At(i), unit)
}

// tensor writes a tensor with its shape: filled if uniform, by value if
// small, else as an array of the given name. ints is the type that need not
// be said.
func (p *printer) tensor(t Tensor, ints bool, unit, name string) string {
	if !t.IsUniform() && p.opt.Arrays != nil && t.Len() > p.opt.Inline {
		name = p.arrays.derive(arrayName(name), "_")
		p.arrays.taken[name] = true
		if err := p.opt.Arrays(name, t); err != nil && p.err == nil {
			p.err = err
		}
		return "@" + name
	}
	prefix := ""
	switch {
	case t.IsInt() && !ints:
		prefix = "int "
	case !t.IsInt() && ints:
		prefix = "float "
	}
	if t.Stored() == 0 && len(t.Shape) > 1 { // a list cannot say its other axes
		t = Tensor{Shape: t.Shape, F: []float64{0}}
		if prefix == "int " || prefix == "" && ints {
			t = UniformInt(t.Shape, 0)
		}
	}
	if t.IsUniform() && (len(t.Shape) != 1 || t.Len() != 1) {
		return prefix + "fill " + t.Shape.fill() + " " + p.element(t, 0, unit)
	}
	var b strings.Builder
	b.WriteString(prefix)
	p.list(&b, t, 0, 0, unit)
	return b.String()
}

// fill is String with a nil shape as the scalar that it is for a tensor.
func (s Shape) fill() string {
	if len(s) == 0 {
		return "[]"
	}
	return s.String()
}

// list writes the elements of axis and those below it from index first on.
func (p *printer) list(b *strings.Builder, t Tensor, axis, first int, unit string) {
	b.WriteByte('[')
	step := t.Shape[axis+1:].Size()
	for i := range t.Shape[axis] {
		if i > 0 {
			b.WriteString(", ")
		}
		if axis+1 < len(t.Shape) {
			p.list(b, t, axis+1, first+i*step, unit)
		} else {
			b.WriteString(p.element(t, first+i, unit))
		}
	}
	b.WriteByte(']')
}

// arrayName replaces what must not stand in the bare name of an array.
func arrayName(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (isLetter(byte(r)) || isDigit(byte(r)) || r == '.' || r == '-') {
			return r
		}
		return '_'
	}, s)
}
