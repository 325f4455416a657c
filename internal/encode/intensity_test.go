package encode_test

import (
	"math"
	"math/bits"
	"testing"

	"github.com/synfire/synfire/internal/encode"
	"github.com/synfire/synfire/internal/spike"
)

func newRaster(t *testing.T, steps, n int) *spike.Raster {
	t.Helper()
	r, err := spike.New(steps, n)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// times returns the steps in which a channel spikes.
func times(r *spike.Raster, i int) (out []int) {
	for t := range r.Steps {
		if r.Get(t, i) {
			out = append(out, t)
		}
	}
	return out
}

// The number of spikes lies within 5 standard deviations of the binomial
// distribution that each law says.
func TestRateIsBinomial(t *testing.T) {
	const steps = 20000
	x := []float64{0, 0.01, 0.1, 0.5, 0.9, 1}
	for _, opt := range []encode.RateOptions{
		{Rate: 1, Seed: 7}, {Rate: 0.3, Seed: 8}, {Rate: 1, Poisson: true, Seed: 9}, {Rate: 4, Poisson: true, Seed: 10},
	} {
		r := newRaster(t, steps, len(x))
		if err := encode.Rate(r, steps, x, opt); err != nil {
			t.Fatal(err)
		}
		for i, n := range r.Counts() {
			p := opt.Rate * x[i]
			if opt.Poisson {
				p = 1 - math.Exp(-opt.Rate*x[i])
			}
			if d := math.Abs(float64(n) - steps*p); d > 5*math.Sqrt(steps*p*(1-p)) {
				t.Errorf("%+v: intensity %v spikes %d times in %d, p is %v", opt, x[i], n, steps, p)
			}
		}
	}
}

func TestRateDependsOnSeedAndStream(t *testing.T) {
	x := []float64{0.5, 0.5, 0.5}
	draw := func(seed, stream uint64) *spike.Raster {
		r := newRaster(t, 100, len(x))
		if err := encode.Rate(r, 100, x, encode.RateOptions{Rate: 1, Seed: seed, Stream: stream}); err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, c := range []struct {
		seed, stream uint64
		same         bool
	}{{1, 1, true}, {2, 1, false}, {1, 2, false}} {
		n, _, _, err := spike.Diff(draw(1, 1), draw(c.seed, c.stream))
		if err != nil || (n == 0) != c.same {
			t.Errorf("seed %d, stream %d: %d spikes differ (%v)", c.seed, c.stream, n, err)
		}
	}
}

func TestLatencyTimes(t *testing.T) {
	log := encode.LatencyOptions{Tau: 5, Threshold: 0.2}
	for _, c := range []struct {
		opt  encode.LatencyOptions
		x    float64
		want int // -1: silent
	}{
		{x: 1, want: 0},
		{x: 0.5, want: 5}, // round(0.5 * 10)
		{x: 0.96, want: 0},
		{x: 0.94, want: 1},
		{x: 1e-9, want: 10},
		{x: 0, want: -1},
		{log, 1, 1},    // 5 ln(1 / 0.8) = 1.12
		{log, 0.4, 3},  // 5 ln 2 = 3.47
		{log, 0.25, 8}, // 5 ln 5 = 8.05
		{log, 0.21, -1},
		{log, 0.2, -1},
		{log, 0, -1},
	} {
		r := newRaster(t, 11, 1)
		if err := encode.Latency(r, 11, []float64{c.x}, c.opt); err != nil {
			t.Fatal(err)
		}
		got := times(r, 0)
		if c.want < 0 && len(got) != 0 || c.want >= 0 && (len(got) != 1 || got[0] != c.want) {
			t.Errorf("%+v: intensity %v spikes in %v, want %d", c.opt, c.x, got, c.want)
		}
	}
}

// Each period holds the binary digits, so that grey values come back exactly.
func TestPhaseHoldsTheDigits(t *testing.T) {
	x := make([]float64, 256)
	for g := range x {
		x[g] = float64(g) / 255
	}
	r := newRaster(t, 24, len(x))
	if err := encode.Phase(r, 24, x, 8); err != nil {
		t.Fatal(err)
	}
	for g := range x {
		got := 0.0
		for _, at := range times(r, g) {
			got += 256 / 3. * math.Exp2(-float64(at%8+1))
		}
		if math.Abs(got-float64(g)) > 1e-9 {
			t.Fatalf("grey value %d decodes to %v", g, got)
		}
		if n := len(times(r, g)); n != 3*bits.OnesCount8(uint8(g)) {
			t.Fatalf("grey value %d has %d spikes", g, n)
		}
	}
}

// By hand: 6 fields have centres -1/8, 1/8, .. 9/8 and width 1/6 at beta 1.5;
// 3/8 is the centre of field 2, one and a half widths from fields 1 and 3, and
// exp(-9/8) = 0.325, exp(-9/2) = 0.011.
func TestPopulationOfOneValue(t *testing.T) {
	r := newRaster(t, 101, 12)
	err := encode.Population(r, 101, []float64{0.375, 1}, encode.PopulationOptions{Fields: 6, Silent: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	// 1 is half of a distance from fields 4 and 5: exp(-9/32) = 0.755.
	want := map[int]int{1: 68, 2: 0, 3: 68, 10: 25, 11: 25}
	for i := range 12 {
		got := times(r, i)
		at, spikes := want[i]
		if spikes != (len(got) == 1) || spikes && got[0] != at {
			t.Errorf("channel %d spikes in %v, want %d %v", i, got, at, spikes)
		}
	}
}

func TestIntensityCodesRefuse(t *testing.T) {
	fields := encode.PopulationOptions{Fields: 3}
	bad := []float64{0.5, 1.01}
	r := newRaster(t, 10, 64)
	for name, err := range map[string]error{
		"rate above 1":        encode.Rate(r, 10, bad, encode.RateOptions{Rate: 1}),
		"latency nan":         encode.Latency(r, 10, []float64{math.NaN()}, encode.LatencyOptions{}),
		"phase negative":      encode.Phase(r, 10, []float64{-0.01}, 8),
		"population infinite": encode.Population(r, 10, []float64{math.Inf(1)}, fields),
		"rate 0":              encode.Rate(r, 10, nil, encode.RateOptions{}),
		"Bernoulli of 2":      encode.Rate(r, 10, nil, encode.RateOptions{Rate: 2}),
		"latency threshold":   encode.Latency(r, 10, nil, encode.LatencyOptions{Tau: 1, Threshold: 1}),
		"latency tau":         encode.Latency(r, 10, nil, encode.LatencyOptions{Tau: -1, Threshold: 0.5}),
		"0 phases":            encode.Phase(r, 10, nil, 0),
		"33 phases":           encode.Phase(r, 10, nil, 33),
		"2 fields":            encode.Population(r, 10, nil, encode.PopulationOptions{Fields: 2}),
		"silent":              encode.Population(r, 10, nil, encode.PopulationOptions{Fields: 3, Silent: 1}),
		"beta":                encode.Population(r, 10, nil, encode.PopulationOptions{Fields: 3, Beta: -1}),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	// No steps are no spikes.
	for name, err := range map[string]error{
		"rate":       encode.Rate(r, 0, []float64{1}, encode.RateOptions{Rate: 1}),
		"latency":    encode.Latency(r, 0, []float64{0.2, 1}, encode.LatencyOptions{}),
		"phase":      encode.Phase(r, 0, []float64{1}, 8),
		"population": encode.Population(r, 0, []float64{0.5}, fields),
	} {
		if err != nil {
			t.Errorf("%s of 0 steps: %v", name, err)
		}
	}
	if r.Count() != 0 {
		t.Error("a refused input, or one of no steps, left spikes")
	}
}
