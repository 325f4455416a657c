package eval

import (
	"context"
	"errors"
	"fmt"

	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
)

// Signal is what one input port receives over time: spikes, or rows of values
// (steps x neurons). Without either, and after its end, it is silence.
type Signal struct {
	Raster *spike.Raster
	Rows   [][]float64
}

// Stimulus holds one signal for each of Program.Inputs().
type Stimulus []Signal

// Quantity is what a probe records.
type Quantity uint8

// The quantities.
const (
	Spikes    Quantity = iota // the output as a raster: not zero is a spike
	Output                    // the output as numbers
	Potential                 // V
	Current                   // U
	Drive                     // what reached a fixed-point population: excitation, then inhibition
)

// String returns the lower-case name of the quantity.
func (q Quantity) String() string {
	if names := [...]string{"spikes", "output", "potential", "current", "drive"}; int(q) < len(names) {
		return names[q]
	}
	return "invalid"
}

// Probe asks for one quantity of one node.
type Probe struct {
	Node ir.NodeID
	What Quantity
}

// Options are the settings of a run.
type Options struct {
	Steps  int
	Probes []Probe
	// Drop, if set, loses spikes.
	Drop *Drop
	// Progress, if set, is called after each step with the number of steps
	// done.
	Progress func(done int)
}

// Drop loses each spike of an input or of a population with a probability on
// its way: nobody receives it, though the neuron has spiked. Which spikes are
// lost depends on the seed, the sample, the node's name, the step and the
// neuron alone.
type Drop struct {
	Probability float64
	Seed        uint64
	First       int // number of the first sample of a batch
}

// Recording is what a probe saw: a raster of steps x neurons for spikes, one
// row a step for numbers.
type Recording struct {
	Probe
	Raster *spike.Raster
	Trace  [][]float64
}

// Result holds one recording per probe, in the order of Options.Probes.
type Result struct {
	Recordings []Recording
}

// Run executes a program from its initial state. It stops with the context's
// error when that is done; a stimulus or a probe that does not fit the program
// is an error.
func Run(ctx context.Context, p *Program, in Stimulus, opt Options) (*Result, error) {
	return p.NewState().run(ctx, in, opt, 0)
}

// run is Run of sample k of a batch on a state that is used again.
func (s *State) run(ctx context.Context, in Stimulus, opt Options, k int) (*Result, error) {
	if err := s.p.checkStimulus(in); err != nil {
		return nil, err
	}
	res, err := s.newResult(opt)
	if err != nil {
		return nil, err
	}
	s.Reset()
	s.lose(opt.Drop, k)
	feed := newFeeder(s.p, in)
	for t := range opt.Steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := s.Step(feed.rows(t)); err != nil {
			return nil, err
		}
		for i := range res.Recordings {
			s.record(&res.Recordings[i], t)
		}
		if opt.Progress != nil {
			opt.Progress(t + 1)
		}
	}
	return res, nil
}

func (p *Program) checkStimulus(in Stimulus) error {
	if len(in) != len(p.inputs) {
		return fmt.Errorf("%d signals for %d input ports", len(in), len(p.inputs))
	}
	for i, sig := range in {
		n := &p.nodes[p.inputs[i]]
		if sig.Raster != nil && sig.Rows != nil {
			return fmt.Errorf("input %q has both spikes and values", n.name)
		}
		if sig.Raster != nil && sig.Raster.N != n.size {
			return fmt.Errorf("input %q has %d neurons, its spikes %d channels", n.name, n.size, sig.Raster.N)
		}
	}
	return nil
}

// newResult allocates the recordings: numbers and bits within MaxNumbers.
func (s *State) newResult(opt Options) (*Result, error) {
	if opt.Steps < 0 {
		return nil, fmt.Errorf("%d steps", opt.Steps)
	}
	res := &Result{Recordings: make([]Recording, len(opt.Probes))}
	left := MaxNumbers
	for i, probe := range opt.Probes {
		if probe.Node < 0 || int(probe.Node) >= len(s.p.nodes) {
			return nil, fmt.Errorf("probe of node %d, which does not exist", probe.Node)
		}
		n := &s.p.nodes[probe.Node]
		if opt.Steps > left/n.size {
			return nil, errors.New("the probes record too much: fewer steps, or fewer probes")
		}
		left -= opt.Steps * n.size
		res.Recordings[i].Probe = probe
		if err := s.allocate(&res.Recordings[i], opt.Steps); err != nil {
			return nil, fmt.Errorf("probe of %q: %w", n.name, err)
		}
	}
	return res, nil
}

func (s *State) allocate(r *Recording, steps int) (err error) {
	if r.What == Spikes {
		r.Raster, err = spike.New(steps, s.p.nodes[r.Node].size)
		return err
	}
	values := s.values(r.Probe)
	if values == nil {
		return fmt.Errorf("it has no %s", r.What)
	}
	r.Trace = newRows(steps, len(values))
	return nil
}

// values returns the current values of a probe that records numbers.
func (s *State) values(p Probe) []float64 {
	switch p.What {
	case Output:
		return s.Out(p.Node)
	case Potential:
		return s.V(p.Node)
	case Current:
		return s.U(p.Node)
	case Drive:
		if c, ok := s.nodes[p.Node].cell.(*fixedNeurons); ok {
			return c.drive
		}
	}
	return nil
}

func (s *State) record(r *Recording, t int) {
	if r.What != Spikes {
		copy(r.Trace[t], s.values(r.Probe))
		return
	}
	for i, x := range s.Out(r.Node) {
		if x != 0 {
			r.Raster.Set(t, i)
		}
	}
}

// feeder turns a stimulus into rows for Step.
type feeder struct {
	in   Stimulus
	buf  [][]float64 // for rasters
	next [][]float64
}

func newFeeder(p *Program, in Stimulus) *feeder {
	f := &feeder{in: in, buf: make([][]float64, len(in)), next: make([][]float64, len(in))}
	for i := range in {
		if in[i].Raster != nil {
			f.buf[i] = make([]float64, p.nodes[p.inputs[i]].size)
		}
	}
	return f
}

// rows returns the input of step t, valid until the next call.
func (f *feeder) rows(t int) [][]float64 {
	for i := range f.in {
		sig := &f.in[i]
		f.next[i] = nil
		switch {
		case sig.Raster != nil && t < sig.Raster.Steps:
			row := f.buf[i]
			clear(row)
			sig.Raster.Each(t, func(j int) { row[j] = 1 })
			f.next[i] = row
		case t < len(sig.Rows):
			f.next[i] = sig.Rows[t]
		}
	}
	return f.next
}
