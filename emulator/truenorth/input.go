package truenorth

import (
	"fmt"
	"slices"

	"github.com/synfire/synfire/emulator"
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
	q.inputs, q.feeds = nil, nil
	for i, port := range ports {
		if slices.ContainsFunc(ports[:i], func(o Port) bool { return o.Name == port.Name }) {
			return nil, fmt.Errorf("input %q is given twice", port.Name)
		}
		f, err := p.compileInput(&port)
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", port.Name, err)
		}
		q.inputs = append(q.inputs, emulator.Input{Name: port.Name, N: len(port.Ptr) - 1})
		q.feeds = append(q.feeds, f)
	}
	return &q, nil
}

func (p *Program) compileInput(port *Port) (feed, error) {
	n := len(port.Ptr) - 1
	if n < 0 || port.Ptr[0] != 0 || int(port.Ptr[n]) != len(port.Targets) || !slices.IsSorted(port.Ptr) {
		return feed{}, fmt.Errorf("ptr does not ascend from 0 to the %d targets", len(port.Targets))
	}
	f := feed{ptr: slices.Clone(port.Ptr)}
	for i, a := range port.Targets {
		axons := p.cfg.NumAxons
		if a.X == p.bus.X && a.Y == p.bus.Y {
			axons = p.bus.NumOutputs
		}
		if a.X < 0 || a.X >= p.cfg.NumCoresX || a.Y < 0 || a.Y >= p.cfg.NumCoresY ||
			a.Axon < 0 || a.Axon >= axons || a.Delay < 0 || a.Delay >= p.cfg.MaxTickOffset {
			return feed{}, fmt.Errorf("target %d: axon %d of core [%d,%d] with delay %d is not on the chip", i, a.Axon, a.X, a.Y, a.Delay)
		}
		f.targets = append(f.targets, p.resolve(a.X, a.Y, a.Axon, a.Delay))
	}
	return f, nil
}

// NewStimulus returns an empty raster of ticks x elements for each port.
func (p *Program) NewStimulus(ticks int) (emulator.Stimulus, error) {
	return p.inputs.NewStimulus(ticks)
}
