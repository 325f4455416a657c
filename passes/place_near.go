package passes

import (
	"context"
	"errors"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes/placement"
	"github.com/synfire/synfire/passes/topology"
)

// placeNear looks, on each chip, for a placement with fewer hops than the one
// that the mapping has, and takes it if there is one. slots are the numbers of
// the cores to use, perTile of which share a tile. What passes between two cores
// is not known before a run, so it is estimated by the number of elements that
// one listens to of the other. Every pair counts its own hops: that a message is
// sent to each core apart is how meshes of tiles work.
func placeNear(ctx context.Context, m *ir.Mapping, nets []placement.Net, opt placement.Options, width, height, perTile int, slots []int32) error {
	// A grid numbers its places along x first and a mesh its tiles along y, so the
	// grid is the mesh with its axes exchanged: the hops are the same.
	grid, err := topology.Mesh(height, width)
	if err != nil {
		return nil // a larger mesh than placement knows: the cores stay
	}
	room := make([]int32, grid.Chips())
	byTile := make([][]int32, grid.Chips())
	for _, s := range slots {
		tile := s / int32(perTile)
		room[tile]++
		byTile[tile] = append(byTile[tile], s)
	}
	perChip := len(slots)
	for first := 0; first < len(m.Cores); first += perChip {
		cores := m.Cores[first:min(first+perChip, len(m.Cores))]
		p := &placement.Problem{
			Grid: grid, Need: [][]int32{make([]int32, len(cores))}, Room: [][]int32{room},
			Nets: within(nets, int32(first), int32(len(cores))),
		}
		tile := make([]int32, len(cores))
		for i := range cores {
			p.Need[0][i] = 1
			tile[i] = cores[i].Core / int32(perTile)
		}
		got, err := placement.Place(ctx, p, opt)
		if errors.Is(err, placement.ErrScattered) {
			continue
		}
		if err != nil {
			return err
		}
		if hopsOf(p, got.Chip) >= hopsOf(p, tile) {
			continue
		}
		used := make([]int, grid.Chips())
		for i, t := range got.Chip {
			cores[i].Core = byTile[t][used[t]]
			used[t]++
		}
	}
	return nil
}

// within returns the nets between the cores from first on, numbered from 0.
func within(nets []placement.Net, first, count int32) []placement.Net {
	var out []placement.Net
	for _, n := range nets {
		from, to := n.Source-first, n.Sinks[0]-first
		if from >= 0 && from < count && to >= 0 && to < count {
			out = append(out, placement.Net{Source: from, Sinks: []int32{to}, Weight: n.Weight})
		}
	}
	return out
}

// hopsOf sums the hops of all nets, times their weights.
func hopsOf(p *placement.Problem, tile []int32) float64 {
	sum := 0.0
	for _, n := range p.Nets {
		sum += float64(float64(p.Grid.Distance(tile[n.Source], tile[n.Sinks[0]])) * n.Weight)
	}
	return sum
}

// heard returns a net for every two cores of which one listens to the other: its
// weight is the number of elements.
func heard(n *ir.Network, m *ir.Mapping) []placement.Net {
	home := make([][]int32, len(n.Nodes)) // by node: the core of each element
	for c := range m.Cores {
		for _, p := range m.Cores[c].Parts {
			if home[p.Node] == nil {
				home[p.Node] = make([]int32, n.Nodes[p.Node].Out.Size())
				for i := range home[p.Node] {
					home[p.Node][i] = -1
				}
			}
			for j := p.First; j < p.First+p.Count; j++ {
				home[p.Node][j] = int32(c)
			}
		}
	}
	var nets []placement.Net
	weight := make([]float64, len(m.Cores))
	for c := range m.Cores {
		for _, a := range m.Cores[c].Axons {
			if home[a.Src] == nil {
				continue // an input comes from outside
			}
			for _, from := range home[a.Src][a.First : a.First+a.Count] {
				if from >= 0 {
					weight[from]++
				}
			}
		}
		for from := range weight {
			if weight[from] > 0 && from != c {
				nets = append(nets, placement.Net{Source: int32(from), Sinks: []int32{int32(c)}, Weight: weight[from]})
			}
			weight[from] = 0
		}
	}
	return nets
}
