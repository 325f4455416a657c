package ir

import (
	"fmt"
	"math"
	"strconv"
)

// literal is a value as it was written, of which the type and, for a lone
// number, the shape follow from the node when that is complete.
type literal struct {
	at         token
	lone       bool // one number without a shape
	shape      Shape
	data       []float64
	fraction   bool   // some number is not written as an integer
	typ        string // "int" or "float" if it says so
	array      Tensor // by reference
	unit       string
	mayBeWords bool // inf and nan, in metadata
}

// atLiteral tells whether a value begins here.
func (p *parser) atLiteral() bool {
	switch p.tok.kind {
	case tokNumber, tokArray:
		return true
	case tokPunct:
		return p.tok.text == "["
	case tokWord:
		return p.tok.text == "int" || p.tok.text == "float" || p.tok.text == "fill"
	}
	return false
}

// literal reads a number, a list, a filled shape or a reference to an array.
func (p *parser) literal(unit string, special bool) literal {
	l := literal{at: p.tok, unit: unit, mayBeWords: special}
	if p.is(tokWord, "int") || p.is(tokWord, "float") {
		l.typ = p.take().text
	}
	switch {
	case p.failed:
	case p.tok.kind == tokArray:
		l.array = p.array()
	case p.acceptWord("fill"):
		l.shape = p.shape(0)
		if !p.failed && l.shape == nil {
			p.fail(l.at, codeNumber, "write its dimensions", "fill needs a known shape")
		}
		p.element(&l)
	case p.is(tokPunct, "["):
		p.elements(&l, 0)
	default:
		l.lone = true
		p.element(&l)
	}
	return l
}

// array loads the array that the current token names.
func (p *parser) array() Tensor {
	t := p.take()
	if p.opt.Arrays == nil {
		p.fail(t, codeArray, "put a .npz file of the same name beside the network", "there are no arrays to find %s in", t)
		return Tensor{}
	}
	if a, ok := p.arrays[t.text]; ok {
		return a
	}
	a, err := p.opt.Arrays(t.text)
	if err == nil {
		err = checkStorage(a, true)
	}
	if err != nil {
		p.fail(t, codeArray, "", "array %s: %v", t, err)
		return Tensor{}
	}
	p.arrays[t.text] = a
	return a
}

// elements reads a list, nested for more axes. Lists at one depth must have
// one length.
func (p *parser) elements(l *literal, depth int) {
	open := p.tok
	p.expect("[", "before a list")
	if depth >= MaxRank {
		p.fail(open, codeLimit, "", "lists nest deeper than %d levels", MaxRank)
	}
	first := len(l.shape) == depth
	if first {
		l.shape = append(l.shape, -1)
	}
	n := 0
	for ; !p.failed && !p.accept("]"); n++ {
		at := p.tok
		if deeper := p.is(tokPunct, "["); deeper {
			p.nested(l, depth, at)
		} else if len(l.shape) > depth+1 {
			p.fail(at, codeNumber, "", "expected a list as before, found %s", at)
		} else {
			p.element(l)
		}
		if !p.accept(",") && !p.is(tokPunct, "]") {
			p.fail(p.tok, codeSyntax, "", "expected a comma or ], found %s", p.tok)
		}
	}
	switch {
	case p.failed:
	case l.shape[depth] < 0:
		l.shape[depth] = n
	case l.shape[depth] != n:
		p.fail(open, codeNumber, "", "a list of %d elements where the others have %d", n, l.shape[depth])
	}
}

// nested reads a list inside of a list, which is an error where numbers
// stood.
func (p *parser) nested(l *literal, depth int, at token) {
	if len(l.shape) == depth+1 && (len(l.data) > 0 || l.shape[depth] >= 0) {
		p.fail(at, codeNumber, "", "expected a number as before, found a list")
		return
	}
	p.elements(l, depth+1)
}

// element reads one number of a literal.
func (p *parser) element(l *literal) {
	t := p.tok
	x := 0.0
	if special, ok := parseSpecial(t.text); l.mayBeWords && t.kind == tokWord && ok {
		p.take()
		x = special
	} else {
		x = p.quantity(l.unit)
	}
	if math.IsInf(x, 0) && !l.mayBeWords {
		p.fail(t, codeNumber, "", "%s is not finite", t)
	}
	if x != math.Trunc(x) || math.Abs(x) > math.MaxInt32+1 {
		l.fraction = true
	}
	l.data = append(l.data, x)
}

// quantity takes a number in the given unit: "s" must stand, "V" may.
func (p *parser) quantity(unit string) float64 {
	t := p.tok
	if t.kind != tokNumber {
		p.fail(t, codeSyntax, "", "expected a number, found %s", t)
		return 0
	}
	p.take()
	x, got, err := parseQuantity(t.text)
	switch {
	case err != nil:
		p.fail(t, codeNumber, "", "%v", err)
	case unit == "s" && got != "s":
		p.fail(t, codeNumber, "write a time like 2ms", "%s is not a time", t)
	case unit == "V" && got == "s", unit == "" && got != "":
		p.fail(t, codeNumber, "", "the unit of %s does not belong here", t)
	}
	return x
}

// integer takes a whole number.
func (p *parser) integer(what string) int64 {
	t := p.tok
	if t.kind != tokNumber {
		p.fail(t, codeSyntax, "", "expected a whole number for %s, found %s", what, t)
		return 0
	}
	x, err := strconv.ParseInt(t.text, 10, 64)
	if err != nil {
		p.fail(t, codeNumber, "", "%s is not a whole number of 64 bits", t)
	}
	p.take()
	return x
}

// small takes a whole number that fits any count.
func (p *parser) small(what string) int {
	t := p.tok
	x := p.integer(what)
	if x < math.MinInt32 || x > math.MaxInt32 {
		p.fail(t, codeNumber, "", "%s of %d is out of range", what, x)
		return 0
	}
	return int(x)
}

func (p *parser) seed() uint64 {
	t := p.tok
	x, err := strconv.ParseUint(t.text, 10, 64)
	if t.kind != tokNumber || err != nil {
		p.fail(t, codeNumber, "", "expected a seed of 0 to %d, found %s", uint64(math.MaxUint64), t)
	}
	p.take()
	return x
}

// shape reads the dimensions of an array: [3, 4], [] for a scalar, [?] for
// unknown. least is the smallest dimension.
func (p *parser) shape(least int) Shape {
	open := p.tok
	p.expect("[", "before a shape")
	if p.accept("?") {
		p.expect("]", "after a shape")
		return nil
	}
	s := Shape{}
	for !p.failed && !p.accept("]") {
		at := p.tok
		d := p.small("a dimension")
		if !p.failed && d < least {
			p.fail(at, codeNumber, "", "a dimension of %d", d)
		}
		s = append(s, d)
		if !p.accept(",") && !p.is(tokPunct, "]") {
			p.fail(p.tok, codeSyntax, "", "expected a comma or ], found %s", p.tok)
		}
	}
	if err := checkShape(s, least == 0); err != nil {
		p.fail(open, codeLimit, "", "%v", err)
	}
	return s
}

// shapes reads the optional shapes of a node: [n] for both, or [n] -> [m].
func (p *parser) shapes() (in, out Shape, given bool) {
	if !p.is(tokPunct, "[") {
		return nil, nil, false
	}
	in = p.shape(1)
	if !p.accept("->") {
		return in, append(in[:0:0], in...), true
	}
	return in, p.shape(1), true
}

// tensor returns the value of a literal whose numbers are integers or floats
// unless it says otherwise. lone is the shape of a lone number.
func (p *parser) tensor(l literal, ints bool, lone Shape) Tensor {
	if l.array.Valid() {
		return l.array
	}
	if l.typ != "" {
		ints = l.typ == "int"
	}
	t := Tensor{Shape: l.shape, F: l.data}
	if l.lone {
		t.Shape = append(lone[:0:0], lone...)
	}
	if t.F == nil {
		t.F = []float64{}
	}
	if !ints {
		return t
	}
	t.I, t.F = make([]int32, len(t.F)), nil
	for i, x := range l.data {
		if l.fraction || x > math.MaxInt32 || math.IsNaN(x) {
			p.errorAt(l.at, codeNumber, "", "%s", wholeMessage(x))
			return Tensor{}
		}
		t.I[i] = int32(x)
	}
	return t
}

func wholeMessage(x float64) string {
	return fmt.Sprintf("whole numbers of 32 bits stand here (the first is %s)", formatNumber(x))
}
