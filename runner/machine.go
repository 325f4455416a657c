// Package runner is what the verbs of the command line do: open a network or
// a chip image, compile it, run stimuli through the float reference and
// through a chip's emulator, and say what came out in tables and files.
//
// Both ways of execution are a Machine, so that a data set takes the same
// path through each and the loss of a target is measured, not estimated
// (DESIGN.md section 5). A chip's Machine is loaded from the encoded bytes of
// its image, never from the network.
package runner

import (
	"context"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/emulator/loihi1"
)

// Target pairs a chip to compile for with the emulator that runs its images.
type Target struct {
	backend.Target
	// Claim says how true the emulator is, for the head of every run.
	Claim string
	// Flags are the names of those flags of the command line that describe this
	// chip and mean nothing on some others.
	Flags []string
	// Profile names the cost profile by which runs are priced where the user
	// names none.
	Profile string
	// IsImage tells whether a file holds an image of this target.
	IsImage func(data []byte) bool
	// Load decodes an image and makes it ready to run. It is nil where there is
	// no chip: ir/eval then executes the network in the target's integers.
	Load func(data []byte) (Machine, error)
	// JSON returns the JSON form of an image in either form.
	JSON func(data []byte) ([]byte, error)
	// Files, if set, returns an image as the files that the chip's other tools
	// read, with sample k of the data, if there is any, as their input. notes
	// says what could not be written.
	Files func(data []byte, d *Data, k int) (files []File, notes []string, err error)
	// Describe returns what an image holds.
	Describe func(data []byte) (*ImageInfo, error)
}

// Port is an input port or a population of a machine.
type Port struct {
	Name   string `json:"name"`
	Size   int    `json:"size"`
	Output bool   `json:"output,omitempty"` // leads to an output of the network
}

// Machine executes a network.
type Machine interface {
	// Inputs lists the input ports.
	Inputs() []Port
	// Populations lists the populations that spike, in the order of
	// Sample.Spikes.
	Populations() []Port
	// Run executes every sample of the data from reset. sink gets the
	// results in the order of the samples, one at a time; it must not keep
	// them. The results do not depend on the number of threads.
	Run(ctx context.Context, d *Data, opt Options, sink func(k int, s *Sample) error) error
}

// Options are the settings of a run.
type Options struct {
	Threads int // below 1: one a CPU
	Probes  []emulator.Probe
	// Progress, if set, is called with the number of samples, or of steps of
	// a single sample, that are done. It is called by one goroutine at a time.
	Progress func(done int)
	// meter, if set, prices and times the run. Not every machine can.
	meter *metering
	// realTime says how a machine that has a model of real time uses it, nil
	// for what is usual.
	realTime *realTiming
}

// Sample is the result of one sample.
type Sample struct {
	Spikes []emulator.Named // one raster for each of Populations
	Traces []Trace          // one for each probe
	Stats  *emulator.Stats  // work on the chip; nil for the reference
	meter  *loihi1.Meter    // nil if nobody asked
	// realTime is that of all samples, with the last one; nil where the machine
	// has no model of it.
	realTime *RealTime
}

// Trace is what a probe recorded, row-major by step and neuron: integers of
// the chip (spikes as 0 and 1), or numbers of the reference.
type Trace struct {
	Probe   emulator.Probe
	Neurons int
	Ints    []int32
	Floats  []float64
}
