// Package tile emulates networks on a mesh of tiles with the neuron rule of
// SANA-FE, counts every event, and prices and times them by the cost model.
// It is a compat model: it exists to reproduce that simulator's spikes, counts,
// energies and times (specs/timing-energy.md 1.4), not any chip's registers,
// and so it computes in double precision as the rule is defined. Counts,
// energies and times are integers.
//
// A step runs every neuron in the order of the cores, and of the neuron's
// number within a core:
//
//	active = v != 0, or input arrived, or bias != 0
//	u = u * input_decay             (not in the first step)
//	v = v * leak_decay              (not in the first step)
//	v = trunc(v / quantum) * quantum
//	v = v + bias;  u = u + input;  v = v + u
//	if v > threshold: spike; v = reset_value (hard) or v - threshold (soft)
//
// A spike sends one message to each core that holds a target of the neuron, in
// the order of core numbers, and arrives in the next step.
package tile

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// Model is the neuron rule.
type Model struct {
	Type       string  `json:"type"` // lif
	Threshold  float64 `json:"threshold"`
	LeakDecay  float64 `json:"leak_decay"`
	InputDecay float64 `json:"input_decay"`
	Reset      string  `json:"reset"` // hard or soft
	ResetValue float64 `json:"reset_value"`
	Quantum    float64 `json:"quantum"`  // grid of v, a power of two from 2^-41 to 2^39
	SpikeIf    string  `json:"spike_if"` // v>threshold
}

// Network is a network with its mapping. Neuron i has bias Bias[i], is on core
// CoreOf[i], and has a synapse of weight Weights[i][k] to neuron
// Targets[i][k].
type Network struct {
	Name    string      `json:"name"`
	Neurons int         `json:"neurons"`
	Fanout  int         `json:"fanout"` // how it was made; not used
	Seed    int         `json:"seed"`   // the same
	Model   Model       `json:"model"`
	Bias    []float64   `json:"bias"`
	CoreOf  []int32     `json:"core_of"`
	Targets [][]int32   `json:"targets"`
	Weights [][]float64 `json:"weights"`
}

// Bounds of a network.
const (
	maxText     = 1 << 27 // bytes of JSON
	maxNeurons  = 1 << 20
	maxSynapses = 1 << 26
)

// Read reads a network from JSON, gzipped or not, and checks it.
func Read(data []byte) (*Network, error) {
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		if data, err = io.ReadAll(io.LimitReader(r, maxText+1)); err != nil {
			return nil, err
		}
	}
	if len(data) > maxText {
		return nil, fmt.Errorf("a network of more than %d bytes", maxText)
	}
	var n Network
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&n); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("text after the network")
	}
	return &n, n.Check()
}

// Check returns an error for a network that contradicts itself or uses a rule
// that is not built.
func (n *Network) Check() error {
	if n.Neurons < 1 || n.Neurons > maxNeurons {
		return fmt.Errorf("neurons: %d, want 1 to %d", n.Neurons, maxNeurons)
	}
	for _, l := range []struct {
		name string
		len  int
	}{{"bias", len(n.Bias)}, {"core_of", len(n.CoreOf)}, {"targets", len(n.Targets)}, {"weights", len(n.Weights)}} {
		if l.len != n.Neurons {
			return fmt.Errorf("%s: %d entries for %d neurons", l.name, l.len, n.Neurons)
		}
	}
	if err := n.Model.check(); err != nil {
		return fmt.Errorf("model.%w", err)
	}
	synapses := 0
	for i, row := range n.Targets {
		if len(row) != len(n.Weights[i]) {
			return fmt.Errorf("weights[%d]: %d weights for %d targets", i, len(n.Weights[i]), len(row))
		}
		for k, t := range row {
			if t < 0 || int(t) >= n.Neurons {
				return fmt.Errorf("targets[%d][%d]: no neuron %d", i, k, t)
			}
		}
		synapses += len(row)
	}
	if synapses > maxSynapses {
		return fmt.Errorf("%d synapses, at most %d", synapses, maxSynapses)
	}
	return nil
}

func (m *Model) check() error {
	for _, w := range []struct{ name, got, want string }{
		{"type", m.Type, "lif"},
		{"spike_if", m.SpikeIf, "v>threshold"},
	} {
		if w.got != w.want {
			return fmt.Errorf("%s: %q is not supported, only %q", w.name, w.got, w.want)
		}
	}
	if m.Reset != "hard" && m.Reset != "soft" {
		return fmt.Errorf("reset: %q is neither hard nor soft", m.Reset)
	}
	if f, exp := math.Frexp(m.Quantum); f != 0.5 || exp < -40 || exp > 40 {
		return fmt.Errorf("quantum: %v is not a power of two near 1", m.Quantum)
	}
	return nil
}
