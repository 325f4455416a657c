package truenorth

import (
	"context"
	"fmt"
	"math/bits"
	"runtime"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/spike"
)

// Options says how long to run and what to record.
type Options struct {
	Ticks   int
	Threads int // the most goroutines over cores; below 1 is one for each CPU
	// Probes record spikes or potentials (v, after the reset) of a core, named
	// by CoreName.
	Probes []emulator.Probe
	// Progress, if set, is called after each tick, on one goroutine at a time.
	Progress func(done, total int)
}

// CoreName is the name by which a probe finds the core at a place.
func CoreName(x, y int) string { return fmt.Sprintf("core_%d_%d", x, y) }

// Run emulates a program from reset for opts.Ticks ticks, with the packets of
// the image and a stimulus: a raster of opts.Ticks x elements for each port of
// the program (see WithInputs) and nothing else. A spike of step t is a packet
// of tick t. The result is the same for any number of threads. A cancelled
// context ends the run within a tick with the context's error.
func Run(ctx context.Context, p *Program, stim emulator.Stimulus, opts Options) (*Result, error) {
	res, err := p.newResult(opts)
	if err != nil {
		return nil, err
	}
	return res, p.NewState().run(ctx, stim, opts, res)
}

// newResult allocates what a run records.
func (p *Program) newResult(opts Options) (*Result, error) {
	if opts.Ticks < 0 {
		return nil, fmt.Errorf("cannot run %d ticks", opts.Ticks)
	}
	out, err := spike.New(opts.Ticks, p.Outputs())
	if err != nil {
		return nil, fmt.Errorf("output bus: %w", err)
	}
	res := &Result{Ticks: opts.Ticks, Output: out}
	for _, probe := range opts.Probes {
		k := p.probed(probe)
		if k < 0 {
			return nil, fmt.Errorf("probe %s: no core %q (cores are named like %s)", probe, probe.Population, CoreName(0, 0))
		}
		if probe.Var == emulator.Current {
			return nil, fmt.Errorf("probe %s: these neurons have no synaptic current (use spikes or v)", probe)
		}
		tr, err := emulator.NewTrace(probe, opts.Ticks, p.cores[k].neurons)
		if err != nil {
			return nil, err
		}
		res.Traces = append(res.Traces, tr)
	}
	return res, nil
}

// probed returns the core of a probe, or -1.
func (p *Program) probed(probe emulator.Probe) int {
	for k := range p.cores {
		if probe.Population == CoreName(int(p.cores[k].x), int(p.cores[k].y)) {
			return k
		}
	}
	return -1
}

// execution is one run of a state.
type execution struct {
	*State
	ctx     context.Context
	stim    []*spike.Raster
	opts    Options
	res     *Result
	probes  []int // core of each trace
	packets []packet
	err     error
}

// run emulates into a result made by newResult for the same options.
func (s *State) run(ctx context.Context, stim emulator.Stimulus, opts Options, res *Result) error {
	rasters, err := s.prog.inputs.Bind(stim, opts.Ticks)
	if err != nil {
		return err
	}
	if len(stim) > len(rasters) {
		return fmt.Errorf("stimulus has %d rasters for the %d ports of the program", len(stim), len(rasters))
	}
	threads := s.prog.threads(opts.Threads)
	s.setWorkers(threads)
	s.Reset()
	x := &execution{State: s, ctx: ctx, stim: rasters, opts: opts, res: res, packets: s.prog.packets}
	for _, tr := range res.Traces {
		x.probes = append(x.probes, s.prog.probed(tr.Probe))
	}
	if opts.Ticks > 0 {
		x.input(0)
	}
	if threads > 1 {
		x.parallel(threads)
	} else {
		x.serial()
	}
	x.count()
	return x.err
}

// neuronsOfThread is how many neurons there must be for each thread: a tick of
// them takes longer than to take cores and spikes from one processor to another.
var neuronsOfThread = 4096

// threads returns how many of a number of threads (below 1: of all CPUs) are
// worth it.
func (p *Program) threads(n int) int {
	if n < 1 {
		n = runtime.GOMAXPROCS(0)
	}
	return max(1, min(n, len(p.cores), int(p.updates)/neuronsOfThread))
}

func (x *execution) serial() {
	for t := 1; t <= x.opts.Ticks; t++ {
		if !x.begin(t) {
			return
		}
		for k := range x.cores {
			x.step(k, &x.work[0])
		}
		x.end(t)
	}
}

// parallel runs the cores of each tick on several goroutines.
func (x *execution) parallel(threads int) {
	if x.opts.Ticks == 0 || !x.begin(1) {
		return
	}
	neurons := make([]int, len(x.cores))
	for k := range neurons {
		neurons[k] = x.prog.cores[k].neurons
	}
	step := func(worker, k, _ int) { x.step(k, &x.work[worker]) }
	emulator.Parallel(threads, neurons, 1, x.opts.Ticks+1, step, func(t int) bool {
		x.end(t)
		return t < x.opts.Ticks && x.begin(t+1)
	})
}

// begin starts tick t: the schedulers move on, the bus gives away its row and
// the packets of the tick come in. It is false if the run was cancelled. RANC
// takes the packets of ticks below the number of ticks only.
func (x *execution) begin(t int) bool {
	if x.err = x.ctx.Err(); x.err != nil {
		return false
	}
	x.advance()
	copy(x.res.Output.Row(t-1), x.bus)
	clear(x.bus)
	if t < x.opts.Ticks {
		x.input(t)
	}
	return true
}

// input sends the packets of tick t.
func (x *execution) input(t int) {
	w := &x.work[0]
	for len(x.packets) > 0 && int(x.packets[0].tick) == t {
		x.send(w, x.packets[0].to)
		w.stats.Packets++
		x.packets = x.packets[1:]
	}
	for i, r := range x.stim {
		f := &x.prog.feeds[i]
		for j, word := range r.Row(t) {
			for ; word != 0; word &= word - 1 {
				k := j<<6 + bits.TrailingZeros64(word)
				for _, to := range f.targets[f.ptr[k]:f.ptr[k+1]] {
					x.send(w, to)
					w.stats.Packets++
				}
			}
		}
	}
}

// end records tick t.
func (x *execution) end(t int) {
	for i := range x.res.Traces {
		tr, s := &x.res.Traces[i], &x.cores[x.probes[i]]
		row := tr.Row(t - 1)
		for k, n := range tr.Neurons {
			if tr.Probe.Var == emulator.Voltage {
				row[k] = s.v[n]
			} else {
				row[k] = int32(s.fired[n>>6] >> (n & 63) & 1)
			}
		}
	}
	if x.opts.Progress != nil {
		x.opts.Progress(t, x.opts.Ticks)
	}
}

func (x *execution) count() {
	x.res.Stats = Stats{Ticks: x.opts.Ticks, Updates: int64(x.opts.Ticks) * x.prog.updates}
	for i := range x.work {
		x.res.Stats.Add(x.work[i].stats)
	}
}
