package loihi1

// deliver adds the rows of the spikes that arrive in step t to the accumulator.
func (x *coreState) deliver(c *core, t int, spikes []arrival) {
	for len(spikes) > 0 {
		n := min(len(spikes), ahead)
		x.touch(c, spikes[:n])
		for _, a := range spikes[:n] {
			x.addRow(c, t, a)
		}
		spikes = spikes[n:]
	}
}

// addRow adds the row of one spike.
func (x *coreState) addRow(c *core, t int, a arrival) {
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

// ahead is for how many spikes touch reads rows ahead: more than a processor
// has misses under way, and few enough that nothing has left the cache again
// when it is added.
const ahead = 32

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
	for i := range c.runs {
		r := &c.runs[i]
		switch {
		case t < r.refUntil:
			x.updateCurrent(r, due[r.lo:r.hi])
			x.updateRefractory(r, c.bias[r.lo:r.hi])
		case c.biased:
			x.updateCurrent(r, due[r.lo:r.hi])
			x.updateVoltage(r, c.bias[r.lo:r.hi])
		default:
			x.updateInBlocks(r, due[r.lo:r.hi])
		}
	}
	clear(due)
	x.updates += int64(len(x.u))
	// Only a step without anything due can bring a core to rest.
	x.idle = t > x.lastDue && x.atRest()
}

// atRest tells whether nothing but new input can change the voltages.
func (x *coreState) atRest() bool {
	for i, v := range x.v {
		if v != 0 || x.u[i] != 0 || x.ref[i] != 0 {
			return false
		}
	}
	return true
}

// decay is specs/loihi1.md 1.2 with keep = 4096 - d: the quotient is rounded
// toward zero, so 4095 is added to negative numbers before the shift.
func decay(x int32, keep int64) int32 {
	y := int64(x)
	return int32((y*keep + y>>63&4095) >> 12)
}

// wrap24 keeps the low 24 bits as a signed number.
func wrap24(x int32) int32 { return x << 8 >> 8 }

// updatePlain updates currents and voltages of compartments lo..hi-1 of a run
// without biases in which nothing is refractory: the common case, and the only one whose two updates
// share a loop, because with more to do it runs out of registers. Both upper
// limits of the voltage, threshold and vmax, matter only above the lower of
// them, so one comparison clears nearly every compartment.
func (x *coreState) updatePlain(r *run, lo, hi int, due []int32) {
	u := x.u[lo:hi]
	v, due := x.v[lo:hi][:len(u)], due[:len(u)]
	keepU, keepV, vmin, top := r.keepU, r.keepV, r.vmin, min(r.vth, r.vmax)
	for i := range u {
		sum := due[i]
		cur := decay(u[i], keepU) + sum<<6
		if overflows(sum, cur) {
			cur = x.wrap(sum, cur)
		}
		u[i] = cur
		pot := max(decay(v[i], keepV)+cur, vmin)
		if pot > top {
			pot = x.overTop(r, lo-r.lo+i, pot)
		}
		v[i] = pot
	}
}

// overflows tells whether a sum of input does not fit 16 bits or a current 24.
// A sum that does not fit makes a current that may be anything; see wrap.
func overflows(sum, cur int32) bool {
	return (uint32(sum+1<<15)|uint32(cur+1<<23)>>8)>>16 != 0
}

// wrap returns the current that the registers hold after an overflow, and
// counts it. cur is the decayed current plus sum<<6, which is right modulo
// 2^32; a sum that wraps is off by a multiple of 2^16, so it is taken off.
//
//go:noinline
func (x *coreState) wrap(sum, cur int32) int32 {
	if q := int32(int16(sum)); q != sum {
		x.accWraps++
		cur += (q - sum) << 6
	}
	if w := wrap24(cur); w != cur {
		x.uWraps++
		return w
	}
	return cur
}

// overTop returns the voltage of compartment i of a run, which is above the
// threshold or vmax.
//
//go:noinline
func (x *coreState) overTop(r *run, i int, pot int32) int32 {
	if pot = min(pot, r.vmax); pot > r.vth {
		x.fire(r.lo + i)
		return 0
	}
	return pot
}

// updateCurrent updates the currents of a run with the input that is due.
// Overflows are seen by comparing, and counted.
func (x *coreState) updateCurrent(r *run, due []int32) {
	u := x.u[r.lo:r.hi]
	due = due[:len(u)]
	keep := r.keepU
	for i := range u {
		sum := due[i]
		cur := decay(u[i], keep) + sum<<6
		if overflows(sum, cur) {
			cur = x.wrap(sum, cur)
		}
		u[i] = cur
	}
}

// updateVoltage updates the voltages of a run in which nothing is refractory.
func (x *coreState) updateVoltage(r *run, bias []int32) {
	u := x.u[r.lo:r.hi]
	v, bias := x.v[r.lo:r.hi][:len(u)], bias[:len(u)]
	keep, vmin, top := r.keepV, r.vmin, min(r.vth, r.vmax)
	for i := range u {
		pot := max(decay(v[i], keep)+wrap24(u[i]+bias[i]), vmin)
		if pot > top {
			pot = x.overTop(r, i, pot)
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
