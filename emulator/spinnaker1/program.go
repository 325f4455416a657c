// Package spinnaker1 is the step engine of SpiNNaker 1 with sPyNNaker's neuron
// code (specs/spinnaker1.md 2.5 to 2.7), in the chip's integers, to the bit.
//
// In tick t every core takes what its ring buffer holds for t and updates its
// neurons, in each of its sub-steps:
//
//	I = exc - inh + offset          V = alpha - exp*(alpha - V), alpha = I*R + rest
//	V stays while refractory        spike if V >= threshold, then V = reset
//	exc, inh lose their decay
//
// Then it takes the packets of tick t: the master population table says which
// row of synapses a key means, and a synapse of delay d adds to slot t+d of the
// ring buffer, whose sums saturate at 16 bits. What is added before and after
// inside a tick does not matter to the sums, so cores can run in any order, in
// parallel, and the spikes are the same. (How often a sum saturates depends on
// the order; it is counted in the order of the senders, on any number of
// threads.)
//
// This is the ideal mode: all packets arrive in the tick in which they are
// sent. Compile follows every key through the routing tables of the chips, link
// by link, once: a key that does not reach a core which has synapses for it, or
// reaches one that does not know it, is an error. Timing (see [Meter]) says what of
// that holds in real time.
//
// Work follows the spikes: a core that has nothing due and whose neurons do not
// move is skipped until a packet comes.
package spinnaker1

import (
	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/fixed"
)

// Program is an image made ready to run. It is immutable: any number of states
// can run on it at the same time.
type Program struct {
	inputs  emulator.Inputs
	inputAt [][]place // the neurons of sources that the elements of each input are
	pops    emulator.Populations
	popAt   [][]place // where the neurons of each population are, by flat index
	cores   []core
	routes  []route // by sending core
	neurons int64   // of all cores
	mesh    *image.Mesh
	period  uint32 // microseconds between ticks
	colour  uint32 // mask of the colour bits
}

// place is a neuron of a core.
type place struct{ core, neuron int32 }

// core is the immutable part of a core.
type core struct {
	at     image.CoreAt
	source bool
	n      int // neurons or elements
	sends  bool

	runs     []run
	start    []fixed.State
	shifts   [image.Types]uint32
	substeps int
	delta    bool
	bits     struct{ neuron, delay int } // of the ring buffer
	dropLate bool
	queue    int // packets that can wait

	in    []link
	words []uint32 // the synapses of all rows

	pop    []int32 // population of each neuron, -1 for none
	number []int32 // and its index in that
}

// run is a stretch of neurons lo..hi-1 with equal parameters.
type run struct {
	lo, hi   int
	lif      fixed.LIF
	exc, inh fixed.Synapse
}

// link is what the spikes of one core do to another: neuron i has the synapses
// words[ptr[i]:ptr[i+1]] there, which are fetched as rows[i] rows.
type link struct {
	from int32
	ptr  []int32
	rows []uint16
}

// Load decodes an image and compiles it.
func Load(data []byte) (*Program, error) {
	img, err := image.Decode(data)
	if err != nil {
		return nil, err
	}
	return compile(img)
}
