package loihi1_test

import (
	"context"
	"testing"

	"github.com/synfire/synfire/emulator"
	engine "github.com/synfire/synfire/emulator/loihi1"
	"github.com/synfire/synfire/frontend"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/proofs/agree"
)

// trained is a network of the conformance data folder with its test set and
// what a float64 reference computed of it (specs/quantization.md section 2).
type trained struct {
	net, data, ref string
	opt            spike.Options
	hidden, digit  string  // populations
	loss           float64 // points of accuracy that 8-bit weights may cost; negative: not run on the chip
}

var mnistTest = spike.Options{Steps: 25, Encode: "if", Labels: "data/mnist/t10k-labels-idx1-ubyte.gz"}

var trainedNets = []trained{
	{"nets/lifs_mnist.nir", "data/mnist/t10k-images-idx3-ubyte.gz", "golden/quant/lifs_mnist_ref.npz", mnistTest, "lif1", "lif2", 0.15},
	{"nets/lif_mnist.nir", "data/mnist/t10k-images-idx3-ubyte.gz", "golden/quant/lif_mnist_ref.npz", mnistTest, "lif1", "lif2", 0.15},
	{"nets/rlif_fsdd.nir", "data/fsdd/fsdd_spikes.npz", "golden/quant/rlif_fsdd_ref.npz", spike.Options{Steps: 50, Subset: "test"}, "lif1", "lif2", 0.7},
	{
		"nets/mlp_mnist_if.nir", "data/mnist/t10k-images-idx3-ubyte.gz", "golden/quant/mlp_mnist_if_T32_ref.npz",
		spike.Options{Steps: 32, Encode: "if", Labels: mnistTest.Labels},
		"if1", "if2", -1,
	},
}

// trainedRun is a trained network ready to run.
type trainedRun struct {
	trained
	n     *ir.Network
	input string
	src   spike.Source
}

func (c trained) open(t *testing.T) *trainedRun {
	t.Helper()
	n, _, err := frontend.Open(testenv.Shared(t, c.net), frontend.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &trainedRun{trained: c, n: n}
	size := 0
	for i := range n.Nodes {
		if n.Nodes[i].Op == ir.OpInput {
			r.input, size = n.Nodes[i].Name, n.Nodes[i].Out.Size()
		}
	}
	opt := c.opt
	if opt.Labels != "" {
		opt.Labels = testenv.Shared(t, opt.Labels)
	}
	if r.src, err = spike.Open(testenv.Shared(t, c.data), size, opt); err != nil {
		t.Fatal(err)
	}
	return r
}

// counts holds the spikes of each neuron of a population by sample.
type counts struct{ hidden, digit [][]int }

// correct returns how many samples have most spikes, at the lowest index of
// several, for their label.
func (c *counts) correct(labels []int) int {
	n := 0
	for k, row := range c.digit {
		best := 0
		for j, x := range row {
			if x > row[best] {
				best = j
			}
		}
		if best == labels[k] {
			n++
		}
	}
	return n
}

// float runs all samples in the reference interpreter.
func (r *trainedRun) float(t *testing.T) *counts {
	t.Helper()
	s := &passes.State{Net: r.n}
	if err := passes.Run(context.Background(), s, passes.ToReference, passes.Hooks{}); err != nil {
		t.Fatal(err)
	}
	prog, err := eval.Compile(s.Net)
	if err != nil {
		t.Fatal(err)
	}
	opt := eval.Options{Steps: r.src.Steps()}
	for _, name := range []string{r.hidden, r.digit} {
		id := s.Net.Lookup(name)
		if id == ir.NoNode {
			t.Fatalf("no population %s in\n%s", name, ir.Format(s.Net)[:200])
		}
		opt.Probes = append(opt.Probes, eval.Probe{Node: id, What: eval.Spikes})
	}
	c := &counts{}
	fill := func(k int, in eval.Stimulus) error {
		if in[0].Raster == nil {
			in[0].Raster = &spike.Raster{}
		}
		return r.src.Raster(k, in[0].Raster)
	}
	if err := eval.RunBatch(context.Background(), prog, r.src.Samples(), 0, opt, fill, func(_ int, res *eval.Result) error {
		c.hidden = append(c.hidden, res.Recordings[0].Raster.Counts())
		c.digit = append(c.digit, res.Recordings[1].Raster.Counts())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return c
}

// chip runs all samples in the emulator.
func (r *trainedRun) chip(t *testing.T) *counts {
	t.Helper()
	s := compile(t, r.n, passes.Options{Bits: 8})
	prog, err := engine.Load(agree.Encode(t, s))
	if err != nil {
		t.Fatal(err)
	}
	c := &counts{}
	fill := func(k int, stim emulator.Stimulus) error { return r.src.Raster(k, stim[0].Raster) }
	if err := engine.RunBatch(context.Background(), prog, r.src.Samples(), fill, engine.Options{Steps: r.src.Steps()}, func(_ int, res *emulator.Result) error {
		if res.Stats.AccumulatorWraps+res.Stats.CurrentWraps > 0 {
			t.Errorf("%d sums wrapped", res.Stats.AccumulatorWraps+res.Stats.CurrentWraps)
		}
		c.digit = append(c.digit, res.Raster(r.digit).Counts())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return c
}

// compareCounts compares the spikes of the samples whose potentials keep clear
// of the threshold, so that the order of summation cannot decide them.
func compareCounts(t *testing.T, what string, got [][]int, want *npy.Array, margin []float64) {
	t.Helper()
	ref, err := want.Float64()
	if err != nil {
		t.Fatal(err)
	}
	width, compared, wrong := want.Shape[1], 0, 0
	for k := range want.Shape[0] {
		if margin[k] <= 1e-5 {
			continue
		}
		compared++
		for j := range width {
			if float64(got[k][j]) != ref[k*width+j] {
				if wrong++; wrong == 1 {
					t.Errorf("sample %d: %s neuron %d has %d spikes, the reference %g", k, what, j, got[k][j], ref[k*width+j])
				}
			}
		}
	}
	if wrong > 0 || compared < want.Shape[0]*9/10 {
		t.Errorf("%s: %d counts differ in %d samples that were compared", what, wrong, compared)
	}
}

// TestAccuracy runs whole test sets: in float the spike counts equal those of
// the reference, with 8-bit weights on the chip the accuracy stays.
func TestAccuracy(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: 10,000 digits take seconds")
	}
	for _, c := range trainedNets {
		t.Run(c.net, func(t *testing.T) {
			r := c.open(t)
			ref, err := npy.OpenNPZ(testenv.Shared(t, c.ref))
			if err != nil {
				t.Fatal(err)
			}
			defer ref.Close()
			load := func(name string) *npy.Array {
				a, err := ref.Load(name)
				if err != nil {
					t.Fatal(err)
				}
				return a
			}
			margin, err := load("margin").Float64()
			if err != nil {
				t.Fatal(err)
			}
			float := r.float(t)
			compareCounts(t, "output", float.digit, load("out_counts"), margin)
			compareCounts(t, "hidden", float.hidden, load("hidden_counts"), margin)
			labels := r.src.Labels()
			n := float64(len(labels))
			inFloat := 100 * float64(float.correct(labels)) / n
			if c.loss < 0 {
				t.Logf("float %.2f %%", inFloat)
				return
			}
			onChip := 100 * float64(r.chip(t).correct(labels)) / n
			t.Logf("float %.2f %%, loihi1 %.2f %%", inFloat, onChip)
			if onChip < inFloat-c.loss {
				t.Errorf("8-bit weights cost %.2f points, more than %.2f", inFloat-onChip, c.loss)
			}
		})
	}
}
