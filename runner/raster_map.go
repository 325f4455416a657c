package runner

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/picture"
	"github.com/synfire/synfire/internal/spike"
)

// rasterMap is a picture of the spikes of one sample: a band for each
// population, time to the right and neurons from top to bottom.
type rasterMap struct {
	title  string
	bands  []band
	steps  int
	left   int // where the bands begin
	width  int // of the bands
	across int // pixels of a step, at least 1
	merge  int // steps of a pixel, at least 1
}

// band is a population in the picture.
type band struct {
	name    string
	raster  *spike.Raster
	top     int
	height  int
	perRow  int // neurons of a row of marks
	mark    int // height of a mark
	spikes  int
	colored color.RGBA
}

// The layout of a raster in pixels.
const (
	rasterTop    = 72
	rasterBottom = 56
	bandGap      = 18
	rasterWidth  = 900
	bandsHeight  = 520 // for all bands together
	leastBand    = 40
)

// newRasterMap lays out the rasters of a sample.
func newRasterMap(title string, spikes []emulator.Named) *rasterMap {
	r := &rasterMap{title: title, across: 1, merge: 1}
	roots, longest := 0.0, 0 // a band is as high as the root of its neurons
	for _, s := range spikes {
		r.steps = s.Steps
		roots += math.Sqrt(float64(s.N))
		longest = max(longest, len([]rune(cut(s.Name, 18))))
	}
	r.left = 40 + 6*max(longest, 10)
	if r.across = rasterWidth / max(1, r.steps); r.across < 1 {
		r.across, r.merge = 1, (r.steps+rasterWidth-1)/rasterWidth
	}
	r.across = min(r.across, 24)
	r.width = max(1, r.steps/r.merge) * r.across
	if r.merge > 1 {
		r.width = (r.steps + r.merge - 1) / r.merge
	}
	top := rasterTop
	for i, s := range spikes {
		b := band{name: s.Name, raster: s.Raster, top: top, perRow: 1, spikes: s.Count(), colored: picture.Series[i%len(picture.Series)]}
		want := max(leastBand, int(bandsHeight*math.Sqrt(float64(s.N))/max(1, roots)))
		b.mark = min(max(1, want/max(1, s.N)), 14)
		if s.N > want {
			b.perRow = (s.N + want - 1) / want
		}
		b.height = max(leastBand, (s.N+b.perRow-1)/b.perRow*b.mark)
		top += b.height + bandGap
		r.bands = append(r.bands, b)
	}
	return r
}

func (r *rasterMap) size() (width, height int) {
	height = rasterTop + rasterBottom
	for _, b := range r.bands {
		height += b.height + bandGap
	}
	return r.left + max(r.width, 420) + 40, height
}

func (r *rasterMap) draw(p picture.Canvas) {
	width, height := r.size()
	p.Text(r.left, 18, 2, cut(r.title, (width-r.left-20)/12), picture.Ink)
	what := "one band a population, a mark for each spike"
	if r.merged() {
		what = "one band a population; the stronger a mark, the more of its neurons fire"
	}
	if r.merge > 1 {
		what += fmt.Sprintf("; a column is %d steps", r.merge)
	}
	p.Text(r.left, 46, 1, what, picture.Grey)
	for i := range r.bands {
		r.band(p, &r.bands[i])
	}
	r.axis(p, height-rasterBottom-bandGap+10)
}

func (r *rasterMap) band(p picture.Canvas, b *band) {
	p.Frame(r.left-3, b.top-3, r.width+6, b.height+6, picture.Faint)
	p.TextRight(r.left-12, b.top, 1, cut(b.name, 18), picture.Ink)
	p.TextRight(r.left-12, b.top+13, 1, plural(b.raster.N, "neuron"), picture.Grey)
	note := plural(b.spikes, "spike")
	if b.perRow > 1 {
		note = fmt.Sprintf("%d a row", b.perRow)
	}
	if b.height >= 40 {
		p.TextRight(r.left-12, b.top+26, 1, note, picture.Grey)
	}
	for level, at := range r.marks(b) {
		p.Marks(at, wide(r.across), wide(b.mark), b.colored, 0.3+0.7*float64(level+1)/levels)
	}
}

// merged tells whether a mark may stand for several spikes.
func (r *rasterMap) merged() bool {
	return r.merge > 1 || slices.ContainsFunc(r.bands, func(b band) bool { return b.perRow > 1 })
}

// wide returns the size of a mark that leaves a gap to the next where there is
// room for one.
func wide(n int) int {
	if n < 4 {
		return n
	}
	return n - 1
}

// levels is how many strengths a mark has that stands for several spikes.
const levels = 6

// marks returns the marks of a band by strength, each row by row. The strongest
// are those with most spikes in the band, or all of them where a mark is one
// spike.
func (r *rasterMap) marks(b *band) [levels][]picture.Point {
	rows, cols := (b.raster.N+b.perRow-1)/b.perRow, r.width/r.across
	count := make([]int, rows*cols)
	most := 1
	for t := range b.raster.Steps {
		b.raster.Each(t, func(i int) {
			n := &count[i/b.perRow*cols+min(t/r.merge, cols-1)]
			*n++
			most = max(most, *n)
		})
	}
	var out [levels][]picture.Point
	for k, n := range count {
		if n > 0 {
			level := (n*levels+most-1)/most - 1
			out[level] = append(out[level], picture.Point{X: r.left + k%cols*r.across, Y: b.top + k/cols*b.mark})
		}
	}
	return out
}

// axis draws the steps.
func (r *rasterMap) axis(p picture.Canvas, y int) {
	every := tickEvery(r.steps)
	p.Fill(r.left, y, r.width, 1, picture.Grey)
	for t := 0; t < r.steps; t += every {
		x := r.left + t*r.across/r.merge + r.across/2
		p.Fill(x, y, 1, 6, picture.Grey)
		p.TextMiddle(x, y+10, 1, fmt.Sprint(t), picture.Grey)
	}
	p.TextMiddle(r.left+r.width/2, y+26, 1, "step", picture.Ink)
}
