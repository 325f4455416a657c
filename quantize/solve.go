package quantize

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/synfire/synfire/internal/vector"
)

// Problem asks for levels q and steps s such that s*q replaces the weights w
// of a population with the least error in its potentials,
//
//	sum over rows of (w - s q) H (w - s q)^T,
//
// where a row holds the weights of one neuron over all its inputs. The step
// of a row is free of cost: it is folded into the neuron's threshold.
type Problem struct {
	Rows, N int
	W       []float64 // Rows x N
	H       *Square   // N x N, symmetric
	Grid    []Grid    // of each input
	// Damp is added to the diagonal of H, as a fraction of the mean of its
	// entries that are not zero.
	Damp float64
}

// Solution is what a method found.
type Solution struct {
	Q    []float64 // levels, Rows x N
	Step []float64 // of each row, positive
}

// DefaultDamp is a usual Problem.Damp.
const DefaultDamp = 0.01

// Solver is a checked problem with its factor: what all methods share.
type Solver struct {
	*Problem
	h     *Square // damped; inputs that never spike are left out by h = identity
	l     *Square // Cholesky factor of h in the order of order
	order []int   // ascending by diagonal: inputs that matter most are last
	dead  []bool
}

// NewSolver checks a problem and factors its matrix.
func NewSolver(p *Problem) (*Solver, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	s := &Solver{Problem: p, dead: make([]bool, p.N), order: make([]int, p.N)}
	mean, live := 0.0, 0
	for i := range p.N {
		s.order[i] = i
		if d := p.H.At(i, i); d > 0 {
			mean += d
			live++
		} else {
			s.dead[i] = true
		}
	}
	mean /= float64(max(live, 1))
	s.h = &Square{p.N, slices.Clone(p.H.A)}
	for i := range p.N {
		s.h.Row(i)[i] += p.Damp * mean
		if s.dead[i] {
			s.h.Row(i)[i] = max(mean, 1) * 1e-6
		}
	}
	slices.SortStableFunc(s.order, func(a, b int) int {
		return cmp.Compare(s.h.At(a, a), s.h.At(b, b))
	})
	s.l = &Square{p.N, make([]float64, p.N*p.N)}
	for i, a := range s.order {
		for j, b := range s.order[:i+1] {
			s.l.Row(i)[j] = s.h.At(a, b)
		}
	}
	return s, s.l.Cholesky()
}

func (p *Problem) check() error {
	if p.N < 1 || p.N > MaxInputs || p.Rows < 1 || p.Rows > math.MaxInt32/p.N {
		return fmt.Errorf("%d neurons of %d inputs are too many to search", p.Rows, p.N)
	}
	if len(p.W) != p.Rows*p.N || p.H == nil || p.H.N != p.N || len(p.H.A) != p.N*p.N || len(p.Grid) != p.N {
		return errors.New("weights, moments and grids differ in size")
	}
	if !(p.Damp >= 0) || math.IsInf(p.Damp, 0) {
		return fmt.Errorf("a damping of %g is not positive", p.Damp)
	}
	for _, xs := range [...][]float64{p.W, p.H.A} {
		for i, x := range xs {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return fmt.Errorf("number %d is %g, not finite", i, x)
			}
		}
	}
	for i, g := range p.Grid {
		if !(g.Max >= 0) || g.Max > 1<<MaxBits {
			return fmt.Errorf("input %d has a grid of %g levels", i, g.Max)
		}
	}
	return nil
}

// row returns the weights of neuron j.
func (p *Problem) row(j int) []float64 { return p.W[j*p.N : (j+1)*p.N] }

// Row returns the levels of neuron j among n inputs.
func (s *Solution) Row(j, n int) []float64 { return s.Q[j*n : (j+1)*n] }

// Objective returns the error of a solution, by row.
func (s *Solver) Objective(x *Solution) []float64 {
	out := make([]float64, s.Rows)
	Parallel(s.Rows, func(j int) {
		out[j] = s.rowError(s.row(j), x.Row(j, s.N), x.Step[j], make([]float64, s.N))
	})
	return out
}

// rowError returns (w-sq) h (w-sq)^T. e is room for the error.
func (s *Solver) rowError(w, q []float64, step float64, e []float64) float64 {
	for i := range e {
		e[i] = w[i] - float64(step*q[i])
	}
	sum := 0.0
	for i, a := range e {
		if a != 0 {
			// Twice the lower triangle.
			row := s.h.Row(i)
			sum += a * (2*vector.Dot(row[:i], e[:i]) + float64(row[i]*a))
		}
	}
	return sum
}
