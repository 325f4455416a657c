package picture

import (
	_ "embed"
	"image/color"
	"strings"
)

// The letters are 5 pixels wide and 9 high, with the baseline under the
// seventh, and a pixel between them.
const (
	glyphWidth  = 5
	glyphHeight = 9
	advance     = glyphWidth + 1
)

// fontText draws the letters from the space on, 16 beside each other.
//
//go:embed font.txt
var fontText string

const perBlock = 16

var fontRows = strings.Split(fontText, "\n")

// glyphAt tells whether a pixel of a letter is set. A letter that the font lacks is
// a question mark; the micro sign stands at the end.
func glyphAt(r rune, x, y int) bool {
	k := int(r) - ' '
	switch {
	case r == 'µ':
		k = 127 - ' '
	case r < ' ' || r > '~':
		k = '?' - ' '
	}
	row, col := k/perBlock*(glyphHeight+1)+y, k%perBlock*advance+x
	return row < len(fontRows) && col < len(fontRows[row]) && fontRows[row][col] == '#'
}

// TextWidth returns the width of a text whose pixels are size times size.
func TextWidth(s string, size int) int {
	n := 0
	for range s {
		n++
	}
	return max(0, n*advance-1) * size
}

// Text implements Canvas.
func (p *Picture) Text(x, y, size int, s string, c color.RGBA) {
	for _, r := range s {
		for gy := range glyphHeight {
			for gx := range glyphWidth {
				if glyphAt(r, gx, gy) {
					p.Fill(x+gx*size, y+gy*size, size, size, c)
				}
			}
		}
		x += advance * size
	}
}

// TextRight implements Canvas.
func (p *Picture) TextRight(x, y, size int, s string, c color.RGBA) {
	p.Text(x-TextWidth(s, size), y, size, s, c)
}

// TextMiddle implements Canvas.
func (p *Picture) TextMiddle(x, y, size int, s string, c color.RGBA) {
	p.Text(x-TextWidth(s, size)/2, y, size, s, c)
}
