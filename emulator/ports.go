package emulator

import (
	"fmt"

	"github.com/synfire/synfire/internal/spike"
)

// Input is an input port of a chip image, with the number of its elements.
type Input struct {
	Name string
	N    int
}

// Inputs are the input ports of an image, in its order.
type Inputs []Input

// NewStimulus returns an empty raster of steps x elements for each input port.
func (in Inputs) NewStimulus(steps int) (Stimulus, error) {
	var stim Stimulus
	for _, p := range in {
		r, err := spike.New(steps, p.N)
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", p.Name, err)
		}
		stim = append(stim, Named{Name: p.Name, Raster: r})
	}
	return stim, nil
}

// Bind returns the rasters of a stimulus in the order of the input ports. There
// must be one of steps x elements for each port; more than that are for the
// caller to refuse, who knows where the ports come from.
func (in Inputs) Bind(stim Stimulus, steps int) ([]*spike.Raster, error) {
	rasters := make([]*spike.Raster, len(in))
	for i, p := range in {
		r := stim.Get(p.Name)
		if r == nil {
			return nil, fmt.Errorf("input %q: no raster given", p.Name)
		}
		if r.Steps != steps || r.N != p.N {
			return nil, fmt.Errorf("input %q: raster of %d steps x %d, the run needs %d x %d", p.Name, r.Steps, r.N, steps, p.N)
		}
		rasters[i] = r
	}
	return rasters, nil
}

// Population is a population of a chip image, with the number of its neurons
// and the chip steps by which it is behind the network.
type Population struct {
	Name    string
	N       int
	Latency int
}

// Populations are the populations of an image, in its order.
type Populations []Population

// Latency returns the largest of all populations: a run takes that many more
// chip steps than network steps.
func (p Populations) Latency() int {
	most := 0
	for i := range p {
		most = max(most, p[i].Latency)
	}
	return most
}

// index returns the number of a population, or -1.
func (p Populations) index(name string) int {
	for i := range p {
		if p[i].Name == name {
			return i
		}
	}
	return -1
}

// newResult allocates what a run records.
func (p Populations) newResult(steps int, probes []Probe) (*Result, error) {
	res := &Result{Steps: steps}
	var names []string
	for _, x := range p {
		r, err := spike.New(steps, x.N)
		if err != nil {
			return nil, fmt.Errorf("population %q: %w", x.Name, err)
		}
		res.Spikes = append(res.Spikes, Named{Name: x.Name, Raster: r})
		names = append(names, x.Name)
	}
	for _, probe := range probes {
		k := p.index(probe.Population)
		if k < 0 {
			return nil, fmt.Errorf("probe %s: no population %q in the image (it has %q)", probe, probe.Population, names)
		}
		tr, err := NewTrace(probe, steps, p[k].N)
		if err != nil {
			return nil, err
		}
		res.Traces = append(res.Traces, tr)
	}
	return res, nil
}
