package truenorth

import (
	"context"

	"github.com/synfire/synfire/emulator"
)

// RunBatch runs n independent samples, each from reset, opts.Threads of them at
// a time. For sample k it calls fill with empty rasters to set the input
// spikes in, and then sink with the result, which is overwritten afterwards.
// Calls of sink are in the order of the samples, one at a time; calls of fill
// are concurrent. The first error in the order of the samples ends the batch.
// opts.Progress counts samples.
func RunBatch(ctx context.Context, p *Program, n int, fill func(k int, stim emulator.Stimulus) error, opts Options, sink func(k int, r *Result) error) error {
	workers, progress := opts.Threads, opts.Progress
	opts.Threads, opts.Progress = 1, nil
	newWorker := func() (w emulator.Worker[Result], err error) {
		if w.Stimulus, err = p.NewStimulus(opts.Ticks); err != nil {
			return w, err
		}
		if w.Result, err = p.newResult(opts); err != nil {
			return w, err
		}
		state := p.NewState()
		w.Run = func() error { return state.run(ctx, w.Stimulus, opts, w.Result) }
		return w, nil
	}
	return emulator.RunSamples(n, workers, progress, newWorker, fill, sink)
}
