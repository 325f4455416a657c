package loihi1

import (
	"context"

	"github.com/synfire/synfire/emulator"
)

// RunBatch runs n independent samples, each from reset, opts.Threads of them at
// a time. For sample k it calls fill with empty rasters to set the input
// spikes in, and then sink with the result, which is overwritten afterwards.
// Calls of sink are in the order of the samples, one at a time; calls of fill
// are concurrent. The first error in the order of the samples ends the batch.
// opts.Progress counts samples; opts.Meter must be nil.
func RunBatch(ctx context.Context, p *Program, n int, fill func(k int, stim emulator.Stimulus) error, opts Options, sink func(k int, r *emulator.Result) error) error {
	return p.engine().RunBatch(ctx, n, fill, opts, sink)
}

// RunMetered is RunBatch with meters, of which newMeter makes one for each
// goroutine. sink gets the meter of the sample, too, for as long as the result.
func RunMetered(ctx context.Context, p *Program, n int, newMeter func() (*Meter, error), fill func(k int, stim emulator.Stimulus) error, opts Options, sink func(k int, r *emulator.Result, m *Meter) error) error {
	return p.engine().RunMetered(ctx, n, newMeter, fill, opts, sink)
}

// NewStimulus returns an empty raster of steps x elements for each input port.
func (p *Program) NewStimulus(steps int) (emulator.Stimulus, error) {
	return p.inputs.NewStimulus(steps)
}
