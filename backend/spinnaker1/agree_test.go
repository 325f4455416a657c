package spinnaker1_test

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/spinnaker1"
	"github.com/synfire/synfire/emulator"
	engine "github.com/synfire/synfire/emulator/spinnaker1"
	"github.com/synfire/synfire/frontend"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/passes"
)

// tb is what the helpers need of a *testing.T or a *rapid.T.
type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// compile takes a network to a state that is ready to encode.
func compile(t tb, n *ir.Network, opt passes.Options) *passes.State {
	t.Helper()
	s := &passes.State{Net: n, Target: spinnaker1.Target{}, Opt: opt}
	if err := passes.Run(context.Background(), s, passes.ToImage, passes.Hooks{}); err != nil {
		t.Fatal(err)
	}
	if !s.Report.Fit.Fits {
		t.Fatalf("does not fit: %v", s.Report.Fit.Violations)
	}
	return s
}

func encode(t tb, s *passes.State) []byte {
	t.Helper()
	data, err := s.Target.Encode(s.Net, s.Map, s.Opt.Target)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// randomRasters returns a raster for each input of n: a random window of the
// channels spikes with rate p, so that trained networks see contrast.
func randomRasters(t tb, n *ir.Network, steps int, p float64, seed uint64) map[string]*spike.Raster {
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

func emulate(t tb, data []byte, in map[string]*spike.Raster, steps, threads int) *emulator.Result {
	t.Helper()
	prog, err := engine.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	var stim emulator.Stimulus
	for name, r := range in {
		stim = append(stim, emulator.Named{Name: name, Raster: r})
	}
	res, err := engine.Run(context.Background(), prog, stim, engine.Options{Steps: steps, Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// evaluate runs a network in the reference interpreter and returns the spikes
// of its populations.
func evaluate(t tb, n *ir.Network, in map[string]*spike.Raster, steps int) map[string]*spike.Raster {
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

// requireEqual compares the emulator's spikes with the interpreter's, in the
// network's time, and returns how many there were.
func requireEqual(t tb, want map[string]*spike.Raster, got *emulator.Result) int {
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

var agreeCases = []struct {
	file  string
	opt   passes.Options
	rate  float64
	steps int
}{
	{"nets/lif_mnist.nir", passes.Options{}, 0.4, 30},
	{"nets/lifs_mnist.nir", passes.Options{}, 0.4, 30},
	{"nets/rlif_fsdd.nir", passes.Options{}, 0.1, 50},
	{"nets/mlp_mnist_if.nir", passes.Options{AllowApproximate: true}, 0.15, 32},
	{"golden/nir/cnn/cnn_sinabs.nir", passes.Options{}, 0.05, 30},
	{"golden/nir/braille/braille_noDelay_bias_zero.nir", passes.Options{}, 0.1, 100},
	{"golden/nir/braille/braille_noDelay_noBias_subtract.nir", passes.Options{}, 0.1, 100},
	{"golden/nir/braille/braille_noDelay_bias_zero.nir", passes.Options{Compat: "norse"}, 0.1, 100},
}

// TestEmulatorEqualsInterpreter is the contract of the compiler: for every
// network that it takes, the encoded image, emulated, spikes exactly as the
// quantized network does in the reference interpreter. Small cores, another
// machine and two threads change nothing.
func TestEmulatorEqualsInterpreter(t *testing.T) {
	for _, c := range agreeCases {
		t.Run(filepath.Base(c.file)+c.opt.Compat, func(t *testing.T) {
			n, _, err := frontend.Open(testenv.Shared(t, c.file), frontend.Options{})
			if err != nil {
				t.Fatal(err)
			}
			s := compile(t, n, c.opt)
			data := encode(t, s)
			small := s.Opt
			small.Target = backend.Options{CoreNeurons: 100, Cores: 3, Boards: 2, Dead: backend.Dead{Chips: [][2]int{{1, 0}}}}
			p := compile(t, n, small)
			smallData := encode(t, p)
			total := 0
			for seed := range uint64(3) {
				in := randomRasters(t, s.Net, c.steps, min(1, c.rate*float64(seed+1)/2), seed)
				want := evaluate(t, s.Net, in, c.steps)
				spikes := requireEqual(t, want, emulate(t, data, in, c.steps, 1))
				requireEqual(t, want, emulate(t, smallData, in, c.steps, 2))
				total += spikes
			}
			if total == 0 {
				t.Error("no spike was compared")
			}
			t.Logf("%d cores (%d small ones), %d bytes, %d spikes equal", len(s.Map.Cores), len(p.Map.Cores), len(data), total)
		})
	}
}
