package ir_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/synfire/synfire/ir"
	"pgregory.net/rapid"
)

// windowNet is input -> [pool] -> conv -> lif, lowered by hand.
func windowNet(t *rapid.T) (*ir.Network, *ir.Projection) {
	n := &ir.Network{DT: 1e-3, Discrete: true}
	g := rapid.IntRange(1, 2).Draw(t, "groups")
	ci, co := g*rapid.IntRange(1, 2).Draw(t, "ci"), g*rapid.IntRange(1, 3).Draw(t, "co")
	shape := ir.Shape{ci, rapid.IntRange(4, 9).Draw(t, "h"), rapid.IntRange(4, 9).Draw(t, "w")}
	p := ir.Projection{Src: n.Add(ir.Node{Name: "in", Op: ir.OpInput, In: shape, Out: shape})}
	last := p.Src
	add := func(node ir.Node) {
		node.In = shape
		out, err := node.OutShape(shape)
		if err != nil {
			t.Skip(err)
		}
		node.Out, shape = out, out
		id := n.Add(node)
		n.Connect(last, id, 0)
		p.Maps, last = append(p.Maps, id), id
	}
	if rapid.Bool().Draw(t, "pool") {
		k := rapid.IntRange(1, 3).Draw(t, "pk")
		add(ir.Node{Name: "pool", Op: ir.OpSumPool2d, Pool: &ir.Pool{Kernel: [2]int{k, 2}, Stride: [2]int{rapid.IntRange(1, 3).Draw(t, "ps"), 2}, Padding: [2]int{rapid.IntRange(0, 1).Draw(t, "pp"), 0}}})
	}
	kh, kw := rapid.IntRange(1, 3).Draw(t, "kh"), rapid.IntRange(1, 3).Draw(t, "kw")
	w := make([]float64, co*ci/g*kh*kw)
	for i := range w {
		w[i] = float64(i + 1)
	}
	conv := ir.Node{Name: "conv", Op: ir.OpConv2d, Conv: &ir.Conv{
		Stride:   [2]int{rapid.IntRange(1, 3).Draw(t, "sh"), rapid.IntRange(1, 2).Draw(t, "sw")},
		Padding:  [2]int{rapid.IntRange(0, 2).Draw(t, "ph"), rapid.IntRange(0, 1).Draw(t, "pw")},
		Dilation: [2]int{rapid.IntRange(1, 2).Draw(t, "dh"), 1}, Groups: g,
	}}
	conv.Conv.PadEnd = conv.Conv.Padding
	conv.Set(ir.PWeight, ir.Floats(ir.Shape{co, ci / g, kh, kw}, w))
	add(conv)
	p.Dst = n.Add(ir.Node{Name: "lif", Op: ir.OpLIF, In: shape, Out: shape})
	n.Connect(last, p.Dst, 0)
	return n, &p
}

// TestConnectorInIsOutTransposed checks that listing synapses by source and
// by target gives the same multiset.
func TestConnectorInIsOutTransposed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, p := windowNet(t)
		c, err := ir.NewConnector(n, p)
		if err != nil {
			t.Fatal(err)
		}
		var byOut, byIn []string
		for i := range n.Node(p.Src).Out.Size() {
			c.Out(i, func(o int, k int32) { byOut = append(byOut, fmt.Sprint(i, o, k)) })
		}
		for o := range n.Node(p.Dst).Out.Size() {
			c.In(o, func(i int, k int32) { byIn = append(byIn, fmt.Sprint(i, o, k)) })
		}
		slices.Sort(byOut)
		slices.Sort(byIn)
		if !slices.Equal(byOut, byIn) {
			t.Fatalf("%d synapses by source, %d by target", len(byOut), len(byIn))
		}
		if len(byOut) == 0 {
			t.Skip("no synapse")
		}
	})
}

// TestConnectorConvMatchesTheDefinition recomputes a small convolution from
// its defining sum.
func TestConnectorConvMatchesTheDefinition(t *testing.T) {
	n := &ir.Network{}
	in := ir.Shape{1, 3, 3}
	conv := ir.Node{Name: "c", Op: ir.OpConv2d, In: in, Conv: &ir.Conv{Stride: [2]int{1, 1}, Padding: [2]int{1, 1}, PadEnd: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1}}
	conv.Set(ir.PWeight, ir.Floats(ir.Shape{1, 1, 3, 3}, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}))
	conv.Out, _ = conv.OutShape(in)
	src := n.Add(ir.Node{Name: "in", Op: ir.OpInput, In: in, Out: in})
	id := n.Add(conv)
	dst := n.Add(ir.Node{Name: "p", Op: ir.OpLIF, In: conv.Out, Out: conv.Out})
	n.Connect(src, id, 0)
	n.Connect(id, dst, 2)
	ps, err := n.Projections()
	if err != nil || len(ps) != 1 {
		t.Fatalf("projections: %v %v", ps, err)
	}
	c, err := ir.NewConnector(n, &ps[0])
	if err != nil {
		t.Fatal(err)
	}
	// Output (0,0) reads input (r,c) with the kernel's entry (r+1,c+1).
	got := map[int]float64{}
	c.In(0, func(src int, k int32) { got[src] = c.W.At(int(k)) })
	want := map[int]float64{0: 5, 1: 6, 3: 8, 4: 9}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("output 0 reads %v, want %v", got, want)
	}
	if d := c.Delay(0, 0, 0); d != 2 {
		t.Fatalf("delay %d, want 2", d)
	}
}
