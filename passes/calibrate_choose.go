package passes

import (
	"context"
	"slices"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

// candidate is one way to quantize a population.
type candidate struct {
	name string
	from *quantize.Solver
	sol  *quantize.Solution
	mult []float64 // of each input's steps, see multiples
}

// choose quantizes a population in several ways and keeps the one with which
// the network's outputs come closest to those of the float network. No method
// wins everywhere (specs/quantization.md section 3a), so none is taken for
// granted.
func (c *calibrator) choose(ctx context.Context, p *calibrated) error {
	list, err := c.candidates(ctx, p)
	if err != nil {
		return err
	}
	var best *candidate
	var least score
	for i := range list {
		x := &list[i]
		if len(list) == 1 {
			best = x
			break // nothing to choose from
		}
		p.apply(c.now, x)
		s, err := c.score(ctx, c.now)
		if err != nil {
			return err
		}
		if best == nil || s.better(least) {
			best, least = x, s
		}
	}
	if k := c.cal.Thresholds; k > 0 {
		if err := best.from.Share(best.sol, k); err != nil {
			return err
		}
	}
	p.method, p.sol, p.mult = best.name, best.sol, best.mult
	p.loss = relativeError(best)
	p.apply(c.now, best)
	c.settled[p.id], c.found[p.id] = true, p
	return nil
}

// better tells whether a network with score s is closer to the float network.
func (s score) better(o score) bool {
	return s.distance < o.distance || s.distance == o.distance && s.agree > o.agree
}

// candidates returns the ways to quantize a population.
func (c *calibrator) candidates(ctx context.Context, p *calibrated) ([]candidate, error) {
	w := p.weights(c.float)
	m, err := c.moments(ctx, p, w, false)
	if err != nil {
		return nil, err
	}
	if err := p.allocate(w, m, c.widths); err != nil {
		return nil, err
	}
	mult := p.multiplesByProjection(w)
	own, err := p.solver(w, m, mult, nil)
	if err != nil {
		return nil, err
	}
	if c.scheme != nil {
		return []candidate{{c.scheme.String(), own, c.scheme.Apply(own), mult}}, nil
	}
	list := []candidate{
		{"nearest, step by largest weight", own, own.Nearest(own.Steps(quantize.ByMax, false)), mult},
		{"nearest, step by squared error", own, own.Nearest(own.Steps(quantize.ByMSE, false)), mult},
		{"nearest, one step for all", own, own.Nearest(own.Steps(quantize.ByMSE, true)), mult},
		{"error-compensated", own, own.Compensated(own.Steps(quantize.ByHessian, false)), mult},
		{"error-compensated search", own, own.Search(), mult},
	}
	fine := p.finer(w, mult)
	if fine != nil {
		x, err := p.solver(w, m, fine, mult)
		if err != nil {
			return nil, err
		}
		list = append(list, candidate{"error-compensated search, steps by input", x, x.Search(), fine})
	}
	if !c.afterSettled(p) {
		return list, nil
	}
	return c.aimed(ctx, p, w, list, mult, fine)
}

// aimed adds to the candidates those that aim at the potentials of the float
// network, with the inputs as they are by now.
func (c *calibrator) aimed(ctx context.Context, p *calibrated, w []float64, list []candidate, mult, fine []float64) ([]candidate, error) {
	m, err := c.moments(ctx, p, w, true)
	if err != nil {
		return nil, err
	}
	x, err := p.solver(w, m, mult, nil)
	if err != nil {
		return nil, err
	}
	list = append(list, candidate{"error-compensated search, aimed at float", x, x.Search(), mult})
	if fine == nil {
		return list, nil
	}
	if x, err = p.solver(w, m, fine, mult); err != nil {
		return nil, err
	}
	return append(list, candidate{"error-compensated search, aimed at float, steps by input", x, x.Search(), fine}), nil
}

// afterSettled tells whether an input comes from a population that is
// quantized already.
func (c *calibrator) afterSettled(p *calibrated) bool {
	for i := range p.parts {
		if c.settled[p.parts[i].p.Src] {
			return true
		}
	}
	return false
}

// solver returns the problem of a population with weights w; inputs are scaled
// by the multiples of their steps, so that all count in steps of their neuron.
// The moments were scaled by was before, nil for not at all. If they have
// targets, the weights are aimed at those.
func (p *calibrated) solver(w []float64, m *quantize.Moments, mult, was []float64) (*quantize.Solver, error) {
	f := slices.Clone(mult)
	for k := range was {
		f[k] /= was[k]
	}
	m.Scale(f)
	q := &quantize.Problem{Rows: p.rows, N: p.n, W: make([]float64, len(w)), H: m.H, Damp: quantize.DefaultDamp, Grid: make([]quantize.Grid, p.n)}
	for k := range w {
		q.W[k] = w[k] / mult[k%p.n]
	}
	var err error
	for k := range q.Grid {
		if q.Grid[k], err = quantize.GridOf(p.width[k]); err != nil {
			return nil, err
		}
	}
	if m.Cross != nil {
		if q.W, err = m.Retarget(q.W, quantize.DefaultDamp); err != nil {
			return nil, err
		}
	}
	return quantize.NewSolver(q)
}

// relativeError returns the mean squared error of the potentials over their
// mean square.
func relativeError(x *candidate) float64 {
	zero := &quantize.Solution{Q: make([]float64, len(x.sol.Q)), Step: x.sol.Step}
	var lost, all float64
	for _, e := range x.from.Objective(x.sol) {
		lost += e
	}
	for _, e := range x.from.Objective(zero) {
		all += e
	}
	if all == 0 {
		return 0
	}
	return lost / all
}

// calibrate quantizes the populations of a lowered network that have dense
// inputs only, and returns what it found, by population.
func calibrate(ctx context.Context, n *ir.Network, cal *Calibration, scheme *quantize.Scheme, widths []int, bits func(p *ir.Projection) quantize.Bits) (*calibrator, error) {
	c, err := newCalibrator(ctx, n, cal, scheme, bits)
	if err != nil {
		return nil, err
	}
	c.widths = widths
	for _, id := range canonical(n) {
		p, err := newCalibrated(c, id)
		if err != nil {
			return nil, err
		}
		if p == nil {
			continue
		}
		if err := c.choose(ctx, p); err != nil {
			return nil, err
		}
	}
	return c, nil
}
