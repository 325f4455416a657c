package spinnaker1

// Ring is the ring buffer of a core: for each of the next ticks, each synapse
// type and each neuron the sum of the weights that will arrive, an unsigned
// number of 16 bits that saturates (specs/spinnaker1.md 2.5). A synaptic word is
//
//	weight << 16 | delay << (neuron bits + type bits) | type << neuron bits | neuron
//
// so the place of a word in the ring is its lower half plus the present tick.
type Ring struct {
	buf       []uint16
	slotBits  uint   // of the index of a neuron and a type
	delayMask uint32 // of a delay, at the lower end
	mask      uint32 // of an index into buf
}

// NewRing returns an empty ring for 2^neuronBits neurons, 2^typeBits types of
// synapses and delays of 1 to 2^delayBits ticks.
func NewRing(neuronBits, typeBits, delayBits int) *Ring {
	n := uint32(1) << (neuronBits + typeBits + delayBits)
	return &Ring{
		buf: make([]uint16, n), mask: n - 1,
		slotBits:  uint(neuronBits + typeBits),
		delayMask: 1<<delayBits - 1,
	}
}

// Slot returns the sums for tick t, of all neurons of type 0, then of type 1,
// a view. Whoever has used them clears them.
func (r *Ring) Slot(t uint32) []uint16 {
	at := (t & r.delayMask) << r.slotBits
	return r.buf[at : at+1<<r.slotBits]
}

// Add adds the synapses of a spike that was sent in the present tick t and
// returns how many sums saturated. A delay of 0 means the longest one.
func (r *Ring) Add(words []uint32, t uint32) (saturated int) {
	now := t << r.slotBits
	buf, mask, over := r.buf, r.mask, uint32(0)
	for _, w := range words {
		p := &buf[(w+now)&mask]
		sum := uint32(*p) + w>>16 // 17 bits
		over += sum >> 16
		*p = uint16(sum | -(sum >> 16))
	}
	return int(over)
}

// AddLate is Add for a spike that was sent late ticks before t. It skips the
// synapses whose tick has passed.
func (r *Ring) AddLate(words []uint32, t, late uint32) (saturated, skipped int) {
	limit := late << r.slotBits
	for i, w := range words {
		if d := w & (r.delayMask << r.slotBits); d != 0 && d <= limit {
			skipped++
			continue
		}
		saturated += r.Add(words[i:i+1], t-late)
	}
	return saturated, skipped
}
