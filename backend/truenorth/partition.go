package truenorth

import (
	"slices"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/ir"
)

// Partition distributes the neurons over cores.
func (Target) Partition(n *ir.Network, m *ir.Mapping, opt backend.Options) (*backend.Partition, error) {
	l, err := newLayout(n, m, opt)
	if err != nil {
		return nil, err
	}
	p := &backend.Partition{Problems: l.problems, Demand: map[ir.NodeID][]ir.Usage{}}
	for _, c := range l.cores {
		p.Cores = append(p.Cores, ir.CoreMap{
			Parts: c.parts(),
			Usage: []ir.Usage{
				{Resource: "axons", Used: int64(len(c.axons)), Limit: int64(l.axons)},
				{Resource: "neurons", Used: int64(len(c.slots)), Limit: int64(l.neurons)},
			},
		})
	}
	for i := range n.Nodes {
		if n.Nodes[i].Op == ir.OpIntLIF {
			p.Demand[ir.NodeID(i)] = []ir.Usage{
				{Resource: "neurons with copies", Used: l.copies[i], Limit: int64(l.neurons)},
				{Resource: "axons of a neuron", Used: l.axonsUsed[i], Limit: int64(l.axons)},
			}
		}
	}
	return p, nil
}

// parts lists the first copies of neurons on the core as runs.
func (c *core) parts() []ir.Part {
	var out []ir.Part
	for i, s := range c.slots {
		if !s.first {
			continue
		}
		if k := len(out) - 1; k >= 0 && out[k].Node == s.node && out[k].First+out[k].Count == s.j && out[k].Offset+out[k].Count == int32(i) {
			out[k].Count++
			continue
		}
		out = append(out, ir.Part{Node: s.node, First: s.j, Count: 1, Offset: int32(i)})
	}
	return slices.Clip(out)
}
