package encode_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/synfire/synfire/internal/encode"
)

func lowPass(t *testing.T, taps int) []float64 {
	t.Helper()
	h, err := encode.LowPass(encode.CutoffOf(taps), encode.Hamming(taps))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func rampThreshold(t *testing.T, h []float64, multiplicative bool) float64 {
	t.Helper()
	x, err := encode.RampThreshold(h, multiplicative)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// snr is that of BSA without the mean of the signal, and without its ends, where
// a filter is cut off.
func snr(t *testing.T, signal []float64, opt encode.BSAOptions) float64 {
	t.Helper()
	code, err := encode.BSA(signal, opt)
	if err != nil {
		t.Fatal(err)
	}
	centre := 0.0
	for _, x := range signal {
		centre += x / float64(len(signal))
	}
	r := code.Decode()
	level := make([]float64, len(r))
	for i := range r {
		level[i] = signal[i] - centre
		r[i] -= centre
	}
	var f encode.Fidelity
	ends := len(opt.Filter)
	if err := f.Add(level[ends:len(r)-ends], r[ends:len(r)-ends]); err != nil {
		t.Fatal(err)
	}
	return f.SNR()
}

// slowSignals are sums of sines with periods of at least so many samples, each
// in units and with an offset of its own.
func slowSignals(period float64) [][]float64 {
	rng := rand.New(rand.NewPCG(5, 6))
	var out [][]float64
	for range 8 {
		signal := make([]float64, 4000)
		unit, offset := math.Exp(6*rng.NormFloat64()), 100*rng.NormFloat64()
		for range 4 {
			f, phase, a := rng.Float64()/period, 2*math.Pi*rng.Float64(), rng.Float64()
			for t := range signal {
				signal[t] += unit * a * math.Sin(2*math.Pi*f*float64(t)+phase)
			}
		}
		for t := range signal {
			signal[t] += unit * offset
		}
		out = append(out, signal)
	}
	return out
}

// TestBSAThresholdOfTheRamp: the threshold that follows a ramp is a good one for
// other signals, too: no other is much better, and ones that are far from it
// are much worse.
func TestBSAThresholdOfTheRamp(t *testing.T) {
	for _, taps := range []int{9, 15, 31} {
		h := lowPass(t, taps)
		ramp := rampThreshold(t, h, false)
		for k, signal := range slowSignals(4 * float64(taps)) {
			t.Run(fmt.Sprintf("%d taps, signal %d", taps, k), func(t *testing.T) {
				at := snr(t, signal, encode.BSAOptions{Filter: h, Threshold: ramp})
				for x := 0.05; x < 1; x += 0.05 {
					other := snr(t, signal, encode.BSAOptions{Filter: h, Threshold: x})
					if other > at+3 {
						t.Errorf("%.1f dB at %.2f, the ramp's, and %.1f dB at %.2f", at, ramp, other, x)
					}
					if x < 0.5 && other > at-3 {
						t.Errorf("%.1f dB at %.2f, and no less at %.2f: %.1f dB", at, ramp, x, other)
					}
				}
			})
		}
	}
}

// TestBSALongFiltersAreFiner: where the signal is slow enough for all, more taps
// give finer levels.
func TestBSALongFiltersAreFiner(t *testing.T) {
	mean := func(taps int) float64 {
		h := lowPass(t, taps)
		opt := encode.BSAOptions{Filter: h, Threshold: rampThreshold(t, h, false)}
		sum := 0.0
		for _, signal := range slowSignals(1000) {
			sum += snr(t, signal, opt) / 8
		}
		return sum
	}
	last := math.Inf(-1)
	for _, taps := range []int{5, 9, 17, 33} {
		x := mean(taps)
		if x < last+3 {
			t.Errorf("%d taps: %.1f dB, half as many: %.1f dB", taps, x, last)
		}
		last = x
	}
}

// TestBSAUnitsDoNotMatter: another unit and zero of the signal give the same
// spikes, and a reconstruction in that unit.
func TestBSAUnitsDoNotMatter(t *testing.T) {
	h := lowPass(t, 15)
	for _, multiplicative := range []bool{false, true} {
		opt := encode.BSAOptions{Filter: h, Threshold: rampThreshold(t, h, multiplicative), Multiplicative: multiplicative}
		signal := make([]float64, 500)
		for k := range signal { // of few digits, so that what follows is exact
			signal[k] = math.Round(64 * math.Sin(float64(k)/20))
		}
		want, err := encode.BSA(signal, opt)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct{ unit, zero float64 }{{1.0 / 1024, 0}, {1 << 20, 0}, {1, 1 << 10}, {0.25, -300}} {
			other := make([]float64, len(signal))
			for k := range signal {
				other[k] = signal[k]*x.unit + x.zero
			}
			got, err := encode.BSA(other, opt)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Spikes, want.Spikes) {
				t.Errorf("unit %v, zero %v: other spikes", x.unit, x.zero)
			}
			a, b := got.Decode(), want.Decode()
			for k := range a {
				if math.Abs(a[k]-(b[k]*x.unit+x.zero)) > 1e-9*(math.Abs(x.zero)+100*x.unit) {
					t.Fatalf("unit %v, zero %v: sample %d decodes to %v, not %v", x.unit, x.zero, k, a[k], b[k]*x.unit+x.zero)
				}
			}
		}
	}
}

// TestBSALevels: a constant level spikes the more often the higher it is, not at
// all below Silence, and in every step at the top; and where the code fits the
// range, no sample of the signal is silent.
func TestBSALevels(t *testing.T) {
	for _, taps := range []int{3, 7, 15, 31} {
		h := lowPass(t, taps)
		threshold := rampThreshold(t, h, false)
		silence, err := encode.Silence(h, threshold, false)
		if err != nil {
			t.Fatal(err)
		}
		count := func(level float64) int {
			code, err := encode.BSA(slices.Repeat([]float64{level}, 60*taps), encode.BSAOptions{Filter: h, Threshold: threshold, Scale: encode.AsGiven, KeepOffset: true})
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, s := range code.Spikes[20*taps : 50*taps] {
				n += int(s)
			}
			return n
		}
		last := 0
		for i := range 101 {
			level := float64(i) / 100
			n := count(level) // near levels may lock in to a pattern of spikes
			if float64(n) < 0.95*float64(last) || level < silence-1.0/1024 && n > 0 || level > silence && n == 0 {
				t.Errorf("%d taps: %d spikes at level %g, %d below it; silence up to %g", taps, n, level, last, silence)
			}
			last = n
		}
		if last < 29*taps {
			t.Errorf("%d taps: %d spikes of %d at the top", taps, last, 30*taps)
		}
		signal := append(slices.Repeat([]float64{-5}, 60*taps), 7) // its lowest level, for long
		code, err := encode.BSA(signal, encode.BSAOptions{Filter: h, Threshold: threshold})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(code.Spikes, 1) {
			t.Errorf("%d taps: the lowest level is silent", taps)
		}
	}
}

// TestBSAPublishedThresholds: those in use for filters that add up to 1 are near
// what the ramp gives for the same filters: 0.679 for 7 taps, 0.955 for 20
// (specs/users.md 3.2).
func TestBSAPublishedThresholds(t *testing.T) {
	for taps, published := range map[int]float64{7: 0.679, 20: 0.955} {
		h, err := encode.LowPass(0.1, encode.Hamming(taps))
		if err != nil {
			t.Fatal(err)
		}
		if got := rampThreshold(t, h, false); math.Abs(got-published) > 0.07 {
			t.Errorf("%d taps: %v, published %v", taps, got, published)
		}
	}
}

// TestMainLobe: all taps are above 0, and two more would not be.
func TestMainLobe(t *testing.T) {
	for _, cutoff := range []float64{0.5, 0.31, 0.1, 0.07, 0.01} {
		n := encode.MainLobe(cutoff)
		for extra, want := range map[int]bool{0: true, 4: false} {
			h, err := encode.LowPass(cutoff, encode.Hamming(n+extra))
			if err != nil {
				t.Fatal(err)
			}
			if all := !slices.ContainsFunc(h, func(x float64) bool { return x < -1e-9 }); all != want {
				t.Errorf("cutoff %v, %d taps: all above 0: %v", cutoff, n+extra, all)
			}
		}
		if c := encode.CutoffOf(n); n < 1<<20 && encode.MainLobe(c) != n {
			t.Errorf("%d taps have cutoff %v, and that %d taps", n, c, encode.MainLobe(c))
		}
	}
}
