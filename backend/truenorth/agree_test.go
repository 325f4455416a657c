package truenorth_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/truenorth"
	"github.com/synfire/synfire/frontend"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/quantize"
	"github.com/synfire/synfire/runner"
)

// compile takes a network through all passes.
func compile(t testing.TB, n *ir.Network, opt passes.Options) *passes.State {
	t.Helper()
	s := &passes.State{Net: n, Target: truenorth.Target{}, Opt: opt}
	if err := passes.Run(context.Background(), s, passes.ToImage, passes.Hooks{}); err != nil {
		t.Fatal(err)
	}
	if !s.Report.Fit.Fits {
		t.Fatalf("does not fit: %+v", s.Report.Fit.Violations)
	}
	return s
}

// rasters runs all samples and returns the spikes of each population.
func rasters(t testing.TB, m runner.Machine, d *runner.Data) []map[string]*spike.Raster {
	t.Helper()
	var out []map[string]*spike.Raster
	err := m.Run(context.Background(), d, runner.Options{}, func(k int, s *runner.Sample) error {
		row := map[string]*spike.Raster{}
		for _, r := range s.Spikes {
			c := *r.Raster
			c.Words = slices.Clone(c.Words)
			row[r.Name] = &c
		}
		out = append(out, row)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// requireAgreement compares the emulated bytes with the interpreter on the
// quantized network, spike for spike, and returns how many spikes there were.
func requireAgreement(t testing.TB, s *passes.State, d *runner.Data) int {
	t.Helper()
	data, err := s.Target.Encode(s.Net, s.Map, s.Opt.Target)
	if err != nil {
		t.Fatal(err)
	}
	chip, err := runner.LoadTruenorth(data)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := runner.NewReference(s.Net)
	if err != nil {
		t.Fatal(err)
	}
	want, got := rasters(t, ref, d), rasters(t, chip, d)
	total := 0
	for k := range want {
		for name, w := range want[k] {
			n, step, i, err := spike.Diff(w, got[k][name])
			if err != nil || n > 0 {
				t.Fatalf("sample %d, %s: %d spikes differ, first in step %d, neuron %d (interpreter %v) %v", k, name, n, step, i, w.Get(max(step, 0), max(i, 0)), err)
			}
			total += w.Count()
		}
	}
	return total
}

var wholeSet = flag.Bool("whole", false, "run all 10,000 test digits where 200 are the default")

// digits opens MNIST images of the conformance data, 32 steps each.
func digits(t testing.TB, file string, limit int) *runner.Data {
	t.Helper()
	d, err := runner.OpenData([]runner.Port{{Name: "input", Size: 784}},
		[]string{testenv.Shared(t, "data/mnist/"+file)}, spike.Options{Encode: "if", Steps: 32, Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestTrainedNetworkEqualsInterpreter compares all spikes of both layers over
// 200 test digits x 32 ticks (with -whole over all 10,000), with ternary
// weights and wider ones, on large cores and, through relays, on 256 x 256.
func TestTrainedNetworkEqualsInterpreter(t *testing.T) {
	n, _, err := frontend.Open(testenv.Shared(t, "nets/mlp_mnist_if.nir"), frontend.Options{})
	if err != nil {
		t.Fatal(err)
	}
	large := backend.Options{CoreAxons: 4096, CoreNeurons: 2048}
	for _, c := range []struct {
		name string
		opt  passes.Options
	}{
		{"ternary", passes.Options{Bits: 2, Target: large}},
		{"3 bits", passes.Options{Bits: 3, Target: large}},
		{"4 bits", passes.Options{Bits: 4, Target: large}},
		{"ternary, 256 x 256", passes.Options{Bits: 2, AllowApproximate: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			limit := 200
			if *wholeSet {
				limit = 0
			}
			c.opt.Calibration = digits(t, "train5000-images-idx3-ubyte.gz", 0).Calibration(200)
			s := compile(t, n, c.opt)
			d := digits(t, "t10k-images-idx3-ubyte.gz", limit)
			total := requireAgreement(t, s, d)
			if total == 0 {
				t.Error("no spike was compared")
			}
			t.Logf("%d digits, %d cores, %d spikes equal", d.Samples, len(s.Map.Cores), total)
		})
	}
}

// randomIF is a random network of integrate-and-fire neurons.
func randomIF(rng *rand.Rand) *ir.Network {
	n := &ir.Network{Name: "random", DT: 1e-3}
	last := n.Add(ir.Node{Name: "x", Op: ir.OpInput, Out: ir.Shape{2, 5, 5}})
	shape := ir.Shape{2, 5, 5}
	for k := range 1 + rng.IntN(3) {
		var m ir.Node
		if len(shape) == 3 && rng.IntN(2) == 0 {
			co := 1 + rng.IntN(3)
			m = ir.Node{Op: ir.OpConv2d, Conv: &ir.Conv{Stride: [2]int{1, 1}, Padding: [2]int{1, 1}, PadEnd: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1}}
			m.Set(ir.PWeight, weights(rng, ir.Shape{co, shape[0], 3, 3}))
			if rng.IntN(2) == 0 {
				m.Set(ir.PBias, weights(rng, ir.Shape{co}))
			}
			shape = ir.Shape{co, shape[1], shape[2]}
		} else {
			if len(shape) > 1 {
				f := n.Add(ir.Node{Name: fmt.Sprintf("flat%d", k), Op: ir.OpFlatten, Flatten: &ir.Flatten{End: -1}})
				n.Connect(last, f, 0)
				last, shape = f, ir.Shape{shape.Size()}
			}
			out := 1 + rng.IntN(20)
			m = ir.Node{Op: ir.OpDense}
			m.Set(ir.PWeight, weights(rng, ir.Shape{out, shape[0]}))
			if rng.IntN(2) == 0 {
				m.Set(ir.PBias, weights(rng, ir.Shape{out}))
			}
			shape = ir.Shape{out}
		}
		m.Name = fmt.Sprintf("w%d", k)
		id := n.Add(m)
		n.Connect(last, id, int32(rng.IntN(3)))
		pop := ir.Node{Name: fmt.Sprintf("p%d", k), Op: ir.OpIF, Out: shape, Neuron: ir.Neuron{Integrator: ir.ExpUnit}}
		pop.Neuron.Reset = []ir.Reset{ir.ResetZero, ir.ResetSubtract}[rng.IntN(2)]
		pop.Neuron.Compare = []ir.Compare{ir.Greater, ir.GreaterEqual}[rng.IntN(2)]
		pop.Set(ir.PR, ir.Uniform(shape, 1))
		pop.Set(ir.PVThreshold, ir.Uniform(shape, 1+rng.Float64()))
		if rng.IntN(2) == 0 {
			pop.Set(ir.PV0, ir.Uniform(shape, 0.4))
		}
		last = n.Add(pop)
		n.Connect(id, last, 0)
	}
	n.Connect(last, n.Add(ir.Node{Name: "y", Op: ir.OpOutput}), 0)
	return n
}

func weights(rng *rand.Rand, shape ir.Shape) ir.Tensor {
	w := make([]float64, shape.Size())
	for i := range w {
		w[i] = rng.NormFloat64() * 0.3
	}
	return ir.Floats(shape, w)
}

// TestRandomNetworksEqualInterpreter compiles random networks onto small
// cores, so that neurons are copied and spread, and compares every spike.
func TestRandomNetworksEqualInterpreter(t *testing.T) {
	total, compiled := 0, 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 7))
		n := randomIF(rng)
		opt := passes.Options{Bits: quantize.Bits(1 + rng.IntN(4)), MaxUnderflow: 1, Target: backend.Options{CoreAxons: 128 << rng.IntN(3), CoreNeurons: 8 << rng.IntN(6)}}
		s := &passes.State{Net: n, Target: truenorth.Target{}, Opt: opt}
		if err := passes.Run(context.Background(), s, passes.ToImage, passes.Hooks{}); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !s.Report.Fit.Fits {
			continue // a fan-in above the cores' axons
		}
		if _, err := s.Target.Encode(s.Net, s.Map, s.Opt.Target); err != nil {
			t.Logf("seed %d: %v", seed, err)
			continue // a leak that would fire before the population's start
		}
		d, err := runner.RandomData([]runner.Port{{Name: "x", Size: 50}}, 20, 0.2, seed)
		if err != nil {
			t.Fatal(err)
		}
		compiled++
		total += requireAgreement(t, s, d)
	}
	if compiled < 20 || total < 1000 {
		t.Errorf("only %d networks with %d spikes were compared", compiled, total)
	}
	t.Logf("%d networks, %d spikes", compiled, total)
}
