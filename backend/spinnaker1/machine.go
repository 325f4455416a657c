package spinnaker1

import (
	"fmt"
	"math"
	"slices"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/spinnaker1/image"
)

// machine returns the boards that the options name, less what is dead.
func machine(opt backend.Options) (*image.Machine, error) {
	m, err := boardsOf(opt)
	if err != nil {
		return nil, err
	}
	if boards := max(opt.Boards, 1); boards > 1 {
		if err := missingBoards(m, boards); err != nil {
			return nil, err
		}
	}
	return m, addDead(m, &opt.Dead)
}

// boardsOf returns a machine in which everything works.
func boardsOf(opt backend.Options) (*image.Machine, error) {
	board, boards := opt.Board, max(opt.Boards, 1)
	if board == 0 {
		board = image.Spin5
	}
	m := &image.Machine{Board: int32(board), Width: 8, Height: 8}
	switch {
	case board != image.Spin3 && board != image.Spin5:
		return nil, fmt.Errorf("--board %d: there are boards of %d and of %d chips", board, image.Spin3, image.Spin5)
	case opt.Boards < 0 || boards > maxBoards:
		return nil, fmt.Errorf("--boards %d: a machine has 1 to %d", opt.Boards, maxBoards)
	case board == image.Spin3 && boards > 1:
		return nil, fmt.Errorf("--boards %d: boards of %d chips stand alone", boards, image.Spin3)
	case board == image.Spin3:
		m.Width, m.Height = 2, 2
	case boards > 1:
		m.Width, m.Height = rectangle(boards)
	}
	return m, nil
}

// addDead takes out what does not work. What is given twice counts once, and so
// do a chip and a core or link of it, which lists of faults have both of.
func addDead(m *image.Machine, dead *backend.Dead) error {
	for _, d := range dead.Chips {
		c, err := chipAt(m, d[0], d[1])
		if err != nil {
			return err
		}
		m.DeadChips = append(m.DeadChips, c)
	}
	for _, d := range dead.Links {
		c, err := chipAt(m, d[0], d[1])
		if err != nil || d[2] < 0 || d[2] >= image.Links {
			return fmt.Errorf("dead link %d,%d,%d: a link is x,y of a chip of the machine and a direction of 0 to %d", d[0], d[1], d[2], image.Links-1)
		}
		m.DeadLinks = append(m.DeadLinks, image.LinkAt{X: c.X, Y: c.Y, Link: uint8(d[2])})
	}
	for _, d := range dead.Cores {
		c, err := chipAt(m, d[0], d[1])
		if err != nil || d[2] < 1 || d[2] > mostCores {
			return fmt.Errorf("dead core %d,%d,%d: a core is x,y of a chip of the machine and a number of 1 to %d", d[0], d[1], d[2], mostCores)
		}
		m.DeadCores = append(m.DeadCores, image.CoreAt{X: c.X, Y: c.Y, P: uint8(d[2])})
	}
	m.DeadChips = ascending(m.DeadChips, func(c image.ChipAt) [3]uint8 { return [3]uint8{c.Y, c.X} })
	gone := map[image.ChipAt]bool{}
	for _, c := range m.DeadChips {
		gone[c] = true
	}
	m.DeadLinks = slices.DeleteFunc(m.DeadLinks, func(l image.LinkAt) bool { return gone[image.ChipAt{X: l.X, Y: l.Y}] })
	m.DeadCores = slices.DeleteFunc(m.DeadCores, func(c image.CoreAt) bool { return gone[image.ChipAt{X: c.X, Y: c.Y}] })
	m.DeadLinks = ascending(m.DeadLinks, func(c image.LinkAt) [3]uint8 { return [3]uint8{c.Y, c.X, c.Link} })
	m.DeadCores = ascending(m.DeadCores, func(c image.CoreAt) [3]uint8 { return [3]uint8{c.Y, c.X, c.P} })
	return nil
}

func chipAt(m *image.Machine, x, y int) (image.ChipAt, error) {
	if x < 0 || y < 0 || x >= int(m.Width) || y >= int(m.Height) {
		return image.ChipAt{}, fmt.Errorf("dead chip %d,%d is outside of the machine of %d x %d chips", x, y, m.Width, m.Height)
	}
	return image.ChipAt{X: uint8(x), Y: uint8(y)}, nil
}

// ascending sorts a list and drops what is there twice.
func ascending[T comparable](list []T, key func(T) [3]uint8) []T {
	slices.SortFunc(list, func(a, b T) int {
		x, y := key(a), key(b)
		return slices.Compare(x[:], y[:])
	})
	return slices.Compact(list)
}

// rectangle returns the size of a machine of n boards, three to a square of
// 12 x 12 chips (specs/spinnaker1.md 1.2).
func rectangle(boards int) (width, height int32) {
	triads := (boards + 2) / 3
	w := int32(math.Ceil(math.Sqrt(float64(triads))))
	h := (int32(triads) + w - 1) / w
	return 12*w + 4, 12*h + 4
}

// missingBoards kills the chips of the boards that the rectangle has beyond the
// number that is wanted: those with the highest places.
func missingBoards(m *image.Machine, boards int) error {
	mesh, err := image.NewMesh(&image.Machine{Board: m.Board, Width: m.Width, Height: m.Height})
	if err != nil {
		return err
	}
	have := 0
	for y := 0; y < int(m.Height); y += 4 {
		for x := 0; x < int(m.Width); x += 4 {
			if (x+y)%12 != 0 || x+8 > int(m.Width) || y+8 > int(m.Height) {
				continue
			}
			if have++; have > boards {
				m.DeadChips = append(m.DeadChips, boardChips(mesh, x, y)...)
			}
		}
	}
	return nil
}

// boardChips lists the chips of the board whose first chip is at x, y.
func boardChips(mesh *image.Mesh, x, y int) []image.ChipAt {
	var out []image.ChipAt
	for dy := range 8 {
		for dx := range 8 {
			if dy >= dx-4 && dy <= dx+3 && mesh.Has(x+dx, y+dy) {
				out = append(out, image.ChipAt{X: uint8(x + dx), Y: uint8(y + dy)})
			}
		}
	}
	return out
}
