package passes

import (
	"context"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/passes/placement"
)

// placeCores gives each core of the mapping a chip and a place on its mesh.
// Cores come in the order of the network, so neighbours in that order talk
// most; they are laid along a boustrophedon through the mesh of tiles, which
// keeps consecutive cores at most one hop apart. Where what they listen to
// leaves something to gain, they are moved nearer.
func placeCores(ctx context.Context, s *State) error {
	if t, ok := s.Target.(backend.Networked); ok {
		return placeOnFabric(ctx, s, t)
	}
	_, perChip, err := s.Target.Cores(s.Opt.Target)
	if err != nil {
		return err
	}
	width, height, perTile := s.Target.Mesh()
	snake := make([]int32, 0, width*height*perTile)
	for x := range width {
		for k := range height {
			y := k
			if x%2 == 1 {
				y = height - 1 - k
			}
			for c := range perTile {
				snake = append(snake, int32((x*height+y)*perTile+c))
			}
		}
	}
	for i := range s.Map.Cores {
		c := &s.Map.Cores[i]
		c.Chip, c.Core = int32(i/perChip), snake[i%perChip]
	}
	if len(s.Map.Cores) <= perTile {
		return nil
	}
	opt := placement.Options{Effort: s.Opt.PlaceEffort, Seed: s.Opt.PlaceSeed}
	return placeNear(ctx, s.Map, heard(s.Net, s.Map), opt, width, height, perTile, snake[:perChip])
}
