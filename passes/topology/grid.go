// Package topology describes machines of chips (or tiles) on a grid, with links
// between neighbours: the six of a triangular grid, as on SpiNNaker boards
// (specs/spinnaker1.md 1.1 and 1.2), or the four of a plain mesh. Chips and
// links may be dead.
package topology

import "fmt"

// MaxSide bounds the width and the height of a grid, in chips.
const MaxSide = 256

// None is what a link leads to that is dead or leaves the grid.
const None int32 = -1

// A Grid is a machine. Chip c is at x = c%Width, y = c/Width. Links are numbered
// counterclockwise from east, so link l is opposite link l+Links/2: of six they
// are east, northeast, north, west, southwest and south, of four east, north,
// west and south.
type Grid struct {
	Width, Height int
	Links         int
	Wrap          bool // the edges are joined: a torus
	next          []int32
	dead          []bool
}

// steps are what each link adds to x and y.
var steps = map[int][][2]int{
	6: {{1, 0}, {1, 1}, {0, 1}, {-1, 0}, {-1, -1}, {0, -1}},
	4: {{1, 0}, {0, 1}, {-1, 0}, {0, -1}},
}

// Hex returns a triangular grid: six links a chip.
func Hex(width, height int, wrap bool) (*Grid, error) { return grid(width, height, 6, wrap) }

// Mesh returns a plain mesh: four links a chip.
func Mesh(width, height int) (*Grid, error) { return grid(width, height, 4, false) }

func grid(width, height, links int, wrap bool) (*Grid, error) {
	if width < 1 || height < 1 || width > MaxSide || height > MaxSide {
		return nil, fmt.Errorf("a machine of %d x %d chips: each side has 1 to %d", width, height, MaxSide)
	}
	g := &Grid{Width: width, Height: height, Links: links, Wrap: wrap}
	g.next = make([]int32, width*height*links)
	g.dead = make([]bool, width*height)
	for c := range width * height {
		for l, d := range steps[links] {
			x, y := c%width+d[0], c/width+d[1]
			if wrap {
				x, y = (x+width)%width, (y+height)%height
			}
			n := None
			if x >= 0 && y >= 0 && x < width && y < height && y*width+x != c {
				n = int32(y*width + x)
			}
			g.next[c*links+l] = n
		}
	}
	return g, nil
}

// Board48 returns a board of 48 chips: a hexagon in a grid of 8 x 8, the other
// chips of which are dead (specs/spinnaker1.md 1.2).
func Board48() *Grid {
	g, err := Hex(8, 8, false)
	if err != nil {
		return nil // the sides are in bounds
	}
	for c := range g.Chips() {
		x, y := c%8, c/8
		if y < x-4 || y > x+3 {
			g.KillChip(int32(c))
		}
	}
	return g
}

// Chips returns the number of places, dead ones included.
func (g *Grid) Chips() int { return len(g.dead) }

// At returns the chip at a place, or [None].
func (g *Grid) At(x, y int) int32 {
	if x < 0 || y < 0 || x >= g.Width || y >= g.Height {
		return None
	}
	return int32(y*g.Width + x)
}

// XY returns the place of a chip.
func (g *Grid) XY(c int32) (x, y int) { return int(c) % g.Width, int(c) / g.Width }

// Name returns "(x,y)".
func (g *Grid) Name(c int32) string {
	x, y := g.XY(c)
	return fmt.Sprintf("(%d,%d)", x, y)
}

// Alive reports whether a chip works.
func (g *Grid) Alive(c int32) bool { return !g.dead[c] }

// Next returns the chip that a link leads to, or [None].
func (g *Grid) Next(c int32, link int) int32 { return g.next[int(c)*g.Links+link] }

// Opposite returns the direction back.
func (g *Grid) Opposite(link int) int { return (link + g.Links/2) % g.Links }

// KillChip takes a chip out, and every link to and from it.
func (g *Grid) KillChip(c int32) {
	g.dead[c] = true
	for l := range g.Links {
		if n := g.Next(c, l); n != None {
			g.KillLink(n, g.Opposite(l))
		}
		g.KillLink(c, l)
	}
}

// KillLink takes out the link by which chip c sends; what comes back by it still
// does.
func (g *Grid) KillLink(c int32, link int) { g.next[int(c)*g.Links+link] = None }

// Distance returns the number of links between two chips if all work.
func (g *Grid) Distance(a, b int32) int {
	ax, ay := g.XY(a)
	bx, by := g.XY(b)
	dx, dy := bx-ax, by-ay
	if !g.Wrap {
		return g.length(dx, dy)
	}
	return min(g.length(dx, dy), g.length(dx-sign(dx)*g.Width, dy),
		g.length(dx, dy-sign(dy)*g.Height), g.length(dx-sign(dx)*g.Width, dy-sign(dy)*g.Height))
}

// length is the distance of a vector without edges.
func (g *Grid) length(dx, dy int) int {
	if g.Links == 4 {
		return abs(dx) + abs(dy)
	}
	return max(dx, dy, 0) - min(dx, dy, 0)
}

func abs(x int) int { return max(x, -x) }

// sign is 1 for 0, where either way round is as far.
func sign(x int) int {
	if x < 0 {
		return -1
	}
	return 1
}
