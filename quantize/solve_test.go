package quantize

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// randomProblem returns weights and moments of correlated, partly silent
// inputs.
func randomProblem(t testing.TB, seed uint64, rows, n, bits int) *Problem {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 7))
	p := &Problem{Rows: rows, N: n, Damp: DefaultDamp}
	for range rows * n {
		p.W = append(p.W, rng.NormFloat64())
	}
	g, err := GridOf(bits)
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		p.Grid = append(p.Grid, g)
	}
	m, err := NewMoments(n, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 * n {
		common := rng.Float64()
		x := make([]float64, n)
		for i := range x {
			if i%5 != 3 && rng.Float64() < 0.6 { // every fifth input is dead
				x[i] = common + 0.3*rng.Float64()
			}
		}
		if err := m.Add(x, nil); err != nil {
			t.Fatal(err)
		}
	}
	m.Finish()
	p.H = m.H
	return p
}

func solver(t testing.TB, p *Problem) *Solver {
	t.Helper()
	s, err := NewSolver(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func total(errs []float64) float64 {
	sum := 0.0
	for _, e := range errs {
		sum += e
	}
	return sum
}

var widths = []int{1, 2, 3, 4, 8}

// TestObjective holds the fast form of the error against its definition.
func TestObjective(t *testing.T) {
	p := randomProblem(t, 1, 3, 17, 3)
	s := solver(t, p)
	x := s.Nearest(s.Steps(ByMax, false))
	for j, got := range s.Objective(x) {
		want := 0.0
		for a := range p.N {
			for b := range p.N {
				ea := p.row(j)[a] - x.Step[j]*x.Row(j, p.N)[a]
				eb := p.row(j)[b] - x.Step[j]*x.Row(j, p.N)[b]
				want += ea * s.h.At(a, b) * eb
			}
		}
		if math.Abs(got-want) > 1e-9*want {
			t.Errorf("row %d: error %g, by definition %g", j, got, want)
		}
	}
}

// TestRowLoss holds the error that a row keeps up to date against the fast form.
func TestRowLoss(t *testing.T) {
	s := solver(t, randomProblem(t, 2, 1, 30, 4))
	r := s.newRow(0)
	step := s.Steps(ByHessian, false)[0]
	r.compensate(step)
	r.descend(step, 3)
	x := &Solution{Q: r.q, Step: []float64{step}}
	if got, want := r.loss(step), s.Objective(x)[0]; math.Abs(got-want) > 1e-9*r.whw {
		t.Errorf("loss %g, error %g", got, want)
	}
}

// TestCompensatedInTheOrderOfItsText holds the blocks of compensateRow against
// one input after the other, to the bit, with inputs that are dead and numbers
// of inputs around those of a block.
func TestCompensatedInTheOrderOfItsText(t *testing.T) {
	for _, n := range []int{1, 2, ahead - 1, ahead, ahead + 1, 5*ahead + 3} {
		s := solver(t, randomProblem(t, uint64(n), 2, n, 3))
		step := []float64{0.4, 0.7}
		want := s.empty(step)
		for j := range s.Rows {
			w, q, shift := s.row(j), want.Row(j, n), make([]float64, n)
			for k := n - 1; k >= 0; k-- {
				i, l := s.order[k], s.l.Row(k)
				if s.dead[i] {
					continue
				}
				q[i] = s.Grid[i].Round((w[i] + shift[k]/l[k]) / step[j])
				for m := range k {
					shift[m] += float64(l[m] * (w[i] - float64(step[j]*q[i])))
				}
			}
		}
		if got := s.Compensated(step); !slices.Equal(got.Q, want.Q) {
			t.Errorf("%d inputs: levels %v, want %v", n, got.Q, want.Q)
		}
	}
}

// TestMethodsImprove checks what each method promises: on average over rows,
// compensated rounding beats the nearest level at the same step; descent and
// refitting never make a row worse; the search is no worse than what it starts
// from.
func TestMethodsImprove(t *testing.T) {
	for _, bits := range widths {
		for seed := range uint64(4) {
			s := solver(t, randomProblem(t, seed, 12, 40, bits))
			step := s.Steps(ByHessian, false)
			near, comp := s.Nearest(step), s.Compensated(step)
			if a, b := total(s.Objective(near)), total(s.Objective(comp)); b > a {
				t.Errorf("%d bits, seed %d: compensated rounding has error %g, the nearest level %g", bits, seed, b, a)
			}
			before := s.Objective(near)
			noWorse := func(what string) {
				after := s.Objective(near)
				for j := range after {
					if after[j] > before[j]*(1+1e-9) {
						t.Errorf("%d bits, seed %d, row %d: %s took the error from %g to %g", bits, seed, j, what, before[j], after[j])
					}
				}
				before = after
			}
			s.Descend(near, 1)
			noWorse("descent")
			s.Refit(near)
			noWorse("refitting")
			s.Descend(near, 3)
			noWorse("descent after it")
			s.Descend(comp, 2)
			s.Refit(comp)
			if a, b := total(s.Objective(comp)), total(s.Objective(s.Search())); b > a*(1+1e-9) {
				t.Errorf("%d bits, seed %d: the search has error %g, a part of it %g", bits, seed, b, a)
			}
		}
	}
}

// TestSearchAgainstAll compares the search with the best of all ternary rows,
// each with its best step.
func TestSearchAgainstAll(t *testing.T) {
	const n = 7
	worst := 0.0
	for seed := range uint64(20) {
		s := solver(t, randomProblem(t, 100+seed, 1, n, 2))
		got := s.Objective(s.Search())[0]
		best := math.Inf(1)
		r := s.newRow(0)
		q, e := make([]float64, n), make([]float64, n)
		for code := range int(math.Pow(3, n)) {
			for i := range q {
				q[i] = float64(code%3 - 1)
				code /= 3
			}
			r.load(q)
			if num, den := r.fit(); num > 0 && den > 0 {
				best = min(best, s.rowError(s.row(0), q, num/den, e))
			}
		}
		if got < best*(1-1e-9) {
			t.Fatalf("seed %d: error %g is below the optimum %g", seed, got, best)
		}
		worst = max(worst, got/best)
	}
	if worst > 1.5 {
		t.Errorf("the search is up to %.2f times worse than the optimum", worst)
	}
}

// TestLevels checks that every method stays on the grid, and what it does with
// dead inputs and rows of zeros.
func TestLevels(t *testing.T) {
	for _, bits := range widths {
		p := randomProblem(t, 5, 6, 25, bits)
		clear(p.row(2))
		s := solver(t, p)
		step := s.Steps(ByMSE, false)
		shared := s.Search()
		if err := s.Share(shared, 2); err != nil {
			t.Fatal(err)
		}
		for name, x := range map[string]*Solution{
			"nearest": s.Nearest(step), "stochastic": s.Stochastic(step, 3), "compensated": s.Compensated(step), "search": s.Search(), "shared": shared,
			"tensor": s.Nearest(s.Steps(ByPercentile, true)),
		} {
			for i, q := range x.Q {
				if q != math.Trunc(q) || math.Abs(q) > p.Grid[0].Max || bits == 1 && q == 0 {
					t.Fatalf("%s, %d bits: level %d is %g", name, bits, i, q)
				}
				if name == "compensated" && bits > 1 && i%p.N%5 == 3 && q != 0 {
					t.Errorf("%d bits: dead input %d has level %g", bits, i%p.N, q)
				}
			}
			for j, step := range x.Step {
				if !(step > 0) || math.IsInf(step, 0) {
					t.Errorf("%s, %d bits: row %d has step %g", name, bits, j, step)
				}
			}
		}
	}
}

// TestShare checks that no more than k steps are left, at a cost that falls
// with k.
func TestShare(t *testing.T) {
	s := solver(t, randomProblem(t, 9, 24, 30, 2))
	last := math.Inf(1)
	for _, k := range []int{1, 3, 8, 24} {
		x := s.Search()
		if err := s.Share(x, k); err != nil {
			t.Fatal(err)
		}
		steps := slices.Clone(x.Step)
		slices.Sort(steps)
		if n := len(slices.Compact(steps)); n > k {
			t.Errorf("%d steps, at most %d are allowed", n, k)
		}
		e := total(s.Objective(x))
		if e > last*1.02 {
			t.Errorf("%d steps have error %g, fewer had %g", k, e, last)
		}
		last = e
	}
}

// TestThreadsDoNotShow solves on one and on four processors.
func TestThreadsDoNotShow(t *testing.T) {
	solve := func(threads int) string {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
		s := solver(t, randomProblem(t, 11, 9, 120, 3))
		x := s.Search()
		if err := s.Share(x, 4); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(x.Q, x.Step, s.Stochastic(x.Step, 1).Q)
	}
	if solve(1) != solve(4) {
		t.Error("the number of processors changes the solution")
	}
}

// TestStochasticIsUnbiased averages many draws.
func TestStochasticIsUnbiased(t *testing.T) {
	g := Grid{Max: 7}
	rng := rand.New(rand.NewPCG(1, 1))
	for _, x := range []float64{-3.7, -0.5, 0, 0.2, 5.9} {
		sum := 0.0
		for range 20000 {
			q := g.RoundStochastic(x, rng.Float64())
			if math.Abs(q-x) >= 1 {
				t.Fatalf("%g became %g", x, q)
			}
			sum += q
		}
		if mean := sum / 20000; math.Abs(mean-x) > 0.02 {
			t.Errorf("%g becomes %g on average", x, mean)
		}
	}
}

// TestProblemsRefused checks numbers that no network should have.
func TestProblemsRefused(t *testing.T) {
	for name, spoil := range map[string]func(p *Problem){
		"weight not a number": func(p *Problem) { p.W[3] = math.NaN() },
		"infinite moment":     func(p *Problem) { p.H.Row(2)[1] = math.Inf(1) },
		"negative damping":    func(p *Problem) { p.Damp = -1 },
		"negative grid":       func(p *Problem) { p.Grid[1] = Grid{Max: -1} },
		"grid not a number":   func(p *Problem) { p.Grid[1] = Grid{Max: math.NaN()} },
		"missing weights":     func(p *Problem) { p.W = p.W[1:] },
		"no moments":          func(p *Problem) { p.H = nil },
		"no rows":             func(p *Problem) { p.Rows = 0 },
		"too many rows":       func(p *Problem) { p.Rows = math.MaxInt },
		"not definite":        func(p *Problem) { p.H.Row(0)[1], p.H.Row(1)[0] = 1e9, 1e9 },
	} {
		p := randomProblem(t, 1, 2, 6, 3)
		spoil(p)
		if _, err := NewSolver(p); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for _, bits := range []int{-1, 17} {
		if _, err := GridOf(bits); err == nil {
			t.Errorf("%d bits: no error", bits)
		}
	}
	if _, err := NewSquare(MaxInputs + 1); err == nil {
		t.Error("too many inputs: no error")
	}
}

// TestSilence solves a population that never hears anything.
func TestSilence(t *testing.T) {
	p := randomProblem(t, 1, 3, 8, 2)
	clear(p.H.A)
	s := solver(t, p)
	if x := s.Search(); total(s.Objective(x)) > 1e-3 {
		t.Errorf("error %g without input", total(s.Objective(x)))
	}
}
