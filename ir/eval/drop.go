package eval

import (
	"github.com/synfire/synfire/internal/chance"
	"github.com/synfire/synfire/ir"
)

// dropping loses spikes of one sample.
type dropping struct {
	probability float64
	places      []chance.Place // by node
}

// lose makes the state lose spikes of sample k of a batch; nil loses none.
func (s *State) lose(d *Drop, k int) {
	s.drop = nil
	if d == nil || d.Probability <= 0 {
		return
	}
	s.drop = &dropping{probability: d.Probability, places: make([]chance.Place, len(s.nodes))}
	for i := range s.nodes {
		s.drop.places[i] = chance.New(d.Seed, s.p.nodes[i].name).At(uint64(d.First + k))
	}
}

// apply takes spikes out of what a node hands over in step t.
func (d *dropping) apply(id ir.NodeID, n *node, y []float64, t int) {
	if n.port < 0 && !n.op.Info().Spikes {
		return
	}
	at := d.places[id].At(uint64(t))
	for j, a := range y {
		if a != 0 && at.At(uint64(j)).Float() < d.probability {
			y[j] = 0
		}
	}
}
