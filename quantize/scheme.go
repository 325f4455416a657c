package quantize

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Scheme is one way to round weights, where the best is not searched for.
type Scheme struct {
	Scale ScaleBy
	// PowerOfTwo allows only steps that are powers of two: for ByMax the next
	// one up, else the better of the two around the step.
	PowerOfTwo bool
	Per        Granularity
	Group      int // inputs that share a step, with PerGroup
	Round      Rounding
	Seed       uint64 // of RoundStochastic
}

// Granularity says which weights share a step.
type Granularity uint8

// What shares a step.
const (
	// PerChannel gives each neuron, or each output channel of a convolution,
	// a step of its own, which its threshold takes in.
	PerChannel Granularity = iota
	PerTensor
	// PerGroup gives every Scheme.Group inputs of a neuron a step of their own,
	// which no threshold can take in: the step has to be stored.
	PerGroup
)

// ParseGranularity reads tensor, channel or group:N.
func ParseGranularity(s string) (Granularity, int, error) {
	switch number, ok := strings.CutPrefix(s, "group:"); {
	case s == "tensor":
		return PerTensor, 0, nil
	case s == "channel":
		return PerChannel, 0, nil
	case ok:
		if n, err := strconv.Atoi(number); err == nil && n > 0 {
			return PerGroup, n, nil
		}
	}
	return 0, 0, fmt.Errorf("%q is not tensor, channel or group:N with the number of inputs that share a step", s)
}

// Rounding names a way to round.
type Rounding uint8

// The ways to round.
const (
	RoundNearest Rounding = iota
	// RoundStochastic rounds up or down by chance (Solver.Stochastic).
	RoundStochastic
	// RoundCompensated makes up for each error with the weights that are left
	// (Solver.Compensated).
	RoundCompensated
	// RoundDescent goes on with coordinate descent, and with new steps where
	// they are free.
	RoundDescent
)

var roundings = []string{"nearest", "stochastic", "compensated", "descent"}

// String returns the word for reports.
func (r Rounding) String() string {
	if int(r) < len(roundings) {
		return roundings[r]
	}
	return "invalid"
}

// ParseRounding reads the word.
func ParseRounding(s string) (Rounding, error) {
	if i := slices.Index(roundings, s); i >= 0 {
		return Rounding(i), nil
	}
	return 0, fmt.Errorf("%q is none of %s", s, strings.Join(roundings, ", "))
}

// ParseScaleBy reads the word.
func ParseScaleBy(s string) (ScaleBy, error) {
	for b := ByMax; b <= ByPercentile; b++ {
		if b.String() == s {
			return b, nil
		}
	}
	return 0, fmt.Errorf("%q is none of max, mse, hessian, percentile", s)
}

// NeedsSamples tells whether the scheme is defined by what reaches the neurons.
func (s *Scheme) NeedsSamples() bool { return s.Scale == ByHessian || s.Round >= RoundCompensated }

// Check says what does not go together.
func (s *Scheme) Check() error {
	switch {
	case s.Per == PerGroup && s.NeedsSamples():
		return errors.New("steps by group go with the scales max, mse and percentile and with nearest or stochastic rounding: errors are made up for in units of one step")
	case s.Per == PerGroup && s.Group < 1:
		return fmt.Errorf("groups of %d inputs", s.Group)
	}
	return nil
}

// String describes the scheme for reports.
func (s *Scheme) String() string {
	of := [...]string{"", ", one step for all", fmt.Sprintf(", a step for %d inputs", s.Group)}[s.Per]
	two := ""
	if s.PowerOfTwo {
		two = ", a power of two"
	}
	by := [...]string{"largest weight", "squared error", "squared error weighted by activity", "percentile"}[s.Scale]
	return fmt.Sprintf("%s, step by %s%s%s", s.Round, by, two, of)
}

// Apply rounds the weights of a population. Steps by group are not for it: see
// RoundRows.
func (s *Scheme) Apply(to *Solver) *Solution {
	var activity []float64
	if s.Scale == ByHessian {
		activity = to.activity()
	}
	step := to.Steps(s.Scale, s.Per == PerTensor)
	if s.PowerOfTwo {
		rows := 1
		if s.Per == PerTensor {
			rows = to.Rows
		}
		for j := 0; j < to.Rows; j += rows {
			p := to.powerOfTwo(j, j+rows, step[j], s.Scale, activity)
			for k := range rows {
				step[j+k] = p
			}
		}
	}
	switch s.Round {
	case RoundStochastic:
		return to.Stochastic(step, s.Seed)
	case RoundNearest:
		return to.Nearest(step)
	}
	x := to.Compensated(step)
	if s.Round == RoundDescent {
		for range rounds {
			to.Descend(x, 2)
			if s.Per == PerChannel && !s.PowerOfTwo {
				to.Refit(x)
			}
		}
	}
	return x
}

// powerOfTwo returns the power of two that takes the place of a step of rows
// first to last-1.
func (p *Problem) powerOfTwo(first, last int, step float64, by ScaleBy, activity []float64) float64 {
	e := math.Floor(math.Log2(step))
	low, high := math.Exp2(e), math.Exp2(e+1)
	switch {
	case step == low:
		return low
	case by == ByMax:
		return high
	case by == ByPercentile:
		if step*step < low*high {
			return low
		}
		return high
	case p.roundingError(first, last, low, activity) < p.roundingError(first, last, high, activity):
		return low
	}
	return high
}

// RoundRows rounds rows of weights of equal length by a scheme that needs no
// samples. The draws of stochastic rounding depend on its seed, the row and
// nothing else.
func RoundRows(w []float64, rows, bits int, s *Scheme) ([]float64, Stats, error) {
	g, err := GridOf(bits)
	if err != nil {
		return nil, Stats{}, err
	}
	if err := s.Check(); err != nil {
		return nil, Stats{}, err
	}
	if rows < 1 || len(w) == 0 || len(w)%rows != 0 {
		return nil, Stats{}, fmt.Errorf("%d weights cannot be %d rows", len(w), rows)
	}
	if s.NeedsSamples() {
		return nil, Stats{}, fmt.Errorf("%s needs samples", s)
	}
	n := len(w) / rows
	size, whole := n, 0.0 // of a row, what shares a step; the step of all rows
	switch s.Per {
	case PerTensor:
		whole = stepOfRun(w, g, s)
	case PerGroup:
		size = min(s.Group, n)
	}
	out, steps := make([]float64, len(w)), make([]float64, len(w))
	Parallel(rows, func(j int) {
		rng := rand.New(rand.NewPCG(s.Seed, uint64(j)))
		for first := j * n; first < (j+1)*n; first += size {
			last, step := min(first+size, (j+1)*n), whole
			if s.Per != PerTensor {
				step = stepOfRun(w[first:last], g, s)
			}
			for k := first; k < last; k++ {
				level := g.Round(w[k] / step)
				if s.Round == RoundStochastic {
					level = g.RoundStochastic(w[k]/step, rng.Float64())
				}
				out[k], steps[k] = step*level, step
			}
		}
	})
	st := Compare(w, out, steps, func(int) float64 { return g.Max })
	st.Method = s.String()
	return out, st, nil
}

// stepOfRun returns the step of weights that share one.
func stepOfRun(w []float64, g Grid, s *Scheme) float64 {
	p := &Problem{Rows: 1, N: len(w), W: w, Grid: slices.Repeat([]Grid{g}, len(w))}
	step := p.stepOf(0, 1, s.Scale, nil)
	if s.PowerOfTwo {
		step = p.powerOfTwo(0, 1, step, s.Scale, nil)
	}
	return step
}
