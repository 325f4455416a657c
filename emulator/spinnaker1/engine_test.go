package spinnaker1_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/backend/spinnaker1/image/imagetest"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/emulator/spinnaker1"
)

// load encodes an image and loads its bytes.
func load(t testing.TB, img *image.Image) *spinnaker1.Program {
	t.Helper()
	data, err := image.Encode(img)
	if err != nil {
		t.Fatal(err)
	}
	p, err := spinnaker1.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// noise returns a stimulus in which each element spikes with a probability of
// 1/8, with pauses.
func noise(t testing.TB, p *spinnaker1.Program, steps int, seed uint64) emulator.Stimulus {
	t.Helper()
	stim, err := p.NewStimulus(steps)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	for _, in := range stim {
		for s := range steps {
			for i := range in.N {
				if s/16%2 == 0 && rng.IntN(8) == 0 {
					in.Set(s, i)
				}
			}
		}
	}
	return stim
}

// probeAll asks for the currents and potentials of all populations.
func probeAll(img *image.Image) (probes []emulator.Probe) {
	for _, p := range img.Populations {
		for _, v := range []emulator.Var{emulator.Current, emulator.Voltage, emulator.Spikes} {
			probes = append(probes, emulator.Probe{Population: p.Name, Var: v, Hi: -1, Step: 1})
		}
	}
	return probes
}

// TestAgainstNaive compares random machines with an interpreter of the
// specification: every current, potential and spike of every tick and all
// counts, on one thread and on three.
func TestAgainstNaive(t *testing.T) {
	const steps = 60
	spikes, saturated := int64(0), int64(0)
	for seed := range uint64(40) {
		img, err := imagetest.Random(rand.New(rand.NewPCG(seed, 0)), 12)
		if err != nil {
			t.Fatal(err)
		}
		p := load(t, img)
		stim := noise(t, p, steps, seed)
		n := newNaive(t, img)
		moments := n.run(stim, steps)
		for _, threads := range []int{1, 3} {
			res, err := spinnaker1.Run(context.Background(), p, stim, spinnaker1.Options{Steps: steps, Threads: threads, Probes: probeAll(img)})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(n.stats, res.Stats); d != "" {
				t.Errorf("seed %d: counts of %d threads: %s", seed, threads, d)
			}
			compareMoments(t, img, moments, res)
		}
		spikes, saturated = spikes+n.stats.Spikes, saturated+n.stats.Saturations
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if spikes < 1000 || saturated < 10 {
		t.Errorf("%d spikes and %d saturated sums test little", spikes, saturated)
	}
	t.Logf("%d spikes, %d saturated sums", spikes, saturated)
}

func compareMoments(t *testing.T, img *image.Image, moments [][][]neuron, res *emulator.Result) {
	t.Helper()
	for i, p := range img.Populations {
		first := 0
		for _, s := range p.Slices {
			for k := range int(s.Count) {
				for step := range res.Steps {
					want := moments[step+int(p.Latency)][s.Core][int(s.Neuron)+k]
					at := first + k
					spiked := int32(0)
					if want.spiked {
						spiked = 1
					}
					u, v, z := res.Traces[3*i].Row(step)[at], res.Traces[3*i+1].Row(step)[at], res.Traces[3*i+2].Row(step)[at]
					if u != want.used || v != want.v || z != spiked || res.Spikes[i].Get(step, at) != want.spiked {
						t.Fatalf("%s: step %d: neuron %d has u %d, v %d, spike %d, want %+v", p.Name, step, at, u, v, z, want)
					}
				}
			}
			first += int(s.Count)
		}
	}
}

// TestBatch compares samples of a batch with single runs.
func TestBatch(t *testing.T) {
	const steps, samples = 30, 7
	img, err := imagetest.Random(rand.New(rand.NewPCG(3, 0)), 8)
	if err != nil {
		t.Fatal(err)
	}
	p := load(t, img)
	opts := spinnaker1.Options{Steps: steps, Threads: 2}
	fill := func(k int, stim emulator.Stimulus) error {
		for i, in := range noise(t, p, steps, uint64(k)) {
			copy(stim[i].Words, in.Words)
		}
		return nil
	}
	seen := 0
	err = spinnaker1.RunBatch(context.Background(), p, samples, fill, opts, func(k int, got *emulator.Result) error {
		want, err := spinnaker1.Run(context.Background(), p, noise(t, p, steps, uint64(k)), opts)
		if err != nil {
			return err
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("sample %d: %s", k, d)
		}
		seen++
		return nil
	})
	if err != nil || seen != samples {
		t.Errorf("%d samples, %v", seen, err)
	}
}

func TestRunRefuses(t *testing.T) {
	img, err := imagetest.Random(rand.New(rand.NewPCG(3, 0)), 8)
	if err != nil {
		t.Fatal(err)
	}
	p := load(t, img)
	stim := noise(t, p, 5, 1)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		stim emulator.Stimulus
		opts spinnaker1.Options
	}{
		"no stimulus":        {context.Background(), nil, spinnaker1.Options{Steps: 5}},
		"a stimulus too few": {context.Background(), stim[1:], spinnaker1.Options{Steps: 5}},
		"a longer run":       {context.Background(), stim, spinnaker1.Options{Steps: 6}},
		"negative":           {context.Background(), stim, spinnaker1.Options{Steps: -1}},
		"an unknown probe":   {context.Background(), stim, spinnaker1.Options{Steps: 5, Probes: []emulator.Probe{{Population: "no", Hi: -1, Step: 1}}}},
		"cancelled":          {cancelled, stim, spinnaker1.Options{Steps: 5}},
	} {
		if _, err := spinnaker1.Run(c.ctx, p, c.stim, c.opts); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
