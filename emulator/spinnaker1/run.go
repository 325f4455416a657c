package spinnaker1

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/spike"
)

// Options says how long to run and what to record. A probe of u is the
// difference of the two currents that the last sub-step of a tick used, in
// s16.15, one of v the potential after it.
type Options struct {
	Steps   int // network steps
	Threads int // the most goroutines over cores; below 1 is one for each CPU
	Probes  []emulator.Probe
	// Progress, if set, is called after each tick, on one goroutine at a time.
	Progress func(done, total int)
	// Meter, if set, measures the run.
	Meter *Meter
}

// Run emulates a program from reset for opts.Steps network steps, which takes
// the largest latency more ticks. The stimulus has a raster of opts.Steps x
// elements for each input port and nothing else. The result is the same for any
// number of threads. A cancelled context ends the run within a tick with the
// context's error.
func Run(ctx context.Context, p *Program, stim emulator.Stimulus, opts Options) (*emulator.Result, error) {
	res, err := p.newResult(opts)
	if err != nil {
		return nil, err
	}
	return res, p.NewState().run(ctx, stim, opts, res)
}

// newResult allocates what a run records.
func (p *Program) newResult(opts Options) (*emulator.Result, error) {
	if opts.Steps < 0 || opts.Steps > math.MaxInt32-p.latency {
		return nil, fmt.Errorf("cannot run %d steps", opts.Steps)
	}
	res := &emulator.Result{Steps: opts.Steps}
	for i := range p.pops {
		x := &p.pops[i]
		r, err := spike.New(opts.Steps, len(x.at))
		if err != nil {
			return nil, fmt.Errorf("population %q: %w", x.name, err)
		}
		res.Spikes = append(res.Spikes, emulator.Named{Name: x.name, Raster: r})
	}
	for _, probe := range opts.Probes {
		k := p.population(probe.Population)
		if k < 0 {
			return nil, fmt.Errorf("probe %s: no population %q in the image (it has %q)", probe, probe.Population, p.populationNames())
		}
		tr, err := emulator.NewTrace(probe, opts.Steps, len(p.pops[k].at))
		if err != nil {
			return nil, err
		}
		res.Traces = append(res.Traces, tr)
	}
	return res, nil
}

func (p *Program) population(name string) int {
	for i := range p.pops {
		if p.pops[i].name == name {
			return i
		}
	}
	return -1
}

func (p *Program) populationNames() []string {
	var names []string
	for i := range p.pops {
		names = append(names, p.pops[i].name)
	}
	return names
}

// bind puts the rasters of a stimulus into the order of the input ports.
func (p *Program) bind(stim emulator.Stimulus, steps int) ([]*spike.Raster, error) {
	rasters := make([]*spike.Raster, len(p.inputs))
	for i, in := range p.inputs {
		r := stim.Get(in.name)
		if r == nil {
			return nil, fmt.Errorf("input %q: no raster given", in.name)
		}
		if r.Steps != steps || r.N != len(in.at) {
			return nil, fmt.Errorf("input %q: raster of %d steps x %d, the run needs %d x %d", in.name, r.Steps, r.N, steps, len(in.at))
		}
		rasters[i] = r
	}
	if len(stim) > len(p.inputs) {
		return nil, fmt.Errorf("stimulus has %d rasters for the %d input ports of the image", len(stim), len(p.inputs))
	}
	return rasters, nil
}

// execution is one run of a state.
type execution struct {
	*State
	ctx    context.Context
	stim   []*spike.Raster
	opts   Options
	res    *emulator.Result
	probed []int // population of each trace
	total  int   // ticks
	err    error
}

// run emulates into a result made by newResult for the same options.
func (s *State) run(ctx context.Context, stim emulator.Stimulus, opts Options, res *emulator.Result) error {
	rasters, err := s.prog.bind(stim, opts.Steps)
	if err != nil {
		return err
	}
	s.Reset()
	s.planned = opts.Meter != nil && opts.Meter.detailed
	x := &execution{State: s, ctx: ctx, stim: rasters, opts: opts, res: res}
	if opts.Steps > 0 {
		x.total = opts.Steps + s.prog.latency
	}
	if opts.Meter != nil {
		if err := opts.Meter.begin(s); err != nil {
			return err
		}
	}
	for i := range res.Spikes {
		res.Spikes[i].Clear()
	}
	for _, tr := range res.Traces {
		x.probed = append(x.probed, s.prog.population(tr.Probe.Population))
	}
	work := s.prog.work()
	if n := threads(opts.Threads, work); n > 1 {
		x.parallel(n, work)
	} else {
		x.serial()
	}
	x.finish()
	return x.err
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
	for i, r := range x.stim {
		at := x.prog.inputs[i].at
		r.Each(t, func(k int) {
			fired := &x.cores[at[k].core].fired[t&1]
			*fired = append(*fired, uint16(at[k].neuron)) // within capacity
		})
	}
	return true
}

// end records tick t in network time.
func (x *execution) end(t int) {
	for k := range x.cores {
		c := &x.prog.cores[k]
		if c.source {
			continue
		}
		for _, i := range x.cores[k].fired[t&1] {
			if p := c.pop[i]; p >= 0 {
				if at := t - x.prog.pops[p].latency; at >= 0 && at < x.opts.Steps {
					x.res.Spikes[p].Set(at, int(c.number[i]))
				}
			}
		}
	}
	for i := range x.res.Traces {
		if at := t - x.prog.pops[x.probed[i]].latency; at >= 0 && at < x.opts.Steps {
			x.record(&x.res.Traces[i], x.probed[i], at)
		}
	}
	if x.opts.Meter != nil {
		x.opts.Meter.step(x.State, t)
	}
	if x.opts.Progress != nil {
		x.opts.Progress(t+1, x.total)
	}
}

func (x *execution) record(tr *emulator.Trace, pop, at int) {
	row := tr.Row(at)
	for k, n := range tr.Neurons {
		p := x.prog.pops[pop].at[n]
		switch tr.Probe.Var {
		case emulator.Current:
			row[k] = x.cores[p.core].used[p.neuron]
		case emulator.Voltage:
			row[k] = x.cores[p.core].v[p.neuron]
		default:
			row[k] = 0
			if x.res.Spikes[pop].Get(at, n) {
				row[k] = 1
			}
		}
	}
}

// finish takes the packets of the last tick, and counts.
func (x *execution) finish() {
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
	x.res.Stats = st
	if x.opts.Meter != nil && x.total > 0 {
		x.opts.Meter.finish(x.State, x.total)
	}
}
