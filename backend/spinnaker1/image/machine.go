package image

import "fmt"

// Boards are the kinds of boards, by the number of their chips.
const (
	Spin3 = 4  // 2x2 chips, all links wrapped
	Spin5 = 48 // a hexagon in 8x8 chips
)

// Machine is a set of boards without what does not work. One board is 2x2 or
// 8x8 chips. Boards of 48 chips make larger machines, whose width and height
// are multiples of 12 and wrapped, or 4 more than that and not
// (specs/spinnaker1.md 1.2); boards that are missing are dead chips.
type Machine struct {
	Board         int32 // Spin3 or Spin5
	Width, Height int32 // in chips, at most 256
	DeadChips     []ChipAt
	DeadLinks     []LinkAt // one direction each
	DeadCores     []CoreAt
}

// ChipAt is a place on the mesh.
type ChipAt struct{ X, Y uint8 }

// LinkAt is the link that leaves a chip: 0 east, 1 north-east, 2 north, 3 west,
// 4 south-west, 5 south.
type LinkAt struct{ X, Y, Link uint8 }

// CoreAt is a core of a chip.
type CoreAt struct{ X, Y, P uint8 }

// Links is the number of links of a chip.
const Links = 6

// Opposite returns the link that leads back.
func Opposite(link int) int { return (link + Links/2) % Links }

// steps are the directions of the links.
var steps = [Links][2]int{{1, 0}, {1, 1}, {0, 1}, {-1, 0}, {-1, -1}, {0, -1}}

// columns has the first and the last row of each column of a board of 48 chips.
var columns = [8][2]int{{0, 3}, {0, 4}, {0, 5}, {0, 6}, {0, 7}, {1, 7}, {2, 7}, {3, 7}}

// seventeen are the chips of a board of 48 that have 17 working cores.
var seventeen = []ChipAt{{1, 1}, {1, 3}, {3, 1}, {3, 3}, {3, 5}, {5, 2}, {5, 4}, {5, 6}}

// Mesh is a machine worked out: the chips that work and where their links lead.
type Mesh struct {
	Width, Height int
	cores         []uint32        // by chip: bit p is core p, 0 if the chip is not there
	next          [][Links]uint32 // chip at the other end + 1, 0 if the link does not work
}

// NewMesh works out a machine. A size that boards do not make, and a dead part
// that is not of the machine, are errors.
func NewMesh(m *Machine) (*Mesh, error) {
	if m.Width < 1 || m.Height < 1 || m.Width > 256 || m.Height > 256 {
		return nil, fmt.Errorf("machine of %d x %d chips: both must be 1..256", m.Width, m.Height)
	}
	s := &Mesh{Width: int(m.Width), Height: int(m.Height)}
	s.cores = make([]uint32, s.Width*s.Height)
	s.next = make([][Links]uint32, s.Width*s.Height)
	wrapX, wrapY, err := s.addBoards(m.Board)
	if err != nil {
		return nil, err
	}
	if err := s.kill(m); err != nil {
		return nil, err
	}
	s.connect(wrapX, wrapY)
	return s, s.cut(m.DeadLinks)
}

// addBoards marks the cores of all boards.
func (s *Mesh) addBoards(board int32) (wrapX, wrapY bool, err error) {
	w, h := s.Width, s.Height
	switch {
	case board == Spin3 && w == 2 && h == 2:
		for i := range s.cores {
			s.cores[i] = 1<<18 - 1
		}
		return true, true, nil
	case board == Spin5 && w == 8 && h == 8:
		s.addBoard(0, 0)
		return false, false, nil
	case board != Spin5 || w < 12 || h < 12 || w%12 != 0 && w%12 != 4 || h%12 != 0 && h%12 != 4:
		return false, false, fmt.Errorf("boards of %d chips do not make a machine of %d x %d: one board of 4 is 2 x 2, one of 48 is 8 x 8, more of those are multiples of 12, or 4 more", board, w, h)
	}
	wrapX, wrapY = w%12 == 0, h%12 == 0
	for x := 0; x < w; x += 4 {
		for y := 0; y < h; y += 4 {
			if (x+y)%12 == 0 && (wrapX || x+8 <= w) && (wrapY || y+8 <= h) {
				s.addBoard(x, y)
			}
		}
	}
	return wrapX, wrapY, nil
}

// addBoard marks the chips of a board of 48.
func (s *Mesh) addBoard(x0, y0 int) {
	for dx, col := range columns {
		for dy := col[0]; dy <= col[1]; dy++ {
			s.cores[s.Chip((x0+dx)%s.Width, (y0+dy)%s.Height)] = 1<<18 - 1
		}
	}
	for _, c := range seventeen {
		s.cores[s.Chip((x0+int(c.X))%s.Width, (y0+int(c.Y))%s.Height)] = 1<<17 - 1
	}
}

// kill takes dead chips and cores out.
func (s *Mesh) kill(m *Machine) error {
	for _, d := range m.DeadChips {
		if !s.Has(int(d.X), int(d.Y)) {
			return fmt.Errorf("dead chip (%d,%d) is not of the machine, or given twice", d.X, d.Y)
		}
		s.cores[s.Chip(int(d.X), int(d.Y))] = 0
	}
	for _, d := range m.DeadCores {
		if !s.HasCore(int(d.X), int(d.Y), int(d.P)) || d.P == 0 {
			return fmt.Errorf("dead core (%d,%d,%d) is not of the machine, or given twice", d.X, d.Y, d.P)
		}
		s.cores[s.Chip(int(d.X), int(d.Y))] &^= 1 << d.P
	}
	return nil
}

// connect sets where links lead.
func (s *Mesh) connect(wrapX, wrapY bool) {
	for y := range s.Height {
		for x := range s.Width {
			for l, d := range steps {
				tx, ty := x+d[0], y+d[1]
				if wrapX {
					tx = (tx + s.Width) % s.Width
				}
				if wrapY {
					ty = (ty + s.Height) % s.Height
				}
				if s.Has(x, y) && s.Has(tx, ty) {
					s.next[s.Chip(x, y)][l] = uint32(s.Chip(tx, ty)) + 1
				}
			}
		}
	}
}

func (s *Mesh) cut(dead []LinkAt) error {
	for _, d := range dead {
		if d.Link >= Links || !s.Has(int(d.X), int(d.Y)) {
			return fmt.Errorf("dead link %d of chip (%d,%d) is not of the machine", d.Link, d.X, d.Y)
		}
		s.next[s.Chip(int(d.X), int(d.Y))][d.Link] = 0
	}
	return nil
}

// Chip returns the number of a place: row by row.
func (s *Mesh) Chip(x, y int) int { return y*s.Width + x }

// Place returns the place of a chip.
func (s *Mesh) Place(chip int) (x, y int) { return chip % s.Width, chip / s.Width }

// Has tells whether there is a working chip at a place.
func (s *Mesh) Has(x, y int) bool {
	return x >= 0 && y >= 0 && x < s.Width && y < s.Height && s.cores[s.Chip(x, y)] != 0
}

// HasCore tells whether a core works. Core 0 is the monitor.
func (s *Mesh) HasCore(x, y, p int) bool {
	return s.Has(x, y) && p >= 0 && p < 32 && s.cores[s.Chip(x, y)]>>p&1 == 1
}

// Next returns the chip at the other end of a link, and false if the link or
// the chip does not work.
func (s *Mesh) Next(chip, link int) (to int, ok bool) {
	n := s.next[chip][link]
	return int(n) - 1, n != 0
}
