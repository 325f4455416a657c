// Package image is a network of TrueNorth-style cores as data, in the two forms
// of RANC (Reconfigurable Architecture for Neuromorphic Computing, University
// of Arizona): the config.json and input.json of its simulator (ReadConfig,
// ReadInput, Open, WriteConfig, WriteInput) and the core memory that its RTL
// loads (AppendCSRAM, AppendTypes and their readers). What the fields mean in
// time is in specs/truenorth.md 2.3 and in package emulator/truenorth;
// docs/formats.md describes both forms.
//
// A core has axons of a type and neurons with a weight for each type; a binary
// crossbar says which axon reaches which neuron. A neuron sends its spike to
// one axon of one core, addressed relative to its own.
//
// # Core memory
//
// A word of the RTL's core memory (CSRAM) is one neuron, written as a line of
// binary digits. Specified by the RTL, by its own memory files and by RANC's
// hardware writer, which agree: the order of the fields (connections, current
// potential, reset potential, weights 0.., leak, positive and negative
// threshold, reset mode, dx, dy, axon, delay), the width of 9 bits of all
// signed fields, the most significant bit first, the connections with the last
// axon first, one axon type a line in a file of its own. With 256 axons, 4
// types and 16 delays this is 256 + 81 + 1 + 26 + 4 = 368 bits.
// Inferred: that other sizes keep this order with as many bits as an index
// needs (the RTL computes its offsets so, but is only published with tests at
// 256 axons and names exactly four weights), and that a neuron which is not
// defined is written with a threshold of 1 (what RANC's writer does).
// The RTL knows neuron_reset_type 0 only, and its potentials have 9 bits where
// the simulator's have 32.
package image

// Image is a configured chip together with its input.
type Image struct {
	Config Config
	Input  Input
}

// Config is config.json: the size of the grid and of its cores. All fields are
// required.
type Config struct {
	NumNeurons, NumAxons int32 // of each core
	NumCoresX, NumCoresY int32
	NumWeights           int32 // axon types
	MaxTickOffset        int32 // words of the scheduler, 16 on the chip
	// How much RANC writes to its trace; nothing else depends on them.
	NeuronBlockTrace    int32 // 0..2
	CoreControllerTrace int32 // 0..1
	SchedulerTrace      int32 // 0..2
	// NeuronResetType says when the negative threshold acts: 0 below it, 1 at
	// or below it.
	NeuronResetType int32
}

// Limits of what is read, so that a claim in a file cannot make us allocate.
// RANC has none; the chip has 256 neurons and axons, 64 x 64 cores, 4 types and
// 16 words.
const (
	MaxNeurons = 1 << 16 // also of axons and of types
	MaxCores   = 1 << 12 // in x and in y
	MaxTicks   = 1 << 16 // max_tick_offset
	MaxOutputs = 1 << 20
)

// Input is input.json: what the cores hold and which spikes come from outside.
type Input struct {
	// Ticks is the length of the list of packets, which may end with empty ticks.
	Ticks     int
	Packets   []Packet // ascending Tick
	OutputBus OutputBus
	Cores     []Core // in any order, each place once
}

// Packet is a spike from outside. It is sent in tick Tick of a run, and before
// tick 1 if that is 0, to an axon of the core at X, Y.
type Packet struct {
	Tick  int32
	X, Y  int32
	Axon  int32
	Delay int32 // destination_tick
}

// OutputBus is the cell of the grid that collects output spikes. A core at its
// place is never run.
type OutputBus struct {
	X, Y       int32
	NumOutputs int32
}

// Core is a configured core. Cores that are not listed never spike.
type Core struct {
	X, Y  int32
	Axons []uint16 // the type of each axon; missing ones are of type 0
	// Neurons may be fewer than the core has; the others never spike.
	Neurons []Neuron
	// Connections has a row for each neuron: bit a%64 of word a/64 connects
	// axon a. Words that are missing at the end of a row are 0.
	Connections [][]uint64
}

// Neuron is the configuration of a neuron, all in the chip's integers.
type Neuron struct {
	ResetPotential    int32
	Weights           []int32 // by axon type; missing ones are 0
	Leak              int32   // added in each tick
	PositiveThreshold int32
	NegativeThreshold int32 // a signed value
	DX, DY            int32 // destination core, relative; y grows north
	Axon              int32 // destination axon, or output of the bus
	Delay             int32 // destination_tick: arrives Delay+1 ticks later
	Potential         int32 // start value
	ResetMode         int32 // 0 sets to the reset potential, 1 subtracts the threshold
}

// Connected tells whether axon a reaches neuron n.
func (c *Core) Connected(n, a int) bool {
	row := c.Connections[n]
	return a>>6 < len(row) && row[a>>6]>>(a&63)&1 == 1
}

// Connect makes axon a reach neuron n, whose row must exist.
func (c *Core) Connect(n, a int) {
	c.Connections[n] = setBit(c.Connections[n], a)
}

// setBit sets a bit of a row, which grows as needed.
func setBit(row []uint64, a int) []uint64 {
	for len(row) <= a>>6 {
		row = append(row, 0)
	}
	row[a>>6] |= 1 << (a & 63)
	return row
}

// Type returns the type of axon a.
func (c *Core) Type(a int) int {
	if a < len(c.Axons) {
		return int(c.Axons[a])
	}
	return 0
}

// Weight returns what a spike on an axon of the given type adds.
func (n *Neuron) Weight(axonType int) int32 {
	if axonType < len(n.Weights) {
		return n.Weights[axonType]
	}
	return 0
}
