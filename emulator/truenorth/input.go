package truenorth

import (
	"fmt"
	"slices"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/spike"
)

// Axon is an axon of a core, with the delay of spikes to it: one sent in tick t
// is taken in tick t+1+Delay.
type Axon struct {
	X, Y  int32
	Axon  int32
	Delay int32
}

// Port is a named input of a program: element i sends a spike to each of
// Targets[Ptr[i]:Ptr[i+1]].
type Port struct {
	Name    string
	Ptr     []int32
	Targets []Axon
}

// WithInputs returns the same program with input ports, which a stimulus feeds
// at run time, besides the packets of its image. An address outside the chip is
// an error.
func (p *Program) WithInputs(ports []Port) (*Program, error) {
	q := *p
	q.inputs = nil
	for i, port := range ports {
		if slices.ContainsFunc(ports[:i], func(o Port) bool { return o.Name == port.Name }) {
			return nil, fmt.Errorf("input %q is given twice", port.Name)
		}
		in, err := p.compileInput(&port)
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", port.Name, err)
		}
		q.inputs = append(q.inputs, in)
	}
	return &q, nil
}

func (p *Program) compileInput(port *Port) (input, error) {
	n := len(port.Ptr) - 1
	if n < 0 || port.Ptr[0] != 0 || int(port.Ptr[n]) != len(port.Targets) || !slices.IsSorted(port.Ptr) {
		return input{}, fmt.Errorf("ptr does not ascend from 0 to the %d targets", len(port.Targets))
	}
	in := input{name: port.Name, ptr: slices.Clone(port.Ptr)}
	for i, a := range port.Targets {
		axons := p.cfg.NumAxons
		if a.X == p.bus.X && a.Y == p.bus.Y {
			axons = p.bus.NumOutputs
		}
		if a.X < 0 || a.X >= p.cfg.NumCoresX || a.Y < 0 || a.Y >= p.cfg.NumCoresY ||
			a.Axon < 0 || a.Axon >= axons || a.Delay < 0 || a.Delay >= p.cfg.MaxTickOffset {
			return input{}, fmt.Errorf("target %d: axon %d of core [%d,%d] with delay %d is not on the chip", i, a.Axon, a.X, a.Y, a.Delay)
		}
		in.targets = append(in.targets, p.resolve(a.X, a.Y, a.Axon, a.Delay))
	}
	return in, nil
}

// NewStimulus returns an empty raster of ticks x elements for each port.
func (p *Program) NewStimulus(ticks int) (emulator.Stimulus, error) {
	var stim emulator.Stimulus
	for _, in := range p.inputs {
		r, err := spike.New(ticks, len(in.ptr)-1)
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", in.name, err)
		}
		stim = append(stim, emulator.Named{Name: in.name, Raster: r})
	}
	return stim, nil
}

// bind puts the rasters of a stimulus into the order of the ports.
func (p *Program) bind(stim emulator.Stimulus, ticks int) ([]*spike.Raster, error) {
	rasters := make([]*spike.Raster, len(p.inputs))
	for i, in := range p.inputs {
		r := stim.Get(in.name)
		if r == nil {
			return nil, fmt.Errorf("input %q: no raster given", in.name)
		}
		if n := len(in.ptr) - 1; r.Steps != ticks || r.N != n {
			return nil, fmt.Errorf("input %q: raster of %d steps x %d, the run needs %d x %d", in.name, r.Steps, r.N, ticks, n)
		}
		rasters[i] = r
	}
	if len(stim) > len(p.inputs) {
		return nil, fmt.Errorf("stimulus has %d rasters for the %d ports of the program", len(stim), len(p.inputs))
	}
	return rasters, nil
}
