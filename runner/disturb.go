package runner

import (
	"math"

	"github.com/synfire/synfire/internal/chance"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
)

// disturbed returns the machine and the data of a disturbance; nil disturbs
// nothing. Weights that vary and spikes that get lost are no business of a
// chip's emulator: ir/eval executes the quantized network, which spikes as the
// chip does where nothing is disturbed.
func (c *candidate) disturbed(data *Data, d *Disturbance) (*candidate, *Data, error) {
	if d == nil {
		return c, data, nil
	}
	x := *c
	changes := &eval.Changes{}
	var drop *eval.Drop
	switch d.Kind {
	case InputNoise:
		noisy := *data
		noisy.noise = &noise{probability: d.Level, seed: d.Seed}
		return c, &noisy, nil
	case DropSpikes:
		drop = &eval.Drop{Probability: d.Level, Seed: d.Seed}
	case Mismatch:
		var err error
		if changes, err = mismatched(c.wiring.net, d.Level, d.Seed); err != nil {
			return nil, nil, err
		}
	}
	m, err := newChanged(c.wiring.net, changes)
	if err != nil {
		return nil, nil, err
	}
	m.drop = drop
	x.machine = m
	return &x, data, nil
}

// mismatched multiplies each stored weight onto a population by 1 + sigma times
// a standard normal number of its own.
func mismatched(n *ir.Network, sigma float64, seed uint64) (*eval.Changes, error) {
	ps, err := n.Projections()
	if err != nil {
		return nil, err
	}
	c := &eval.Changes{Weights: map[ir.NodeID][]float64{}, Populations: map[ir.NodeID]*eval.Relaxed{}}
	for i := range n.Nodes {
		if n.Nodes[i].Op == ir.OpIntLIF {
			c.Populations[ir.NodeID(i)] = &eval.Relaxed{}
		}
	}
	for i := range ps {
		if !n.Node(ps[i].Dst).Op.IsNeuron() || n.Node(ps[i].Src).Op == ir.OpBias {
			continue
		}
		for _, id := range ps[i].Maps {
			node := n.Node(id)
			if !node.Op.Weighted() {
				continue
			}
			t := node.P(ir.WeightKey(node.Op))
			at := chance.New(seed, node.Name)
			w := make([]float64, t.Stored())
			for k := range w {
				if w[k] = t.At(k); node.Q != nil {
					w[k] = float64(node.Q.Effective(t.IntAt(k)))
				}
				w[k] *= 1 + sigma*at.At(uint64(k)).Normal()
				if n.Node(ps[i].Dst).Op == ir.OpFixLIF {
					w[k] = math.RoundToEven(w[k]) // its sums are whole numbers
				}
			}
			c.Weights[id] = w
		}
	}
	return c, nil
}

// noise flips places of the input: a spike that is there gets lost, and one that
// is not appears unless there are losses only.
type noise struct {
	probability float64
	seed        uint64
	lossesOnly  bool
}

// apply flips places of sample k of a port.
func (n *noise) apply(k int, port string, r *spike.Raster) {
	sample := chance.New(n.seed, port).At(uint64(k))
	for t := range r.Steps {
		step, row := sample.At(uint64(t)), r.Row(t)
		for i := range r.N {
			place := uint64(1) << (i & 63)
			if n.lossesOnly && row[i>>6]&place == 0 {
				continue
			}
			if step.At(uint64(i)).Float() < n.probability {
				row[i>>6] ^= place
			}
		}
	}
}
