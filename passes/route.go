package passes

import (
	"context"
	"fmt"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/ir"
)

// route checks that every element that has synapses reaches an axon on each
// core that holds one of its targets, and only there. The axons themselves
// were chosen by the partition, which had to count them.
func route(ctx context.Context, s *State) error {
	n := s.Net
	home := make([][]int32, len(n.Nodes)) // by population: core of each neuron
	placed := make([]bool, len(n.Nodes))  // input ports need not be
	for c := range s.Map.Cores {
		for _, p := range s.Map.Cores[c].Parts {
			placed[p.Node] = true
		}
	}
	for i := range n.Nodes {
		if n.Nodes[i].Op.IsNeuron() || n.Nodes[i].Op == ir.OpBias || placed[i] {
			home[i] = make([]int32, n.Nodes[i].Out.Size())
			for j := range home[i] {
				home[i][j] = -1
			}
		}
	}
	for c := range s.Map.Cores {
		for _, p := range s.Map.Cores[c].Parts {
			for j := p.First; j < p.First+p.Count; j++ {
				if home[p.Node][j] >= 0 {
					return fmt.Errorf("neuron %d of %s is on cores %d and %d", j, n.Node(p.Node).Name, home[p.Node][j], c)
				}
				home[p.Node][j] = int32(c)
			}
		}
	}
	for i := range home {
		for j, c := range home[i] {
			if c < 0 {
				return fmt.Errorf("neuron %d of %s has no core", j, n.Nodes[i].Name)
			}
		}
	}
	if t, ok := s.Target.(backend.Networked); ok {
		return routeOnFabric(ctx, s, t)
	}
	return ctx.Err()
}
