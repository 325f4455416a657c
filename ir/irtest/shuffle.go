package irtest

import (
	"math/rand/v2"

	"github.com/synfire/synfire/ir"
)

// Shuffled returns a copy of n with other node ids and another order of edges,
// by seed.
func Shuffled(n *ir.Network, seed uint64) *ir.Network {
	rng := rand.New(rand.NewPCG(seed, 3))
	c := n.Clone()
	perm := rng.Perm(len(n.Nodes))
	for old, id := range perm {
		c.Nodes[id] = n.Nodes[old].Clone()
		c.Nodes[id].ID = ir.NodeID(id)
	}
	for i := range c.Edges {
		c.Edges[i].Src, c.Edges[i].Dst = ir.NodeID(perm[c.Edges[i].Src]), ir.NodeID(perm[c.Edges[i].Dst])
	}
	rng.Shuffle(len(c.Edges), func(i, j int) { c.Edges[i], c.Edges[j] = c.Edges[j], c.Edges[i] })
	return c
}
