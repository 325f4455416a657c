package loihi1

import (
	"errors"

	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/emulator/noc"
)

// begin starts the meter for a run of a state that was reset.
func (m *Meter) begin(s *State, steps int) error {
	if m.prog != s.prog {
		return errors.New("the meter was made for another program")
	}
	m.Steps = make([]MeterStep, 0, steps)
	m.Counts, m.Energy, m.Time = cost.Counts{}, cost.Energy{}, 0
	clear(m.Cores)
	clear(m.Links)
	clear(m.Local)
	clear(m.Busy)
	clear(m.Work)
	clear(m.Depth)
	clear(m.Stalled)
	for k := range s.cores {
		m.note(s, k)
	}
	return nil
}

// note keeps which compartments are not at rest.
func (m *Meter) note(s *State, k int) {
	x, active := &s.cores[k], m.active[k]
	for i := range active {
		active[i] = x.v[i] != 0 || x.u[i] != 0 || x.ref[i] != 0
	}
}

// input counts the input spikes of the step that begins.
func (m *Meter) input(s *State) {
	for k := range s.cores {
		m.inputs[k] = inputs{messages: int64(len(s.cores[k].external))}
		for _, a := range s.cores[k].external {
			m.inputs[k].synapses += int64(m.reach[k][a>>baseBits])
		}
	}
}

// step measures the step that ended.
func (m *Meter) step(s *State) error {
	m.Steps = append(m.Steps, MeterStep{})
	r := &m.Steps[len(m.Steps)-1]
	m.load.Reset()
	for k := range s.cores {
		if err := m.core(s, k, r); err != nil {
			return err
		}
		m.note(s, k)
	}
	m.traffic.Count(m.load)
	m.count(r)
	clear(m.inputs)
	var err error
	if r.Energy, err = m.Profile.Energy(&r.Counts); err != nil {
		return err
	}
	r.InFlight = s.inFlight()
	if err = m.time(r); err != nil {
		return err
	}
	m.Counts.Add(&r.Counts)
	m.Energy.Add(&r.Energy)
	if m.Observe != nil {
		m.Observe(len(m.Steps)-1, r, m.traffic)
	}
	return nil
}

// time times a step that has been counted.
func (m *Meter) time(r *MeterStep) (err error) {
	if m.model == nil {
		return nil
	}
	if r.Timing, err = m.model.Step(m.load, m.traffic); err != nil {
		return err
	}
	if y, ok := m.model.(*noc.Cycle); ok {
		for l := range m.Depth {
			depth, stalled := y.Link(l)
			m.Depth[l] = max(m.Depth[l], depth)
			m.Stalled[l] += stalled
		}
	}
	r.Time = r.Timing.Time + m.barrier
	m.Time += r.Time
	return nil
}

// inFlight counts the spikes that the next step takes in.
func (s *State) inFlight() int64 {
	n := 0
	for b := range s.links {
		for _, l := range s.links[b] {
			n += len(l)
		}
	}
	return int64(n)
}

// core notes what a core did when.
func (m *Meter) core(s *State, k int, r *MeterStep) error {
	c, x := &m.prog.cores[k], &s.cores[k]
	n := &m.Cores[c.id]
	fired := x.fired[:x.nfired]
	var delay, active int64
	for i := range c.bias {
		fires := len(fired) > 0 && int(fired[0]) == i
		delay += m.accessTime
		if fires || m.active[k][i] || x.u[i] != 0 || c.bias[i] != 0 {
			active++
			delay += m.updateTime
		}
		if !fires {
			continue
		}
		fired = fired[1:]
		delay += m.spikeTime
		if lo, hi := m.fanLo[k]+c.outPtr[i], m.fanLo[k]+c.outPtr[i+1]; lo < hi {
			m.load.Bursts[c.id] = append(m.load.Bursts[c.id], noc.Burst{Delay: delay, Lo: lo, Hi: hi})
			delay = 0
		}
	}
	m.load.Tail[c.id] = delay
	in := m.inputs[k]
	outside := in.messages*m.Config.Receive + in.synapses*m.Config.Synapse
	if outside > noc.MaxDelay {
		return noc.ErrTooLong
	}
	m.load.Outside[c.id] = outside
	for _, e := range []struct {
		event cost.Event
		n     int64
	}{
		{cost.SomaAccess, int64(len(c.bias))},
		{cost.SomaUpdate, active},
		{cost.SomaSpike, int64(x.nfired)},
		{cost.AxonIn, in.messages},
		{m.synapse, in.synapses},
		{cost.Dendrite, in.synapses},
	} {
		n[e.event] += e.n
		r.Counts[e.event] += e.n
	}
	return nil
}

// count adds the messages between cores.
func (m *Meter) count(r *MeterStep) {
	t := m.traffic
	for c := range t.Sent {
		n := &m.Cores[c]
		n[cost.AxonOut] += t.Sent[c]
		n[cost.AxonIn] += t.Received[c]
		n[m.synapse] += t.Synapses[c]
		n[cost.Dendrite] += t.Synapses[c]
		m.Busy[c] += t.Busy[c]
		m.Work[c] += t.Work[c]
		r.Counts[cost.AxonIn] += t.Received[c]
		r.Counts[m.synapse] += t.Synapses[c]
		r.Counts[cost.Dendrite] += t.Synapses[c]
	}
	r.Counts[cost.AxonOut] = t.Messages
	r.Counts[cost.HopEW], r.Counts[cost.HopNS], r.Counts[cost.HopLocal] = t.Hops()
	t.AddLinks(m.Links, m.Local)
}
