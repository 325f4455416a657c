package passes

import "github.com/synfire/synfire/ir"

// Exact holds what quantization rounded: beside the integers of the network
// the real numbers that they stand for, in the same units. It is kept where
// Options.KeepExact asks for it, so that each approximation can be switched
// off alone (eval.Changes).
type Exact struct {
	// Weights are what the weights of a map, by its name, add to the target;
	// one for each stored weight.
	Weights map[string][]float64
	// Units is, by population, how many of the target's units a unit of each
	// neuron's potential is.
	Units map[string][]float64
	// Bias is, by population, what is added to each neuron in a step; nil for
	// nothing.
	Bias map[string][]float64
}

// keepWeights notes what the weights w of a map are in the target's units.
func (q *populationQuantizer) keepWeights(node *ir.Node, w ir.Tensor, scale func(j int) float64) {
	x := q.s.Exact
	if x == nil {
		return
	}
	target := targetOf(node)
	out := make([]float64, w.Stored())
	for k := range out {
		j := target(k)
		out[k] = w.At(k) * q.gain.At(j) * scale(j)
	}
	x.Weights[node.Name] = out
}

// keepPopulation notes the scale and the bias of the population.
func (q *populationQuantizer) keepPopulation(scale func(j int) float64) {
	x := q.s.Exact
	if x == nil {
		return
	}
	units := make([]float64, q.node.Out.Size())
	for j := range units {
		units[j] = q.norm.At(j) * scale(j)
	}
	x.Units[q.node.Name] = units
	if q.bias == nil {
		return
	}
	bias := make([]float64, len(q.bias))
	for j, b := range q.bias {
		bias[j] = b * scale(j)
	}
	x.Bias[q.node.Name] = bias
}
