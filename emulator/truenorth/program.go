// Package truenorth is the step engine of TrueNorth-style cores. It implements
// the semantics of RANC's simulator (specs/truenorth.md 2.3) to the bit.
//
// Each core has a scheduler, a ring of words with a bit for each axon. In tick
// k = 1, 2, ... the ring moves on by one word, the output bus gives away its
// row, the packets of tick k come in, and then every core takes its word:
//
//	v += sum of the weights, for the axon's type, of the axons that spike and
//	     are connected; v += leak                       (32 bits, wrapping)
//	v >= positive threshold:  spike, v = reset potential, or v - threshold
//	else v < negative threshold (<= with reset type 1):
//	                          v = -reset potential, or v - threshold
//
// A spike sent in tick k with delay d is taken in tick k+1+d. The delay that
// would write to the word being read drops it; a second spike on an axon for
// the same tick is merged. Both are counted. The output bus ignores delays, so
// row k of it holds the spikes of tick k, and row 0 what the packets of tick 0
// sent to it directly. Spikes to a core that is not defined are lost.
//
// No spike acts in the tick in which it is sent, and setting bits is
// commutative, so cores can run in any order and in parallel with the same
// result, merges included.
//
// Work follows the spikes. The crossbar is kept as bits, a row of neurons for
// each axon. Few events are added one by one; many are counted for 64 neurons
// at once in vertical counters (see slice.go). A neuron is looked at only if it
// has a leak, got a spike, or was left outside its thresholds by a reset.
package truenorth

import (
	"github.com/synfire/synfire/backend/truenorth/image"
	"github.com/synfire/synfire/emulator"
)

// Program is an image made ready to run. It is immutable: any number of states
// can run on it at the same time.
type Program struct {
	cfg     image.Config
	bus     image.OutputBus
	cores   []core
	at      map[[2]int32]int // core by place, for setting up only
	tie     int32            // reset type: 1 if the negative threshold itself resets
	words   int              // of a scheduler word
	slotAt  []int32          // word of slot i, counted on beyond the last one
	packets []packet         // ascending tick
	inputs  emulator.Inputs
	feeds   []feed // of each input
	updates int64  // neurons of all cores
	// The largest sizes of a core, for scratch memory.
	maxBlocks, maxAxons int
}

// packet is a spike from outside, sent in tick.
type packet struct {
	tick int32
	to   target
}

// feed is what a port does: element i sends targets[ptr[i]:ptr[i+1]].
type feed struct {
	ptr     []int32
	targets []target
}

// target is where a spike goes: scheduler word base + the slot's words, or
// word base of the output bus.
type target struct {
	base  int32
	delay uint16
	bit   uint8
	kind  kind
}

// kind of a target.
type kind uint8

const (
	toCore kind = iota
	toBus
	lost    // to a core that is not defined
	dropped // the delay addresses the word being read
)

// core is the immutable part of a core. Neurons are padded to blocks of 64 with
// ones that never do anything. In words that stand for the 64 neurons of a
// block, neuron n is bit lane(n): see slice.go.
type core struct {
	x, y    int32
	neurons int
	blocks  int

	// Axons are numbered anew: those that are connected come first, by type.
	// These numbers are the bits of scheduler words. Row a of the crossbar is
	// rows[a*blocks:(a+1)*blocks]; one more row is 0.
	number []uint16 // of each axon of the image
	axons  int      // connected ones
	rows   []uint64
	types  []uint16 // of each connected axon, an index into the types in use
	events []int32  // neurons that each of them reaches
	inUse  []int    // the types in use, ascending

	weights []int32 // type k, neuron n: weights[k*64*blocks+n]
	// pairs has the weights of types 2p and 2p+1 in one number: see slice.go.
	// It is empty if they are too large for that.
	pairs []int64

	// A potential v stays as it is if lo <= v < pos: if v-lo, unsigned, is below
	// width. lo is the negative threshold, or 1 more with reset type 1.
	pos, lo  []int32
	width    []uint32
	leak     []int32
	leaky    []uint64 // neurons with a leak
	steady   []uint64 // those without; neuron n of a block is bit n
	start    []int32  // initial potentials
	resetTo  []int32  // reset potential, 0 where the threshold is subtracted
	subtract []uint64 // where it is; neuron n of a block is bit n
	out      []target
}

// stride is the number of neurons with padding.
func (c *core) stride() int { return 64 * c.blocks }

// Outputs returns the number of outputs of the bus.
func (p *Program) Outputs() int { return int(p.bus.NumOutputs) }
