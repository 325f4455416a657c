package emulator

import (
	"context"
	"errors"
	"fmt"

	"github.com/synfire/synfire/internal/spike"
)

// Options says how long to run and what to record. M is what measures a run on
// the chip.
type Options[M any] struct {
	Steps   int // network steps
	Threads int // the most goroutines over cores; below 1 is one for each CPU
	Probes  []Probe
	// Progress, if set, is called after each chip step, on one goroutine at a
	// time.
	Progress func(done, total int)
	// Meter, if set, measures the run.
	Meter *M
}

// Engine runs a chip image: its names, and what the chip does.
type Engine[M any] struct {
	Inputs      Inputs
	Populations Populations
	MaxSteps    int // the most network steps of a run
	// NewState returns a run on memory of its own, which can be called any
	// number of times, one after the other.
	NewState func() RunFunc[M]
}

// RunFunc runs a chip from reset for opts.Steps network steps and the chip steps
// that the largest latency adds. in has a raster for each input port; rec takes
// the spikes and the probes.
type RunFunc[M any] func(ctx context.Context, in []*spike.Raster, opts Options[M], rec *Recorder) (Stats, error)

// Run runs a stimulus on a new state.
func (e *Engine[M]) Run(ctx context.Context, stim Stimulus, opts Options[M]) (*Result, error) {
	res, err := e.newResult(&opts)
	if err != nil {
		return nil, err
	}
	return res, e.runInto(ctx, e.NewState(), stim, opts, res)
}

func (e *Engine[M]) newResult(opts *Options[M]) (*Result, error) {
	if opts.Steps < 0 || opts.Steps > e.MaxSteps {
		return nil, fmt.Errorf("cannot run %d steps", opts.Steps)
	}
	return e.Populations.newResult(opts.Steps, opts.Probes)
}

// runInto runs into a result made by newResult for the same options.
func (e *Engine[M]) runInto(ctx context.Context, run RunFunc[M], stim Stimulus, opts Options[M], res *Result) error {
	in, err := e.Inputs.Bind(stim, opts.Steps)
	if err != nil {
		return err
	}
	if len(stim) > len(in) {
		return fmt.Errorf("stimulus has %d rasters for the %d input ports of the image", len(stim), len(in))
	}
	res.Stats, err = run(ctx, in, opts, newRecorder(e.Populations, res))
	return err
}

// RunBatch is RunMetered without meters.
func (e *Engine[M]) RunBatch(ctx context.Context, n int, fill func(k int, stim Stimulus) error, opts Options[M], sink func(k int, r *Result) error) error {
	none := func() (*M, error) { return nil, nil }
	return e.RunMetered(ctx, n, none, fill, opts, func(k int, r *Result, _ *M) error { return sink(k, r) })
}

// metered is what a sample leaves behind.
type metered[M any] struct {
	result *Result
	meter  *M
}

// RunMetered runs n independent samples, each from reset, opts.Threads of them
// at a time. For sample k it calls fill with empty rasters to set the input
// spikes in, and then sink with the result and the meter, which are overwritten
// afterwards; newMeter makes a meter for each goroutine. Calls of sink are in
// the order of the samples, one at a time; calls of fill are concurrent. The
// first error in the order of the samples ends the batch. opts.Progress counts
// samples; opts.Meter must be nil.
func (e *Engine[M]) RunMetered(ctx context.Context, n int, newMeter func() (*M, error), fill func(k int, stim Stimulus) error, opts Options[M], sink func(k int, r *Result, m *M) error) error {
	if opts.Meter != nil {
		return errors.New("a meter measures one run at a time, not a batch")
	}
	workers, progress := opts.Threads, opts.Progress
	opts.Threads, opts.Progress = 1, nil
	newWorker := func() (w Worker[metered[M]], err error) {
		if w.Stimulus, err = e.Inputs.NewStimulus(opts.Steps); err != nil {
			return w, err
		}
		w.Result = &metered[M]{}
		if w.Result.result, err = e.newResult(&opts); err != nil {
			return w, err
		}
		if w.Result.meter, err = newMeter(); err != nil {
			return w, err
		}
		run, opts := e.NewState(), opts
		opts.Meter = w.Result.meter
		w.Run = func() error { return e.runInto(ctx, run, w.Stimulus, opts, w.Result.result) }
		return w, nil
	}
	return RunSamples(n, workers, progress, newWorker, fill, func(k int, r *metered[M]) error { return sink(k, r.result, r.meter) })
}
