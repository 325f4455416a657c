// Package agree is what tests of a target need to show that an image, emulated
// from its bytes, spikes as the quantized network does in ir/eval: the meaning
// that every fast engine is checked against (DESIGN.md section 1).
package agree

import (
	"context"
	"math/rand/v2"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/passes"
)

// TB is what is needed of a *testing.T or a *rapid.T.
type TB interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// Compile takes a network to a state that is ready to encode; it fails the test
// if the network does not fit.
func Compile(t TB, target backend.Target, n *ir.Network, opt passes.Options) *passes.State {
	t.Helper()
	s := &passes.State{Net: n, Target: target, Opt: opt}
	if err := passes.Run(context.Background(), s, passes.ToImage, passes.Hooks{}); err != nil {
		t.Fatal(err)
	}
	if !s.Report.Fit.Fits {
		t.Fatalf("does not fit: %v", s.Report.Fit.Violations)
	}
	return s
}

// Encode returns the image of a compiled network.
func Encode(t TB, s *passes.State) []byte {
	t.Helper()
	data, err := s.Target.Encode(s.Net, s.Map, s.Opt.Target)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// RandomRasters returns a raster for each input of n: a random window of the
// channels spikes with rate p, so that trained networks see contrast.
func RandomRasters(t TB, n *ir.Network, steps int, p float64, seed uint64) map[string]*spike.Raster {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	out := map[string]*spike.Raster{}
	for i := range n.Nodes {
		node := &n.Nodes[i]
		if node.Op != ir.OpInput {
			continue
		}
		r, err := spike.New(steps, node.Out.Size())
		if err != nil {
			t.Fatal(err)
		}
		width := max(1, r.N/2)
		first := rng.IntN(r.N - width + 1)
		for s := range steps {
			for k := first; k < first+width; k++ {
				if rng.Float64() < p {
					r.Set(s, k)
				}
			}
		}
		out[node.Name] = r
	}
	return out
}

// Evaluate runs a network in the reference interpreter and returns the spikes
// of its populations.
func Evaluate(t TB, n *ir.Network, in map[string]*spike.Raster, steps int) map[string]*spike.Raster {
	t.Helper()
	prog, err := eval.Compile(n)
	if err != nil {
		t.Fatal(err)
	}
	stim := make(eval.Stimulus, len(prog.Inputs()))
	for i, id := range prog.Inputs() {
		stim[i].Raster = in[n.Node(id).Name]
	}
	opt := eval.Options{Steps: steps}
	for i := range n.Nodes {
		if n.Nodes[i].Op.IsNeuron() {
			opt.Probes = append(opt.Probes, eval.Probe{Node: ir.NodeID(i), What: eval.Spikes})
		}
	}
	res, err := eval.Run(context.Background(), prog, stim, opt)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*spike.Raster{}
	for _, r := range res.Recordings {
		out[n.Node(r.Node).Name] = r.Raster
	}
	return out
}

// RequireEqual compares the emulator's spikes with the interpreter's, in the
// network's time, and returns how many there were.
func RequireEqual(t TB, want map[string]*spike.Raster, got *emulator.Result) int {
	t.Helper()
	total := 0
	for name, w := range want {
		g := got.Raster(name)
		if g == nil {
			t.Fatalf("population %s is not in the image", name)
		}
		n, step, i, err := spike.Diff(w, g)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			t.Fatalf("%s: %d spikes differ, first in step %d, neuron %d (interpreter %v)", name, n, step, i, w.Get(step, i))
		}
		total += w.Count()
	}
	return total
}
