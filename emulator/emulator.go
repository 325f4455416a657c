// Package emulator holds what the emulators of all chips share: stimuli,
// probes and results. Time is counted in network steps: step t of a stimulus,
// raster or trace is the same moment for every population, whatever latency
// the chip image gives it.
package emulator

import (
	"fmt"

	"github.com/synfire/synfire/internal/spike"
)

// Named is a raster with the name of its input port or population.
type Named struct {
	Name string
	*spike.Raster
}

// Stimulus holds one raster for each input port (steps x elements).
type Stimulus []Named

// Get returns the raster of a port, or nil.
func (s Stimulus) Get(name string) *spike.Raster {
	for _, n := range s {
		if n.Name == name {
			return n.Raster
		}
	}
	return nil
}

// Result is what a run returns.
type Result struct {
	Steps int // network steps
	// Spikes has one raster for each population, in the order of the image.
	Spikes []Named
	// Traces has one trace for each probe, in the order asked for.
	Traces []Trace
	Stats  Stats
}

// Raster returns the spikes of a population, or nil.
func (r *Result) Raster(population string) *spike.Raster {
	return Stimulus(r.Spikes).Get(population)
}

// Trace is what a probe recorded: value k of step t, for neuron Neurons[k], is
// Data[t*len(Neurons)+k]. Spikes are 0 or 1; u and v are chip integers, v
// after the reset.
type Trace struct {
	Probe   Probe
	Neurons []int // flat indices into the population
	Data    []int32
}

// Row returns the values of step t, a view into the trace.
func (t *Trace) Row(step int) []int32 {
	n := len(t.Neurons)
	return t.Data[step*n : (step+1)*n]
}

// Stats counts the work of a run on the whole chip. It includes the extra chip
// steps that populations with a latency need, so Spikes may exceed what the
// rasters, which are cut to network time, hold.
type Stats struct {
	Steps     int   // chip steps: network steps + the largest latency
	Spikes    int64 // fired by compartments
	SynEvents int64 // synapses that a spike reached
	Updates   int64 // compartment updates: compartments x chip steps
	// AccumulatorWraps and CurrentWraps count overflows: sums of synaptic
	// input and currents that did not fit the chip's registers and wrapped.
	// They are correct results that nobody wanted.
	AccumulatorWraps int64
	CurrentWraps     int64
	// Saturations counts sums of synaptic input that were cut to the largest
	// number of a ring buffer.
	Saturations int64
}

// Add adds the counts of another run.
func (s *Stats) Add(o Stats) {
	s.Steps += o.Steps
	s.Spikes += o.Spikes
	s.SynEvents += o.SynEvents
	s.Updates += o.Updates
	s.AccumulatorWraps += o.AccumulatorWraps
	s.CurrentWraps += o.CurrentWraps
	s.Saturations += o.Saturations
}

// maxTrace bounds the values of one trace: 4 GiB of int32.
const maxTrace = 1 << 30

// NewTrace returns an empty trace of a probe on a population of n neurons.
func NewTrace(p Probe, steps, n int) (Trace, error) {
	neurons, err := p.Neurons(n)
	if err != nil {
		return Trace{}, err
	}
	if k := len(neurons); k > 0 && steps > maxTrace/k {
		return Trace{}, fmt.Errorf("probe %s: %d neurons x %d steps is over the limit of %d values", p, k, steps, maxTrace)
	}
	return Trace{Probe: p, Neurons: neurons, Data: make([]int32, steps*len(neurons))}, nil
}
