package quantize

import (
	"math"
	"slices"
)

// Share reduces a solution to k steps at most, for a chip with few thresholds:
// the palette that costs least at the present levels; then each row takes the
// best levels at the nearest steps, and each step the best value for its rows,
// in turn.
func (s *Solver) Share(x *Solution, k int) error {
	if k >= s.Rows {
		return nil
	}
	_, curve := s.fits(x)
	values, of, err := Palette(x.Step, curve, k)
	if err != nil {
		return err
	}
	for range 2 {
		Parallel(s.Rows, func(j int) { of[j] = s.takeStep(x, j, values, of[j]) })
		s.refitShared(x, values, of)
	}
	return nil
}

// takeStep moves row j to the best of the values around its own.
func (s *Solver) takeStep(x *Solution, j int, values []float64, near int) int {
	r := s.newRow(j)
	old := slices.Clone(x.Row(j, s.N))
	best, at := math.Inf(1), near
	for v := max(near-1, 0); v <= min(near+1, len(values)-1); v++ {
		for _, compensate := range []bool{false, true} {
			r.load(old)
			if compensate {
				r.compensate(values[v])
			}
			r.descend(values[v], 4)
			if err := r.loss(values[v]); worth(best, err) {
				best, at = err, v
				copy(x.Row(j, s.N), r.q)
			}
		}
	}
	x.Step[j] = values[at]
	return at
}

// fits returns q*h*w and q*h*q of each row; the second is the curvature of the
// row's error over its step.
func (s *Solver) fits(x *Solution) (num, den []float64) {
	num, den = make([]float64, s.Rows), make([]float64, s.Rows)
	Parallel(s.Rows, func(j int) {
		r := s.newRow(j)
		r.load(x.Row(j, s.N))
		num[j], den[j] = r.fit()
	})
	return num, den
}

// refitShared gives each shared step its best value for the present levels.
func (s *Solver) refitShared(x *Solution, values []float64, of []int) {
	num, den := s.fits(x)
	for v := range values {
		var a, b float64
		for j, o := range of {
			if o == v {
				a, b = a+num[j], b+den[j]
			}
		}
		if a > 0 && b > 0 {
			values[v] = a / b
		}
	}
	for j, o := range of {
		x.Step[j] = values[o]
	}
}
