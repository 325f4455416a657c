package eval

import (
	"fmt"
	"math"

	"github.com/synfire/synfire/internal/fixed"
	"github.com/synfire/synfire/ir"
)

// fixModel holds the parameters of a fixed-point population (ir.FixLIF), one
// entry per neuron.
type fixModel struct {
	ir.FixLIF
	neurons  []fixed.LIF
	synapses []fixed.Synapse
	delta    []bool // a current lasts for one step
	v0       []int32
}

func (b *builder) fixLIF(n *ir.Node) (func() cell, error) {
	if r := n.Neuron.Reset; r != ir.ResetUnset && r != ir.ResetZero && r != ir.ResetValue {
		return nil, fmt.Errorf("a fixed-point population resets to a value, not by %s", r)
	}
	if n.Neuron.Compare == ir.Greater {
		return nil, fmt.Errorf("a fixed-point population fires at its threshold, not above it only")
	}
	size := n.Out.Size()
	if err := b.take(8, size); err != nil { // words of a neuron and its synapse
		return nil, err
	}
	m := &fixModel{FixLIF: *n.FixLIF, neurons: make([]fixed.LIF, size), synapses: make([]fixed.Synapse, size), delta: make([]bool, size), v0: make([]int32, size)}
	for j := range size {
		at := func(k ir.Param) int32 { return n.P(k).IntAt(j) }
		m.neurons[j] = fixed.NewLIF(&fixed.LIFParams{
			VRest: at(ir.PVLeak), C: at(ir.PCMem), TauM: at(ir.PTauMem), Offset: at(ir.PBias),
			VReset: at(ir.PVReset), Step: fixed.One, Threshold: at(ir.PVThreshold),
		}, 1)
		m.neurons[j].Refractory = at(ir.PRefSteps)
		m.delta[j] = at(ir.PTauSyn) == 0
		m.synapses[j] = fixed.NewSynapse(&fixed.SynapseParams{Tau: at(ir.PTauSyn), Step: fixed.One}, 1)
		m.v0[j] = at(ir.PV0)
	}
	return func() cell { return newFixed(m) }, nil
}

// fixedNeurons is the state of a fixed-point population. Its input has two
// halves: what excites and what inhibits, both as magnitudes.
type fixedNeurons struct {
	*fixModel
	state []fixed.State
	drive []float64 // the input of the last step
	view  []float64
}

func newFixed(m *fixModel) *fixedNeurons {
	n := len(m.v0)
	return &fixedNeurons{fixModel: m, state: make([]fixed.State, n), drive: make([]float64, 2*n), view: make([]float64, 2*n)}
}

func (c *fixedNeurons) reset() {
	for j := range c.state {
		c.state[j] = fixed.State{V: c.v0[j]}
	}
	clear(c.drive)
}

func (c *fixedNeurons) potential() []float64 {
	out := c.view[:len(c.state)]
	for j := range out {
		out[j] = float64(c.state[j].V)
	}
	return out
}

func (c *fixedNeurons) current() []float64 {
	out := c.view[len(c.state):]
	for j := range out {
		out[j] = float64(c.state[j].Exc - c.state[j].Inh)
	}
	return out
}

func (c *fixedNeurons) step(x, y []float64) error {
	n := len(y)
	copy(c.drive, x)
	for j := range y {
		exc, err := inputOf(x[j], j)
		if err != nil {
			return err
		}
		inh, err := inputOf(x[n+j], j)
		if err != nil {
			return err
		}
		y[j] = 0
		if c.update(j, exc, inh) {
			y[j] = 1
		}
	}
	return nil
}

// update steps neuron j and tells whether it spikes.
func (c *fixedNeurons) update(j int, exc, inh uint16) bool {
	s, syn := &c.state[j], c.synapses[j]
	if c.delta[j] {
		s.Exc, s.Inh = int32(exc)<<c.ShiftExc, int32(inh)<<c.ShiftInh
		spike := c.neurons[j].Update(s)
		s.Exc, s.Inh = 0, 0
		return spike
	}
	s.Exc = syn.Add(s.Exc, exc, uint32(c.ShiftExc))
	s.Inh = syn.Add(s.Inh, inh, uint32(c.ShiftInh))
	spike := c.neurons[j].Update(s)
	s.Exc, s.Inh = syn.Shape(s.Exc), syn.Shape(s.Inh)
	return spike
}

// inputOf returns the input of neuron j, saturated.
func inputOf(x float64, j int) (uint16, error) {
	if x != math.Trunc(x) || !(x >= 0) {
		return 0, fmt.Errorf("input %g of neuron %d is not a magnitude in whole numbers", x, j)
	}
	return uint16(min(x, ir.FixInputMax)), nil
}
