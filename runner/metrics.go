package runner

import (
	"fmt"
	"math"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
)

// Metrics are figures of complexity with the names and definitions of
// NeuroBench (specs/quantization.md section 4; Yik et al. 2025).
type Metrics struct {
	Footprint Footprint `json:"footprint"`
	// Weights counts the weights as stored: those of a convolution once.
	Weights int64 `json:"weights"`
	// ConnectionSparsity is the fraction of weights that are zero, to four
	// digits. Biases are no weights.
	ConnectionSparsity float64 `json:"connection_sparsity"`
	// ActivationSparsity is the fraction of neurons and steps without a spike,
	// over all populations and samples. The input does not count.
	ActivationSparsity float64 `json:"activation_sparsity"`
	// The synaptic operations of a sample, over all of its steps, and those of
	// a step (a model execution).
	PerSample SynapticOperations `json:"synaptic_operations_per_sample"`
	PerStep   SynapticOperations `json:"synaptic_operations_per_step"`
}

// Footprint is memory in bytes.
type Footprint struct {
	Weights    int64 `json:"weights"`    // packed, at their own widths
	Parameters int64 `json:"parameters"` // of neurons and biases, 32 bits each
	State      int64 `json:"state"`      // of neurons, 32 bits a variable
	Bytes      int64 `json:"bytes"`      // all of them
}

// SynapticOperations are means. An operation is effective if neither the
// weight nor the input is zero. It is an accumulate (AC) if all inputs of its
// layer in that step are 0 or 1, else a multiply-accumulate (MAC). Dense
// counts as if no input and no weight were zero.
type SynapticOperations struct {
	EffectiveMACs float64 `json:"effective_macs"`
	EffectiveACs  float64 `json:"effective_acs"`
	Dense         float64 `json:"dense"`
}

// floatBits is the width of what is not quantized.
const floatBits = 32

// wiring is a lowered network, as far as it takes to know which synapses a
// spike reaches and what they need.
type wiring struct {
	net     *ir.Network
	reports []passes.ProjectionReport // of quantized projections
}

// report returns what became of the weights of a map, nil if they are float.
func (w *wiring) report(name string) *passes.ProjectionReport {
	for i := range w.reports {
		if w.reports[i].Name == name {
			return &w.reports[i]
		}
	}
	return nil
}

// stored returns the bits that the weights of a map take, of which there are
// so many.
func (w *wiring) stored(name string, weights int64) int64 {
	if r := w.report(name); r != nil {
		return r.Stored(weights)
	}
	return floatBits * weights
}

// widths returns the width of the weights of each input of a map.
func (w *wiring) widths(name string, inputs int) []int64 {
	out := make([]int64, inputs)
	r := w.report(name)
	for i := range out {
		switch {
		case r == nil:
			out[i] = floatBits
		case r.Widths != nil:
			out[i] = int64(r.Widths[i])
		default:
			out[i] = int64(r.Bits)
		}
	}
	return out
}

// footprint fills in what does not depend on the data.
func (w *wiring) footprint(m *Metrics) error {
	ps, err := w.net.Projections()
	if err != nil {
		return err
	}
	zeros, weightBits, numbers := int64(0), int64(0), int64(0)
	for i := range ps {
		p := &ps[i]
		at := weighted(w.net, p)
		if at < 0 {
			continue // to an output
		}
		node := w.net.Node(p.Maps[at])
		t := node.P(ir.WeightKey(node.Op))
		if w.net.Node(p.Src).Op == ir.OpBias {
			numbers += int64(t.Len())
			continue
		}
		m.Weights += int64(t.Len())
		weightBits += w.stored(node.Name, int64(t.Len()))
		zeros += zeroWeights(t, node.Q)
	}
	if m.Weights > 0 {
		m.ConnectionSparsity = math.Round(1e4*float64(zeros)/float64(m.Weights)) / 1e4
	}
	state := int64(0)
	for i := range w.net.Nodes {
		node := &w.net.Nodes[i]
		if !node.Op.IsNeuron() {
			continue
		}
		state += stateVariables(node) * int64(node.Out.Size())
		for _, p := range node.Params {
			numbers += int64(p.T.Stored())
		}
	}
	m.Footprint = Footprint{Weights: (weightBits + 7) / 8, Parameters: numbers * floatBits / 8, State: state * floatBits / 8}
	m.Footprint.Bytes = m.Footprint.Weights + m.Footprint.Parameters + m.Footprint.State
	return nil
}

// zeroWeights counts the weights that add nothing.
func zeroWeights(t ir.Tensor, q *ir.QFormat) int64 {
	if t.IsUniform() {
		if addsNothing(t, q, 0) {
			return int64(t.Len())
		}
		return 0
	}
	n := int64(0)
	for k := range t.Len() {
		if addsNothing(t, q, k) {
			n++
		}
	}
	return n
}

func addsNothing(t ir.Tensor, q *ir.QFormat, k int) bool {
	if q != nil {
		return q.Effective(t.IntAt(k)) == 0
	}
	return t.At(k) == 0
}

// stateVariables returns how many numbers a neuron keeps from step to step.
func stateVariables(node *ir.Node) int64 {
	n := int64(1)
	switch node.Op {
	case ir.OpThreshold:
		n = 0
	case ir.OpCubaLI, ir.OpCubaLIF, ir.OpIntLIF, ir.OpFixLIF:
		n = 2 // the current as well
	}
	if node.Has(ir.PRefractory) || node.Has(ir.PRefSteps) {
		n++
	}
	return n
}

// checkCount says if the operations of a data set might not fit a counter.
func checkCount(perStep, steps, samples int64) error {
	if perStep > 0 && steps > math.MaxInt64/perStep/max(1, samples) {
		return fmt.Errorf("%d synapses over %d samples of %d steps are too many operations to count", perStep, samples, steps)
	}
	return nil
}
