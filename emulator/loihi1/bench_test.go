package loihi1_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/emulator/loihi1"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/testenv"
)

// speedWorkload reads the network of golden/loihi/30_speed_workload.npz: 1000
// neurons with 200 inputs and 119,401 synapses. That is more synapse memory
// than one core has, so the image spreads it over cores of width neurons.
func speedWorkload(b testing.TB, width int) (*loihi1.Program, emulator.Stimulus, *spike.Raster) {
	arrays, err := npy.ReadNPZ(testenv.Shared(b, "golden/loihi/30_speed_workload.npz"))
	if err != nil {
		b.Fatal(err)
	}
	ints := func(name string, columns int) [][]int {
		a := npy.Find(arrays, name)
		if a == nil || a.Kind != npy.Int {
			b.Fatalf("no integers %q in the workload", name)
		}
		var rows [][]int
		for row := range slices.Chunk(a.Ints, columns) {
			r := make([]int, columns)
			for i, x := range row {
				r[i] = int(x)
			}
			rows = append(rows, r)
		}
		return rows
	}
	p := ints("params", 7)[0] // steps, n, n_in, decay_u, decay_v, vth_mant, refract
	net := &trace{
		Steps: p[0],
		Groups: map[string]group{"g": {
			N: p[1], DecayU: param{p[3]}, DecayV: param{p[4]}, VthMant: param{p[5]}, Refract: param{p[6]},
			BiasMant: param{0}, BiasExp: param{0}, VMin: -1<<23 + 1, VMax: 1<<23 - 1,
		}},
		Inputs:      map[string]inputPort{"x": {N: p[2], Spikes: ints("input_spikes_t_i", 2)}},
		Projections: append(bySign("x", ints("in_syn_pre_post_w", 3)), bySign("g", ints("rec_syn_pre_post_w", 3))...),
	}
	prog, err := loihi1.Load(build(b, net, width))
	if err != nil {
		b.Fatal(err)
	}
	return prog, net.stimulus(b), raster(b, net.Steps, p[1], ints("spikes_t_i", 2))
}

// bySign splits synapses into a projection for each sign, so that odd 8-bit
// mantissas are on the grid.
func bySign(pre string, syns [][]int) []projection {
	exc := projection{Pre: pre, Post: "g", Sign: "excitatory", Bits: 8}
	inh := projection{Pre: pre, Post: "g", Sign: "inhibitory", Bits: 8}
	for _, s := range syns {
		if s[2] < 0 {
			inh.Syn = append(inh.Syn, s)
		} else {
			exc.Syn = append(exc.Syn, s)
		}
	}
	return []projection{exc, inh}
}

// checkSpeedWorkload runs the workload once; all spikes must be equal.
func checkSpeedWorkload(b testing.TB, prog *loihi1.Program, stim emulator.Stimulus, want *spike.Raster) emulator.Stats {
	res, err := loihi1.Run(context.Background(), prog, stim, loihi1.Options{Steps: want.Steps, Threads: 1})
	if err != nil {
		b.Fatal(err)
	}
	if n, t, i, err := spike.Diff(want, res.Raster("g")); n != 0 || err != nil {
		b.Fatalf("%d wrong spikes, first in step %d of neuron %d (%v)", n, t, i, err)
	}
	if res.Stats.Spikes != 22250 {
		b.Fatalf("%d spikes, want 22250", res.Stats.Spikes)
	}
	return res.Stats
}

// BenchmarkSpeedWorkload times the 1000 steps of the workload (2.61 M synaptic
// events, 1 M updates), state and result arrays included, on 3 cores, the
// fewest that hold its synapses. ns/event and ns/update divide the whole time
// by each count.
//
// What bounds it, by profile: two thirds go to events, a fifth to updates. An
// event is 4 bytes of row and about 5 instructions; the rows, 0.5 MB, come from
// the second-level cache, and since a row has only 33 synapses on each of the 3
// cores, finding it and leaving its loop by a mispredicted branch cost as much
// as adding it. An update by blocks of eight is bound by instructions (about 6
// for a compartment, 40 without AVX2); the state is 12 KB and stays in the
// first-level cache.
func BenchmarkSpeedWorkload(b *testing.B) {
	prog, stim, want := speedWorkload(b, 334)
	stats := checkSpeedWorkload(b, prog, stim, want)
	loihi1.ThreadsByWork(b)
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprintf("threads=%d", threads), func(b *testing.B) {
			opts := loihi1.Options{Steps: want.Steps, Threads: threads}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := loihi1.Run(context.Background(), prog, stim, opts); err != nil {
					b.Fatal(err)
				}
			}
			perRun := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(perRun/float64(stats.SynEvents), "ns/event")
			b.ReportMetric(perRun/float64(stats.Updates), "ns/update")
		})
	}
}

// BenchmarkBatch times samples of 100 steps of the workload on all CPUs.
func BenchmarkBatch(b *testing.B) {
	prog, stim, want := speedWorkload(b, 334)
	checkSpeedWorkload(b, prog, stim, want)
	const samples = 64
	opts := loihi1.Options{Steps: 100}
	fill := func(k int, s emulator.Stimulus) error {
		copy(s[0].Words, stim[0].Words[k*stim[0].Stride:])
		return nil
	}
	for b.Loop() {
		err := loihi1.RunBatch(context.Background(), prog, samples, fill, opts, func(int, *emulator.Result) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/samples, "ns/sample")
}
