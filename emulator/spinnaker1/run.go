package spinnaker1

import (
	"context"
	"math"
	"runtime"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/spike"
)

// Options says how long to run and what to record. A probe of u is the
// difference of the two currents that the last sub-step of a tick used, in
// s16.15, one of v the potential after it.
type Options = emulator.Options[Meter]

// Run emulates a program from reset for opts.Steps network steps, which takes
// the largest latency more ticks. The stimulus has a raster of opts.Steps x
// elements for each input port and nothing else. The result is the same for any
// number of threads. A cancelled context ends the run within a tick with the
// context's error.
func Run(ctx context.Context, p *Program, stim emulator.Stimulus, opts Options) (*emulator.Result, error) {
	return p.Engine().Run(ctx, stim, opts)
}

// RunBatch runs n independent samples; see [emulator.Engine.RunMetered].
func RunBatch(ctx context.Context, p *Program, n int, fill func(k int, stim emulator.Stimulus) error, opts Options, sink func(k int, r *emulator.Result) error) error {
	return p.Engine().RunBatch(ctx, n, fill, opts, sink)
}

// NewStimulus returns an empty raster of steps x elements for each input port.
func (p *Program) NewStimulus(steps int) (emulator.Stimulus, error) {
	return p.inputs.NewStimulus(steps)
}

// Engine returns what runs the program.
func (p *Program) Engine() *emulator.Engine[Meter] {
	return &emulator.Engine[Meter]{
		Inputs: p.inputs, Populations: p.pops, MaxSteps: math.MaxInt32 - p.pops.Latency(),
		NewState: func() emulator.RunFunc[Meter] { return p.NewState().run },
	}
}

// execution is one run of a state.
type execution struct {
	*State
	ctx   context.Context
	in    []*spike.Raster
	opts  Options
	rec   *emulator.Recorder
	total int // ticks
	err   error
}

// run is an emulator.RunFunc.
func (s *State) run(ctx context.Context, in []*spike.Raster, opts Options, rec *emulator.Recorder) (emulator.Stats, error) {
	s.Reset()
	s.planned = opts.Meter != nil && opts.Meter.detailed
	x := &execution{State: s, ctx: ctx, in: in, opts: opts, rec: rec}
	if opts.Steps > 0 {
		x.total = opts.Steps + s.prog.pops.Latency()
	}
	if opts.Meter != nil {
		if err := opts.Meter.begin(s); err != nil {
			return emulator.Stats{}, err
		}
	}
	work := s.prog.work()
	if n := threads(opts.Threads, work); n > 1 {
		x.parallel(n, work)
	} else {
		x.serial()
	}
	return x.finish(), x.err
}

func (x *execution) serial() {
	for t := range x.total {
		if !x.begin(t) {
			return
		}
		for k := range x.cores {
			x.step(k, uint32(t))
		}
		x.end(t)
	}
}

// workOfThread is how much of the work of a tick there must be for each thread:
// it takes longer than to take cores and spikes from one processor to another.
var workOfThread = defaultWork

const defaultWork = 4096

// rowsTaken is about the part of a core's synapses that a tick of a busy network
// reaches: one in so many.
const rowsTaken = 32

// work returns by core the work to expect of a tick, in neuron updates.
func (p *Program) work() []int {
	work := make([]int, len(p.cores))
	for k := range p.cores {
		if c := &p.cores[k]; !c.source {
			work[k] = c.n*c.substeps + len(c.words)/rowsTaken
		}
	}
	return work
}

// threads returns how many of a number of threads (below 1: of all CPUs) are
// worth it.
func threads(n int, work []int) int {
	if n < 1 {
		n = runtime.GOMAXPROCS(0)
	}
	total := 0
	for _, w := range work {
		total += w
	}
	return max(1, min(n, len(work), total/workOfThread))
}

// parallel runs the cores of each tick on several goroutines.
func (x *execution) parallel(threads int, work []int) {
	if x.total == 0 || !x.begin(0) {
		return
	}
	step := func(_, k, t int) { x.step(k, uint32(t)) }
	emulator.Parallel(threads, work, 0, x.total, step, func(t int) bool {
		x.end(t)
		return t+1 < x.total && x.begin(t+1)
	})
}

// begin lets the sources send the input spikes of tick t; false if the run was
// cancelled.
func (x *execution) begin(t int) bool {
	if x.err = x.ctx.Err(); x.err != nil {
		return false
	}
	for k := range x.cores {
		if x.prog.cores[k].source {
			fired := &x.cores[k].fired[t&1]
			*fired = (*fired)[:0]
		}
	}
	if t >= x.opts.Steps {
		return true
	}
	for i, r := range x.in {
		at := x.prog.inputAt[i]
		r.Each(t, func(k int) {
			fired := &x.cores[at[k].core].fired[t&1]
			*fired = append(*fired, uint16(at[k].neuron)) // within capacity
		})
	}
	return true
}

// end records tick t.
func (x *execution) end(t int) {
	for k := range x.cores {
		c := &x.prog.cores[k]
		if c.source {
			continue
		}
		for _, i := range x.cores[k].fired[t&1] {
			if p := c.pop[i]; p >= 0 {
				x.rec.Spike(t, int(p), int(c.number[i]))
			}
		}
	}
	x.rec.Trace(t, x.value)
	if x.opts.Meter != nil {
		x.opts.Meter.step(x.State, t)
	}
	if x.opts.Progress != nil {
		x.opts.Progress(t+1, x.total)
	}
}

// value returns what a probe of u or v records.
func (x *execution) value(v emulator.Var, pop, neuron int) int32 {
	p := x.prog.popAt[pop][neuron]
	if v == emulator.Current {
		return x.cores[p.core].used[p.neuron]
	}
	return x.cores[p.core].v[p.neuron]
}

// finish takes the packets of the last tick, and counts.
func (x *execution) finish() emulator.Stats {
	st := emulator.Stats{Steps: x.total, Updates: int64(x.total) * x.prog.neurons}
	for k := range x.cores {
		c := &x.cores[k]
		if x.total > 0 && x.err == nil && !x.prog.cores[k].source {
			x.deliver(&x.prog.cores[k], c, uint32(x.total-1))
		}
		st.Spikes += c.spikes
		st.SynEvents += c.events
		st.Saturations += c.sums
	}
	if x.opts.Meter != nil && x.total > 0 {
		x.opts.Meter.finish(x.State, x.total)
	}
	return st
}
