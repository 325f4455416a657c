package runner

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/synfire/synfire/backend/truenorth"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/quantize"
)

// oneHalfOnly has zeros that a narrow width cannot have: 1 bit is -1 or +1.
const oneHalfOnly = `network halves {
	dt 1ms
	in   x [8]
	pop  a [2] if { threshold 1, reset zero }
	proj x -> a dense [[1, 1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1]]
	out  a
}`

// onlySamples writes those of halves that keep tells.
func onlySamples(t *testing.T, samples int, keep func(k int) bool) string {
	spikes := &npy.Array{Name: "spikes", Kind: npy.Uint, Bits: 8}
	labels := &npy.Array{Name: "label", Kind: npy.Int, Bits: 64}
	for k := range samples {
		if !keep(k) {
			continue
		}
		class := k / 2 % 2
		labels.Ints = append(labels.Ints, int64(class))
		for range 3 {
			for i := range 8 {
				spikes.Bytes = append(spikes.Bytes, uint8(1-(i/4+class)%2))
			}
		}
	}
	n := len(labels.Ints)
	spikes.Shape, labels.Shape = []int{n, 3, 8}, []int{n}
	return writeNPZ(t, spikes, labels)
}

// TestAutoEnergyIsThatOfRun compares the energy of the search with what a run
// of the widths that it chose costs on the samples that it held out.
func TestAutoEnergyIsThatOfRun(t *testing.T) {
	const samples, calibrate = 403, 31
	all := onlySamples(t, samples, func(int) bool { return true })
	rest := onlySamples(t, samples, func(k int) bool { return !takenAt(k, samples, calibrate) })
	for _, x := range []struct {
		target *Target
		net    string
	}{
		{&Target{Target: chip.Target, Load: LoadLoihi1, Profile: "sanafe-loihi"}, fineThenCoarse},
		{&Target{Target: truenorth.Target{}, Load: LoadTruenorth, Profile: "truenorth"}, oneHalfOnly},
	} {
		q := &AutoRequest{Net: parse(t, x.net), Target: x.target, Files: []string{all}, Calibrate: calibrate, Budget: 5, Minimise: Energy}
		r, opt, err := Auto(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		run, _, err := Run(t.Context(), &Request{
			Net: q.Net, Target: x.target, Passes: opt, Inputs: []string{rest}, NoReference: true, Meter: &MeterOptions{},
		})
		if err != nil {
			t.Fatal(err)
		}
		want, slack := 0.0, 0.0
		switch {
		case run.Cost != nil:
			want = run.Cost.SampleEnergy.Mean
		case run.Price != nil:
			want, slack = float64(run.Price.EnergyFJ), 21740 // a run prices whole events
		}
		if got := r.Chosen.EnergyFJ; want == 0 || math.Abs(got-want) > slack+1e-9*want {
			t.Errorf("%s: %g fJ in the search, %g in the run", x.target.Name(), got, want)
		}
		if r.Energy.Static != (x.target.Name() == "truenorth") || r.Energy.Profile != x.target.Profile || len(r.Energy.Synapses) == 0 {
			t.Errorf("%s: %+v", x.target.Name(), r.Energy)
		}
		for _, p := range r.Projections {
			for _, s := range p.Sensitivity {
				if s.Refused == "" && s.Bound <= 5 && s.EnergyFJ < r.Chosen.EnergyFJ {
					t.Errorf("%s: %v bits of %s need %g fJ, the choice %g", x.target.Name(), s.Bits, p.Name, s.EnergyFJ, r.Chosen.EnergyFJ)
				}
			}
		}
	}
}

// takenAt tells whether sample k of n is one of those that calibrate.
func takenAt(k, n, calibrate int) bool {
	for i := range calibrate {
		if i*n/calibrate == k {
			return true
		}
	}
	return false
}

// TestAutoEnergyReport: 1 bit turns zeros, which are not stored, into synapses,
// so the narrowest width is not the one of least energy, and the report says
// by what it was priced.
func TestAutoEnergyReport(t *testing.T) {
	target := &Target{Target: chip.Target, Load: LoadLoihi1, Profile: "sanafe-loihi"}
	q := &AutoRequest{Net: parse(t, oneHalfOnly), Target: target, Files: []string{halves(t, 400)}, Calibrate: 40, Budget: 5, Minimise: Energy}
	r, _, err := Auto(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	e := r.Energy
	if r.Uniform.Bits != 1 || r.Chosen.Bits < 2 || r.Chosen.EnergyFJ >= r.Uniform.EnergyFJ {
		t.Errorf("chosen %+v, uniform %+v", r.Chosen, r.Uniform)
	}
	if r.Chosen.EnergyFJ != e.Least || e.Most != r.Uniform.EnergyFJ || e.Widest != e.Least {
		t.Errorf("chosen %g fJ, %+v", r.Chosen.EnergyFJ, e)
	}
	var b bytes.Buffer
	if err := r.Text(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"energy: by sanafe-loihi, as run --energy has it", "dynamic energy alone, static power is not in it",
		"33.6 pJ", "alike at any width", joulesOf(r.Chosen.EnergyFJ) + " a sample",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	q.Minimise = Memory
	if r, _, err = Auto(t.Context(), q); err != nil || r.Energy != nil || r.Chosen.EnergyFJ != 0 {
		t.Errorf("joules of a search for the least memory: %+v, %v", r.Chosen, err)
	}
}

// TestAutoCheapest: of the choices that keep the budget, joules decide, then
// memory, then which came first.
func TestAutoCheapest(t *testing.T) {
	a := &autoSearch{AutoRequest: &AutoRequest{Budget: 1, Minimise: Energy}}
	a.report.Projections = []AutoProjection{{Weights: 10}}
	add := func(bits quantize.Bits, joules, bound float64) *trial {
		x := &trial{choice: []quantize.Bits{bits}, stored: []int64{10 * int64(bits)}, fetched: []float64{5 * float64(bits)}, joules: AutoJoules{EnergyFJ: joules}, loss: AutoLoss{Bound: bound}}
		a.order = append(a.order, x)
		return x
	}
	add(1, 1, 2) // breaks the budget
	narrow, wide := add(2, 9, 0), add(8, 7, 0)
	if got := a.cheapest(); got != narrow {
		t.Errorf("without joules: %+v, not the fewest bits fetched", got)
	}
	a.report.Energy = &AutoEnergy{}
	if got := a.cheapest(); got != wide {
		t.Errorf("with joules: %+v", got)
	}
	same := add(4, 7, 0)
	add(4, 7, 0)
	if got := a.cheapest(); got != same {
		t.Errorf("as many joules: %+v, not the first of least memory", got)
	}
}

// TestAutoEnergyWithoutChip: what is no chip has no joules and says so.
func TestAutoEnergyWithoutChip(t *testing.T) {
	for _, target := range []*Target{nil, integerTarget} {
		q := &AutoRequest{Net: parse(t, oneHalfOnly), Target: target, Files: []string{halves(t, 400)}, Calibrate: 40, Budget: 5, Minimise: Energy}
		r, _, err := Auto(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := r.Text(&b); err != nil {
			t.Fatal(err)
		}
		if r.Energy != nil || !strings.Contains(b.String(), "is no chip and has no joules") || strings.Contains(b.String(), "J a sample") {
			t.Errorf("%+v\n%s", r.Energy, b.String())
		}
	}
}

// TestAutoEnergyOfAnotherProfile: the energies are those of the profile that is
// asked for, at least those where it lacks prices.
func TestAutoEnergyOfAnotherProfile(t *testing.T) {
	target := &Target{Target: chip.Target, Load: LoadLoihi1, Profile: "sanafe-loihi"}
	q := &AutoRequest{Net: parse(t, oneHalfOnly), Target: target, Files: []string{halves(t, 400)}, Calibrate: 40, Budget: 5, Minimise: Energy, Profile: "davies2018"}
	r, _, err := Auto(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if r.Energy.Profile != "davies2018" || r.Chosen.Unpriced == 0 || !strings.Contains(r.Chosen.text(), "at least ") {
		t.Errorf("%+v: %s", r.Energy, r.Chosen.text())
	}
	q.Profile = "truenorth"
	if _, _, err := Auto(t.Context(), q); err == nil || !strings.Contains(err.Error(), "is for truenorth, not for loihi1") {
		t.Errorf("%v", err)
	}
}

// TestAutoEnergyOfSeveralChips: what the cost model cannot price is refused, not
// counted in another way.
func TestAutoEnergyOfSeveralChips(t *testing.T) {
	net := strings.Replace(oneHalfOnly, "out  a", "pop b [1030] if { threshold 99, reset zero }\n\tproj x -> b indegree 1 seed 1 { weight 1 }\n\tproj b -> a indegree 1 seed 2 { weight 1 }\n\tout  a", 1)
	target := &Target{Target: chip.Target, Load: LoadLoihi1, Profile: "sanafe-loihi"}
	q := &AutoRequest{Net: parse(t, net), Target: target, Files: []string{halves(t, 40)}, Calibrate: 4, Budget: 50, Minimise: Energy}
	q.Passes.Target.Chips, q.Passes.Target.Cores = 2, 1
	_, _, err := Auto(t.Context(), q)
	if u := (*UnpricedError)(nil); !errors.As(err, &u) || !strings.Contains(u.Hint, "--minimise memory") {
		t.Errorf("%v", err)
	}
	q.Minimise = Memory
	if _, _, err := Auto(t.Context(), q); err != nil {
		t.Error(err)
	}
}
