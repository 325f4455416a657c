package ir

// axis is the geometry of one axis of a convolution or pooling: output o
// reads inputs o*stride - pad + k*dilation for k in 0..kernel-1 that lie in
// 0..in-1.
type axis struct{ in, out, kernel, stride, pad, dilation int }

// input returns the input that tap k of output o reads, ok = false outside.
func (a axis) input(o, k int) (i int, ok bool) {
	i = o*a.stride - a.pad + k*a.dilation
	return i, i >= 0 && i < a.in
}

// output returns the output that reads input i with tap k, if there is one.
func (a axis) output(i, k int) (o int, ok bool) {
	x := i + a.pad - k*a.dilation
	if x < 0 || x%a.stride != 0 {
		return 0, false
	}
	o = x / a.stride
	return o, o < a.out
}

// convStep is a convolution over two axes; Conv1d has one row.
type convStep struct {
	row, col       axis
	groups, co, ci int // ci is per group
}

func newConvStep(node *Node) convStep {
	c := node.Conv
	w := node.P(PWeight).Shape
	s := convStep{groups: c.Groups, co: w[0], ci: w[1]}
	if node.Op == OpConv1d {
		s.row = axis{1, 1, 1, 1, 0, 1}
		s.col = axis{node.In[1], node.Out[1], w[2], c.Stride[0], c.Padding[0], c.Dilation[0]}
		return s
	}
	s.row = axis{node.In[1], node.Out[1], w[2], c.Stride[0], c.Padding[0], c.Dilation[0]}
	s.col = axis{node.In[2], node.Out[2], w[3], c.Stride[1], c.Padding[1], c.Dilation[1]}
	return s
}

func (s convStep) weight(co, ci, ky, kx int) int32 {
	return int32(((co*s.ci+ci)*s.row.kernel+ky)*s.col.kernel + kx)
}

func (s convStep) out(i int, f func(int, int32)) {
	x, y := i%s.col.in, i/s.col.in%s.row.in
	c := i / s.col.in / s.row.in
	g, ci := c/s.ci, c%s.ci
	perGroup := s.co / s.groups
	for co := g * perGroup; co < (g+1)*perGroup; co++ {
		for ky := range s.row.kernel {
			oy, ok := s.row.output(y, ky)
			if !ok {
				continue
			}
			for kx := range s.col.kernel {
				if ox, ok := s.col.output(x, kx); ok {
					f((co*s.row.out+oy)*s.col.out+ox, s.weight(co, ci, ky, kx))
				}
			}
		}
	}
}

func (s convStep) in(o int, f func(int, int32)) {
	ox, oy := o%s.col.out, o/s.col.out%s.row.out
	co := o / s.col.out / s.row.out
	g := co / (s.co / s.groups)
	for ci := range s.ci {
		for ky := range s.row.kernel {
			y, ok := s.row.input(oy, ky)
			if !ok {
				continue
			}
			for kx := range s.col.kernel {
				if x, ok := s.col.input(ox, kx); ok {
					f(((g*s.ci+ci)*s.row.in+y)*s.col.in+x, s.weight(co, ci, ky, kx))
				}
			}
		}
	}
}

// poolStep sums windows of each channel.
type poolStep struct{ row, col axis }

func newPoolStep(node *Node) poolStep {
	p := node.Pool
	return poolStep{
		axis{node.In[1], node.Out[1], p.Kernel[0], p.Stride[0], p.Padding[0], 1},
		axis{node.In[2], node.Out[2], p.Kernel[1], p.Stride[1], p.Padding[1], 1},
	}
}

func (s poolStep) out(i int, f func(int, int32)) {
	x, y, c := i%s.col.in, i/s.col.in%s.row.in, i/s.col.in/s.row.in
	for ky := range s.row.kernel {
		oy, ok := s.row.output(y, ky)
		if !ok {
			continue
		}
		for kx := range s.col.kernel {
			if ox, ok := s.col.output(x, kx); ok {
				f((c*s.row.out+oy)*s.col.out+ox, 0)
			}
		}
	}
}

func (s poolStep) in(o int, f func(int, int32)) {
	ox, oy, c := o%s.col.out, o/s.col.out%s.row.out, o/s.col.out/s.row.out
	for ky := range s.row.kernel {
		y, ok := s.row.input(oy, ky)
		if !ok {
			continue
		}
		for kx := range s.col.kernel {
			if x, ok := s.col.input(ox, kx); ok {
				f((c*s.row.in+y)*s.col.in+x, 0)
			}
		}
	}
}
