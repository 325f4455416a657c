package loihi1

import (
	"context"
	"fmt"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/spike"
)

// Options says how long to run and what to record.
type Options struct {
	Steps   int // network steps
	Threads int // the most goroutines over cores; below 1 is one for each CPU
	Probes  []emulator.Probe
	// Progress, if set, is called after each chip step, on one goroutine at a
	// time.
	Progress func(done, total int)
	// Meter, if set, counts, prices and times every chip step.
	Meter *Meter
}

// Run emulates a program from reset for opts.Steps network steps, which takes
// the largest latency more chip steps. The stimulus has a raster of
// opts.Steps x elements for each input port and nothing else. The result is
// the same for any number of threads. A cancelled context ends the run within
// a step with the context's error.
func Run(ctx context.Context, p *Program, stim emulator.Stimulus, opts Options) (*emulator.Result, error) {
	res, err := p.newResult(opts)
	if err != nil {
		return nil, err
	}
	return res, p.NewState().run(ctx, stim, opts, res)
}

// newResult allocates what a run records.
func (p *Program) newResult(opts Options) (*emulator.Result, error) {
	if opts.Steps < 0 {
		return nil, fmt.Errorf("cannot run %d steps", opts.Steps)
	}
	res := &emulator.Result{Steps: opts.Steps}
	for _, x := range p.pops {
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
	for _, x := range p.pops {
		names = append(names, x.name)
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
		if n := len(in.ptr) - 1; r.Steps != steps || r.N != n {
			return nil, fmt.Errorf("input %q: raster of %d steps x %d, the run needs %d x %d", in.name, r.Steps, r.N, steps, n)
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
	schedule
	ctx    context.Context
	stim   []*spike.Raster
	opts   Options
	res    *emulator.Result
	probed []int // population of each trace
	total  int   // chip steps
	err    error
}

// run emulates into a result made by newResult for the same options.
func (s *State) run(ctx context.Context, stim emulator.Stimulus, opts Options, res *emulator.Result) error {
	rasters, err := s.prog.bind(stim, opts.Steps)
	if err != nil {
		return err
	}
	s.Reset()
	x := &execution{State: s, ctx: ctx, stim: rasters, opts: opts, res: res}
	if opts.Steps > 0 {
		x.total = opts.Steps + s.prog.latency
	}
	if opts.Meter != nil {
		if err := opts.Meter.begin(s, x.total); err != nil {
			return err
		}
	}
	for i := range res.Spikes {
		res.Spikes[i].Clear()
	}
	for _, tr := range res.Traces {
		x.probed = append(x.probed, s.prog.population(tr.Probe.Population))
	}
	x.runSteps()
	x.count()
	return x.err
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
	for i, r := range x.stim {
		in := &x.prog.inputs[i]
		r.Each(t, func(k int) {
			for _, e := range in.targets[in.ptr[k]:in.ptr[k+1]] {
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

// end records chip step t in network time.
func (x *execution) end(t int) {
	for k := range x.cores {
		c, s := &x.prog.cores[k], &x.cores[k]
		for _, i := range s.fired[:s.nfired] {
			if p := c.pop[i]; p >= 0 {
				if at := t - x.prog.pops[p].latency; at >= 0 && at < x.opts.Steps {
					x.res.Spikes[p].Set(at, int(c.neuron[i]))
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
		x.err = x.opts.Meter.step(x.State)
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
			row[k] = x.cores[p.core].u[p.cx]
		case emulator.Voltage:
			row[k] = x.cores[p.core].v[p.cx]
		default:
			row[k] = 0
			if x.res.Spikes[pop].Get(at, n) {
				row[k] = 1
			}
		}
	}
}

func (x *execution) count() {
	st := emulator.Stats{Steps: x.total, Updates: int64(x.total) * x.prog.updates}
	for k := range x.cores {
		c := &x.cores[k]
		st.Spikes += c.spikes
		st.SynEvents += c.events
		st.AccumulatorWraps += c.accWraps
		st.CurrentWraps += c.uWraps
	}
	x.res.Stats = st
}
