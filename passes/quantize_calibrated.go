package passes

import (
	"context"
	"fmt"
	"math"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

// calibratedPopulations runs the calibration, if there is one. Populations
// that it does not cover (see newCalibrated) are quantized without.
func calibratedPopulations(ctx context.Context, s *State) (map[ir.NodeID]*calibrated, error) {
	if err := s.checkScheme(); err != nil || s.Opt.Calibration == nil || s.caps().Fixed != nil {
		return nil, err
	}
	cal := *s.Opt.Calibration
	if cal.Thresholds == 0 {
		cal.Thresholds = sharedThresholds(s.Target)
	}
	widths := s.caps().WeightBits
	c, err := calibrate(ctx, s.Net, &cal, s.Opt.Scheme, widths, func(p *ir.Projection) quantize.Bits { return s.bits(p, widths) })
	if err != nil {
		return nil, err
	}
	return c.found, nil
}

// checkScheme says what does not go with the scheme of the options.
func (s *State) checkScheme() error {
	x := s.Opt.Scheme
	switch {
	case x == nil:
		return nil
	case s.Target != nil && s.caps().Fixed != nil:
		return fmt.Errorf("%s has one number format for weights and no scheme to choose", s.Target.Name())
	case s.Target != nil && x.Per == quantize.PerGroup:
		return fmt.Errorf("%s has one step for all weights of a neuron, not one for each group of inputs: take steps by channel or tensor", s.Target.Name())
	case s.Opt.Calibration == nil && s.Target != nil:
		return fmt.Errorf("a scheme of rounding for %s needs samples: calibrate, or leave it out", s.Target.Name())
	case s.Opt.Calibration == nil && x.NeedsSamples():
		return fmt.Errorf("%s needs samples: calibrate", x)
	}
	return x.Check()
}

// sharedThresholds returns how many different thresholds a population may
// have so that two populations can share a core; 0 = any number.
func sharedThresholds(t backend.Target) int {
	for _, l := range t.Limits() {
		if l.Resource == "threshold profiles" {
			return max(1, int(l.Value)/2)
		}
	}
	return 0
}

// runCalibrated takes weights and thresholds from the calibration.
func (q *populationQuantizer) runCalibrated() error {
	found := q.found
	group := quantize.Neurons{Step: found.byNeuron(found.sol.Step), Bias: q.bias, Sum: found.byNeuron(found.sums()), Gain: q.currentGain()}
	for k := range found.mult {
		group.Spread = max(group.Spread, found.exponent(k))
	}
	own, x, mayWrap, err := quantize.Fold(q.chip, &group)
	if err != nil {
		return err
	}
	q.own = own
	q.conns = make([]*ir.Connector, len(q.in))
	for i := range found.parts {
		part := &found.parts[i]
		if err := q.calibratedWeights(part, x+found.exponent(part.first)); err != nil {
			return err
		}
	}
	return q.population(&quantize.Scale{S: own[0], MayWrap: mayWrap})
}

// currentGain is by how much a decaying current exceeds a step's input.
func (q *populationQuantizer) currentGain() float64 {
	if !q.current {
		return 1
	}
	_, a := q.coeff.AS.Range()
	return 1 / max(1-a, 1e-3)
}

// calibratedWeights writes the mantissas of one projection.
func (q *populationQuantizer) calibratedWeights(part *calibratedPart, x int) error {
	i := -1
	for k, p := range q.in {
		if p.Maps[weightAt(q.s.Net, p)] == part.dense {
			i = k
		}
	}
	var err error
	if q.conns[i], err = ir.NewConnector(q.s.Net, q.in[i]); err != nil {
		return err
	}
	node := q.s.Net.Node(part.dense)
	w := node.P(ir.PWeight)
	q.keepWeights(node, w, func(j int) float64 { return q.own[j] })
	levels, st := q.found.levels(part, w)
	m, f := quantize.Mantissas(q.chip, levels, int(part.bits), x)
	node.Set(ir.PWeight, ir.Ints(w.Shape, m))
	node.Q = &f
	q.report(i, node, &f, st)
	return nil
}

// exponent returns the power of two that is the multiple of input k.
func (p *calibrated) exponent(k int) int { return int(math.Round(math.Log2(p.mult[k]))) }

// levels returns the levels of one projection, in the order of its weights w,
// and what became of those.
func (p *calibrated) levels(part *calibratedPart, w ir.Tensor) ([]float64, quantize.Stats) {
	size := p.rows * part.size
	levels, old, got, steps := make([]float64, size), make([]float64, size), make([]float64, size), make([]float64, size)
	for j := range p.rows {
		step := p.sol.Step[j] / p.unit[j]
		for k := range part.size {
			i, x := j*part.size+k, part.first+k
			levels[i], steps[i] = p.sol.Q[j*p.n+x], step*p.mult[x]
			old[i], got[i] = w.At(i), levels[i]*steps[i]
		}
	}
	st := quantize.Compare(old, got, steps, func(i int) float64 { return p.top(part.first + i%part.size) })
	st.Method, st.Potential = p.method, p.loss
	return levels, st
}

// top returns the largest level of input k. Weights of 0 bits have none to be
// beyond: they are not clipped but left out.
func (p *calibrated) top(k int) float64 {
	if p.width[k] == 0 {
		return math.Inf(1)
	}
	return float64(quantize.KMax(p.width[k]))
}

// byNeuron repeats numbers of rows for the neurons of each.
func (p *calibrated) byNeuron(rows []float64) []float64 {
	if p.window == nil {
		return rows
	}
	var out []float64
	for _, x := range rows {
		out = append(out, repeat(x, p.window.positions)...)
	}
	return out
}

// sums returns, by row, the largest magnitude that a step's inputs can add
// up to, in steps.
func (p *calibrated) sums() []float64 {
	out := make([]float64, p.rows)
	for j := range out {
		var pos, neg float64
		for i := range p.parts {
			part := &p.parts[i]
			for k := range part.size {
				i := part.first + k
				x := p.sol.Q[j*p.n+i] * p.mult[i]
				pos, neg = pos+max(x, 0), neg+max(-x, 0)
			}
		}
		out[j] = max(pos, neg)
	}
	return out
}
