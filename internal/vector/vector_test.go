package vector

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSumKeepsTheOrder: for any number of rows of any length, a Sum leaves the
// bits of adding one row after the other. Rows of all sizes of numbers make
// another order show.
func TestSumKeepsTheOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	random := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = rng.NormFloat64() * math.Pow(2, float64(rng.IntN(40)))
		}
		return x
	}
	differs := false // from the same rows backwards
	for rows := range 10 {
		for n := range 12 {
			want := random(n)
			got, back := slices.Clone(want), slices.Clone(want)
			var x [][]float64
			for range rows {
				x = append(x, random(n+rng.IntN(3)))
			}
			c := random(rows)
			s := Sum{Y: got}
			for k := range x {
				s.Add(x[k], c[k])
				AddScaled(want, x[k], c[k])
				AddScaled(back, x[rows-1-k], c[rows-1-k])
			}
			s.Flush()
			if !slices.Equal(got, want) {
				t.Errorf("%d rows of %d: %v, one by one %v", rows, n, got, want)
			}
			differs = differs || !slices.Equal(back, want)
			s.Flush()
			if !slices.Equal(got, want) {
				t.Errorf("%d rows of %d: a second flush adds again", rows, n)
			}
		}
	}
	if !differs {
		t.Error("no order shows in these numbers")
	}
}

// BenchmarkSum compares a hundred rows in a Sum and one by one.
func BenchmarkSum(b *testing.B) {
	const rows, n = 100, 128
	x, y := make([]float64, rows*n), make([]float64, n)
	report := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows*n), "ns/product")
	}
	b.Run("sum", func(b *testing.B) {
		for b.Loop() {
			s := Sum{Y: y}
			for r := range rows {
				s.Add(x[r*n:], 0.5)
			}
			s.Flush()
		}
		report(b)
	})
	b.Run("one by one", func(b *testing.B) {
		for b.Loop() {
			for r := range rows {
				AddScaled(y, x[r*n:], 0.5)
			}
		}
		report(b)
	})
}
