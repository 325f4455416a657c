package picture

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/color"
	"slices"
)

// Canvas is what can be drawn on: a Picture, or an SVG with the same
// coordinates.
type Canvas interface {
	// Fill fills a rectangle.
	Fill(x, y, width, height int, c color.RGBA)
	// Frame draws the edge of a rectangle, one pixel wide and inside of it.
	Frame(x, y, width, height int, c color.RGBA)
	// Triangle fills a triangle with its tip at x, y, that points in direction
	// dx, dy, one of which is 0 and the other 1 or -1: length long and twice
	// half wide.
	Triangle(x, y, dx, dy, length, half int, c color.RGBA)
	// Marks fills rectangles of one size and colour, which is mixed with the
	// page's: strength is 0 to 1.
	Marks(at []Point, width, height int, c color.RGBA, strength float64)
	// Text writes a text with its upper left corner at x, y; a letter is 6
	// times size wide and 9 times size high. TextRight ends at x, TextMiddle is
	// around it.
	Text(x, y, size int, s string, c color.RGBA)
	TextRight(x, y, size int, s string, c color.RGBA)
	TextMiddle(x, y, size int, s string, c color.RGBA)
}

// Point is the upper left corner of a mark.
type Point struct{ X, Y int }

// Marks implements Canvas.
func (p *Picture) Marks(at []Point, width, height int, c color.RGBA, strength float64) {
	c = mix(White, c, strength)
	for _, m := range at {
		p.Fill(m.X, m.Y, width, height, c)
	}
}

// SVG collects the elements of a drawing for a page. The colours Ink, Grey and
// Faint become the classes ink, grey and faint, those of Series s0, s1 and so
// on (l0 as lines), so that a page may show them light on dark; White is the
// page and is left out.
type SVG struct{ b bytes.Buffer }

// Elements returns the elements, without the svg element around them.
func (s *SVG) Elements() string { return s.b.String() }

// paint returns the attribute that fills with a colour.
func paint(c color.RGBA) string {
	switch c {
	case Ink:
		return `class="ink"`
	case Grey:
		return `class="grey"`
	case Faint:
		return `class="faint"`
	}
	if i := slices.Index(Series[:], c); i >= 0 {
		return fmt.Sprintf(`class="s%d"`, i)
	}
	return `fill="` + Hex(c) + `"`
}

// Line draws a line through points in a colour of Series.
func (s *SVG) Line(at []Point, series int) {
	fmt.Fprintf(&s.b, `<polyline class="l%d" points="`, series%len(Series))
	for i, p := range at {
		if i > 0 {
			s.b.WriteByte(' ')
		}
		fmt.Fprintf(&s.b, "%d,%d", p.X, p.Y)
	}
	s.b.WriteString("\"/>\n")
}

// Fill implements Canvas.
func (s *SVG) Fill(x, y, width, height int, c color.RGBA) {
	if c != White {
		fmt.Fprintf(&s.b, `<rect x="%d" y="%d" width="%d" height="%d" %s/>`+"\n", x, y, width, height, paint(c))
	}
}

// Frame implements Canvas. The page says how a line in Faint, the class frame,
// looks.
func (s *SVG) Frame(x, y, width, height int, c color.RGBA) {
	style := `fill="none" stroke="` + Hex(c) + `"`
	if c == Faint {
		style = `class="frame"`
	}
	fmt.Fprintf(&s.b, `<rect x="%d.5" y="%d.5" width="%d" height="%d" %s/>`+"\n", x, y, width-1, height-1, style)
}

// Triangle implements Canvas.
func (s *SVG) Triangle(x, y, dx, dy, length, half int, c color.RGBA) {
	bx, by := x-dx*length, y-dy*length
	fmt.Fprintf(&s.b, `<path d="M%d %dL%d %dL%d %dz" %s/>`+"\n", x, y, bx+dy*half, by+dx*half, bx-dy*half, by-dx*half, paint(c))
}

// Marks implements Canvas. Marks that follow each other without a gap become
// one.
func (s *SVG) Marks(at []Point, width, height int, c color.RGBA, strength float64) {
	if len(at) == 0 {
		return
	}
	s.b.WriteString(`<path d="`)
	for i := 0; i < len(at); {
		n := 1
		for i+n < len(at) && at[i+n].Y == at[i].Y && at[i+n].X == at[i].X+n*width {
			n++
		}
		fmt.Fprintf(&s.b, "M%d %dh%dv%dh%dz", at[i].X, at[i].Y, n*width, height, -n*width)
		i += n
	}
	opacity := ""
	if strength < 1 {
		opacity = fmt.Sprintf(` fill-opacity="%.3g"`, strength)
	}
	fmt.Fprintf(&s.b, `" %s%s/>`+"\n", paint(c), opacity)
}

// Text implements Canvas.
func (s *SVG) Text(x, y, size int, t string, c color.RGBA) { s.text(x, y, size, t, c, "start") }

// TextRight implements Canvas.
func (s *SVG) TextRight(x, y, size int, t string, c color.RGBA) { s.text(x, y, size, t, c, "end") }

// TextMiddle implements Canvas.
func (s *SVG) TextMiddle(x, y, size int, t string, c color.RGBA) { s.text(x, y, size, t, c, "middle") }

func (s *SVG) text(x, y, size int, t string, c color.RGBA, anchor string) {
	fmt.Fprintf(&s.b, `<text x="%d" y="%d" font-size="%d" text-anchor="%s" %s>`, x, y+7*size, svgSize(size), anchor, paint(c))
	// A buffer does not fail. What XML cannot hold becomes U+FFFD.
	_ = xml.EscapeText(&s.b, []byte(t))
	s.b.WriteString("</text>\n")
}

// svgSize returns the size of a font that is about as wide as ours.
func svgSize(size int) int { return 5 + 5*size }
