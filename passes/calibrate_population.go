package passes

import (
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

// calibrated is a population whose inputs are all dense, or one convolution:
// one problem over all of them, in units in which every threshold is 1. Rows
// are neurons and their inputs, of a convolution output channels and what a
// position of the kernel sees.
type calibrated struct {
	id        ir.NodeID
	rows      int     // neurons, or output channels
	n         int     // inputs
	window    *window // of a convolution, nil if all inputs are dense
	parts     []calibratedPart
	threshold ir.Tensor // above the potential after a reset
	unit      []float64 // of a row: potential of an input of weight 1, over its threshold
	width     []int     // of the weights of each input
	am        float64   // mean decay of the potential
	as        float64   // and of the current, 0 without one

	sol    *quantize.Solution // the best that was found
	mult   []float64          // an input's step is that of the neuron times this power of two
	method string             // how it was found
	loss   float64            // mean squared error of the potentials over their mean square
}

// calibratedPart is one projection of a calibrated population.
type calibratedPart struct {
	p     *ir.Projection
	dense ir.NodeID
	pre   ir.NodeID // what the dense map reads
	lag   int       // steps that it reads later
	first int       // place of its inputs among all
	size  int
	bits  quantize.Bits
}

// newCalibrated returns the problem of a population, nil if it is none with
// dense inputs or one convolution without groups.
func newCalibrated(c *calibrator, id ir.NodeID) (*calibrated, error) {
	n := c.float
	node := n.Node(id)
	if !node.Op.IsNeuron() || !node.Op.Info().Spikes || node.Op.IsInteger() || node.Op == ir.OpThreshold {
		return nil, nil
	}
	p := &calibrated{id: id, rows: node.Out.Size(), unit: make([]float64, node.Out.Size())}
	for _, proj := range c.into[id] {
		if nativeBias(n, proj) {
			continue
		}
		at := weightAt(n, proj)
		dense := n.Node(proj.Maps[at])
		size := dense.In.Size()
		switch {
		case dense.Op == ir.OpDense && p.window == nil:
		case (dense.Op == ir.OpConv1d || dense.Op == ir.OpConv2d) && len(p.parts) == 0 && !c.cal.denseOnly:
			var err error
			if p.window, err = newWindow(dense); err != nil || p.window == nil || c.bits(proj).IsMean() {
				return nil, err // an input meets every weight of a kernel
			}
			p.rows, size = p.window.channels, p.window.size
		default:
			return nil, nil
		}
		part := calibratedPart{p: proj, dense: dense.ID, pre: proj.Src, first: p.n, size: size, bits: c.bits(proj)}
		if at > 0 {
			part.pre = proj.Maps[at-1]
		} else {
			part.lag = int(proj.Delay)
		}
		p.n += part.size
		p.parts = append(p.parts, part)
	}
	if len(p.parts) == 0 || p.n > quantize.MaxInputs {
		return nil, nil
	}
	if err := p.units(n, node); err != nil || p.unit == nil {
		return nil, err
	}
	if lo, _ := p.threshold.Range(); !(lo > 0) {
		return nil, nil // refused where its threshold is rounded
	}
	return p, nil
}

// units finds the decays and what an input adds; unit is nil if neurons that
// share weights differ in it.
func (p *calibrated) units(n *ir.Network, node *ir.Node) error {
	co, err := node.Coefficients(n.DT)
	if err != nil {
		return err
	}
	reset := resetPotential(node)
	p.threshold = ir.Zip(node.P(ir.PVThreshold), reset, func(t, r float64) float64 { return t - r })
	for j := range p.unit {
		g := co.GM.At(j)
		p.am += co.AM.At(j) / float64(len(p.unit))
		if co.AS.Valid() {
			g *= co.GS.At(j)
			p.as += co.AS.At(j) / float64(len(p.unit))
		}
		p.unit[j] = g / p.threshold.At(j)
	}
	if p.window != nil {
		p.unit = p.window.shared(p.unit)
	}
	return nil
}

// weights returns the problem's weights, in thresholds.
func (p *calibrated) weights(n *ir.Network) []float64 {
	out := make([]float64, p.rows*p.n)
	for i := range p.parts {
		part := &p.parts[i]
		w := n.Node(part.dense).P(ir.PWeight)
		for j := range p.rows {
			for k := range part.size {
				out[j*p.n+part.first+k] = w.At(j*part.size+k) * p.unit[j]
			}
		}
	}
	return out
}

// apply writes the weights of a candidate into a network, in float.
func (p *calibrated) apply(n *ir.Network, x *candidate) {
	for i := range p.parts {
		part := &p.parts[i]
		w := make([]float64, p.rows*part.size)
		for j := range p.rows {
			f := x.sol.Step[j] / p.unit[j]
			for k := range part.size {
				i := part.first + k
				w[j*part.size+k] = x.sol.Q[j*p.n+i] * x.mult[i] * f
			}
		}
		dense := n.Node(part.dense)
		dense.Set(ir.PWeight, ir.Floats(dense.P(ir.PWeight).Shape, w))
	}
}
