package spinnaker1

import (
	"context"
	"fmt"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/spike"
)

// RunBatch runs n independent samples, each from reset, opts.Threads of them at
// a time. For sample k it calls fill with empty rasters to set the input
// spikes in, and then sink with the result, which is overwritten afterwards.
// Calls of sink are in the order of the samples, one at a time; calls of fill
// are concurrent. The first error in the order of the samples ends the batch.
// opts.Progress counts samples.
func RunBatch(ctx context.Context, p *Program, n int, fill func(k int, stim emulator.Stimulus) error, opts Options, sink func(k int, r *emulator.Result) error) error {
	workers, progress := opts.Threads, opts.Progress
	opts.Threads, opts.Progress = 1, nil
	newWorker := func() (w emulator.Worker[emulator.Result], err error) {
		if w.Stimulus, err = p.NewStimulus(opts.Steps); err != nil {
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

// NewStimulus returns an empty raster of steps x elements for each input port.
func (p *Program) NewStimulus(steps int) (emulator.Stimulus, error) {
	var stim emulator.Stimulus
	for _, in := range p.inputs {
		r, err := spike.New(steps, len(in.at))
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", in.name, err)
		}
		stim = append(stim, emulator.Named{Name: in.name, Raster: r})
	}
	return stim, nil
}
