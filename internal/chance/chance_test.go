package chance

import (
	"math"
	"testing"
)

// TestMoments compares mean, variance and tails with the distributions'. The
// bounds are four standard errors of 200,000 draws.
func TestMoments(t *testing.T) {
	const n = 200000
	var sum, squares, tail, uniform, product, last float64
	for k := range uint64(n) {
		p := New(7, "weights").At(k)
		x, u := p.Normal(), p.Float()
		sum += x
		squares += x * x
		if math.Abs(x) > 1.959964 {
			tail++
		}
		uniform += u
		product += (u - 0.5) * (last - 0.5)
		last = u
	}
	for name, x := range map[string][3]float64{
		"mean":               {sum / n, 0, 4 / math.Sqrt(n)},
		"variance":           {squares / n, 1, 4 * math.Sqrt(2.0/n)},
		"beyond 1.96 sigma":  {tail / n, 0.05, 4 * math.Sqrt(0.05*0.95/n)},
		"mean of uniform":    {uniform / n, 0.5, 4 * math.Sqrt(1.0/12/n)},
		"serial correlation": {product / n, 0, 4.0 / 12 / math.Sqrt(n)},
	} {
		if math.Abs(x[0]-x[1]) > x[2] {
			t.Errorf("%s: %g, not %g +- %g", name, x[0], x[1], x[2])
		}
	}
}

// TestPlaces: other seeds, names and chains are other places, and the order of
// the chain counts.
func TestPlaces(t *testing.T) {
	seen := map[Place]string{}
	for name, p := range map[string]Place{
		"a": New(1, "a"), "seed": New(2, "a"), "b": New(1, "b"), "none": New(1, ""),
		"0": New(1, "a").At(0), "1": New(1, "a").At(1), "01": New(1, "a").At(0).At(1), "10": New(1, "a").At(1).At(0),
	} {
		if other, ok := seen[p]; ok {
			t.Errorf("%s and %s are one place", name, other)
		}
		seen[p] = name
	}
}
