package eval

import (
	"context"
	"runtime"
	"sync"
)

// sample is one run of a batch, on its way from a worker to the sink.
type sample struct {
	k    int
	res  *Result
	err  error
	done chan struct{}
}

// RunBatch runs samples 0 to n-1 independently on the given number of workers
// (all processors if it is not positive).
//
// fill prepares the stimulus of sample k in place; it is called from several
// goroutines, each with a stimulus of its own that still holds what fill left
// there before, so buffers can be used again. sink receives the results in
// ascending order, one at a time, whatever the number of workers. The error
// returned is that of the first sample that failed, or of sink; results before
// it were delivered. Options.Progress, if set, must be safe for concurrent
// use.
func RunBatch(ctx context.Context, p *Program, n, workers int, opt Options,
	fill func(k int, in Stimulus) error, sink func(k int, res *Result) error,
) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	workers = max(1, min(workers, n))
	ctx, cancel := context.WithCancel(ctx)
	jobs := make(chan *sample)
	order := make(chan *sample, 2*workers) // how far workers may run ahead of sink
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { issue(ctx, n, jobs, order) })
	for range workers {
		wg.Go(func() { work(ctx, p, opt, fill, jobs) })
	}
	for s := range order {
		<-s.done
		if s.err != nil {
			return s.err
		}
		if err := sink(s.k, s.res); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// issue hands out the samples, to the workers and in order to the sink, until
// the context is done.
func issue(ctx context.Context, n int, jobs, order chan<- *sample) {
	defer close(jobs)
	defer close(order)
	for k := range n {
		s := &sample{k: k, done: make(chan struct{})}
		select {
		case order <- s:
		case <-ctx.Done():
			return
		}
		// Workers take jobs until the channel closes, so this cannot block for
		// longer than a sample, and every sample in order gets done.
		jobs <- s
	}
}

// work runs samples one after the other on one state.
func work(ctx context.Context, p *Program, opt Options, fill func(int, Stimulus) error, jobs <-chan *sample) {
	state := p.NewState()
	in := make(Stimulus, len(p.inputs))
	for s := range jobs {
		if s.err = fill(s.k, in); s.err == nil {
			s.res, s.err = state.run(ctx, in, opt, s.k)
		}
		close(s.done)
	}
}
