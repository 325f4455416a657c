package ir

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// soundText is a network with one node of each kind that the cases of
// TestVerify break. In it, discretize has decided everything.
const soundText = `network sound {
  dt 1ms
  discrete
  in x [2]
  pop n [2] cubalif {
    tau_syn 5ms, tau_mem 5ms, threshold 1
    integrator exp, reset zero, compare >, current new
  }
  proj d: x -> n dense [[1, 2], [3, 4]] { bias [1, 2] }
  proj s: n -> n delay 1 sparse { indptr [0, 1, 2], indices [0, 1], weight [1, 2] }
  proj r: x -> n indegree 1
  map c [1, 4, 4] -> [1, 3, 3] conv2d fill [1, 1, 2, 2] 1
  map p [1, 4, 4] -> [1, 2, 2] sumpool2d { kernel 2 }
  map f [1, 4, 4] -> [16] flatten
  proj q: n -> chip dense [[1, 2], [3, 4]] { format { bits 8, unit 64 } }
  pop chip [2] intlif { decay_bits 12, decay_u 1, decay_v 1, threshold 64, v_min -9, v_max 9 }
  proj w: n -> fix dense [[1, 2], [3, 4]] { format { bits 16, unit 1 } }
  pop fix [2] fixlif { tau_syn 3000, tau_mem 524288, c_mem 32768, threshold 9000, arith s1615, shift_exc 4 }
  graph g [2] -> [2] { discrete; dt 1ms; in x [2]; out x }
  out n
}`

func sound(t testing.TB) *Network {
	t.Helper()
	n, err := Parse("sound", []byte(strings.Replace(soundText, "indegree 1", "indegree 1 { weight 1 }", 1)), ParseOptions{})
	if err != nil {
		t.Fatal(messages(err))
	}
	forget(n)
	return n
}

// forget clears the origins, so that paths are names.
func forget(n *Network) {
	for i := range n.Nodes {
		n.Nodes[i].Origin = ""
		if sub := n.Nodes[i].Sub; sub != nil {
			forget(sub)
		}
	}
}

// TestVerify breaks a sound network in one place and looks for the code and
// the place.
func TestVerify(t *testing.T) {
	at := func(n *Network, name string) *Node { return n.Node(n.Lookup(name)) }
	for _, c := range []struct {
		name       string
		code, path string
		breaks     func(n *Network)
	}{
		{"id", codeNode, "n", func(n *Network) { at(n, "n").ID = 9 }},
		{"op", codeNode, "n", func(n *Network) { at(n, "n").Op = 200 }},
		{"no name", codeNode, "#1", func(n *Network) { n.Nodes[1].Name = "" }},
		{"same name", codeNode, "x", func(n *Network) { at(n, "n").Name = "x" }},
		{"origin", codeNode, "/node/nodes/n", func(n *Network) { at(n, "n").ID, at(n, "n").Origin = 7, "/node/nodes/n" }},
		{"zero dimension", codeShape, "x", func(n *Network) { at(n, "x").In = Shape{0} }},
		{"huge shape", codeShape, "x", func(n *Network) { at(n, "x").Out = Shape{1 << 20, 1 << 20, 1 << 40} }},
		{"many axes", codeShape, "x", func(n *Network) { at(n, "x").Out = make(Shape, 99) }},
		{"port changes shape", codeShape, "x", func(n *Network) { at(n, "x").Out = Shape{3} }},
		{"dense output", codeShape, "d", func(n *Network) { at(n, "d").Out = Shape{3} }},
		{"conv output", codeShape, "c", func(n *Network) { at(n, "c").Out = Shape{1, 3, 4} }},
		{"pool output", codeShape, "p", func(n *Network) { at(n, "p").Out = Shape{1, 2, 4} }},
		{"edge shapes", codeShape, "f", func(n *Network) { n.Connect(0, n.Lookup("f"), 0) }},
		{"graph port", codeShape, "g", func(n *Network) { at(n, "g").In = Shape{3} }},
		{"edge end", codeEdge, "", func(n *Network) { n.Edges[0].Dst = 99 }},
		{"edge start", codeEdge, "", func(n *Network) { n.Edges[0].Src = -1 }},
		{"edge delay", codeEdge, "d", func(n *Network) { n.Edges[0].Delay = -1 }},
		{"long delay", codeEdge, "d", func(n *Network) { n.Edges[0].Delay = math.MaxInt32 }},
		{"edge into input", codeEdge, "x", func(n *Network) { n.Connect(1, 0, 1) }},
		{"edge from output", codeEdge, "n", func(n *Network) { n.Connect(n.Lookup("output"), n.Lookup("n"), 1) }},
		{"missing parameter", codeParam, "n", func(n *Network) { at(n, "n").Unset(PTauSyn) }},
		{"foreign parameter", codeParam, "n", func(n *Network) { at(n, "n").Params[0].Key = PIndptr }},
		{"unknown parameter", codeParam, "n", func(n *Network) { at(n, "n").Params[0].Key = 250 }},
		{"order", codeParam, "n", func(n *Network) { p := at(n, "n").Params; p[0], p[1] = p[1], p[0] }},
		{"twice", codeParam, "n", func(n *Network) { p := at(n, "n").Params; p[1] = p[0] }},
		{"no storage", codeExtent, "n", func(n *Network) { at(n, "n").Set(PR, Tensor{Shape: Shape{2}}) }},
		{"both storages", codeExtent, "n", func(n *Network) { at(n, "n").Set(PR, Tensor{Shape{1}, []float64{1}, []int32{1}}) }},
		{"half stored", codeExtent, "d", func(n *Network) { at(n, "d").Set(PWeight, Floats(Shape{2, 2}, make([]float64, 3))) }},
		{"tensor shape", codeExtent, "n", func(n *Network) { at(n, "n").Set(PR, Uniform(Shape{-1}, 1)) }},
		{"per neuron", codeExtent, "n", func(n *Network) { at(n, "n").Set(PR, Floats(Shape{3}, make([]float64, 3))) }},
		{"bias", codeExtent, "d", func(n *Network) { at(n, "d").Set(PBias, Floats(Shape{3}, make([]float64, 3))) }},
		{"rank", codeExtent, "d", func(n *Network) { at(n, "d").Set(PWeight, Uniform(Shape{2}, 1)) }},
		{"synapses", codeExtent, "s", func(n *Network) { at(n, "s").Set(PWeight, Floats(Shape{3}, make([]float64, 3))) }},
		{"rule synapses", codeExtent, "r", func(n *Network) { at(n, "r").Set(PWeight, Floats(Shape{3}, make([]float64, 3))) }},
		{"float steps", codeExtent, "n", func(n *Network) { at(n, "n").Set(PRefSteps, Uniform(Shape{2}, 1)) }},
		{"float in intlif", codeExtent, "chip", func(n *Network) { at(n, "chip").Set(PVThreshold, Uniform(Shape{2}, 1)) }},
		{"nan", codeValue, "n", func(n *Network) { at(n, "n").Set(PR, Floats(Shape{2}, []float64{1, math.NaN()})) }},
		{"infinite", codeValue, "n", func(n *Network) { at(n, "n").Set(PR, Uniform(Shape{2}, math.Inf(1))) }},
		{"negative time", codeValue, "n", func(n *Network) { at(n, "n").Set(PRefractory, Uniform(Shape{2}, -1)) }},
		{"decay", codeValue, "chip", func(n *Network) { at(n, "chip").Set(PDecayU, UniformInt(Shape{2}, 4097)) }},
		{"no conv", codeAttr, "c", func(n *Network) { at(n, "c").Conv = nil }},
		{"no pool", codeAttr, "p", func(n *Network) { at(n, "p").Pool = nil }},
		{"no flatten", codeAttr, "f", func(n *Network) { at(n, "f").Flatten = nil }},
		{"no rule", codeAttr, "r", func(n *Network) { at(n, "r").Rule = nil }},
		{"no intlif", codeAttr, "chip", func(n *Network) { at(n, "chip").IntLIF = nil }},
		{"no sub", codeAttr, "g", func(n *Network) { at(n, "g").Sub = nil }},
		{"foreign conv", codeAttr, "n", func(n *Network) { at(n, "n").Conv = &Conv{} }},
		{"foreign neuron", codeAttr, "d", func(n *Network) { at(n, "d").Neuron.Reset = ResetZero }},
		{"foreign format", codeAttr, "n", func(n *Network) { at(n, "n").Q = &QFormat{} }},
		{"stride", codeAttr, "c", func(n *Network) { at(n, "c").Conv.Stride[1] = 0 }},
		{"groups", codeAttr, "c", func(n *Network) { at(n, "c").Conv.Groups = 0 }},
		{"padding", codeAttr, "c", func(n *Network) { at(n, "c").Conv.Padding[0] = math.MaxInt }},
		{"kernel", codeAttr, "p", func(n *Network) { at(n, "p").Pool.Kernel[0] = 0 }},
		{"in-degree", codeAttr, "r", func(n *Network) { at(n, "r").Rule.N = 3 }},
		{"probability", codeAttr, "r", func(n *Network) { at(n, "r").Rule.P = 0.5 }},
		{"reset", codeAttr, "n", func(n *Network) { at(n, "n").Neuron.Reset = 99 }},
		{"state bits", codeAttr, "n", func(n *Network) { at(n, "n").Neuron.StateBits = -1 }},
		{"no fixlif", codeAttr, "fix", func(n *Network) { at(n, "fix").FixLIF = nil }},
		{"foreign fixlif", codeAttr, "chip", func(n *Network) { at(n, "chip").FixLIF = &FixLIF{} }},
		{"no arithmetic", codeAttr, "fix", func(n *Network) { at(n, "fix").FixLIF.Arith = ArithUnset }},
		{"shift", codeAttr, "fix", func(n *Network) { at(n, "fix").FixLIF.ShiftInh = 16 }},
		{"no time", codeValue, "fix", func(n *Network) { at(n, "fix").Set(PTauMem, UniformInt(Shape{2}, 0)) }},
		{"long refractory", codeValue, "fix", func(n *Network) { at(n, "fix").Set(PRefSteps, UniformInt(Shape{2}, 1<<16)) }},
		{"bounds", codeAttr, "chip", func(n *Network) { at(n, "chip").IntLIF.VMin = 10 }},
		{"decay bits", codeAttr, "chip", func(n *Network) { at(n, "chip").IntLIF.DecayBits = 31 }},
		{"overflow", codeAttr, "q", func(n *Network) { at(n, "q").Q.Exp, at(n, "q").Q.Unit = 31, math.MinInt32 }},
		{"float mantissas", codeAttr, "q", func(n *Network) { at(n, "q").Set(PWeight, Uniform(Shape{2, 2}, 1)) }},
		{"indptr length", codeSparse, "s", func(n *Network) { at(n, "s").Set(PIndptr, Ints(Shape{2}, []int32{0, 2})) }},
		{"indptr falls", codeSparse, "s", func(n *Network) { at(n, "s").Set(PIndptr, Ints(Shape{3}, []int32{0, 3, 2})) }},
		{"indptr end", codeSparse, "s", func(n *Network) { at(n, "s").Set(PIndptr, Ints(Shape{3}, []int32{0, 1, 1})) }},
		{"indices range", codeSparse, "s", func(n *Network) { at(n, "s").Set(PIndices, Ints(Shape{2}, []int32{0, 2})) }},
		{"uniform indices range", codeSparse, "s", func(n *Network) { at(n, "s").Set(PIndices, UniformInt(Shape{2}, 2)) }},
		{"indices order", codeSparse, "s", func(n *Network) {
			at(n, "s").Set(PIndptr, Ints(Shape{3}, []int32{0, 2, 2}))
			at(n, "s").Set(PIndices, Ints(Shape{2}, []int32{1, 0}))
		}},
		{"no dt", codeDiscrete, "", func(n *Network) { n.DT = 0 }},
		{"negative dt", codeDiscrete, "", func(n *Network) { n.DT = -1 }},
		{"integrator open", codeDiscrete, "n", func(n *Network) { at(n, "n").Neuron.Integrator = IntegratorUnset }},
		{"compare open", codeDiscrete, "n", func(n *Network) { at(n, "n").Neuron.Compare = CompareUnset }},
		{"inner not discrete", codeDiscrete, "g", func(n *Network) { at(n, "g").Sub.Discrete = false }},
		{"cycle", codeCycle, "", func(n *Network) {
			for i := range n.Edges {
				n.Edges[i].Delay = 0
			}
		}},
		{"inner node", codeNode, "g/x", func(n *Network) { at(n, "g").Sub.Nodes[0].ID = 5 }},
		{"nested in itself", codeNesting, "g" + strings.Repeat("/g", MaxDepth), func(n *Network) { at(n, "g").Sub = n }},
		{"metadata kind", codeMeta, "n", func(n *Network) { at(n, "n").Meta = []Meta{{Kind: 77}} }},
		{"metadata", codeMeta, "", func(n *Network) { n.Meta = []Meta{{Kind: MetaInt}} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := sound(t)
			c.breaks(n)
			list := Verify(n)
			for _, d := range list {
				if d.Code == c.code && d.Path == c.path {
					return
				}
			}
			t.Errorf("no %s at %q in %s", c.code, c.path, messages(list.Err()))
		})
	}
	if l := Verify(nil); !l.HasErrors() {
		t.Error("no network is a good network")
	}
}

// TestVerifyAnything breaks good networks at random in several places: Verify
// must return, and what it accepts must print and read back.
func TestVerifyAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := genNetwork(t, 0, nil)
		for range rapid.IntRange(1, 4).Draw(t, "breaks") {
			damage(t, n)
		}
		if Verify(n).HasErrors() {
			return
		}
		m, err := Parse("damaged", []byte(printed(t, n, PrintOptions{})), ParseOptions{})
		if err != nil || !Equal(n, m) {
			t.Fatalf("does not read back: %v", err)
		}
	})
}

// damage changes one field of the network to any value of its type.
func damage(t *rapid.T, n *Network) {
	value := rapid.SampledFrom([]int{math.MinInt, -1, 0, 1, 2, 3, 5, 1 << 28, math.MaxInt32, math.MaxInt}).Draw(t, "value")
	if len(n.Nodes) == 0 {
		n.DT = math.Float64frombits(uint64(value))
		return
	}
	x := &n.Nodes[rapid.IntRange(0, len(n.Nodes)-1).Draw(t, "node")]
	other := n.Nodes[rapid.IntRange(0, len(n.Nodes)-1).Draw(t, "other")]
	switch rapid.IntRange(0, 12).Draw(t, "what") {
	case 0:
		x.Op = Op(value)
	case 1:
		x.In = Shape{value}
	case 2:
		x.Out = append(Shape{value}, x.Out...)
	case 3:
		x.In, x.Out = other.In, other.Out
	case 4:
		x.Params = other.Params
	case 5:
		x.Conv, x.Pool, x.Flatten, x.Rule, x.IntLIF, x.FixLIF, x.Q, x.Sub = other.Conv, other.Pool, other.Flatten, other.Rule, other.IntLIF, other.FixLIF, other.Q, other.Sub
	case 6:
		x.Op = other.Op
	case 7:
		x.Neuron, x.Name, x.ID = other.Neuron, other.Name, other.ID
	case 8:
		if x.Conv != nil {
			x.Conv.Padding[1], x.Conv.Dilation[0] = value, value
		}
		if x.Pool != nil {
			x.Pool.Kernel[0] = value
		}
		if x.Flatten != nil {
			x.Flatten.Start = value
		}
	case 9:
		n.Connect(NodeID(value), x.ID, int32(value))
	case 10:
		if x.Q != nil {
			x.Q.Exp, x.Q.Unit, x.Q.Scale = int8(value), int32(value), math.Float64frombits(uint64(value))
		}
	case 11:
		if len(x.Params) > 0 {
			p := &x.Params[rapid.IntRange(0, len(x.Params)-1).Draw(t, "param")]
			p.T.Shape = Shape{value}
		}
	case 12:
		if len(x.Params) > 0 {
			p := &x.Params[rapid.IntRange(0, len(x.Params)-1).Draw(t, "param")]
			p.T = Tensor{p.T.Shape, nil, p.T.I}
		}
	}
}
