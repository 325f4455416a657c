package loihi1

// deliver adds the rows of the spikes that arrive in step t to the accumulator.
func (x *coreState) deliver(c *core, t int, spikes []arrival) {
	x.touch(c, spikes)
	for _, a := range spikes {
		for k := int(a >> baseBits); ; k++ {
			g := &c.groups[k]
			at := (t+int(g.delay))&(c.slots-1)*c.stride + int(a&baseMask)
			add((*[window]int32)(x.acc[at:at+window]), c.syns[g.lo:g.hi])
			x.events += int64(g.events)
			if !g.more {
				x.lastDue = max(x.lastDue, t+int(g.delay))
				break
			}
		}
	}
}

// touch reads the start of each row before any is added. The reads do not
// depend on each other, so the cache misses of all rows overlap; within add
// each would be waited for.
func (x *coreState) touch(c *core, spikes []arrival) {
	sum := x.touched
	for _, a := range spikes {
		g := &c.groups[a>>baseBits]
		if g.lo < g.hi {
			sum += c.syns[g.lo] + c.syns[g.hi-1]
		}
	}
	x.touched = sum
}

// add is the innermost loop of the emulator: one synaptic event is a 4-byte
// load from the row and a read-modify-write in the first-level cache. Rows are
// padded to whole chunks, so the loop has one exit to mispredict, not two.
func add(acc *[window]int32, row []synapse) {
	for len(row) >= chunk {
		s := (*[chunk]synapse)(row)
		acc[uint32(s[0])&(window-1)] += int32(s[0] >> 16)
		acc[uint32(s[1])&(window-1)] += int32(s[1] >> 16)
		acc[uint32(s[2])&(window-1)] += int32(s[2] >> 16)
		acc[uint32(s[3])&(window-1)] += int32(s[3] >> 16)
		acc[uint32(s[4])&(window-1)] += int32(s[4] >> 16)
		acc[uint32(s[5])&(window-1)] += int32(s[5] >> 16)
		acc[uint32(s[6])&(window-1)] += int32(s[6] >> 16)
		acc[uint32(s[7])&(window-1)] += int32(s[7] >> 16)
		row = row[chunk:]
	}
}

// update brings all compartments of the core through step t and lists those
// that fired.
func (x *coreState) update(c *core, t int) {
	at := t & (c.slots - 1) * c.stride
	due := x.acc[at : at+len(x.u)]
	active := int32(0)
	for i := range c.runs {
		r := &c.runs[i]
		active |= x.updateCurrent(r, due[r.lo:r.hi])
		if t >= r.refUntil {
			x.updateVoltage(r, c.bias[r.lo:r.hi])
		} else {
			x.updateRefractory(r, c.bias[r.lo:r.hi])
		}
	}
	x.idle = active == 0 && x.atRest()
}

// atRest tells whether nothing but new input can change the voltages.
func (x *coreState) atRest() bool {
	for i, v := range x.v {
		if v != 0 || x.ref[i] != 0 {
			return false
		}
	}
	return true
}

// decay is specs/loihi1.md 1.2 with keep = 4096 - d: the quotient is rounded
// toward zero, so 4095 is added to negative numbers before the shift.
func decay(x int32, keep int64) int32 {
	return int32((int64(x)*keep + int64(uint32(x>>31)>>20)) >> 12)
}

// wrap24 keeps the low 24 bits as a signed number.
func wrap24(x int32) int32 { return x << 8 >> 8 }

// updateCurrent takes the due input out of the accumulator and updates the
// currents of a run; the result is 0 if they are all 0. Overflows are seen by
// comparing, and counted. Currents and voltages have a loop each because one
// loop for both runs out of registers.
func (x *coreState) updateCurrent(r *run, due []int32) int32 {
	u := x.u[r.lo:r.hi]
	due = due[:len(u)]
	keep, active := r.keepU, int32(0)
	for i := range u {
		sum := due[i]
		due[i] = 0
		q := int32(int16(sum))
		if q != sum {
			x.accWraps++
		}
		full := decay(u[i], keep) + q<<6
		cur := wrap24(full)
		if cur != full {
			x.uWraps++
		}
		u[i] = cur
		active |= cur
	}
	return active
}

// updateVoltage updates the voltages of a run in which nothing is refractory.
// Both upper limits, threshold and vmax, matter only above the lower of them,
// so one comparison clears nearly every compartment.
func (x *coreState) updateVoltage(r *run, bias []int32) {
	u := x.u[r.lo:r.hi]
	v, bias := x.v[r.lo:r.hi][:len(u)], bias[:len(u)]
	keep, vmin, top := r.keepV, r.vmin, min(r.vth, r.vmax)
	for i := range u {
		pot := max(decay(v[i], keep)+wrap24(u[i]+bias[i]), vmin)
		if pot > top {
			if pot = min(pot, r.vmax); pot > r.vth {
				pot = 0
				x.fire(r.lo + i)
			}
		}
		v[i] = pot
	}
}

// updateRefractory is updateVoltage with a refractory counter for each
// compartment. While it runs, v is 0, which never exceeds a threshold.
func (x *coreState) updateRefractory(r *run, bias []int32) {
	u := x.u[r.lo:r.hi]
	v, ref := x.v[r.lo:r.hi][:len(u)], x.ref[r.lo:r.hi][:len(u)]
	bias = bias[:len(u)]
	keep, vmin, top := r.keepV, r.vmin, min(r.vth, r.vmax)
	for i := range u {
		pot := max(decay(v[i], keep)+wrap24(u[i]+bias[i]), vmin)
		if ref[i] > 0 {
			pot = 0
			ref[i]--
		} else if pot > top {
			if pot = min(pot, r.vmax); pot > r.vth {
				pot = 0
				x.fire(r.lo + i)
				ref[i] = r.refract
			}
		}
		v[i] = pot
	}
}

// fire lists a compartment as having fired in this step.
func (x *coreState) fire(i int) {
	x.fired[x.nfired] = uint16(i)
	x.nfired++
}
