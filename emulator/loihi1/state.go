package loihi1

// State is everything of a chip that changes while it runs.
type State struct {
	prog  *Program
	cores []coreState
	// links holds the spikes in flight: those fired in step t are in
	// links[t&1] and are taken out in step t+1.
	links [2][][]arrival
}

// coreState is the changing part of a core, as structure of arrays.
type coreState struct {
	u, v []int32
	ref  []uint8
	// acc is the dendritic accumulator, in units of 64: slots of stride sums,
	// and beyond them what the window of a row may reach but never touches.
	acc      []int32
	external []arrival // input spikes of this step
	fired    []uint16  // the compartments that fired, in nfired entries
	over     []uint8   // for each block, which voltages are above the limits
	nfired   int

	idle    bool // u, v and ref were all 0 after the last update
	lastDue int  // the last step for which the accumulator holds input

	touched                          synapse // see touch
	events, spikes, accWraps, uWraps int64
}

// NewState returns a state in reset.
func (p *Program) NewState() *State {
	s := &State{prog: p, cores: make([]coreState, len(p.cores))}
	for k := range s.cores {
		c, x := &p.cores[k], &s.cores[k]
		n := len(c.bias)
		x.u, x.v, x.ref = make([]int32, n), make([]int32, n), make([]uint8, n)
		x.fired = make([]uint16, n)
		x.over = make([]uint8, n/block+1)
		x.acc = make([]int32, c.slots*c.stride+c.reach())
		x.external = make([]arrival, 0, c.places)
	}
	for b := range s.links {
		s.links[b] = make([][]arrival, len(p.links))
		for l, n := range p.links {
			s.links[b][l] = make([]arrival, 0, n)
		}
	}
	s.Reset()
	return s
}

// Reset brings the state back to the start values of the image.
func (s *State) Reset() {
	for k := range s.cores {
		c, x := &s.prog.cores[k], &s.cores[k]
		clear(x.u)
		copy(x.v, c.initV)
		copy(x.ref, c.initRef)
		if x.lastDue >= 0 {
			clear(x.acc)
		}
		x.external = x.external[:0]
		x.nfired, x.lastDue, x.idle = 0, -1, false
		x.events, x.spikes, x.accWraps, x.uWraps = 0, 0, 0, 0
	}
	for b := range s.links {
		for l := range s.links[b] {
			s.links[b][l] = s.links[b][l][:0]
		}
	}
}

// step runs one core through chip step t. Cores may do so in any order.
func (s *State) step(k, t int) {
	c, x := &s.prog.cores[k], &s.cores[k]
	x.deliver(c, t, x.external)
	x.external = x.external[:0]
	before, now := s.links[(t+1)&1], s.links[t&1]
	for _, l := range c.in {
		x.deliver(c, t, before[l])
		before[l] = before[l][:0]
	}
	x.nfired = 0
	if x.idle && !c.biased && t > x.lastDue {
		return // all zero in, all zero out
	}
	x.update(c, t)
	x.spikes += int64(x.nfired)
	for _, i := range x.fired[:x.nfired] {
		for _, o := range c.outs[c.outPtr[i]:c.outPtr[i+1]] {
			now[o.link] = append(now[o.link], o.to) // within capacity
		}
	}
}
