package emulator

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// Batch runs samples 0..n-1 on several goroutines, one for each CPU if workers
// is below 1. make returns what one goroutine works with, run executes sample
// k with it, and sink takes the result: sinks are called in the order of the
// samples, one at a time. The first error in that order ends the batch and is
// returned, with the sample's number if run made it.
func Batch[W any](n, workers int, make func() (W, error), run func(w W, k int) error, sink func(w W, k int) error) error {
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	q := newQueue()
	var wg sync.WaitGroup
	for range min(workers, n) {
		w, err := make()
		if err != nil {
			return q.abort(&wg, err)
		}
		wg.Go(func() {
			for k := int(next.Add(1) - 1); k < n; k = int(next.Add(1) - 1) {
				err := run(w, k)
				ok := q.inTurn(k, func() error {
					if err != nil {
						return fmt.Errorf("sample %d: %w", k, err)
					}
					return sink(w, k)
				})
				if !ok {
					return
				}
			}
		})
	}
	wg.Wait()
	return q.err
}

// A Worker is what one goroutine of [RunSamples] runs samples with.
type Worker[R any] struct {
	Stimulus Stimulus     // empty rasters, which are used again for each sample
	Result   *R           // what Run records into
	Run      func() error // runs Stimulus from reset
}

// RunSamples is a [Batch] of stimuli: each sample is set into empty rasters by
// fill, run, and its result given to sink. progress, unless nil, is told the
// number of samples done.
func RunSamples[R any](n, workers int, progress func(done, total int), make func() (Worker[R], error), fill func(k int, stim Stimulus) error, sink func(k int, r *R) error) error {
	run := func(w Worker[R], k int) error {
		for _, in := range w.Stimulus {
			in.Clear()
		}
		if err := fill(k, w.Stimulus); err != nil {
			return err
		}
		return w.Run()
	}
	return Batch(n, workers, make, run, func(w Worker[R], k int) error {
		if err := sink(k, w.Result); err != nil {
			return err
		}
		if progress != nil {
			progress(k+1, n)
		}
		return nil
	})
}

// queue lets goroutines act in the order of their samples.
type queue struct {
	mu   sync.Mutex
	cond *sync.Cond
	turn int
	err  error // the first; nobody's turn comes after it
}

func newQueue() *queue {
	q := &queue{}
	q.cond = sync.NewCond(&q.mu)
	return q
}

// inTurn waits until samples 0..k-1 have had their turn, then calls f. It
// returns false if f or an earlier sample failed.
func (q *queue) inTurn(k int, f func() error) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.turn != k && q.err == nil {
		q.cond.Wait()
	}
	if q.err == nil {
		q.err = f()
		q.turn++
	}
	q.cond.Broadcast()
	return q.err == nil
}

// abort stops the workers started so far and returns err.
func (q *queue) abort(wg *sync.WaitGroup, err error) error {
	q.mu.Lock()
	if q.err == nil {
		q.err = err
	}
	q.mu.Unlock()
	q.cond.Broadcast()
	wg.Wait()
	return q.err
}
