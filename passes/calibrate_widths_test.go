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

const unequalInputs, unequalSteps = 24, 30

// unequal is a network whose inputs differ in how often they spike (unequalFill)
// and, with feedback, in the size of their weights.
func unequal(t testing.TB) *ir.Network {
	rng := rand.New(rand.NewPCG(5, 6))
	matrix := func(rows, cols int, size float64) string {
		var all []string
		for range rows {
			var row []string
			for range cols {
				row = append(row, fmt.Sprintf("%.4f", size*(0.3+rng.NormFloat64())))
			}
			all = append(all, "["+strings.Join(row, ", ")+"]")
		}
		return "[" + strings.Join(all, ", ") + "]"
	}
	return parse(t, fmt.Sprintf(`network unequal {
	dt 1ms
	in x [%d]
	pop a [20] lif { tau 10ms, r 10, threshold 1, reset zero }
	proj x -> a dense %s
	proj a -> a delay 1 dense %s
	pop b [4] lif { tau 10ms, r 10, threshold 1, reset zero }
	proj a -> b dense %s
	out b
}`, unequalInputs, matrix(20, unequalInputs, 0.25), matrix(20, 20, 0.05), matrix(4, 20, 0.2)))
}

// unequalFill lets the first inputs spike often, the next seldom, the last never.
func unequalFill(k int, in eval.Stimulus) error {
	r, err := spike.New(unequalSteps, unequalInputs)
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(uint64(k), 9))
	for s := range unequalSteps {
		for i := range unequalInputs {
			if rng.Float64() < []float64{0.5, 0.1, 0.01, 0}[i/6] {
				r.Set(s, i)
			}
		}
	}
	in[0].Raster = r
	return nil
}

// unequalAt quantizes the network and returns the report, the network and how
// far its outputs are from those in float on other samples.
func unequalAt(t *testing.T, bits quantize.Bits) (*passes.Report, *ir.Network, float64) {
	t.Helper()
	counts := func(n *ir.Network) (out []int) {
		prog, err := eval.Compile(n)
		if err != nil {
			t.Fatal(err)
		}
		b := n.Lookup("b")
		err = eval.RunBatch(context.Background(), prog, 60, 0, eval.Options{Steps: unequalSteps, Probes: []eval.Probe{{Node: b, What: eval.Spikes}}},
			func(k int, in eval.Stimulus) error { return unequalFill(1000+k, in) },
			func(_ int, res *eval.Result) error {
				out = append(out, res.Recordings[0].Raster.Counts()...)
				return nil
			})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	float := &passes.State{Net: unequal(t)}
	if err := passes.Lower(context.Background(), float); err != nil {
		t.Fatal(err)
	}
	s := &passes.State{Net: unequal(t), Opt: passes.Options{Bits: bits, Calibration: &passes.Calibration{Samples: 60, Steps: unequalSteps, Fill: unequalFill}}}
	if err := passes.QuantizeWeights(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	distance := 0.0
	want := counts(float.Net)
	for i, x := range counts(s.Net) {
		distance += float64((x - want[i]) * (x - want[i]))
	}
	return &s.Report, s.Net, distance
}

// TestMeanWidths gives inputs widths of their own: no more bits than asked for,
// more for those that spike more and none for those that never do, weights that
// lie on the levels of their widths, and less lost than with as many bits for
// all.
func TestMeanWidths(t *testing.T) {
	report, net, mean := unequalAt(t, 1.99)
	stored := int64(0)
	for i := range report.Projections {
		p := &report.Projections[i]
		node := net.Node(net.Lookup(p.Name))
		w := node.P(ir.PWeight)
		checkLevels(t, p, w)
		stored += p.Stored(int64(w.Len())) - p.Overhead
		counted := int64(0)
		for _, x := range p.Inputs {
			counted += x.Inputs
		}
		if p.Bits != 1.99 || int(counted) != len(p.Widths) || len(p.Widths) != node.In.Size() {
			t.Errorf("%s: %+v", p.Name, p)
		}
		if p.Overhead < int64(len(p.Widths)) {
			t.Errorf("%s: %d bits say which of %d inputs has which width", p.Name, p.Overhead, len(p.Widths))
		}
	}
	weights := 20*(unequalInputs+20) + 4*20
	if most := int64(1.99 * float64(weights)); stored > most || stored < most*8/10 {
		t.Errorf("%d bits are stored, %d were to be used", stored, most)
	}
	of := report.Projections[0].Widths
	if report.Projections[0].Src != "x" {
		t.Fatal("the first projection is not that of the input")
	}
	sum := func(first int) (bits int) {
		for _, b := range of[first : first+6] {
			bits += b
		}
		return bits
	}
	if !(sum(0) > sum(6) && sum(6) > sum(12) && sum(18) == 0) {
		t.Errorf("widths %v do not follow how often inputs spike", of)
	}
	if _, _, uniform := unequalAt(t, 2); mean >= uniform {
		t.Errorf("with means the outputs are off by %g, with 2 bits for all by %g", mean, uniform)
	}
}

// checkLevels checks that the weights of an input are few multiples of the
// powers of two of their neuron's step.
func checkLevels(t *testing.T, p *passes.ProjectionReport, w ir.Tensor) {
	t.Helper()
	n := len(p.Widths)
	for j := range w.Len() / n {
		step := 0.0 // of the first input of one bit, whose weights are all one step
		for i, b := range p.Widths {
			x := math.Abs(w.At(j*n + i))
			switch {
			case b == 0 && x != 0:
				t.Fatalf("%s: a weight of no bits is %g", p.Name, x)
			case b == 1 && step == 0:
				step = x
			case b == 1:
				if e := math.Log2(x / step); math.Abs(e-math.Round(e)) > 1e-9 {
					t.Fatalf("%s: neuron %d has weights of one bit of %g and %g", p.Name, j, x, step)
				}
			}
		}
	}
}

// TestMeanWidthsRefused checks who cannot have widths by input, and what is said.
func TestMeanWidthsRefused(t *testing.T) {
	refused := func(n *ir.Network, opt passes.Options, want string) {
		t.Helper()
		err := passes.QuantizeWeights(context.Background(), &passes.State{Net: n, Opt: opt})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	refused(unequal(t), passes.Options{Bits: 1.5}, "need samples")
	refused(convolutional(t), passes.Options{Bits: 1.5, Calibration: &passes.Calibration{
		Samples: 2, Steps: 3, Fill: func(int, eval.Stimulus) error { return nil },
	}}, "cannot be a mean over its inputs")
}
