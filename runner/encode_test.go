package runner

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/synfire/synfire/internal/encode"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/testenv"
)

func writeNPZ(t *testing.T, arrays ...*npy.Array) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in.npz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(npy.WriteNPZ(f, arrays), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func floats(name string, shape []int, f func(k int) float64) *npy.Array {
	a := &npy.Array{Name: name, Shape: shape, Kind: npy.Float, Bits: 64}
	n := 1
	for _, d := range shape {
		n *= d
	}
	for k := range n {
		a.Floats = append(a.Floats, f(k))
	}
	return a
}

// Images encoded to a file are what run makes of them on the way.
func TestEncodedImagesEqualThoseOfRun(t *testing.T) {
	path := testenv.Shared(t, "data/mnist/t10k-images-idx3-ubyte.gz")
	out := filepath.Join(t.TempDir(), "digits.npz")
	if _, err := Encode(context.Background(), &EncodeRequest{File: path, Output: out, Code: "if", Steps: 25, Limit: 50}); err != nil {
		t.Fatal(err)
	}
	direct, err := spike.Open(path, 784, spike.Options{Encode: "if", Steps: 25, Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	file, err := spike.Open(out, 784, spike.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if file.Samples() != 50 || file.Steps() != 25 {
		t.Fatalf("%d samples of %d steps", file.Samples(), file.Steps())
	}
	var a, b spike.Raster
	for k := range 50 {
		if err := errors.Join(direct.Raster(k, &a), file.Raster(k, &b)); err != nil {
			t.Fatal(err)
		}
		if n, step, i, err := spike.Diff(&a, &b); n != 0 || err != nil {
			t.Fatalf("digit %d: %d spikes differ, first in step %d on channel %d (%v)", k, n, step, i, err)
		}
	}
}

// The file of a batch of signals holds what decodes them, and their labels.
func TestEncodedSignalsDecodeFromTheFile(t *testing.T) {
	const samples, steps, count = 3, 40, 2
	wave := func(k int) float64 { return math.Sin(float64(k/count)/7 + float64(k%count)) }
	labels := ints("label", []int{4, 5, 6}, samples)
	path := writeNPZ(t, floats("x", []int{samples, steps, count}, wave), labels)
	out := filepath.Join(t.TempDir(), "out.npz")
	q := &EncodeRequest{File: path, Output: out, Code: "sf", Threshold: 0.15, Limit: 2, Verify: true}
	report, err := Encode(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	source, err := spike.Open(out, 2*count, spike.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if source.Samples() != 2 || !slices.Equal(source.Labels(), []int{4, 5}) {
		t.Fatalf("%d samples with labels %v", source.Samples(), source.Labels())
	}
	arrays, err := npy.ReadNPZ(out)
	if err != nil {
		t.Fatal(err)
	}
	start, threshold := npy.Find(arrays, "start"), npy.Find(arrays, "threshold")
	var r spike.Raster
	worst := 0.0
	for k := range 2 {
		if err := source.Raster(k, &r); err != nil {
			t.Fatal(err)
		}
		for c := range count {
			signed := make([]int8, steps)
			for s := range steps {
				if r.Get(s, c) {
					signed[s]++
				}
				if r.Get(s, count+c) {
					signed[s]--
				}
			}
			for s, x := range encode.Decode(signed, start.Floats[k*count+c], threshold.Floats[k*count+c]) {
				worst = max(worst, math.Abs(x-wave((k*steps+s)*count+c)))
			}
		}
	}
	// No step of the waves is larger than 1/7.
	if worst > 0.15 || report.Signals[1].RMSE > worst || report.Signals[1].SNR == nil {
		t.Errorf("the file decodes to within %v; report %+v", worst, report.Signals)
	}
}

// An ECG is tracked within a threshold of its largest step.
func TestEncodeECG(t *testing.T) {
	path := testenv.Shared(t, "data/ecg/100.hea")
	report, err := Encode(context.Background(), &EncodeRequest{File: path, Code: "sf", Steps: 20000, Threshold: 0.6, Verify: true})
	if err != nil {
		t.Fatal(err)
	}
	if s := report.Signals; len(s) != 2 || s[0].Name != "MLII" || s[0].RMSE > 0.6 || s[0].Spikes == 0 {
		t.Errorf("signals %+v", s)
	}
}

// TestBSADefaults: what is chosen for BSA suits the signals, fast or slow, in
// whatever unit, and is about as good as any length of filter.
func TestBSADefaults(t *testing.T) {
	const steps = 40000 // so that the ends, where a filter is cut off, do not decide
	encoded := func(path string, q EncodeRequest) (float64, *FilterReport) {
		t.Helper()
		q.File, q.Code, q.Verify = path, "bsa", true
		r, err := Encode(t.Context(), &q)
		if err != nil {
			t.Fatal(err)
		}
		return *r.Signals[0].SNR, r.Filter
	}
	taps := map[float64]int{}
	for _, period := range []float64{12, 40, 300} {
		path := writeNPZ(t, floats("x", []int{steps}, func(k int) float64 {
			x := 2 * math.Pi * float64(k) / period
			return 40 * (math.Sin(x) + math.Sin(x/math.E) + math.Sin(x/math.Pi/math.Sqrt2+1))
		}))
		snr, filter := encoded(path, EncodeRequest{})
		taps[period] = filter.Taps
		for _, n := range triedTaps[:9] {
			if other, _ := encoded(path, EncodeRequest{Taps: n}); other > snr+1 {
				t.Errorf("period %g: %.1f dB with %d taps, %.1f dB with %d", period, snr, filter.Taps, other, n)
			}
		}
		// The constants in use are for signals from 0 to 1.
		old, _ := encoded(path, EncodeRequest{Taps: 7, Cutoff: 0.1, Threshold: 0.679, Variants: []string{"twice-max"}})
		if snr < old+10 {
			t.Errorf("period %g: %.1f dB, and %.1f dB with a threshold that does not know the unit", period, snr, old)
		}
	}
	if !(taps[12] < taps[300]) {
		t.Errorf("taps by period: %v", taps)
	}
}

// TestBSAShort: signals shorter than any filter that is tried.
func TestBSAShort(t *testing.T) {
	for n := 1; n < 12; n++ {
		path := writeNPZ(t, floats("x", []int{n}, func(k int) float64 { return float64(k % 3) }))
		r, err := Encode(t.Context(), &EncodeRequest{File: path, Code: "bsa", Verify: true})
		if err != nil || r.Filter.Taps > n {
			t.Errorf("%d samples: %+v, %v", n, r, err)
		}
	}
}

func TestEncodeRefusesArrays(t *testing.T) {
	zero := func(int) float64 { return 0 }
	for _, c := range []struct {
		q      EncodeRequest
		arrays []*npy.Array
		want   string
	}{
		{EncodeRequest{Code: "sf"}, []*npy.Array{floats("x", []int{1, 2, 3, 4}, zero)}, "[1 2 3 4]"},
		{EncodeRequest{Code: "sf"}, []*npy.Array{floats("x", []int{0, 4}, zero)}, "nothing to encode"},
		{EncodeRequest{Code: "sf"}, []*npy.Array{floats("x", nil, zero)}, "nothing to encode"},
		{EncodeRequest{Code: "sf"}, []*npy.Array{floats("x", []int{4}, func(int) float64 { return math.NaN() })}, "sample 0, signal 0: sample 0 of the signal is NaN"},
		{EncodeRequest{Code: "sf"}, []*npy.Array{floats("a", []int{4}, zero), floats("b", []int{4}, zero)}, "--array"},
		{EncodeRequest{Code: "sf"}, []*npy.Array{floats("x", []int{4}, zero), floats("data", []int{4}, zero)}, "--array"},
		{EncodeRequest{Code: "sf", Array: "z"}, []*npy.Array{floats("x", []int{4}, zero)}, `no array "z"`},
		{EncodeRequest{Code: "sf"}, []*npy.Array{floats("x", []int{2, 4, 1}, zero), ints("label", []int{1}, 1)}, `"label" of shape [1]`},
		{EncodeRequest{Code: "if", Steps: 3}, []*npy.Array{floats("x", []int{2, 4}, zero), ints("y", []int{1, 2, 3}, 3)}, `"y" of shape [3]`},
		{EncodeRequest{Code: "if", Steps: 1 << 25}, []*npy.Array{floats("x", []int{2, 4}, zero)}, "--steps"},
		{EncodeRequest{Code: "rate", Steps: 1 << 24}, []*npy.Array{floats("x", []int{600, 4}, zero)}, "over the limit"},
	} {
		c.q.File = writeNPZ(t, c.arrays...)
		c.q.Output = filepath.Join(t.TempDir(), "out.npz")
		_, err := Encode(context.Background(), &c.q)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), c.q.File) {
			t.Errorf("error %v, want %q and the path", err, c.want)
		}
		if _, err := os.Stat(c.q.Output); err == nil {
			t.Errorf("%s: a file was written", c.want)
		}
	}
}

func TestEncodeIsInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	path := writeNPZ(t, floats("x", []int{2, 4}, func(int) float64 { return 0 }))
	for _, code := range []string{"sf", "if"} {
		if _, err := Encode(ctx, &EncodeRequest{File: path, Code: code, Steps: 2, Output: "never.npz"}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// Whatever a table holds, it is a full matrix of finite numbers or an error.
func FuzzParseTable(f *testing.F) {
	f.Add("a,b\n1,2\n\n3 4\n")
	f.Add("1;2\n0x1p3,inf\n")
	f.Fuzz(func(t *testing.T, text string) {
		v, err := parseTable(io.LimitReader(strings.NewReader(text), 1<<16))
		if err != nil {
			return
		}
		if len(v.floats) == 0 || len(v.shape) != 2 || v.shape[0]*v.shape[1] != len(v.floats) {
			t.Fatalf("%d numbers of shape %v", len(v.floats), v.shape)
		}
		if slices.ContainsFunc(v.floats, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }) {
			t.Fatal("a number that is not finite")
		}
	})
}
