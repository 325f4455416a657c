package quantize_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
	"pgregory.net/rapid"
)

// chip has the number formats of specs/loihi1.md 1.1.
var chip = &quantize.Chip{
	ThresholdUnit: 64, ThresholdMax: 1<<17 - 1, BiasMantMax: 1<<12 - 1, BiasExpMax: 7,
	WeightGrid: 8, ExpMax: 7, WeightUnit: 64, WeightLimit: 1<<21 - 64,
	DecayBits: 12, AccBits: 21, CurrentBits: 23,
}

var widths = []int{1, 2, 3, 4, 5, 6, 8}

// genGroup draws what a population may need, over many orders of magnitude.
func genGroup(t *rapid.T) quantize.Group {
	size := func(name string, lo, hi float64) float64 {
		return math.Exp(rapid.Float64Range(math.Log(lo), math.Log(hi)).Draw(t, name))
	}
	g := quantize.Group{Threshold: size("threshold", 1e-6, 1e6), Gain: size("gain", 1, 1e3), WMax: []float64{}}
	for range rapid.IntRange(0, 4).Draw(t, "projections") {
		w := size("weight", 1e-6, 1e6)
		if rapid.IntRange(0, 5).Draw(t, "no weight") == 0 {
			w = 0
		}
		g.WMax = append(g.WMax, w)
		g.InputSum += w * size("fan-in", 1, 1e4)
	}
	if rapid.Bool().Draw(t, "biased") {
		g.Bias = size("bias", 1e-6, 1e6)
	}
	return g
}

// TestChoose checks that threshold, bias and exponents of a scale are values
// that the chip has, and that the largest weights use the grid.
func TestChoose(t *testing.T) {
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.SampledFrom(widths).Draw(t, "bits")
		g := genGroup(t)
		s, err := quantize.Choose(chip, bits, g)
		if err != nil {
			return // the threshold and the rest are too far apart
		}
		taken++
		if !(s.S > 0) || math.IsInf(s.S, 0) || len(s.X) != len(g.WMax) {
			t.Fatalf("scale %+v", s)
		}
		th := quantize.Threshold(chip, g.Threshold, s.S)
		if th%64 != 0 || th < 64 || th > 64*(1<<17-1) {
			t.Fatalf("threshold %d is not one of the chip", th)
		}
		if d := math.Abs(float64(th) - g.Threshold*s.S); d > 32.0001 {
			t.Fatalf("threshold %d for %g", th, g.Threshold*s.S)
		}
		b := quantize.Bias(chip, g.Bias, s.S)
		if d := math.Abs(float64(b) - g.Bias*s.S); d > 64 || !representable(b) {
			t.Fatalf("bias %d for %g", b, g.Bias*s.S)
		}
		for i, w := range g.WMax {
			checkExponent(t, bits, s, i, w)
		}
		if wraps := s.S*g.InputSum >= 1<<21; len(g.WMax) > 0 && wraps != s.MayWrap && g.InputSum > 0 {
			t.Fatalf("inputs of %g may wrap: %v", s.S*g.InputSum, s.MayWrap)
		}
	})
	if taken < 30 {
		t.Errorf("only %d groups have a scale", taken)
	}
}

// checkExponent checks the format that a scale gives projection i.
func checkExponent(t *rapid.T, bits int, s quantize.Scale, i int, w float64) {
	f := quantize.Format(chip, bits, s.X[i])
	if s.X[i] < 0 || f.Exp < -8 || f.Exp > 7 || f.Bits < 2 || f.Bits > 8 {
		t.Fatalf("weights of %g have the format %+v (x %d)", w, f, s.X[i])
	}
	step := 64 * math.Exp2(float64(s.X[i]))
	if k := w * s.S / step; k > float64(quantize.KMax(bits))*1.0000001 {
		t.Fatalf("the largest weight %g is %g steps of %d", w, k, quantize.KMax(bits))
	}
}

// representable tells whether a bias is a mantissa of 12 bits and a sign with
// a shift of up to 7.
func representable(b int32) bool {
	for e := range 8 {
		if b%(1<<e) == 0 && b>>e <= 4095 && b>>e >= -4095 {
			return true
		}
	}
	return false
}

// TestWeights checks that no weight is off by more than half a step unless it
// is clipped, that mantissas are on the grid of the width, and that they add
// what the format says.
func TestWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.SampledFrom(widths).Draw(t, "bits")
		x := rapid.IntRange(0, 6).Draw(t, "x")
		scale := math.Exp(rapid.Float64Range(-5, 12).Draw(t, "scale"))
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		w, gains := make([]float64, 50), make([]float64, 50)
		step := 64 * math.Exp2(float64(x)) / scale
		for i := range w {
			gains[i] = 0.5 + rng.Float64()
			w[i] = rng.NormFloat64() * step * float64(quantize.KMax(bits)) / 2
		}
		w[0] = 0
		m, f, st := quantize.Weights(ir.Floats(ir.Shape{50}, w), func(i int) float64 { return gains[i] }, scale, chip, bits, x)
		clipped, zeroed, worst, sum := 0, 0, 0.0, 0.0
		for i := range w {
			want := w[i] * gains[i]
			got := float64(f.Effective(m[i])) / scale
			switch d := math.Abs(got - want); {
			case math.Abs(want) > step*(float64(quantize.KMax(bits))+0.5):
				clipped++
				if math.Abs(got-math.Copysign(step*float64(quantize.KMax(bits)), want)) > 1e-9*step {
					t.Fatalf("%g clipped to %g", want, got)
				}
			case d > step/2*1.0000001:
				t.Fatalf("weight %g became %g, more than half a step of %g away", want, got, step)
			}
			if want != 0 && m[i] == 0 {
				zeroed++
			}
			worst, sum = max(worst, math.Abs(got-want)), sum+math.Abs(got-want)
			if grid := int32(1) << (8 - int(f.Bits) + 1); m[i]%grid != 0 || m[i]/grid < -(1<<(f.Bits-1)) || m[i]/grid >= 1<<(f.Bits-1) {
				t.Fatalf("mantissa %d is not one of %d bits", m[i], f.Bits)
			}
		}
		if st.Weights != 50 || st.Clipped != clipped || st.Zeroed != zeroed {
			t.Fatalf("%+v, but %d are clipped and %d zero", st, clipped, zeroed)
		}
		if math.Abs(st.MaxError-worst) > 1e-9*step || math.Abs(st.MeanError-sum/50) > 1e-9*step {
			t.Fatalf("%+v, but the errors reach %g, on average %g", st, worst, sum/50)
		}
	})
}

// TestUniformWeights checks that one stored number stays one.
func TestUniformWeights(t *testing.T) {
	m, _, st := quantize.Weights(ir.Uniform(ir.Shape{9}, 0.5), func(int) float64 { return 1 }, 127*64/0.5, chip, 8, 0)
	if len(m) != 1 || m[0] != 254 || st.MaxError > 1e-12 {
		t.Errorf("%v, %+v", m, st)
	}
}

// TestBias checks each representable bias, and rounding in between.
func TestBias(t *testing.T) {
	for _, b := range []int32{0, 1, -1, 4095, -4095, 4096, 4095 << 7, -(4095 << 7), 2048 << 7} {
		if got := quantize.Bias(chip, float64(b)/10, 10); got != b {
			t.Errorf("%d became %d", b, got)
		}
	}
	for b := range 4095 << 7 {
		if got := quantize.Bias(chip, float64(b), 1); math.Abs(float64(got)-float64(b)) > 64 || !representable(got) {
			t.Fatalf("%d became %d", b, got)
		}
	}
}

// TestDecay checks that a decay is rounded to 1/4096 and kept in range.
func TestDecay(t *testing.T) {
	for _, c := range []struct {
		a      float64
		lo, hi int32
		want   int32
	}{
		{15.0 / 16, 0, 4095, 256}, {1, 0, 4095, 0}, {1, 1, 4096, 1}, {0, 0, 4095, 4095}, {0, 1, 4096, 4096}, {0.9, 0, 4095, 410}, {0.5, 0, 4095, 2048},
	} {
		if got := quantize.Decay(chip, c.a, c.lo, c.hi); got != c.want {
			t.Errorf("decay of %g in %d to %d is %d, want %d", c.a, c.lo, c.hi, got, c.want)
		}
	}
}

// TestHostile gives numbers that no scale suits: an error, not a wrong scale.
func TestHostile(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for name, g := range map[string]quantize.Group{
		"infinite weight":    {WMax: []float64{1, inf}, Threshold: 1, InputSum: inf, Gain: 1},
		"no number":          {WMax: []float64{nan}, Threshold: 1, Gain: 1},
		"infinite sum":       {WMax: []float64{1}, Threshold: 1, InputSum: inf, Gain: 1},
		"infinite bias":      {WMax: []float64{1}, Threshold: 1, Bias: inf, Gain: 1},
		"infinite threshold": {WMax: []float64{1}, Threshold: inf, Gain: 1},
		"no threshold":       {WMax: []float64{1}, Threshold: nan, Gain: 1},
		"threshold zero":     {WMax: []float64{1}, Threshold: 0, Gain: 1},
		"below reset":        {WMax: []float64{1}, Threshold: -1, Gain: 1},
		"huge threshold":     {WMax: []float64{1e-12}, Threshold: 1e12, Gain: 1},
		"tiny threshold":     {WMax: []float64{1}, Threshold: 1e-9, Gain: 1},
		"tiny weight":        {WMax: []float64{5e-324}, Threshold: 1, Gain: 1},
		"huge bias":          {WMax: []float64{1}, Threshold: 1, Bias: 1e300, Gain: 1},
		"bias alone":         {Threshold: 1e-9, Bias: 1e9, Gain: 1},
		"nothing at all":     {Threshold: 5e-324, Gain: 1},
		"infinite gain":      {WMax: []float64{1}, Threshold: 1, Gain: inf},
	} {
		for _, bits := range widths {
			if s, err := quantize.Choose(chip, bits, g); err == nil {
				t.Errorf("%s: %d bits get the scale %+v", name, bits, s)
			}
		}
	}
}
