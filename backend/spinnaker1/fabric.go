package spinnaker1

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/ir"
)

// machine returns the boards that the options name, less what is dead.
func machine(opt backend.Options) (*image.Machine, error) {
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
	for _, d := range opt.Dead.Chips {
		c, err := chipAt(m, d[0], d[1])
		if err != nil {
			return nil, err
		}
		m.DeadChips = append(m.DeadChips, c)
	}
	if boards > 1 {
		if err := missingBoards(m, boards); err != nil {
			return nil, err
		}
	}
	for _, d := range opt.Dead.Links {
		c, err := chipAt(m, d[0], d[1])
		if err != nil || d[2] < 0 || d[2] >= image.Links {
			return nil, fmt.Errorf("dead link %d,%d,%d: a link is x,y of a chip of the machine and a direction of 0 to %d", d[0], d[1], d[2], image.Links-1)
		}
		m.DeadLinks = append(m.DeadLinks, image.LinkAt{X: c.X, Y: c.Y, Link: uint8(d[2])})
	}
	for _, d := range opt.Dead.Cores {
		c, err := chipAt(m, d[0], d[1])
		if err != nil || d[2] < 1 || d[2] > mostCores {
			return nil, fmt.Errorf("dead core %d,%d,%d: a core is x,y of a chip of the machine and a number of 1 to %d", d[0], d[1], d[2], mostCores)
		}
		m.DeadCores = append(m.DeadCores, image.CoreAt{X: c.X, Y: c.Y, P: uint8(d[2])})
	}
	ascending(m.DeadChips, func(c image.ChipAt) [3]uint8 { return [3]uint8{c.Y, c.X} })
	ascending(m.DeadLinks, func(c image.LinkAt) [3]uint8 { return [3]uint8{c.Y, c.X, c.Link} })
	ascending(m.DeadCores, func(c image.CoreAt) [3]uint8 { return [3]uint8{c.Y, c.X, c.P} })
	return m, nil
}

func chipAt(m *image.Machine, x, y int) (image.ChipAt, error) {
	if x < 0 || y < 0 || x >= int(m.Width) || y >= int(m.Height) {
		return image.ChipAt{}, fmt.Errorf("dead chip %d,%d is outside of the machine of %d x %d chips", x, y, m.Width, m.Height)
	}
	return image.ChipAt{X: uint8(x), Y: uint8(y)}, nil
}

func ascending[T any](list []T, key func(T) [3]uint8) {
	slices.SortFunc(list, func(a, b T) int {
		x, y := key(a), key(b)
		return slices.Compare(x[:], y[:])
	})
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
	ascending(m.DeadChips, func(c image.ChipAt) [3]uint8 { return [3]uint8{c.Y, c.X} })
	m.DeadChips = slices.Compact(m.DeadChips)
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

// Fabric returns the machine for placement and routing.
func (Target) Fabric(opt backend.Options) (*backend.Fabric, error) {
	most := coresOf(opt)
	switch {
	case most < 1 || most > mostCores:
		return nil, fmt.Errorf("%d cores: a chip has 1 to %d for neurons", opt.Cores, mostCores)
	case opt.CoreNeurons < 0 || opt.CoreNeurons > 1<<12:
		return nil, fmt.Errorf("cores of %d neurons: 1 to %d are possible", opt.CoreNeurons, 1<<12)
	case opt.Chips != 0:
		return nil, fmt.Errorf("--chips %d: a machine is made of boards, see --board and --boards", opt.Chips)
	case opt.TimeScale != 0 && !(opt.TimeScale >= 0.01 && opt.TimeScale <= 1e6):
		return nil, fmt.Errorf("--time-scale %g: 0.01 to 1e6 are possible", opt.TimeScale)
	case opt.Axon != "" || opt.CoreAxons != 0:
		return nil, fmt.Errorf("--axon and --core-axons mean nothing here: cores listen to keys")
	}
	m, err := machine(opt)
	if err != nil {
		return nil, err
	}
	mesh, err := image.NewMesh(m)
	if err != nil {
		return nil, err
	}
	f := &backend.Fabric{Width: mesh.Width, Height: mesh.Height, Wrap: m.Board == image.Spin3, Entries: image.MaxEntries, Memory: resSDRAM}
	f.Chips = make([]backend.FabricChip, mesh.Width*mesh.Height)
	for i := range f.Chips {
		c := &f.Chips[i]
		x, y := mesh.Place(i)
		for p := 1; p <= mostCores && len(c.Cores) < most; p++ {
			if mesh.HasCore(x, y, p) {
				c.Cores = append(c.Cores, int32(p))
			}
		}
		if len(c.Cores) > 0 {
			c.Memory = image.SDRAM
		}
		for l := range c.Next {
			c.Next[l] = -1
			if to, ok := mesh.Next(i, l); ok {
				c.Next[l] = int32(to)
			}
		}
	}
	return f, nil
}

// Larger returns the fewest boards of 48 chips with that many cores, at least
// one more than there are.
func (t Target) Larger(opt backend.Options, cores int) (larger backend.Options, flags string, ok bool) {
	perBoard := image.Spin5 * coresOf(opt)
	boards := (cores + perBoard - 1) / perBoard
	if opt.Cores > coresPerChip {
		boards = (cores + perBoard - 9) / (perBoard - 8) // eight chips have one less
	}
	larger = opt
	if opt.Board == image.Spin3 {
		larger.Board, flags = image.Spin5, "--board 48"
	} else {
		boards = max(boards, max(opt.Boards, 1)+1)
	}
	if boards > maxBoards {
		return opt, "", false
	}
	if boards > 1 {
		larger.Boards = boards
		if flags != "" {
			flags += " "
		}
		flags += fmt.Sprintf("--boards %d", boards)
	}
	return larger, flags, flags != ""
}

// Flows lists what each core sends, by the keys of its zone.
func (Target) Flows(n *ir.Network, m *ir.Mapping, opt backend.Options) ([]backend.Flow, error) {
	l, err := mapped(n, m, opt)
	if err != nil {
		return nil, err
	}
	zones, err := l.zones()
	if err != nil {
		return nil, err
	}
	to := l.listeners(len(m.Cores))
	var flows []backend.Flow
	for _, v := range l.vertices {
		for k := range v.slices() {
			i := v.first + k
			if len(to[i]) == 0 {
				continue
			}
			key, mask := zones[v.id].core(k)
			flows = append(flows, backend.Flow{Core: int32(i), To: to[i], Key: key, Mask: mask, Weight: float64(v.count(k))})
		}
	}
	slices.SortFunc(flows, func(a, b backend.Flow) int { return cmp.Compare(a.Core, b.Core) })
	return flows, nil
}

// mapped returns the layout of a network that Partition has cut into cores.
func mapped(n *ir.Network, m *ir.Mapping, opt backend.Options) (*layout, error) {
	l, err := newLayout(n, m, opt)
	if err != nil {
		return nil, err
	}
	for i := range m.Cores {
		if len(m.Cores[i].Parts) != 1 || l.of[m.Cores[i].Parts[0].Node] == nil {
			return nil, fmt.Errorf("core %d does not hold one slice of one population", i)
		}
		p := m.Cores[i].Parts[0]
		if v := l.of[p.Node]; p.First == 0 {
			v.first, v.perCore = i, int(p.Count)
		}
	}
	for _, v := range l.vertices {
		if v.perCore == 0 {
			return nil, fmt.Errorf("%s is on no core", v.node.Name)
		}
		for k := range v.slices() {
			p := ir.Part{Node: v.node.ID, First: int32(k * v.perCore), Count: int32(v.count(k))}
			if v.first+k >= len(m.Cores) || m.Cores[v.first+k].Parts[0] != p {
				return nil, fmt.Errorf("the cores of %s are not its slices in order", v.node.Name)
			}
		}
	}
	return l, nil
}
