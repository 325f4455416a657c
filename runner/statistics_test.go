package runner

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

// TestWilson compares with published values of the score interval.
func TestWilson(t *testing.T) {
	for _, x := range []struct {
		correct, total int
		low, high      float64
	}{
		{0, 10, 0, 27.75},
		{10, 10, 72.25, 100},
		{50, 100, 40.38, 59.62},
		{81, 263, 25.53, 36.62}, // Newcombe 1998, table I
		{15, 148, 6.24, 16.05},
		{0, 20, 0, 16.11},
		{1, 29, 0.61, 17.18},
		{0, 0, 0, 100},
	} {
		got := Wilson(x.correct, x.total)
		if !near(got.Low, x.low, 0.006) || !near(got.High, x.high, 0.006) {
			t.Errorf("%d of %d: %.3f to %.3f, want %.2f to %.2f", x.correct, x.total, got.Low, got.High, x.low, x.high)
		}
	}
}

// TestWilsonProperties checks that the interval holds the proportion, mirrors
// that of the failures, and narrows with more samples.
func TestWilsonProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 1000).Draw(t, "n")
		k := rapid.IntRange(0, n).Draw(t, "k")
		w, mirror, more := Wilson(k, n), Wilson(n-k, n), Wilson(4*k, 4*n)
		p := 100 * float64(k) / float64(n)
		if w.Low < 0 || w.High > 100 || w.Low > p+1e-9 || w.High < p-1e-9 {
			t.Fatalf("%+v does not hold %g", w, p)
		}
		if !near(w.Low, 100-mirror.High, 1e-9) {
			t.Fatalf("%+v is no mirror image of %+v", w, mirror)
		}
		if more.High-more.Low >= w.High-w.Low {
			t.Fatalf("%+v of four times the samples is no narrower than %+v", more, w)
		}
	})
}

// cheapest returns the least total way of moving the numbers a onto b, by
// trying every assignment.
func cheapest(a, b []int64) int64 {
	if len(a) == 0 {
		return 0
	}
	best := int64(math.MaxInt64)
	for j := range b {
		rest := append(append([]int64{}, b[:j]...), b[j+1:]...)
		best = min(best, max(a[0]-b[j], b[j]-a[0])+cheapest(a[1:], rest))
	}
	return best
}

func TestRateShift(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "n")
		counts := rapid.SliceOfN(rapid.Int64Range(0, 9), n, n)
		a, b := counts.Draw(t, "a"), counts.Draw(t, "b")
		before := append([]int64{}, a...)
		got, ok := RateShift(a, b, 10)
		if want := float64(cheapest(a, b)) / float64(10*n); !ok || !near(got, want, 1e-12) {
			t.Fatalf("%v to %v: %g, %v; want %g", a, b, got, ok, want)
		}
		for i := range a {
			if a[i] != before[i] {
				t.Fatal("the arguments were sorted in place")
			}
		}
	})
	for _, x := range []struct {
		a, b  []int64
		steps int64
	}{{[]int64{1}, []int64{1, 2}, 5}, {nil, nil, 5}, {[]int64{1}, []int64{1}, 0}} {
		if shift, ok := RateShift(x.a, x.b, x.steps); ok {
			t.Errorf("%v: %g", x, shift)
		}
	}
}
