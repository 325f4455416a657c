package spinnaker1

import (
	"context"
	"errors"
	"fmt"

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
	none := func() *Meter { return nil }
	return RunMetered(ctx, p, n, none, fill, opts, func(k int, r *emulator.Result, _ *Meter) error { return sink(k, r) })
}

// metered is what a sample leaves behind.
type metered struct {
	result *emulator.Result
	meter  *Meter
}

// RunMetered is RunBatch with meters, of which newMeter makes one for each
// goroutine. sink gets the meter of the sample, too, for as long as the result.
func RunMetered(ctx context.Context, p *Program, n int, newMeter func() *Meter, fill func(k int, stim emulator.Stimulus) error, opts Options, sink func(k int, r *emulator.Result, m *Meter) error) error {
	if opts.Meter != nil {
		return errors.New("a meter measures one run at a time, not a batch")
	}
	workers, progress := opts.Threads, opts.Progress
	opts.Threads, opts.Progress = 1, nil
	newWorker := func() (w emulator.Worker[metered], err error) {
		if w.Stimulus, err = p.NewStimulus(opts.Steps); err != nil {
			return w, err
		}
		w.Result = &metered{meter: newMeter()}
		if w.Result.result, err = p.newResult(opts); err != nil {
			return w, err
		}
		state, opts := p.NewState(), opts
		opts.Meter = w.Result.meter
		w.Run = func() error { return state.run(ctx, w.Stimulus, opts, w.Result.result) }
		return w, nil
	}
	return emulator.RunSamples(n, workers, progress, newWorker, fill, func(k int, r *metered) error { return sink(k, r.result, r.meter) })
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
