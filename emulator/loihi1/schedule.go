package loihi1

import (
	"runtime"

	"github.com/synfire/synfire/emulator"
)

// workOfThread is how much of the work of a step there must be for each thread.
// Work is counted in synaptic events and compartment updates, each of which is
// about a nanosecond; taking cores and spikes from one processor to another and
// ending the step costs some microseconds.
var workOfThread int64 = defaultWork

const defaultWork = 10_000

// The work of some steps says how the next are run: first few, for the first
// are seldom like the rest, and then more.
const (
	firstSteps = 8
	mostSteps  = 64
)

// schedule says how to run the cores.
type schedule struct {
	most int   // threads
	work []int // by core: its work in the last steps
	seen []int64
	all  int64 // the sum of work
	more bool  // there is a next step
}

// runSteps runs all steps. A network that is small or quiet runs on one thread
// and loses nothing to the others.
func (x *execution) runSteps() {
	x.most = x.opts.Threads
	if x.most < 1 {
		x.most = runtime.GOMAXPROCS(0)
	}
	x.work, x.seen = make([]int, len(x.cores)), make([]int64, len(x.cores))
	x.more = x.total > 0 && x.begin(0)
	for t, n, threads := 0, firstSteps, 1; x.more; n = min(2*n, mostSteps) {
		end := min(t+n, x.total)
		if threads > 1 {
			x.setWorkers(threads)
			emulator.Parallel(threads, x.work, t, end, x.step, x.next)
		} else {
			x.serial(t, end)
		}
		x.look()
		threads = int(min(int64(x.most), int64(len(x.cores)), x.all/int64(end-t)/workOfThread))
		t = end
	}
}

func (x *execution) serial(from, to int) {
	for t := from; t < to; t++ {
		for k := range x.cores {
			x.step(0, k, t)
		}
		if !x.next(t) {
			return
		}
	}
}

// next ends step t and begins the one after; false if there is none.
func (x *execution) next(t int) bool {
	x.end(t)
	x.more = t+1 < x.total && x.begin(t+1)
	return x.more
}

// look counts the work of each core since it last looked.
func (x *execution) look() {
	x.all = 0
	for k := range x.cores {
		done := x.cores[k].events + x.cores[k].updates
		x.work[k] = int(done - x.seen[k])
		x.all += done - x.seen[k]
		x.seen[k] = done
	}
}
