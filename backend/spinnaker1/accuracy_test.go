package spinnaker1_test

import (
	"context"
	"flag"
	"testing"

	"github.com/synfire/synfire/emulator"
	engine "github.com/synfire/synfire/emulator/spinnaker1"
	"github.com/synfire/synfire/frontend"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/proofs/agree"
)

var wholeSet = flag.Bool("whole", false, "run all 10,000 test digits where 500 are the default")

// TestAccuracy runs trained networks on their test sets, in float and on the
// chip from its image.
func TestAccuracy(t *testing.T) {
	for _, c := range []struct {
		net, data string
		opt       spike.Options
		loss      float64 // points of accuracy that the chip may cost
	}{
		{"nets/lifs_mnist.nir", "data/mnist/t10k-images-idx3-ubyte.gz", spike.Options{Steps: 25, Encode: "if", Labels: "data/mnist/t10k-labels-idx1-ubyte.gz"}, 0.2},
		{"nets/rlif_fsdd.nir", "data/fsdd/fsdd_spikes.npz", spike.Options{Steps: 50, Subset: "test"}, 0.7},
	} {
		t.Run(c.net, func(t *testing.T) {
			n, _, err := frontend.Open(testenv.Shared(t, c.net), frontend.Options{})
			if err != nil {
				t.Fatal(err)
			}
			size := 0
			for i := range n.Nodes {
				if n.Nodes[i].Op == ir.OpInput {
					size = n.Nodes[i].Out.Size()
				}
			}
			if c.opt.Labels != "" {
				c.opt.Labels = testenv.Shared(t, c.opt.Labels)
			}
			src, err := spike.Open(testenv.Shared(t, c.data), size, c.opt)
			if err != nil {
				t.Fatal(err)
			}
			samples := src.Samples()
			if !*wholeSet {
				samples = min(samples, 500)
			}
			inFloat, onChip := floatCorrect(t, n, src, samples), chipCorrect(t, n, src, samples)
			t.Logf("%d samples: float %d, spinnaker1 %d", samples, inFloat, onChip)
			if lost := 100 * float64(inFloat-onChip) / float64(samples); lost > c.loss {
				t.Errorf("%.2f points of accuracy are lost, more than %.2f", lost, c.loss)
			}
			if 10*inFloat < 9*samples {
				t.Errorf("%d of %d samples are right in float", inFloat, samples)
			}
		})
	}
}

// right tells whether the neuron with most spikes, the first of several, is the
// label.
func right(counts []int, label int) bool {
	best := 0
	for j, x := range counts {
		if x > counts[best] {
			best = j
		}
	}
	return best == label
}

func floatCorrect(t *testing.T, n *ir.Network, src spike.Source, samples int) (correct int) {
	t.Helper()
	s := &passes.State{Net: n}
	if err := passes.Run(context.Background(), s, passes.ToReference, passes.Hooks{}); err != nil {
		t.Fatal(err)
	}
	prog, err := eval.Compile(s.Net)
	if err != nil {
		t.Fatal(err)
	}
	opt := eval.Options{Steps: src.Steps(), Probes: []eval.Probe{{Node: s.Net.Lookup("lif2"), What: eval.Spikes}}}
	fill := func(k int, in eval.Stimulus) error {
		if in[0].Raster == nil {
			in[0].Raster = &spike.Raster{}
		}
		return src.Raster(k, in[0].Raster)
	}
	if err := eval.RunBatch(context.Background(), prog, samples, 0, opt, fill, func(k int, res *eval.Result) error {
		if right(res.Recordings[0].Raster.Counts(), src.Labels()[k]) {
			correct++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return correct
}

func chipCorrect(t *testing.T, n *ir.Network, src spike.Source, samples int) (correct int) {
	t.Helper()
	prog, err := engine.Load(agree.Encode(t, compile(t, n, passes.Options{})))
	if err != nil {
		t.Fatal(err)
	}
	fill := func(k int, stim emulator.Stimulus) error { return src.Raster(k, stim[0].Raster) }
	if err := engine.RunBatch(context.Background(), prog, samples, fill, engine.Options{Steps: src.Steps()}, func(k int, res *emulator.Result) error {
		if right(res.Raster("lif2").Counts(), src.Labels()[k]) {
			correct++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return correct
}
