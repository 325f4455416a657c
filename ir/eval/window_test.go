package eval

import (
	"slices"
	"testing"

	"github.com/synfire/synfire/ir"
	"pgregory.net/rapid"
)

// drawWhole draws small whole numbers, whose sums are exact in any order.
func drawWhole(t *rapid.T, label string, n int) []float64 {
	x := rapid.SliceOfN(rapid.IntRange(-3, 3), n, n).Draw(t, label)
	out := make([]float64, n)
	for i := range x {
		out[i] = float64(x[i])
	}
	return out
}

func once(t *rapid.T, n ir.Node, x []float64) []float64 {
	in := ir.Node{Name: "in", Op: ir.OpInput, In: n.In, Out: n.In}
	var err error
	if n.Out, err = n.OutShape(n.In); err != nil {
		t.Skip(err.Error())
	}
	net := chain(in, n)
	p, err := Compile(net)
	if err != nil {
		t.Fatal(err)
	}
	s := p.NewState()
	for range 2 { // the second step must not see the first
		if err := s.Step([][]float64{x}); err != nil {
			t.Fatal(err)
		}
	}
	return s.Out(1)
}

func drawPair(t *rapid.T, label string, lo, hi int) [2]int {
	r := rapid.IntRange(lo, hi)
	return [2]int{r.Draw(t, label), r.Draw(t, label)}
}

// TestConv compares convolutions with the definition: every output sums over
// the whole kernel.
func TestConv(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups, ci, co := rapid.IntRange(1, 2).Draw(t, "groups"), rapid.IntRange(1, 2).Draw(t, "ci"), rapid.IntRange(1, 2).Draw(t, "co")
		size, kernel := drawPair(t, "size", 1, 6), drawPair(t, "kernel", 1, 3)
		c := &ir.Conv{
			Stride: drawPair(t, "stride", 1, 3), Padding: drawPair(t, "pad", 0, 2), PadEnd: drawPair(t, "end", 0, 2),
			Dilation: drawPair(t, "dilation", 1, 2), Groups: groups,
		}
		n := ir.Node{Name: "conv", Op: ir.OpConv2d, Conv: c, In: ir.Shape{groups * ci, size[0], size[1]}}
		weight := ir.Shape{groups * co, ci, kernel[0], kernel[1]}
		one := rapid.Bool().Draw(t, "one axis")
		if one {
			n.Op, n.In, weight = ir.OpConv1d, n.In[:2], weight[:3]
			size[1], kernel[1] = 1, 1
		}
		stored := rapid.SampledFrom([]int{1, weight.Size()}).Draw(t, "stored")
		n.Set(ir.PWeight, ir.Floats(weight, drawWhole(t, "w", stored)))
		n.Set(ir.PBias, ir.Floats(ir.Shape{groups * co}, drawWhole(t, "bias", groups*co)))
		x := drawWhole(t, "x", n.In.Size())
		got := once(t, n, x)

		out, err := n.OutShape(n.In)
		if err != nil {
			t.Fatal(err)
		}
		if one { // the second axis is a point
			out = ir.Shape{out[0], out[1], 1}
			c.Stride[1], c.Padding[1], c.Dilation[1] = 1, 0, 1
		}
		var want []float64
		for o := range out[0] {
			for oy := range out[1] {
				for ox := range out[2] {
					sum := n.P(ir.PBias).At(o)
					for i := range ci {
						for ky := range kernel[0] {
							for kx := range kernel[1] {
								y, x1 := oy*c.Stride[0]-c.Padding[0]+ky*c.Dilation[0], ox*c.Stride[1]-c.Padding[1]+kx*c.Dilation[1]
								if y < 0 || y >= size[0] || x1 < 0 || x1 >= size[1] {
									continue
								}
								w := n.P(ir.PWeight).At(((o*ci+i)*kernel[0]+ky)*kernel[1] + kx)
								sum += w * x[((o/co*ci+i)*size[0]+y)*size[1]+x1]
							}
						}
					}
					want = append(want, sum)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

// TestPool compares poolings with the definition; padding counts in a mean.
func TestPool(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size, p := drawPair(t, "size", 1, 6), &ir.Pool{}
		p.Kernel, p.Stride, p.Padding = drawPair(t, "kernel", 1, 3), drawPair(t, "stride", 1, 3), drawPair(t, "pad", 0, 2)
		n := ir.Node{Name: "pool", Op: ir.OpSumPool2d, Pool: p, In: ir.Shape{2, size[0], size[1]}}
		count := 1.0
		if rapid.Bool().Draw(t, "mean") {
			n.Op, count = ir.OpAvgPool2d, float64(p.Kernel[0]*p.Kernel[1])
		}
		x := drawWhole(t, "x", n.In.Size())
		got := once(t, n, x)
		out, err := n.OutShape(n.In)
		if err != nil {
			t.Fatal(err)
		}
		var want []float64
		for c := range out[0] {
			for oy := range out[1] {
				for ox := range out[2] {
					sum := 0.0
					for y := range size[0] {
						for x1 := range size[1] {
							dy, dx := y+p.Padding[0]-oy*p.Stride[0], x1+p.Padding[1]-ox*p.Stride[1]
							if dy >= 0 && dy < p.Kernel[0] && dx >= 0 && dx < p.Kernel[1] {
								sum += x[(c*size[0]+y)*size[1]+x1]
							}
						}
					}
					want = append(want, sum/count)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}
