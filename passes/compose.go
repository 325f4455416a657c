package passes

import (
	"fmt"
	"slices"

	"github.com/synfire/synfire/ir"
)

// maxProduct bounds the synapses that multiplying out a path may make.
const maxProduct = 1 << 25

// mapStep applies one linear map, without its bias, to a dense vector.
type mapStep struct {
	node *ir.Node
	c    *ir.Connector // nil: the vector passes unchanged
	gain float64
}

// mapSteps prepares the maps of a path.
func mapSteps(n *ir.Network, maps []ir.NodeID) ([]mapStep, error) {
	steps := make([]mapStep, 0, len(maps))
	for _, id := range maps {
		node := n.Node(id).Clone()
		node.Unset(ir.PBias)
		st := mapStep{node: &node, gain: 1}
		switch node.Op {
		case ir.OpFlatten:
			steps = append(steps, st)
			continue
		case ir.OpDelay:
			return nil, fmt.Errorf("%s: delays that differ by element may stand only right behind a population", node.Name)
		case ir.OpSparse:
			if node.Has(ir.PDelaySteps) {
				return nil, fmt.Errorf("%s: delays that differ by synapse may stand only between two populations, without another weighted map or a bias before it", node.Name)
			}
		case ir.OpConnect:
			var err error
			if node, err = expand(&node); err != nil {
				return nil, err
			}
		case ir.OpAvgPool2d:
			st.gain = 1 / float64(node.Pool.Kernel[0]*node.Pool.Kernel[1])
			node.Op = ir.OpSumPool2d
		}
		c, err := singleMap(&node)
		if err != nil {
			return nil, err
		}
		st.c = c
		steps = append(steps, st)
	}
	return steps, nil
}

// singleMap returns the connector of one map alone.
func singleMap(node *ir.Node) (*ir.Connector, error) {
	n := &ir.Network{}
	src := n.Add(ir.Node{Name: "source", Op: ir.OpInput, In: node.In, Out: node.In})
	maps := []ir.NodeID{n.Add(*node)}
	if !node.Op.Weighted() { // a pool: give the chain weights of one
		one := ir.Node{Name: "one", Op: ir.OpScale, In: node.Out, Out: node.Out}
		one.Set(ir.PScale, ir.Uniform(node.Out, 1))
		maps = append(maps, n.Add(one))
	}
	dst := n.Add(ir.Node{Name: "target", Op: ir.OpOutput, In: node.Out, Out: node.Out})
	return ir.NewConnector(n, &ir.Projection{Src: src, Dst: dst, Maps: maps})
}

// apply returns the step's output for input x, adding in ascending order of
// the sources.
func (m *mapStep) apply(x []float64) []float64 {
	if m.c == nil {
		return x
	}
	y := make([]float64, m.node.Out.Size())
	for i, v := range x {
		if v != 0 {
			m.c.Out(i, func(o int, k int32) { y[o] += v * m.c.W.At(int(k)) })
		}
	}
	if m.gain != 1 {
		for o := range y {
			y[o] *= m.gain
		}
	}
	return y
}

// multiply multiplies out the maps of a path into one sparse map.
func (l *lowerer) multiply(p *ir.Projection) (*ir.Node, error) {
	src, dst := l.old.Node(p.Src), l.old.Node(p.Dst)
	steps, err := mapSteps(l.old, p.Maps)
	if err != nil {
		return nil, err
	}
	ptr := []int32{0}
	var idx []int32
	var w []float64
	unit := make([]float64, src.Out.Size())
	for i := range unit {
		unit[i] = 1
		x := unit
		for k := range steps {
			x = steps[k].apply(x)
		}
		unit[i] = 0
		for o, v := range x {
			if v != 0 {
				idx = append(idx, int32(o))
				w = append(w, v)
			}
		}
		if len(idx) > maxProduct {
			return nil, fmt.Errorf("the maps between %s and %s multiply out to more than %d synapses", src.Name, dst.Name, maxProduct)
		}
		ptr = append(ptr, int32(len(idx)))
	}
	if len(idx) == 0 {
		return nil, fmt.Errorf("the maps between %s and %s cancel out: no synapse is left", src.Name, dst.Name)
	}
	node := ir.Node{Name: src.Name + "->" + dst.Name, Op: ir.OpSparse, In: src.Out, Out: dst.Out}
	node.Set(ir.PIndptr, ir.Ints(ir.Shape{len(ptr)}, ptr))
	node.Set(ir.PIndices, ir.Ints(ir.Shape{len(idx)}, idx))
	node.Set(ir.PWeight, ir.Floats(ir.Shape{len(w)}, w))
	l.new.Note("product", "the maps between %s and %s are multiplied out to %d synapses", src.Name, dst.Name, len(idx))
	return &node, nil
}

// biasSum is the constant input of a population from step start on.
type biasSum struct {
	start int32
	sum   []float64
}

// biasSums adds up, by population, what the biases of all maps contribute.
func biasSums(n *ir.Network) ([][]biasSum, error) {
	sums := make([][]biasSum, len(n.Nodes))
	adj := n.Adjacency()
	paths := 0
	var walk func(at ir.NodeID, x []float64, delay int32, depth int) error
	walk = func(at ir.NodeID, x []float64, delay int32, depth int) error {
		if paths++; paths > ir.MaxPaths || depth > len(n.Nodes) {
			return fmt.Errorf("%s: too many paths of linear maps behind a bias", n.Node(at).Name)
		}
		for _, e := range adj.Out[at] {
			dst, d := n.Node(n.Edges[e].Dst), delay+n.Edges[e].Delay
			switch {
			case dst.Op.IsNeuron():
				sums[dst.ID] = addBias(sums[dst.ID], d, x)
			case dst.Op.IsMap():
				steps, err := mapSteps(n, []ir.NodeID{dst.ID})
				if err != nil {
					return err
				}
				if err := walk(dst.ID, steps[0].apply(x), d, depth+1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for _, id := range canonical(n) {
		node := n.Node(id)
		if !node.Op.IsMap() || !node.Has(ir.PBias) {
			continue
		}
		if err := walk(id, biasVector(node), 0, 0); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

// biasVector spreads a map's bias over its output: one value a channel for
// convolutions, one an element otherwise.
func biasVector(node *ir.Node) []float64 {
	b := node.P(ir.PBias)
	x := make([]float64, node.Out.Size())
	per := 1
	if node.Op == ir.OpConv1d || node.Op == ir.OpConv2d {
		per = len(x) / node.Out[0]
	}
	for i := range x {
		x[i] = b.At(i / per)
	}
	return x
}

func addBias(sums []biasSum, start int32, x []float64) []biasSum {
	i := slices.IndexFunc(sums, func(b biasSum) bool { return b.start == start })
	if i < 0 {
		return append(sums, biasSum{start, slices.Clone(x)})
	}
	for k := range x {
		sums[i].sum[k] += x[k]
	}
	return sums
}
