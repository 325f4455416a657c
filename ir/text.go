package ir

import (
	"slices"
	"strconv"
)

// What the printer and the parser of the text form agree on: which attributes
// stand in a node's braces and what is left out because it follows from the
// rest. The language is described in docs/snn.md.

// field is an attribute in a node's braces. Exactly one of word, number and
// pair is set.
type field struct {
	name   string
	word   *wordField
	number *numberField
	pair   *pairField
}

type wordField struct {
	get func() string // "" = unset
	set func(string) error
}

type numberField struct {
	get func() int64
	set func(int64) bool // false if out of the range of its type
}

// pairField is an attribute by axis. One number n stands for [n, n], or
// [n, neutral] for an op with one axis.
type pairField struct {
	at      *[2]int
	oneAxis bool
	neutral int
	omitted func() [2]int // what it is when left out
}

func (p *pairField) both(n int) [2]int {
	if p.oneAxis {
		return [2]int{n, p.neutral}
	}
	return [2]int{n, n}
}

func words[T interface {
	~uint8
	String() string
}](name string, at *T, read func(string) (T, error)) field {
	return field{name: name, word: &wordField{
		get: func() string { return (*at).String() },
		set: func(s string) (err error) { *at, err = read(s); return err },
	}}
}

func number[T ~int | ~int8 | ~int32 | ~int64](name string, at *T) field {
	return field{name: name, number: &numberField{
		get: func() int64 { return int64(*at) },
		set: func(x int64) bool { *at = T(x); return int64(*at) == x },
	}}
}

func constPair(x int) func() [2]int { return func() [2]int { return [2]int{x, x} } }

// newNode returns a node with the attribute structs of its op.
func newNode(op Op) Node {
	n := Node{Op: op}
	switch op {
	case OpConv1d, OpConv2d:
		n.Conv = &Conv{Groups: 1}
	case OpSumPool2d, OpAvgPool2d:
		n.Pool = &Pool{}
	case OpFlatten:
		n.Flatten = &Flatten{End: -1}
	case OpConnect:
		n.Rule = &Rule{}
	case OpIntLIF:
		n.IntLIF = &IntLIF{}
	case OpFixLIF:
		n.FixLIF = &FixLIF{}
	}
	return n
}

// fields lists the attributes of a node in the order of print. A field that
// has the value of newNode, or its omitted value, is left out.
func (n *Node) fields() []field {
	var out []field
	if n.Op.IsNeuron() {
		a := &n.Neuron
		out = append(out,
			words("integrator", &a.Integrator, ParseIntegrator), words("reset", &a.Reset, ParseReset),
			words("compare", &a.Compare, ParseCompare), words("current", &a.Current, ParseCurrentOrder),
			number("state_bits", &a.StateBits))
	}
	if q := n.IntLIF; q != nil {
		out = append(out, number("decay_bits", &q.DecayBits), number("acc_bits", &q.AccBits),
			number("current_bits", &q.CurrentBits), number("v_min", &q.VMin), number("v_max", &q.VMax))
	}
	if q := n.FixLIF; q != nil {
		out = append(out, words("arith", &q.Arith, ParseArith), number("shift_exc", &q.ShiftExc), number("shift_inh", &q.ShiftInh))
	}
	if c := n.Conv; c != nil {
		pair := func(name string, at *[2]int, neutral int, omitted func() [2]int) {
			out = append(out, field{name: name, pair: &pairField{at, n.Op == OpConv1d, neutral, omitted}})
		}
		pair("stride", &c.Stride, 1, constPair(1))
		pair("padding", &c.Padding, 0, constPair(0))
		pair("pad_end", &c.PadEnd, 0, func() [2]int { return c.Padding })
		pair("dilation", &c.Dilation, 1, constPair(1))
		pair("input", &c.Input, 1, constPair(0))
		out = append(out, number("groups", &c.Groups))
	}
	if p := n.Pool; p != nil {
		out = append(out,
			field{name: "kernel", pair: &pairField{at: &p.Kernel, omitted: constPair(0)}},
			field{name: "stride", pair: &pairField{at: &p.Stride, omitted: func() [2]int { return p.Kernel }}},
			field{name: "padding", pair: &pairField{at: &p.Padding, omitted: constPair(0)}})
	}
	if f := n.Flatten; f != nil {
		out = append(out, number("start", &f.Start), number("end", &f.End))
	}
	return out
}

// fields lists the attributes of a weight format but its scale.
func (q *QFormat) fields() []field {
	return []field{
		number("bits", &q.Bits), number("exp", &q.Exp), words("sign", &q.Sign, ParseSignMode),
		number("unit", &q.Unit), number("limit", &q.Limit),
	}
}

// leading returns the parameter that stands before the braces of a map,
// PInvalid if none does.
func (o Op) leading() Param {
	switch {
	case weightRank(o) > 0:
		return PWeight
	case o == OpScale:
		return PScale
	}
	return PInvalid
}

// unit returns the unit in which a parameter of the op is written. Weights
// of a rule are steps of the potential.
func (o Op) unit(k Param) string {
	if o == OpConnect && k == PWeight {
		return "V"
	}
	if o.IsInteger() {
		return ""
	}
	return k.Info().Unit
}

// writtenInts tells whether numbers of parameter k are integers unless it
// says otherwise.
func (n *Node) writtenInts(k Param) bool {
	weights := k == PWeight || k == PScale || k == PBias
	return k.Info().Int || n.Op.IsInteger() || n.Q != nil && weights
}

// writtenShape returns the shape of parameter k if it is written as one
// number; ok is false if the number needs an explicit shape. The parameters
// before k in the op table must be set.
func (n *Node) writtenShape(k Param) (s Shape, ok bool) {
	switch n.Op.Spec(k).Extent {
	case PerOutput:
		if w := n.P(PWeight); weightRank(n.Op) > 0 {
			if len(w.Shape) == 0 {
				return nil, false
			}
			return w.Shape[:1:1], true
		}
		return n.Out, true
	case Weights:
		if n.Op == OpDense && n.In != nil && n.Out != nil {
			return Shape{n.Out.Size(), n.In.Size()}, true
		}
		return nil, false
	case Synapses:
		if n.Op == OpSparse {
			return n.P(PIndices).Shape, true
		}
		return Shape{}, true
	case Index:
		return nil, false
	}
	return n.Out, true
}

// namer makes names that are not taken.
type namer struct {
	taken map[string]bool
	next  map[string]int // below this number all are taken
}

func newNamer() *namer { return &namer{map[string]bool{}, map[string]int{}} }

// derive returns base, or base with the first free number behind sep.
func (m *namer) derive(base, sep string) string {
	if !m.taken[base] {
		return base
	}
	for k := max(2, m.next[base]); ; k++ {
		m.next[base] = k
		if name := base + sep + strconv.Itoa(k); !m.taken[name] {
			return name
		}
	}
}

// outName is the name of an output that was given none.
const outName = "output"

// maxDerived bounds the length of a derived name, which may repeat a long
// name many times.
const maxDerived = 256

// projName is the name of a projection that was given none; ok is false if
// it would be too long.
func projName(src, dst string) (name string, ok bool) {
	if len(src)+len(dst) > maxDerived {
		return "", false
	}
	return src + "->" + dst, true
}

// rank returns the place of parameter k in the op table, -1 if it has none.
func (o Op) rank(k Param) int {
	return slices.IndexFunc(o.Info().Params, func(s ParamSpec) bool { return s.Key == k })
}
