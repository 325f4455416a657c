package fixed

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// floorShift returns a*b >> shift, wrapped to 32 bits, by way of big integers.
func floorShift(a, b int64, shift uint) int32 {
	p := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
	return int32(new(big.Int).And(p.Rsh(p, shift), big.NewInt(math.MaxUint32)).Int64())
}

func TestProducts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, d := rapid.Int32().Draw(t, "a"), rapid.Int32().Draw(t, "b"), rapid.Uint32().Draw(t, "d")
		if got, want := Mul(a, b), floorShift(int64(a), int64(b), 15); got != want {
			t.Errorf("Mul(%d, %d) = %d, want %d", a, b, got, want)
		}
		if got, want := Decay(a, d), floorShift(int64(a), int64(d), 32); got != want {
			t.Errorf("Decay(%d, %d) = %d, want %d", a, d, got, want)
		}
	})
}

func TestQuotients(t *testing.T) {
	for _, c := range []struct{ got, want int32 }{
		{Div(7*One, 2*One), 3*One + One/2},
		{Div(One, 3*One), One / 3},
		{Div(One, 0), 0},
		{DivInt(7, 2), 3},
		{DivInt(7, 0), 0},
	} {
		if c.got != c.want {
			t.Errorf("got %d, want %d", c.got, c.want)
		}
	}
}

// TestExp compares with the real exponential: the series of the chip's library
// starts at 5294 * 2^-32 in place of 0.
func TestExp(t *testing.T) {
	near := func(t *rapid.T, name string, x int32, got, want, by float64) {
		if math.Abs(got-want) > by {
			t.Errorf("%s(%d) = %.0f, want %.2f", name, x, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Int32Range(expMin-10, expMax+10).Draw(t, "x")
		if want := math.Exp(Float(x)) * One; want < math.MaxInt32 {
			near(t, "Exp", x, float64(Exp(x)), want, 1+want*1.3e-6)
		}
		if want := math.Exp(Float(x)) * 0x1p32; x < 0 && x > expMin {
			near(t, "ExpDecay", x, float64(ExpDecay(x)), want, 4+want*1.3e-6)
		}
	})
	if Exp(expMax+1) != math.MaxInt32 || Exp(expMin-1) != 0 || ExpDecay(0) != 0 {
		t.Error("the ends of the range differ from the chip's")
	}
}

func TestFromFloat(t *testing.T) {
	for _, c := range []struct {
		x    float64
		want int32
		ok   bool
	}{
		{0.1, 3277, true},
		{1.5 / One, 2, true},
		{2.5 / One, 2, true},
		{-1.5 / One, -2, true},
		{65535.9999, math.MaxInt32 - 2, true},
		{65536, 0, false},
		{-65536, math.MinInt32, true},
		{-65537, 0, false},
		{math.NaN(), 0, false},
		{math.Inf(1), 0, false},
	} {
		if got, ok := FromFloat(c.x); got != c.want || ok != c.ok {
			t.Errorf("FromFloat(%g) = %d, %v, want %d, %v", c.x, got, ok, c.want, c.ok)
		}
	}
}

// TestNeuron compares a neuron and its currents with the differential equation
// that they integrate exactly, up to the rounding of each step.
func TestNeuron(t *testing.T) {
	a := func(x float64) int32 { v, _ := FromFloat(x); return v }
	for _, substeps := range []int32{1, 2, 4} {
		n := NewLIF(&LIFParams{
			VRest: a(-65), VReset: a(-70), C: a(1), TauM: a(20), Offset: a(0.25),
			Refractory: a(2), Step: One, Threshold: a(1000),
		}, substeps)
		syn := NewSynapse(&SynapseParams{Tau: a(5), Step: One}, substeps)
		if n.Refractory != 2*substeps {
			t.Errorf("%d sub-steps: refractory %d", substeps, n.Refractory)
		}
		s := State{V: a(-65), Exc: syn.Add(0, 1<<14, 1)} // 1 nA
		v, current, step := -65.0, Float(s.Exc), 1/float64(substeps)
		for range 40 * int(substeps) {
			n.Update(&s)
			alpha := 20*(current+0.25) - 65
			v = alpha - (alpha-v)*math.Exp(-step/20)
			s.Exc = syn.Shape(s.Exc)
			current *= math.Exp(-step / 5)
			if math.Abs(Float(s.V)-v) > 0.02 || math.Abs(Float(s.Exc)-current) > 0.002 {
				t.Fatalf("%d sub-steps: v %g, current %g, want %g, %g", substeps, Float(s.V), Float(s.Exc), v, current)
			}
		}
	}
}

// TestRefractory counts the steps between spikes of a neuron that is always
// above its threshold, and checks that it is compared while it waits.
func TestRefractory(t *testing.T) {
	n := LIF{Threshold: 10, VReset: 0, R: One, Offset: 100, Refractory: 3}
	s := State{Refract: 2}
	var at []int
	for k := range 12 {
		if n.Update(&s) {
			at = append(at, k)
		}
	}
	if len(at) != 3 || at[0] != 2 || at[1] != 6 || at[2] != 10 {
		t.Errorf("spikes in steps %v, want 2, 6, 10", at)
	}
	n.Threshold = 0 // a reset to the threshold spikes in every step
	for k := range 5 {
		if !n.Update(&s) {
			t.Errorf("no spike in step %d of a refractory neuron at its threshold", k)
		}
	}
}
