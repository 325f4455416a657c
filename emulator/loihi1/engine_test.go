package loihi1_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/backend/loihi1/image"
	"github.com/synfire/synfire/backend/loihi1/image/imagetest"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/emulator/loihi1"
	"github.com/synfire/synfire/internal/spike"
	"pgregory.net/rapid"
)

// allProbes asks for everything.
func allProbes(img *image.Image) []emulator.Probe {
	var probes []emulator.Probe
	for _, p := range img.Populations {
		for _, v := range []emulator.Var{emulator.Spikes, emulator.Current, emulator.Voltage} {
			probes = append(probes, emulator.Probe{Population: p.Name, Var: v, Hi: -1, Step: 1})
		}
	}
	return probes
}

func randomStimulus(t testing.TB, r *rand.Rand, img *image.Image, steps int) emulator.Stimulus {
	var stim emulator.Stimulus
	for _, in := range img.Inputs {
		x, err := spike.New(steps, len(in.Ptr)-1)
		if err != nil {
			t.Fatal(err)
		}
		rate := r.Float64()
		for at := range steps {
			for i := range x.N {
				if at%50 < 25 && r.Float64() < rate { // pauses, so that cores fall idle
					x.Set(at, i)
				}
			}
		}
		stim = append(stim, emulator.Named{Name: in.Name, Raster: x})
	}
	return stim
}

// fatal lets helpers that want a testing.TB run inside a rapid check.
type fatal struct {
	testing.TB
	t *rapid.T
}

func (f fatal) Fatal(args ...any)                 { f.t.Fatal(args...) }
func (f fatal) Fatalf(format string, args ...any) { f.t.Fatalf(format, args...) }

// TestEngineEqualsNaiveInterpreter runs random images on 1, 2 and 3 threads
// against the interpreter: every spike, u, v and count must be equal.
func TestEngineEqualsNaiveInterpreter(t *testing.T) {
	var seen emulator.Stats
	rapid.Check(t, func(rt *rapid.T) {
		tb := fatal{t, rt}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		img, err := imagetest.Random(r, rapid.IntRange(1, 4).Draw(rt, "cores"))
		if err != nil {
			rt.Fatal(err)
		}
		steps := rapid.IntRange(0, 150).Draw(rt, "steps")
		stim := randomStimulus(tb, r, img, steps)
		encode := image.Encode
		if rapid.Bool().Draw(rt, "json") {
			encode = image.EncodeJSON
		}
		data, err := encode(img)
		if err != nil {
			rt.Fatal(err)
		}
		prog, err := loihi1.Load(data)
		if err != nil {
			rt.Fatal(err)
		}
		want, stats := runNaive(tb, img, stim, steps)
		if steps == 0 {
			want, stats = nil, emulator.Stats{}
		}
		seen.Add(stats)
		for threads := 1; threads <= 3; threads++ {
			res, err := loihi1.Run(context.Background(), prog, stim, loihi1.Options{Steps: steps, Threads: threads, Probes: allProbes(img)})
			if err != nil {
				rt.Fatal(err)
			}
			compare(rt, img, res, want)
			if d := cmp.Diff(stats, res.Stats); d != "" {
				rt.Fatalf("%d threads: counts differ (-want +got): %s", threads, d)
			}
		}
	})
	if seen.Spikes == 0 || seen.SynEvents == 0 || seen.AccumulatorWraps == 0 || seen.CurrentWraps == 0 {
		t.Errorf("the random images do not reach everything: %+v", seen)
	}
}

// compare checks rasters and traces of all populations in network time.
func compare(t *rapid.T, img *image.Image, res *emulator.Result, want []moment) {
	for i, p := range img.Populations {
		for _, s := range p.Slices {
			for k := range s.Count {
				n, cx := int(s.First+k), s.Compartment+k
				for at := range res.Steps {
					m := want[at+int(p.Latency)]
					fired := res.Spikes[i].Get(at, n)
					if fired != m.fired[s.Core][cx] || fired != (res.Traces[3*i].Row(at)[n] == 1) {
						t.Fatalf("%s[%d] step %d: spike %v, want %v", p.Name, n, at, fired, m.fired[s.Core][cx])
					}
					u, v := int64(res.Traces[3*i+1].Row(at)[n]), int64(res.Traces[3*i+2].Row(at)[n])
					if u != m.u[s.Core][cx] || v != m.v[s.Core][cx] {
						t.Fatalf("%s[%d] step %d: u, v = %d, %d, want %d, %d", p.Name, n, at, u, v, m.u[s.Core][cx], m.v[s.Core][cx])
					}
				}
			}
		}
	}
}

func randomProgram(t *testing.T, seed uint64) (*image.Image, *loihi1.Program, *rand.Rand) {
	r := rand.New(rand.NewPCG(seed, 1))
	img, err := imagetest.Random(r, 4)
	if err != nil {
		t.Fatal(err)
	}
	prog, err := loihi1.Compile(img)
	if err != nil {
		t.Fatal(err)
	}
	return img, prog, r
}

// TestCancelEndsWithinAStep cancels from the progress report of a step.
func TestCancelEndsWithinAStep(t *testing.T) {
	img, prog, r := randomProgram(t, 3)
	for threads := 1; threads <= 3; threads++ {
		ctx, cancel := context.WithCancel(context.Background())
		last := 0
		_, err := loihi1.Run(ctx, prog, randomStimulus(t, r, img, 1000), loihi1.Options{Steps: 1000, Threads: threads, Progress: func(done, total int) {
			if last = done; done == 10 {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) || last != 10 {
			t.Errorf("%d threads: ran %d steps, error %v", threads, last, err)
		}
		cancel()
	}
}

func TestRunRefusesWhatDoesNotFit(t *testing.T) {
	img, prog, r := randomProgram(t, 5)
	stim := randomStimulus(t, r, img, 10)
	probe := func(s string) []emulator.Probe {
		p, err := emulator.ParseProbe(s)
		if err != nil {
			t.Fatal(err)
		}
		return []emulator.Probe{p}
	}
	extra := append(emulator.Stimulus{{Name: "no such port", Raster: stim[0].Raster}}, stim...)
	tests := []struct {
		want string
		stim emulator.Stimulus
		opts loihi1.Options
	}{
		{"no raster given", nil, loihi1.Options{Steps: 10}},
		{"the run needs 11 x", stim, loihi1.Options{Steps: 11}},
		{"input ports", extra, loihi1.Options{Steps: 10}},
		{"cannot run -1 steps", stim, loihi1.Options{Steps: -1}},
		{`no population "x"`, stim, loihi1.Options{Steps: 10, Probes: probe("x.v")}},
		{"neurons", stim, loihi1.Options{Steps: 10, Probes: probe("pop.0[2000]")}},
	}
	for _, x := range tests {
		if _, err := loihi1.Run(context.Background(), prog, x.stim, x.opts); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("want %q, got %v", x.want, err)
		}
	}
}

// TestInitRefDelaysAPopulation: a compartment with InitRef r behaves from chip
// step r on like one without from step 0, which is what Latency reports.
func TestInitRefDelaysAPopulation(t *testing.T) {
	for _, refract := range []uint8{1, 5} {
		var results []*emulator.Result
		for _, delay := range []int{0, 3} {
			img := &image.Image{
				Cores: []image.Core{{
					DelayBits: 3, VMinExp: 23, VMaxExp: 7, VthProfiles: []uint32{50},
					CxProfiles:   []image.CxProfile{{DecayU: 4095, DecayV: 10, Refract: refract}},
					Compartments: []image.Compartment{{BiasMant: 900, InitRef: uint8(delay)}},
				}},
				Populations: []image.Population{{
					Name: "p", Shape: []int32{1}, Latency: int32(delay), Scale: 1, Slices: []image.Slice{{Count: 1}},
				}},
			}
			prog, err := loihi1.Compile(img)
			if err != nil {
				t.Fatal(err)
			}
			res, err := loihi1.Run(context.Background(), prog, nil, loihi1.Options{Steps: 60, Probes: []emulator.Probe{{Population: "p", Var: emulator.Voltage, Hi: -1, Step: 1}}})
			if err != nil {
				t.Fatal(err)
			}
			if res.Raster("p").Count() == 0 || res.Stats.Steps != 60+delay {
				t.Fatalf("%d spikes in %d chip steps", res.Raster("p").Count(), res.Stats.Steps)
			}
			res.Stats = emulator.Stats{}
			results = append(results, res)
		}
		if d := cmp.Diff(results[0], results[1]); d != "" {
			t.Errorf("refractory %d: delayed by 3 steps it differs: %s", refract, d)
		}
	}
}

// TestPopulationAxonsEqualDiscreteOnes replaces each atom of each population
// axon by a discrete axon; nothing may change.
func TestPopulationAxonsEqualDiscreteOnes(t *testing.T) {
	atoms := 0
	for seed := range uint64(30) {
		img, prog, r := randomProgram(t, 100+seed)
		stim := randomStimulus(t, r, img, 60)
		opts := loihi1.Options{Steps: 60, Probes: allProbes(img)}
		want, err := loihi1.Run(context.Background(), prog, stim, opts)
		if err != nil {
			t.Fatal(err)
		}
		split := make([]map[[2]uint16]uint16, len(img.Cores)) // axon, atom -> discrete axon
		for k := range img.Cores {
			c := &img.Cores[k]
			split[k] = map[[2]uint16]uint16{}
			var discrete []image.InAxon
			for i, a := range c.InAxons {
				for m := range a.Atoms {
					split[k][[2]uint16{uint16(i), m}] = uint16(len(discrete))
					discrete = append(discrete, image.InAxon{Ptr: a.Ptr + uint32(m)*uint32(a.Len), Len: a.Len, Atoms: 1, Base: a.Base})
					atoms += int(min(m, 1))
				}
			}
			c.InAxons = discrete
		}
		move := func(ref *image.AxonRef) {
			ref.Axon, ref.Atom = split[ref.Core][[2]uint16{ref.Axon, ref.Atom}], 0
		}
		for i := range img.Inputs {
			for j := range img.Inputs[i].Targets {
				move(&img.Inputs[i].Targets[j])
			}
		}
		for k := range img.Cores {
			for j := range img.Cores[k].OutAxons {
				move(&img.Cores[k].OutAxons[j].AxonRef)
			}
		}
		prog, err = loihi1.Compile(img)
		if err != nil {
			t.Fatal(err)
		}
		got, err := loihi1.Run(context.Background(), prog, stim, opts)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("seed %d: %s", seed, cmp.Diff(want, got))
		}
	}
	if atoms == 0 {
		t.Error("no image had a population axon")
	}
}

// TestStepsDoNotAllocate: ten times the steps must not mean more allocations.
func TestStepsDoNotAllocate(t *testing.T) {
	img, prog, r := randomProgram(t, 7)
	count := func(steps int) float64 {
		stim := randomStimulus(t, r, img, steps)
		return testing.AllocsPerRun(5, func() {
			if _, err := loihi1.Run(context.Background(), prog, stim, loihi1.Options{Steps: steps, Threads: 1}); err != nil {
				t.Fatal(err)
			}
		})
	}
	if few, many := count(20), count(200); many > few {
		t.Errorf("20 steps: %v allocations, 200 steps: %v", few, many)
	}
}

func ExampleRun() {
	// One compartment that integrates a bias of 1000 up to 64*50 = 3200.
	prog, err := loihi1.Compile(&image.Image{
		Cores: []image.Core{{
			DelayBits: 3, VMinExp: 23, VMaxExp: 7, VthProfiles: []uint32{50},
			CxProfiles:   []image.CxProfile{{DecayU: 4095, DecayV: 0, Refract: 1}},
			Compartments: []image.Compartment{{BiasMant: 1000}},
		}},
		Populations: []image.Population{{Name: "p", Shape: []int32{1}, Scale: 1, Slices: []image.Slice{{Count: 1}}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	probe, _ := emulator.ParseProbe("p.v")
	res, err := loihi1.Run(context.Background(), prog, nil, loihi1.Options{Steps: 6, Probes: []emulator.Probe{probe}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Traces[0].Data, res.Raster("p").Count())
	// Output: [1000 2000 3000 0 1000 2000] 1
}
