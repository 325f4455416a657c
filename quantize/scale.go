package quantize

import (
	"math"
	"slices"
)

// ScaleBy names a way to choose the step of a grid.
type ScaleBy uint8

// The ways to choose a step.
const (
	// ByMax lets the largest weight just fit.
	ByMax ScaleBy = iota
	// ByMSE minimises the squared error of the weights.
	ByMSE
	// ByHessian minimises the squared error weighted by the activity of each
	// input, the diagonal of H.
	ByHessian
	// ByPercentile clips the largest 0.5 % of the weights.
	ByPercentile
)

// String returns the word for reports.
func (b ScaleBy) String() string {
	if names := [...]string{"max", "mse", "hessian", "percentile"}; int(b) < len(names) {
		return names[b]
	}
	return "invalid"
}

// percentile is the part of the weights that ByPercentile does not clip.
const percentile = 0.995

// Steps returns a step for each row, one for all rows if perTensor. A row of
// zeros gets the step 1.
func (s *Solver) Steps(by ScaleBy, perTensor bool) []float64 {
	out := make([]float64, s.Rows)
	var activity []float64
	if by == ByHessian {
		activity = s.activity()
	}
	if perTensor {
		step := s.stepOf(0, s.Rows, by, activity)
		for j := range out {
			out[j] = step
		}
		return out
	}
	Parallel(s.Rows, func(j int) { out[j] = s.stepOf(j, j+1, by, activity) })
	return out
}

// activity returns the diagonal of H.
func (s *Solver) activity() []float64 {
	out := make([]float64, s.N)
	for i := range out {
		out[i] = s.h.At(i, i)
	}
	return out
}

// stepOf chooses one step for rows first to last-1; activity weighs the inputs
// for ByHessian.
func (p *Problem) stepOf(first, last int, by ScaleBy, activity []float64) float64 {
	needs := make([]float64, 0, (last-first)*p.N) // step at which a weight just fits
	for j := first; j < last; j++ {
		for i, w := range p.row(j) {
			if g := p.Grid[i]; g.Max > 0 {
				needs = append(needs, math.Abs(w)/g.Max)
			}
		}
	}
	largest := 0.0
	for _, x := range needs {
		largest = max(largest, x)
	}
	switch {
	case largest == 0:
		return 1
	case by == ByMax:
		return largest
	case by == ByPercentile:
		slices.Sort(needs)
		if step := needs[int(percentile*float64(len(needs)-1))]; step > 0 {
			return step
		}
		return largest
	}
	best, step := math.Inf(1), largest
	for f := 5; f <= 100; f++ {
		c := largest * float64(f) / 100
		if e := p.roundingError(first, last, c, activity); e < best {
			best, step = e, c
		}
	}
	return step
}

// roundingError returns the squared error of rounding rows to a step.
func (p *Problem) roundingError(first, last int, step float64, activity []float64) float64 {
	sum := 0.0
	for j := first; j < last; j++ {
		for i, w := range p.row(j) {
			e := w - step*p.Grid[i].Round(w/step)
			e *= e
			if activity != nil {
				e *= activity[i]
			}
			sum += e
		}
	}
	return sum
}
