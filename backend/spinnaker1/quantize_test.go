package spinnaker1_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/synfire/synfire/backend/spinnaker1"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/passes"
)

// populations are neurons of each kind. The weights reach a few thresholds.
var populations = []struct {
	name, pop string
	loose     float64 // of the largest potential so far, or the threshold, that it may be off
}{
	{"lif", "lif { tau 16ms, threshold 1, reset zero, compare > }", 1e-3},
	{"exact exponential", "lif { tau 5ms, threshold 1, integrator exp, reset zero, compare > }", 1e-3},
	{"at the threshold", "lif { tau 20ms, threshold 1, reset zero, compare >= }", 1e-3},
	{"rest and reset", "lif { tau 10ms, threshold -50mV, v_leak -65mV, reset -60mV, v0 -62mV, r 10, refractory 3ms, compare > }", 1e-3},
	{"long time constant", "lif { tau 200ms, threshold 1, reset zero, compare > }", 2e-3},
	{"integrator", "if { threshold 1, reset zero, v0 0.25, compare > }", 3e-2},
	{"refractory integrator", "if { threshold 1, reset zero, refractory 2ms, compare >= }", 3e-2},
	{"current", "cubalif { tau_syn 5ms, tau_mem 20ms, w_in 5, r 1, threshold 1, reset zero, compare > }", 1e-3},
	{"short current", "cubalif { tau_syn 1ms, tau_mem 2ms, w_in 1, r 1, threshold 0.3, reset zero, compare > }", 1e-3},
	{"old current", "cubalif { tau_syn 3ms, tau_mem 9ms, w_in 3, r 2, threshold 1, reset zero, compare >, current old }", 1e-3},
}

// TestPotentialFollows compares the integer neuron with the real one step by
// step: where the real potential keeps clear of the threshold both spike alike,
// and until they differ their potentials do not.
func TestPotentialFollows(t *testing.T) {
	const sources, size, steps = 40, 8, 200
	for seed, c := range populations {
		t.Run(c.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(seed), 7))
			text := "network n {\n dt 1ms\n in x [40]\n pop p [8] " + c.pop + "\n map w [40] -> [8] dense fill [8, 40] 0\n edge x -> w\n edge w -> p\n out p\n}"
			n, err := ir.Parse("n", []byte(text), ir.ParseOptions{})
			if err != nil {
				t.Fatal(err)
			}
			weights := make([]float64, size*sources)
			node := n.Node(n.Lookup("p"))
			span := node.P(ir.PVThreshold).At(0) - node.P(ir.PVReset).At(0)
			if node.Neuron.Reset != ir.ResetValue {
				span = node.P(ir.PVThreshold).At(0)
			}
			for i := range weights {
				weights[i] = rng.NormFloat64()*0.2*span + 0.03*span
			}
			n.Node(n.Lookup("w")).Set(ir.PWeight, ir.Floats(ir.Shape{size, sources}, weights))
			n.Node(n.Lookup("w")).Set(ir.PBias, ir.Floats(ir.Shape{size}, weights[:size]))
			in, err := spike.New(steps, sources)
			if err != nil {
				t.Fatal(err)
			}
			for s := range steps {
				for i := range sources {
					if rng.Float64() < 0.1 {
						in.Set(s, i)
					}
				}
			}
			real, chip := passTo(t, n, passes.ToReference), passTo(t, n, passes.ToInteger)
			want, got := traces(t, real.Net, in), traces(t, chip.Net, in)
			p := chip.Net.Lookup("p")
			scale, offset := chip.Map.Scale[p], chip.Map.Offset[p]
			if scale == 0 {
				t.Fatal("the scale of the potential is not known")
			}
			spikes, off := 0, 0.0
			for j := range size {
				most := span // that the potential differed from the reset by
				for s := range steps {
					a, b := want[0].Raster.Get(s, j), got[0].Raster.Get(s, j)
					if a {
						spikes++
					}
					if a != b {
						break // at the threshold, which the tolerance bounds
					}
					v := want[1].Trace[s][j]
					most = max(most, math.Abs(v-offset))
					off = max(off, math.Abs(v-(got[1].Trace[s][j]/scale+offset))/most)
				}
			}
			if off > c.loose {
				t.Errorf("the potential is off by %.2g", off)
			}
			if spikes == 0 {
				t.Error("no spike")
			}
			t.Logf("%d spikes, potential off by %.2g, threshold %v", spikes, off, chip.Net.Node(p).P(ir.PVThreshold).At(0))
		})
	}
}

func passTo(t *testing.T, n *ir.Network, stage passes.Stage) *passes.State {
	t.Helper()
	s := &passes.State{Net: n, Target: spinnaker1.Target{}}
	if err := passes.Run(context.Background(), s, stage, passes.Hooks{}); err != nil {
		t.Fatal(err)
	}
	return s
}

// traces returns the spikes and potentials of population p.
func traces(t *testing.T, n *ir.Network, in *spike.Raster) []eval.Recording {
	t.Helper()
	prog, err := eval.Compile(n)
	if err != nil {
		t.Fatal(err)
	}
	id := n.Lookup("p")
	res, err := eval.Run(context.Background(), prog, eval.Stimulus{{Raster: in}}, eval.Options{Steps: in.Steps, Probes: []eval.Probe{{Node: id, What: eval.Spikes}, {Node: id, What: eval.Potential}}})
	if err != nil {
		t.Fatal(err)
	}
	return res.Recordings
}
