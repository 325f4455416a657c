package passes_test

import (
	"context"
	"testing"

	"github.com/synfire/synfire/backend/loihi1"
	"github.com/synfire/synfire/emulator"
	engine "github.com/synfire/synfire/emulator/loihi1"
	"github.com/synfire/synfire/frontend"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/quantize"
)

// bench is a trained network of the conformance data folder.
type bench struct {
	name    string
	steps   int
	digits  bool    // written digits, else spoken ones
	readout string  // population
	float   float64 // accuracy in percent, specs/quantization.md section 3a
	slack   float64 // of an accuracy of few samples: one of 300 is 0.33 points
	onChip  bool    // loihi1 can do what its neurons do
	samples int     // of the training set for a whole calibration; the spoken digits are sorted, so all of them
}

var benches = []bench{
	{"mlp_mnist_if", 32, true, "if2", 98.24, 0, false, 1000},
	{"lif_mnist", 25, true, "lif2", 97.62, 0, true, 1000},
	{"lifs_mnist", 25, true, "lif2", 97.56, 0, true, 1000},
	{"rlif_fsdd", 50, false, "lif2", 97.67, 0.7, true, 2700},
}

func (b *bench) open(t testing.TB) *ir.Network {
	t.Helper()
	n, _, err := frontend.Open(testenv.Shared(t, "nets/"+b.name+".nir"), frontend.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// data opens the training or the test samples.
func (b *bench) data(t testing.TB, set string) spike.Source {
	t.Helper()
	opt := spike.Options{Steps: b.steps, Subset: set}
	file, channels := "data/fsdd/fsdd_spikes.npz", 64
	if b.digits {
		prefix := map[string]string{"train": "data/mnist/train5000-", "test": "data/mnist/t10k-"}[set]
		file, channels = prefix+"images-idx3-ubyte.gz", 784
		opt = spike.Options{Steps: b.steps, Encode: "if", Labels: testenv.Shared(t, prefix+"labels-idx1-ubyte.gz")}
	}
	s, err := spike.Open(testenv.Shared(t, file), channels, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fill feeds the one input of a network from a source.
func fill(s spike.Source) func(k int, in eval.Stimulus) error {
	return func(k int, in eval.Stimulus) error {
		if in[0].Raster == nil {
			in[0].Raster = &spike.Raster{}
		}
		return s.Raster(k, in[0].Raster)
	}
}

// calibration takes the first n training samples.
func (b *bench) calibration(t testing.TB, n int) *passes.Calibration {
	return &passes.Calibration{Samples: n, Steps: b.steps, Fill: fill(b.data(t, "train"))}
}

// accuracy returns the percentage of the first n test samples whose label has
// most spikes.
func (b *bench) accuracy(t testing.TB, n *ir.Network, samples int) float64 {
	t.Helper()
	src := b.data(t, "test")
	prog, err := eval.Compile(n)
	if err != nil {
		t.Fatal(err)
	}
	samples = min(samples, src.Samples())
	opt := eval.Options{Steps: b.steps, Probes: []eval.Probe{{Node: n.Lookup(b.readout), What: eval.Spikes}}}
	right := 0
	if err := eval.RunBatch(context.Background(), prog, samples, 0, opt, fill(src), func(k int, res *eval.Result) error {
		if most(res.Recordings[0].Raster.Counts()) == src.Labels()[k] {
			right++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return 100 * float64(right) / float64(samples)
}

func most(counts []int) int {
	best := 0
	for i, x := range counts {
		if x > counts[best] {
			best = i
		}
	}
	return best
}

// weightsOf returns the network with calibrated weights.
func (b *bench) weightsOf(t testing.TB, opt passes.Options) *passes.State {
	t.Helper()
	s := &passes.State{Net: b.open(t), Opt: opt}
	if err := passes.QuantizeWeights(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestCalibratedAccuracy holds 1000 test digits against what weights of 2 and
// 4 bits may lose; on all 10,000 they lose less (-sweep).
func TestCalibratedAccuracy(t *testing.T) {
	b := &benches[2]
	cal := b.calibration(t, 500)
	for _, c := range []struct {
		bits quantize.Bits
		bar  float64
	}{{4, 95.9}, {2, 94.5}} {
		s := b.weightsOf(t, passes.Options{Bits: c.bits, Calibration: cal})
		got := b.accuracy(t, s.Net, 1000)
		t.Logf("%v bits: %.1f %%; %s: %.4f, %s: %.4f", c.bits, got,
			s.Report.Projections[0].Stats.Method, s.Report.Projections[0].Stats.Potential,
			s.Report.Projections[1].Stats.Method, s.Report.Projections[1].Stats.Potential)
		if got < c.bar {
			t.Errorf("%v bits: %.1f %% of 1000 digits, less than %.1f", c.bits, got, c.bar)
		}
	}
}

// TestCalibratedOnChip checks that calibrated networks are ordinary ones: the
// emulator spikes as the interpreter does, and as well as it should.
func TestCalibratedOnChip(t *testing.T) {
	for _, c := range []struct {
		b       *bench
		bits    quantize.Bits
		samples int
		bar     int // of 60 samples
	}{{&benches[2], 2, 300, 53}, {&benches[3], 3, 2700, 53}} {
		t.Run(c.b.name, func(t *testing.T) {
			s := c.b.compile(t, passes.Options{Bits: c.bits, Calibration: c.b.calibration(t, c.samples)})
			if right := c.b.chip(t, s, 60, true); right < c.bar {
				t.Errorf("%d of 60 right, fewer than %d", right, c.bar)
			}
			for _, l := range s.Report.Fit.Layers {
				t.Logf("%s: %d cores", l.Name, l.Cores)
			}
		})
	}
}

// compile takes the network to loihi1.
func (b *bench) compile(t testing.TB, opt passes.Options) *passes.State {
	t.Helper()
	opt.AllowApproximate = true
	s := &passes.State{Net: b.open(t), Target: loihi1.Target{}, Opt: opt}
	if err := passes.Run(context.Background(), s, passes.ToImage, passes.Hooks{}); err != nil {
		t.Fatal(err)
	}
	if !s.Report.Fit.Fits {
		t.Fatalf("does not fit: %v", s.Report.Fit.Violations)
	}
	return s
}

// chip emulates the first test samples and returns how many are right. If
// compare is set, all spikes are held against the interpreter's.
func (b *bench) chip(t testing.TB, s *passes.State, samples int, compare bool) (right int) {
	t.Helper()
	data, err := s.Target.Encode(s.Net, s.Map, s.Opt.Target)
	if err != nil {
		t.Fatal(err)
	}
	prog, err := engine.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	src := b.data(t, "test")
	samples = min(samples, src.Samples())
	var want []*spike.Raster
	if compare {
		p, err := eval.Compile(s.Net)
		if err != nil {
			t.Fatal(err)
		}
		opt := eval.Options{Steps: b.steps, Probes: []eval.Probe{{Node: s.Net.Lookup(b.readout), What: eval.Spikes}}}
		if err := eval.RunBatch(context.Background(), p, samples, 0, opt, fill(src), func(_ int, res *eval.Result) error {
			want = append(want, res.Recordings[0].Raster)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	feed := func(k int, stim emulator.Stimulus) error { return src.Raster(k, stim[0].Raster) }
	if err := engine.RunBatch(context.Background(), prog, samples, feed, engine.Options{Steps: b.steps}, func(k int, res *emulator.Result) error {
		got := res.Raster(b.readout)
		if most(got.Counts()) == src.Labels()[k] {
			right++
		}
		if compare {
			if n, step, i, err := spike.Diff(want[k], got); err != nil || n > 0 {
				t.Errorf("sample %d: %d spikes differ from the interpreter's, first in step %d, neuron %d (%v)", k, n, step, i, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return right
}
