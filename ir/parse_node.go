package ir

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// paramLit is a parameter as it was written. computed ones follow from others.
type paramLit struct {
	key      Param
	lit      literal
	computed bool
}

// op takes the name of an op of one kind.
func (s *scope) op(kind func(Op) bool, what string) Op {
	t := s.tok
	if o := OpByName(t.text); t.kind == tokWord && kind(o) && o != OpConnect {
		s.take()
		return o
	}
	var names []string
	for o := OpInput; o < numOps; o++ {
		if kind(o) && o != OpConnect {
			names = append(names, o.String())
		}
	}
	s.fail(t, codeWord, "one of "+strings.Join(names, ", "), "expected %s, found %s", what, t)
	return OpInvalid
}

// mapOp takes what a map does, a rule of connectivity or an op with its
// leading parameter.
func (s *scope) mapOp() (Node, *literal) {
	if kind, err := ParseRuleKind(s.tok.text); err == nil && s.tok.kind == tokWord {
		n := newNode(OpConnect)
		s.take()
		s.rule(n.Rule, kind)
		return n, nil
	}
	o := s.op(Op.IsMap, "a map or a rule (all-to-all, one-to-one, probability, indegree)")
	n := newNode(o)
	k := o.leading()
	if k == PInvalid || !s.atLiteral() {
		return n, nil
	}
	lit := s.literal(o.unit(k), false)
	return n, &lit
}

func (s *scope) leading(id NodeID, lit *literal) {
	if lit != nil {
		s.addLit(id, s.net.Node(id).Op.leading(), *lit)
	}
}

func (s *scope) rule(r *Rule, kind RuleKind) {
	r.Kind = kind
	at := s.tok
	switch kind {
	case RuleProbability:
		r.P = s.quantity("")
		if !s.failed && (!(r.P >= 0 && r.P <= 1) || math.Signbit(r.P)) {
			s.fail(at, codeNumber, "", "the probability is %g, not 0 to 1", r.P)
		}
	case RuleInDegree:
		n := s.integer("the number of sources of each target")
		if !s.failed && (n < 0 || n > MaxElems) {
			s.fail(at, codeNumber, "", "an in-degree of %d (0 to %d are possible)", n, MaxElems)
		}
		r.N = int(n)
	}
	for !s.failed {
		switch {
		case s.acceptWord("seed"):
			r.Seed = s.seed()
		case s.acceptWord("no-self"):
			r.NoSelf = true
		default:
			return
		}
	}
}

// addLit keeps a written parameter until its node is complete.
func (s *scope) addLit(id NodeID, k Param, lit literal) {
	p := &s.nodes[id]
	if slices.ContainsFunc(p.lits, func(l paramLit) bool { return l.key == k }) {
		s.fail(lit.at, codeTwice, "", "%s is given twice", k)
		return
	}
	p.lits = append(p.lits, paramLit{key: k, lit: lit})
}

// braces reads the optional attributes and parameters of a node, then fills
// in the attributes that follow from others.
func (s *scope) braces(id NodeID) {
	n := s.net.Node(id)
	fields := n.fields()
	seen := map[string]bool{}
	if s.accept("{") {
		for !s.failed && !s.accept("}") {
			s.item(id, fields, seen)
			if !s.failed && !s.accept(",") && !s.tok.first && !s.is(tokPunct, "}") {
				s.fail(s.tok, codeSyntax, "part them by commas or lines", "expected a comma or a brace, found %s", s.tok)
			}
		}
	}
	for _, f := range fields {
		if f.pair != nil && !seen[f.name] {
			*f.pair.at = f.pair.omitted()
		}
	}
}

// item reads one attribute, parameter or entry of metadata.
func (s *scope) item(id NodeID, fields []field, seen map[string]bool) {
	n, t := s.net.Node(id), s.tok
	if t.kind != tokWord {
		s.fail(t, codeSyntax, "", "expected an attribute or a brace, found %s", t)
		return
	}
	if beginsStatement(t) {
		s.fail(t, codeSyntax, "close the braces of the node above with }", "%s does not belong into the braces of %s", t, n.Op)
		return
	}
	s.take()
	if t.text == "meta" {
		n.Meta = append(n.Meta, s.meta())
		return
	}
	if seen[t.text] {
		s.fail(t, codeTwice, "", "%s is given twice", t.text)
	}
	seen[t.text] = true
	if t.text == "format" && n.Op.Weighted() {
		n.Q = &QFormat{}
		s.format(n.Q)
		return
	}
	if t.text == "reset" && n.Op.Spec(PVReset) != nil && s.tok.kind == tokNumber {
		n.Neuron.Reset = ResetValue
		s.addLit(id, PVReset, s.literal("V", false))
		return
	}
	for _, f := range fields {
		if f.name == t.text {
			s.field(f)
			return
		}
	}
	for _, spec := range n.Op.Info().Params {
		if spec.Key.String() == t.text {
			s.addLit(id, spec.Key, s.literal(n.Op.unit(spec.Key), false))
			return
		}
	}
	s.fail(t, codeWord, suggest(t.text, itemWords(n, fields)), "%s has no attribute or parameter %s", n.Op, t.text)
}

func itemWords(n *Node, fields []field) []string {
	list := []string{"meta"}
	for _, f := range fields {
		list = append(list, f.name)
	}
	for _, spec := range n.Op.Info().Params {
		list = append(list, spec.Key.String())
	}
	return list
}

// field reads the value of an attribute.
func (s *scope) field(f field) {
	at := s.tok
	switch {
	case s.failed:
	case f.word != nil:
		if at.kind != tokWord {
			s.fail(at, codeSyntax, "", "expected a word for %s, found %s", f.name, at)
		} else if err := f.word.set(at.text); err != nil {
			s.fail(at, codeWord, "", "%v", err)
		}
		s.take()
	case f.number != nil:
		if x := s.integer(f.name); !s.failed && !f.number.set(x) {
			s.fail(at, codeNumber, "", "%s of %d is out of range", f.name, x)
		}
	case s.accept("["):
		f.pair.at[0] = s.small(f.name)
		s.expect(",", "between the two axes")
		f.pair.at[1] = s.small(f.name)
		s.expect("]", "after the second axis")
	default:
		*f.pair.at = f.pair.both(s.small(f.name))
	}
}

// format reads a weight format: { bits 8, exp 0, sign mixed, unit 64 }.
func (s *scope) format(q *QFormat) {
	s.expect("{", "before the weight format")
	fields := q.fields()
	for !s.failed && !s.accept("}") {
		t := s.tok
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == t.text })
		switch {
		case s.acceptWord("scale"):
			q.Scale = s.quantity("")
		case i >= 0 && t.kind == tokWord:
			s.take()
			s.field(fields[i])
		default:
			s.fail(t, codeWord, "bits, exp, sign, unit, limit and scale are known", "a weight format has no attribute %s", t)
		}
		s.accept(",")
	}
}

// like reads the name of the population whose model is copied: its attributes
// now, its parameters after the braces.
func (s *scope) like(id NodeID) NodeID {
	t := s.name("the population to take the parameters of")
	if s.failed {
		return NoNode
	}
	other, ok := s.byName[t.text]
	if !ok || other == id {
		s.fail(t, codeUnknown, "it must stand further up", "no population %q to be like", t.text)
		return NoNode
	}
	n, m := s.net.Node(id), s.net.Node(other)
	if n.Op != m.Op {
		s.fail(t, codeWord, "", "%q is %s, so %s cannot be like it", t.text, m.Op, n.Op)
		return NoNode
	}
	n.Neuron, n.IntLIF, n.FixLIF = m.Neuron, clonePtr(m.IntLIF), clonePtr(m.FixLIF)
	return other
}

// inherit copies the parameters of model that were not given anew.
func (s *scope) inherit(id, model NodeID) {
	if model == NoNode || s.failed {
		return
	}
	p := &s.nodes[id]
	for _, l := range s.nodes[model].lits {
		if l.computed || slices.ContainsFunc(p.lits, func(o paramLit) bool { return o.key == l.key }) {
			continue
		}
		if !l.lit.lone {
			s.fail(p.at, codeDefault, fmt.Sprintf("write %s in the braces of both", l.key),
				"%s of %q is an array, which like does not copy", l.key, s.net.Node(model).Name)
			return
		}
		p.lits = append(p.lits, l)
	}
}

// defaultR fills in r where it was left out: for a model without a synaptic
// current so that a weight of w raises the potential by w under the node's
// integrator (Euler if not decided yet), else 1.
func (s *scope) defaultR(id NodeID) {
	n, p := s.net.Node(id), &s.nodes[id]
	given := func(k Param) int { return slices.IndexFunc(p.lits, func(l paramLit) bool { return l.key == k }) }
	if s.failed || n.Op.Spec(PR) == nil || given(PR) >= 0 {
		return
	}
	r, dt := 1.0, s.dt()
	tau := given(PTau)
	switch {
	case n.Op == OpCubaLI, n.Op == OpCubaLIF, n.Neuron.Integrator == ExpUnit:
	case n.Op.Spec(PTau) != nil && tau < 0:
		return // Verify names the missing tau
	case dt == 0:
		s.fail(p.at, codeDefault, "write dt further up, or r in the braces", "r follows from dt, which is not known here")
		return
	case n.Op == OpI, n.Op == OpIF:
		r = 1 / dt
	case !p.lits[tau].lit.lone:
		s.fail(p.at, codeDefault, "write r in the braces", "r follows from tau, which differs between neurons")
		return
	case n.Neuron.Integrator == Exp:
		r = 1 / -math.Expm1(-dt/p.lits[tau].lit.data[0])
	default:
		r = p.lits[tau].lit.data[0] / dt
	}
	p.lits = append(p.lits, paramLit{PR, literal{at: p.at, lone: true, data: []float64{r}}, true})
}

// meta reads an entry of user metadata: KEY "text", or KEY integer, number
// or flag and a value.
func (s *scope) meta() Meta {
	m := Meta{Key: s.name("the key of the metadata").text}
	if s.tok.kind == tokString {
		m.Str = s.take().text
		return m
	}
	t := s.tok
	switch {
	case s.acceptWord("integer"):
		m.Kind = MetaInt
	case s.acceptWord("number"):
		m.Kind = MetaFloat
	case s.acceptWord("flag"):
		m.Kind = MetaBool
	default:
		s.fail(t, codeWord, "", "expected a quoted text, integer, number or flag, found %s", t)
		return m
	}
	lit := s.literal("", true)
	if !s.failed {
		m.T = s.tensor(lit, m.Kind != MetaFloat, Shape{})
	}
	return m
}
