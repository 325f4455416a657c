package quantize

import "math"

// rounds is how often a start of Search alternates descent and a new step.
const rounds = 3

// coarse and fine are the multiples of a row's step from which Search starts:
// first of the step that rounding alone would take, which is far from the best
// if there are few levels, then of the best found so far.
var (
	coarse = []float64{0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.35, 1.5}
	fine   = []float64{0.94, 0.97, 1, 1.03, 1.06}
)

// refinements bounds how often Search starts around its best step.
const refinements = 3

// Search returns, for each row, the best of several starting steps after
// error-compensated rounding, coordinate descent and new steps in turn.
func (s *Solver) Search() *Solution {
	x := s.empty(s.Steps(ByHessian, false))
	Parallel(s.Rows, func(j int) {
		r := &rowSearch{row: s.newRow(j), best: x.Row(j, s.N), step: x.Step[j], err: math.Inf(1)}
		r.around(coarse)
		for range refinements {
			if !r.around(fine) {
				break
			}
		}
		x.Step[j] = r.step
	})
	return x
}

// rowSearch is the search on one row: the best levels, their step and error.
type rowSearch struct {
	*row
	best      []float64
	step, err float64
}

// around starts from multiples of the best step and tells whether one led to
// something better.
func (r *rowSearch) around(multiples []float64) bool {
	found := false
	base := r.step
	for _, f := range multiples {
		r.compensate(base * f)
		step := r.polish(base * f)
		if err := r.loss(step); worth(r.err, err) {
			r.err, r.step, found = err, step, true
			copy(r.best, r.q)
		}
	}
	return found
}

// polish alternates descent and a new step, and returns the step.
func (r *row) polish(step float64) float64 {
	for range rounds {
		r.descend(step, 2)
		num, den := r.fit()
		if !(den > 0 && num > 0) {
			break
		}
		step = num / den
	}
	return step
}
