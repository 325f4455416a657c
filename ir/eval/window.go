package eval

import "github.com/synfire/synfire/ir"

// axis is the geometry of a sliding window along one axis: output o reads
// input o*stride - pad + k*dilation at position k of the kernel.
type axis struct{ in, out, kernel, stride, pad, dilation int }

// point is the neutral axis.
var point = axis{1, 1, 1, 1, 0, 1}

// tap says that an input lies at position k of the window of output o.
type tap struct{ o, k int }

// taps appends the windows that contain input i, ascending by output.
func (a *axis) taps(i int, buf []tap) []tap {
	i += a.pad
	first := max(0, i-(a.kernel-1)*a.dilation+a.stride-1) / a.stride
	for o := first; o < a.out && o*a.stride <= i; o++ {
		if offset := i - o*a.stride; offset%a.dilation == 0 {
			buf = append(buf, tap{o, offset / a.dilation})
		}
	}
	return buf
}

// window joins two axes.
type window struct{ y, x axis }

func (w *window) inPlane() int  { return w.y.in * w.x.in }
func (w *window) outPlane() int { return w.y.out * w.x.out }

// convWindow returns the geometry of a checked convolution; one over one
// axis has a single row.
func convWindow(n *ir.Node) window {
	at := func(i int) axis {
		c, k := n.Conv, n.P(ir.PWeight).Shape
		return axis{n.In[1+i], n.Out[1+i], k[2+i], c.Stride[i], c.Padding[i], c.Dilation[i]}
	}
	if n.Op == ir.OpConv1d {
		return window{point, at(0)}
	}
	return window{at(0), at(1)}
}

// poolWindow returns the geometry of a checked pooling.
func poolWindow(n *ir.Node) window {
	at := func(i int) axis {
		p := n.Pool
		return axis{n.In[1+i], n.Out[1+i], p.Kernel[i], p.Stride[i], p.Padding[i], 1}
	}
	return window{at(0), at(1)}
}

// taps holds the windows that contain one input, by axis.
type taps struct{ y, x []tap }

// find fills t with the windows that contain place i of the input plane.
func (t *taps) find(w *window, i int) {
	t.y = w.y.taps(i/w.x.in, t.y[:0])
	t.x = w.x.taps(i%w.x.in, t.x[:0])
}
