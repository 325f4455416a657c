package passes

import (
	"context"
	"errors"
	"fmt"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/quantize"
)

// Calibration is a set of samples on which the quantize pass tries what it
// could do to the weights. The samples need no labels: the float network says
// what is right.
type Calibration struct {
	Samples, Steps int
	// Inputs names the input ports in the order of Fill's signals. It may be
	// left out if there is one port at most.
	Inputs []string
	// Fill prepares the stimulus of sample k in place. Several goroutines call
	// it at once, each with a stimulus of its own that still holds what Fill
	// left there before (eval.RunBatch).
	Fill func(k int, in eval.Stimulus) error
	// Threads is the number of processors to use; 0 = all.
	Threads int
	// Thresholds bounds how many different thresholds the neurons of a
	// population get, because the step of a neuron's weights is folded into
	// its threshold; 0 = as many as a core of the target has.
	Thresholds int
	// denseOnly leaves convolutions to be rounded to nearest.
	denseOnly bool
}

// maxCalibration bounds the samples of a calibration, maxSent the numbers kept
// of what is no spike.
const (
	maxCalibration = 1 << 20
	maxSent        = eval.MaxNumbers / 2
)

// check says what is wrong with a calibration.
func (c *Calibration) check() error {
	switch {
	case c.Fill == nil:
		return errors.New("the calibration has no samples to fill in")
	case c.Samples < 1 || c.Steps < 1:
		return fmt.Errorf("a calibration of %d samples of %d steps: at least one of each", c.Samples, c.Steps)
	case c.Samples > maxCalibration:
		return fmt.Errorf("a calibration of %d samples: at most %d", c.Samples, maxCalibration)
	case c.Thresholds < 0:
		return fmt.Errorf("%d different thresholds: at least one", c.Thresholds)
	}
	return nil
}

// calibrator quantizes the dense populations of a lowered network one after
// the other, along the network, each on what the populations before it send
// now that they are quantized.
type calibrator struct {
	cal    *Calibration
	float  *ir.Network // as it was
	now    *ir.Network // with the weights found so far
	into   [][]*ir.Projection
	bits   func(p *ir.Projection) quantize.Bits
	widths []int // that inputs may have
	// scheme is the one way to round, nil to try several.
	scheme *quantize.Scheme

	settled []bool                    // by node: its weights are found
	sent    map[ir.NodeID][]signal    // in float, by node and sample
	outputs []ir.NodeID               // whose spikes count
	want    [][]int                   // spikes of the outputs in float, by sample
	found   map[ir.NodeID]*calibrated // by population
}

// newCalibrator runs the float network over the samples.
func newCalibrator(ctx context.Context, n *ir.Network, cal *Calibration, scheme *quantize.Scheme, bits func(p *ir.Projection) quantize.Bits) (*calibrator, error) {
	if err := cal.check(); err != nil {
		return nil, err
	}
	ps, err := n.Projections()
	if err != nil {
		return nil, err
	}
	c := &calibrator{
		cal: cal, float: n, now: n.Clone(), bits: bits, scheme: scheme,
		into: make([][]*ir.Projection, len(n.Nodes)), settled: make([]bool, len(n.Nodes)),
		sent: map[ir.NodeID][]signal{}, found: map[ir.NodeID]*calibrated{},
	}
	isOutput := make([]bool, len(n.Nodes))
	for i := range ps {
		c.into[ps[i].Dst] = append(c.into[ps[i].Dst], &ps[i])
		if n.Node(ps[i].Dst).Op == ir.OpOutput {
			isOutput[ps[i].Src] = true
		}
	}
	for i, is := range isOutput {
		if is {
			c.outputs = append(c.outputs, ir.NodeID(i))
		}
	}
	return c, c.runFloat(ctx)
}

// runFloat records what the float network sends to dense maps, and its answer.
func (c *calibrator) runFloat(ctx context.Context) error {
	var nodes []ir.NodeID
	for i := range c.float.Nodes {
		p, err := newCalibrated(c, ir.NodeID(i))
		if err != nil {
			return err
		}
		if p == nil {
			continue
		}
		for _, part := range p.parts {
			if c.sent[part.pre] == nil {
				c.sent[part.pre] = make([]signal, c.cal.Samples)
				nodes = append(nodes, part.pre)
			}
		}
	}
	c.want = make([][]int, c.cal.Samples)
	kept := 0
	return c.record(ctx, c.float, nodes, func(k int, s []signal, counts []int) error {
		for i, id := range nodes {
			c.sent[id][k] = s[i]
			kept += s[i].numbers()
		}
		c.want[k] = counts
		if kept > maxSent {
			return errors.New("the samples hold too many numbers that are no spikes: take fewer samples")
		}
		return nil
	})
}
