package topology

// Hilbert returns the live chips in the order of a Hilbert curve: chips that are
// near in the order are near on the grid.
func (g *Grid) Hilbert() []int32 {
	side := 1
	for side < max(g.Width, g.Height) {
		side *= 2
	}
	var out []int32
	for d := range side * side {
		if c := g.At(hilbert(side, d)); c != None && g.Alive(c) {
			out = append(out, c)
		}
	}
	return out
}

// hilbert returns the place of step d of the curve that fills a square.
func hilbert(side, d int) (x, y int) {
	for s := 1; s < side; s *= 2 {
		right, up := d/2&1, (d^d/2)&1
		if up == 0 {
			if right == 1 {
				x, y = s-1-x, s-1-y
			}
			x, y = y, x
		}
		x, y = x+s*right, y+s*up
		d /= 4
	}
	return x, y
}
