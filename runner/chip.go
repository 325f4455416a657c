package runner

import (
	"context"

	"github.com/synfire/synfire/emulator"
)

// runChip runs the samples of d on a chip, each from reset, and gives them to
// sink in their order with what a meter of newMeter measured.
func runChip[M any](ctx context.Context, e *emulator.Engine[M], d *Data, inputs []Port, opt Options, newMeter func() (*M, error), sink func(k int, s *Sample, meter *M) error) error {
	eopt := emulator.Options[M]{Steps: d.Steps, Threads: opt.Threads, Probes: opt.Probes}
	if opt.Progress != nil {
		eopt.Progress = func(done, _ int) { opt.Progress(done) }
	}
	deliver := func(k int, res *emulator.Result, meter *M) error { return sink(k, chipSample(res), meter) }
	if d.Samples > 1 {
		return e.RunMetered(ctx, d.Samples, newMeter, d.fillAll, eopt, deliver)
	}
	stim, err := d.stimulus(inputs, 0)
	if err != nil {
		return err
	}
	if eopt.Meter, err = newMeter(); err != nil {
		return err
	}
	res, err := e.Run(ctx, stim, eopt)
	if err != nil {
		return err
	}
	return deliver(0, res, eopt.Meter)
}

func chipSample(res *emulator.Result) *Sample {
	s := &Sample{Spikes: res.Spikes, Stats: &res.Stats}
	for _, t := range res.Traces {
		s.Traces = append(s.Traces, Trace{Probe: t.Probe, Neurons: len(t.Neurons), Ints: t.Data})
	}
	return s
}
