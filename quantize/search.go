package quantize

import "math"

// rounds is how often Search alternates descent and a new step.
const rounds = 3

// stretches are the multiples of a row's starting step that Search tries.
// Few levels leave the best step far from where rounding alone would put it.
var stretches = []float64{0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.35, 1.5}

// Search returns, for each row, the best of several starting steps after
// error-compensated rounding, coordinate descent and new steps in turn.
func (s *Solver) Search() *Solution {
	start := s.Steps(ByHessian, false)
	x := s.empty(start)
	Parallel(s.Rows, func(j int) {
		w, room := s.row(j), make([]float64, s.N)
		q, e := make([]float64, s.N), make([]float64, s.N)
		best := math.Inf(1)
		for _, f := range stretches {
			step := start[j] * f
			s.compensateRow(w, q, step, room)
			step = s.polishRow(w, q, step, e, room)
			if err := s.rowError(w, q, step, e); worth(best, err) {
				best, x.Step[j] = err, step
				copy(x.Row(j, s.N), q)
			}
		}
	})
	return x
}

// polishRow alternates descent and a new step, and returns the step.
func (s *Solver) polishRow(w, q []float64, step float64, e, room []float64) float64 {
	for range rounds {
		s.descendRow(w, q, step, 2, e, room)
		num, den := s.fit(w, q)
		if !(den > 0 && num > 0) {
			break
		}
		step = num / den
	}
	return step
}
