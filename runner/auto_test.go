package runner

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/spike"
	"pgregory.net/rapid"
)

// TestLossBoundCovers draws classifiers that differ with known probabilities
// and counts how often the true loss is below the bound.
func TestLossBoundCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for _, x := range []struct{ broken, repaired float64 }{{0.01, 0.005}, {0.004, 0.004}, {0.002, 0}, {0.1, 0.02}} {
		const n, draws = 1000, 1000
		covered := 0
		for range draws {
			b, r := 0, 0
			for range n {
				switch u := rng.Float64(); {
				case u < x.broken:
					b++
				case u < x.broken+x.repaired:
					r++
				}
			}
			if _, bound := LossBound(b, r, n); bound >= 100*(x.broken-x.repaired) {
				covered++
			}
		}
		if covered < draws*93/100 {
			t.Errorf("%+v: the bound holds in %d of %d draws", x, covered, draws)
		}
	}
	if _, bound := LossBound(0, 0, 100); bound < 1 {
		t.Errorf("100 samples alike prove a loss below %g points", bound)
	}
	if _, bound := LossBound(0, 0, 0); bound != 100 {
		t.Errorf("no sample proves a loss below %g points", bound)
	}
}

// TestLossBoundVersions draws samples of three versions that are lost together
// or alone, and counts how often the true loss is below the bound.
func TestLossBoundVersions(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for _, x := range []struct{ together, alone, repaired float64 }{{0.01, 0, 0.005}, {0, 0.004, 0.002}, {0.003, 0.003, 0.002}} {
		const n, draws, versions = 1000, 1000, 3
		covered := 0
		for range draws {
			sum, squares := 0.0, 0.0
			for range n {
				d := 0.0
				all := rng.Float64() < x.together
				for range versions {
					switch {
					case all || rng.Float64() < x.alone:
						d += 1.0 / versions
					case rng.Float64() < x.repaired:
						d -= 1.0 / versions
					}
				}
				sum, squares = sum+d, squares+d*d
			}
			lost := x.together + (1-x.together)*x.alone
			if _, bound := lossBound(sum, squares, n); bound >= 100*(lost-(1-lost)*x.repaired) {
				covered++
			}
		}
		if covered < draws*93/100 {
			t.Errorf("%+v: the bound holds in %d of %d draws", x, covered, draws)
		}
	}
}

// TestLosses checks that spikes are only taken away, about as many as asked for,
// and the same ones whichever sample is read first.
func TestLosses(t *testing.T) {
	d, err := RandomData([]Port{{Name: "x", Size: 70}}, 40, 0.4, 3)
	if err != nil {
		t.Fatal(err)
	}
	lossy := *d
	lossy.noise = &noise{probability: 0.15, seed: 2, lossesOnly: true}
	read := func(d *Data, k int) *spike.Raster {
		r, err := d.newRaster(d.ports[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := d.fill(k, "x", r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	before, after := read(d, 0), read(&lossy, 0)
	for step := range before.Steps {
		after.Each(step, func(i int) {
			if !before.Get(step, i) {
				t.Fatalf("step %d: spike %d was not there", step, i)
			}
		})
	}
	if lost := 1 - float64(after.Count())/float64(before.Count()); lost < 0.12 || lost > 0.18 {
		t.Errorf("%.3f of %d spikes are lost, not about 0.15", lost, before.Count())
	}
	if n, _, _, err := spike.Diff(after, read(&lossy, 0)); err != nil || n != 0 {
		t.Errorf("read again, %d spikes differ (%v)", n, err)
	}
	other := lossy
	other.noise = &noise{probability: 0.15, seed: 3, lossesOnly: true}
	if n, _, _, _ := spike.Diff(after, read(&other, 0)); n == 0 {
		t.Error("another seed loses the same spikes")
	}
}

// TestUnbeaten compares with the definition: kept is what no other plan beats.
func TestUnbeaten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []plan
		for range rapid.IntRange(1, 30).Draw(t, "n") {
			all = append(all, plan{cost: float64(rapid.IntRange(0, 9).Draw(t, "cost")), distance: float64(rapid.IntRange(0, 9).Draw(t, "distance"))})
		}
		kept := unbeaten(slices.Clone(all))
		has := func(p plan) bool {
			return slices.ContainsFunc(kept, func(k plan) bool { return k.cost == p.cost && k.distance == p.distance })
		}
		for _, p := range all {
			beaten := slices.ContainsFunc(all, func(o plan) bool {
				return o.cost <= p.cost && o.distance <= p.distance && (o.cost < p.cost || o.distance < p.distance)
			})
			if has(p) == beaten {
				t.Fatalf("cost %g, distance %g: beaten %v, kept %v", p.cost, p.distance, beaten, !beaten)
			}
		}
		if !slices.IsSortedFunc(kept, func(a, b plan) int { return int(a.cost - b.cost) }) {
			t.Fatal("not from cheap to dear")
		}
	})
}

// TestSplit checks that no sample is on both sides, none is lost, and that
// those taken are the ones that --calibrate would take.
func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &Data{Samples: rapid.IntRange(2, 200).Draw(t, "samples"), Steps: 1}
		for k := range d.Samples {
			d.Labels = append(d.Labels, k)
		}
		n := rapid.IntRange(0, d.Samples/2).Draw(t, "calibrate")
		taken, rest := d.split(n)
		for i, k := range taken.Labels {
			if n > 0 && k != i*d.Samples/n {
				t.Fatalf("sample %d is %d of %d", i, k, d.Samples)
			}
		}
		all := append(slices.Clone(taken.Labels), rest.Labels...)
		slices.Sort(all)
		if !slices.Equal(all, d.Labels) || n > 0 && taken.Samples != n || rest.Samples < taken.Samples {
			t.Fatalf("%d taken, %d held out of %d", taken.Samples, rest.Samples, d.Samples)
		}
	})
}

// fineThenCoarse is a network whose first projection has to tell 0.26 from
// 0.24, and whose second only has to pass spikes on.
const fineThenCoarse = `network fine {
	dt 1ms
	in   x [8]
	pop  a [2] if { threshold 1, reset zero }
	pop  b [2] if { threshold 1, reset zero }
	proj x -> a dense [[0.26, 0.26, 0.26, 0.26, 0.24, 0.24, 0.24, 0.24], [0.24, 0.24, 0.24, 0.24, 0.26, 0.26, 0.26, 0.26]]
	proj a -> b dense [[2, -1], [-1, 2]]
	out  b
}`

// halves writes samples in which either half of the inputs spikes.
func halves(t *testing.T, samples int) string {
	spikes := &npy.Array{Name: "spikes", Shape: []int{samples, 3, 8}, Kind: npy.Uint, Bits: 8}
	labels := &npy.Array{Name: "label", Shape: []int{samples}, Kind: npy.Int, Bits: 64}
	for k := range samples {
		class := k / 2 % 2
		labels.Ints = append(labels.Ints, int64(class))
		for range 3 {
			for i := range 8 {
				spikes.Bytes = append(spikes.Bytes, uint8(1-(i/4+class)%2))
			}
		}
	}
	return writeNPZ(t, spikes, labels)
}

func TestAuto(t *testing.T) {
	file := halves(t, 400)
	for _, target := range []*Target{nil, chip} {
		q := &AutoRequest{Net: parse(t, fineThenCoarse), Target: target, Files: []string{file}, Calibrate: 40, Budget: 5, Minimise: Memory, Threads: 1}
		r, opt, err := Auto(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Labelled || r.Calibrated != 40 || r.HeldOut != 360 || len(r.Projections) != 2 {
			t.Fatalf("%+v", r)
		}
		first, second := r.Projections[0].Bits, r.Projections[1].Bits
		if r.Projections[0].Dst != "a" {
			first, second = second, first
		}
		if second > 2 || first <= second {
			t.Errorf("%s: %v bits for the fine projection, %v for the coarse one", r.Target, first, second)
		}
		if r.Chosen.Bound > 5 || r.Chosen.Memory >= r.Uniform.Memory {
			t.Errorf("%s: chosen %+v, uniform %+v", r.Target, r.Chosen, r.Uniform)
		}
		// The flags of the report lead to the same network without a search.
		e, _, err := Eval(t.Context(), &EvalRequest{Net: q.Net, Targets: []*Target{target}, Widths: []Width{{Bits: opt.Bits}}, Passes: opt, Inputs: []string{file}, Metrics: true})
		if err != nil {
			t.Fatal(err)
		}
		if row := e.Rows[1]; row.Accuracy.Percent < 95 || row.Metrics.Footprint.Weights != bytesOf(r.Chosen.Memory) {
			t.Errorf("%s: accuracy %g, weights of %d bytes, not %d bits", r.Target, row.Accuracy.Percent, row.Metrics.Footprint.Weights, r.Chosen.Memory)
		}
		// Energy counts what is fetched; threads do not show.
		q.Minimise = Energy
		one, _, err := Auto(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		q.Threads = 3
		three, _, err := Auto(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if one.Chosen.Fetched > r.Chosen.Fetched {
			t.Errorf("%s: least energy fetches %g bits, least memory %g", r.Target, one.Chosen.Fetched, r.Chosen.Fetched)
		}
		a, _ := json.Marshal(one)
		b, _ := json.Marshal(three)
		if d := cmp.Diff(string(a), string(b)); d != "" {
			t.Errorf("threads change the result: %s", d)
		}
	}
}

// TestAutoRefuses checks what cannot be searched.
func TestAutoRefuses(t *testing.T) {
	two := strings.Replace(fineThenCoarse, "out  b", "out  b\nout  a", 1)
	for _, x := range []struct {
		net     string
		samples int
		budget  float64
		want    string
	}{
		{fineThenCoarse, 40, 0.5, "cannot show that 0.5 points are kept"},
		{two, 40, 5, "exactly one output population"},
	} {
		q := &AutoRequest{Net: parse(t, x.net), Files: []string{halves(t, x.samples)}, Calibrate: 10, Budget: x.budget, Minimise: Memory}
		if _, _, err := Auto(t.Context(), q); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%v, want %q", err, x.want)
		}
	}
}

func TestParseBudget(t *testing.T) {
	for in, want := range map[string]float64{"0.5%": 0.5, "1 %": 1, "2e-1%": 0.2} {
		if got, err := ParseBudget(in); err != nil || got != want {
			t.Errorf("%q: %g, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "0.5", "0%", "-1%", "NaN%", "101%", "%"} {
		if got, err := ParseBudget(in); err == nil {
			t.Errorf("%q is %g", in, got)
		}
	}
}
