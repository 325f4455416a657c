package quantize

import "github.com/synfire/synfire/internal/vector"

// row is one neuron while its levels change. It keeps the product h*q up to
// date, so that a change of one level costs one row of h, and a new step or
// the error as little as an inner product.
type row struct {
	*Solver
	w, hw []float64 // the weights, and h*w
	whw   float64   // w*h*w
	q, hq []float64 // the levels, and h*q
}

// newRow returns row j without levels.
func (s *Solver) newRow(j int) *row {
	r := &row{Solver: s, w: s.row(j), hw: make([]float64, s.N), q: make([]float64, s.N), hq: make([]float64, s.N)}
	for i := range r.hw {
		r.hw[i] = vector.Dot(s.h.Row(i), r.w)
	}
	r.whw = vector.Dot(r.w, r.hw)
	return r
}

// load takes levels.
func (r *row) load(q []float64) {
	copy(r.q, q)
	clear(r.hq)
	sum := vector.Sum{Y: r.hq}
	for i, a := range r.q {
		if a != 0 {
			sum.Add(r.h.Row(i), a)
		}
	}
	sum.Flush()
}

// compensate takes the levels of error-compensated rounding.
func (r *row) compensate(step float64) {
	r.compensateRow(r.w, r.q, step, r.hq)
	r.load(r.q)
}

// descend is Solver.Descend.
func (r *row) descend(step float64, sweeps int) {
	for range sweeps {
		changed := false
		for k := r.N - 1; k >= 0; k-- {
			i := r.order[k]
			if r.dead[i] {
				continue
			}
			h := r.h.Row(i)
			// Half the slope of the error over level i is step*(step*hq - hw).
			next := r.Grid[i].Round(r.q[i] - (r.hq[i]-r.hw[i]/step)/h[i])
			if next != r.q[i] {
				vector.AddScaled(r.hq, h, next-r.q[i])
				r.q[i] = next
				changed = true
			}
		}
		if !changed {
			return
		}
	}
}

// fit returns q*h*w and q*h*q.
func (r *row) fit() (num, den float64) { return vector.Dot(r.q, r.hw), vector.Dot(r.q, r.hq) }

// loss returns the error of the levels with a step.
func (r *row) loss(step float64) float64 {
	num, den := r.fit()
	return max(0, r.whw-step*(2*num-step*den))
}
