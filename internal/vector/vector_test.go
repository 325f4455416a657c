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

// TestBlocksEqualPlain compares the two ways to add four rows, to the bit.
func TestBlocksEqualPlain(t *testing.T) {
	if !hasBlocks {
		t.Skip("this machine adds one number at a time")
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		n := rng.IntN(40)
		at := rng.IntN(4) // where rows begin in memory
		random := func() []float64 {
			x := make([]float64, n+at)
			for i := range x {
				x[i] = rng.NormFloat64() * math.Pow(2, float64(rng.IntN(40)))
			}
			return x[at:]
		}
		want := random()
		s := Sum{Y: slices.Clone(want), x: [4][]float64{random(), random(), random(), random()}, c: [4]float64(append(random(), 1, 2, 3, 4)[:4])}
		s.addFour()
		addPlain(want, s.x[0], s.x[1], s.x[2], s.x[3], &s.c)
		if !slices.Equal(s.Y, want) {
			t.Fatalf("%d numbers: blocks and the plain loop differ", n)
		}
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
