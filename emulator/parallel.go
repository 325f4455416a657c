package emulator

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// Parallel runs the steps from..to-1 of len(work) cores on several goroutines.
// For each step it calls core once for each core k, in any order, on any worker,
// and several at a time; when all have returned, it calls next, alone, and ends
// if that returns false. work is by core the work to expect, in any unit.
//
// Every worker has a share of cores of about the same work, which stay in the
// cache of its processor; one that is done with its own takes cores from the
// others. A step ends when all its cores are done, not when all workers are
// there: a worker that the operating system has taken off its processor holds
// nobody up, unless it was taken off in the middle of a core.
func Parallel(workers int, work []int, from, to int, core func(worker, k, step int), next func(step int) bool) {
	if from >= to || len(work) == 0 {
		return
	}
	p := &pool{shares: split(work, workers), cores: int64(len(work)), to: to, core: core, next: next}
	p.step.Store(-1)
	p.begin(from)
	var wg sync.WaitGroup
	for w := 1; w < workers; w++ {
		wg.Go(func() { p.run(w) })
	}
	p.run(0)
	wg.Wait()
}

// pool is a call of Parallel.
type pool struct {
	shares []share
	cores  int64
	to     int
	core   func(worker, k, step int)
	next   func(step int) bool
	left   atomic.Int64 // cores that are not done with the step
	_      [56]byte
	// step is the step that runs, or over. It only grows.
	step atomic.Int64
	_    [56]byte
}

// share is the cores up to hi of one worker. claim is step<<32 | the next core
// that nobody has: who claims a core learns for which step, and cannot claim one
// of a step that is over. Shares are two cache lines apart, since processors
// fetch lines in pairs.
type share struct {
	claim  atomic.Int64
	lo, hi int
	_      [104]byte
}

// split gives each worker a stretch of cores of about equal work.
func split(work []int, workers int) []share {
	total := 0
	for _, n := range work {
		total += n
	}
	shares := make([]share, workers)
	k, sum := 0, 0
	for w := range shares {
		s := &shares[w]
		s.lo = k
		for k < len(work) && (w == workers-1 || (2*sum+work[k])*workers <= 2*total*(w+1)) {
			sum += work[k]
			k++
		}
		s.hi = k
	}
	return shares
}

// begin lets a step begin.
func (p *pool) begin(step int) {
	p.left.Store(p.cores)
	for i := range p.shares {
		s := &p.shares[i]
		s.claim.Store(int64(step)<<32 | int64(s.lo))
	}
	p.reach(int64(step))
}

// over is the step after all steps.
const over = math.MaxInt64

// reach tells those who wait that a step was reached. Others may have run the
// whole step meanwhile, and more, since its last core can be claimed: then there
// is nothing to tell.
func (p *pool) reach(step int64) {
	for now := p.step.Load(); now < step; now = p.step.Load() {
		p.step.CompareAndSwap(now, step)
	}
}

// run is a worker: it takes cores, its own first, until all steps are over.
func (p *pool) run(worker int) {
	for {
		step := p.step.Load()
		if step == over {
			return
		}
		for i := range p.shares {
			p.take(worker, &p.shares[(worker+i)%len(p.shares)])
		}
		p.wait(step)
	}
}

// take runs the cores of a share that nobody else has claimed.
func (p *pool) take(worker int, s *share) {
	for {
		c := s.claim.Add(1) - 1
		k, step := int(c&(1<<32-1)), int(c>>32)
		if k >= s.hi {
			return
		}
		p.core(worker, k, step)
		if p.left.Add(-1) == 0 {
			p.end(step)
		}
	}
}

// end is what the worker does that ends a step.
func (p *pool) end(step int) {
	if p.next(step) && step+1 < p.to {
		p.begin(step + 1)
	} else {
		p.reach(over)
	}
}

const (
	spins = 100_000               // some 50 microseconds: more than a core or the end of a step takes
	nap   = 20 * time.Microsecond // in fact 50 and more, as timers go, which is why it spins first
)

// wait returns when a step is over. It spins for as long as a step takes to end
// where each worker has a processor; if the step lasts longer, there is none to
// spare, and it sleeps.
func (p *pool) wait(step int64) {
	for i := 0; p.step.Load() == step; i++ {
		if i > spins {
			time.Sleep(nap)
		}
	}
}
