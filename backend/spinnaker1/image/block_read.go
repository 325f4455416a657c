package image

import (
	"encoding/binary"
	"fmt"
)

// words takes numbers off a region; after the first error it yields zeros.
type words struct {
	w   []uint32
	err error
}

func (b *words) failf(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf(format, args...)
	}
}

func (b *words) u32() uint32 {
	if len(b.w) == 0 {
		b.failf("is too short")
		return 0
	}
	x := b.w[0]
	b.w = b.w[1:]
	return x
}

func (b *words) i32() int32 { return int32(b.u32()) }

// bits reads a number that must be below 1<<n.
func (b *words) bits(what string, n uint) uint32 {
	x := b.u32()
	if x>>n != 0 {
		b.failf("%s is %d, not below %d", what, x, 1<<n)
		return 0
	}
	return x
}

// want reads a number that follows from others.
func (b *words) want(what string, x uint32) {
	if got := b.u32(); got != x {
		b.failf("%s is %d, want %d", what, got, x)
	}
}

// count checks that n entries of size words can follow.
func (b *words) count(what string, n uint32, size int) int {
	if int64(n)*int64(size) > int64(len(b.w)) {
		b.failf("%d %s of %d words with %d left", n, what, size, len(b.w))
		return 0
	}
	return int(n)
}

// table reads n words; none is nil.
func (b *words) table(n int) []uint32 {
	if n == 0 || b.err != nil {
		return nil
	}
	t := make([]uint32, n)
	copy(t, b.w)
	b.w = b.w[n:]
	return t
}

// readBlock reads what Block writes into the fields of c that it holds. All
// that could have been written otherwise must be as Block writes it.
func (img *Image) readBlock(c *Core, base uint32, data []byte) error {
	if len(data)%4 != 0 || len(data) < 4*tableWords {
		return fmt.Errorf("block of %d bytes", len(data))
	}
	all := make([]uint32, len(data)/4)
	for i := range all {
		all[i] = binary.LittleEndian.Uint32(data[4*i:])
	}
	regions, err := splitRegions(c.Model, base, all)
	if err != nil {
		return err
	}
	for i, reg := range regionsOf(c.Model) {
		b := &words{w: regions[i]}
		img.readRegion(b, c, reg)
		if len(b.w) > 0 {
			b.failf("has %d words left over", len(b.w))
		}
		if b.err != nil {
			return fmt.Errorf("region %d: %w", reg, b.err)
		}
	}
	return nil
}

// splitRegions reads the table of regions.
func splitRegions(m Model, base uint32, all []uint32) ([][]uint32, error) {
	if all[0] != tableMagic || all[1] != tableVersion {
		return nil, fmt.Errorf("table of regions starts with %08x %08x", all[0], all[1])
	}
	var want []int
	if want = regionsOf(m); m.String() == "unknown" {
		return nil, fmt.Errorf("model %d is unknown", m)
	}
	table, rest := all[2:tableWords], all[tableWords:]
	var regions [][]uint32
	for reg := range tableRegions {
		row := table[3*reg:][:3]
		if len(want) == 0 || want[0] != reg {
			if row[0]|row[1]|row[2] != 0 {
				return nil, fmt.Errorf("region %d is not of a %s", reg, m)
			}
			continue
		}
		want = want[1:]
		at := base + 4*uint32(len(all)-len(rest))
		if row[0] != at || int64(row[2]) > int64(len(rest)) {
			return nil, fmt.Errorf("region %d of %d words at %08x, want it at %08x with at most %d", reg, row[2], row[0], at, len(rest))
		}
		words := rest[:row[2]]
		if rest = rest[row[2]:]; sum(words) != row[1] {
			return nil, fmt.Errorf("region %d: the checksum is wrong", reg)
		}
		regions = append(regions, words)
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%d words after the last region", len(rest))
	}
	return regions, nil
}

func (img *Image) readRegion(b *words, c *Core, reg int) {
	switch reg {
	case regSystem:
		b.want("application hash", c.Model.hash())
		b.want("timer period", img.TimerPeriod)
		b.want("SDP port", 0)
	case regCore:
		img.readCore(b, c)
	case regNeurons:
		c.readNeurons(b)
	case regSynapses:
		c.readSynapses(b)
	case regPopTable:
		c.readPopTable(b, uint32(img.ColourBits))
	case regMatrix:
		c.Matrix = b.table(len(b.w))
	}
}

func (img *Image) readCore(b *words, c *Core) {
	hasKey := b.bits("has_key", 1)
	n := b.u32()
	peak := b.u32()
	for c.LogNeurons = 0; c.LogNeurons < 31 && 1<<c.LogNeurons < peak; {
		c.LogNeurons++
	}
	if 1<<c.LogNeurons != peak {
		b.failf("n_neurons_peak %d is not a power of 2", peak)
	}
	b.want("n_colour_bits", uint32(img.ColourBits))
	if c.Model == Source {
		b.want("n_synapse_types", 0)
		if hasKey == 0 {
			b.failf("source without keys")
		}
	} else {
		b.want("n_synapse_types", Types)
		for i := range c.Shifts {
			c.Shifts[i] = b.u32()
		}
	}
	keys := b.table(b.count("keys", n, 1))
	if hasKey == 1 {
		c.Keys = keys
		if n == 0 {
			b.failf("has_key without neurons")
		}
	} else {
		for _, k := range keys {
			if k != 0 {
				b.failf("key %08x of a core that sends none", k)
			}
		}
	}
	if c.Model != Source && n > 0 && b.err == nil {
		c.Neurons = make([]Neuron, n)
	}
}

// readNeurons reads the parameters of as many neurons as the core region says.
func (c *Core) readNeurons(b *words) {
	c.Substeps = b.u32()
	size := neuronWords + 1 + c.Model.synapseWords()
	if len(b.w) != len(c.Neurons)*size {
		b.failf("%d words for %d neurons", len(b.w), len(c.Neurons))
		return
	}
	for i := range c.Neurons {
		c.Neurons[i] = Neuron{
			VInit: b.i32(), VRest: b.i32(), C: b.i32(), TauM: b.i32(), Offset: b.i32(),
			VReset: b.i32(), Refractory: b.i32(), RefractInit: b.i32(), Step: b.i32(),
		}
	}
	for i := range c.Neurons {
		c.Neurons[i].Threshold = b.i32()
	}
	for i := range c.Neurons {
		n := &c.Neurons[i]
		if c.Model == CurrExp {
			n.TauExc, n.InitExc, n.TauInh, n.InitInh = b.i32(), b.i32(), b.i32(), b.i32()
			b.want("time_step", uint32(n.Step))
		} else {
			n.InitExc, n.InitInh = b.i32(), b.i32()
		}
	}
}

func (c *Core) readSynapses(b *words) {
	b.want("n_neurons", uint32(len(c.Neurons)))
	b.want("n_synapse_types", Types)
	b.want("log_n_neurons", uint32(c.LogNeurons))
	b.want("log_n_synapse_types", uint32(Bits(Types)))
	c.LogDelay = uint8(b.bits("log_max_delay", 4))
	c.DropLate = b.bits("drop_late_packets", 1) == 1
	c.SpikeBuffer = b.u32()
	for _, s := range c.Shifts {
		b.want("ring_buffer_shift", s)
	}
}

func (c *Core) readPopTable(b *words, colourBits uint32) {
	entries, addresses := b.u32(), b.u32()
	if n := b.count("entries", entries, popWords); n > 0 {
		c.Populations = make([]PopEntry, n)
	}
	for i := range c.Populations {
		e := &c.Populations[i]
		e.Key, e.Mask = b.u32(), b.u32()
		w := b.u32()
		e.Start, e.Count = uint16(w&MaxPopStart), uint16(w>>16)
		if w>>13&7 != colourBits {
			b.failf("entry %d: n_colour_bits is %d, want %d", i, w>>13&7, colourBits)
		}
		w = b.u32()
		e.CoreMask, e.MaskShift = uint16(w), uint16(w>>16)
		w = b.u32()
		e.Neurons = uint16(w)
		if w>>16 != uint32(e.filterWords()) {
			b.failf("entry %d: n_words is %d, want %d", i, w>>16, e.filterWords())
		}
	}
	c.Addresses = b.table(b.count("addresses", addresses, 1))
}
