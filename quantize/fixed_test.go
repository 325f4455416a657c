package quantize

import (
	"math"
	"testing"

	"github.com/synfire/synfire/internal/fixed"
	"pgregory.net/rapid"
)

// TestTau looks for the nearest factor among all time constants around the one
// that was chosen.
func TestTau(t *testing.T) {
	membrane := func(tau int32) float64 { return float64(fixed.Exp(-fixed.Div(fixed.One, tau))) / fixed.One }
	synapse := func(tau int32) float64 { return float64(fixed.ExpDecay(-fixed.Div(fixed.One, tau))) / (1 << 32) }
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Float64Range(0, 1).Draw(t, "a")
		m, s := MembraneTau(a), SynapseTau(a)
		for k := int32(-40); k <= 40; k++ {
			near := func(tau int32) int32 { return max(1<<11, min(1<<30, tau+k*max(1, tau>>14))) }
			if x := membrane(near(m)); math.Abs(x-a) < math.Abs(membrane(m)-a) {
				t.Fatalf("a time constant of %d gives %g, which is nearer to %g than %g of %d", near(m), x, a, membrane(m), m)
			}
			if x := synapse(near(s)); math.Abs(x-a) < math.Abs(synapse(s)-a) {
				t.Fatalf("a time constant of %d gives %g, which is nearer to %g than %g of %d", near(s), x, a, synapse(s), s)
			}
		}
		if e := math.Abs(membrane(m) - a); e > 0x1p-14 {
			t.Fatalf("the factor for %g is off by %g", a, e)
		}
	})
	if f := membrane(MembraneTau(1)); f != 1-0x1p-14 {
		t.Errorf("the largest factor below 1 is %g", f)
	}
	if synapse(SynapseTau(0)) != 0 || membrane(MembraneTau(0)) != 0 {
		t.Error("a factor of 0 cannot be had")
	}
}

func TestFixedCap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tau := rapid.Int32Range(1<<11, 1<<30).Draw(t, "tau")
		r := rapid.Float64Range(0x1p-10, 1<<14).Draw(t, "r")
		c := FixedCap(tau, r)
		got := fixed.Float(fixed.Div(tau, c))
		if c == math.MaxInt32 {
			return // smaller gains cannot be had
		}
		if got > r || c > 1 && fixed.Float(fixed.Div(tau, c-1)) <= math.Floor(r*fixed.One)/fixed.One {
			t.Fatalf("%d / %d is %g, for at most %g", tau, c, got, r)
		}
	})
}

// TestRingEstimate evaluates the expression of specs/spinnaker1.md 2.4 as it is
// written there.
func TestRingEstimate(t *testing.T) {
	variance := func(l, sd float64) float64 {
		lg := func(x float64) float64 { y, _ := math.Lgamma(x); return y }
		u := math.Round(l + 3*math.Sqrt(l))
		upper := 0.0 // the regularised upper incomplete gamma function of 1+u and l
		for k := 0.0; k <= u; k++ {
			upper += math.Exp(-l + k*math.Log(l) - lg(k+1))
		}
		return math.Exp(-l + math.Log(l) + 2*math.Log(sd) + math.Log(math.Exp(l)*upper-math.Exp(u*math.Log(l)-lg(1+u))))
	}
	for _, c := range []struct {
		weights []float64
		copies  int
		dt      float64
	}{{[]float64{1, 2, 3, 10}, 1, 1e-3}, {[]float64{0.5, 0.25}, 500, 1e-3}, {[]float64{1, 3}, 2000, 1e-4}} {
		var r RingSynapses
		for range c.copies {
			for _, w := range c.weights {
				r.Add(w)
			}
		}
		n := float64(r.N)
		mean, sd := r.Sum/n, math.Sqrt(r.Squares/n-(r.Sum/n)*(r.Sum/n))
		spikes := n * 30 * c.dt
		bound := spikes*mean + 5*math.Sqrt(spikes*mean*mean+variance(spikes, sd))
		total := max(1, 30*c.dt) * r.Largest * n
		if got, want := r.Estimate(c.dt, false), max(min(bound, total), r.Largest); math.Abs(got-want) > 1e-9*want {
			t.Errorf("%v x %d: %g, want %g", c.weights, c.copies, got, want)
		}
		if got := r.Estimate(c.dt, true); got != total {
			t.Errorf("%v x %d with one delay: %g, want %g", c.weights, c.copies, got, total)
		}
	}
}

// TestRingUnits checks that both inputs hold what they should, in units that
// differ by a power of two, and that no finer power would do.
func TestRingUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := func(name string) float64 {
			return rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(1e-6, 1e6)).Draw(t, name)
		}
		exc, inh, spread := x("exc"), x("inh"), rapid.IntRange(0, 14).Draw(t, "spread")
		e, i, coarser := RingUnits(exc, inh, spread)
		if e != math.Ldexp(i, coarser) || coarser > spread || coarser < -spread {
			t.Fatalf("units %g and %g for %d places", e, i, coarser)
		}
		for _, c := range []struct{ unit, most float64 }{{e, exc}, {i, inh}} {
			if c.unit*RingMax < c.most*(1-1e-12) {
				t.Fatalf("units of %g do not hold %g", c.unit, c.most)
			}
		}
		if finer := min(e, i) / 2 * RingMax; min(exc, inh) > 0 && finer > min(exc, inh) && coarser < spread && coarser > -spread {
			t.Fatalf("units %g and %g for %g and %g could be finer", e, i, exc, inh)
		}
	})
}
