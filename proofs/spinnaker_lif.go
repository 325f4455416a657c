package proofs

import (
	"context"
	"encoding/json"
	"fmt"
)

// lifScenario is a core of equal neurons with what it is sent, what it derives
// from its parameters, and the state before each step. All numbers are raw.
type lifScenario struct {
	Name       string         `json:"name"`
	Neuron     [9]int32       `json:"np"` // in the order of the chip's structure
	Threshold  int32          `json:"vth"`
	Synapse    [5]int32       `json:"syn"`
	Substeps   int32          `json:"n_sub"`
	Neurons    int            `json:"n_neurons"`
	LogNeurons int            `json:"log_n"`
	LogDelay   int            `json:"log_delay"`
	Shifts     [2]uint32      `json:"sh"`
	Rows       [][]synapseRow `json:"rows"`
	Events     [][3]number    `json:"ev"` // step, row, colour
	Steps      int            `json:"steps"`
	ColourMask uint32         `json:"colour_mask"`

	Init        lifInit   `json:"init"`
	Trace       [][]int32 `json:"trace"`
	Saturations int64     `json:"saturations"`
	Skipped     int64     `json:"skipped"`
}

// synapseRow is weight, delay, type and index.
type synapseRow [4]number

type lifInit struct {
	R          int32  `json:"R_membrane"`
	Exp        int32  `json:"exp_TC"`
	Refractory int32  `json:"T_refract"`
	ExcDecay   uint32 `json:"exc_decay"`
	ExcInit    uint32 `json:"exc_init"`
	InhDecay   uint32 `json:"inh_decay"`
	InhInit    uint32 `json:"inh_init"`
}

// number is an integer that may be written as a truth value.
type number uint32

// UnmarshalJSON reads an integer, or false and true as 0 and 1.
func (n *number) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "false":
		*n = 0
	case "true":
		*n = 1
	default:
		return json.Unmarshal(data, (*uint32)(n))
	}
	return nil
}

// spinnaker1LIF compares cores of neurons with their traces, one value each for
// every constant, for every potential, current and spike of every step, and for
// the counts at the end.
func spinnaker1LIF(ctx context.Context, dir string, raw json.RawMessage) (tally, error) {
	var t tally
	vectors, err := readVectors(dir, raw)
	if err != nil {
		return t, err
	}
	for i, data := range vectors.LIF {
		if err := ctx.Err(); err != nil {
			return t, err
		}
		var s lifScenario
		if err := json.Unmarshal(data, &s); err != nil {
			return t, fmt.Errorf("scenario %d: %w", i, err)
		}
		if err := s.check(); err != nil {
			return t, fmt.Errorf("scenario %s: %w", s.Name, err)
		}
		s.run(&t)
	}
	return t, nil
}

// maxRing is the number of bits of the index of a ring buffer.
const maxRing = 14

// check refuses what would make run reach outside its tables.
func (s *lifScenario) check() error {
	switch {
	case s.LogNeurons < 0 || s.LogDelay < 0 || s.LogNeurons+1+s.LogDelay > maxRing:
		return fmt.Errorf("a ring buffer of 2^%d neurons x 2 x 2^%d steps", s.LogNeurons, s.LogDelay)
	case s.Neurons < 1 || s.Neurons > 1<<s.LogNeurons:
		return fmt.Errorf("%d neurons in 2^%d", s.Neurons, s.LogNeurons)
	case s.Substeps < 1 || s.Substeps > 1<<10 || s.Steps < 1 || s.Steps != len(s.Trace):
		return fmt.Errorf("%d steps of %d with a trace of %d", s.Steps, s.Substeps, len(s.Trace))
	case s.Shifts[0] > 31 || s.Shifts[1] > 31:
		return fmt.Errorf("shifts of %d", s.Shifts)
	}
	for _, e := range s.Events {
		if int(e[1]) >= len(s.Rows) {
			return fmt.Errorf("event %d: there is no such row", e)
		}
	}
	for t, row := range s.Trace {
		if len(row) != 1+4*s.Neurons {
			return fmt.Errorf("step %d of the trace has %d values", t, len(row))
		}
	}
	return nil
}
