package loihi1

import (
	"context"
	"math"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/spike"
)

// Options says how long to run and what to record. Its Meter, if set, counts,
// prices and times every chip step.
type Options = emulator.Options[Meter]

// Run emulates a program from reset for opts.Steps network steps, which takes
// the largest latency more chip steps. The stimulus has a raster of
// opts.Steps x elements for each input port and nothing else. The result is
// the same for any number of threads. A cancelled context ends the run within
// a step with the context's error.
func Run(ctx context.Context, p *Program, stim emulator.Stimulus, opts Options) (*emulator.Result, error) {
	return p.Engine().Run(ctx, stim, opts)
}

// RunBatch runs n independent samples; see [emulator.Engine.RunMetered].
func RunBatch(ctx context.Context, p *Program, n int, fill func(k int, stim emulator.Stimulus) error, opts Options, sink func(k int, r *emulator.Result) error) error {
	return p.Engine().RunBatch(ctx, n, fill, opts, sink)
}

// Engine returns what runs the program.
func (p *Program) Engine() *emulator.Engine[Meter] {
	return &emulator.Engine[Meter]{
		Inputs: p.inputs, Populations: p.pops, MaxSteps: math.MaxInt - p.pops.Latency(),
		NewState: func() emulator.RunFunc[Meter] { return p.NewState().run },
	}
}

// execution is one run of a state.
type execution struct {
	*State
	schedule
	ctx   context.Context
	in    []*spike.Raster
	opts  Options
	rec   *emulator.Recorder
	total int // chip steps
	err   error
}

// run is an emulator.RunFunc.
func (s *State) run(ctx context.Context, in []*spike.Raster, opts Options, rec *emulator.Recorder) (emulator.Stats, error) {
	s.Reset()
	x := &execution{State: s, ctx: ctx, in: in, opts: opts, rec: rec}
	if opts.Steps > 0 {
		x.total = opts.Steps + s.prog.pops.Latency()
	}
	if opts.Meter != nil {
		if err := opts.Meter.begin(s, x.total); err != nil {
			return emulator.Stats{}, err
		}
	}
	x.runSteps()
	return x.count(), x.err
}

// begin hands the input spikes of chip step t to the cores; false if the run
// was cancelled or failed.
func (x *execution) begin(t int) bool {
	if x.err == nil {
		x.err = x.ctx.Err()
	}
	if x.err != nil {
		return false
	}
	if t >= x.opts.Steps {
		return true
	}
	for i, r := range x.in {
		f := &x.prog.feeds[i]
		r.Each(t, func(k int) {
			for _, e := range f.targets[f.ptr[k]:f.ptr[k+1]] {
				c := &x.cores[e.core]
				c.external = append(c.external, e.to) // within capacity
			}
		})
	}
	if x.opts.Meter != nil {
		x.opts.Meter.input(x.State)
	}
	return true
}

// end records chip step t.
func (x *execution) end(t int) {
	for k := range x.cores {
		c, s := &x.prog.cores[k], &x.cores[k]
		for _, i := range s.fired[:s.nfired] {
			if p := c.pop[i]; p >= 0 {
				x.rec.Spike(t, int(p), int(c.neuron[i]))
			}
		}
	}
	x.rec.Trace(t, x.value)
	if x.opts.Meter != nil {
		x.err = x.opts.Meter.step(x.State)
	}
	if x.opts.Progress != nil {
		x.opts.Progress(t+1, x.total)
	}
}

// value returns what a probe of u or v records.
func (x *execution) value(v emulator.Var, pop, neuron int) int32 {
	p := x.prog.popAt[pop][neuron]
	if v == emulator.Current {
		return x.cores[p.core].u[p.cx]
	}
	return x.cores[p.core].v[p.cx]
}

func (x *execution) count() emulator.Stats {
	st := emulator.Stats{Steps: x.total, Updates: int64(x.total) * x.prog.updates}
	for k := range x.cores {
		c := &x.cores[k]
		st.Spikes += c.spikes
		st.SynEvents += c.events
		st.AccumulatorWraps += c.accWraps
		st.CurrentWraps += c.uWraps
	}
	return st
}
