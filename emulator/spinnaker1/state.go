package spinnaker1

// State is everything of a machine that changes while it runs.
type State struct {
	prog  *Program
	cores []coreState
	// planned says that packets are taken as a Meter has planned it.
	planned bool
}

// coreState is the changing part of a core, as structure of arrays.
type coreState struct {
	v, exc, inh, refract []int32
	used                 []int32 // the current in the last sub-step
	ring                 *Ring
	last                 uint32 // the last tick for which the ring may hold input, +1
	idle                 bool   // no neuron moves until something comes

	// fired are the neurons that sent a packet in the ticks of either parity.
	fired [2][]uint16
	// plan is what is taken in the present tick, later what comes after it.
	plan, later []planned

	rows, taken  int   // rows fetched and synapses reached in the last tick
	events       int64 // synapses reached by packets
	spikes, sums int64 // sums that saturated
	skipped      int64 // synapses whose tick had passed
}

// NewState returns a state in reset.
func (p *Program) NewState() *State {
	s := &State{prog: p, cores: make([]coreState, len(p.cores))}
	for k := range s.cores {
		c, x := &p.cores[k], &s.cores[k]
		for b := range x.fired {
			x.fired[b] = make([]uint16, 0, c.n)
		}
		if !c.source {
			x.v, x.exc, x.inh = make([]int32, c.n), make([]int32, c.n), make([]int32, c.n)
			x.refract, x.used = make([]int32, c.n), make([]int32, c.n)
			x.ring = NewRing(c.bits.neuron, 1, c.bits.delay)
		}
	}
	s.Reset()
	return s
}

// Reset brings the state back to the start values of the image.
func (s *State) Reset() {
	for k := range s.cores {
		c, x := &s.prog.cores[k], &s.cores[k]
		for b := range x.fired {
			x.fired[b] = x.fired[b][:0]
		}
		for i, n := range c.start {
			x.v[i], x.exc[i], x.inh[i], x.refract[i], x.used[i] = n.V, n.Exc, n.Inh, n.Refract, 0
		}
		if x.last > 0 {
			clear(x.ring.buf)
		}
		x.last, x.idle = 0, false
		x.plan, x.later = x.plan[:0], x.later[:0]
		x.rows, x.taken, x.events, x.spikes, x.sums, x.skipped = 0, 0, 0, 0, 0, 0
	}
}
