package nir

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/synfire/synfire/internal/hdf5"
	"github.com/synfire/synfire/ir"
)

// between returns input -> middle -> lif -> output, where middle maps [in] to
// [out].
func between(middle ir.Node, in, out int) *ir.Network {
	n := &ir.Network{DT: 1e-3}
	a := n.Add(ir.Node{Name: "input", Op: ir.OpInput, In: ir.Shape{in}, Out: ir.Shape{in}})
	middle.Name, middle.In, middle.Out = "map", ir.Shape{in}, ir.Shape{out}
	b := n.Add(middle)
	cells := population("pop", out, 0.02, 1)
	c := n.Add(cells)
	d := n.Add(ir.Node{Name: "z", Op: ir.OpOutput, In: ir.Shape{out}, Out: ir.Shape{out}})
	n.Connect(a, b, 0)
	n.Connect(b, c, 0)
	n.Connect(c, d, 0)
	return n
}

// reread writes a network and reads it back.
func reread(t *testing.T, n *ir.Network) *ir.Network {
	t.Helper()
	data, _ := encode(t, n)
	root, err := hdf5.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	back, _, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// TestWriteSparse checks that sparse connections become the matrix that they
// stand for.
func TestWriteSparse(t *testing.T) {
	sparse := ir.Node{Op: ir.OpSparse}
	sparse.Set(ir.PIndptr, ir.Ints(ir.Shape{4}, []int32{0, 2, 2, 3}))
	sparse.Set(ir.PIndices, ir.Ints(ir.Shape{3}, []int32{0, 1, 1}))
	sparse.Set(ir.PWeight, ir.Floats(ir.Shape{3}, []float64{5, 6, 7}))
	back := reread(t, between(sparse, 3, 2))
	w := back.Node(back.Lookup("map")).P(ir.PWeight)
	if want := ir.Floats(ir.Shape{2, 3}, []float64{5, 0, 0, 6, 0, 7}); !w.Equal(want) {
		t.Errorf("matrix %v, want %v", w, want)
	}
}

// TestWriteRule checks rules: the in-degree of the matrix, and that one-to-one
// becomes a Scale.
func TestWriteRule(t *testing.T) {
	rule := ir.Node{Op: ir.OpConnect, Rule: &ir.Rule{Kind: ir.RuleInDegree, N: 3, Seed: 9}}
	rule.Set(ir.PWeight, ir.Uniform(ir.Shape{}, 0.5))
	back := reread(t, between(rule, 8, 5))
	w := back.Node(back.Lookup("map")).P(ir.PWeight)
	for row := range 5 {
		sum := 0.0
		for col := range 8 {
			sum += w.At(8*row + col)
		}
		if sum != 1.5 {
			t.Errorf("row %d adds up to %g, want 3 synapses of 0.5", row, sum)
		}
	}
	rule.Rule = &ir.Rule{Kind: ir.RuleOneToOne}
	back = reread(t, between(rule, 4, 4))
	if node := back.Node(back.Lookup("map")); node.Op != ir.OpScale || node.P(ir.PScale).At(3) != 0.5 {
		t.Errorf("one-to-one became %s", node.Op)
	}
}

// TestWriteDelays checks delays of projections and of edges, and that the step
// of a cycle is not written.
func TestWriteDelays(t *testing.T) {
	fc := ir.Node{Op: ir.OpDense}
	fc.Set(ir.PWeight, ir.Uniform(ir.Shape{2, 2}, 1))
	fc.Set(ir.PDelay, ir.Uniform(ir.Shape{2}, 0.25))
	n := between(fc, 2, 2)
	n.Edges[2].Delay = 4                           // pop -> z
	n.Connect(n.Lookup("pop"), n.Lookup("map"), 1) // the only delay of its cycle
	n.Nodes[1].Params = slices.Clone(n.Nodes[1].Params)
	back := reread(t, n)
	var delays []float64
	for i := range back.Nodes {
		if back.Nodes[i].Op == ir.OpDelay {
			delays = append(delays, back.Nodes[i].P(ir.PDelay).At(0))
		}
	}
	slices.Sort(delays)
	if !slices.Equal(delays, []float64{0.004, 0.25}) {
		t.Errorf("delays %v s, want 0.004 of the edge and 0.25 of the projection", delays)
	}
	if !slices.Contains(back.Edges, ir.Edge{Src: back.Lookup("pop"), Dst: back.Lookup("map")}) {
		t.Error("the edge that closes the cycle is not direct")
	}
}

// TestWriteAttributes checks what NIR keeps in metadata only.
func TestWriteAttributes(t *testing.T) {
	fc := ir.Node{Op: ir.OpDense}
	fc.Set(ir.PWeight, ir.Floats(ir.Shape{2, 1}, []float64{0.1, 0.5}))
	n := between(fc, 1, 2)
	pop := n.Node(n.Lookup("pop"))
	pop.Neuron = ir.Neuron{Integrator: ir.Exp, Reset: ir.ResetSubtract, Compare: ir.GreaterEqual, Current: ir.CurrentOld, StateBits: 12}
	pop.Set(ir.PV0, ir.Floats(ir.Shape{2}, []float64{0.5, 0.25}))
	pop.Set(ir.PVMin, ir.Uniform(ir.Shape{2}, -1))
	pop.Set(ir.PRefractory, ir.Uniform(ir.Shape{2}, 0.002))
	pop.Set(ir.PRefSteps, ir.UniformInt(ir.Shape{2}, 2))
	back := reread(t, n)
	got := back.Node(back.Lookup("pop"))
	if back.DT != 1e-3 || got.Neuron != pop.Neuron || len(got.Meta) != 0 {
		t.Errorf("dt %g, attributes %+v, metadata %v", back.DT, got.Neuron, got.Meta)
	}
	for _, p := range metaParams {
		if !got.P(p).Equal(pop.P(p)) {
			t.Errorf("%s = %v, want %v", p, got.P(p), pop.P(p))
		}
	}
	data, _ := encode(t, n)
	root, err := hdf5.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	nodes := root.Group("node").Group("nodes")
	if w := nodes.Group("map").Dataset("weight"); w.Bits != 64 {
		t.Errorf("0.1 is stored in %d bits", w.Bits)
	}
	if r := nodes.Group("pop").Dataset("r"); r.Bits != 32 || !slices.Equal(r.Shape, []int{2}) {
		t.Errorf("r is stored in %d bits and shape %v, want single precision and full shape", r.Bits, r.Shape)
	}
}

// TestWriteMeta checks user metadata of every kind, nested, and keys that
// cannot be stored.
func TestWriteMeta(t *testing.T) {
	n := &ir.Network{Meta: []ir.Meta{
		{Key: "a", Str: "tëxt"},
		{Key: "deep/er/b", Kind: ir.MetaBool, T: ir.Uniform(ir.Shape{}, 1)},
		{Key: "deep/er/f", Kind: ir.MetaFloat, T: ir.Floats(ir.Shape{2}, []float64{0.1, 2})},
		{Key: "deep/i", Kind: ir.MetaInt, T: ir.Uniform(ir.Shape{}, 1<<40)},
		{Key: "deep/none", Kind: ir.MetaFloat, T: ir.Floats(ir.Shape{0}, []float64{})},
	}}
	id := n.Add(ir.Node{Name: "input", Op: ir.OpInput, In: ir.Shape{1}, Out: ir.Shape{1}})
	n.Connect(id, n.Add(ir.Node{Name: "output", Op: ir.OpOutput, In: ir.Shape{1}, Out: ir.Shape{1}}), 0)
	testRoundTrip(t, n)

	n.Meta = []ir.Meta{{Key: "a", Str: "1"}, {Key: "a/b", Str: "2"}, {Key: "c//d", Str: "3"}}
	_, diags := encode(t, n)
	if len(diags) != 2 {
		t.Errorf("diagnostics %v, want one each for a/b and c//d", diags)
	}
}

// TestWriteRefuses lists what NIR cannot say.
func TestWriteRefuses(t *testing.T) {
	dense := func(t ir.Tensor) ir.Node {
		n := ir.Node{Op: ir.OpDense}
		n.Set(ir.PWeight, t)
		return n
	}
	ones := ir.Uniform(ir.Shape{2, 2}, 1)
	quantized := between(dense(ir.UniformInt(ir.Shape{2, 2}, 3)), 2, 2)
	quantized.Nodes[1].Q = &ir.QFormat{Bits: 8, Unit: 1, Scale: 1}
	slash := between(dense(ones), 2, 2)
	slash.Nodes[2].Name = "a/b"
	open := between(dense(ones), 2, 2)
	open.Nodes[2].In, open.Nodes[2].Out = nil, nil
	open.Edges = open.Edges[:1]
	late := between(dense(ones), 2, 2)
	late.DT, late.Edges[1].Delay = 0, 3
	big := ir.Node{Op: ir.OpConnect, Rule: &ir.Rule{Kind: ir.RuleInDegree, N: 1}}
	big.Set(ir.PWeight, ir.Uniform(ir.Shape{}, 1))
	conv := ir.Node{Op: ir.OpConv1d, Conv: &ir.Conv{
		Input: [2]int{4, 0}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Padding: [2]int{2, 0}, PadEnd: [2]int{0, 0}, Groups: 1,
	}}
	conv.Set(ir.PWeight, ir.Uniform(ir.Shape{1, 1, 3}, 1))
	padded := &ir.Network{}
	padded.Add(conv)
	padded.Nodes[0].Name, padded.Nodes[0].In, padded.Nodes[0].Out = "c", ir.Shape{1, 4}, ir.Shape{1, 4}
	broken := between(dense(ones), 2, 2)
	broken.Nodes[2].ID = 7
	tests := []struct {
		name, want string
		net        *ir.Network
	}{
		{"quantized", "is quantized", quantized},
		{"slash", "meaning in HDF5", slash},
		{"shapes", "shape of \"pop\" is not known", open},
		{"steps without dt", "time step is not known", late},
		{"large", "above the bound", between(big, 10000, 10000)},
		{"padding", "no padding of [2] cells", padded},
		{"not verified", "has id 7", broken},
	}
	for _, tt := range tests {
		var buf bytes.Buffer
		diags, err := Write(&buf, tt.net)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !diags.HasErrors() {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
		if buf.Len() > 0 {
			t.Errorf("%s: %d bytes were written all the same", tt.name, buf.Len())
		}
	}
}

func BenchmarkWriteRead(b *testing.B) {
	fc := ir.Node{Op: ir.OpDense}
	weights := make([]float64, 512*512)
	for i := range weights {
		weights[i] = float64(i)
	}
	fc.Set(ir.PWeight, ir.Floats(ir.Shape{512, 512}, weights))
	n := between(fc, 512, 512)
	data, _ := encode(b, n)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Write(io.Discard, n); err != nil {
			b.Fatal(err)
		}
		root, err := hdf5.Read(data)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := Read(root); err != nil {
			b.Fatal(err)
		}
	}
}
