package loihi1_test

import (
	"context"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/backend/loihi1/image"
	"github.com/synfire/synfire/backend/loihi1/image/imagetest"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/emulator/loihi1"
	"github.com/synfire/synfire/emulator/noc"
)

// oneChip returns a random program whose cores are on different tiles of one
// chip.
func oneChip(t *testing.T, seed uint64) (*image.Image, *loihi1.Program, emulator.Stimulus) {
	r := rand.New(rand.NewPCG(seed, 9))
	img, err := imagetest.Random(r, 4)
	if err != nil {
		t.Fatal(err)
	}
	for k := range img.Cores {
		img.Cores[k].Chip, img.Cores[k].ID = 0, int32(k*9)
	}
	prog, err := loihi1.Compile(img)
	if err != nil {
		t.Fatal(err)
	}
	return img, prog, randomStimulus(t, r, img, meterSteps)
}

const meterSteps = 40

func newMeter(t *testing.T, p *loihi1.Program, timing string) *loihi1.Meter {
	t.Helper()
	profile, err := cost.Open("sanafe-loihi")
	if err != nil {
		t.Fatal(err)
	}
	m, err := loihi1.NewMeter(p, profile, cost.SynapseSparse, timing)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func measure(t *testing.T, p *loihi1.Program, stim emulator.Stimulus, m *loihi1.Meter, threads int) *emulator.Result {
	t.Helper()
	res, err := loihi1.Run(context.Background(), p, stim, loihi1.Options{Steps: meterSteps, Threads: threads, Meter: m})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// naiveCounts counts from the image and the spikes of the naive interpreter,
// step by step.
func naiveCounts(t *testing.T, img *image.Image, stim emulator.Stimulus, all []moment) []cost.Counts {
	out := make([]cost.Counts, len(all))
	ref, before := make([][]int, len(img.Cores)), moment{}
	for k, c := range img.Cores {
		u, v := make([]int64, len(c.Compartments)), make([]int64, len(c.Compartments))
		for i, x := range c.Compartments {
			v[i], ref[k] = int64(x.InitV), append(ref[k], int(x.InitRef))
		}
		before.u, before.v = append(before.u, u), append(before.v, v)
	}
	for now, m := range all {
		n := &out[now]
		reach := func(a image.AxonRef) bool {
			syns, err := image.UnpackAxon(&img.Cores[a.Core], int(a.Axon), int(a.Atom))
			if err != nil {
				t.Fatal(err)
			}
			if len(syns) > 0 {
				n[cost.AxonIn]++
				n[cost.SynapseSparse] += int64(len(syns))
				n[cost.Dendrite] += int64(len(syns))
			}
			return len(syns) > 0
		}
		for _, in := range img.Inputs {
			for i := range len(in.Ptr) - 1 {
				if now < meterSteps && stim.Get(in.Name).Get(now, i) {
					for _, a := range in.Targets[in.Ptr[i]:in.Ptr[i+1]] {
						reach(a)
					}
				}
			}
		}
		for k, c := range img.Cores {
			for i, x := range c.Compartments {
				n[cost.SomaAccess]++
				if m.fired[k][i] {
					n[cost.SomaSpike]++
				}
				if m.fired[k][i] || ref[k][i] > 0 || before.u[k][i] != 0 || before.v[k][i] != 0 || m.u[k][i] != 0 || x.BiasMant != 0 {
					n[cost.SomaUpdate]++
				}
				if m.fired[k][i] {
					ref[k][i] = int(c.CxProfiles[x.CxProfile].Refract)
				}
				ref[k][i] = max(0, ref[k][i]-1)
			}
			for _, o := range c.OutAxons {
				if !m.fired[k][o.Src] || !reach(o.AxonRef) {
					continue
				}
				n[cost.AxonOut]++
				from, to := int(c.ID)/4, int(img.Cores[o.Core].ID)/4
				ew, ns := to/4-from/4, to%4-from%4
				n[cost.HopEW] += int64(max(ew, -ew))
				n[cost.HopNS] += int64(max(ns, -ns))
				if from == to {
					n[cost.HopLocal]++
				}
			}
		}
		before = m
	}
	return out
}

func TestMeterAgainstNaiveCounts(t *testing.T) {
	var messages int64
	for seed := range uint64(40) {
		img, prog, stim := oneChip(t, seed)
		m := newMeter(t, prog, "simple")
		measure(t, prog, stim, m, 1)
		all, _ := runNaive(t, img, stim, meterSteps)
		var got []cost.Counts
		for i := range m.Steps {
			got = append(got, m.Steps[i].Counts)
		}
		if d := cmp.Diff(naiveCounts(t, img, stim, all), got); d != "" {
			t.Fatalf("seed %d: counts (-naive +meter):\n%s", seed, d)
		}
		messages += m.Counts[cost.AxonOut]
	}
	if messages < 1000 {
		t.Errorf("only %d messages in all programs", messages)
	}
}

// TestMeterChangesNothing runs with and without a meter, on one and two
// threads, and again with a meter that was used before.
func TestMeterChangesNothing(t *testing.T) {
	for seed := range uint64(10) {
		_, prog, stim := oneChip(t, seed)
		want := measure(t, prog, stim, nil, 1)
		for _, timing := range []string{"simple", "detailed", "cycle"} {
			first := newMeter(t, prog, timing)
			if got := measure(t, prog, stim, first, 1); !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d: %s changes the run", seed, timing)
			}
			steps, time, energy := first.Steps, first.Time, first.Energy
			for _, threads := range []int{2, 1} {
				measure(t, prog, stim, first, threads)
				if !reflect.DeepEqual(first.Steps, steps) || first.Time != time || first.Energy != energy {
					t.Fatalf("seed %d: %s measures otherwise on %d threads", seed, timing, threads)
				}
			}
		}
	}
}

// TestMeterAddsUp prices cores and links alone: the sum is the total.
func TestMeterAddsUp(t *testing.T) {
	for seed := range uint64(10) {
		_, prog, stim := oneChip(t, seed)
		m := newMeter(t, prog, "cycle")
		var received, fromOutside int64
		m.Observe = func(i int, s *loihi1.MeterStep, traffic *noc.Traffic) {
			if s != &m.Steps[len(m.Steps)-1] || i != len(m.Steps)-1 {
				t.Fatalf("step %d of %d observed", i, len(m.Steps))
			}
			received += traffic.Messages
			if s.InFlight != s.Counts[cost.AxonOut] {
				t.Fatalf("seed %d: step %d sends %d messages, %d are on the links", seed, i, s.Counts[cost.AxonOut], s.InFlight)
			}
			fromOutside += s.Counts[cost.AxonIn] - traffic.Messages
		}
		measure(t, prog, stim, m, 1)
		if received != m.Counts[cost.AxonOut] || received+fromOutside != m.Counts[cost.AxonIn] {
			t.Errorf("seed %d: observed %d messages and %d from outside, want %d and %d in all", seed, received, fromOutside, m.Counts[cost.AxonOut], m.Counts[cost.AxonIn])
		}
		for l, n := range m.Links {
			if (n > 0) != (m.Depth[l] > 0) || m.Stalled[l] > 0 && m.Depth[l] < m.Config.Buffer {
				t.Errorf("seed %d: link %d: %d messages, depth %d, stalled %d", seed, l, n, m.Depth[l], m.Stalled[l])
			}
		}
		var sum cost.Counts
		for i := range m.Cores {
			sum.Add(&m.Cores[i])
		}
		for l, n := range m.Links {
			if m.Config.Horizontal(l) {
				sum[cost.HopEW] += n
			} else {
				sum[cost.HopNS] += n
			}
		}
		for _, n := range m.Local {
			sum[cost.HopLocal] += n
		}
		energy, err := m.Profile.Energy(&sum)
		if err != nil || sum != m.Counts || energy != m.Energy {
			t.Errorf("seed %d: %v, in parts %v (%v)", seed, m.Counts, sum, err)
		}
	}
}

func TestMeterRefuses(t *testing.T) {
	_, prog, stim := oneChip(t, 1)
	_, other, _ := oneChip(t, 2)
	opts := loihi1.Options{Steps: meterSteps, Meter: newMeter(t, other, "simple")}
	if _, err := loihi1.Run(context.Background(), prog, stim, opts); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("a meter of another program: %v", err)
	}
	none := func(int, emulator.Stimulus) error { return nil }
	if err := loihi1.RunBatch(context.Background(), other, 2, none, opts, func(int, *emulator.Result) error { return nil }); err == nil {
		t.Error("a batch was measured")
	}
	sanafe := newMeter(t, prog, "simple").Profile
	davies, err := cost.Open("davies2018")
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func() error{
		"no times":   func() error { _, err := loihi1.NewMeter(prog, davies, cost.SynapseSparse, "simple"); return err },
		"no synapse": func() error { _, err := loihi1.NewMeter(prog, sanafe, cost.SomaSpike, "simple"); return err },
		"no model":   func() error { _, err := loihi1.NewMeter(prog, sanafe, cost.SynapseSparse, "dream"); return err },
	} {
		if f() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	img, _, _ := oneChip(t, 3)
	for name, spoil := range map[string]func(){
		"two chips":       func() { img.Cores[0].Chip = 1 },
		"core beyond 128": func() { img.Cores[0].Chip, img.Cores[0].ID = 0, 500 },
	} {
		spoil()
		p, err := loihi1.Compile(img)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := loihi1.NewMeter(p, sanafe, cost.SynapseSparse, "simple"); err == nil && len(img.Cores) > 1 {
			t.Errorf("%s: accepted", name)
		}
	}
}
