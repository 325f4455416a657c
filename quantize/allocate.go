package quantize

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/synfire/synfire/internal/vector"
)

// Gauss is what rounding to a grid does to normal numbers of variance 1 at the
// best step.
type Gauss struct {
	Error float64 // mean squared
	Step  float64
}

// GaussOf returns what weights of 0 to MaxInputBits bits do; 0 bits round
// everything to 0.
func GaussOf(bits int) Gauss { return gauss()[bits] }

// gauss looks for the best steps among some that lie 2 % apart, which is as
// flat as the minimum is.
var gauss = sync.OnceValue(func() []Gauss {
	out := []Gauss{{1, 1}}
	for bits := 1; bits <= MaxInputBits; bits++ {
		g, _ := GridOf(bits) // all of these widths exist
		best := Gauss{Error: math.Inf(1)}
		for step := 2.0; step > 0.01; step /= 1.02 {
			if e := g.gaussError(step); e < best.Error {
				best = Gauss{e, step}
			}
		}
		out = append(out, best)
	}
	return out
})

// gaussError returns the mean squared error of rounding a normal number of
// variance 1: twice the sum, over the levels q that are not negative, of the
// integral of (x-q)^2 times the density over the numbers that round to q.
func (g Grid) gaussError(step float64) float64 {
	// integral up to x, of (x-q)^2 times the density
	upTo := func(x, q float64) float64 {
		if math.IsInf(x, 1) {
			return 0.5 * (1 + float64(q*q))
		}
		density := math.Exp(-x*x/2) / math.Sqrt(2*math.Pi)
		return 0.5*math.Erf(x/math.Sqrt2)*(1+float64(q*q)) - float64(density*(x-2*q))
	}
	sum, from := 0.0, 0.0
	for level := g.first(); level <= g.Max; level++ {
		q, to := level*step, (level+0.5)*step
		if level == g.Max {
			to = math.Inf(1)
		}
		sum += upTo(to, q) - upTo(from, q)
		from = to
	}
	return 2 * sum
}

// first returns the smallest level that is not negative.
func (g Grid) first() float64 {
	if g.Binary {
		return 1
	}
	return 0
}

// Importance returns how much the error of a population's potentials grows if
// the weights of an input are off by their own size and all others make up for
// it as well as they can: the sum of the input's squared weights over its
// entry in the diagonal of the inverse of H. An input that another one follows
// matters little, however often it spikes. An input that never spikes does not
// matter.
func (p *Problem) Importance() ([]float64, error) {
	s, err := NewSolver(p)
	if err != nil {
		return nil, err
	}
	inverse := s.l.inverseDiagonal()
	out := make([]float64, p.N)
	for k, i := range s.order {
		if s.dead[i] {
			continue
		}
		squares := 0.0
		for j := range p.Rows {
			w := p.W[j*p.N+i]
			squares += float64(w * w)
		}
		out[i] = squares / inverse[k]
	}
	return out, nil
}

// inverseDiagonal returns the diagonal of the inverse of l*l^T: the sums of the
// squares of the columns of the inverse of l.
func (m *Square) inverseDiagonal() []float64 {
	out := make([]float64, m.N)
	Parallel(m.N, func(c int) {
		x := make([]float64, m.N) // column c of the inverse of l
		x[c] = 1 / m.At(c, c)
		for i := c + 1; i < m.N; i++ {
			row := m.Row(i)
			x[i] = -vector.Dot(row[c:i], x[c:i]) / row[i]
		}
		out[c] = vector.Dot(x[c:], x[c:])
	})
	return out
}

// Allocate gives each input one of some widths, so that the widths have at
// most a mean and the sum of importance times the error of the width (Gauss)
// is as small as it can be. Each further bit gains less than the one before,
// so bits go one after the other to where they gain most.
func Allocate(importance []float64, mean float64, widths []int) ([]int, error) {
	if !(mean > 0) || len(importance) == 0 || len(importance) > MaxInputs {
		return nil, fmt.Errorf("a mean of %g bits for %d inputs", mean, len(importance))
	}
	ladder := []int{0}
	for _, b := range slices.Sorted(slices.Values(widths)) {
		if b > 0 && b <= MaxInputBits && b != ladder[len(ladder)-1] {
			ladder = append(ladder, b)
		}
	}
	if len(ladder) == 1 {
		return nil, errors.New("there is no width to give to inputs")
	}
	ups, err := upgrades(importance, ladder)
	if err != nil {
		return nil, err
	}
	left := int(math.Floor(mean * float64(len(importance))))
	out := make([]int, len(importance))
	for _, u := range ups {
		// A step that is too large is passed over, and those beyond it.
		if cost := ladder[u.to] - ladder[u.to-1]; cost <= left && out[u.input] == ladder[u.to-1] {
			out[u.input] = ladder[u.to]
			left -= cost
		}
	}
	return out, nil
}

// upgrade is a step of an input to place to of the ladder of widths, with what
// each bit of it gains.
type upgrade struct {
	input, to int
	gain      float64
}

// upgrades returns all steps that gain something, by falling gain.
func upgrades(importance []float64, ladder []int) ([]upgrade, error) {
	var ups []upgrade
	for i, x := range importance {
		if !(x >= 0) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("input %d has an importance of %g", i, x)
		}
		for to := 1; to < len(ladder) && x > 0; to++ {
			low, high := GaussOf(ladder[to-1]), GaussOf(ladder[to])
			ups = append(ups, upgrade{i, to, x * (low.Error - high.Error) / float64(ladder[to]-ladder[to-1])})
		}
	}
	slices.SortStableFunc(ups, func(a, b upgrade) int {
		switch {
		case a.gain > b.gain:
			return -1
		case a.gain < b.gain:
			return 1
		}
		return 0
	})
	return ups, nil
}
