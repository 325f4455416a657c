// Package image is the configuration of a SpiNNaker 1 machine as data: what the
// compiler writes and the emulator runs. It follows the data structures of
// sPyNNaker in specs/spinnaker1.md 2: for each chip the multicast routing
// table, for each core a table of regions in SDRAM with the core's parameters,
// its neurons, the master population table and the synaptic rows that it
// points into.
//
// An image is encoded (Encode, Decode) in a container of our own around the
// bytes of each core's SDRAM, which are sPyNNaker's; docs/formats.md describes
// both. What follows from something else is not stored twice: the address of a
// core's block in SDRAM follows from the order of the cores on its chip, the
// hash of its application from its model. Every decoder validates, so a decoded
// image has no dangling reference.
//
// An input port is a source: a core that sends the spikes of a stimulus, as
// sPyNNaker's spike source arrays do. Its binary has other data structures, of
// which the specification says nothing; ours has the system and core regions
// of a neuron core and nothing else.
package image

import "github.com/synfire/synfire/internal/imagefile"

// Image is a complete configuration together with the names needed to feed it
// and to read it in terms of the network it was compiled from.
type Image struct {
	Name        string  // of the network
	DT          float64 // seconds of the network's time in a tick; 0 is unknown
	TimerPeriod uint32  // microseconds between ticks; above DT it runs slower than real time
	ColourBits  uint8   // 0..7, low bits of a key that carry the tick it is sent in
	Notes       []Note
	Machine     Machine
	Inputs      []Input
	Populations []Population
	Chips       []Chip // those with a routing table, ascending y, then x
	Cores       []Core // ascending y, then x, then P
}

// Note records an assumption or attribute of the compilation.
type Note = imagefile.Note

// Input is an input port: element i, counted in row-major order of Shape, is a
// neuron of a source core, by Slices. A spike labelled t is sent in tick t and
// acts in tick t plus the synaptic delay, which is at least 1.
type Input struct {
	Name   string
	Shape  []int32
	Slices []Slice
}

// Population maps the neurons of a network population to those of cores.
type Population struct {
	Name string
	// Shape is the row-major shape; its product is the number of neurons.
	Shape []int32
	// Latency is how many ticks the population runs after network time: its
	// network step t is tick t+Latency. Range 0..255.
	Latency int32
	Output  bool
	// Scale is chip units (1.0 in s16.15) of v and the currents per network
	// unit, VOffset the network value of v at chip zero:
	// v_network = v_chip/Scale + VOffset.
	Scale   float64
	VOffset float64
	Slices  []Slice
}

// Slice places elements First..First+Count-1 of an input or population on
// neurons Neuron..Neuron+Count-1 of Cores[Core]. Slices cover their elements in
// order, without gap or overlap.
type Slice struct {
	First, Count int32
	Core, Neuron int32
}

// Chip is the multicast routing table of a chip.
type Chip struct {
	X, Y    uint8
	Entries []Entry // at most MaxEntries, the first that matches holds
}

// Entry routes each key with key & Mask == Key along Route: bit l is link l,
// bit 6+p is core p.
type Entry struct {
	Key, Mask, Route uint32
}

// Matches tells whether the entry holds for a key.
func (e Entry) Matches(key uint32) bool { return key&e.Mask == e.Key }

// Model is the binary that a core runs.
type Model uint8

// The models.
const (
	Source    Model = 1 // sends a stimulus
	CurrExp   Model = 2 // integrate-and-fire, exponential currents
	CurrDelta Model = 3 // integrate-and-fire, currents of one sub-step
)

// Types is the number of synapse types of a neuron: excitatory and inhibitory.
const (
	Excitatory = 0
	Inhibitory = 1
	Types      = 2
)

// Core is what one core runs. A source has Keys, one for each element, and
// LogNeurons; all other fields of it are zero.
type Core struct {
	X, Y, P uint8 // chip and virtual core number, from 1
	Model   Model
	// Keys are what the neurons send, one each; without keys nothing is sent.
	// The colour bits of a key are 0.
	Keys []uint32
	// LogNeurons is the number of bits of a neuron's index in a synaptic word,
	// at least 1: Bits of the most neurons that a core of the population has.
	LogNeurons uint8

	LogDelay    uint8         // 1..: 2^LogDelay ring-buffer slots, and that longest delay
	DropLate    bool          // throw away what is not processed within the tick
	SpikeBuffer uint32        // packets that can wait, 256 by default
	Shifts      [Types]uint32 // ring value << shift is s16.15; 0..15
	Substeps    uint32        // updates of a neuron in a tick, at least 1
	Neurons     []Neuron
	Populations []PopEntry // the master population table, ascending key
	Addresses   []uint32   // of blocks of rows, see PackAddress
	Matrix      []uint32   // the blocks, each at a multiple of 4 words
}

// Neuron has the parameters of a neuron, in s16.15 but for RefractInit: in ms,
// mV, nA and nF by convention.
type Neuron struct {
	VInit, VRest int32
	C, TauM      int32 // membrane capacitance, time constant
	Offset       int32 // a constant current
	VReset       int32
	Refractory   int32 // time after a spike
	RefractInit  int32 // sub-steps to wait at the start
	Step         int32 // length of a tick, in the unit of the time constants
	Threshold    int32

	TauExc, InitExc int32 // time constant (0 in CurrDelta) and start value of the current
	TauInh, InitInh int32
}

// PopEntry is an entry of the master population table. It holds for the keys
// with key & Mask == Key. Without the colour, the bits that are neither of Mask
// nor of CoreMask<<MaskShift number a neuron of a core, those of CoreMask the
// core; all cores but the last have Neurons neurons. The entry has the blocks
// Addresses[Start:Start+Count].
type PopEntry struct {
	Key, Mask uint32
	Start     uint16 // 13 bits
	Count     uint16
	CoreMask  uint16
	MaskShift uint16
	Neurons   uint16
}
