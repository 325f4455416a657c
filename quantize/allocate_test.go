package quantize

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// TestGauss holds the errors and steps of uniform quantizers of normal numbers
// against Max 1960 (table II: 3 levels lose 0.1902 at a step of 1.224) and the
// closed form of two levels, and all widths against random numbers.
func TestGauss(t *testing.T) {
	near := func(what string, got, want, tolerance float64) {
		t.Helper()
		if math.Abs(got-want) > tolerance*want {
			t.Errorf("%s: %g, not %g", what, got, want)
		}
	}
	near("error of 1 bit", GaussOf(1).Error, 1-2/math.Pi, 1e-3)
	near("step of 1 bit", GaussOf(1).Step, math.Sqrt(2/math.Pi), 0.02)
	near("error of 2 bits", GaussOf(2).Error, 0.1902, 1e-3)
	near("step of 2 bits", GaussOf(2).Step, 1.224, 0.02)
	if GaussOf(0).Error != 1 {
		t.Error("0 bits keep something")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, 200_000)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	for bits := 1; bits <= MaxInputBits; bits++ {
		g, err := GridOf(bits)
		if err != nil {
			t.Fatal(err)
		}
		at := func(step float64) float64 {
			sum := 0.0
			for _, a := range x {
				e := a - step*g.Round(a/step)
				sum += e * e
			}
			return sum / float64(len(x))
		}
		step := GaussOf(bits).Step
		// Beyond the largest level lie few of the numbers, but much of the error.
		near(fmt.Sprintf("error of %d bits", bits), at(step), GaussOf(bits).Error, 0.06)
		if at(step) > at(1.1*step) || at(step) > at(step/1.1) {
			t.Errorf("%d bits: a step of %g is not the best", bits, step)
		}
	}
}

// TestImportance compares with the definition: what is left of the error if an
// input is lost and all others take the values that make up for it best.
func TestImportance(t *testing.T) {
	p := randomProblem(t, 3, 4, 9, 3)
	got, err := p.Importance()
	if err != nil {
		t.Fatal(err)
	}
	s := solver(t, p)
	for i := range p.N {
		if s.dead[i] {
			if got[i] != 0 {
				t.Errorf("input %d never spikes and matters %g", i, got[i])
			}
			continue
		}
		want := 0.0
		for j := range p.Rows {
			want += leftOver(s.h, i, p.row(j)[i])
		}
		if math.Abs(got[i]-want) > 1e-6*want {
			t.Errorf("input %d: importance %g, not %g", i, got[i], want)
		}
	}
}

// leftOver returns the least e*h*e with e[i] fixed, by relaxation.
func leftOver(h *Square, i int, x float64) float64 {
	e := make([]float64, h.N)
	e[i] = x
	for range 20_000 {
		for k := range e {
			if k == i {
				continue
			}
			sum := 0.0
			for m, a := range e {
				if m != k {
					sum += h.At(k, m) * a
				}
			}
			e[k] = -sum / h.At(k, k)
		}
	}
	out := 0.0
	for k, a := range e {
		for m, b := range e {
			out += a * h.At(k, m) * b
		}
	}
	return out
}

// TestAllocateBest compares with all choices of widths.
func TestAllocateBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		importance := rapid.SliceOfN(rapid.Float64Range(0, 10), 1, 5).Draw(t, "importance")
		mean := float64(rapid.IntRange(2, 16).Draw(t, "quarters")) / 4
		widths := []int{1, 2, 3, 4}
		got, err := Allocate(importance, mean, widths)
		if err != nil {
			t.Fatal(err)
		}
		lost := func(widths []int) (loss float64, bits int) {
			for i, b := range widths {
				loss += importance[i] * GaussOf(b).Error
				bits += b
			}
			return loss, bits
		}
		loss, bits := lost(got)
		if float64(bits) > mean*float64(len(importance)) {
			t.Fatalf("%v has more than %g bits in the mean", got, mean)
		}
		try := make([]int, len(importance))
		for {
			if l, b := lost(try); float64(b) <= mean*float64(len(importance)) && l < loss-1e-9 {
				t.Fatalf("%v loses %g, %v %g", got, loss, try, l)
			}
			i := 0
			for ; i < len(try); i++ {
				if try[i]++; try[i] <= 4 {
					break
				}
				try[i] = 0
			}
			if i == len(try) {
				return
			}
		}
	})
}

// TestAllocateRefused checks what cannot be shared out.
func TestAllocateRefused(t *testing.T) {
	for name, f := range map[string]func() ([]int, error){
		"no inputs":    func() ([]int, error) { return Allocate(nil, 2, []int{1}) },
		"no bits":      func() ([]int, error) { return Allocate([]float64{1}, 0, []int{1}) },
		"no widths":    func() ([]int, error) { return Allocate([]float64{1}, 2, nil) },
		"wide only":    func() ([]int, error) { return Allocate([]float64{1}, 2, []int{16}) },
		"not a number": func() ([]int, error) { return Allocate([]float64{math.NaN()}, 2, []int{1}) },
		"infinite":     func() ([]int, error) { return Allocate([]float64{math.Inf(1)}, 2, []int{1}) },
		"negative":     func() ([]int, error) { return Allocate([]float64{-1}, 2, []int{1}) },
	} {
		if got, err := f(); err == nil {
			t.Errorf("%s: %v, no error", name, got)
		}
	}
}

// TestParseBits reads what String writes, and nothing that would be another
// number.
func TestParseBits(t *testing.T) {
	for _, s := range []string{"1", "8", "16", "0.5", "1.75", "7.5", "3.01"} {
		if b, err := ParseBits(s); err != nil || b.String() != s {
			t.Errorf("%s: %v, %v", s, b, err)
		}
	}
	for _, s := range []string{"", "0", "17", "-1", "+2", "2.0", "02", "0.4", "7.75", "1.234", "NaN", "nan", "Inf", "1e1", "0x2", " 2", "8.5"} {
		if b, err := ParseBits(s); err == nil {
			t.Errorf("%q is read as %v", s, b)
		}
	}
}

// TestSearchSkipsEmptyGrids gives inputs no level: they stay without one, and
// what is left does better than it would alone.
func TestSearchSkipsEmptyGrids(t *testing.T) {
	p := randomProblem(t, 5, 6, 20, 3)
	empty := func(i int) bool { return i%4 == 1 }
	for i := range p.Grid {
		if empty(i) {
			p.Grid[i] = Grid{}
		}
	}
	s := solver(t, p)
	x := s.Search()
	for j := range p.Rows {
		for i, q := range x.Row(j, p.N) {
			if empty(i) && q != 0 {
				t.Fatalf("input %d without levels got %g", i, q)
			}
		}
		if !(x.Step[j] > 0) || math.IsInf(x.Step[j], 0) {
			t.Fatalf("row %d has a step of %g", j, x.Step[j])
		}
	}
	if near := s.Nearest(s.Steps(ByMSE, false)); total(s.Objective(x)) >= total(s.Objective(near)) {
		t.Error("rounding to nearest is as good")
	}
}
