package spinnaker1

import (
	"cmp"
	"slices"

	"github.com/synfire/synfire/backend/spinnaker1/image"
)

// The detailed model of time. All cores tick together. Within a tick a core
// works for the callback of its timer, then updates its neurons one after the
// other; a neuron that spikes sends its packet when it is done. A core whose
// work did not end in its tick starts the next one later by the rest.
//
// A packet walks along its tree. A link takes one packet at a time; one that
// has to wait longer than wait1 leaves by the other two sides of the triangle,
// if emergency routing is on and those are free within wait2, and is dropped
// otherwise, with all that is behind the link. Nothing puts dropped packets
// back, as the monitor's software may do.
//
// A core takes packets in the order in which they arrive, before anything else
// but the callback of its timer. What is taken in a later tick is late, by the
// colour of its key; a packet that finds the queue full is lost.
//
// Packets are followed one by one in the order in which they are sent, so on a
// link that two of them reach in another order the first sent goes first; and
// what packets take from the update delays its end, but not the spikes before.

// traffic is the detailed part of a meter. Times are nanoseconds since tick 0.
type traffic struct {
	linkFree []int64 // when a link can take its next packet
	cores    []coreTime
	packets  []packet // of the present tick, and those that are sent after it
	times    []int64  // at the end of each link of a tree, lost if none
}

// coreTime is what a core has left to do.
type coreTime struct {
	shift    int64   // by how much the present tick starts late
	free     int64   // when the last packet is done
	done     []int64 // when each packet in the queue is, from head on
	head     int
	arrivals []arrival // of the present tick
}

// packet is one that is sent.
type packet struct {
	time         int64
	core, neuron int32
	tick         int32 // in which its neuron spiked
}

// arrival is a packet at a core.
type arrival struct {
	time         int64
	in           int32 // link of the core
	neuron, tick int32
}

// planned is a row to be taken: late ticks after its packet was sent, in tick
// due.
type planned struct {
	lo, hi    int32
	rows      uint16
	due, late uint32
}

// lost is the time of a packet that does not arrive.
const lost = -1

// NewDetailedMeter returns a meter that times every packet.
func NewDetailedMeter(p *Program, profile *Profile) *Meter {
	m := NewMeter(p, profile)
	m.detailed = true
	m.traffic = traffic{linkFree: make([]int64, len(m.Links)), cores: make([]coreTime, len(p.cores))}
	return m
}

func (f *traffic) reset(m *Meter) {
	clear(f.linkFree)
	f.packets = f.packets[:0]
	for k := range f.cores {
		c := &f.cores[k]
		c.shift, c.free, c.done, c.head = 0, 0, c.done[:0], 0
	}
}

// plan follows the packets of tick t and plans when each is taken.
func (m *Meter) plan(s *State, t int) {
	f := &m.traffic
	for k := range f.cores {
		f.cores[k].arrivals = f.cores[k].arrivals[:0]
		m.send(s, k, t)
	}
	slices.SortFunc(f.packets, func(a, b packet) int {
		return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.core, b.core), cmp.Compare(a.neuron, b.neuron))
	})
	sent := 0
	for ; sent < len(f.packets) && f.packets[sent].time < m.start(t+1); sent++ {
		m.walk(&f.packets[sent])
	}
	f.packets = f.packets[:copy(f.packets, f.packets[sent:])]
	for k := range f.cores {
		if c := &m.prog.cores[k]; !c.source {
			m.take(c, &s.cores[k], k, t)
		}
	}
}

// start returns when tick t starts.
func (m *Meter) start(t int) int64 { return int64(t) * int64(m.prog.period) * 1000 }

// send lists the packets of a core.
func (m *Meter) send(s *State, k, t int) {
	c, f := &m.prog.cores[k], &m.traffic
	if !c.sends {
		return
	}
	at := m.start(t) + f.cores[k].shift
	for j, n := range s.cores[k].fired[t&1] {
		cycles := m.profile.tick + m.profile.send*int64(j+1)
		if !c.source {
			cycles = m.profile.callback(c) + m.profile.neuron*int64(c.substeps)*int64(n+1)
		}
		f.packets = append(f.packets, packet{at + m.NS(cycles), int32(k), int32(n), int32(t)})
	}
}

// walk sends a packet along its tree.
func (m *Meter) walk(p *packet) {
	f, r := &m.traffic, &m.prog.routes[p.core]
	tree := &r.classes[r.of[p.neuron]]
	f.times = f.times[:0]
	at := func(after int32) int64 {
		if after < 0 {
			return p.time
		}
		return f.times[after]
	}
	for i, l := range tree.links {
		f.times = append(f.times, m.cross(at(tree.after[i]), int(l)))
	}
	for i := range tree.ends {
		e := &tree.ends[i]
		if time := at(e.after); time != lost {
			c := &f.cores[e.core]
			c.arrivals = append(c.arrivals, arrival{time, e.in, p.neuron, p.tick})
		}
	}
}

// cross takes a packet over a link, or around it, and returns when it is there.
func (m *Meter) cross(time int64, link int) int64 {
	if time == lost {
		return lost
	}
	f := &m.traffic
	if f.linkFree[link]-time <= m.wait(m.profile.wait1) {
		return m.occupy(time, link)
	}
	time += m.wait(m.profile.wait1)
	chip, l := link/image.Links, link%image.Links
	first := chip*image.Links + (l+1)%image.Links
	if mid, ok := m.prog.mesh.Next(chip, (l+1)%image.Links); ok && m.profile.wait2 > 0 {
		second := mid*image.Links + (l+image.Links-1)%image.Links
		if _, ok := m.prog.mesh.Next(mid, second%image.Links); ok && f.linkFree[first]-time <= m.wait(m.profile.wait2) {
			if time = m.occupy(time, first); f.linkFree[second]-time <= m.wait(m.profile.wait1) {
				m.Counts.Emergency++
				return m.occupy(time, second)
			}
		}
	}
	m.Counts.Lost++
	return lost
}

// wait returns the nanoseconds of a timeout.
func (m *Meter) wait(code int64) int64 { return Timeout(uint8(code)) * 1000 / m.profile.routerMHz }

// occupy takes a packet over a link as soon as it is free.
func (m *Meter) occupy(time int64, link int) int64 {
	f := &m.traffic
	time = max(time, f.linkFree[link])
	f.linkFree[link] = time + 1000/m.profile.linkPacketsPerUS
	return time + m.profile.hopNS
}

// take plans when a core takes its packets, and finds out whether its work ends
// with the tick.
func (m *Meter) take(c *core, x *coreState, k, t int) {
	f, load := &m.traffic.cores[k], &m.Cores[k]
	begin, next := m.start(t), m.start(t+1)
	work, rows := m.profile.update(c), int64(0)
	end := begin + f.shift + m.NS(work)
	f.free = max(f.free, begin+f.shift+m.NS(m.profile.callback(c)))
	slices.SortStableFunc(f.arrivals, func(a, b arrival) int { return cmp.Compare(a.time, b.time) })
	x.due(uint32(t))
	f.done = f.done[:copy(f.done, f.done[f.head:])]
	f.head = 0
	for i := range f.arrivals {
		a := &f.arrivals[i]
		for f.head < len(f.done) && f.done[f.head] <= a.time {
			f.head++
		}
		l := &c.in[a.in]
		lo, hi := l.ptr[a.neuron], l.ptr[a.neuron+1]
		cycles := m.profile.row*int64(l.rows[a.neuron]) + m.profile.event*int64(hi-lo)
		work, rows = work+cycles, rows+int64(l.rows[a.neuron])
		if len(f.done)-f.head > c.queue {
			load.Dropped++
			continue
		}
		from := max(a.time, f.free)
		cost := m.NS(cycles)
		if from < end {
			end += cost
		}
		f.free = from + cost
		f.done = append(f.done, f.free)
		late := (f.free - m.start(int(a.tick))) / (next - begin)
		if late > 0 {
			load.Late++
			if c.dropLate {
				load.Dropped++
				continue
			}
		}
		x.add(planned{lo, hi, l.rows[a.neuron], uint32(a.tick) + uint32(late), uint32(late)}, uint32(t))
	}
	m.add(k, t, work, rows)
	if f.shift = max(0, end-next); f.shift > 0 {
		load.Overruns++
	}
}

// due moves what is taken in tick t into the plan.
func (x *coreState) due(t uint32) {
	x.plan = x.plan[:0]
	kept := x.later[:0]
	for _, p := range x.later {
		if p.due <= t {
			x.plan = append(x.plan, p)
		} else {
			kept = append(kept, p)
		}
	}
	x.later = kept
}

func (x *coreState) add(p planned, t uint32) {
	if p.due <= t {
		x.plan = append(x.plan, p)
	} else {
		x.later = append(x.later, p)
	}
}

// deliverPlan takes the packets that are planned for tick t. colour is the mask
// of what a key tells of the tick in which it was sent.
func (x *coreState) deliverPlan(c *core, t, colour uint32) {
	for _, p := range x.plan {
		row := c.words[p.lo:p.hi]
		sums, skipped := x.ring.AddLate(row, t, p.late&colour)
		x.sums, x.skipped = x.sums+int64(sums), x.skipped+int64(skipped)
		x.taken += len(row)
		x.rows += int(p.rows)
	}
}
