package quantize

import (
	"math"
	"math/rand/v2"
	"testing"
)

// paletteCost is what a palette costs if each point takes its value.
func paletteCost(x, w, values []float64, of []int) float64 {
	sum := 0.0
	for i := range x {
		d := x[i] - values[of[i]]
		sum += w[i] * d * d
	}
	return sum
}

// cheapest tries every assignment of points to k values.
func cheapest(x, w []float64, k int) float64 {
	of := make([]int, len(x))
	best := math.Inf(1)
	for {
		values, weight := make([]float64, k), make([]float64, k)
		for i, g := range of {
			values[g] += w[i] * x[i]
			weight[g] += w[i]
		}
		for g := range values {
			if weight[g] > 0 {
				values[g] /= weight[g]
			}
		}
		best = min(best, paletteCost(x, w, values, of))
		i := 0
		for ; i < len(of); i++ {
			if of[i]++; of[i] < k {
				break
			}
			of[i] = 0
		}
		if i == len(of) {
			return best
		}
	}
}

// TestPaletteIsOptimal compares with all assignments.
func TestPaletteIsOptimal(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for range 60 {
		n, k := 1+rng.IntN(7), 1+rng.IntN(3)
		x, w := make([]float64, n), make([]float64, n)
		for i := range x {
			x[i], w[i] = math.Floor(10*rng.Float64()), 0.1+rng.Float64()
		}
		values, of, err := Palette(x, w, k)
		if err != nil {
			t.Fatal(err)
		}
		if len(values) > k {
			t.Fatalf("%d values, at most %d are allowed", len(values), k)
		}
		got, want := paletteCost(x, w, values, of), cheapest(x, w, k)
		if math.Abs(got-want) > 1e-9 {
			t.Fatalf("points %v, weights %v, %d values: cost %g, the optimum is %g", x, w, k, got, want)
		}
	}
}

func TestPaletteRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		x, w []float64
		k    int
	}{
		"no points":       {nil, nil, 1},
		"no values":       {[]float64{1}, []float64{1}, 0},
		"not a number":    {[]float64{math.NaN()}, []float64{1}, 1},
		"negative weight": {[]float64{1}, []float64{-1}, 1},
		"missing weight":  {[]float64{1, 2}, []float64{1}, 1},
	} {
		if _, _, err := Palette(c.x, c.w, c.k); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if values, _, err := Palette([]float64{2, 4}, []float64{0, 0}, 1); err != nil || math.IsNaN(values[0]) {
		t.Errorf("points without weight: %v, %v", values, err)
	}
}
