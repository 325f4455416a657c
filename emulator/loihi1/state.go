package loihi1

// State is everything of a chip that changes while it runs.
type State struct {
	prog  *Program
	cores []coreState
	// links holds the spikes in flight, for each worker one list for each core
	// that they go to: those fired in step t are in links[t&1] and are taken out
	// in step t+1.
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
	updates                          int64 // of compartments, but for those at rest
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
	s.setWorkers(1)
	s.Reset()
	return s
}

// setWorkers makes room for the spikes that a number of workers send. The first
// has room for all; others start with less, and get more when they need it.
func (s *State) setWorkers(n int) {
	for b := range s.links {
		for len(s.links[b]) < n*len(s.cores) {
			w := len(s.links[b])/len(s.cores) + 1
			for _, spikes := range s.prog.links {
				s.links[b] = append(s.links[b], make([]arrival, 0, int(spikes)/w))
			}
		}
	}
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
		x.events, x.spikes, x.accWraps, x.uWraps, x.updates = 0, 0, 0, 0, 0
	}
	for b := range s.links {
		for l := range s.links[b] {
			s.links[b][l] = s.links[b][l][:0]
		}
	}
}

// step runs one core through chip step t on a worker. Cores may do so in any
// order.
func (s *State) step(worker, k, t int) {
	c, x := &s.prog.cores[k], &s.cores[k]
	x.deliver(c, t, x.external)
	x.external = x.external[:0]
	before, n := s.links[(t+1)&1], len(s.cores)
	for l := k; l < len(before); l += n {
		if len(before[l]) > 0 { // an empty list is not written to: it may be in another processor's cache
			x.deliver(c, t, before[l])
			before[l] = before[l][:0]
		}
	}
	x.nfired = 0
	if x.idle && !c.biased && t > x.lastDue {
		return // all zero in, all zero out
	}
	x.update(c, t)
	x.spikes += int64(x.nfired)
	now := s.links[t&1][worker*n : worker*n+n]
	for _, i := range x.fired[:x.nfired] {
		for _, o := range c.outs[c.outPtr[i]:c.outPtr[i+1]] {
			now[o.link] = append(now[o.link], o.to)
		}
	}
}
