package quantize

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func drawScheme(t *rapid.T) *Scheme {
	s := &Scheme{
		Scale:      rapid.SampledFrom([]ScaleBy{ByMax, ByMSE, ByPercentile}).Draw(t, "scale"),
		PowerOfTwo: rapid.Bool().Draw(t, "power of two"),
		Per:        rapid.SampledFrom([]Granularity{PerChannel, PerTensor, PerGroup}).Draw(t, "per"),
		Round:      rapid.SampledFrom([]Rounding{RoundNearest, RoundStochastic}).Draw(t, "round"),
		Seed:       9,
	}
	if s.Per == PerGroup {
		s.Group = rapid.IntRange(1, 12).Draw(t, "group")
	}
	return s
}

// TestRoundRows checks that what shares a step lies on whole multiples of one,
// within the grid; that the step is a power of two where it has to be; and that
// by max and to nearest nothing is clipped and no error exceeds half a step.
func TestRoundRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScheme(t)
		bits := rapid.IntRange(1, 8).Draw(t, "bits")
		rows, n := rapid.IntRange(1, 4).Draw(t, "rows"), rapid.IntRange(1, 10).Draw(t, "n")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		w := make([]float64, rows*n)
		for i := range w {
			w[i] = rng.NormFloat64()
		}
		got, st, err := RoundRows(w, rows, bits, s)
		if err != nil {
			t.Fatal(err)
		}
		g, _ := GridOf(bits)
		for first := 0; first < len(w); {
			last := first + n
			switch s.Per {
			case PerTensor:
				last = len(w)
			case PerGroup:
				last = min(first+s.Group, first-first%n+n)
			}
			run := &Problem{Rows: 1, N: last - first, W: w[first:last], Grid: slices.Repeat([]Grid{g}, last-first)}
			step := run.stepOf(0, 1, s.Scale, nil)
			if s.PowerOfTwo {
				if step = run.powerOfTwo(0, 1, step, s.Scale, nil); step != math.Exp2(math.Round(math.Log2(step))) {
					t.Fatalf("step %g is no power of two", step)
				}
			}
			for i := first; i < last; i++ {
				k := got[i] / step
				if math.Abs(k-math.Round(k)) > 1e-9 || math.Abs(k) > g.Max+1e-9 || g.Binary && math.Round(k) == 0 {
					t.Fatalf("weight %d is %g steps", i, k)
				}
				if s.Round == RoundNearest && s.Scale == ByMax && !g.Binary && math.Abs(got[i]-w[i]) > step/2+1e-12 {
					t.Fatalf("weight %g became %g with a step of %g", w[i], got[i], step)
				}
			}
			first = last
		}
		if s.Scale == ByMax && st.Clipped > 0 {
			t.Fatalf("%d weights clipped by max", st.Clipped)
		}
		again, _, _ := RoundRows(w, rows, bits, s)
		if !slices.Equal(got, again) {
			t.Fatal("twice is not the same")
		}
	})
}

// TestFinerStepsLoseLess checks that, by squared error and to nearest, a step
// for each row loses no more than one for all, and one for each group no more
// than one for each row, up to how finely steps are searched.
func TestFinerStepsLoseLess(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	const rows, n = 20, 64
	w := make([]float64, rows*n)
	for i := range w {
		w[i] = rng.NormFloat64() * math.Exp2(float64(i/n%4)) * (1 + float64(i%n/16))
	}
	for _, bits := range []int{2, 3, 4, 8} {
		last := math.Inf(1)
		for _, s := range []*Scheme{{Scale: ByMSE, Per: PerTensor}, {Scale: ByMSE}, {Scale: ByMSE, Per: PerGroup, Group: 16}} {
			_, st, err := RoundRows(w, rows, bits, s)
			if err != nil {
				t.Fatal(err)
			}
			if st.Relative > 0.95*last {
				t.Errorf("%d bits, %s: relative error %g, a coarser one has %g", bits, s, st.Relative, last)
			}
			last = st.Relative
		}
	}
}

// TestRoundRowsIsUnbiased checks that the mean over seeds is the weight.
func TestRoundRowsIsUnbiased(t *testing.T) {
	w := []float64{0.3, -0.71, 1.5, 0.02, -1.9, 2}
	sum := make([]float64, len(w))
	const draws = 4000
	for seed := range draws {
		got, _, err := RoundRows(w, 2, 3, &Scheme{Scale: ByMax, Round: RoundStochastic, Seed: uint64(seed)})
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range got {
			sum[i] += x / draws
		}
	}
	for i := range w {
		if math.Abs(sum[i]-w[i]) > 0.03 {
			t.Errorf("weight %g is %g on average", w[i], sum[i])
		}
	}
}

// TestSchemesOnActivity checks on correlated inputs that making up for errors
// leaves less of them in the potentials than rounding, and descent less still.
func TestSchemesOnActivity(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	const rows, n = 12, 30
	m, err := NewMoments(n, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		common := rng.Float64()
		x := make([]float64, n)
		for i := range x {
			x[i] = common + 0.3*rng.Float64()
		}
		if err := m.Add(x, nil); err != nil {
			t.Fatal(err)
		}
	}
	m.Finish()
	g, _ := GridOf(3)
	p := &Problem{Rows: rows, N: n, H: m.H, Damp: DefaultDamp, Grid: slices.Repeat([]Grid{g}, n)}
	for range rows * n {
		p.W = append(p.W, rng.NormFloat64())
	}
	s, err := NewSolver(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, two := range []bool{false, true} {
		last := math.Inf(1)
		for _, round := range []Rounding{RoundNearest, RoundCompensated, RoundDescent} {
			x := (&Scheme{Scale: ByHessian, Round: round, PowerOfTwo: two}).Apply(s)
			sum := 0.0
			for j, e := range s.Objective(x) {
				sum += e
				if two && x.Step[j] != math.Exp2(math.Round(math.Log2(x.Step[j]))) {
					t.Fatalf("%s: step %g", round, x.Step[j])
				}
			}
			// Without new steps descent may find nothing.
			if sum > last || sum == last && !(two && round == RoundDescent) {
				t.Errorf("%s: error %g, before %g", round, sum, last)
			}
			last = sum
		}
	}
}

func TestParseScheme(t *testing.T) {
	if g, n, err := ParseGranularity("group:16"); g != PerGroup || n != 16 || err != nil {
		t.Errorf("group:16 is %v of %d, %v", g, n, err)
	}
	for _, bad := range []string{"", "group", "group:0", "group:-1", "group:x", "row"} {
		if _, _, err := ParseGranularity(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
	for _, s := range []*Scheme{{Per: PerGroup, Group: 4, Scale: ByHessian}, {Per: PerGroup, Group: 4, Round: RoundCompensated}, {Per: PerGroup}} {
		if s.Check() == nil {
			t.Errorf("%s is allowed", s)
		}
	}
	if _, _, err := RoundRows([]float64{1}, 1, 4, &Scheme{Scale: ByHessian}); err == nil {
		t.Error("the activity of no samples is known")
	}
}
