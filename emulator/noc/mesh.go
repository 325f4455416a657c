// Package noc models networks on chip: topology, routing, traffic, and the
// time that a step takes.
//
// The topology is a mesh of tiles, each with a router and some cores. A
// message goes along the x axis first and then along the y axis, the order of
// Loihi and of TrueNorth; with it no cycle of links can wait for each other.
//
// A step is a Load: what each core computes and sends, in order. Three models
// of rising detail turn a load into a time (docs/timing.md has the equations):
//
//   - Simple: the slowest core; the network takes no time.
//   - Detailed: the semi-analytical model of SANA-FE (specs/timing-energy.md
//     1.6) on integers, with a total order on ties.
//   - Cycle: every message hop by hop through finite buffers that push back.
//
// Times are integers in units of 0.1 ns. All results are a function of the
// load alone.
package noc

import "fmt"

// Mesh is Width x Height tiles of Cores cores each. Tile t is at x = t/Height,
// y = t%Height; core c is in tile c/Cores.
type Mesh struct{ Width, Height, Cores int }

// The directions of a link. North is towards larger y.
const (
	East = iota
	West
	North
	South
	directions
)

// Bounds of a mesh. Tables of routes hold tiles squared entries of 12 bytes.
const (
	maxTiles    = 1 << 10
	maxPerTile  = 1 << 5
	maxMeshCore = 1 << 14
)

// Check returns an error for a mesh with no cores or more than 1024 tiles, 32
// cores a tile or 16384 cores.
func (m Mesh) Check() error {
	if m.Width < 1 || m.Height < 1 || m.Cores < 1 {
		return fmt.Errorf("a mesh of %d x %d tiles of %d cores", m.Width, m.Height, m.Cores)
	}
	if m.Width > maxTiles || m.Height > maxTiles/m.Width {
		return fmt.Errorf("a mesh of %d x %d tiles, at most %d tiles", m.Width, m.Height, maxTiles)
	}
	if m.Cores > maxPerTile || m.NumCores() > maxMeshCore {
		return fmt.Errorf("a mesh of %d tiles of %d cores, at most %d cores a tile and %d in all", m.Tiles(), m.Cores, maxPerTile, maxMeshCore)
	}
	return nil
}

// Tiles returns the number of tiles.
func (m Mesh) Tiles() int { return m.Width * m.Height }

// NumCores returns the number of cores.
func (m Mesh) NumCores() int { return m.Tiles() * m.Cores }

// Links returns the number of link ids: direction*Tiles + the tile that the
// link leads to. Ids of links that would enter from beyond the edge exist but
// are never used.
func (m Mesh) Links() int { return directions * m.Tiles() }

// XY returns the place of a tile.
func (m Mesh) XY(tile int) (x, y int) { return tile / m.Height, tile % m.Height }

// Tile returns the tile at a place.
func (m Mesh) Tile(x, y int) int { return x*m.Height + y }

// LinkEnds returns the tiles that a link joins, and whether it is on the mesh.
func (m Mesh) LinkEnds(link int) (from, to int, ok bool) {
	dir, to := link/m.Tiles(), link%m.Tiles()
	x, y := m.XY(to)
	switch dir {
	case East:
		x--
	case West:
		x++
	case North:
		y--
	case South:
		y++
	default:
		return 0, 0, false
	}
	return m.Tile(x, y), to, link >= 0 && x >= 0 && x < m.Width && y >= 0 && y < m.Height
}

// Horizontal tells whether a link leads east or west.
func (m Mesh) Horizontal(link int) bool { return link < North*m.Tiles() }

// Hops returns the number of links from one tile to another, along x and y.
func (m Mesh) Hops(from, to int) (ew, ns int) {
	x0, y0 := m.XY(from)
	x1, y1 := m.XY(to)
	return abs(x1 - x0), abs(y1 - y0)
}

// Route is the links from one tile to another: XN links from X on, XStep
// apart, and then YN from Y on, YStep apart.
type Route struct{ X, XStep, XN, Y, YStep, YN int16 }

// Route returns the way from one tile to another, along x first.
func (m Mesh) Route(from, to int) Route {
	x0, y0 := m.XY(from)
	x1, y1 := m.XY(to)
	r := Route{XN: int16(abs(x1 - x0)), YN: int16(abs(y1 - y0)), XStep: int16(m.Height), YStep: 1}
	xd, yd := East, North
	if x1 < x0 {
		xd, r.XStep = West, -r.XStep
	}
	if y1 < y0 {
		yd, r.YStep = South, -1
	}
	r.X = int16(xd*m.Tiles()+from) + r.XStep
	r.Y = int16(yd*m.Tiles()+m.Tile(x1, y0)) + r.YStep
	return r
}

// tileOf returns the tile of each core.
func (m Mesh) tileOf() []int32 {
	out := make([]int32, m.NumCores())
	for c := range out {
		out[c] = int32(c / m.Cores)
	}
	return out
}

// Links appends the links of a route in order.
func (r Route) Links(to []int) []int {
	for i := range r.XN {
		to = append(to, int(r.X+i*r.XStep))
	}
	for i := range r.YN {
		to = append(to, int(r.Y+i*r.YStep))
	}
	return to
}

func abs(x int) int {
	if x < 0 {
		return -x
	}
	return x
}
