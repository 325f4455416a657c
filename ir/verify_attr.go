package ir

import (
	"math"
	"math/bits"
)

// attributes checks that a node has the attribute structs of its op, no
// others, and that they are in range; then the shapes that follow from them.
func (v *nodeVerifier) attributes() {
	n := v.n
	before := len(v.list)
	v.present(n.Conv != nil, n.Op == OpConv1d || n.Op == OpConv2d, "conv")
	v.present(n.Pool != nil, n.Op == OpSumPool2d || n.Op == OpAvgPool2d, "pool")
	v.present(n.Flatten != nil, n.Op == OpFlatten, "flatten")
	v.present(n.Rule != nil, n.Op == OpConnect, "rule")
	v.present(n.IntLIF != nil, n.Op == OpIntLIF, "intlif")
	v.present(n.FixLIF != nil, n.Op == OpFixLIF, "fixlif")
	v.present(n.Sub != nil, n.Op == OpGraph, "nested network")
	if n.Q != nil && !n.Op.Weighted() {
		v.errorf(codeAttr, "", "%s has a weight format but no weights", n.Op)
	}
	if n.Neuron != (Neuron{}) && !n.Op.IsNeuron() {
		v.errorf(codeAttr, "", "%s has the attributes of a neuron", n.Op)
	}
	v.neuron()
	v.conv()
	v.pool()
	v.rule()
	v.intLIF()
	v.fixLIF()
	v.format()
	if len(v.list) == before {
		v.outShape()
	}
}

func (v *nodeVerifier) present(have, want bool, what string) {
	switch {
	case have && !want:
		v.errorf(codeAttr, "", "%s has %s attributes, which are not its own", v.n.Op, what)
	case want && !have:
		v.errorf(codeAttr, "", "%s lacks its %s attributes", v.n.Op, what)
	}
}

// within reports an integer attribute outside of [lo, hi].
func (v *nodeVerifier) within(name string, x, lo, hi int64) {
	if x < lo || x > hi {
		v.errorf(codeAttr, "", "%s is %d, possible are %d to %d", name, x, lo, hi)
	}
}

func (v *nodeVerifier) neuron() {
	a := v.n.Neuron
	v.within("integrator", int64(a.Integrator), 0, int64(ExpUnit))
	v.within("reset", int64(a.Reset), 0, int64(ResetSubtractNext))
	v.within("compare", int64(a.Compare), 0, int64(GreaterEqual))
	v.within("current", int64(a.Current), 0, int64(CurrentOld))
	v.within("state_bits", int64(a.StateBits), 0, 62)
}

func (v *nodeVerifier) conv() {
	c := v.n.Conv
	if c == nil {
		return
	}
	axes := 2
	if v.n.Op == OpConv1d {
		axes = 1
	}
	for i := range 2 {
		least := int64(0)
		if i < axes {
			least = 1
		}
		v.within("stride", int64(c.Stride[i]), least, MaxElems)
		v.within("dilation", int64(c.Dilation[i]), least, MaxElems)
		v.within("padding", int64(c.Padding[i]), 0, MaxElems)
		v.within("pad_end", int64(c.PadEnd[i]), 0, MaxElems)
		v.within("input", int64(c.Input[i]), 0, MaxElems)
		if in := v.n.In; i < axes && c.Input[i] > 0 && len(in) == axes+1 && in[1+i] != c.Input[i] {
			v.errorf(codeShape, "", "%s is declared for an input of %v, but takes %v", v.n.Op, c.Input[:axes], in)
		}
	}
	v.within("groups", int64(c.Groups), 1, MaxElems)
}

func (v *nodeVerifier) pool() {
	p := v.n.Pool
	if p == nil {
		return
	}
	for i := range 2 {
		v.within("kernel", int64(p.Kernel[i]), 1, MaxElems)
		v.within("stride", int64(p.Stride[i]), 1, MaxElems)
		v.within("padding", int64(p.Padding[i]), 0, MaxElems)
	}
}

func (v *nodeVerifier) rule() {
	r := v.n.Rule
	if r == nil {
		return
	}
	v.within("rule", int64(r.Kind), int64(RuleAllToAll), int64(RuleInDegree))
	if !(r.P >= 0 && r.P <= 1) || math.Signbit(r.P) || (r.P != 0 && r.Kind != RuleProbability) {
		v.errorf(codeAttr, "", "%s with a probability of %g", r.Kind, r.P)
	}
	v.within("indegree", int64(r.N), 0, MaxElems)
	if r.N != 0 && r.Kind != RuleInDegree {
		v.errorf(codeAttr, "", "%s with an in-degree of %d", r.Kind, r.N)
	}
	if in, out := v.n.In, v.n.Out; in != nil && out != nil && checkShape(in, false) == nil && checkShape(out, false) == nil {
		if _, err := r.synapses(in.Size(), out.Size()); err != nil {
			v.errorf(codeAttr, "", "%v", err)
		}
	}
}

func (v *nodeVerifier) intLIF() {
	q := v.n.IntLIF
	if q == nil {
		return
	}
	v.within("decay_bits", int64(q.DecayBits), 0, 30)
	v.within("acc_bits", int64(q.AccBits), 0, 62)
	v.within("current_bits", int64(q.CurrentBits), 0, 62)
	if q.VMin > q.VMax {
		v.errorf(codeAttr, "", "v_min of %d is above v_max of %d", q.VMin, q.VMax)
	}
}

func (v *nodeVerifier) fixLIF() {
	q := v.n.FixLIF
	if q == nil {
		return
	}
	v.within("arith", int64(q.Arith), int64(ArithS1615), int64(ArithS1615))
	v.within("shift_exc", int64(q.ShiftExc), 0, maxFixShift)
	v.within("shift_inh", int64(q.ShiftInh), 0, maxFixShift)
}

// maxFixShift is how far an input of 16 bits shifts before its sign changes.
const maxFixShift = 15

// format checks an integer weight format, and that no weight overflows when
// it is applied.
func (v *nodeVerifier) format() {
	q := v.n.Q
	if q == nil {
		return
	}
	v.within("bits", int64(q.Bits), 0, 32)
	v.within("exp", int64(q.Exp), -31, 31)
	v.within("sign", int64(q.Sign), 0, int64(SignInhibitory))
	v.within("limit", q.Limit, 0, math.MaxInt64)
	if math.IsNaN(q.Scale) || math.IsInf(q.Scale, 0) {
		v.errorf(codeAttr, "", "the scale of the weight format is %g", q.Scale)
	}
	key := PWeight
	if v.n.Op == OpScale {
		key = PScale
	}
	w := v.n.P(key)
	if !w.Valid() || checkStorage(w, true) != nil || w.Stored() == 0 {
		return
	}
	if !w.IsInt() {
		v.errorf(codeAttr, "", "the node has a weight format but its %s is not in whole numbers", key)
		return
	}
	lo, hi := w.Range()
	width := bits.Len64(uint64(max(math.Abs(lo), math.Abs(hi)))) + int(q.Exp) + bits.Len64(uint64(max(int64(q.Unit), -int64(q.Unit))))
	if width > 62 {
		v.errorf(codeAttr, "use a smaller exp or unit", "weights of up to %d bits overflow in this format", width)
	}
}

// outShape checks that a known input shape leads to the known output shape.
func (v *nodeVerifier) outShape() {
	n := v.n
	if n.In == nil || n.Out == nil || checkShape(n.In, false) != nil || checkShape(n.Out, false) != nil {
		return
	}
	for _, p := range n.Params {
		if checkStorage(p.T, true) != nil {
			return
		}
	}
	got, err := n.OutShape(n.In)
	switch {
	case err != nil:
		v.errorf(codeShape, "", "%v", err)
	case !got.Equal(n.Out):
		v.errorf(codeShape, "", "%s gives shape %v for the input %v, but is declared with %v", n.Op, got, n.In, n.Out)
	}
}

// ports checks that a nested network with a single input or output agrees
// with the shape of its node.
func (v *nodeVerifier) ports() {
	n := v.n
	if n.Sub == nil {
		return
	}
	check := func(op Op, want Shape) {
		var port *Node
		for i := range n.Sub.Nodes {
			if n.Sub.Nodes[i].Op != op {
				continue
			}
			if port != nil {
				return
			}
			port = &n.Sub.Nodes[i]
		}
		if port != nil && port.Out != nil && want != nil && !port.Out.Equal(want) {
			v.errorf(codeShape, "", "the nested network has %s of shape %v, its node %v", op, port.Out, want)
		}
	}
	check(OpInput, n.In)
	check(OpOutput, n.Out)
}
