package spinnaker1

import "github.com/synfire/synfire/backend/spinnaker1/image"

// RealTime says whether a run holds the time between ticks that its image asks
// for, and what would.
type RealTime struct {
	PeriodNS int64
	// NeedNS is the time that the busiest core needs for its worst tick, or the
	// busiest link for its packets.
	NeedNS int64
	// Critical is the index of that core in the image, -1 if it is the link.
	Critical int
	// Over counts the cores that need more than the period in some tick.
	Over int
}

// Holds tells whether everything ends within its tick.
func (r *RealTime) Holds() bool { return r.NeedNS <= r.PeriodNS }

// Factor is the time-scale factor at which it would: how many times slower the
// ticks would have to come.
func (r *RealTime) Factor() float64 { return float64(r.NeedNS) / float64(r.PeriodNS) }

// RealTime returns what the run says about time.
func (m *Meter) RealTime() RealTime {
	r := RealTime{PeriodNS: int64(m.prog.period) * 1000, Critical: -1, NeedNS: m.Busiest.Packets * 1000 / m.profile.linkPacketsPerUS}
	for k := range m.Cores {
		need := m.NS(m.Cores[k].Worst)
		if need > r.NeedNS {
			r.NeedNS, r.Critical = need, k
		}
		if need > r.PeriodNS {
			r.Over++
		}
	}
	return r
}

// Fits returns how many of its neurons a core could have in real time, if their
// synapses are alike: the work of a tick and of fetching rows stays. It is 0 if
// that alone is too much.
func (m *Meter) Fits(k int) int {
	c := &m.Cores[k]
	stays := m.profile.tick + m.profile.row*c.Rows
	room := int64(m.prog.period)*m.profile.clockMHz - stays
	if c.Worst <= stays || room <= 0 {
		return 0
	}
	return int(min(int64(c.Neurons), int64(c.Neurons)*room/(c.Worst-stays)))
}

// NS returns the nanoseconds of some cycles of a core.
func (m *Meter) NS(cycles int64) int64 {
	return (cycles*1000 + m.profile.clockMHz - 1) / m.profile.clockMHz
}

// Energy is what a run takes, in joules, by two published ways of counting,
// which are not to be added: one measured the power of boards, the other a
// network at work.
type Energy struct {
	// Power is that of the chips and of the cores in use for the time of the
	// ticks, and of the hops of all packets.
	Power float64
	Chips int // that are in use
	// Activity is that of all neurons for the time, and of all synaptic events.
	Activity float64
}

// Energy prices the counts. The time is that of the ticks, as if it held.
func (m *Meter) Energy() Energy {
	c := &m.profile.constants
	seconds := float64(m.Counts.Ticks) * float64(m.prog.period) * 1e-6
	e := Energy{Chips: m.chips()}
	milliwatts := c.chipIdleMW*int64(e.Chips) + c.coreActiveMW*int64(len(m.Cores))
	e.Power = seconds*float64(milliwatts)*1e-3 + float64(c.hopPJ)*float64(m.Counts.Hops)*1e-12
	neuronSeconds := float64(m.Counts.Updates) * float64(m.prog.period) * 1e-6
	e.Activity = neuronSeconds*float64(c.neuronMSPJ)*1e-9 + float64(m.Counts.Events)*float64(c.eventPJ)*1e-12
	return e
}

// chips counts the chips with cores or packets.
func (m *Meter) chips() int {
	used := make([]bool, len(m.Links)/image.Links)
	for _, c := range m.Cores {
		used[m.prog.mesh.Chip(int(c.At.X), int(c.At.Y))] = true
	}
	for l, n := range m.Links {
		if n > 0 {
			used[l/image.Links] = true
		}
	}
	n := 0
	for _, u := range used {
		if u {
			n++
		}
	}
	return n
}
