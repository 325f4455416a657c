package spinnaker1

import "github.com/synfire/synfire/internal/fixed"

// step runs one core through tick t: it takes the packets of the tick before,
// and updates the neurons. Cores may do so in any order.
func (s *State) step(k int, t uint32) {
	c, x := &s.prog.cores[k], &s.cores[k]
	if c.source {
		return // begin has set what it sends
	}
	if t > 0 {
		s.deliver(c, x, t-1)
	}
	fired := x.fired[t&1][:0]
	if due := t < x.last; due || !x.idle {
		slot := x.ring.Slot(t)
		moved := false
		for i := range c.runs {
			var m bool
			fired, m = x.update(c, &c.runs[i], slot, fired)
			moved = moved || m
		}
		if due {
			clear(slot)
		}
		x.idle = !moved && !due
	}
	x.fired[t&1] = fired
	x.spikes += int64(len(fired))
}

// deliver takes the packets that were sent in tick t.
func (s *State) deliver(c *core, x *coreState, t uint32) {
	x.rows, x.taken = 0, 0
	if s.planned {
		x.deliverPlan(c, t, s.prog.colour)
	} else {
		for i := range c.in {
			l := &c.in[i]
			for _, n := range s.cores[l.from].fired[t&1] {
				x.rows += int(l.rows[n])
				row := c.words[l.ptr[n]:l.ptr[n+1]]
				x.taken += len(row)
				x.sums += int64(x.ring.Add(row, t))
			}
		}
	}
	if x.taken > 0 {
		x.events += int64(x.taken)
		x.last = t + 2 + x.ring.delayMask // the longest delay is delayMask+1
	}
}

// update brings a run of neurons through a tick, appends those that spike to
// fired, and tells whether any of them may move in the next tick if nothing
// comes.
func (x *coreState) update(c *core, r *run, slot []uint16, fired []uint16) ([]uint16, bool) {
	half := len(slot) / 2
	n := r.hi - r.lo
	v, exc, inh := x.v[r.lo:][:n], x.exc[r.lo:][:n], x.inh[r.lo:][:n]
	refract, used := x.refract[r.lo:][:n], x.used[r.lo:][:n]
	inExc, inInh := slot[r.lo:][:n], slot[half+r.lo:][:n]
	moved := int32(0)
	for i := range v {
		s := fixed.State{V: v[i], Exc: exc[i], Inh: inh[i], Refract: refract[i]}
		if inExc[i] != 0 {
			s.Exc = c.add(r.exc, s.Exc, inExc[i], c.shifts[0])
		}
		if inInh[i] != 0 {
			s.Inh = c.add(r.inh, s.Inh, inInh[i], c.shifts[1])
		}
		spiked := false
		for range c.substeps {
			used[i] = s.Exc - s.Inh
			if r.lif.Update(&s) {
				spiked = true
			}
			if c.delta {
				s.Exc, s.Inh = 0, 0
			} else {
				s.Exc, s.Inh = r.exc.Shape(s.Exc), r.inh.Shape(s.Inh)
			}
		}
		if spiked {
			fired = append(fired, uint16(r.lo+i)) // within capacity
		}
		moved |= (s.V ^ v[i]) | (s.Exc ^ exc[i]) | (s.Inh ^ inh[i]) | (s.Refract ^ refract[i])
		if spiked {
			moved = -1
		}
		v[i], exc[i], inh[i], refract[i] = s.V, s.Exc, s.Inh, s.Refract
	}
	return fired, moved != 0
}

// add returns a current after an input of the ring buffer.
func (c *core) add(syn fixed.Synapse, current int32, x uint16, shift uint32) int32 {
	if c.delta {
		return current + int32(uint32(x)<<shift)
	}
	return syn.Add(current, x, shift)
}
