package spinnaker1_test

import (
	"context"
	"strings"
	"testing"

	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/emulator/spinnaker1"
)

// relayed is a source of two elements on chip (0,0), one neuron on (2,0) and one
// on (4,0). Element 0 goes to both, element 1 to the first only. The packets
// take the default route through chip (1,0); chip (3,0) has no table at all.
func relayed(t testing.TB) *image.Image {
	neuron := image.Neuron{C: 1 << 15, TauM: 20 << 15, Step: 1 << 15, Threshold: 1, TauExc: 1 << 15, TauInh: 1 << 15}
	img := &image.Image{
		Name: "relayed", TimerPeriod: 1000, ColourBits: 4,
		Machine: image.Machine{Board: image.Spin5, Width: 16, Height: 16},
		Inputs:  []image.Input{{Name: "x", Shape: []int32{2}, Slices: []image.Slice{{Count: 2}}}},
		Chips: []image.Chip{
			{Entries: []image.Entry{{Key: 0x1000, Mask: 0xfffff000, Route: 1}}},
			{X: 2, Entries: []image.Entry{{Key: 0x1000, Mask: 0xfffffff0, Route: 1 | 1<<8}, {Key: 0x1000, Mask: 0xfffff000, Route: 1 << 8}}},
			{X: 4, Entries: []image.Entry{{Key: 0x1000, Mask: 0xfffffff0, Route: 1 << 8}}},
		},
		Cores: []image.Core{{P: 1, Model: image.Source, Keys: []uint32{0x1000, 0x1010}, LogNeurons: 1}},
	}
	for k, x := range []uint8{2, 4} {
		c := image.Core{X: x, P: 2, Model: image.CurrExp, LogNeurons: 1, LogDelay: 2, SpikeBuffer: 256, Substeps: 1, Neurons: []image.Neuron{neuron}}
		w, err := c.Pack(image.Synapse{Weight: 1000, Delay: 1})
		if err != nil {
			t.Fatal(err)
		}
		e := image.PopEntry{Key: 0x1000, Mask: 0xffffffe0, Neurons: 2}
		if k == 1 {
			e.Mask, e.Neurons = 0xfffffff0, 1
		}
		if err := c.AddSource(e, [][]uint32{{w}, {w}}[:e.Neurons]); err != nil {
			t.Fatal(err)
		}
		img.Cores = append(img.Cores, c)
		img.Populations = append(img.Populations, image.Population{
			Name: []string{"near", "far"}[k], Shape: []int32{1}, Scale: 1, Latency: 1, Slices: []image.Slice{{Count: 1, Core: int32(k + 1)}},
		})
	}
	return img
}

// TestTreesAreBounded follows the packets of relayed, which take 4 links to 2
// cores and 2 links to 1 core, with room for as much and for less.
func TestTreesAreBounded(t *testing.T) {
	spinnaker1.LimitTrees(t, 9)
	if _, err := spinnaker1.Compile(relayed(t)); err != nil {
		t.Error(err)
	}
	spinnaker1.LimitTrees(t, 8)
	if _, err := spinnaker1.Compile(relayed(t)); err == nil || !strings.Contains(err.Error(), "more different ways") {
		t.Errorf("got %v", err)
	}
}

// TestRelayed sends the elements one after the other.
func TestRelayed(t *testing.T) {
	p := load(t, relayed(t))
	stim, err := p.NewStimulus(2)
	if err != nil {
		t.Fatal(err)
	}
	stim[0].Set(0, 1)
	stim[0].Set(1, 0)
	res, err := spinnaker1.Run(context.Background(), p, stim, spinnaker1.Options{Steps: 2})
	if err != nil {
		t.Fatal(err)
	}
	near, far := res.Raster("near"), res.Raster("far")
	if !near.Get(0, 0) || !near.Get(1, 0) || far.Get(0, 0) || !far.Get(1, 0) {
		t.Errorf("near spikes %v, far %v", near.Words, far.Words)
	}
}

// TestAstray breaks tables, one entry each, and reads what is said of it.
func TestAstray(t *testing.T) {
	const near, far = "core (2,0,2)", "core (4,0,2)"
	const key0, key1 = "key 00001000 (neuron 0 of core (0,0,1))", "key 00001010 (neuron 1 of core (0,0,1))"
	for _, c := range []struct {
		want  []string
		spoil func(img *image.Image)
	}{
		{
			[]string{key0 + " does not reach " + far + ", which has synapses for it: no table leads there"},
			func(img *image.Image) { img.Chips[1].Entries = img.Chips[1].Entries[1:] },
		},
		{
			[]string{key0 + " does not reach " + near, key1 + " does not reach " + near, "chip (0,0) has no entry for it"},
			func(img *image.Image) { img.Chips = img.Chips[1:] },
		},
		{
			[]string{key1 + " reaches " + far + ", which does not wait for it"},
			func(img *image.Image) {
				img.Chips[1].Entries = []image.Entry{{Key: 0x1000, Mask: 0xfffff000, Route: 1 | 1<<8}}
				img.Chips[2].Entries[0].Mask = 0xfffff000
			},
		},
		{
			[]string{key0 + " reaches core (4,0,3), where nothing runs"},
			func(img *image.Image) { img.Chips[2].Entries[0].Route |= 1 << 9 },
		},
		{
			[]string{key0 + " reaches core (0,0,1), which does not wait for it"},
			func(img *image.Image) { img.Chips[0].Entries[0].Route |= 1 << 7 },
		},
		{
			[]string{key0 + " does not reach " + far, "link 0 of chip (3,0) does not work"},
			func(img *image.Image) { img.Machine.DeadLinks = []image.LinkAt{{X: 3, Y: 0, Link: 0}} },
		},
		{ // A loop back to chip (1,0).
			[]string{key0 + " does not reach " + far, "it comes to chip (1,0) a second time"},
			func(img *image.Image) { img.Chips[1].Entries[0].Route = 1<<3 | 1<<8 },
		},
		{
			[]string{key0 + " does not reach " + near, "the table of chip (0,0) looks at the colour"},
			func(img *image.Image) { img.Chips[0].Entries[0].Mask = 0xfffff001 },
		},
		{
			[]string{key1 + " means row 1 to " + near + ", which has 1"},
			func(img *image.Image) {
				c := &img.Cores[1]
				c.Populations, c.Addresses, c.Matrix = nil, nil, nil
				e := image.PopEntry{Key: 0x1000, Mask: 0xffffffe0, Neurons: 2}
				if err := c.AddSource(e, make([][]uint32, 1)); err != nil {
					t.Fatal(err)
				}
			},
		},
		{
			nil, // The far core has no synapse from element 0.
			func(img *image.Image) {
				c := &img.Cores[2]
				c.Matrix[1], c.Matrix[3] = 0, 0
				img.Chips[1].Entries = img.Chips[1].Entries[1:]
			},
		},
	} {
		img := relayed(t)
		c.spoil(img)
		_, err := spinnaker1.Compile(img)
		if c.want == nil && err != nil {
			t.Error(err)
		}
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("want %q, got %v", want, err)
			}
		}
	}
}
