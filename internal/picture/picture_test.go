package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/color"
	"image/png"
	"io"
	"strings"
	"testing"
)

// TestLettersDiffer checks that each letter is drawn, and each in its own way.
func TestLettersDiffer(t *testing.T) {
	seen := map[string]rune{}
	for r := ' '; r <= '~'+1; r++ {
		if r == '~'+1 {
			r = 'µ'
		}
		var b strings.Builder
		for y := range glyphHeight {
			for x := range glyphWidth {
				if glyphAt(r, x, y) {
					b.WriteByte('#')
				} else {
					b.WriteByte('.')
				}
			}
		}
		if other, ok := seen[b.String()]; ok {
			t.Errorf("%q looks like %q", r, other)
		}
		seen[b.String()] = r
		if r == 'µ' {
			break
		}
	}
	if len(seen) != 96 {
		t.Errorf("%d letters, want 96", len(seen))
	}
	if glyphAt('漢', 2, 6) != glyphAt('?', 2, 6) || glyphAt('\n', 1, 0) != glyphAt('?', 1, 0) {
		t.Error("a letter that is not there is no question mark")
	}
}

func TestPictureByPixels(t *testing.T) {
	p, err := New(20, 10)
	if err != nil {
		t.Fatal(err)
	}
	p.Fill(-5, -5, 8, 7, Grey) // cut off at the edge
	p.Frame(5, 2, 6, 5, Ink)
	p.Triangle(19, 5, 1, 0, 4, 2, Faint)
	p.Text(12, 0, 1, "l", Ink)
	p.Marks([]Point{{0, 9}}, 1, 1, Ink, 0)
	p.Marks([]Point{{1, 9}}, 1, 1, Ink, 0.5)
	var b bytes.Buffer
	if err := p.WritePNG(&b); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil || img.Bounds().Dx() != 20*fine || img.Bounds().Dy() != 10*fine {
		t.Fatalf("%v (%v)", img.Bounds(), err)
	}
	for _, x := range []struct {
		x, y int
		want any
	}{
		{0, 0, Grey},
		{2, 1, Grey},
		{3, 1, White},
		{2, 2, White},
		{5, 2, Ink},
		{10, 6, Ink},
		{6, 3, White},
		{11, 4, White},
		{19, 5, Faint},
		{17, 5, Faint},
		{19, 2, White},
		{0, 9, White},
		{1, 9, color.RGBA{144, 145, 149, 255}},
		{13, 0, Ink},
		{14, 3, Ink},
		{12, 3, White},
	} {
		if got := img.At(fine*x.x, fine*x.y); got != x.want {
			t.Errorf("at %d, %d: %v, want %v", x.x, x.y, got, x.want)
		}
	}
	for _, bad := range [][2]int{{0, 5}, {5, -1}, {MaxPixels, 2}, {1 << 40, 1 << 40}} {
		if _, err := New(bad[0], bad[1]); err == nil {
			t.Errorf("a picture of %d x %d", bad[0], bad[1])
		}
	}
}

// TestHeatDarkens checks that a larger value is never lighter.
func TestHeatDarkens(t *testing.T) {
	last := 1 << 30
	for i := range 201 {
		c := Heat(float64(i) / 200)
		light := 299*int(c.R) + 587*int(c.G) + 114*int(c.B)
		if light > last {
			t.Errorf("%d of 200 is lighter than what is before it", i)
		}
		last = light
	}
	if Heat(-1) != Heat(0) || Heat(2) != Heat(1) || On(Heat(0)) != Ink || On(Heat(1)) != White {
		t.Error("the ends of the scale")
	}
}

// TestSVGIsWellFormed draws hostile text: it stays text.
func TestSVGIsWellFormed(t *testing.T) {
	var s SVG
	s.Fill(1, 2, 3, 4, Heat(0.5))
	s.Fill(0, 0, 9, 9, White) // the page
	s.Frame(0, 0, 9, 9, Faint)
	s.Triangle(5, 5, 0, -1, 4, 2, Grey)
	s.Marks([]Point{{0, 0}, {2, 0}, {4, 0}, {0, 3}}, 2, 3, Heat(1), 1)
	s.Marks([]Point{{9, 9}}, 1, 1, Series[0], 0.25)
	s.Marks(nil, 2, 3, Ink, 1)
	hostile := `</text><script>alert("x")</script>&amp;` + "\x00\xff"
	s.TextRight(9, 9, 1, hostile, Ink)
	dec := xml.NewDecoder(strings.NewReader("<svg>" + s.Elements() + "</svg>"))
	names, text := map[string]int{}, ""
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := tok.(type) {
		case xml.StartElement:
			names[x.Name.Local]++
		case xml.CharData:
			text += strings.TrimSpace(string(x))
		}
	}
	if names["script"] != 0 || names["text"] != 1 || names["rect"] != 2 || names["path"] != 3 {
		t.Errorf("elements: %v", names)
	}
	if want := `</text><script>alert("x")</script>&amp;` + "\uFFFD\uFFFD"; text != want {
		t.Errorf("text %q, want %q", text, want)
	}
	if !strings.Contains(s.Elements(), `<path d="M9 9h1v1h-1z" class="s0" fill-opacity="0.25"/>`) {
		t.Errorf("no faint mark:\n%s", s.Elements())
	}
	if !strings.Contains(s.Elements(), "M0 0h6v3h-6zM0 3h2v3h-2z") {
		t.Errorf("neighbouring marks are not one:\n%s", s.Elements())
	}
}
