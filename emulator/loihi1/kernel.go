package loihi1

// deliver adds the rows of the spikes that arrive in step t to the accumulator.
func (x *coreState) deliver(c *core, t int, spikes []arrival) {
	for _, a := range spikes {
		r := &c.rows[a>>baseBits]
		for _, g := range c.groups[r.first:r.last] {
			at := (t+int(g.delay))&(c.slots-1)*c.stride + int(a&baseMask)
			add((*[window]int32)(x.acc[at:at+window]), c.syns[g.lo:g.hi])
		}
		x.events += int64(r.events)
		x.lastDue = max(x.lastDue, t+int(r.delay))
	}
}

// add is the innermost loop of the emulator: one synaptic event is a 4-byte
// load from the row and a read-modify-write in the first-level cache.
func add(acc *[window]int32, row []synapse) {
	for _, s := range row {
		acc[uint32(s)&(window-1)] += int32(s >> 16)
	}
}

// update brings all compartments of the core through step t and lists those
// that fired.
func (x *coreState) update(c *core, t int) {
	at := t & (c.slots - 1) * c.stride
	due := x.acc[at : at+len(x.u)]
	x.live = 0
	for i := range c.runs {
		r := &c.runs[i]
		if t >= r.refUntil {
			x.updatePlain(r, due[r.lo:r.hi], c.bias[r.lo:r.hi])
		} else {
			x.updateRefractory(r, due[r.lo:r.hi], c.bias[r.lo:r.hi])
		}
	}
}

// decay is specs/loihi1.md 1.2 with keep = 4096 - d: the quotient is rounded
// toward zero, as Go's division does.
func decay(x int32, keep int64) int32 { return int32(int64(x) * keep / 4096) }

// wrap24 keeps the low 24 bits as a signed number.
func wrap24(x int32) int32 { return x << 8 >> 8 }

// updatePlain updates a run of compartments none of which is refractory. It
// counts wraps by comparing, so that a sum that overflows is seen but not
// repaired.
func (x *coreState) updatePlain(r *run, due, bias []int32) {
	u := x.u[r.lo:r.hi]
	v := x.v[r.lo:r.hi][:len(u)]
	due, bias = due[:len(u)], bias[:len(u)]
	keepU, keepV, vth, vmin, vmax := r.keepU, r.keepV, r.vth, r.vmin, r.vmax
	n, live := x.nfired, x.live
	for i := range u {
		sum := due[i]
		due[i] = 0
		q := int32(int16(sum))
		if q != sum {
			x.accWraps++
		}
		full := decay(u[i], keepU) + q<<6
		cur := wrap24(full)
		if cur != full {
			x.uWraps++
		}
		u[i] = cur
		pot := decay(v[i], keepV) + wrap24(cur+bias[i])
		pot = min(max(pot, vmin), vmax)
		if pot > vth {
			pot = 0
			x.fired[n&(window-1)] = uint16(r.lo + i)
			n++
		}
		v[i] = pot
		live |= cur | pot
	}
	x.nfired, x.live = n, live
}

// updateRefractory is updatePlain with a refractory counter for each
// compartment. While it runs, v is 0, which never exceeds a threshold.
func (x *coreState) updateRefractory(r *run, due, bias []int32) {
	u := x.u[r.lo:r.hi]
	v, ref := x.v[r.lo:r.hi][:len(u)], x.ref[r.lo:r.hi][:len(u)]
	due, bias = due[:len(u)], bias[:len(u)]
	keepU, keepV, vth, vmin, vmax := r.keepU, r.keepV, r.vth, r.vmin, r.vmax
	n, live := x.nfired, x.live
	for i := range u {
		sum := due[i]
		due[i] = 0
		q := int32(int16(sum))
		if q != sum {
			x.accWraps++
		}
		full := decay(u[i], keepU) + q<<6
		cur := wrap24(full)
		if cur != full {
			x.uWraps++
		}
		u[i] = cur
		pot := decay(v[i], keepV) + wrap24(cur+bias[i])
		pot = min(max(pot, vmin), vmax)
		if ref[i] > 0 {
			pot = 0
			ref[i]--
		} else if pot > vth {
			pot = 0
			x.fired[n&(window-1)] = uint16(r.lo + i)
			n++
			ref[i] = r.refract
		}
		v[i] = pot
		live |= cur | pot | int32(ref[i])
	}
	x.nfired, x.live = n, live
}
