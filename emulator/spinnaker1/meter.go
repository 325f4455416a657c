package spinnaker1

import (
	"errors"

	"github.com/synfire/synfire/backend/spinnaker1/image"
)

// Meter measures a run: how long each core works in each tick, what packets do,
// and what follows for time and energy, by the constants of a profile.
//
// A simple meter counts and leaves the run as it is: all packets arrive in the
// tick in which they are sent. A detailed one (see NewDetailedMeter) times every
// packet, and those that come late act late or not at all.
type Meter struct {
	Cores  []CoreLoad // in the order of the image
	Counts Counts
	// Links counts the packets over each link, by chip*6 + link; Busiest is the
	// most of one link in one tick.
	Links   []int64
	Busiest LinkLoad

	profile  *Profile
	prog     *Program
	detailed bool
	hops     [][]int32 // by core and class
	inTick   []int32   // packets over each link in the present tick
	touched  []int32   // those links
	traffic  traffic
}

// CoreLoad is the work of a core, in cycles.
type CoreLoad struct {
	At      image.CoreAt
	Neurons int
	Source  bool
	Worst   int64 // of all ticks
	Tick    int   // the first tick with it
	Rows    int64 // that it fetches in that tick
	Total   int64
	// What only a detailed meter knows: ticks whose work did not end in time,
	// packets that were taken in a later tick, and that found no place in the
	// queue or were thrown away as late.
	Overruns, Late, Dropped int64
}

// LinkLoad is the load of a link in a tick.
type LinkLoad struct {
	X, Y, Link int
	Tick       int
	Packets    int64
}

// Counts are those of a whole machine.
type Counts struct {
	Ticks   int
	Packets int64 // sent
	Hops    int64 // over links
	Rows    int64 // fetched
	Events  int64 // synapses reached
	Updates int64 // of neurons
	// What only a detailed meter knows: branches of packets that took an
	// emergency route or were dropped by a router, and synapses that were
	// skipped because their tick had passed.
	Emergency, Lost, Skipped int64
}

// NewMeter returns a simple meter.
func NewMeter(p *Program, profile *Profile) *Meter {
	m := &Meter{profile: profile, prog: p, Links: make([]int64, p.mesh.Width*p.mesh.Height*image.Links)}
	m.inTick = make([]int32, len(m.Links))
	for k := range p.cores {
		c := &p.cores[k]
		m.Cores = append(m.Cores, CoreLoad{At: c.at, Neurons: c.n, Source: c.source})
		var hops []int32
		for i := range p.routes[k].classes {
			hops = append(hops, int32(len(p.routes[k].classes[i].links)))
		}
		m.hops = append(m.hops, hops)
	}
	return m
}

// begin starts a run.
func (m *Meter) begin(s *State) error {
	if s.prog != m.prog {
		return errors.New("the meter is of another program")
	}
	for k := range m.Cores {
		c := &m.Cores[k]
		*c = CoreLoad{At: c.At, Neurons: c.Neurons, Source: c.Source}
	}
	m.Counts, m.Busiest = Counts{}, LinkLoad{}
	clear(m.Links)
	if m.detailed {
		m.traffic.reset(m)
	}
	return nil
}

// step measures tick t, whose packets have not been taken yet, and those of the
// tick before.
func (m *Meter) step(s *State, t int) {
	m.count(s, t)
	if t > 0 {
		m.load(s, t-1)
	}
	if m.detailed {
		m.plan(s, t)
	}
}

// finish measures the last tick, whose packets have been taken now.
func (m *Meter) finish(s *State, total int) {
	m.load(s, total-1)
	m.Counts.Ticks = total
	for k := range s.cores {
		m.Counts.Events += s.cores[k].events
		m.Counts.Skipped += s.cores[k].skipped
	}
}

// count counts the packets that are sent in tick t.
func (m *Meter) count(s *State, t int) {
	for k := range s.cores {
		c := &m.prog.cores[k]
		if !c.source {
			m.Counts.Updates += int64(c.n)
		}
		if !c.sends {
			continue
		}
		r := &m.prog.routes[k]
		fired := s.cores[k].fired[t&1]
		m.Counts.Packets += int64(len(fired))
		for _, n := range fired {
			tree := &r.classes[r.of[n]]
			m.Counts.Hops += int64(len(tree.links))
			for _, l := range tree.links {
				if m.inTick[l] == 0 {
					m.touched = append(m.touched, l)
				}
				m.inTick[l]++
			}
		}
		if c.source {
			m.add(k, t, m.profile.tick+m.profile.send*int64(len(fired)), 0)
		}
	}
	for _, l := range m.touched {
		n := int64(m.inTick[l])
		m.Links[l] += n
		if n > m.Busiest.Packets {
			x, y := m.prog.mesh.Place(int(l) / image.Links)
			m.Busiest = LinkLoad{X: x, Y: y, Link: int(l) % image.Links, Tick: t, Packets: n}
		}
		m.inTick[l] = 0
	}
	m.touched = m.touched[:0]
}

// load notes how long the cores with neurons worked in tick t.
func (m *Meter) load(s *State, t int) {
	for k := range s.cores {
		if c, x := &m.prog.cores[k], &s.cores[k]; !c.source {
			m.Counts.Rows += int64(x.rows)
			if m.detailed {
				continue // take has added what arrives, taken or not
			}
			m.add(k, t, m.profile.update(c)+m.profile.row*int64(x.rows)+m.profile.event*int64(x.taken), int64(x.rows))
		}
	}
}

// update returns the cycles of a core in a tick without packets.
func (c *constants) update(k *core) int64 {
	return c.callback(k) + c.neuron*int64(k.substeps)*int64(k.n)
}

// callback returns those before the update of the first neuron.
func (c *constants) callback(k *core) int64 { return c.tick + c.transfer*int64(k.n) }

func (m *Meter) add(k, t int, cycles, rows int64) {
	c := &m.Cores[k]
	c.Total += cycles
	if cycles > c.Worst {
		c.Worst, c.Tick, c.Rows = cycles, t, rows
	}
}

// Merge adds what another meter of the same program measured, and keeps the
// worst of both.
func (m *Meter) Merge(o *Meter) {
	for k := range m.Cores {
		c, x := &m.Cores[k], &o.Cores[k]
		c.Total, c.Overruns = c.Total+x.Total, c.Overruns+x.Overruns
		c.Late, c.Dropped = c.Late+x.Late, c.Dropped+x.Dropped
		if x.Worst > c.Worst {
			c.Worst, c.Tick, c.Rows = x.Worst, x.Tick, x.Rows
		}
	}
	for l, n := range o.Links {
		m.Links[l] += n
	}
	if o.Busiest.Packets > m.Busiest.Packets {
		m.Busiest = o.Busiest
	}
	a, b := &m.Counts, &o.Counts
	a.Ticks, a.Packets, a.Hops, a.Rows = a.Ticks+b.Ticks, a.Packets+b.Packets, a.Hops+b.Hops, a.Rows+b.Rows
	a.Events, a.Updates, a.Emergency = a.Events+b.Events, a.Updates+b.Updates, a.Emergency+b.Emergency
	a.Lost, a.Skipped = a.Lost+b.Lost, a.Skipped+b.Skipped
}
