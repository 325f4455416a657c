package spinnaker1_test

import (
	"context"
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
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/proofs/agree"
)

// compile takes a network to a state that is ready to encode.
func compile(t agree.TB, n *ir.Network, opt passes.Options) *passes.State {
	t.Helper()
	return agree.Compile(t, spinnaker1.Target{}, n, opt)
}

func emulate(t agree.TB, data []byte, in map[string]*spike.Raster, steps, threads int) *emulator.Result {
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
			data := agree.Encode(t, s)
			small := s.Opt
			small.Target = backend.Options{CoreNeurons: 100, Cores: 3, Boards: 2, Dead: backend.Dead{Chips: [][2]int{{1, 0}}}}
			p := compile(t, n, small)
			smallData := agree.Encode(t, p)
			total := 0
			for seed := range uint64(3) {
				in := agree.RandomRasters(t, s.Net, c.steps, min(1, c.rate*float64(seed+1)/2), seed)
				want := agree.Evaluate(t, s.Net, in, c.steps)
				spikes := agree.RequireEqual(t, want, emulate(t, data, in, c.steps, 1))
				agree.RequireEqual(t, want, emulate(t, smallData, in, c.steps, 2))
				total += spikes
			}
			if total == 0 {
				t.Error("no spike was compared")
			}
			t.Logf("%d cores (%d small ones), %d bytes, %d spikes equal", len(s.Map.Cores), len(p.Map.Cores), len(data), total)
		})
	}
}
