package ir

import (
	"fmt"
	"math"
	"strings"

	"pgregory.net/rapid"
)

// genNetwork draws a network that Verify accepts and that uses all of the IR:
// every op, odd names and numbers, loops, nested networks, both stages.
func genNetwork(t *rapid.T, depth int, parent *Network) *Network {
	n := &Network{Name: genName(t, "network")}
	switch {
	case parent != nil && parent.Discrete:
		n.Discrete, n.DT = true, parent.DT
	default:
		n.Discrete = rapid.Bool().Draw(t, "discrete")
		if n.Discrete || rapid.Bool().Draw(t, "dt known") {
			n.DT = math.Abs(genFloat(t, "dt"))
			if n.DT == 0 {
				n.DT = 1e-3
			}
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "notes") {
		n.Notes = append(n.Notes, Note{genString(t, "code"), genString(t, "text")})
	}
	n.Meta = genMetas(t)
	names := map[string]bool{}
	for i := range rapid.IntRange(0, 8).Draw(t, "nodes") {
		node := genNode(t, depth, n)
		node.Name = genName(t, "node")
		if names[node.Name] {
			node.Name = fmt.Sprintf("%s#%d", node.Name, i+2)
		}
		if names[node.Name] {
			continue
		}
		names[node.Name] = true
		n.Add(node)
	}
	genEdges(t, n)
	return n
}

// genEdges draws edges between shapes that go together. Half of the draws
// follow the pattern that the printer writes as proj.
func genEdges(t *rapid.T, n *Network) {
	if len(n.Nodes) == 0 {
		return
	}
	id := func(name string) NodeID { return NodeID(rapid.IntRange(0, len(n.Nodes)-1).Draw(t, name)) }
	connect := func(src, dst NodeID) {
		s, d := n.Node(src), n.Node(dst)
		fits := s.Out == nil || d.In == nil || s.Out.Equal(d.In)
		if !fits || s.Op == OpOutput || d.Op == OpInput || d.Op == OpBias {
			return
		}
		delay := rapid.SampledFrom([]int32{0, 0, 1, 62, MaxDelay}).Draw(t, "delay")
		if n.Discrete && dst <= src && delay == 0 {
			delay = 1
		}
		n.Connect(src, dst, delay)
	}
	for range rapid.IntRange(0, 8).Draw(t, "edges") {
		a, b, c := id("a"), id("b"), id("c")
		connect(a, b)
		if rapid.Bool().Draw(t, "chain") {
			connect(b, c)
		}
	}
}

func genNode(t *rapid.T, depth int, parent *Network) Node {
	last := OpGraph
	if depth >= 2 {
		last = OpFixLIF
	}
	op := Op(rapid.IntRange(int(OpInput), int(last)).Draw(t, "op"))
	n := newNode(op)
	n.Meta = genMetas(t)
	genShapes(t, &n)
	if op == OpGraph {
		n.Sub = genNetwork(t, depth+1, parent)
		n.In, n.Out = nil, nil
	}
	if op.IsNeuron() {
		genNeuron(t, &n)
	}
	for _, spec := range op.Info().Params {
		if spec.Required || rapid.IntRange(0, 2).Draw(t, "optional") == 0 {
			genParam(t, &n, spec)
		}
	}
	if op.Weighted() {
		genFormat(t, &n)
	}
	return n
}

// genShapes draws the shapes and attributes of a node, and the weights that
// they depend on.
func genShapes(t *rapid.T, n *Node) {
	dim := func(name string) int { return rapid.IntRange(1, 3).Draw(t, name) }
	switch n.Op {
	case OpDense:
		n.In, n.Out = Shape{dim("in")}, Shape{dim("out")}
		n.Set(PWeight, genTensor(t, Shape{n.Out[0], n.In[0]}, false))
	case OpConv1d, OpConv2d:
		genConv(t, n, dim)
	case OpSumPool2d, OpAvgPool2d:
		n.Pool = &Pool{Kernel: [2]int{dim("ky"), dim("kx")}, Stride: [2]int{dim("sy"), dim("sx")}, Padding: [2]int{dim("py"), 0}}
		n.In = Shape{dim("channels"), 2 + dim("rows"), 2 + dim("columns")}
	case OpFlatten:
		n.In = Shape{dim("a"), dim("b"), dim("c")}
		n.Flatten = &Flatten{rapid.IntRange(-3, 0).Draw(t, "start"), rapid.IntRange(-1, 2).Draw(t, "end")}
	case OpSparse:
		n.In, n.Out = Shape{dim("in"), dim("in2")}, Shape{dim("out")}
		genSparse(t, n)
	case OpConnect:
		n.In = Shape{dim("in")}
		n.Out = n.In
		n.Rule = genRule(t, n.In[0])
		return
	default:
		n.In = genShape(t, 1)
		n.Out = n.In
	}
	out, err := n.OutShape(n.In)
	if err != nil {
		n.In, n.Out = nil, nil
		return
	}
	n.Out = out
	if rapid.IntRange(0, 3).Draw(t, "unknown") == 0 {
		n.In = nil
	}
}

func genConv(t *rapid.T, n *Node, dim func(string) int) {
	c := n.Conv
	for i := range 2 {
		c.Stride[i], c.Dilation[i] = dim("stride"), dim("dilation")
		c.Padding[i], c.PadEnd[i] = dim("pad")-1, dim("pad end")-1
	}
	c.Groups = dim("groups")
	in, w := Shape{c.Groups, 2 + dim("rows")}, Shape{c.Groups * dim("out"), 1, dim("ky")}
	if n.Op == OpConv2d {
		in, w = append(in, 2+dim("columns")), append(w, dim("kx"))
	}
	n.In = in
	if rapid.Bool().Draw(t, "declared") {
		copy(c.Input[:], in[1:])
	}
	n.Set(PWeight, genTensor(t, w, false))
}

func genSparse(t *rapid.T, n *Node) {
	ptr, idx := []int32{0}, []int32{}
	for range n.In.Size() {
		for j := range n.Out[0] {
			if rapid.Bool().Draw(t, "synapse") {
				idx = append(idx, int32(j))
			}
		}
		ptr = append(ptr, int32(len(idx)))
	}
	n.Set(PIndptr, Ints(Shape{len(ptr)}, ptr))
	n.Set(PIndices, Ints(Shape{len(idx)}, idx))
}

func genRule(t *rapid.T, in int) *Rule {
	r := &Rule{Kind: RuleKind(rapid.IntRange(int(RuleAllToAll), int(RuleInDegree)).Draw(t, "rule"))}
	r.Seed = rapid.Uint64().Draw(t, "seed")
	r.NoSelf = rapid.Bool().Draw(t, "no self")
	switch r.Kind {
	case RuleProbability:
		r.P = rapid.Float64Range(0, 1).Draw(t, "p")
	case RuleInDegree:
		r.N = rapid.IntRange(0, in-1).Draw(t, "n")
	}
	return r
}

func genNeuron(t *rapid.T, n *Node) {
	draw := func(name string, last uint8) uint8 { return uint8(rapid.IntRange(1, int(last)).Draw(t, name)) }
	n.Neuron = Neuron{
		Integrator(draw("integrator", uint8(ExpUnit))), Reset(draw("reset", uint8(ResetSubtractDelayed))),
		Compare(draw("compare", uint8(GreaterEqual))), CurrentOrder(draw("current", uint8(CurrentOld))),
		int8(rapid.IntRange(0, 62).Draw(t, "state bits")),
	}
	if n.FixLIF != nil {
		i8 := rapid.Int8Range(0, maxFixShift)
		n.FixLIF = &FixLIF{ArithS1615, i8.Draw(t, "exc"), i8.Draw(t, "inh")}
	}
	if n.IntLIF != nil {
		i8 := rapid.Int8Range(0, 30)
		n.IntLIF = &IntLIF{i8.Draw(t, "decay"), i8.Draw(t, "acc"), i8.Draw(t, "current"), -rapid.Int64Range(0, math.MaxInt64).Draw(t, "v min"), rapid.Int64Range(0, math.MaxInt64).Draw(t, "v max")}
	}
}

func genFormat(t *rapid.T, n *Node) {
	k := n.Op.leading()
	if k == PInvalid {
		k = PWeight
	}
	w := n.P(k)
	if !rapid.Bool().Draw(t, "quantized") {
		return
	}
	n.Set(k, genTensor(t, w.Shape, true))
	i8 := rapid.Int8Range(0, 8)
	n.Q = &QFormat{i8.Draw(t, "bits"), -i8.Draw(t, "exp"), SignMode(rapid.IntRange(0, 3).Draw(t, "sign")), rapid.Int32().Draw(t, "unit"), rapid.Int64Range(0, math.MaxInt64).Draw(t, "limit"), genFloat(t, "scale")}
}

// genParam draws a parameter, for some ops drawn with the shapes already.
func genParam(t *rapid.T, n *Node, spec ParamSpec) {
	k := spec.Key
	if n.Has(k) {
		return
	}
	shape, ok := n.writtenShape(k)
	if !ok {
		return
	}
	ints := k.Info().Int || n.Op.IsInteger()
	v := genTensor(t, shape, ints)
	if !v.IsUniform() && n.Op == OpConnect && k == PWeight || n.Op.IsInteger() && n.Out == nil {
		v = UniformInt(shape, 0)
	}
	switch k {
	case PTauSyn, PTauMem, PCMem:
		if n.Op == OpFixLIF {
			v = UniformInt(shape, int32(rapid.IntRange(1, 1<<20).Draw(t, "positive")))
		}
	case PRefractory, PDelay:
		v = v.Map(math.Abs)
	case PRefSteps, PDelaySteps, PDecayU, PDecayV:
		v = UniformInt(shape, int32(rapid.IntRange(0, 1).Draw(t, "small")))
	}
	n.Set(k, v)
}

// genTensor draws a tensor of a shape, uniform or not.
func genTensor(t *rapid.T, shape Shape, ints bool) Tensor {
	size := shape.Size()
	if shape == nil || rapid.Bool().Draw(t, "uniform") {
		size = 1
	}
	if ints {
		return Ints(shape, rapid.SliceOfN(rapid.Int32Range(-255, 255), size, size).Draw(t, "ints"))
	}
	data := make([]float64, size)
	for i := range data {
		data[i] = genFloat(t, "element")
	}
	return Floats(shape, data)
}

// genFloat draws a finite float64 of any bits, or one that people write.
func genFloat(t *rapid.T, name string) float64 {
	if rapid.Bool().Draw(t, "round") {
		return rapid.SampledFrom([]float64{0, 1, -1, 0.5, 20e-3, 1e-3, 100e-6, 1e-9, math.Copysign(0, -1), 5e-324, math.MaxFloat64, float64(float32(0.1))}).Draw(t, name)
	}
	for {
		x := math.Float64frombits(rapid.Uint64().Draw(t, name))
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			return x
		}
	}
}

func genShape(t *rapid.T, least int) Shape {
	if rapid.IntRange(0, 5).Draw(t, "known") == 0 {
		return nil
	}
	s := Shape{}
	for range rapid.IntRange(0, 3).Draw(t, "rank") {
		s = append(s, rapid.IntRange(least, 3).Draw(t, "dim"))
	}
	return s
}

func genMetas(t *rapid.T) []Meta {
	var list []Meta
	for range max(0, rapid.IntRange(-2, 2).Draw(t, "metas")) {
		m := Meta{Key: genString(t, "key"), Kind: MetaKind(rapid.IntRange(0, int(MetaBool)).Draw(t, "kind"))}
		if m.Kind == MetaString {
			m.Str = genString(t, "value")
		} else {
			shape := genShape(t, 0)
			m.T = genTensor(t, shape, rapid.Bool().Draw(t, "int"))
			if m.T.F != nil && m.T.Stored() > 0 && rapid.Bool().Draw(t, "odd") {
				odd := []float64{math.Inf(1), math.Inf(-1), math.NaN(), math.Float64frombits(0xfff8000000000123)}
				m.T.F[0] = rapid.SampledFrom(odd).Draw(t, "odd number")
			}
		}
		list = append(list, m)
	}
	return list
}

// genName draws names that are words, numbers, derived ones and odd ones.
func genName(t *rapid.T, name string) string {
	s := genString(t, name)
	if s == "" {
		return "empty"
	}
	return s
}

func genString(t *rapid.T, name string) string {
	if rapid.Bool().Draw(t, "plain") {
		return rapid.SampledFrom([]string{
			strings.Repeat("long", 60),
			"a", "b", "lif1.lif", "0", "1", "λ-nöde with space", "pop", "in", "output", "output#2", "a->b", "a->a", "b->a#2",
			"all-to-all", "fill", "quote\"and\\", "two\nlines", "x-", "-", ".", "/", "bad\xff", "\x00", "µ", "int", "meta",
		}).Draw(t, name)
	}
	return string(rapid.SliceOfN(rapid.Byte(), 0, 6).Draw(t, name))
}
