package runner

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/synfire/synfire/passes/placement"
	"github.com/synfire/synfire/passes/topology"
)

// placeFile is a placement problem as files hold it.
type placeFile struct {
	Name    string `json:"name"`
	Machine struct {
		Width        int      `json:"width"`
		Height       int      `json:"height"`
		Wrap         bool     `json:"wrap"`
		CoresPerChip int32    `json:"cores_per_chip"`
		DeadChips    [][2]int `json:"dead_chips"`
		DeadLinks    [][3]int `json:"dead_links"`
	} `json:"machine"`
	Vertices       int       `json:"n_vertices"`
	CoresPerVertex int32     `json:"cores_per_vertex"`
	Nets           []fileNet `json:"nets"`
}

// fileNet is [source, [sinks], weight].
type fileNet placement.Net

func (n *fileNet) UnmarshalJSON(data []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil || len(parts) < 2 || len(parts) > 3 {
		return fmt.Errorf("net %.60s: [source, [sinks], weight] is expected", data)
	}
	n.Weight = 1
	for i, into := range []any{&n.Source, &n.Sinks, &n.Weight}[:len(parts)] {
		if err := json.Unmarshal(parts[i], into); err != nil {
			return fmt.Errorf("net %.60s: [source, [sinks], weight] is expected", data)
		}
	}
	return nil
}

// Bounds of a problem. A route of 32 bits has a bit for each link and core.
const (
	mostVertices     = 1 << 20
	mostCoresPerChip = 32 - routerLinks - 1
)

// A placeProblem is a problem with what the report needs to know.
type placeProblem struct {
	placement.Problem
	name           string
	coresPerVertex int32
}

func readProblem(path string) (*placeProblem, error) {
	data, err := readRouteFile(path)
	if err != nil {
		return nil, err
	}
	var in placeFile
	if err := decodeStrictJSON(data, &in); err != nil {
		return nil, At(path, err)
	}
	p, err := in.problem()
	return p, At(path, err)
}

func (in *placeFile) problem() (*placeProblem, error) {
	m := &in.Machine
	grid, err := in.grid()
	if err != nil {
		return nil, err
	}
	switch {
	case m.CoresPerChip < 1 || m.CoresPerChip > mostCoresPerChip:
		return nil, fmt.Errorf("machine.cores_per_chip is %d: 1 to %d are possible", m.CoresPerChip, mostCoresPerChip)
	case in.Vertices < 1 || in.Vertices > mostVertices:
		return nil, fmt.Errorf("n_vertices is %d: 1 to %d are possible", in.Vertices, mostVertices)
	case in.CoresPerVertex < 0 || in.CoresPerVertex > m.CoresPerChip:
		return nil, fmt.Errorf("cores_per_vertex is %d: a chip has %d cores", in.CoresPerVertex, m.CoresPerChip)
	}
	p := &placeProblem{name: in.Name, coresPerVertex: max(in.CoresPerVertex, 1)}
	p.Grid = grid
	p.Need = [][]int32{slices.Repeat([]int32{p.coresPerVertex}, in.Vertices)}
	p.Room = [][]int32{make([]int32, grid.Chips())}
	for c := range p.Room[0] {
		if grid.Alive(int32(c)) {
			// A chip takes whole vertices.
			p.Room[0][c] = m.CoresPerChip / p.coresPerVertex * p.coresPerVertex
		}
	}
	p.Nets = make([]placement.Net, len(in.Nets))
	for i, n := range in.Nets {
		if math.IsNaN(n.Weight) {
			return nil, fmt.Errorf("net %d has no weight", i)
		}
		p.Nets[i] = placement.Net(n)
	}
	return p, nil
}

func (in *placeFile) grid() (*topology.Grid, error) {
	m := &in.Machine
	g, err := topology.Hex(m.Width, m.Height, m.Wrap)
	if err != nil {
		return nil, err
	}
	for _, d := range m.DeadChips {
		c := g.At(d[0], d[1])
		if c == topology.None {
			return nil, fmt.Errorf("dead chip (%d,%d) is outside of the machine of %d x %d", d[0], d[1], m.Width, m.Height)
		}
		g.KillChip(c)
	}
	for _, d := range m.DeadLinks {
		c := g.At(d[0], d[1])
		if c == topology.None || d[2] < 0 || d[2] >= g.Links {
			return nil, fmt.Errorf("dead link [%d, %d, %d] is not a link of the machine: x, y and 0 to %d are expected", d[0], d[1], d[2], g.Links-1)
		}
		g.KillLink(c, d[2])
	}
	return g, nil
}
