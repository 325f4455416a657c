package eval

import "github.com/synfire/synfire/ir"

// conv is a cross-correlation with groups. Each input that is not zero is
// added to the windows that contain it.
type conv struct {
	bias    bias
	win     window
	w       []float64 // [input channel][kernel row][kernel column][output channel of the group]
	ci, co  int       // channels of a group
	scratch taps
}

func (c *conv) reset() {}

func (b *builder) conv(n *ir.Node) (func() cell, error) {
	k := n.P(ir.PWeight).Shape
	c := conv{win: convWindow(n), ci: k[1], co: k[0] / n.Conv.Groups}
	var err error
	if c.bias, err = b.bias(n); err != nil {
		return nil, err
	}
	if err := b.take(1, k.Size()); err != nil {
		return nil, err
	}
	c.w = byInput(b.weights(n, ir.PWeight), k[0], k[1], k.Size()/(k[0]*k[1]), c.co)
	return func() cell {
		own := c // the weights are shared, the scratch space is not
		return &own
	}, nil
}

// byInput reorders weights [output channel][input channel of the group][kernel]
// (or one for all) to the layout of conv.
func byInput(w []float64, outputs, ci, kernel, co int) []float64 {
	out := make([]float64, outputs*ci*kernel)
	stride := min(1, len(w)-1)
	for o := range outputs {
		group, within := o/co, o%co
		for i := range ci {
			for k := range kernel {
				out[((group*ci+i)*kernel+k)*co+within] = w[((o*ci+i)*kernel+k)*stride]
			}
		}
	}
	return out
}

func (c *conv) step(x, y []float64) error {
	c.bias.fill(y)
	plane := c.win.inPlane()
	for s, a := range x {
		if a != 0 {
			c.scratch.find(&c.win, s%plane)
			c.add(y, s/plane, a)
		}
	}
	return nil
}

// add adds an input of the given channel to the windows in scratch.
func (c *conv) add(y []float64, channel int, a float64) {
	plane := c.win.outPlane()
	group := y[channel/c.ci*c.co*plane:]
	for _, row := range c.scratch.y {
		for _, col := range c.scratch.x {
			k := ((channel*c.win.y.kernel+row.k)*c.win.x.kernel + col.k) * c.co
			o := row.o*c.win.x.out + col.o
			for _, w := range c.w[k : k+c.co] {
				group[o] += float64(a * w)
				o += plane
			}
		}
	}
}
