package truenorth

import (
	"math/bits"
	"sync/atomic"
)

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
	acc     []int64 // sums of weights in the upper half, bias outside of use
	list    []int32 // axons that spike, by type
	count   []int32 // their number by type
	used    []int32 // the types that occur
	touched []uint64
	shared  bool // other goroutines write to the ring too

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
	wide := &s.prog.widest
	for len(s.work) < n {
		w := worker{
			acc:     make([]int64, wide.stride()),
			touched: make([]uint64, wide.blocks),
		}
		if k := len(wide.first); k > 0 {
			w.count, w.used = make([]int32, k), make([]int32, 0, k)
			w.list = make([]int32, wide.axons+padding*k)
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
	at := &s.bus
	i := int(t.base)
	switch t.kind {
	case toCore:
		slot := s.cur + int(t.delay) + 1
		if slot >= int(s.prog.cfg.MaxTickOffset) {
			slot -= int(s.prog.cfg.MaxTickOffset)
		}
		at, i = &s.ring, i+slot*s.prog.words
	case lost:
		w.stats.Lost++
		return
	case dropped:
		w.stats.Dropped++
		return
	}
	word, bit := &(*at)[i], uint64(1)<<(t.bit&63)
	old := *word
	if w.shared {
		old = atomic.OrUint64(word, bit)
	} else {
		*word = old | bit
	}
	if old&bit != 0 {
		if t.kind == toBus {
			w.stats.BusMerged++
		} else {
			w.stats.Merged++
		}
	}
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

// gather takes a scheduler word and lists the axons in it that are connected,
// by type.
func (w *worker) gather(c *core, word []uint64) bool {
	any := false
	for i, x := range word {
		if x == 0 {
			continue
		}
		word[i] = 0
		for ; x != 0; x &= x - 1 {
			a := i<<6 + bits.TrailingZeros64(x)
			if a >= c.axons || c.events[a] == 0 {
				continue
			}
			any = true
			k := c.types[a]
			if w.count[k] == 0 {
				w.used = append(w.used, int32(k)) // within capacity
			}
			w.list[c.first[k]+w.count[k]] = int32(a)
			w.count[k]++
		}
	}
	return any
}
