package loihi1

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/spike"
)

// RunBatch runs n independent samples, each from reset, opts.Threads of them at
// a time. For sample k it calls fill with empty rasters to set the input
// spikes in, and then sink with the result, which is overwritten afterwards.
// Calls of sink are in the order of the samples, one at a time; calls of fill
// are concurrent. The first error in the order of the samples ends the batch.
// opts.Progress counts samples; opts.Meter must be nil.
func RunBatch(ctx context.Context, p *Program, n int, fill func(k int, stim emulator.Stimulus) error, opts Options, sink func(k int, r *emulator.Result) error) error {
	if opts.Meter != nil {
		return errors.New("a meter measures one run at a time, not a batch")
	}
	workers := opts.Threads
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	progress := opts.Progress
	opts.Threads, opts.Progress = 1, nil

	var next atomic.Int64
	q := newQueue()
	var wg sync.WaitGroup
	for range min(workers, n) {
		stim, err := p.NewStimulus(opts.Steps)
		if err != nil {
			return q.abort(&wg, err)
		}
		res, err := p.newResult(opts)
		if err != nil {
			return q.abort(&wg, err)
		}
		state := p.NewState()
		wg.Go(func() {
			for k := int(next.Add(1) - 1); k < n; k = int(next.Add(1) - 1) {
				for _, in := range stim {
					in.Clear()
				}
				err := fill(k, stim)
				if err == nil {
					err = state.run(ctx, stim, opts, res)
				}
				ok := q.inTurn(k, func() error {
					if err != nil {
						return fmt.Errorf("sample %d: %w", k, err)
					}
					if err := sink(k, res); err != nil {
						return err
					}
					if progress != nil {
						progress(k+1, n)
					}
					return nil
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

// NewStimulus returns an empty raster of steps x elements for each input port.
func (p *Program) NewStimulus(steps int) (emulator.Stimulus, error) {
	var stim emulator.Stimulus
	for _, in := range p.inputs {
		r, err := spike.New(steps, len(in.ptr)-1)
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", in.name, err)
		}
		stim = append(stim, emulator.Named{Name: in.name, Raster: r})
	}
	return stim, nil
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
