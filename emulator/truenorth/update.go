package truenorth

import "math/bits"

// dense is from how many neurons of a block on all 64 are updated. That changes
// nothing in those that need none.
const dense = 20

// update brings the neurons of a block that need it through the present tick.
func (s *State) update(c *core, x *coreState, w *worker, block int, need uint64) {
	lo := 64 * block
	n := bits.OnesCount64(need)
	w.stats.Evaluated += int64(n)
	var out uint64
	if n >= dense {
		out = updateAll((*[64]int32)(x.v[lo:]), (*[64]int64)(w.acc[lo:]),
			(*[64]int32)(c.leak[lo:]), (*[64]int32)(c.pos[lo:]), (*[64]int32)(c.neg[lo:]), s.prog.tie)
	} else {
		for ; need != 0; need &= need - 1 {
			n := lane(bits.TrailingZeros64(need))
			i := lo + n
			v := x.v[i] + int32(w.acc[i]>>32) + c.leak[i]
			x.v[i], w.acc[i] = v, bias
			if outside(v, c.pos[i], c.neg[i], s.prog.tie) < 0 {
				out |= 1 << n
			}
		}
	}
	x.restless[block] = 0
	if out != 0 {
		s.cross(c, x, w, block, out)
	}
}

// outside is negative if v >= pos, or v < neg (v <= neg with tie 1).
func outside(v, pos, neg int32, tie int64) int64 {
	return (int64(pos) + ^int64(v)) | (int64(v) - int64(neg) - tie)
}

// updateAll adds sums and leaks to the potentials of a block and returns the
// neurons that are outside their thresholds. It has no branch to mispredict.
func updateAll(v *[64]int32, acc *[64]int64, leak, pos, neg *[64]int32, tie int64) uint64 {
	out := uint64(0)
	for n := range 64 {
		u := v[n] + int32(acc[n]>>32) + leak[n]
		v[n], acc[n] = u, bias
		out = out>>1 | uint64(outside(u, pos[n], neg[n], tie))&(1<<63)
	}
	return out
}

// cross resets the neurons that crossed a threshold and sends their spikes. A
// reset may leave a neuron outside again: then it acts in the next tick, input
// or not.
func (s *State) cross(c *core, x *coreState, w *worker, block int, out uint64) {
	spikes, restless := uint64(0), uint64(0)
	for ; out != 0; out &= out - 1 {
		n := bits.TrailingZeros64(out)
		i := block<<6 + n
		v, r := x.v[i], &c.reset[i]
		if v >= c.pos[i] {
			v = v&r.keep + r.up
			spikes |= 1 << n
			s.send(w, c.out[i])
		} else {
			v = v&r.keep + r.low
		}
		x.v[i] = v
		if outside(v, c.pos[i], c.neg[i], s.prog.tie) < 0 {
			restless |= 1 << lane(n)
		}
	}
	x.fired[block], x.restless[block] = spikes, restless
	w.stats.Spikes += int64(bits.OnesCount64(spikes))
}
