package eval

import (
	"fmt"
	"math"

	"github.com/synfire/synfire/ir"
)

// maxWhole is the largest n such that all whole numbers up to n are exact in
// float64; maxSum is what a map may add to an integer population in a step.
const (
	maxWhole = 1 << 53
	maxSum   = 1 << 43
)

// exactNodes marks the integer populations, but for those that are relaxed, and
// what leads to them without another population in between.
func exactNodes(n *ir.Network, changes *Changes) []bool {
	exact := make([]bool, len(n.Nodes))
	adj := n.Adjacency()
	var todo []ir.NodeID
	for i := range n.Nodes {
		if n.Nodes[i].Op.IsInteger() && changes.Populations[ir.NodeID(i)] == nil {
			exact[i] = true
			todo = append(todo, ir.NodeID(i))
		}
	}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, e := range adj.In[id] {
			src := n.Edges[e].Src
			if !exact[src] && !n.Node(src).Op.IsNeuron() {
				exact[src] = true
				todo = append(todo, src)
			}
		}
	}
	return exact
}

// exactMap is a map whose sums must be exact: it refuses inputs for which they
// might not be.
type exactMap struct {
	cell
	largest float64 // magnitude of a weight
	bias    float64 // largest magnitude
}

func (b *builder) exactMap(n *ir.Node, inner func() cell) (func() cell, error) {
	key := ir.WeightKey(n.Op)
	largest, err := wholeMagnitude(b.weights(n, key))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	bias, err := b.bias(n)
	if err != nil {
		return nil, err
	}
	base, err := wholeMagnitude(bias)
	if err != nil {
		return nil, fmt.Errorf("bias: %w", err)
	}
	return func() cell { return &exactMap{inner(), largest, base} }, nil
}

// wholeMagnitude returns the largest magnitude of whole numbers.
func wholeMagnitude(values []float64) (float64, error) {
	largest := 0.0
	for i, x := range values {
		if x != math.Trunc(x) || math.IsInf(x, 0) {
			return 0, fmt.Errorf("element %d is %g but leads to an integer population: run the quantize pass first", i, x)
		}
		largest = max(largest, math.Abs(x))
	}
	return largest, nil
}

func (m *exactMap) step(x, y []float64) error {
	total := 0.0
	for i, a := range x {
		if a == 0 {
			continue
		}
		if a != math.Trunc(a) {
			return fmt.Errorf("input %d is %g, an integer map takes whole numbers", i, a)
		}
		total += math.Abs(a)
	}
	if !(total*m.largest+m.bias <= maxSum) {
		return fmt.Errorf("inputs of %g in all times weights up to %g may add more than 2^43", total, m.largest)
	}
	return m.cell.step(x, y)
}
