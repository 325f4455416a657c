package ir

import "fmt"

// OutShape returns the shape of the node's output for an input of shape in,
// or an error that says why the two do not go together. Populations and
// ports keep the shape; for them a known Out must equal in.
func (n *Node) OutShape(in Shape) (Shape, error) {
	switch n.Op {
	case OpDense:
		return n.denseOut(in)
	case OpConv1d:
		return n.conv1dOut(in)
	case OpConv2d:
		return n.conv2dOut(in)
	case OpSumPool2d, OpAvgPool2d:
		return n.poolOut(in)
	case OpFlatten:
		return n.flattenOut(in)
	case OpSparse:
		if p := n.P(PIndptr); p.Len() != in.Size()+1 {
			return nil, fmt.Errorf("sparse weights have %d source rows, the input %d elements", p.Len()-1, in.Size())
		}
		return n.Out, nil
	case OpConnect:
		if n.Rule != nil && n.Rule.Kind == RuleOneToOne && n.Out.Size() != in.Size() {
			return nil, fmt.Errorf("one-to-one joins %d sources to %d targets", in.Size(), n.Out.Size())
		}
		return n.Out, nil
	case OpGraph:
		return n.Out, nil
	}
	if n.Out != nil && !n.Out.Equal(in) {
		return nil, fmt.Errorf("%s has shape %v, its input %v", n.Op, n.Out, in)
	}
	return in, nil
}

func (n *Node) denseOut(in Shape) (Shape, error) {
	w := n.P(PWeight)
	r := len(w.Shape)
	if r < 2 {
		return nil, fmt.Errorf("weight has shape %v, a matrix needs two axes", w.Shape)
	}
	if r > 2 {
		return nil, fmt.Errorf("weight has shape %v: stacked matrices are not supported, use one node for each", w.Shape)
	}
	if in.Size() != w.Shape[r-1] || len(in) != 1 {
		return nil, fmt.Errorf("weight has shape %v and takes [%d], the input is %v", w.Shape, w.Shape[r-1], in)
	}
	return Shape{w.Shape[0]}, nil
}

func convLen(in, kernel, stride, pad, padEnd, dilation int) (int, error) {
	if stride <= 0 || dilation <= 0 || kernel <= 0 || pad < 0 || padEnd < 0 {
		return 0, fmt.Errorf("kernel %d, stride %d, dilation %d and padding %d+%d must be positive", kernel, stride, dilation, pad, padEnd)
	}
	if max(in, kernel, dilation, pad, padEnd) > MaxElems {
		return 0, fmt.Errorf("kernel %d, dilation %d or padding %d is too large", kernel, dilation, max(pad, padEnd))
	}
	span := in + pad + padEnd - dilation*(kernel-1) - 1
	if span < 0 {
		return 0, fmt.Errorf("kernel %d with dilation %d is larger than the padded input of %d", kernel, dilation, in+pad+padEnd)
	}
	return span/stride + 1, nil
}

func (n *Node) channels(in int, w Shape) (int, error) {
	g := n.Conv.Groups
	if g <= 0 || w[0]%g != 0 || in != w[1]*g {
		return 0, fmt.Errorf("weight %v with %d groups does not take %d channels", w, g, in)
	}
	return w[0], nil
}

func (n *Node) conv1dOut(in Shape) (Shape, error) {
	w := n.P(PWeight).Shape
	if n.Conv == nil || len(w) != 3 || len(in) != 2 {
		return nil, fmt.Errorf("conv1d with weight %v does not take an input of shape %v (channels, length)", w, in)
	}
	co, err := n.channels(in[0], w)
	if err != nil {
		return nil, err
	}
	c := n.Conv
	l, err := convLen(in[1], w[2], c.Stride[0], c.Padding[0], c.PadEnd[0], c.Dilation[0])
	if err != nil {
		return nil, err
	}
	out := Shape{co, l}
	return out, out.Check()
}

func (n *Node) conv2dOut(in Shape) (Shape, error) {
	w := n.P(PWeight).Shape
	if n.Conv == nil || len(w) != 4 || len(in) != 3 {
		return nil, fmt.Errorf("conv2d with weight %v does not take an input of shape %v (channels, rows, columns)", w, in)
	}
	co, err := n.channels(in[0], w)
	if err != nil {
		return nil, err
	}
	out := Shape{co, 0, 0}
	c := n.Conv
	for i := range 2 {
		out[1+i], err = convLen(in[1+i], w[2+i], c.Stride[i], c.Padding[i], c.PadEnd[i], c.Dilation[i])
		if err != nil {
			return nil, err
		}
	}
	return out, out.Check()
}

func (n *Node) poolOut(in Shape) (Shape, error) {
	if n.Pool == nil || len(in) != 3 {
		return nil, fmt.Errorf("pooling does not take an input of shape %v (channels, rows, columns)", in)
	}
	out := Shape{in[0], 0, 0}
	for i := range 2 {
		var err error
		p := n.Pool.Padding[i]
		out[1+i], err = convLen(in[1+i], n.Pool.Kernel[i], n.Pool.Stride[i], p, p, 1)
		if err != nil {
			return nil, err
		}
	}
	return out, out.Check()
}

func (n *Node) flattenOut(in Shape) (Shape, error) {
	if n.Flatten == nil {
		return nil, fmt.Errorf("flatten has no axes")
	}
	axis := func(a int) int {
		if a < 0 {
			a += len(in)
		}
		return a
	}
	first, last := axis(n.Flatten.Start), axis(n.Flatten.End)
	if first < 0 || last >= len(in) || first > last {
		return nil, fmt.Errorf("flatten of axes %d to %d does not take an input of shape %v", n.Flatten.Start, n.Flatten.End, in)
	}
	out := append(Shape{}, in[:first]...)
	out = append(out, in[first:last+1].Size())
	return append(out, in[last+1:]...), nil
}
