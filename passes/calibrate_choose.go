package passes

import (
	"context"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

// candidate is one way to quantize a population.
type candidate struct {
	name string
	from *quantize.Solver
	sol  *quantize.Solution
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
		p.apply(c.now, x.sol)
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
	p.method, p.sol = best.name, best.sol
	p.loss = relativeError(best)
	p.apply(c.now, p.sol)
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
	own, err := c.solver(ctx, p, w, false)
	if err != nil {
		return nil, err
	}
	if c.scheme != nil {
		return []candidate{{c.scheme.String(), own, c.scheme.Apply(own)}}, nil
	}
	list := []candidate{
		{"nearest, step by largest weight", own, own.Nearest(own.Steps(quantize.ByMax, false))},
		{"nearest, step by squared error", own, own.Nearest(own.Steps(quantize.ByMSE, false))},
		{"nearest, one step for all", own, own.Nearest(own.Steps(quantize.ByMSE, true))},
		{"error-compensated", own, own.Compensated(own.Steps(quantize.ByHessian, false))},
		{"error-compensated search", own, own.Search()},
	}
	if !c.afterSettled(p) {
		return list, nil
	}
	aimed, err := c.solver(ctx, p, w, true)
	if err != nil {
		return nil, err
	}
	return append(list, candidate{"error-compensated search, aimed at float", aimed, aimed.Search()}), nil
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

// solver returns the problem of a population, with the weights as they are or
// aimed at the potentials of the float network.
func (c *calibrator) solver(ctx context.Context, p *calibrated, w []float64, aimed bool) (*quantize.Solver, error) {
	m, err := c.moments(ctx, p, w, aimed)
	if err != nil {
		return nil, err
	}
	q := &quantize.Problem{Rows: p.rows, N: p.n, W: w, H: m.H, Damp: quantize.DefaultDamp}
	if aimed {
		if q.W, err = m.Retarget(w, quantize.DefaultDamp); err != nil {
			return nil, err
		}
	}
	for i := range p.parts {
		g, err := quantize.GridOf(p.parts[i].bits)
		if err != nil {
			return nil, err
		}
		for range p.parts[i].size {
			q.Grid = append(q.Grid, g)
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
func calibrate(ctx context.Context, n *ir.Network, cal *Calibration, scheme *quantize.Scheme, bits func(p *ir.Projection) int) (*calibrator, error) {
	c, err := newCalibrator(ctx, n, cal, scheme, bits)
	if err != nil {
		return nil, err
	}
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
