package runner

import (
	"fmt"
	"image/color"
	"io"

	"github.com/synfire/synfire/internal/atomicfile"
	"github.com/synfire/synfire/internal/picture"
)

// heatmap is a map of the mesh: cores coloured by energy, links by messages.
type heatmap struct {
	cost          *Cost
	title         string
	tile, gap     int // pixels
	energy, links int64
	// The tiles that are drawn: those in use, and what lies between them.
	x0, y0, x1, y1 int
}

// The edges of the map in pixels.
const (
	mapLeft   = 56
	mapTop    = 84
	mapRight  = 24
	mapBottom = 106
)

func newHeatmap(title string, c *Cost) *heatmap {
	h := &heatmap{cost: c, title: title, tile: 104, gap: 46, x0: c.Mesh.Width - 1, y0: c.Mesh.Height - 1}
	for _, k := range c.Cores {
		h.energy = max(h.energy, k.EnergyFJ)
		h.use(k.X, k.Y)
	}
	for _, l := range c.Links {
		h.links = max(h.links, l.Messages)
		h.use(l.From[0], l.From[1])
		h.use(l.To[0], l.To[1])
	}
	if most := max(h.x1-h.x0, h.y1-h.y0) + 1; most > 8 {
		h.tile = max(8, 104*8/most)
		h.gap = max(6, 46*8/most)
	}
	return h
}

// use notes that a tile is in use.
func (h *heatmap) use(x, y int) {
	h.x0, h.y0, h.x1, h.y1 = min(h.x0, x), min(h.y0, y), max(h.x1, x), max(h.y1, y)
}

func (h *heatmap) size() (width, height int) {
	pitch := h.tile + h.gap
	return max(640, mapLeft+(h.x1-h.x0+1)*pitch-h.gap+mapRight), mapTop + (h.y1-h.y0+1)*pitch - h.gap + mapBottom
}

// at returns the upper left corner of a tile; north is up.
func (h *heatmap) at(x, y int) (px, py int) {
	pitch := h.tile + h.gap
	return mapLeft + (x-h.x0)*pitch, mapTop + (h.y1-y)*pitch
}

func (h *heatmap) draw(p picture.Canvas) {
	c := h.cost
	width, height := h.size()
	p.Text(mapLeft, 18, 2, cut(h.title, (width-mapLeft-mapRight)/12), picture.Ink)
	line := fmt.Sprintf("%s%s a sample", atLeast(c.UnpricedEvents), joulesOf(c.SampleEnergy.Mean))
	if c.timed() {
		line += fmt.Sprintf(", %s (%s)", seconds(c.SampleTime.Mean), c.Timing)
	}
	line += fmt.Sprintf(", constants of %s; %d x %d of %d x %d tiles", c.Profile, h.x1-h.x0+1, h.y1-h.y0+1, c.Mesh.Width, c.Mesh.Height)
	p.Text(mapLeft, 46, 1, cut(line, (width-mapLeft-mapRight)/6), picture.Grey)
	h.tiles(p)
	for i := range c.Links {
		h.link(p, &c.Links[i])
	}
	half := (width - mapLeft - mapRight - 40) / 2
	h.legend(p, mapLeft, height-62, half, "energy of a core", perSampleText(h.energy, c.Samples, joulesOf))
	if h.links == 0 {
		return
	}
	h.legend(p, mapLeft+half+40, height-62, half, "messages over a link", perSampleText(h.links, c.Samples, whole))
}

func perSampleText(most int64, samples int, format func(float64) string) string {
	return format(float64(most)/float64(max(1, samples))) + " a sample"
}

// cut shortens a text to n letters.
func cut(s string, n int) string {
	r := []rune(s)
	if len(r) <= n || n < 4 {
		return s
	}
	return string(r[:n-3]) + "..."
}

func (h *heatmap) tiles(p picture.Canvas) {
	m := h.cost.Mesh
	side := 1 // cores along a side of a tile
	for side*side < m.Cores {
		side++
	}
	cell := h.tile / side
	step := max(1, 40/(h.tile+h.gap))
	for x := h.x0; x <= h.x1; x++ {
		px, _ := h.at(x, h.y1)
		if x%step == 0 {
			p.TextMiddle(px+h.tile/2, mapTop-16, 1, fmt.Sprintf("x %d", x), picture.Grey)
		}
		for y := h.y0; y <= h.y1; y++ {
			px, py := h.at(x, y)
			p.Frame(px-2, py-2, side*cell+4, side*cell+4, picture.Faint)
			if x == h.x0 && y%step == 0 {
				p.TextRight(px-12, py+h.tile/2-4, 1, fmt.Sprintf("y %d", y), picture.Grey)
			}
		}
	}
	for i := range h.cost.Cores {
		h.core(p, &h.cost.Cores[i], cell, side)
	}
}

// core draws a core in its tile: its number, and its energy if there is room.
func (h *heatmap) core(p picture.Canvas, k *CoreCost, cell, side int) {
	px, py := h.at(k.X, k.Y)
	i := k.Core % h.cost.Mesh.Cores
	px, py = px+i%side*cell, py+i/side*cell
	c := picture.Heat(share01(k.EnergyFJ, h.energy))
	p.Fill(px+1, py+1, cell-2, cell-2, c)
	label := fmt.Sprint(k.Core)
	switch {
	case cell >= 50:
		p.TextMiddle(px+cell/2, py+12, 2, label, on(c))
		p.TextMiddle(px+cell/2, py+cell-17, 1, perSampleShort(k.EnergyFJ, h.cost.Samples), on(c))
	case cell >= 6*len(label)+4:
		p.TextMiddle(px+cell/2, py+cell/2-4, 1, label, on(c))
	}
}

func perSampleShort(fj int64, samples int) string {
	return joulesOf(float64(fj) / float64(max(1, samples)))
}

// on returns a colour for text on a fill, which must stay as it is where the
// page turns dark.
func on(c color.RGBA) color.RGBA {
	if picture.On(c) == picture.White {
		return color.RGBA{254, 254, 254, 255}
	}
	return color.RGBA{30, 33, 40, 255}
}

func share01(part, whole int64) float64 {
	if whole < 1 {
		return 0
	}
	return float64(part) / float64(whole)
}

// link draws an arrow in the gap between two tiles; those of the two directions
// lie side by side.
func (h *heatmap) link(p picture.Canvas, l *LinkCost) {
	c := picture.Heat(0.12 + 0.88*share01(l.Messages, h.links))
	thick := max(2, min(14, h.tile/7))
	dx, dy := l.To[0]-l.From[0], l.To[1]-l.From[1]
	x, y := h.at(min(l.From[0], l.To[0]), max(l.From[1], l.To[1])) // the left or upper tile
	mid, tip := h.tile/2, min(thick+2, h.gap/3)
	const margin = 4
	long := h.gap - 2*margin
	if dx != 0 {
		ly := y + mid - thick - 2
		if dx < 0 {
			ly = y + mid + 2
		}
		lx := x + h.tile + margin
		if dx > 0 {
			p.Fill(lx, ly+thick/4, long-tip, thick-thick/2, c)
			p.Triangle(lx+long, ly+thick/2, 1, 0, tip, thick/2, c)
		} else {
			p.Fill(lx+tip, ly+thick/4, long-tip, thick-thick/2, c)
			p.Triangle(lx, ly+thick/2, -1, 0, tip, thick/2, c)
		}
		return
	}
	lx := x + mid - thick - 2
	if dy < 0 {
		lx = x + mid + 2
	}
	ly := y + h.tile + margin
	if dy > 0 { // north is up
		p.Fill(lx+thick/4, ly+tip, thick-thick/2, long-tip, c)
		p.Triangle(lx+thick/2, ly, 0, -1, tip, thick/2, c)
	} else {
		p.Fill(lx+thick/4, ly, thick-thick/2, long-tip, c)
		p.Triangle(lx+thick/2, ly+long, 0, 1, tip, thick/2, c)
	}
}

// legend draws the scale of colours from 0 to the most.
func (h *heatmap) legend(p picture.Canvas, x, y, width int, what, most string) {
	p.Text(x, y, 1, what, picture.Ink)
	const pieces = 64
	for i := range pieces {
		from, to := x+width*i/pieces, x+width*(i+1)/pieces
		p.Fill(from, y+16, to-from, 12, picture.Heat(float64(i)/(pieces-1)))
	}
	p.Text(x, y+34, 1, "0", picture.Grey)
	p.TextRight(x+width, y+34, 1, most, picture.Grey)
}

// writePNG draws on a picture and writes it.
func writePNG(path string, width, height int, draw func(picture.Canvas)) error {
	p, err := picture.New(width, height)
	if err != nil {
		return err
	}
	draw(p)
	return atomicfile.WriteFile(path, func(w io.Writer) error { return p.WritePNG(w) })
}
