package image

import (
	"encoding/binary"
	"hash/crc32"
)

// The block of a core in SDRAM starts with a table of its regions
// (specs/spinnaker1.md 2.1); the regions follow in the order of their numbers,
// without gaps. All words are little-endian.
const (
	tableMagic   = 0xAD130AD6
	tableVersion = 0x00010000
	tableRegions = 32
	tableWords   = 2 + 3*tableRegions
)

// The regions that we write.
const (
	regSystem   = 0
	regCore     = 1
	regNeurons  = 2
	regSynapses = 4
	regPopTable = 5
	regMatrix   = 6
)

// regionsOf lists the regions of a model.
func regionsOf(m Model) []int {
	if m == Source {
		return []int{regSystem, regCore}
	}
	return []int{regSystem, regCore, regNeurons, regSynapses, regPopTable, regMatrix}
}

// Words of an entry of the tables.
const (
	neuronWords = 9
	popWords    = 5
)

// synapseWords is the number of words of a neuron's currents. That of CurrDelta
// is ours: the specification has no layout of it.
func (m Model) synapseWords() int {
	if m == CurrExp {
		return 5
	}
	return 2
}

// hash identifies the binary of a model in the system region. The values are
// ours: sPyNNaker's depend on its build.
func (m Model) hash() uint32 { return crc32.ChecksumIEEE([]byte(m.String())) }

// String returns the name of the model.
func (m Model) String() string {
	switch m {
	case Source:
		return "source"
	case CurrExp:
		return "if_curr_exp"
	case CurrDelta:
		return "if_curr_delta"
	}
	return "unknown"
}

// sdramBase is where the blocks of a chip begin.
const sdramBase = 0x60000000

// Bytes returns how much of its chip's SDRAM the block of a core takes, with
// what the allocator adds.
func (c *Core) Bytes() int64 { return c.BytesWith(int64(len(c.Matrix))) }

// BytesWith is Bytes if the matrix had another number of words.
func (c *Core) BytesWith(matrix int64) int64 {
	return ((int64(c.blockWords()-len(c.Matrix))+matrix)*4 + MallocBytes + 7) &^ 7
}

// DTCM returns how much of its fast memory a core needs for its ring buffer
// and its copy of the master population table, of the neurons and the keys.
// What the program itself needs is not known and not in it.
func (c *Core) DTCM() int64 {
	ring := int64(0)
	if c.Model != Source {
		ring = 2 << (int(c.LogNeurons) + Bits(Types) + int(c.LogDelay))
	}
	return ring + 4*int64(len(c.Keys)+len(c.Addresses)+popWords*len(c.Populations)+
		len(c.Neurons)*(neuronWords+1+c.Model.synapseWords()))
}

func (c *Core) blockWords() int {
	n := tableWords + 3 + 5 + c.Size()
	if c.Model == Source {
		return n
	}
	return n + Types + 1 + len(c.Neurons)*(neuronWords+1+c.Model.synapseWords()) +
		7 + Types + 2 + popWords*len(c.Populations) + len(c.Addresses) + len(c.Matrix)
}

// Size returns the number of neurons or elements of a core.
func (c *Core) Size() int {
	if c.Model == Source {
		return len(c.Keys)
	}
	return len(c.Neurons)
}

// Block returns the bytes of a core's SDRAM from address base on.
func (img *Image) Block(c *Core, base uint32) []byte {
	body := make([]uint32, 0, c.blockWords()-tableWords)
	table := make([]uint32, tableWords, c.blockWords())
	table[0], table[1] = tableMagic, tableVersion
	for _, reg := range regionsOf(c.Model) {
		at := len(body)
		body = img.appendRegion(body, c, reg)
		row := table[2+3*reg:]
		row[0], row[1], row[2] = base+4*uint32(tableWords+at), sum(body[at:]), uint32(len(body)-at)
	}
	out := make([]byte, 0, 4*c.blockWords())
	for _, w := range append(table, body...) {
		out = binary.LittleEndian.AppendUint32(out, w)
	}
	return out
}

func sum(words []uint32) (s uint32) {
	for _, w := range words {
		s += w
	}
	return s
}

func (img *Image) appendRegion(b []uint32, c *Core, reg int) []uint32 {
	switch reg {
	case regSystem:
		return append(b, c.Model.hash(), img.TimerPeriod, 0)
	case regCore:
		return img.appendCore(b, c)
	case regNeurons:
		return c.appendNeurons(b)
	case regSynapses:
		b = append(b, uint32(len(c.Neurons)), Types, uint32(c.LogNeurons), uint32(Bits(Types)),
			uint32(c.LogDelay), flag(c.DropLate), c.SpikeBuffer)
		return append(b, c.Shifts[:]...)
	case regPopTable:
		return c.appendPopTable(b, uint32(img.ColourBits))
	}
	return append(b, c.Matrix...)
}

func flag(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

func (img *Image) appendCore(b []uint32, c *Core) []uint32 {
	b = append(b, flag(len(c.Keys) > 0), uint32(c.Size()), 1<<c.LogNeurons, uint32(img.ColourBits))
	if c.Model == Source {
		b = append(b, 0)
	} else {
		b = append(append(b, Types), c.Shifts[:]...)
	}
	if len(c.Keys) == 0 {
		return append(b, make([]uint32, c.Size())...)
	}
	return append(b, c.Keys...)
}

func (c *Core) appendNeurons(b []uint32) []uint32 {
	b = append(b, c.Substeps)
	add := func(v ...int32) {
		for _, x := range v {
			b = append(b, uint32(x))
		}
	}
	for i := range c.Neurons {
		n := &c.Neurons[i]
		add(n.VInit, n.VRest, n.C, n.TauM, n.Offset, n.VReset, n.Refractory, n.RefractInit, n.Step)
	}
	for i := range c.Neurons {
		add(c.Neurons[i].Threshold)
	}
	for i := range c.Neurons {
		n := &c.Neurons[i]
		if c.Model == CurrExp {
			add(n.TauExc, n.InitExc, n.TauInh, n.InitInh, n.Step)
		} else {
			add(n.InitExc, n.InitInh)
		}
	}
	return b
}

func (c *Core) appendPopTable(b []uint32, colourBits uint32) []uint32 {
	b = append(b, uint32(len(c.Populations)), uint32(len(c.Addresses)))
	for _, e := range c.Populations {
		b = append(b, e.Key, e.Mask,
			uint32(e.Start)|colourBits<<13|uint32(e.Count)<<16,
			uint32(e.CoreMask)|uint32(e.MaskShift)<<16,
			uint32(e.Neurons)|uint32(e.filterWords())<<16)
	}
	return append(b, c.Addresses...)
}

// filterWords is the length of a bit field with a bit for each neuron.
func (e *PopEntry) filterWords() int { return (int(e.Neurons) + 31) / 32 }
