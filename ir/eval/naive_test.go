package eval

import (
	"fmt"
	"slices"
	"testing"

	"github.com/synfire/synfire/ir"
	"pgregory.net/rapid"
)

// width is the size of all nodes in the random networks.
const width = 3

// naive executes a network of OpInput, OpDense, OpScale, OpDelay, OpSparse and
// OpLIF the slow way: it keeps all outputs of all steps, and every map is a
// product with all its weights, zeros included.
type naive struct {
	n    *ir.Network
	out  [][][]float64 // by step, node, neuron
	in   [][][]float64 // summed inputs, likewise
	v    [][]float64   // by node, neuron
	wait [][]int
}

func newNaive(n *ir.Network) *naive {
	s := &naive{n: n, v: make([][]float64, len(n.Nodes)), wait: make([][]int, len(n.Nodes))}
	for i := range n.Nodes {
		s.v[i], s.wait[i] = make([]float64, width), make([]int, width)
	}
	return s
}

func (s *naive) step(order []ir.NodeID, external []float64) {
	t := len(s.out)
	s.out, s.in = append(s.out, make([][]float64, len(s.n.Nodes))), append(s.in, make([][]float64, len(s.n.Nodes)))
	for _, id := range order {
		x := make([]float64, width)
		for _, e := range s.n.Edges {
			if e.Dst != id || t < int(e.Delay) {
				continue
			}
			for j := range x {
				x[j] += s.out[t-int(e.Delay)][e.Src][j]
			}
		}
		if s.n.Node(id).Op == ir.OpInput {
			x = external
		}
		s.in[t][id] = x
		s.out[t][id] = make([]float64, width)
		for j := range width {
			s.out[t][id][j] = s.output(t, s.n.Node(id), j)
		}
	}
}

func (s *naive) output(t int, n *ir.Node, j int) float64 {
	x := s.in[t][n.ID]
	switch n.Op {
	case ir.OpDense:
		y := n.P(ir.PBias).At(j)
		for i := range width {
			y += float64(n.P(ir.PWeight).At(j*width+i) * x[i])
		}
		return y
	case ir.OpScale:
		return x[j] * n.P(ir.PScale).At(j)
	case ir.OpDelay:
		if past := t - int(n.P(ir.PDelaySteps).At(j)); past >= 0 {
			return s.in[past][n.ID][j]
		}
		return 0
	case ir.OpSparse:
		return s.sparse(t, n, j)
	case ir.OpLIF:
		return s.lif(n, j, x[j])
	}
	return x[j]
}

// sparse adds what arrives at target j in step t, older steps first.
func (s *naive) sparse(t int, n *ir.Node, j int) float64 {
	y := n.P(ir.PBias).At(j)
	for past := range t + 1 {
		for i := range width {
			for k := n.P(ir.PIndptr).I[i]; k < n.P(ir.PIndptr).I[i+1]; k++ {
				due := past + int(n.P(ir.PDelaySteps).At(int(k)))
				if due == t && int(n.P(ir.PIndices).I[k]) == j {
					y += float64(s.in[past][n.ID][i] * n.P(ir.PWeight).At(int(k)))
				}
			}
		}
	}
	return y
}

func (s *naive) lif(n *ir.Node, j int, x float64) float64 {
	if s.wait[n.ID][j] > 0 {
		s.wait[n.ID][j]--
		return 0
	}
	a := 1 - s.n.DT/n.P(ir.PTau).At(j)
	v := float64(a*s.v[n.ID][j]) + float64(s.n.DT/n.P(ir.PTau).At(j)*n.P(ir.PR).At(j)*x)
	s.v[n.ID][j] = v
	if v > n.P(ir.PVThreshold).At(j) {
		s.v[n.ID][j] = 0
		s.wait[n.ID][j] = int(n.P(ir.PRefSteps).At(j))
		return 1
	}
	return 0
}

func drawTensor(t *rapid.T, label string, n int, lo, hi float64) ir.Tensor {
	size := rapid.SampledFrom([]int{1, n}).Draw(t, label+" stored")
	return ir.Floats(ir.Shape{n}, rapid.SliceOfN(rapid.Float64Range(lo, hi), size, size).Draw(t, label))
}

func drawSteps(t *rapid.T, label string, n, most int) ir.Tensor {
	size := rapid.SampledFrom([]int{1, n}).Draw(t, label+" stored")
	return ir.Ints(ir.Shape{n}, rapid.SliceOfN(rapid.Int32Range(0, int32(most)), size, size).Draw(t, label))
}

func drawNode(t *rapid.T) ir.Node {
	op := rapid.SampledFrom([]ir.Op{ir.OpDense, ir.OpScale, ir.OpDelay, ir.OpSparse, ir.OpLIF}).Draw(t, "op")
	n := node1(op, width, width)
	switch op {
	case ir.OpDense:
		w := drawTensor(t, "w", width*width, -1, 1)
		w.Shape = ir.Shape{width, width}
		n.Set(ir.PWeight, w)
		n.Set(ir.PBias, drawTensor(t, "bias", width, -1, 1))
	case ir.OpScale:
		n.Set(ir.PScale, drawTensor(t, "scale", width, -1, 1))
	case ir.OpDelay:
		n.Set(ir.PDelaySteps, drawSteps(t, "delay", width, 4))
	case ir.OpSparse:
		const nnz = 5
		ptr := rapid.SliceOfN(rapid.Int32Range(0, nnz), width-1, width-1).Draw(t, "ptr")
		slices.Sort(ptr)
		ptr = append(append([]int32{0}, ptr...), nnz)
		n.Set(ir.PIndptr, ir.Ints(ir.Shape{width + 1}, ptr))
		target := rapid.SliceOfN(rapid.Int32Range(0, width-1), nnz, nnz).Draw(t, "target")
		for i := range width {
			slices.Sort(target[ptr[i]:ptr[i+1]])
		}
		n.Set(ir.PIndices, ir.Ints(ir.Shape{nnz}, target))
		n.Set(ir.PWeight, drawTensor(t, "w", nnz, -1, 1))
		if rapid.Bool().Draw(t, "delays") {
			n.Set(ir.PDelaySteps, drawSteps(t, "delay", nnz, 4))
		}
		n.Set(ir.PBias, drawTensor(t, "bias", width, -1, 1))
	case ir.OpLIF:
		n.Set(ir.PTau, drawTensor(t, "tau", width, 2e-3, 20e-3))
		n.Set(ir.PR, drawTensor(t, "r", width, 1, 20))
		n.Set(ir.PVThreshold, drawTensor(t, "threshold", width, 0.1, 1))
		n.Set(ir.PRefSteps, drawSteps(t, "refractory", width, 3))
		n.Neuron = ir.Neuron{Integrator: ir.Euler, Reset: ir.ResetZero, Compare: ir.Greater}
	}
	return n
}

// drawNetwork draws a network of one input and up to six nodes, any of which
// may read any other; edges that do not lead forward are delayed.
func drawNetwork(t *rapid.T) *ir.Network {
	n := network(node1(ir.OpInput, width, width))
	for i := range rapid.IntRange(1, 6).Draw(t, "nodes") {
		node := drawNode(t)
		node.Name = fmt.Sprintf("%s %d", node.Op, i)
		n.Add(node)
	}
	for range rapid.IntRange(1, 12).Draw(t, "edges") {
		src := rapid.IntRange(0, len(n.Nodes)-1).Draw(t, "src")
		dst := rapid.IntRange(1, len(n.Nodes)-1).Draw(t, "dst")
		least := 0
		if src >= dst {
			least = 1
		}
		n.Connect(ir.NodeID(src), ir.NodeID(dst), int32(rapid.IntRange(least, 4).Draw(t, "delay")))
	}
	return n
}

// TestAgainstNaive compares random networks with the naive execution, for
// binary and for real inputs, to the bit.
func TestAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNetwork(t)
		p, err := Compile(n)
		if err != nil {
			t.Fatal(err)
		}
		order, err := n.Order()
		if err != nil {
			t.Fatal(err)
		}
		value := rapid.Float64Range(-2, 2)
		if rapid.Bool().Draw(t, "binary") {
			value = rapid.Map(rapid.Bool(), func(b bool) float64 {
				if b {
					return 1
				}
				return 0
			})
		}
		slow, fast := newNaive(n), p.NewState()
		for step := range 12 {
			row := rapid.SliceOfN(value, width, width).Draw(t, "x")
			slow.step(order, row)
			if err := fast.Step([][]float64{row}); err != nil {
				t.Fatal(err)
			}
			for i := range n.Nodes {
				if got, want := fast.Out(ir.NodeID(i)), slow.out[step][i]; !slices.Equal(got, want) {
					t.Fatalf("step %d, node %d (%s): %v, want %v", step, i, n.Nodes[i].Op, got, want)
				}
			}
		}
	})
}
