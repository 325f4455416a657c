package encode_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/synfire/synfire/internal/encode"
)

// wave is a noisy sine; the expected spikes below were computed from it with
// NumPy from the equations of specs/users.md section 3.2.
var wave = []float64{
	0.017, 0.2, 0.328, 0.387, 0.619, 0.695, 0.719, 0.817, 0.818, 0.794,
	0.729, 0.674, 0.504, 0.404, 0.244, 0.143, -0.045, -0.219, -0.393, -0.502,
	-0.605, -0.711, -0.697, -0.745, -0.932, -0.862, -0.716, -0.639, -0.494, -0.361,
	-0.118, -0.122, 0.074, 0.351, 0.428, 0.559, 0.609, 0.637, 0.783, 0.804,
}

func spikesAre(t *testing.T, got []int8, want string) {
	t.Helper()
	text := make([]byte, len(got))
	for i, s := range got {
		text[i] = "-.+"[s+1]
	}
	if string(text) != want {
		t.Errorf("spikes %s\nwant   %s", text, want)
	}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12*max(1, math.Abs(want))) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestTBREqualsNumPy(t *testing.T) {
	got, threshold, err := encode.TBR(wave, encode.TBROptions{Factor: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "threshold", threshold, 0.08473277184783475)
	spikesAre(t, got, ".++.+..+....----------..-.+.+++.++.+..+.")

	threshold, err = encode.ContrastThreshold(wave, encode.TBROptions{Factor: 0.5, Absolute: true})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "threshold of |diff|", threshold, 0.1753994385145014)
}

// The example in the documentation of spikify 1.x, which puts the spike before
// the change: + . - + . .
func TestTBREarlyEqualsSpikify(t *testing.T) {
	got, _, err := encode.TBR([]float64{0.1, 0.3, 0.4, 0.2, 0.5, 0.6}, encode.TBROptions{Factor: 0.5, Early: true})
	if err != nil {
		t.Fatal(err)
	}
	spikesAre(t, got, "+.-+..")
}

func TestSFAndMWEqualNumPy(t *testing.T) {
	opt := encode.StepOptions{Threshold: 0.1}
	got, err := encode.SF(wave, opt)
	if err != nil {
		t.Fatal(err)
	}
	spikesAre(t, got, ".++++++++..---------------..++++++++++++")
	if got, err = encode.MW(wave, 4, opt); err != nil {
		t.Fatal(err)
	}
	spikesAre(t, got, ".++++++++..--------------..+++++++++++++")
}

func TestInclusiveCountsEquality(t *testing.T) {
	signal := []float64{0, 0.5, 0, 0, -0.5}
	for _, inclusive := range []bool{false, true} {
		want := map[bool][2]string{false: {".....", "....-"}, true: {".+-.-", ".+..-"}}[inclusive]
		opt := encode.StepOptions{Threshold: 0.5, Inclusive: inclusive}
		got, err := encode.SF(signal, opt)
		if err != nil {
			t.Fatal(err)
		}
		spikesAre(t, got, want[0])
		if got, err = encode.MW(signal, 4, opt); err != nil {
			t.Fatal(err)
		}
		spikesAre(t, got, want[1])
	}
}

// While no step is larger than the threshold, SF tracks within the threshold.
func TestSFTracksWithinTheThreshold(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		thr := 0.01 + rng.Float64()
		signal := []float64{rng.NormFloat64()}
		for range 300 {
			signal = append(signal, signal[len(signal)-1]+thr*(2*rng.Float64()-1))
		}
		spikes, err := encode.SF(signal, encode.StepOptions{Threshold: thr})
		if err != nil {
			t.Fatal(err)
		}
		for k, r := range encode.Decode(spikes, signal[0], thr) {
			if math.Abs(r-signal[k]) > thr*(1+1e-9) {
				t.Fatalf("threshold %v: sample %d decodes to %v, is %v", thr, k, r, signal[k])
			}
		}
	}
}

// A step of the reconstruction of TBR misses that of the signal by no more than
// the threshold, or by what the step is above it.
func TestTBRStepsWithinTheThreshold(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		signal := make([]float64, 100)
		for k := range signal {
			signal[k] = rng.NormFloat64()
		}
		spikes, thr, err := encode.TBR(signal, encode.TBROptions{Factor: 1, Absolute: true})
		if err != nil {
			t.Fatal(err)
		}
		r := encode.Decode(spikes, signal[0], thr)
		for k := 1; k < len(signal); k++ {
			step := signal[k] - signal[k-1]
			bound := max(thr, math.Abs(step)-thr) + 1e-9
			if miss := math.Abs(r[k] - r[k-1] - step); miss > bound {
				t.Fatalf("step %d misses %v by %v, more than %v", k, step, miss, bound)
			}
		}
	}
}

func TestConstantSignalIsSilent(t *testing.T) {
	flat := slices.Repeat([]float64{0.3}, 20)
	spikes, _, err := encode.TBR(flat, encode.TBROptions{Factor: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	spikesAre(t, spikes, "....................")
	var f encode.Fidelity
	if err := f.Add(flat, encode.Decode(spikes, flat[0], 0)); err != nil || !math.IsInf(f.SNR(), 1) || f.RMSE() != 0 {
		t.Errorf("fidelity %+v (%v), want an exact reconstruction", f, err)
	}
}

func TestBSAEqualsNumPy(t *testing.T) {
	h, err := encode.LowPass(0.1, encode.Hamming(5))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		opt       encode.BSAOptions
		want      string
		snr, rmse float64
	}{
		{encode.BSAOptions{Filter: h, Threshold: 0.5, Absolute: true, Scale: encode.TwiceMax}, "+.+.+.+.+.+.+..+...........+..+.+.+.....", 0.636324039026308, 0.531767075413481},
		{encode.BSAOptions{Filter: h, Threshold: 0.9, Multiplicative: true, Scale: encode.TwiceMax}, "+.+.+.++.+.+.+.............+..+.+.+.....", 0.06746474040776491, 0.5677594993100132},
	} {
		code, err := encode.BSA(wave, c.opt)
		if err != nil {
			t.Fatal(err)
		}
		spikesAre(t, code.Spikes, c.want)
		near(t, "shift", code.Shift, -0.932)
		var f encode.Fidelity
		for range 2 { // a second signal like the first changes nothing
			if err := f.Add(wave, code.Decode()); err != nil {
				t.Fatal(err)
			}
			near(t, "SNR", f.SNR(), c.snr)
			near(t, "RMSE", f.RMSE(), c.rmse)
		}
	}
	near(t, "sum of the filter that was given", h[0]+h[1]+h[2]+h[3]+h[4], 1)
}

// The example in the documentation of spikify 1.x.
func TestBSAEqualsSpikify(t *testing.T) {
	h, err := encode.LowPass(0.1, encode.Hann(3))
	if err != nil {
		t.Fatal(err)
	}
	signal := []float64{0.1, 0.2, 0.8, 0.95, 0.5, 0.3, 0.1}
	code, err := encode.BSA(signal, encode.BSAOptions{Filter: h, Threshold: 0.1, Absolute: true, KeepOffset: true, Scale: encode.TwiceMax})
	if err != nil {
		t.Fatal(err)
	}
	spikesAre(t, code.Spikes, ".++....")
	if code.Shift != 0 {
		t.Errorf("the signal was shifted by %v", code.Shift)
	}
}

// A signal that is a sum of filters apart from each other is found exactly.
func TestBSAFindsItsOwnFilter(t *testing.T) {
	h := []float64{0.25, 0.5, 0.25}
	want := &encode.BSACode{Spikes: make([]int8, 30), Filter: h}
	for _, k := range []int{2, 7, 11, 20} {
		want.Spikes[k] = 1
	}
	signal := want.Decode()
	got, err := encode.BSA(signal, encode.BSAOptions{Filter: h, Threshold: 0.9, Scale: encode.AsGiven})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Spikes, want.Spikes) || !slices.Equal(got.Decode(), signal) {
		t.Errorf("spikes %v, want %v", got.Spikes, want.Spikes)
	}
}

func TestFiltersEqualSciPyFormulas(t *testing.T) {
	for _, c := range []struct {
		cutoff float64
		window []float64
		want   []float64
	}{
		{0.1, encode.Hamming(7), []float64{0.02124645433647689, 0.0897243809977511, 0.23433285114022176, 0.30939262705110054, 0.23433285114022176, 0.0897243809977511, 0.02124645433647689}},
		{0.25, encode.Hann(5), []float64{0, 0.23688590907269613, 0.5262281818546078, 0.23688590907269613, 0}},
		{0.5, encode.Hamming(1), []float64{1}},
	} {
		h, err := encode.LowPass(c.cutoff, c.window)
		if err != nil {
			t.Fatal(err)
		}
		for k := range h {
			near(t, "tap", h[k], c.want[k])
		}
	}
	if _, err := encode.LowPass(0.5, encode.Hann(2)); err == nil {
		t.Error("a Hann window of two taps, which is zero, made a filter")
	}
}

func TestSignalCodesRefuse(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	ok := encode.StepOptions{Threshold: 1}
	ramp := []float64{0, -1, -2, -3}
	for name, f := range map[string]func() error{
		"empty":         func() error { _, err := encode.SF(nil, ok); return err },
		"nan":           func() error { _, err := encode.SF([]float64{0, nan}, ok); return err },
		"inf":           func() error { _, err := encode.MW([]float64{inf}, 1, ok); return err },
		"threshold 0":   func() error { _, err := encode.SF(ramp, encode.StepOptions{}); return err },
		"threshold nan": func() error { _, err := encode.SF(ramp, encode.StepOptions{Threshold: nan}); return err },
		"window 0":      func() error { _, err := encode.MW(ramp, 0, ok); return err },
		"window large":  func() error { _, err := encode.MW(ramp, encode.MaxWindow+1, ok); return err },
		"factor":        func() error { _, _, err := encode.TBR(ramp, encode.TBROptions{Factor: -1}); return err },
		"falling ramp":  func() error { _, _, err := encode.TBR(ramp, encode.TBROptions{Factor: 1}); return err },
		"overflow":      func() error { _, _, err := encode.TBR([]float64{-1e308, 1e308}, encode.TBROptions{}); return err },
		"no filter":     func() error { _, err := encode.BSA(ramp, encode.BSAOptions{Threshold: 1}); return err },
		"long filter": func() error {
			_, err := encode.BSA(ramp, encode.BSAOptions{Threshold: 1, Filter: make([]float64, 5)})
			return err
		},
		"filter nan": func() error {
			_, err := encode.BSA(ramp, encode.BSAOptions{Threshold: 1, Filter: []float64{nan}})
			return err
		},
		"filter of zero": func() error {
			_, err := encode.BSA(ramp, encode.BSAOptions{Threshold: 1, Filter: []float64{0}})
			return err
		},
		"absolute": func() error {
			_, err := encode.BSA(ramp, encode.BSAOptions{Threshold: 1, Absolute: true, Filter: []float64{1}})
			return err
		},
		"cutoff":  func() error { _, err := encode.LowPass(1, encode.Hann(5)); return err },
		"lengths": func() error { return new(encode.Fidelity).Add(ramp, ramp[1:]) },
	} {
		if f() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
