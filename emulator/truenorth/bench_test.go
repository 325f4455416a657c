package truenorth_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/emulator/truenorth"
)

// BenchmarkRANCWorkload times the 100 ticks of golden/truenorth/bench_8x8_256
// (63 cores, 12.5 M synaptic events, 0.53 M spikes, 1.6 M updates), state and
// result included, after its output has been compared once. RANC's simulator
// takes 10.6 ms a tick.
//
// What bounds it, by profile: instructions, spread evenly. A third of the
// neurons fire in each tick, so a core takes about 85 spikes a tick, and then
// changes nearly every neuron. Of the time 40 % goes to counting (two thirds of
// that to adding rows, the rest to turning over and weighing), 15 % to the sums,
// leaks and thresholds of all neurons, 15 % to resets, 10 % to sending and 8 %
// to listing the axons that spike. An event costs little because 64 are counted
// at once; there are 6 in a word of these rows, and denser crossbars cost no
// more. All tables together are 1.3 MB, a little over a second-level cache.
func BenchmarkRANCWorkload(b *testing.B) {
	g := loadGolden(b, "bench_8x8_256")
	p, err := truenorth.Compile(g.img)
	if err != nil {
		b.Fatal(err)
	}
	stats := g.run(b, p, 1)
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprintf("threads=%d", threads), func(b *testing.B) {
			opts := truenorth.Options{Ticks: g.want.Steps, Threads: threads}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := truenorth.Run(context.Background(), p, nil, opts); err != nil {
					b.Fatal(err)
				}
			}
			run := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(run/float64(g.want.Steps), "ns/tick")
			b.ReportMetric(run/float64(stats.SynEvents), "ns/event")
			b.ReportMetric(float64(stats.SynEvents)/run*1e9, "events/s")
		})
	}
}

// BenchmarkBatch times independent samples of the same network on all CPUs.
func BenchmarkBatch(b *testing.B) {
	g := loadGolden(b, "bench_8x8_256")
	p, err := truenorth.Compile(g.img)
	if err != nil {
		b.Fatal(err)
	}
	const samples = 16
	opts := truenorth.Options{Ticks: g.want.Steps}
	for b.Loop() {
		err := truenorth.RunBatch(context.Background(), p, samples, func(int, emulator.Stimulus) error { return nil }, opts,
			func(int, *truenorth.Result) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/samples, "ns/sample")
}
