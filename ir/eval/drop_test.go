package eval

import (
	"context"
	"slices"
	"testing"

	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
)

// relayNet hands each spike of the input on.
func relayNet(size int) *ir.Network {
	pop := node1(ir.OpThreshold, size, size)
	pop.Neuron.Compare = ir.Greater
	pop.Set(ir.PThreshold, ir.Uniform(pop.Out, 0.5))
	return chain(node1(ir.OpInput, size, size), pop)
}

// dropped runs samples of spikes everywhere and returns the spikes of input and
// population of each.
func dropped(t *testing.T, samples, workers int, drop *Drop) [][2]*spike.Raster {
	t.Helper()
	const size, steps = 40, 50
	p := mustCompile(t, relayNet(size))
	opt := Options{Steps: steps, Drop: drop, Probes: []Probe{{0, Spikes}, {1, Spikes}}}
	var out [][2]*spike.Raster
	err := RunBatch(context.Background(), p, samples, workers, opt, func(_ int, in Stimulus) error {
		r, err := spike.New(steps, size)
		for t := range steps {
			for i := range size {
				r.Set(t, i)
			}
		}
		in[0].Raster = r
		return err
	}, func(_ int, res *Result) error {
		out = append(out, [2]*spike.Raster{res.Recordings[0].Raster, res.Recordings[1].Raster})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestDrop: of 4000 spikes a fifth is lost at each of two stations, in another
// way in each sample and station, whatever the number of workers, and wherever
// a batch begins.
func TestDrop(t *testing.T) {
	drop := &Drop{Probability: 0.2, Seed: 3}
	all := dropped(t, 4, 1, drop)
	in, pop := 0, 0
	for k := range all {
		in, pop = in+all[k][0].Count(), pop+all[k][1].Count()
	}
	if in < 6400-130 || in > 6400+130 || pop < 5120-160 || pop > 5120+160 { // four sigma of 8000
		t.Errorf("%d and %d of 8000 spikes are left", in, pop)
	}
	same := func(a, b *spike.Raster) bool { return slices.Equal(a.Words, b.Words) }
	if same(all[0][0], all[1][0]) || same(all[0][0], all[0][1]) {
		t.Error("the same spikes are lost twice")
	}
	for k, r := range dropped(t, 4, 3, drop) {
		if !same(r[0], all[k][0]) || !same(r[1], all[k][1]) {
			t.Errorf("sample %d is another with three workers", k)
		}
	}
	for k, r := range dropped(t, 2, 1, &Drop{Probability: 0.2, Seed: 3, First: 2}) {
		if !same(r[1], all[k+2][1]) {
			t.Errorf("sample %d is another if the batch begins later", k+2)
		}
	}
	if r := dropped(t, 1, 1, &Drop{Probability: 1, Seed: 3}); r[0][0].Count() != 0 {
		t.Error("not all are lost")
	}
	if r := dropped(t, 1, 1, &Drop{}); r[0][1].Count() != 2000 {
		t.Error("some are lost")
	}
}
