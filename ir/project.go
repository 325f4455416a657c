package ir

import "fmt"

// Projection is a path of linear maps between two nodes that are not maps.
type Projection struct {
	Src, Dst NodeID
	Maps     []NodeID // from source to target; empty for a direct edge
	Delay    int32    // sum over the edges of the path
}

// MaxPaths bounds how many paths of maps Projections follows, because
// diamonds of maps multiply.
const MaxPaths = 1 << 16

// Projections lists every path of maps that ends in a population or output,
// by target and then in edge order. A cycle of maps alone, or more than
// MaxPaths paths, is an error.
func (n *Network) Projections() ([]Projection, error) {
	adj := n.Adjacency()
	var out []Projection
	var walk func(at NodeID, maps []NodeID, delay int32, dst NodeID) error
	walk = func(at NodeID, maps []NodeID, delay int32, dst NodeID) error {
		if len(maps) > len(n.Nodes) {
			return fmt.Errorf("%s is on a cycle of linear maps without a population", n.Node(at).Name)
		}
		for _, e := range adj.In[at] {
			edge := n.Edges[e]
			d := delay + edge.Delay
			if n.Node(edge.Src).Op.IsMap() {
				if err := walk(edge.Src, append(maps[:len(maps):len(maps)], edge.Src), d, dst); err != nil {
					return err
				}
				continue
			}
			if len(out) == MaxPaths {
				return fmt.Errorf("more than %d paths of linear maps lead to %s", MaxPaths, n.Node(dst).Name)
			}
			p := Projection{Src: edge.Src, Dst: dst, Delay: d}
			for i := len(maps) - 1; i >= 0; i-- {
				p.Maps = append(p.Maps, maps[i])
			}
			out = append(out, p)
		}
		return nil
	}
	for i := range n.Nodes {
		op := n.Nodes[i].Op
		if op.IsNeuron() || op == OpOutput {
			if err := walk(NodeID(i), nil, 0, NodeID(i)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}
