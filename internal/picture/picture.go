// Package picture draws the few things that maps and rasters are made of, with
// the standard library alone: filled rectangles, triangles, text in a bitmap
// font of our own, and a scale of colours.
//
// Coordinates are in pixels from the upper left corner. What lies outside the
// picture is cut off.
package picture

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
)

// MaxPixels bounds the size of a picture: 256 MB in memory.
const MaxPixels = 1 << 24

// Picture is an RGB picture whose pixels are fine times fine of the file's.
type Picture struct {
	img  *image.RGBA
	fine int
}

// fine makes pictures sharp enough for paper.
const fine = 2

// The colours of all pictures.
var (
	White = color.RGBA{255, 255, 255, 255}
	Ink   = color.RGBA{32, 35, 42, 255}
	Grey  = color.RGBA{120, 124, 132, 255}
	Faint = color.RGBA{226, 228, 232, 255}
)

// Series are colours that tell what stands beside each other apart.
var Series = [...]color.RGBA{{31, 93, 140, 255}, {196, 96, 32, 255}, {40, 118, 74, 255}, {128, 66, 142, 255}, {168, 136, 28, 255}, {176, 48, 80, 255}}

// New returns a white picture.
func New(width, height int) (*Picture, error) {
	if width < 1 || height < 1 || width > MaxPixels || height > MaxPixels/width {
		return nil, fmt.Errorf("a picture of %d x %d pixels, at most %d in all", width, height, MaxPixels)
	}
	p := &Picture{image.NewRGBA(image.Rect(0, 0, fine*width, fine*height)), fine}
	p.Fill(0, 0, width, height, White)
	return p, nil
}

// Fill implements Canvas.
func (p *Picture) Fill(x, y, width, height int, c color.RGBA) {
	r := image.Rect(p.fine*x, p.fine*y, p.fine*(x+width), p.fine*(y+height)).Intersect(p.img.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			p.img.SetRGBA(x, y, c)
		}
	}
}

// Frame implements Canvas.
func (p *Picture) Frame(x, y, width, height int, c color.RGBA) {
	p.Fill(x, y, width, 1, c)
	p.Fill(x, y+height-1, width, 1, c)
	p.Fill(x, y, 1, height, c)
	p.Fill(x+width-1, y, 1, height, c)
}

// Triangle implements Canvas.
func (p *Picture) Triangle(x, y, dx, dy, length, half int, c color.RGBA) {
	q := Picture{p.img, 1}
	x, y, length, half = x*p.fine, y*p.fine, length*p.fine, half*p.fine
	for i := range length {
		w := half * i / max(1, length-1)
		if dx != 0 {
			q.Fill(x-dx*i, y-w, 1, 2*w+1, c)
		} else {
			q.Fill(x-w, y-dy*i, 2*w+1, 1, c)
		}
	}
}

// WritePNG writes the picture.
func (p *Picture) WritePNG(w io.Writer) error {
	e := png.Encoder{CompressionLevel: png.BestCompression}
	return e.Encode(w, p.img)
}

// scale is the colours of Heat at equal distances, from little to much. Their
// brightness falls steadily, so that a print without colours reads the same.
var scale = []color.RGBA{
	{247, 244, 233, 255},
	{243, 214, 160, 255},
	{236, 165, 98, 255},
	{216, 108, 75, 255},
	{173, 61, 80, 255},
	{114, 33, 87, 255},
	{52, 17, 71, 255},
}

// Heat returns a colour for a share of 0 to 1 of the largest value.
func Heat(share float64) color.RGBA {
	if !(share > 0) {
		return scale[0]
	}
	at := min(share, 1) * float64(len(scale)-1)
	i := min(int(at), len(scale)-2)
	return mix(scale[i], scale[i+1], at-float64(i))
}

// mix returns a colour between two: a where part is 0, b where it is 1.
func mix(a, b color.RGBA, part float64) color.RGBA {
	part = max(0, min(part, 1))
	one := func(a, b uint8) uint8 { return uint8(float64(a) + part*(float64(b)-float64(a)) + 0.5) }
	return color.RGBA{one(a.R, b.R), one(a.G, b.G), one(a.B, b.B), 255}
}

// On returns a colour to write with on another: white on dark, ink on light.
func On(c color.RGBA) color.RGBA {
	if 299*int(c.R)+587*int(c.G)+114*int(c.B) < 140_000 {
		return White
	}
	return Ink
}

// Hex returns a colour as it stands in CSS.
func Hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }
