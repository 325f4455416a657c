package proofs

import (
	"slices"

	"github.com/synfire/synfire/emulator/spinnaker1"
	"github.com/synfire/synfire/internal/fixed"
)

// lifCore is a scenario as it runs.
type lifCore struct {
	*lifScenario
	ring    *spinnaker1.Ring
	lif     fixed.LIF
	syn     [2]fixed.Synapse
	neurons []fixed.State
	words   [][]uint32 // of each row
}

func (s *lifScenario) newCore() *lifCore {
	n, y := &s.Neuron, &s.Synapse
	c := &lifCore{
		lifScenario: s,
		ring:        spinnaker1.NewRing(s.LogNeurons, 1, s.LogDelay),
		lif: fixed.NewLIF(&fixed.LIFParams{
			VRest: n[1], C: n[2], TauM: n[3], Offset: n[4], VReset: n[5],
			Refractory: n[6], Step: n[8], Threshold: s.Threshold,
		}, s.Substeps),
		neurons: slices.Repeat([]fixed.State{{V: n[0], Exc: y[1], Inh: y[3], Refract: n[7]}}, s.Neurons),
	}
	for k, tau := range [2]int32{y[0], y[2]} {
		c.syn[k] = fixed.NewSynapse(&fixed.SynapseParams{Tau: tau, Step: y[4]}, s.Substeps)
	}
	for _, row := range s.Rows {
		var words []uint32
		for _, x := range row {
			words = append(words, uint32(x[0]<<16|x[1]<<(s.LogNeurons+1)|x[2]<<s.LogNeurons|x[3]))
		}
		c.words = append(c.words, words)
	}
	return c
}

// run compares a scenario: a tick takes the ring buffer's inputs, updates the
// neurons, and then takes the packets.
func (s *lifScenario) run(t *tally) {
	c := s.newCore()
	got := lifInit{
		R: c.lif.R, Exp: c.lif.Exp, Refractory: c.lif.Refractory,
		ExcDecay: c.syn[0].Decay, ExcInit: c.syn[0].Init, InhDecay: c.syn[1].Decay, InhInit: c.syn[1].Init,
	}
	t.check(got == s.Init, "%s: constants %+v, want %+v", s.Name, got, s.Init)
	var saturations, skipped int64
	row := make([]int32, 0, 1+4*s.Neurons)
	for step, want := range s.Trace {
		c.transfer(uint32(step))
		row = append(row[:0], int32(step))
		for i := range c.neurons {
			row = c.update(row, &c.neurons[i])
		}
		for i, v := range row {
			t.check(v == want[i], "%s: step %d: value %d is %d, want %d", s.Name, step, i, v, want[i])
		}
		for _, e := range s.Events {
			if int(e[0]) == step {
				late := (uint32(step) - uint32(e[2])) & s.ColourMask
				sat, skip := c.ring.AddLate(c.words[e[1]], uint32(step), late)
				saturations, skipped = saturations+int64(sat), skipped+int64(skip)
			}
		}
	}
	t.check(saturations == s.Saturations, "%s: %d sums saturated, want %d", s.Name, saturations, s.Saturations)
	t.check(skipped == s.Skipped, "%s: %d synapses were late, want %d", s.Name, skipped, s.Skipped)
}

// transfer adds the inputs of a step to the currents.
func (c *lifCore) transfer(step uint32) {
	slot := c.ring.Slot(step)
	for i := range c.neurons {
		n := &c.neurons[i]
		n.Exc = c.syn[0].Add(n.Exc, slot[i], c.Shifts[0])
		n.Inh = c.syn[1].Add(n.Inh, slot[1<<c.LogNeurons+i], c.Shifts[1])
	}
	clear(slot)
}

// update brings a neuron through a step and appends its row: the state before
// the step, and whether it spikes.
func (c *lifCore) update(row []int32, n *fixed.State) []int32 {
	row = append(row, n.V, n.Exc, n.Inh, 0)
	for range c.Substeps {
		if c.lif.Update(n) {
			row[len(row)-1] = 1
		}
		n.Exc, n.Inh = c.syn[0].Shape(n.Exc), c.syn[1].Shape(n.Inh)
	}
	return row
}
