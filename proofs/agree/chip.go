package agree

import (
	"path/filepath"
	"testing"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/frontend"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/passes"
)

// Chip is a target with the emulator of its images.
type Chip struct {
	Target backend.Target
	// Run emulates an image from its bytes.
	Run func(data []byte, stim emulator.Stimulus, steps, threads int) (*emulator.Result, error)
}

// Emulate runs an image with a raster for each input.
func (c *Chip) Emulate(t TB, data []byte, in map[string]*spike.Raster, steps, threads int) *emulator.Result {
	t.Helper()
	var stim emulator.Stimulus
	for name, r := range in {
		stim = append(stim, emulator.Named{Name: name, Raster: r})
	}
	res, err := c.Run(data, stim, steps, threads)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// Case is a network of the conformance data folder, and how it is run: steps of
// random input (see RandomRasters) at about a rate.
type Case struct {
	File  string
	Opt   passes.Options
	Rate  float64
	Steps int
}

// Cases are networks that every chip takes.
var Cases = []Case{
	{"nets/lif_mnist.nir", passes.Options{}, 0.4, 30},
	{"nets/lifs_mnist.nir", passes.Options{}, 0.4, 30},
	{"nets/rlif_fsdd.nir", passes.Options{}, 0.1, 50},
	{"nets/mlp_mnist_if.nir", passes.Options{AllowApproximate: true}, 0.15, 32},
	{"golden/nir/cnn/cnn_sinabs.nir", passes.Options{}, 0.05, 30},
	{"golden/nir/braille/braille_noDelay_bias_zero.nir", passes.Options{}, 0.1, 100},
	{"golden/nir/braille/braille_noDelay_noBias_subtract.nir", passes.Options{}, 0.1, 100},
	{"golden/nir/braille/braille_noDelay_bias_zero.nir", passes.Options{Compat: "norse"}, 0.1, 100},
}

// EqualsInterpreter tests the contract of the compiler: the encoded image,
// emulated, spikes exactly as the quantized network does in the reference
// interpreter. The same network compiled with other options of the target, on
// two threads, does so too.
func (c *Chip) EqualsInterpreter(t *testing.T, cases []Case, other backend.Options) {
	for _, x := range cases {
		t.Run(filepath.Base(x.File)+x.Opt.Compat, func(t *testing.T) {
			n, _, err := frontend.Open(testenv.Shared(t, x.File), frontend.Options{})
			if err != nil {
				t.Fatal(err)
			}
			s := Compile(t, c.Target, n, x.Opt)
			data := Encode(t, s)
			opt := s.Opt
			opt.Target = other
			o := Compile(t, c.Target, n, opt)
			otherData := Encode(t, o)
			total := 0
			for seed := range uint64(3) {
				in := RandomRasters(t, s.Net, x.Steps, min(1, x.Rate*float64(seed+1)/2), seed)
				want := Evaluate(t, s.Net, in, x.Steps)
				total += RequireEqual(t, want, c.Emulate(t, data, in, x.Steps, 1))
				RequireEqual(t, want, c.Emulate(t, otherData, in, x.Steps, 2))
			}
			if total == 0 {
				t.Error("no spike was compared")
			}
			t.Logf("%d cores (%d with the other options), %d bytes, %d spikes equal", len(s.Map.Cores), len(o.Map.Cores), len(data), total)
		})
	}
}
