package quantize

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestCluster checks that every point has its nearest centre, that there are
// at most k, that enough centres leave no error, and that a line of points is
// clustered as Palette does.
func TestCluster(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.Bool().Draw(t, "line")
		var points [][2]float64
		different := map[[2]float64]bool{}
		for range rapid.IntRange(1, 20).Draw(t, "n") {
			p := [2]float64{float64(rapid.IntRange(-5, 5).Draw(t, "x")), 3}
			if !line {
				p[1] = float64(rapid.IntRange(-5, 5).Draw(t, "y"))
			}
			points = append(points, p)
			different[p] = true
		}
		k := rapid.IntRange(1, 12).Draw(t, "k")
		centres, of, err := Cluster(points, k)
		if err != nil || len(centres) > k || len(of) != len(points) {
			t.Fatalf("%d centres of %d, %v", len(centres), k, err)
		}
		total := 0.0
		for i, p := range points {
			c := centres[of[i]]
			own := math.Hypot(p[0]-c[0], p[1]-c[1])
			total += own * own
			for _, o := range centres {
				if d := math.Hypot(p[0]-o[0], p[1]-o[1]); d < own-1e-9 {
					t.Fatalf("point %v: centre %v is nearer than its own %v", p, o, c)
				}
			}
		}
		if line && len(different) <= k && total > 1e-12 {
			t.Fatalf("%d different points on a line, %d centres: error %g", len(different), k, total)
		}
		one, _, _ := Cluster(points, 1)
		least := 0.0
		for _, p := range points {
			least += math.Pow(p[0]-one[0][0], 2) + math.Pow(p[1]-one[0][1], 2)
		}
		if total > least+1e-9 {
			t.Fatalf("%d centres have the error %g, one has %g", k, total, least)
		}
	})
	for _, bad := range [][][2]float64{nil, {{math.NaN(), 1}}, {{1, math.Inf(1)}}} {
		if _, _, err := Cluster(bad, 2); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}
