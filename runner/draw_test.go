package runner

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/picture"
	"github.com/synfire/synfire/internal/spike"
)

func readPNG(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestHeatmapColours finds the core with most energy and the busiest link by
// their colour, where the map says they are.
func TestHeatmapColours(t *testing.T) {
	path := filepath.Join(t.TempDir(), "map.png")
	c := priced(t, Request{Meter: &MeterOptions{Heatmap: path}}).Cost
	img, h := readPNG(t, path), newHeatmap("", c)
	width, height := h.size()
	fine := img.Bounds().Dx() / width
	if img.Bounds() != image.Rect(0, 0, fine*width, fine*height) {
		t.Fatalf("%v for %d x %d", img.Bounds(), width, height)
	}
	for _, k := range c.Cores {
		x, y := h.at(k.X, k.Y)
		x, y = x+k.Core%4%2*52+4, y+k.Core%4/2*52+4
		if got, want := img.At(fine*x, fine*y), picture.Heat(float64(k.EnergyFJ)/float64(h.energy)); got != want {
			t.Errorf("core %d is %v, want %v", k.Core, got, want)
		}
	}
	dark := picture.Heat(1)
	for _, l := range c.Links {
		x0, y0 := h.at(l.From[0], l.From[1])
		x1, y1 := h.at(l.To[0], l.To[1])
		found := false
		for y := min(y0, y1) + 40; y <= max(y0, y1)+64; y++ {
			for x := min(x0, x1) + 40; x <= max(x0, x1)+64; x++ {
				inGap := x0 != x1 && x > min(x0, x1)+104 && x < max(x0, x1) || y0 != y1 && y > min(y0, y1)+104 && y < max(y0, y1)
				found = found || inGap && img.At(fine*x, fine*y) == dark
			}
		}
		twin := false // the link back lies beside it
		for _, o := range c.Links {
			twin = twin || o.From == l.To && o.To == l.From && o.Messages == h.links
		}
		if found != (l.Messages == h.links || twin) {
			t.Errorf("link %v to %v with %d of %d messages: darkest %v", l.From, l.To, l.Messages, h.links, found)
		}
	}
}

// TestRasterMarks checks each mark of a small raster, and that a large one
// shows a mark wherever one of the merged neurons and steps spiked, the stronger
// the more of them did.
func TestRasterMarks(t *testing.T) {
	small, err := spike.New(4, 3)
	if err != nil {
		t.Fatal(err)
	}
	small.Set(0, 1)
	small.Set(3, 2)
	large, err := spike.New(4, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	large.Set(2, 99_999)
	large.Set(2, 99_998)
	large.Set(1, 99_998)
	r := newRasterMap("t", []emulator.Named{{Name: "a", Raster: small}, {Name: "b", Raster: large}})
	a, b := &r.bands[0], &r.bands[1]
	marks := r.marks(a)[levels-1]
	want := []picture.Point{{X: r.left, Y: a.top + a.mark}, {X: r.left + 3*r.across, Y: a.top + 2*a.mark}}
	if len(marks) != 2 || marks[0] != want[0] || marks[1] != want[1] {
		t.Errorf("marks %v, want %v", marks, want)
	}
	m, all := r.marks(b), 0
	for _, at := range m {
		all += len(at)
	}
	strong, weak := m[levels-1], m[levels/2-1]
	if all != 2 || len(strong) != 1 || len(weak) != 1 || strong[0].X != r.left+2*r.across || weak[0].X != r.left+r.across || strong[0].Y < b.top || strong[0].Y >= b.top+b.height || b.perRow < 2 || !r.merged() {
		t.Errorf("marks %v of a band from %d to %d, %d a row", m, b.top, b.top+b.height, b.perRow)
	}
	long, err := spike.New(1_000_000, 2)
	if err != nil {
		t.Fatal(err)
	}
	long.Set(999_999, 0)
	r = newRasterMap("t", []emulator.Named{{Name: "long", Raster: long}})
	if m := r.marks(&r.bands[0])[levels-1]; len(m) != 1 || m[0].X >= r.left+r.width {
		t.Errorf("marks %v of a map that ends at %d", m, r.left+r.width)
	}
}

func TestDrawnSample(t *testing.T) {
	dir, data := t.TempDir(), samplesFile(t)
	var files [][]byte
	for i, q := range []Request{{Sample: 1, Threads: 1}, {Sample: 1, Threads: 2}, {Sample: 2}} {
		q.Inputs, q.Raster = []string{data}, filepath.Join(dir, string(rune('a'+i))+".png")
		rep := priced(t, q)
		text, err := os.ReadFile(q.Raster)
		if err != nil || len(rep.Outputs) != 1 {
			t.Fatalf("%v, outputs %q", err, rep.Outputs)
		}
		files = append(files, text)
	}
	if !bytes.Equal(files[0], files[1]) || bytes.Equal(files[0], files[2]) {
		t.Error("the raster depends on the threads, or not on the sample")
	}
	_, _, err := Run(t.Context(), &Request{Net: parse(t, severalCores), Target: chip, Inputs: []string{data}, Sample: 5})
	if err == nil || !strings.Contains(err.Error(), "no sample 5: the data has 0 to 4") {
		t.Errorf("sample 5 of 5: %v", err)
	}
}
