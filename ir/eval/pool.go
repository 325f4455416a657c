package eval

import "github.com/synfire/synfire/ir"

// pool sums windows of the last two axes, then divides by count: the size of
// the window (padding counts) for a mean, 1 for a sum.
type pool struct {
	win     window
	count   float64
	scratch taps
}

func (c *pool) reset() {}

func pooling(n *ir.Node) func() cell {
	c := pool{win: poolWindow(n), count: 1}
	if n.Op == ir.OpAvgPool2d {
		c.count = float64(c.win.y.kernel) * float64(c.win.x.kernel)
	}
	return func() cell {
		own := c
		return &own
	}
}

func (c *pool) step(x, y []float64) error {
	clear(y)
	in, out := c.win.inPlane(), c.win.outPlane()
	for s, a := range x {
		if a == 0 {
			continue
		}
		c.scratch.find(&c.win, s%in)
		channel := y[s/in*out:]
		for _, row := range c.scratch.y {
			for _, col := range c.scratch.x {
				channel[row.o*c.win.x.out+col.o] += a
			}
		}
	}
	if c.count != 1 {
		for j := range y {
			y[j] /= c.count
		}
	}
	return nil
}
