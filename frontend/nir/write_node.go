package nir

import (
	"github.com/synfire/synfire/internal/hdf5"
	"github.com/synfire/synfire/ir"
)

// fields adds the datasets of a node's NIR type.
func (x *exporter) fields(g *hdf5.Group, n *ir.Node) {
	switch {
	case n.Op.IsInteger() || n.Q != nil || n.P(ir.PWeight).IsInt() || n.P(ir.PScale).IsInt():
		x.fail(n, "export the network before it is quantized", "%q is quantized; NIR describes networks of real numbers", n.Name)
		return
	case n.Op == ir.OpBias:
		x.fail(n, "use a projection with a bias", "NIR has no constant source such as %q", n.Name)
		return
	case n.Op == ir.OpScale && n.Has(ir.PBias):
		x.fail(n, "use a dense projection with a diagonal matrix", "a Scale in NIR has no bias")
		return
	case n.Out == nil:
		x.fail(n, "infer the shapes first", "the shape of %q is not known", n.Name)
		return
	case n.Op == ir.OpSparse || n.Op == ir.OpConnect:
		x.connections(g, n)
		return
	}
	t := typeFor(n)
	if t == nil {
		x.fail(n, "", "NIR has no node for %s", n.Op)
		return
	}
	add(g, stringData("type", t.name))
	for _, p := range t.params {
		x.param(g, n, p)
	}
	switch n.Op {
	case ir.OpInput, ir.OpOutput:
		add(g, intData("shape", n.Out))
	case ir.OpConv1d:
		x.conv(g, n, 1)
	case ir.OpConv2d:
		x.conv(g, n, 2)
	case ir.OpSumPool2d, ir.OpAvgPool2d:
		add(g, intData("kernel_size", n.Pool.Kernel[:]))
		add(g, intData("stride", n.Pool.Stride[:]))
		add(g, intData("padding", n.Pool.Padding[:]))
	case ir.OpFlatten:
		x.flatten(g, n)
	}
}

// param writes one parameter in the full shape that NIR asks for.
func (x *exporter) param(g *hdf5.Group, n *ir.Node, p ir.Param) {
	t, shape := n.P(p), n.Out
	switch n.Op.Spec(p).Extent {
	case ir.Weights:
		shape = t.Shape
	case ir.PerOutput:
		shape = n.P(ir.PWeight).Shape[:1]
		if !n.Has(p) { // only convolutions come here
			x.say(n, "NIR demands a bias; zeros are written")
			t = ir.Uniform(shape, 0)
		}
	}
	if p == ir.PDelay && n.Has(ir.PDelaySteps) {
		if !(x.dt > 0) {
			x.fail(n, "set dt", "%q delays by steps, but the time step is not known", n.Name)
			return
		}
		t = n.P(ir.PDelaySteps).Map(func(steps float64) float64 { return steps * x.dt })
	}
	x.floats(g, n, p.Info().NIR, t, shape)
}

func (x *exporter) conv(g *hdf5.Group, n *ir.Node, dims int) {
	c := n.Conv
	input := c.Input
	if in := n.In; input == [2]int{} && len(in) == dims+1 {
		copy(input[:], in[1:])
	}
	if input == [2]int{} {
		x.fail(n, "infer the shapes first", "the input shape of %q is not known", n.Name)
		return
	}
	list := func(name string, v [2]int) {
		if dims == 1 {
			add(g, intScalar(name, v[0]))
		} else {
			add(g, intData(name, v[:]))
		}
	}
	list("input_shape", input)
	list("stride", c.Stride)
	list("dilation", c.Dilation)
	add(g, intScalar("groups", c.Groups))
	if c.Padding == c.PadEnd {
		list("padding", c.Padding)
		return
	}
	kernel := n.P(ir.PWeight).Shape[2:]
	for i := range dims {
		first, last := samePadding(c.Dilation[i], kernel[i])
		if c.Stride[i] != 1 || c.Padding[i] != first || c.PadEnd[i] != last {
			x.fail(n, "pad by the same amount on both sides", "NIR has no padding of %v cells before and %v after", c.Padding[:dims], c.PadEnd[:dims])
			return
		}
	}
	add(g, stringData("padding", "same"))
}

func (x *exporter) flatten(g *hdf5.Group, n *ir.Node) {
	if n.In == nil {
		x.fail(n, "infer the shapes first", "the input shape of %q is not known", n.Name)
		return
	}
	add(g, intScalar("start_dim", n.Flatten.Start))
	add(g, intScalar("end_dim", n.Flatten.End))
	add(g, intData("input_type", n.In))
}

// connections writes a sparse map, or one made by a rule, as a matrix; a
// one-to-one rule becomes a Scale.
func (x *exporter) connections(g *hdf5.Group, n *ir.Node) {
	if n.In == nil {
		x.fail(n, "infer the shapes first", "the input shape of %q is not known", n.Name)
		return
	}
	oneToOne := n.Rule != nil && n.Rule.Kind == ir.RuleOneToOne && !n.Rule.NoSelf
	if oneToOne && n.In.Equal(n.Out) && !n.Has(ir.PBias) {
		x.say(n, "the one-to-one connection becomes a Scale")
		add(g, stringData("type", "Scale"))
		x.floats(g, n, "scale", n.P(ir.PWeight), n.Out)
		return
	}
	if len(n.In) != 1 || len(n.Out) != 1 {
		x.fail(n, "flatten the populations", "NIR has no map from %v to %v; only a single axis can be written as a matrix", n.In, n.Out)
		return
	}
	in, out := n.In.Size(), n.Out.Size()
	if in > maxMatrix/out {
		x.fail(n, "export a smaller network", "NIR has no sparse connections, and a matrix of %d x %d numbers is above the bound of %d", out, in, maxMatrix)
		return
	}
	if d := n.P(ir.PDelaySteps); n.Has(ir.PDelaySteps) && (d.Stored() != 1 || d.At(0) != 0) {
		x.fail(n, "use one projection for each delay", "NIR has no delays by synapse")
		return
	}
	weights, ok := x.matrix(n, in, out)
	if !ok {
		return
	}
	x.say(n, "the %s connections become a matrix of %d x %d", n.Op, out, in)
	typ := "Linear"
	if n.Has(ir.PBias) {
		typ = "Affine"
		x.floats(g, n, "bias", n.P(ir.PBias), n.Out)
	}
	add(g, stringData("type", typ))
	shape := ir.Shape{out, in}
	x.floats(g, n, "weight", ir.Floats(shape, weights), shape)
}

// matrix adds up the synapses of a sparse map, or those that a rule makes, in
// a matrix of out rows.
func (x *exporter) matrix(n *ir.Node, in, out int) ([]float64, bool) {
	var indptr, indices []int32
	if n.Op == ir.OpConnect {
		var err error
		if indptr, indices, err = ir.Expand(n, in); err != nil {
			x.fail(n, "", "%v", err)
			return nil, false
		}
	} else {
		indptr, indices = wholes(n.P(ir.PIndptr)), wholes(n.P(ir.PIndices))
	}
	weight := n.P(ir.PWeight)
	if weight.Stored() != 1 && weight.Stored() != len(indices) {
		x.fail(n, "", "there are %d weights for %d synapses", weight.Stored(), len(indices))
		return nil, false
	}
	m := make([]float64, in*out)
	for i := range in {
		for k := indptr[i]; k < indptr[i+1]; k++ {
			m[int(indices[k])*in+i] += weight.At(int(k))
		}
	}
	return m, true
}

// wholes returns the elements of an integer tensor.
func wholes(t ir.Tensor) []int32 {
	out := make([]int32, t.Len())
	for i := range out {
		out[i] = t.IntAt(i)
	}
	return out
}
