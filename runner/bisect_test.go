package runner

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/synfire/synfire/backend/integer"
	"github.com/synfire/synfire/backend/loihi1"
	"github.com/synfire/synfire/backend/spinnaker1"
	"github.com/synfire/synfire/backend/truenorth"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/quantize"
)

var (
	loihiTarget     = &Target{Target: loihi1.Target{}, Load: LoadLoihi1}
	truenorthTarget = &Target{Target: truenorth.Target{}, Load: LoadTruenorth}
	spinnakerTarget = &Target{Target: spinnaker1.Target{}, Load: LoadSpinnaker1}
	integerTarget   = &Target{Target: integer.Target{}}
)

// twoLayers is a network that targets with 8 bits hardly approximate unless a
// test makes them.
const twoLayers = `
  in   x [6]
  pop  a [6] lif { tau 4ms, threshold 1, reset zero, r 4, integrator euler }
  pop  b [3] lif { tau 8ms, threshold 1, reset zero, r 8, integrator euler }
  proj x -> a dense [[0.5, 0, 0.25, 0, 0, 0], [0, 0.5, 0, 0.25, 0, 0], [0.25, 0, 0.5, 0, 0, 0], [0, 0.25, 0, 0.5, 0, 0], [0, 0, 0, 0, 0.5, 0.25], [0, 0, 0, 0, 0.25, 0.5]]
  proj a -> b dense [[0.5, -0.25, 0.5, -0.25, 0, 0], [-0.25, 0.5, -0.25, 0.5, 0, 0], [0, 0, -0.25, -0.25, 0.5, 0.5]]
  out  b`

// classesFile writes spikes at random, of three classes: channels 2c and 2c+1
// spike more than the others.
func classesFile(t *testing.T, samples, steps, channels int) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	spikes := &npy.Array{Name: "spikes", Kind: npy.Uint, Bits: 8, Shape: []int{samples, steps, channels}}
	labels := &npy.Array{Name: "label", Kind: npy.Int, Bits: 64, Shape: []int{samples}}
	for k := range samples {
		labels.Ints = append(labels.Ints, int64(k%3))
		for range steps {
			for i := range channels {
				p := 0.25
				if i/2 == k%3 {
					p = 0.4
				}
				bit := uint8(0)
				if rng.Float64() < p {
					bit = 1
				}
				spikes.Bytes = append(spikes.Bytes, bit)
			}
		}
	}
	var b strings.Builder
	if err := npy.WriteNPZ(&b, []*npy.Array{spikes, labels}); err != nil {
		t.Fatal(err)
	}
	return write(t, "data.npz", b.String())
}

func bisect(t *testing.T, net string, target *Target, opt passes.Options) *BisectReport {
	t.Helper()
	r, _, err := Bisect(t.Context(), &BisectRequest{
		Net: parse(t, "network net {\n  dt 1ms"+net+"\n}"), Target: target, Passes: opt, Inputs: []string{classesFile(t, 60, 30, 6)}, Spikes: spike.Options{},
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Verified != nil && !*r.Verified {
		t.Error("with everything on the replay does not spike as the emulator does")
	}
	return r
}

// TestBisectNamesTheCause makes one approximation bad on purpose, through the
// passes, and looks for it at the head of the list.
func TestBisectNamesTheCause(t *testing.T) {
	subtracting := strings.ReplaceAll(twoLayers, "pop  b [3] lif { tau 8ms, threshold 1, reset zero, r 8, integrator euler }", "pop  b [3] if { threshold 1.5, v0 0.3, reset subtract, compare >=, r 1000, integrator euler }")
	for _, x := range []struct {
		layer, cause string
		net          string
		target       *Target
		opt          passes.Options
	}{
		{"a", CauseDecay, twoLayers, loihiTarget, passes.Options{DecayBits: map[string]int{"a": 1}}},
		{"b", CauseDecay, twoLayers, loihiTarget, passes.Options{DecayBits: map[string]int{"b": 1}}},
		{"a", CauseDecay, twoLayers, integerTarget, passes.Options{DecayBits: map[string]int{"a": 1}}},
		{"b", CauseDecay, twoLayers, integerTarget, passes.Options{DecayBits: map[string]int{"b": 1}}},
		{"x->a", CauseWeights, twoLayers, loihiTarget, passes.Options{BitsBy: map[string]quantize.Bits{"a": 1}}},
		{"a->b", CauseWeights, twoLayers, loihiTarget, passes.Options{BitsBy: map[string]quantize.Bits{"b": 1}}},
		{"x->a", CauseWeights, twoLayers, nil, passes.Options{Bits: 8, BitsBy: map[string]quantize.Bits{"a": 1}}},
		{"b", CauseReset, subtracting, loihiTarget, passes.Options{AllowApproximate: true}},
	} {
		target := ReferenceName
		if x.target != nil {
			target = x.target.Name()
		}
		t.Run(fmt.Sprint(x.layer, x.cause, target), func(t *testing.T) {
			r := bisect(t, x.net, x.target, x.opt)
			if r.Full.Changed < 3 {
				t.Fatalf("%d classes change: the network is not bad", r.Full.Changed)
			}
			worst := r.Causes[0]
			if worst.Layer != x.layer || worst.Cause != x.cause {
				t.Errorf("worst is %s %s (%+v)", worst.Layer, worst.Cause, worst.Alone)
			}
			if want := fmt.Sprintf("the %s of %s", x.cause, x.layer); !strings.Contains(r.Verdict, want) {
				t.Errorf("verdict %q", r.Verdict)
			}
			if worst.Without.Changed > worst.Alone.Changed {
				t.Errorf("all but it changes %d classes, it alone %d", worst.Without.Changed, worst.Alone.Changed)
			}
		})
	}
}

// TestBisectOfNothing: where every number is one of the target's, the target
// is exact and all spikes are as in float.
func TestBisectOfNothing(t *testing.T) {
	net := `
  in   x [6]
  pop  a [3] if { threshold 1, reset subtract, compare >=, r 1000, integrator euler }
  proj x -> a dense [[0.5, 0, -0.5, 0, 0.5, 0], [0, 0.25, -0.25, 0, 0, 0], [0, 0, 0, 0.5, 0, 0.5]]
  out  a`
	for _, target := range []*Target{nil, integerTarget, truenorthTarget} {
		r := bisect(t, net, target, passes.Options{Bits: 2})
		if !r.Full.same() || !strings.Contains(r.Verdict, "changes nothing") || !slices.Contains(r.Exact, "x->a weights") {
			t.Errorf("%+v", r)
		}
		for _, c := range r.Causes {
			if !c.idle(r.Full) {
				t.Errorf("%+v", c)
			}
		}
	}
}

// TestBisectEverythingOff: with everything off the target's structure computes
// what the float models do: currents, leaks, biases, resets to a value, refractory
// periods and feedback. No effect is left for the structure.
func TestBisectEverythingOff(t *testing.T) {
	net := `
  in   x [6]
  pop  a [4] cubalif { tau_mem 7ms, tau_syn 3ms, threshold 0.7, reset value, v_reset 0.1, v_leak 0.2, refractory 2ms, integrator exp, r 3, w_in 3 }
  pop  b [3] lif { tau 5ms, threshold 0.9, reset zero, v_leak 0.3, refractory 1ms, integrator exp, r 4 }
  proj x -> a dense [[-0.15, 0.31, -0.14, -0.19, -0.56, -0.13], [0.67, 0.25, 0.62, 0.15, 0.24, 0.11], [-1.00, 0.51, 0.30, 0.30, -1.01, -1.05], [-0.53, -0.28, 0.18, -0.03, 0.31, -0.39]]
  proj a -> b dense [[0.25, 0.32, -0.53, 1.37], [0.45, 0.96, -0.50, -0.59], [-0.28, -0.09, 0.51, 0.20]] { bias [0.1, 0.05, 0.02] }
  proj b -> a delay 2 dense [[-0.22, -0.48, -0.26], [0.61, -0.40, 0.12], [0.21, -0.74, 0.02], [0.65, -1.01, -0.16]]
  out  b`
	for _, target := range []*Target{integerTarget, loihiTarget} {
		r := bisect(t, net, target, passes.Options{Bits: 3, MaxUnderflow: 1})
		if r.Full.same() || r.FloatSpikes < 100 {
			t.Errorf("%s changes nothing in %d spikes: nothing is tested", r.Target, r.FloatSpikes)
		}
		for _, c := range r.Causes {
			if c.Cause == CauseStructure {
				t.Errorf("%s: %+v", r.Target, c.Alone)
			}
		}
	}
}

// TestBisectStructure: what the relays of truenorth change is a row of its own,
// and single approximations are compared with what it leaves.
func TestBisectStructure(t *testing.T) {
	net := `
  in   x [6]
  pop  a [3] if { threshold 1.5, reset subtract, compare >=, r 1000, integrator euler }
  proj x -> a dense [[0.3, 0.21, -0.2, 0.1, 0.4, -0.3], [0.2, 0.1, 0.3, 0.4, -0.3, -0.2], [-0.1, -0.2, 0.1, 0.2, 0.7, 0.55]]
  out  a`
	opt := passes.Options{AllowApproximate: true}
	opt.Target.CoreAxons = 16
	r := bisect(t, net, truenorthTarget, opt)
	if i := slices.IndexFunc(r.Causes, func(c Cause) bool { return c.Cause == CauseStructure }); i < 0 || r.Causes[i].Alone.same() {
		t.Errorf("no cause is the structure: %+v", r.Causes)
	}
	if i := slices.IndexFunc(r.Causes, func(c Cause) bool { return c.Layer == "x->a" && c.Cause == CauseWeights }); i < 0 || r.Causes[i].Alone.same() {
		t.Errorf("no cause is the weights: %+v", r.Causes)
	}
}

// TestPairsOfSpikes counts by hand: neuron 0 spikes at 1 and 4, then at 2; neuron
// 1 at 3, then at 3 and 5.
func TestPairsOfSpikes(t *testing.T) {
	was, now := []string{"00", "10", "00", "01", "10", "00"}, []string{"00", "00", "10", "01", "00", "01"}
	m := newMovement([]Port{{Name: "a", Size: 2}})
	if err := m.keep(0, sampleOf(t, was)); err != nil {
		t.Fatal(err)
	}
	m.predicted, m.labels = []int{0}, []int{0}
	c := m.comparison(m.pops)
	if err := c.sample(0, sampleOf(t, now)); err != nil {
		t.Fatal(err)
	}
	e := c.effect(&Summary{Predicted: []int{1}})
	if e.Missing != 1 || e.Extra != 1 || e.Moved != 0.5 || e.Changed != 1 || e.Lost != 1 || e.Gained != 0 {
		t.Errorf("%+v", e)
	}
}

// sampleOf makes a sample of one population, a word a step.
func sampleOf(t *testing.T, rows []string) *Sample {
	t.Helper()
	r, err := spike.New(len(rows), len(rows[0]))
	if err != nil {
		t.Fatal(err)
	}
	for s, row := range rows {
		for i, c := range row {
			if c == '1' {
				r.Set(s, i)
			}
		}
	}
	return &Sample{Spikes: []emulator.Named{{Name: "a", Raster: r}}}
}
