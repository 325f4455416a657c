package eval

import (
	"strings"
	"testing"

	"github.com/synfire/synfire/ir"
)

// TestCompileErrors changes a network in one way at a time, beside what the
// verifier finds (of which one stands for all).
func TestCompileErrors(t *testing.T) {
	const scale, pop, ints = 1, 2, 3
	valid := func() *ir.Network {
		return chain(
			node1(ir.OpInput, 1, 1),
			with(node1(ir.OpScale, 1, 1), ir.PScale, ir.Uniform(ir.Shape{1}, 1)),
			counter(1, ir.ResetZero),
			intNeuron(ir.IntLIF{VMax: 1}),
		)
	}
	if _, err := Compile(valid()); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, want string
		edit       func(n *ir.Network)
	}{
		{"not verified", "E0203", func(n *ir.Network) { n.Edges[0].Dst = 9 }},
		{"continuous", "discretize pass", func(n *ir.Network) { n.Discrete = false }},
		{"nested", "flatten pass", func(n *ir.Network) {
			inner := network(node1(ir.OpInput, 1, 1), node1(ir.OpOutput, 1, 1))
			g := node1(ir.OpGraph, 1, 1)
			g.Sub = inner
			n.Add(g)
		}},
		{"no shape", "shapes pass", func(n *ir.Network) { n.Nodes[pop].In = nil }},
		{"refractory seconds", "discretize pass", func(n *ir.Network) { n.Nodes[pop] = number(n.Nodes[pop], ir.PRefractory, 1e-3) }},
		{"delay seconds", "discretize pass", func(n *ir.Network) { n.Nodes[scale] = number(n.Nodes[scale], ir.PDelay, 1e-3) }},
		{"wide accumulator", "acc_bits of 53", func(n *ir.Network) { n.Nodes[ints].IntLIF.AccBits = 53 }},
		{"wide current", "current_bits of 60", func(n *ir.Network) { n.Nodes[ints].IntLIF.CurrentBits = 60 }},
		{"wide potential", "53 bits", func(n *ir.Network) { n.Nodes[ints].IntLIF.VMax = 1 << 53 }},
		{"float weights to integers", "quantize pass", func(n *ir.Network) {
			n.Add(ir.Node{Name: "half", Op: ir.OpScale, In: ir.Shape{1}, Out: ir.Shape{1}})
			n.Nodes[4] = number(n.Nodes[4], ir.PScale, 0.5)
			n.Connect(pop, 4, 0)
			n.Connect(4, ints, 0)
		}},
		{"many edges to integers", "1024 input edges", func(n *ir.Network) {
			for range 1024 {
				n.Connect(pop, ints, 0)
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n := valid()
			test.edit(n)
			_, err := Compile(n)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
		})
	}
	if _, err := Compile(nil); err == nil {
		t.Error("no network is fine")
	}
}

// TestMemoryBound makes sure that a short file cannot ask for much memory:
// uniform tensors and delays are as large as they say only in a step.
func TestMemoryBound(t *testing.T) {
	const long = 1 << 20
	shape := ir.Shape{1 << 14}
	in := ir.Node{Name: "in", Op: ir.OpInput, In: shape, Out: shape}
	out := ir.Node{Name: "out", Op: ir.OpOutput, In: shape, Out: shape}
	edge := network(in, out)
	edge.Connect(0, 1, long)

	ring := ir.Node{Name: "delay", Op: ir.OpDelay, In: shape, Out: shape}
	ring.Set(ir.PDelaySteps, ir.UniformInt(shape, long))

	conv := ir.Node{Name: "conv", Op: ir.OpConv1d, In: ir.Shape{1, 1 << 14}, Out: ir.Shape{1 << 14, 1}}
	conv.Conv = &ir.Conv{Groups: 1, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}
	conv.Set(ir.PWeight, ir.Uniform(ir.Shape{1 << 14, 1, 1 << 14}, 1))
	image := ir.Node{Name: "image", Op: ir.OpInput, In: conv.In, Out: conv.In}

	for name, n := range map[string]*ir.Network{"edge": edge, "delay": chain(in, ring), "conv": chain(image, conv)} {
		if _, err := Compile(n); err == nil || !strings.Contains(err.Error(), "numbers in memory") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
