package passes_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/quantize"
)

// TestLook checks that the products of kernels and what they see are the
// convolution, written out.
func TestLook(t *testing.T) {
	for _, c := range []struct{ stride, padding, dilation, rows, columns int }{{1, 0, 1, 4, 5}, {1, 1, 1, 4, 4}, {2, 1, 1, 6, 7}, {1, 1, 2, 5, 6}} {
		size := func(n int) int { return (n+2*c.padding-c.dilation*2-1)/c.stride + 1 }
		height, width := size(c.rows), size(c.columns)
		rng := rand.New(rand.NewPCG(1, uint64(c.stride)))
		w := make([]float64, 3*2*3*3)
		for i := range w {
			w[i] = rng.NormFloat64()
		}
		x := make([]float64, 2*c.rows*c.columns)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		node := &ir.Node{Name: "c", Op: ir.OpConv2d, In: ir.Shape{2, c.rows, c.columns}, Out: ir.Shape{3, height, width}, Conv: &ir.Conv{
			Input: [2]int{c.rows, c.columns}, Stride: [2]int{c.stride, c.stride}, Padding: [2]int{c.padding, c.padding},
			PadEnd: [2]int{c.padding, c.padding}, Dilation: [2]int{c.dilation, c.dilation}, Groups: 1,
		}}
		node.Set(ir.PWeight, ir.Floats(ir.Shape{3, 2, 3, 3}, w))
		seen, err := passes.Look(node, x)
		if err != nil || len(seen) != height*width {
			t.Fatalf("%+v: %d positions, %v", c, len(seen), err)
		}
		for o := range 3 {
			for p, cells := range seen {
				got, want := 0.0, 0.0
				for k, s := range cells {
					got += s * w[o*18+k]
				}
				for i := range 2 {
					for ky := range 3 {
						for kx := range 3 {
							y, z := p/width*c.stride-c.padding+ky*c.dilation, p%width*c.stride-c.padding+kx*c.dilation
							if y >= 0 && y < c.rows && z >= 0 && z < c.columns {
								want += w[((o*2+i)*3+ky)*3+kx] * x[(i*c.rows+y)*c.columns+z]
							}
						}
					}
				}
				if math.Abs(got-want) > 1e-9 {
					t.Fatalf("%+v: channel %d at position %d is %g, want %g", c, o, p, got, want)
				}
			}
		}
	}
}

// convolutional is two convolutions with a pool between them.
func convolutional(t testing.TB) *ir.Network {
	rng := rand.New(rand.NewPCG(6, 6))
	kernel := func(out, in int, mean, spread float64) string {
		var b strings.Builder
		for o := range out {
			fmt.Fprintf(&b, "%s[", strings.Repeat(", ", min(o, 1)))
			for i := range in {
				fmt.Fprintf(&b, "%s[", strings.Repeat(", ", min(i, 1)))
				for y := range 3 {
					fmt.Fprintf(&b, "%s[%.4f, %.4f, %.4f]", strings.Repeat(", ", min(y, 1)), mean+spread*rng.NormFloat64(), mean+spread*rng.NormFloat64(), mean+spread*rng.NormFloat64())
				}
				b.WriteString("]")
			}
			b.WriteString("]")
		}
		return "[" + b.String() + "]"
	}
	return parse(t, `network convolutional {
	dt 1ms
	in  image [2, 8, 8]
	pop a [6, 8, 8] lif { tau 6ms, r 6, threshold 1, reset zero }
	proj image -> a conv2d `+kernel(6, 2, 0.06, 0.2)+` { padding 1 }
	map pool [6, 8, 8] -> [6, 4, 4] sumpool2d { kernel 2, stride 2 }
	edge a -> pool
	pop b [4, 2, 2] lif { tau 8ms, r 8, threshold 1, reset zero }
	proj pool -> b conv2d `+kernel(4, 6, 0.02, 0.07)+`
	out b
}`)
}

// TestCalibratedConvolutions checks on unseen samples that few bits change
// fewer spikes with a calibration than rounded to nearest.
func TestCalibratedConvolutions(t *testing.T) {
	const steps = 30
	fill := func(k int, in eval.Stimulus) error {
		r, err := spike.New(steps, 128)
		if err != nil {
			return err
		}
		rng := rand.New(rand.NewPCG(uint64(k), 5))
		row, column := rng.IntN(8), rng.IntN(8)
		for s := range steps {
			for i := range 128 {
				if y, x := i/8%8, i%8; rng.Float64() < 0.05+0.5*math.Exp(-float64((y-row)*(y-row)+(x-column)*(x-column))/6) {
					r.Set(s, i)
				}
			}
		}
		in[0].Raster = r
		return nil
	}
	counts := func(n *ir.Network) [][]int {
		prog, err := eval.Compile(n)
		if err != nil {
			t.Fatal(err)
		}
		opt := eval.Options{Steps: steps, Probes: []eval.Probe{{Node: n.Lookup("b"), What: eval.Spikes}}}
		var out [][]int
		err = eval.RunBatch(context.Background(), prog, 40, 1, opt, func(k int, in eval.Stimulus) error { return fill(1000+k, in) },
			func(_ int, res *eval.Result) error {
				out = append(out, res.Recordings[0].Raster.Counts())
				return nil
			})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	ref := &passes.State{Net: convolutional(t)}
	if err := passes.Run(context.Background(), ref, passes.ToReference, passes.Hooks{}); err != nil {
		t.Fatal(err)
	}
	want := counts(ref.Net)
	for _, bits := range []quantize.Bits{3, 2} {
		var distance [2]float64
		for i, cal := range []*passes.Calibration{nil, {Samples: 60, Steps: steps, Fill: fill}} {
			s := &passes.State{Net: convolutional(t), Opt: passes.Options{Bits: bits, Calibration: cal}}
			if err := passes.QuantizeWeights(context.Background(), s); err != nil {
				t.Fatal(err)
			}
			for k, c := range counts(s.Net) {
				for j, x := range c {
					distance[i] += float64((x - want[k][j]) * (x - want[k][j]))
				}
			}
		}
		if distance[0] < 10 || distance[1] > 0.8*distance[0] {
			t.Errorf("%v bits: squared difference of the spike counts %g calibrated, %g to nearest", bits, distance[1], distance[0])
		}
	}
}
