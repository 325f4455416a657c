package image_test

import (
	"math"
	"strings"
	"testing"

	"github.com/synfire/synfire/backend/spinnaker1/image"
)

// minimal is a hand-made image with one of everything, so that the tests below
// can break each part.
func minimal(t testing.TB) *image.Image {
	neuron := image.Neuron{C: 1 << 15, TauM: 20 << 15, Step: 1 << 15, Threshold: 1 << 15, TauExc: 5 << 15, TauInh: 5 << 15}
	c := image.Core{
		X: 1, P: 2, Model: image.CurrExp, Keys: []uint32{0x1000, 0x1010}, LogNeurons: 1, LogDelay: 2,
		SpikeBuffer: 256, Substeps: 1, Neurons: []image.Neuron{neuron, neuron},
	}
	word, err := c.Pack(image.Synapse{Weight: 7, Delay: 1, Neuron: 1})
	if err != nil {
		t.Fatal(err)
	}
	for key := range uint32(2) {
		e := image.PopEntry{Key: key << 12, Mask: 0xfffff000, Neurons: 2}
		if err := c.AddSource(e, [][]uint32{{word, word}, {word}}); err != nil {
			t.Fatal(err)
		}
	}
	source := image.Core{P: 1, Model: image.Source, Keys: []uint32{0x0000, 0x0010}, LogNeurons: 1}
	return &image.Image{
		Name: "minimal", TimerPeriod: 1000, ColourBits: 4,
		Machine: image.Machine{Board: image.Spin5, Width: 8, Height: 8, DeadLinks: []image.LinkAt{{0, 0, 1}, {0, 0, 2}}},
		Inputs:  []image.Input{{Name: "x", Shape: []int32{2}, Slices: []image.Slice{{Count: 2}}}},
		Populations: []image.Population{{
			Name: "p", Shape: []int32{2}, Scale: 1,
			Slices: []image.Slice{{First: 0, Count: 1, Core: 1, Neuron: 1}, {First: 1, Count: 1, Core: 1}},
		}},
		Chips: []image.Chip{
			{Entries: []image.Entry{{Key: 0, Mask: 0xfffff000, Route: 1}}},
			{X: 1, Entries: []image.Entry{{Key: 0, Mask: 0xffffe000, Route: 1 << 8}}},
		},
		Cores: []image.Core{source, c},
	}
}

func TestValidateNamesEachProblem(t *testing.T) {
	if err := image.Validate(minimal(t)); err != nil {
		t.Fatal(err)
	}
	type img = *image.Image
	type core = *image.Core
	for _, c := range []struct {
		want  string
		spoil func(m img, c core)
	}{
		{"name: not valid UTF-8", func(m img, c core) { m.Name = "\xff" }},
		{"dt: -1", func(m img, c core) { m.DT = -1 }},
		{"dt: 5e-324", func(m img, c core) { m.DT = 5e-324 }},
		{"dt: NaN", func(m img, c core) { m.DT = math.NaN() }},
		{"timer_period", func(m img, c core) { m.TimerPeriod = 0 }},
		{"colour_bits: 8", func(m img, c core) { m.ColourBits = 8 }},
		{"notes[0]", func(m img, c core) { m.Notes = []image.Note{{Key: "\xff"}} }},
		{"machine: boards of 4 chips", func(m img, c core) { m.Machine.Board = 4 }},
		{"dead_links[1]: {0 0 1} is out of order", func(m img, c core) { m.Machine.DeadLinks[1].Link = 1 }},
		{"chips[1]: (0,0) is out of order", func(m img, c core) { m.Chips[1].X = 0 }},
		{"chips[1]: (7,0) is no working chip", func(m img, c core) { m.Chips[1].X = 7 }},
		{"chips[0].entries: 0 is outside", func(m img, c core) { m.Chips[0].Entries = nil }},
		{"entries[0]: key 00000001 has bits outside", func(m img, c core) { m.Chips[0].Entries[0].Key = 1 }},
		{"entries[0]: route 01000000", func(m img, c core) { m.Chips[0].Entries[0].Route = 1 << 24 }},
		{"link 2 of chip (0,0) does not work", func(m img, c core) { m.Chips[0].Entries[0].Route = 1 << 2 }},
		{"link 5 of chip (0,0) does not work", func(m img, c core) { m.Chips[0].Entries[0].Route = 1 << 5 }},
		{"core 17 of chip (1,0) does not work", func(m img, c core) {
			m.Machine.DeadCores = []image.CoreAt{{1, 0, 17}}
			m.Chips[1].Entries[0].Route = 1 << 23
		}},
		{"cores[1]: (1,0,0) is no working core", func(m img, c core) { c.P = 0 }},
		{"cores[1]: (0,0,1) is out of order", func(m img, c core) { c.X, c.P = 0, 1 }},
		{"cores[1].model: 9", func(m img, c core) { c.Model = 9 }},
		{"cores[0]: a source has keys and nothing else", func(m img, c core) { m.Cores[0].Substeps = 1 }},
		{"cores[0]: 3 neurons whose index has 1 bits", func(m img, c core) { m.Cores[0].Keys = []uint32{0, 16, 32} }},
		{"cores[1].keys[1]: 00001001 has a colour", func(m img, c core) { c.Keys[1] = 0x1001 }},
		{"cores[1].keys: 00000010 is also a key of cores[0]", func(m img, c core) { c.Keys[1] = 0x10 }},
		{"cores[1]: 1 keys for 2 neurons", func(m img, c core) { c.Keys = c.Keys[:1] }},
		{"log_delay: 13 makes a ring buffer of 15 bits", func(m img, c core) { c.LogDelay = 13 }},
		{"log_delay: 0", func(m img, c core) { c.LogDelay = 0 }},
		{"spike_buffer: 0", func(m img, c core) { c.SpikeBuffer = 0 }},
		{"substeps: 0", func(m img, c core) { c.Substeps = 0 }},
		{"shifts[1]: 16", func(m img, c core) { c.Shifts[1] = 16 }},
		{"neurons[1]: a capacitance", func(m img, c core) { c.Neurons[1].C = 0 }},
		{"neurons[1]: a capacitance", func(m img, c core) { c.Neurons[1].TauInh = 0 }},
		{"neurons[0]: a capacitance", func(m img, c core) { c.Model = image.CurrDelta }},
		{"populations[1]: key 00001000 with mask ffff1000 is not a range", func(m img, c core) { c.Populations[1].Mask = 0xffff1000 }},
		{"populations[1]: key 00000000 is out of order", func(m img, c core) { c.Populations[1].Key = 0 }},
		{"populations[1]: core mask 1 at bit 12", func(m img, c core) { c.Populations[1].CoreMask, c.Populations[1].MaskShift = 1, 12 }},
		{"populations[1]: core mask 1 at bit 40", func(m img, c core) { c.Populations[1].CoreMask, c.Populations[1].MaskShift = 1, 40 }},
		{"populations[1]: no neurons", func(m img, c core) { c.Populations[1].Neurons = 0 }},
		{"populations[1]: addresses 0+1, want one or more from 1 on", func(m img, c core) { c.Populations[1].Start = 0 }},
		{"the entries have 2 addresses of 3", func(m img, c core) { c.Addresses = append(c.Addresses, 0) }},
		{"2 rows for 1 neurons", func(m img, c core) { c.Populations[1].Neurons = 1 }},
		{"words of rows that nothing points", func(m img, c core) { c.Populations, c.Addresses = nil, nil }},
		{"do not divide 22 words", func(m img, c core) { c.Addresses[1] = 1<<32 - 1 }},
		{"do not divide 26 words", func(m img, c core) { c.Matrix = append(c.Matrix, 0, 0, 0, 0) }},
		{"row 1 of block 0 is not a row", func(m img, c core) { c.Matrix[5] = 1 }},
		{"row 0 of block 0 is not a row", func(m img, c core) { c.Matrix[1] = 3 }},
		{"row 0 of block 0 is not a row", func(m img, c core) { c.Matrix[3] |= 1 << 4 }},
		{"row 1 of block 0 is not a row", func(m img, c core) { c.Matrix[9] = 1 }},
		{"inputs[0].shape: [0]", func(m img, c core) { m.Inputs[0].Shape[0] = 0 }},
		{"slices cover 2 elements of shape [3]", func(m img, c core) { m.Inputs[0].Shape[0] = 3 }},
		{"inputs[0].slices[0]: core 1 runs if_curr_exp", func(m img, c core) { m.Inputs[0].Slices[0].Core = 1 }},
		{"inputs[0].slices[0]: no core 2", func(m img, c core) { m.Inputs[0].Slices[0].Core = 2 }},
		{"inputs[1].name: \"x\" is there twice", func(m img, c core) { m.Inputs = append(m.Inputs, m.Inputs[0]) }},
		{"neuron 1 of core 1 is taken", func(m img, c core) { m.Populations[0].Slices[1].Neuron = 1 }},
		{"elements 1+1 on neurons 2+1 of a core of 2", func(m img, c core) { m.Populations[0].Slices[1].Neuron = 2 }},
		{"latency: 256", func(m img, c core) { m.Populations[0].Latency = 256 }},
		{"scale: 0", func(m img, c core) { m.Populations[0].Scale = 0 }},
	} {
		m := minimal(t)
		c.spoil(m, &m.Cores[1])
		err := image.Validate(m)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
		if _, encErr := image.Encode(m); encErr == nil {
			t.Errorf("%q: was encoded", c.want)
		}
	}
}

// TestSDRAM fills the memory of a chip.
func TestSDRAM(t *testing.T) {
	m := minimal(t)
	c := &m.Cores[1]
	c.Populations, c.Addresses, c.Matrix = nil, nil, nil
	rows := make([][]uint32, image.SDRAM/4/259)
	rows[0] = make([]uint32, 256)
	c.Keys = nil
	e := image.PopEntry{Key: 0, Mask: 0xfffff000, Neurons: 0xffff, CoreMask: 3, MaskShift: 10}
	if err := c.AddSource(e, rows); err != nil {
		t.Fatal(err)
	}
	if err := image.Validate(m); err == nil || !strings.Contains(err.Error(), "of SDRAM, over the limit of 123469792") {
		t.Errorf("error %v", err)
	}
}
