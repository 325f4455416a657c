package tile

import (
	"context"
	"fmt"

	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/emulator/noc"
	"github.com/synfire/synfire/internal/spike"
)

// Options says how long to run and how to time it.
type Options struct {
	Steps  int
	Timing string // simple, detailed or cycle
	Buffer int    // messages in a buffer of the network; 0 is the profile's
}

// Step is the record of one step.
type Step struct {
	Counts  cost.Counts
	Energy  cost.Energy
	Fired   int64 // neurons
	Updated int64 // neurons that were active or fired
	Timing  noc.Step
	Time    int64 // 0.1 ns: Timing.Time and the barrier
}

// Hops returns the messages over links.
func (s *Step) Hops() int64 { return s.Counts[cost.HopEW] + s.Counts[cost.HopNS] }

// Result is what a run returns.
type Result struct {
	Profile *cost.Profile
	Mesh    noc.Mesh
	Steps   []Step
	Spikes  *spike.Raster // steps x neurons, by the network's numbers
	Counts  cost.Counts   // of all steps
	Energy  cost.Energy   // the same
	Time    int64         // the same, in 0.1 ns
	// Cores has the counts by core, hops aside: AxonOut at the sender, AxonIn,
	// synapses and dendrites at the receiver. Links has the messages over each
	// link and Local those that stayed within each tile.
	Cores []cost.Counts
	Links []int64
	Local []int64
}

// run is a run in progress.
type run struct {
	*Program
	state   neurons
	timing  noc.Model
	load    *noc.Load
	traffic *noc.Traffic
	fired   []int32
	res     *Result
}

// Run runs a program from rest. A cancelled context ends it within a step with
// the context's error.
func Run(ctx context.Context, p *Program, opt Options) (*Result, error) {
	r, err := newRun(p, opt)
	if err != nil {
		return nil, err
	}
	for t := range opt.Steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := r.step(t); err != nil {
			return nil, fmt.Errorf("step %d: %w", t, err)
		}
	}
	return r.res, nil
}

func newRun(p *Program, opt Options) (*run, error) {
	raster, err := spike.New(opt.Steps, len(p.id))
	if err != nil {
		return nil, err
	}
	config := p.config
	if opt.Buffer != 0 {
		config.Buffer = opt.Buffer
	}
	timing, err := noc.NewModel(opt.Timing, config)
	if err != nil {
		return nil, err
	}
	m := config.Mesh
	return &run{
		Program: p, state: newNeurons(len(p.id)), timing: timing,
		load: noc.NewLoad(p.fanout, m.NumCores()), traffic: noc.NewTraffic(config),
		fired: make([]int32, 0, len(p.id)),
		res: &Result{
			Profile: p.profile, Mesh: m, Spikes: raster, Steps: make([]Step, 0, opt.Steps),
			Cores: make([]cost.Counts, m.NumCores()), Links: make([]int64, m.Links()), Local: make([]int64, m.Tiles()),
		},
	}, nil
}

// step runs step t: every neuron, every message, and the clock.
func (r *run) step(t int) error {
	r.res.Steps = append(r.res.Steps, Step{})
	s := &r.res.Steps[t]
	r.load.Reset()
	r.fired = r.fired[:0]
	for c := range r.load.Bursts {
		r.runCore(c, t, s)
	}
	for _, i := range r.fired {
		r.res.Spikes.Set(t, int(r.id[i]))
		r.state.deliver(r.target[r.rowLo[i]:r.rowLo[i+1]], r.weight[r.rowLo[i]:r.rowLo[i+1]])
	}
	r.traffic.Count(r.load)
	r.count(s)
	var err error
	if s.Energy, err = r.profile.Energy(&s.Counts); err != nil {
		return err
	}
	if s.Timing, err = r.timing.Step(r.load, r.traffic); err != nil {
		return err
	}
	s.Time = s.Timing.Time + r.barrier
	r.res.Time += s.Time
	r.res.Counts.Add(&s.Counts)
	r.res.Energy.Add(&s.Energy)
	return nil
}

// runCore updates the neurons of a core and notes what it does when.
func (r *run) runCore(c, t int, s *Step) {
	n := &r.res.Cores[c]
	var delay, updated, fires, active int64
	for i := int(r.coreLo[c]); i < int(r.coreLo[c+1]); i++ {
		isActive, fired := r.state.update(&r.model, i, r.bias[i], t == 0)
		delay += r.accessTime
		if isActive {
			active++
			delay += r.updateTime
		}
		if isActive || fired {
			updated++
		}
		if !fired {
			continue
		}
		fires++
		delay += r.spikeTime
		r.fired = append(r.fired, int32(i))
		if lo, hi := r.fanLo[i], r.fanLo[i+1]; lo < hi {
			r.load.Bursts[c] = append(r.load.Bursts[c], noc.Burst{Delay: delay, Lo: lo, Hi: hi})
			delay = 0
		}
	}
	r.load.Tail[c] = delay
	visited := int64(r.coreLo[c+1] - r.coreLo[c])
	s.Fired += fires
	s.Updated += updated
	for _, x := range []struct {
		e cost.Event
		n int64
	}{{cost.SomaAccess, visited}, {cost.SomaUpdate, active}, {cost.SomaSpike, fires}} {
		n[x.e] += x.n
		s.Counts[x.e] += x.n
	}
}

// count adds the messages of the step to the counts.
func (r *run) count(s *Step) {
	t := r.traffic
	for c := range t.Sent {
		n := &r.res.Cores[c]
		n[cost.AxonOut] += t.Sent[c]
		n[cost.AxonIn] += t.Received[c]
		n[r.synapse] += t.Synapses[c]
		n[cost.Dendrite] += t.Synapses[c]
		s.Counts[cost.AxonIn] += t.Received[c]
		s.Counts[r.synapse] += t.Synapses[c]
	}
	s.Counts[cost.AxonOut] = t.Messages
	s.Counts[cost.Dendrite] = s.Counts[r.synapse]
	s.Counts[cost.HopEW], s.Counts[cost.HopNS], s.Counts[cost.HopLocal] = t.Hops()
	t.AddLinks(r.res.Links, r.res.Local)
}
