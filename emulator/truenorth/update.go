package truenorth

import "math/bits"

// dense is from how many neurons of a block on all 64 are updated. That changes
// nothing in those that need none.
const dense = 20

// update brings the neurons of a block that need it through the present tick.
func (s *State) update(c *core, x *coreState, w *worker, block int, need uint64) {
	lo := 64 * block
	v, acc := (*[64]int32)(x.v[lo:]), (*[64]int64)(w.acc[lo:])
	leak, low, width := (*[64]int32)(c.leak[lo:]), (*[64]int32)(c.lo[lo:]), (*[64]uint32)(c.width[lo:])
	n := bits.OnesCount64(need)
	w.stats.Evaluated += int64(n)
	var out uint64
	if n >= dense {
		out = updateAll(v, acc, leak, low, width)
	} else {
		out = updateSome(v, acc, leak, low, width, need)
	}
	x.fired[block], x.restless[block] = 0, 0
	if out != 0 {
		x.fired[block], x.restless[block] = c.cross(v, block, out, s.prog.tie)
		s.fire(c, w, block, x.fired[block])
	}
}

// isInside is negative if a potential is between its thresholds.
func isInside(v, lo int32, width uint32) int64 { return int64(uint32(v-lo)) - int64(width) }

// updateAll adds sums and leaks to the potentials of a block and returns the
// neurons that crossed a threshold. It has no branch to mispredict.
func updateAll(v *[64]int32, acc *[64]int64, leak, lo *[64]int32, width *[64]uint32) uint64 {
	// One check for nil here saves one in each turn of the loop.
	_, _, _, _, _ = v[0], acc[0], leak[0], lo[0], width[0]
	inside := uint64(0)
	for n := range v {
		u := v[n] + int32(acc[n]>>32) + leak[n]
		v[n], acc[n] = u, bias
		inside = inside>>1 | uint64(isInside(u, lo[n], width[n]))&(1<<63)
	}
	return ^inside
}

// updateSome is updateAll for the neurons that need it only.
func updateSome(v *[64]int32, acc *[64]int64, leak, lo *[64]int32, width *[64]uint32, need uint64) uint64 {
	out := uint64(0)
	for ; need != 0; need &= need - 1 {
		n := lane(bits.TrailingZeros64(need)) & 63
		u := v[n] + int32(acc[n]>>32) + leak[n]
		v[n], acc[n] = u, bias
		out |= uint64(^isInside(u, lo[n], width[n])) >> 63 << n
	}
	return out
}

// cross resets the neurons that crossed a threshold. It returns those that
// spike, and those without a leak that the reset leaves outside their
// thresholds: they act in the next tick, input or not. Which threshold it was
// is as good as random, so there is no branch on it.
func (c *core) cross(v *[64]int32, block int, out uint64, tie int32) (spikes, restless uint64) {
	at, subtract := 64*block, c.subtract[block]
	pos, lo, to := (*[64]int32)(c.pos[at:]), (*[64]int32)(c.lo[at:]), (*[64]int32)(c.resetTo[at:])
	steady := out & c.steady[block]
	for ; out != 0; out &= out - 1 {
		n := bits.TrailingZeros64(out) & 63
		below := int32((int64(v[n]) - int64(pos[n])) >> 63) // -1 or, above, 0
		keep := -int32(subtract >> n & 1)
		v[n] = (to[n] ^ below) - below + (v[n]-(pos[n]&^below|(lo[n]-tie)&below))&keep
		spikes |= uint64(^below) & 1 << n
	}
	for width := (*[64]uint32)(c.width[at:]); steady != 0; steady &= steady - 1 {
		n := bits.TrailingZeros64(steady) & 63
		restless |= uint64(^isInside(v[n], lo[n], width[n])) >> 63 << lane(n)
	}
	return spikes, restless
}

// fire sends the spikes of a block.
func (s *State) fire(c *core, w *worker, block int, spikes uint64) {
	out := (*[64]target)(c.out[64*block:])
	slotAt, merged := s.prog.slotAt[s.cur+1:], uint64(0)
	w.stats.Spikes += int64(bits.OnesCount64(spikes))
	for ; spikes != 0; spikes &= spikes - 1 {
		t := out[bits.TrailingZeros64(spikes)&63]
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
}
