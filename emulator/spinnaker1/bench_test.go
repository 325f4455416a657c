package spinnaker1_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/emulator/spinnaker1"
)

// sparse is a recurrent net of 4,000 neurons on 20 cores of one chip's row, with
// 400 synapses each way, a fifth of them inhibitory, and a source of 200.
func sparse(t testing.TB) *image.Image {
	const cores, neurons, fan = 20, 200, 20
	rng := rand.New(rand.NewPCG(4000, 0))
	img := &image.Image{
		Name: "sparse", TimerPeriod: 1000, ColourBits: 4,
		Machine: image.Machine{Board: image.Spin5, Width: 8, Height: 8},
	}
	for k := range cores + 1 {
		c := image.Core{X: uint8(k / 11), P: uint8(1 + k%11), Model: image.CurrExp, LogNeurons: 8}
		for i := range neurons {
			c.Keys = append(c.Keys, uint32(k)<<12|uint32(i)<<4)
		}
		if k == 0 {
			c.Model = image.Source
			img.Cores = append(img.Cores, c)
			img.Inputs = []image.Input{{Name: "x", Shape: []int32{neurons}, Slices: []image.Slice{{Count: neurons}}}}
			continue
		}
		c.LogDelay, c.SpikeBuffer, c.Substeps, c.Shifts = 4, 256, 1, [image.Types]uint32{2, 2}
		for range neurons {
			c.Neurons = append(c.Neurons, image.Neuron{
				C: 1 << 15, TauM: 20 << 15, Step: 1 << 15, Threshold: 15 << 15, Refractory: 2 << 15, TauExc: 5 << 15, TauInh: 5 << 15,
			})
		}
		for s := range cores + 1 {
			rows := make([][]uint32, neurons)
			for i := range rows {
				for range fan {
					syn := image.Synapse{Weight: 1000, Delay: 1 + rng.Uint32N(16), Neuron: rng.Uint32N(neurons)}
					if i%5 == 4 && s > 0 {
						syn.Weight, syn.Type = 4000, image.Inhibitory
					}
					w, err := c.Pack(syn)
					if err != nil {
						t.Fatal(err)
					}
					rows[i] = append(rows[i], w)
				}
			}
			if err := c.AddSource(image.PopEntry{Key: uint32(s) << 12, Mask: 0xfffff000, Neurons: neurons}, rows); err != nil {
				t.Fatal(err)
			}
		}
		img.Cores = append(img.Cores, c)
		img.Populations = append(img.Populations, image.Population{
			Name: fmt.Sprintf("p%d", k), Shape: []int32{neurons}, Scale: 1, Latency: 1, Slices: []image.Slice{{Count: neurons, Core: int32(k)}},
		})
	}
	img.Chips = sparseTables(img)
	return img
}

// sparseTables sends all keys to all cores of both chips.
func sparseTables(img *image.Image) []image.Chip {
	var route [2]uint32
	for _, c := range img.Cores[1:] {
		route[c.X] |= 1 << (image.Links + uint(c.P))
	}
	var here, there []image.Entry
	for k, c := range img.Cores {
		e := image.Entry{Key: uint32(k) << 12, Mask: 0xfffff000}
		if c.X == 0 {
			here = append(here, image.Entry{Key: e.Key, Mask: e.Mask, Route: route[0] | 1<<0})
			there = append(there, image.Entry{Key: e.Key, Mask: e.Mask, Route: route[1]})
		} else {
			here = append(here, image.Entry{Key: e.Key, Mask: e.Mask, Route: route[0]})
			there = append(there, image.Entry{Key: e.Key, Mask: e.Mask, Route: route[1] | 1<<3})
		}
	}
	return []image.Chip{{Entries: here}, {X: 1, Entries: there}}
}

// BenchmarkSparseWorkload times a second of sparse: 120 million synaptic events,
// 0.3 million spikes. What bounds it, by profile: nine tenths of the time goes to
// adding events to ring buffers, and that waits for memory, because rows of 20
// synapses are 80 bytes at random places of 7 MB.
func BenchmarkSparseWorkload(b *testing.B) {
	const steps = 1000
	p := load(b, sparse(b))
	stim := noise(b, p, steps, 1)
	res, err := spinnaker1.Run(context.Background(), p, stim, spinnaker1.Options{Steps: steps, Threads: 1})
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%+v", res.Stats)
	if res.Stats.Spikes < 1000 {
		b.Fatal("the net is silent")
	}
	spinnaker1.ThreadsByWork(b)
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprintf("threads=%d", threads), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := spinnaker1.Run(context.Background(), p, stim, spinnaker1.Options{Steps: steps, Threads: threads}); err != nil {
					b.Fatal(err)
				}
			}
			run := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(run/steps, "ns/tick")
			b.ReportMetric(run/float64(res.Stats.SynEvents), "ns/event")
			b.ReportMetric(run/float64(res.Stats.Updates), "ns/update")
		})
	}
}
