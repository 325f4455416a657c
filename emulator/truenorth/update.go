package truenorth

import "math/bits"

// dense is from how many neurons of a block on all 64 are updated. That changes
// nothing in those that need none.
const dense = 20

// update brings the neurons of a block that need it through the present tick.
func (s *State) update(c *core, x *coreState, w *worker, block int, need uint64) {
	lo := 64 * block
	b := blockOf{
		v: (*[64]int32)(x.v[lo:]), leak: (*[64]int32)(c.leak[lo:]),
		pos: (*[64]int32)(c.pos[lo:]), neg: (*[64]int32)(c.neg[lo:]), tie: s.prog.tie,
	}
	n := bits.OnesCount64(need)
	w.stats.Evaluated += int64(n)
	var above, below uint64
	if acc := (*[64]int64)(w.acc[lo:]); n >= dense {
		above, below = b.all(acc)
	} else {
		above, below = b.some(acc, need)
	}
	x.fired[block], x.restless[block] = above, 0
	if above != 0 {
		x.restless[block] = s.fire(c, &b, w, block, above)
	}
	if below &^= above; below != 0 {
		x.restless[block] |= b.recover((*[64]int32)(c.resetTo[lo:]), c.subtract[block], below)
	}
}

// blockOf is what the update of a block works on.
type blockOf struct {
	v, leak, pos, neg *[64]int32
	tie               int64
}

// isAbove and isBelow are negative if a potential is at or above the positive
// threshold, or below the negative one (at or below with tie 1).
func isAbove(v, pos int32) int64            { return int64(pos) + ^int64(v) }
func isBelow(v, neg int32, tie int64) int64 { return int64(v) - int64(neg) - tie }

// all adds sums and leaks to the potentials of a block and returns the neurons
// that crossed a threshold. It has no branch to mispredict.
func (b *blockOf) all(acc *[64]int64) (above, below uint64) {
	v, leak, pos, neg, tie := b.v, b.leak, b.pos, b.neg, b.tie
	for n := range 64 {
		u := v[n] + int32(acc[n]>>32) + leak[n]
		v[n], acc[n] = u, bias
		above = above>>1 | uint64(isAbove(u, pos[n]))&(1<<63)
		below = below>>1 | uint64(isBelow(u, neg[n], tie))&(1<<63)
	}
	return above, below
}

// some is all for the neurons that need it only.
func (b *blockOf) some(acc *[64]int64, need uint64) (above, below uint64) {
	for ; need != 0; need &= need - 1 {
		n := lane(bits.TrailingZeros64(need)) & 63
		u := b.v[n] + int32(acc[n]>>32) + b.leak[n]
		b.v[n], acc[n] = u, bias
		above |= uint64(isAbove(u, b.pos[n])) >> 63 << n
		below |= uint64(isBelow(u, b.neg[n], b.tie)) >> 63 << n
	}
	return above, below
}

// fire sends the spikes of the neurons above their threshold and resets them.
// It returns those that are outside their thresholds even so: they act in the
// next tick, input or not.
func (s *State) fire(c *core, b *blockOf, w *worker, block int, above uint64) uint64 {
	to, out := (*[64]int32)(c.resetTo[64*block:]), (*[64]target)(c.out[64*block:])
	subtract, restless := c.subtract[block], uint64(0)
	slotAt, merged := s.prog.slotAt[s.cur+1:], uint64(0)
	w.stats.Spikes += int64(bits.OnesCount64(above))
	for ; above != 0; above &= above - 1 {
		n := bits.TrailingZeros64(above) & 63
		keep := -int32(subtract >> n & 1)
		v := to[n] + (b.v[n]-b.pos[n])&keep
		b.v[n] = v
		restless |= b.outside(v, n)
		t := out[n]
		if t.kind != toCore || w.shared {
			s.send(w, t)
			continue
		}
		// What send does, without its branches.
		word := &s.ring[t.base+slotAt[t.delay]]
		merged += *word >> (t.bit & 63) & 1
		*word |= 1 << (t.bit & 63)
	}
	w.stats.Merged += int64(merged)
	return restless
}

// recover resets the neurons that fell below their negative threshold; it
// returns what fire does.
func (b *blockOf) recover(to *[64]int32, subtract, below uint64) uint64 {
	restless := uint64(0)
	for ; below != 0; below &= below - 1 {
		n := bits.TrailingZeros64(below) & 63
		keep := -int32(subtract >> n & 1)
		v := (b.v[n]-b.neg[n])&keep - to[n]
		b.v[n] = v
		restless |= b.outside(v, n)
	}
	return restless
}

// outside is the lane of neuron n if v is not between its thresholds.
func (b *blockOf) outside(v int32, n int) uint64 {
	return uint64(isAbove(v, b.pos[n])|isBelow(v, b.neg[n], b.tie)) >> 63 << lane(n)
}
