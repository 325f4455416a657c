package passes

import (
	"context"

	"github.com/synfire/synfire/ir"
)

// normalise stores equal elements once, shapes uniform parameters like their
// population, and drops what has no effect: biases and delays of zero.
func normalise(_ context.Context, s *State) error {
	for i := range s.Net.Nodes {
		node := &s.Net.Nodes[i]
		for _, p := range append([]ir.ParamValue{}, node.Params...) {
			spec := node.Op.Spec(p.Key)
			if spec == nil || spec.Extent == ir.Index {
				continue // indices are read one by one
			}
			t := p.T.Compact()
			if spec.Extent == ir.PerNeuron && t.IsUniform() {
				t.Shape = node.Out
			}
			node.Set(p.Key, t)
			if (p.Key == ir.PBias || p.Key == ir.PDelay && node.Op != ir.OpDelay) && t.IsUniform() && t.At(0) == 0 {
				node.Unset(p.Key)
			}
		}
		if node.Neuron.Reset == ir.ResetValue && allZero(node.P(ir.PVReset)) {
			node.Neuron.Reset = ir.ResetZero
		}
	}
	return nil
}

func allZero(t ir.Tensor) bool {
	if !t.Valid() {
		return true
	}
	lo, hi := t.Range()
	return lo == 0 && hi == 0
}
