package eval

import (
	"fmt"

	"github.com/synfire/synfire/ir"
)

// Changes replaces numbers of a network that is compiled, by node: to find out
// what quantization costs, it switches single approximations off, and to find
// out what imperfect devices cost, it gives weights that no integer stands for.
type Changes struct {
	// Weights replaces what a weighted map stores (one number, or one per
	// element), in the units of its target's input. Where it leads to an
	// integer population that has to be in Populations, because sums are then
	// no longer whole.
	Weights map[ir.NodeID][]float64
	// Populations relaxes integer populations.
	Populations map[ir.NodeID]*Relaxed
}

// Relaxed says which limits of its integers an integer population (ir.IntLIF)
// does not have. The zero value keeps all of them: it computes what the
// population does, as long as states stay below 2^40. Numbers are one per
// neuron and in units of the integer potential; nil keeps the integers.
type Relaxed struct {
	// KeepU and KeepV are what a step leaves of the current and of the
	// potential, 0 to 1.
	KeepU, KeepV []float64
	// Threshold comes with its own comparison.
	Threshold []float64
	Compare   ir.Compare
	// Bias is added in each step, V0 is the potential before the first.
	Bias, V0 []float64
	// Reals says that decayed states are not rounded to whole numbers.
	Reals bool
	// Unbounded says that sums and currents do not wrap and that the potential
	// has no bounds.
	Unbounded bool
	// Rule, if set, is what happens at a spike and after it.
	Rule *Rule
}

// Rule is the float models' way to reset (see ir.Neuron): a neuron that is
// refractory keeps its potential.
type Rule struct {
	Reset      ir.Reset // to a value is to 0
	Refractory []int64  // steps
	VMin       []float64
	Grain      []float64 // the potential is rounded down to multiples; nil = not
}

// check makes sure that all lengths fit the network.
func (c *Changes) check(n *ir.Network) error {
	for id, w := range c.Weights {
		if id < 0 || int(id) >= len(n.Nodes) || !n.Node(id).Op.Weighted() {
			return fmt.Errorf("weights of node %d, which has none", id)
		}
		node := n.Node(id)
		if t := node.P(ir.WeightKey(node.Op)); len(w) != t.Stored() && len(w) != t.Len() {
			return nodeError(node, fmt.Errorf("%d weights for %d", len(w), t.Stored()))
		}
	}
	for id, r := range c.Populations {
		if id < 0 || int(id) >= len(n.Nodes) || n.Node(id).Op != ir.OpIntLIF {
			return fmt.Errorf("node %d is no integer population", id)
		}
		node := n.Node(id)
		lists := [][]float64{r.KeepU, r.KeepV, r.Threshold, r.Bias, r.V0}
		if r.Rule != nil {
			lists = append(lists, r.Rule.VMin, r.Rule.Grain)
			if r.Rule.Refractory != nil && len(r.Rule.Refractory) != node.Out.Size() {
				return nodeError(node, fmt.Errorf("%d refractory periods for %d neurons", len(r.Rule.Refractory), node.Out.Size()))
			}
		}
		for _, x := range lists {
			if x != nil && len(x) != node.Out.Size() {
				return nodeError(node, fmt.Errorf("%d numbers for %d neurons", len(x), node.Out.Size()))
			}
		}
	}
	return nil
}
