package truenorth

import "sync/atomic"

// State is everything of a chip that changes while it runs.
type State struct {
	prog  *Program
	cores []coreState
	ring  []uint64 // core k, slot s: ring[(k*slots+s)*words:][:words]
	bus   []uint64 // what the output bus has received since its last row
	cur   int      // the slot being read
	work  []worker
}

// coreState is the changing part of a core.
type coreState struct {
	v        []int32
	restless []uint64 // neurons that are outside their thresholds
	fired    []uint64 // in the last tick; neuron n of a block is bit n
	quiet    bool     // nothing but a spike can change anything
}

// worker is the memory that one goroutine needs for a core at a time.
type worker struct {
	acc      []int64 // sums of weights in the upper half, bias outside of use
	list     []int32 // rows of the axons that spike, by type: see gather
	touched  []uint64
	segments []segment
	shared   bool // other goroutines write to the ring too

	stats Stats
}

// NewState returns a state in reset.
func (p *Program) NewState() *State {
	slots := int(p.cfg.MaxTickOffset)
	s := &State{
		prog: p, cores: make([]coreState, len(p.cores)),
		ring: make([]uint64, len(p.cores)*slots*p.words),
		bus:  make([]uint64, (p.Outputs()+63)/64),
	}
	for k := range s.cores {
		c := &p.cores[k]
		s.cores[k] = coreState{
			v: make([]int32, c.stride()), restless: make([]uint64, c.blocks), fired: make([]uint64, c.blocks),
		}
	}
	s.setWorkers(1)
	s.Reset()
	return s
}

// Reset brings the state back to the start values of the image.
func (s *State) Reset() {
	clear(s.ring)
	clear(s.bus)
	s.cur = int(s.prog.cfg.MaxTickOffset) - 1
	for k := range s.cores {
		x := &s.cores[k]
		copy(x.v, s.prog.cores[k].start)
		clear(x.fired)
		x.quiet = false
		for n := range s.prog.cores[k].neurons {
			x.restless[n>>6] |= 1 << lane(n&63) // look at all once
		}
	}
	for i := range s.work {
		s.work[i].stats = Stats{}
	}
}

// setWorkers makes n workers.
func (s *State) setWorkers(n int) {
	blocks, axons := s.prog.maxBlocks, s.prog.maxAxons
	for len(s.work) < n {
		w := worker{
			acc:      make([]int64, 64*blocks),
			list:     make([]int32, (padding+1)*axons),
			touched:  make([]uint64, blocks),
			segments: make([]segment, 0, axons),
		}
		for i := range w.acc {
			w.acc[i] = bias
		}
		s.work = append(s.work, w)
	}
	s.work = s.work[:n]
	for i := range s.work {
		s.work[i].shared = n > 1
	}
}

// advance moves the schedulers on.
func (s *State) advance() {
	if s.cur++; s.cur == int(s.prog.cfg.MaxTickOffset) {
		s.cur = 0
	}
}

// send delivers a spike that is sent in the present tick.
func (s *State) send(w *worker, t target) {
	switch t.kind {
	case toCore:
		word := &s.ring[t.base+s.prog.slotAt[s.cur+1+int(t.delay)]]
		w.stats.Merged += int64(w.set(word, t.bit))
	case toBus:
		w.stats.BusMerged += int64(w.set(&s.bus[t.base], t.bit))
	case lost:
		w.stats.Lost++
	case dropped:
		w.stats.Dropped++
	}
}

// set sets a bit of a word and returns what it was before.
func (w *worker) set(word *uint64, bit uint8) uint64 {
	mask := uint64(1) << (bit & 63)
	if w.shared {
		return atomic.OrUint64(word, mask) >> (bit & 63) & 1
	}
	old := *word
	*word = old | mask
	return old >> (bit & 63) & 1
}

// step runs one core through the present tick.
func (s *State) step(k int, w *worker) {
	c, x := &s.prog.cores[k], &s.cores[k]
	at := (k*int(s.prog.cfg.MaxTickOffset) + s.cur) * s.prog.words
	spiked := w.gather(c, s.ring[at:at+s.prog.words])
	if !spiked && x.quiet {
		return
	}
	touched := w.touched[:c.blocks]
	if spiked {
		w.integrate(c, touched)
	}
	busy := uint64(0)
	for b := range c.blocks {
		x.fired[b] = 0
		if need := touched[b] | c.leaky[b] | x.restless[b]; need != 0 {
			s.update(c, x, w, b, need)
		}
		busy |= x.restless[b] | x.fired[b] | c.leaky[b]
		touched[b] = 0
	}
	x.quiet = busy == 0
}
