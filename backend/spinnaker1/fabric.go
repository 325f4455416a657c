package spinnaker1

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/ir"
)

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
