package loihi1_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/loihi1"
	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/ir/irtest"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/proofs/agree"
	"github.com/synfire/synfire/quantize"
	"pgregory.net/rapid"
)

// genOptions draws what a user can choose.
func genOptions(t *rapid.T, n *ir.Network, lossy bool) passes.Options {
	opt := passes.Options{
		Bits:             quantize.Bits(rapid.SampledFrom([]int{0, 0, 1, 2, 3, 4, 5, 6, 8}).Draw(t, "bits")),
		MaxUnderflow:     1,
		LayerDelay:       int32(rapid.IntRange(0, 1).Draw(t, "layer delay")),
		AllowApproximate: lossy,
		Target:           backend.Options{Axon: rapid.SampledFrom([]string{"", "discrete", "pop16"}).Draw(t, "axon")},
	}
	if pop := rapid.SampledFrom(n.Nodes).Draw(t, "population of other bits"); pop.Op.IsNeuron() {
		opt.BitsBy = map[string]quantize.Bits{pop.Name: rapid.SampledFrom([]quantize.Bits{1, 3, 8}).Draw(t, "its bits")}
	}
	if lossy && rapid.Bool().Draw(t, "as a framework does") {
		opt.Compat = rapid.SampledFrom(passes.Compats()).Draw(t, "compat")
	}
	return opt
}

// tryCompile compiles a random network. It returns nil if the network is
// refused, which must be by diagnostics with codes.
func tryCompile(t agree.TB, n *ir.Network, opt passes.Options, h passes.Hooks) *passes.State {
	t.Helper()
	s := &passes.State{Net: n, Target: loihi1.Target{}, Opt: opt}
	err := passes.Run(context.Background(), s, passes.ToImage, h)
	var list *diag.ListError
	switch {
	case errors.As(err, &list):
		for _, d := range list.List {
			if d.Code == "" || d.Msg == "" {
				t.Fatalf("a diagnostic without a code: %v", err)
			}
		}
		return nil
	case err != nil:
		t.Fatalf("refused without a diagnostic: %v\n%s", err, ir.Format(n))
	case !s.Report.Fit.Fits:
		if len(s.Report.Fit.Violations) == 0 {
			t.Fatal("does not fit, but nothing is violated")
		}
		return nil
	}
	return s
}

// checkRandom compiles a random network and compares the emulated image with
// the interpreter. It returns the number of spikes.
func checkRandom(t *rapid.T, lossy bool) (spikes int, compiled bool) {
	n := genNetwork(t, irtest.Kind{Lossy: lossy})
	before := ir.Format(n)
	s := tryCompile(t, n, genOptions(t, n, lossy), passes.Hooks{})
	if ir.Format(n) != before {
		t.Fatal("compiling changed the caller's network")
	}
	if s == nil {
		return 0, false
	}
	data := agree.Encode(t, s)
	if again := agree.Encode(t, s); !bytes.Equal(data, again) {
		t.Fatal("encoding twice gives different bytes")
	}
	const steps = 40
	in := agree.RandomRasters(t, s.Net, steps, rapid.Float64Range(0.05, 0.8).Draw(t, "rate"), 5)
	got := emulate(t, data, in, steps, 1+int(rapid.IntRange(0, 2).Draw(t, "threads")))
	return agree.RequireEqual(t, agree.Evaluate(t, s.Net, in, steps), got), true
}

// TestRandomNetworks compares the emulated image of random networks with the
// quantized network in the interpreter, spike for spike.
func TestRandomNetworks(t *testing.T) {
	for name, lossy := range map[string]bool{"exact": false, "approximate": true} {
		t.Run(name, func(t *testing.T) {
			spikes, compiled, runs := 0, 0, 0
			for range 5 {
				rapid.Check(t, func(t *rapid.T) {
					n, ok := checkRandom(t, lossy)
					spikes += n
					runs++
					if ok {
						compiled++
					}
				})
			}
			t.Logf("%d of %d networks compiled, %d spikes equal", compiled, runs, spikes)
			if compiled < runs/2 || spikes < 20*compiled {
				t.Errorf("%d of %d networks compiled, with %d spikes: too few to show anything", compiled, runs, spikes)
			}
		})
	}
}

// potentials runs a network in float and returns the potentials and spikes of
// its populations by name.
func potentials(t agree.TB, n *ir.Network, in map[string]*spike.Raster, steps int) map[string][2][][]float64 {
	t.Helper()
	prog, err := eval.Compile(n)
	if err != nil {
		t.Fatalf("%v\n%s", err, ir.Format(n))
	}
	stim := make(eval.Stimulus, len(prog.Inputs()))
	for i, id := range prog.Inputs() {
		stim[i].Raster = in[n.Node(id).Name]
	}
	opt := eval.Options{Steps: steps}
	for i := range n.Nodes {
		if n.Nodes[i].Op.IsNeuron() {
			opt.Probes = append(opt.Probes, eval.Probe{Node: ir.NodeID(i), What: eval.Potential}, eval.Probe{Node: ir.NodeID(i), What: eval.Output})
		}
	}
	res, err := eval.Run(context.Background(), prog, stim, opt)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][2][][]float64{}
	for i := 0; i < len(res.Recordings); i += 2 {
		out[n.Node(res.Recordings[i].Node).Name] = [2][][]float64{res.Recordings[i].Trace, res.Recordings[i+1].Trace}
	}
	return out
}

// TestLoweringKeepsPotentials compares the float network before legalise with
// that after lower: the same potentials but for rounding.
func TestLoweringKeepsPotentials(t *testing.T) {
	steps, compared := 30, 0
	rapid.Check(t, func(t *rapid.T) {
		n := genNetwork(t, irtest.Kind{})
		var before, after *ir.Network
		tryCompile(t, n, passes.Options{}, passes.Hooks{After: func(pass string, s *passes.State) error {
			switch pass {
			case "discretize":
				before = s.Net.Clone()
			case "lower":
				after = s.Net.Clone()
			}
			return nil
		}})
		if after == nil {
			return
		}
		in := agree.RandomRasters(t, before, steps, 0.4, 3)
		want, got := potentials(t, before, in, steps), potentials(t, after, in, steps)
		for name, w := range want {
			g, ok := got[name]
			if !ok {
				t.Fatalf("%s is gone", name)
			}
			for step := range steps {
				if !slices.Equal(w[1][step], g[1][step]) {
					t.Fatalf("%s spikes differently in step %d: %v, want %v\n%s", name, step, g[1][step], w[1][step], ir.Format(before))
				}
				for i, v := range w[0][step] {
					if d := math.Abs(v - g[0][step][i]); d > 1e-9 {
						t.Fatalf("%s: potential %d is off by %g in step %d\n%s\n%s", name, i, d, step, ir.Format(before), ir.Format(after))
					}
					compared++
				}
			}
		}
	})
	if compared == 0 {
		t.Error("nothing was compared")
	}
}

// genNetwork draws a network with rapid.
func genNetwork(t *rapid.T, kind irtest.Kind) *ir.Network {
	draw := func(name string, lo, hi int) int { return rapid.IntRange(lo, hi).Draw(t, name) }
	return irtest.Network(t, draw, rapid.Uint64().Draw(t, "values"), kind)
}
