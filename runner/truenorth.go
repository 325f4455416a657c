package runner

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/synfire/synfire/backend/truenorth/image"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/emulator/truenorth"
	"github.com/synfire/synfire/internal/spike"
)

// truenorthMachine is a Machine that emulates a bundle of RANC's files.
type truenorthMachine struct {
	prog   *truenorth.Program
	pops   []image.Population
	inputs []Port
	ports  []Port
	late   int // the largest latency
}

// IsTruenorth tells whether a file starts as a bundle of RANC's files.
func IsTruenorth(data []byte) bool { return image.IsBundle(data) }

// LoadTruenorth decodes a bundle and makes it ready to run.
func LoadTruenorth(data []byte) (Machine, error) {
	b, err := image.DecodeBundle(data)
	if err != nil {
		return nil, err
	}
	prog, err := truenorth.Compile(&b.Image)
	if err != nil {
		return nil, err
	}
	m := &truenorthMachine{pops: b.Manifest.Populations}
	var ports []truenorth.Port
	for _, in := range b.Manifest.Inputs {
		m.inputs = append(m.inputs, Port{Name: in.Name, Size: len(in.Ptr) - 1})
		p := truenorth.Port{Name: in.Name, Ptr: in.Ptr}
		for _, t := range in.Targets {
			p.Targets = append(p.Targets, truenorth.Axon{X: t.X, Y: t.Y, Axon: t.Axon, Delay: t.Delay})
		}
		ports = append(ports, p)
	}
	for _, p := range m.pops {
		m.ports = append(m.ports, Port{p.Name, len(p.Neurons), p.Output})
		m.late = max(m.late, int(p.Latency))
	}
	m.prog, err = prog.WithInputs(ports)
	return m, err
}

func (m *truenorthMachine) Inputs() []Port      { return m.inputs }
func (m *truenorthMachine) Populations() []Port { return m.ports }

// column is where a recorded neuron stands in the traces of a run.
type column struct{ trace, col int }

// recorder gathers neurons of populations from traces of cores.
type coreProbes struct {
	probes []emulator.Probe
	index  map[emulator.Probe]int
}

// add returns the column of a neuron's variable.
func (c *coreProbes) add(r image.NeuronRef, v emulator.Var) column {
	p := emulator.Probe{Population: truenorth.CoreName(int(r.X), int(r.Y)), Var: v, Hi: -1, Step: 1}
	i, ok := c.index[p]
	if !ok {
		i = len(c.probes)
		c.index[p] = i
		c.probes = append(c.probes, p)
	}
	return column{i, int(r.Index)}
}

// Run records the first copy of every neuron, in the network's time: step t
// of a population is tick t + latency + 1, row t + latency of a trace.
func (m *truenorthMachine) Run(ctx context.Context, d *Data, opt Options, sink func(k int, s *Sample) error) error {
	ticks := d.Steps + m.late
	rec := coreProbes{index: map[emulator.Probe]int{}}
	spikes := make([][]column, len(m.pops))
	for i, p := range m.pops {
		for _, r := range p.Neurons {
			spikes[i] = append(spikes[i], rec.add(r, emulator.Spikes))
		}
	}
	traces, err := m.probes(&rec, opt.Probes)
	if err != nil {
		return err
	}
	s := &Sample{Stats: &emulator.Stats{}}
	for _, p := range m.ports {
		r, err := d.newRaster(p)
		if err != nil {
			return err
		}
		s.Spikes = append(s.Spikes, emulator.Named{Name: p.Name, Raster: r})
	}
	eopt := truenorth.Options{Ticks: ticks, Threads: opt.Threads, Probes: rec.probes}
	if opt.Progress != nil {
		eopt.Progress = func(done, _ int) { opt.Progress(done) }
	}
	deliver := func(k int, res *truenorth.Result) error {
		for i, p := range m.pops {
			gatherSpikes(s.Spikes[i].Raster, res, spikes[i], int(p.Latency))
		}
		s.Traces = s.Traces[:0]
		for _, t := range traces {
			s.Traces = append(s.Traces, t.gather(res, d.Steps))
		}
		*s.Stats = emulator.Stats{Steps: res.Stats.Ticks, Spikes: res.Stats.Spikes, SynEvents: res.Stats.SynEvents, Updates: res.Stats.Updates}
		return sink(k, s)
	}
	fill := m.filler(d)
	if d.Samples > 1 {
		return truenorth.RunBatch(ctx, m.prog, d.Samples, fill, eopt, deliver)
	}
	stim, err := m.prog.NewStimulus(ticks)
	if err != nil {
		return err
	}
	if err := fill(0, stim); err != nil {
		return err
	}
	res, err := truenorth.Run(ctx, m.prog, stim, eopt)
	if err != nil {
		return err
	}
	return deliver(0, res)
}

// filler returns a function that writes a sample into a stimulus, which is
// longer than the sample by the chip's latency.
func (m *truenorthMachine) filler(d *Data) func(k int, stim emulator.Stimulus) error {
	pool := sync.Pool{New: func() any { return new(spike.Raster) }}
	return func(k int, stim emulator.Stimulus) error {
		for i, in := range stim {
			r := pool.Get().(*spike.Raster)
			defer pool.Put(r)
			if r.Steps != d.Steps || r.N != m.inputs[i].Size {
				fresh, err := d.newRaster(m.inputs[i])
				if err != nil {
					return err
				}
				*r = *fresh
			}
			if err := d.fill(k, in.Name, r); err != nil {
				return err
			}
			copy(in.Words, r.Words)
		}
		return nil
	}
}

func gatherSpikes(to *spike.Raster, res *truenorth.Result, cols []column, latency int) {
	to.Clear()
	for t := range to.Steps {
		for j, c := range cols {
			if res.Traces[c.trace].Row(t + latency)[c.col] != 0 {
				to.Set(t, j)
			}
		}
	}
}

// popTrace is a user's probe of a population.
type popTrace struct {
	probe   emulator.Probe
	cols    []column
	latency int
	data    []int32
}

// probes finds where the users' probes are recorded.
func (m *truenorthMachine) probes(rec *coreProbes, probes []emulator.Probe) ([]*popTrace, error) {
	var out []*popTrace
	for _, p := range probes {
		i := slices.IndexFunc(m.pops, func(x image.Population) bool { return x.Name == p.Population })
		if i < 0 {
			return nil, fmt.Errorf("probe %s: there is no population %q", p, p.Population)
		}
		if p.Var == emulator.Current {
			return nil, fmt.Errorf("probe %s: this chip's neurons have no synaptic current, probe v or spikes", p)
		}
		idx, err := p.Neurons(len(m.pops[i].Neurons))
		if err != nil {
			return nil, err
		}
		t := &popTrace{probe: p, latency: int(m.pops[i].Latency)}
		for _, j := range idx {
			t.cols = append(t.cols, rec.add(m.pops[i].Neurons[j], p.Var))
		}
		out = append(out, t)
	}
	return out, nil
}

func (t *popTrace) gather(res *truenorth.Result, steps int) Trace {
	t.data = t.data[:0]
	for s := range steps {
		for _, c := range t.cols {
			t.data = append(t.data, res.Traces[c.trace].Row(s + t.latency)[c.col])
		}
	}
	return Trace{Probe: t.probe, Neurons: len(t.cols), Ints: t.data}
}

// JSONTruenorth returns the manifest of a bundle: RANC's own files are JSON
// already.
func JSONTruenorth(data []byte) ([]byte, error) {
	b, err := image.DecodeBundle(data)
	if err != nil {
		return nil, err
	}
	return json.Marshal(&b.Manifest)
}

// DescribeTruenorth lists what a bundle holds.
func DescribeTruenorth(data []byte) (*ImageInfo, error) {
	b, err := image.DecodeBundle(data)
	if err != nil {
		return nil, err
	}
	info := &ImageInfo{Name: b.Manifest.Name, DT: b.Manifest.DT, Inputs: []Port{}, Populations: []Place{}, Cores: []CoreInfo{}}
	for _, n := range b.Manifest.Notes {
		info.Notes = append(info.Notes, n.Key+": "+n.Value)
	}
	for _, in := range b.Manifest.Inputs {
		info.Inputs = append(info.Inputs, Port{Name: in.Name, Size: len(in.Ptr) - 1})
	}
	for _, p := range b.Manifest.Populations {
		cores := map[image.Place]bool{}
		for _, r := range p.Neurons {
			cores[r.Place] = true
		}
		info.Populations = append(info.Populations, Place{Port{p.Name, len(p.Neurons), p.Output}, p.Latency, len(cores)})
	}
	for i := range b.Image.Input.Cores {
		c := &b.Image.Input.Cores[i]
		info.Cores = append(info.Cores, CoreInfo{Core: c.Y*b.Image.Config.NumCoresX + c.X, Compartments: len(c.Neurons), InAxons: len(c.Axons), OutAxons: len(c.Neurons)})
	}
	return info, nil
}
