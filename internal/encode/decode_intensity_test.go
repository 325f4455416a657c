package encode

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// grid is a raster for tests.
type grid map[[2]int]bool

func (g grid) Set(t, i int)      { g[[2]int{t, i}] = true }
func (g grid) Get(t, i int) bool { return g[[2]int{t, i}] }

// TestDecodedIntensities: what comes back is within half of what the code can
// tell apart.
func TestDecodedIntensities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := []float64{rapid.Float64Range(0, 1).Draw(t, "x")}
		steps := rapid.IntRange(2, 200).Draw(t, "steps")
		got := []float64{-1}
		near := func(code string, limit float64) {
			if !(math.Abs(got[0]-x[0]) <= limit+1e-12) {
				t.Fatalf("%s: %v became %v, farther than %v", code, x[0], got[0], limit)
			}
		}
		g := grid{}
		phases := rapid.IntRange(1, 12).Draw(t, "phases")
		if err := Phase(g, max(steps, phases), x, phases); err != nil {
			t.Fatal(err)
		}
		DecodePhase(g, max(steps, phases), got, phases)
		near("phase", 0.5/float64(int(1)<<phases-1))

		g = grid{}
		IF(g, steps, []uint8{uint8(math.Round(255 * x[0]))})
		DecodeIF(g, steps, got)
		near("if", 0.5/255+1/float64(steps))

		g = grid{}
		if err := Latency(g, steps, x, LatencyOptions{}); err != nil {
			t.Fatal(err)
		}
		DecodeLatency(g, steps, got, LatencyOptions{})
		near("latency", 0.5/float64(steps-1))

		// Where the logarithmic law is flat a step stands for many intensities:
		// what comes back has to have the same latency.
		opt := LatencyOptions{Tau: 5, Threshold: 0.1}
		g = grid{}
		if err := Latency(g, steps, x, opt); err != nil {
			t.Fatal(err)
		}
		DecodeLatency(g, steps, got, opt)
		again := grid{}
		if err := Latency(again, steps, got, opt); err != nil {
			t.Fatal(err)
		}
		if was, is := first(g, steps, 0), first(again, steps, 0); was > 0 && was != is {
			t.Fatalf("latency: %v became %v, which spikes at %d, not %d", x[0], got[0], is, was)
		}

		fields := PopulationOptions{Fields: rapid.IntRange(4, 20).Draw(t, "fields"), Silent: 0.05}
		g = grid{}
		if err := Population(g, 101, x, fields); err != nil {
			t.Fatal(err)
		}
		if err := DecodePopulation(g, 101, got, fields); err != nil {
			t.Fatal(err)
		}
		near("population", 0.1/float64(fields.Fields-2))
	})
}

// TestDecodedRate: over many steps the estimate is within five of its own
// deviations.
func TestDecodedRate(t *testing.T) {
	const steps = 4000
	for _, opt := range []RateOptions{{Rate: 1}, {Rate: 0.5, Seed: 3}, {Rate: 2, Poisson: true, Seed: 4}} {
		x, got := []float64{0, 0.1, 0.5, 0.9}, make([]float64, 4)
		g := grid{}
		if err := Rate(g, steps, x, opt); err != nil {
			t.Fatal(err)
		}
		DecodeRate(g, steps, got, opt)
		for i := range x {
			p, slope := opt.Rate*x[i], opt.Rate
			if opt.Poisson {
				p = -math.Expm1(-opt.Rate * x[i])
				slope = opt.Rate * (1 - p)
			}
			if limit := 5 * math.Sqrt(p*(1-p)/steps) / slope; math.Abs(got[i]-x[i]) > limit {
				t.Errorf("%+v: %v became %v, farther than %v", opt, x[i], got[i], limit)
			}
		}
	}
}
