package quantize

import (
	"math/rand/v2"

	"github.com/synfire/synfire/internal/vector"
)

// Nearest rounds every weight to the nearest level.
func (s *Solver) Nearest(step []float64) *Solution {
	x := s.empty(step)
	Parallel(s.Rows, func(j int) {
		q := x.Row(j, s.N)
		for i, w := range s.row(j) {
			q[i] = s.Grid[i].Round(w / step[j])
		}
	})
	return x
}

// Stochastic rounds every weight up or down by chance, so that the mean error
// is zero. The draws depend on the seed, the row and nothing else.
func (s *Solver) Stochastic(step []float64, seed uint64) *Solution {
	x := s.empty(step)
	Parallel(s.Rows, func(j int) {
		rng := rand.New(rand.NewPCG(seed, uint64(j)))
		q := x.Row(j, s.N)
		for i, w := range s.row(j) {
			q[i] = s.Grid[i].RoundStochastic(w/step[j], rng.Float64())
		}
	})
	return x
}

// Compensated rounds one input after the other, those with the most activity
// first, and shifts the inputs that are left so that they make up for the
// error as well as they can (GPTQ, arXiv 2210.17323).
//
// With h = L*L^T the error of a row is the sum over j of
// (sum over i>=j of e_i*L_ij)^2, so term j is zero for a weight shifted by
// sum over i>j of e_i*L_ij/L_jj. Taking the inputs from the last to the first
// needs no inverse of h (the same as GPTQ: arXiv 2507.18553).
func (s *Solver) Compensated(step []float64) *Solution {
	x := s.empty(step)
	Parallel(s.Rows, func(j int) {
		s.compensateRow(s.row(j), x.Row(j, s.N), step[j], make([]float64, s.N))
	})
	return x
}

// ahead is how many inputs compensateRow rounds before it shifts all others: the
// shifts of so many are added in one go (see vector.Sum).
const ahead = 8

// compensateRow writes the levels of one row. acc is room for N numbers, the
// sums of Compensated: those of the inputs that are rounded next are kept up to
// date, the others wait for them. The order of their terms is the same.
func (s *Solver) compensateRow(w, q []float64, step float64, acc []float64) {
	clear(acc)
	for end := s.N; end > 0; end -= ahead {
		first := max(0, end-ahead)
		others := vector.Sum{Y: acc[:first]}
		for k := end - 1; k >= first; k-- {
			i := s.order[k]
			row := s.l.Row(k)
			if s.dead[i] && !s.Grid[i].Binary {
				q[i] = 0
				continue
			}
			q[i] = s.Grid[i].Round((w[i] + acc[k]/row[k]) / step)
			e := w[i] - float64(step*q[i])
			vector.AddScaled(acc[first:k], row[first:k], e)
			others.Add(row, e)
		}
		others.Flush()
	}
}

// Descend changes one level at a time to the best one given all others, for
// some sweeps over all inputs or until nothing changes. The error never grows.
func (s *Solver) Descend(x *Solution, sweeps int) {
	Parallel(s.Rows, func(j int) {
		r := s.newRow(j)
		r.load(x.Row(j, s.N))
		r.descend(x.Step[j], sweeps)
		copy(x.Row(j, s.N), r.q)
	})
}

// Refit gives each row the step that is best for its levels,
// (q h w)/(q h q). A row without levels keeps its step.
func (s *Solver) Refit(x *Solution) {
	Parallel(s.Rows, func(j int) {
		r := s.newRow(j)
		r.load(x.Row(j, s.N))
		if num, den := r.fit(); den > 0 && num > 0 {
			x.Step[j] = num / den
		}
	})
}

func (s *Solver) empty(step []float64) *Solution {
	return &Solution{Q: make([]float64, s.Rows*s.N), Step: append([]float64(nil), step...)}
}

// worth tells whether b is an improvement on a beyond rounding.
func worth(a, b float64) bool { return b < a*(1-1e-12) }
