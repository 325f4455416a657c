package cost_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/synfire/synfire/emulator/cost"
	"pgregory.net/rapid"
)

func open(t testing.TB, name string) *cost.Profile {
	t.Helper()
	p, err := cost.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPublishedConstants restates the two published tables in their own units.
func TestPublishedConstants(t *testing.T) {
	const unknown = -1
	for name, table := range map[string]map[cost.Event][2]float64{ // pJ, ns
		"sanafe-loihi": {
			cost.HopNS: {4.2, 6.5}, cost.HopEW: {3.0, 4.1}, cost.HopLocal: {0, 0}, cost.AxonIn: {0, 16}, cost.AxonOut: {111, 5.1},
			cost.SynapseDense: {35.5, 3.8}, cost.SynapseSparse: {33.6, 4.7}, cost.SynapseConv: {24, 3.1}, cost.Dendrite: {0, 0},
			cost.SomaAccess: {51.2, 6}, cost.SomaUpdate: {21.6, 3.7}, cost.SomaSpike: {69.3, 30}, cost.Learning: {unknown, unknown},
		},
		"davies2018": {
			cost.HopNS: {4, 6.5}, cost.HopEW: {3, 4.1}, cost.HopLocal: {1.7, 2.1}, cost.AxonIn: {unknown, unknown}, cost.AxonOut: {unknown, unknown},
			cost.SynapseDense: {23.6, 3.5}, cost.SynapseSparse: {23.6, 3.5}, cost.SynapseConv: {23.6, 3.5}, cost.Dendrite: {unknown, unknown},
			cost.SomaAccess: {52, 5.3}, cost.SomaUpdate: {81 - 52, 8.4 - 5.3}, cost.SomaSpike: {unknown, unknown}, cost.Learning: {120, 6.1},
		},
	} {
		p := open(t, name)
		for e := range cost.NumEvents {
			want, ok := table[e]
			c := p.Constants[e]
			if !ok || c.Source == "" {
				t.Errorf("%s: %s: in the table: %v, source %q", name, e, ok, c.Source)
			}
			for i, v := range []struct {
				cost.Value
				unit float64
			}{{c.Energy, 1000}, {c.Time, 10}} {
				if v.Known != (want[i] != unknown) || v.Known && v.Value.Value != int64(math.Round(want[i]*v.unit)) {
					t.Errorf("%s: %s: %+v, want %v", name, e, v.Value, want)
				}
			}
		}
	}
	if got := cost.Builtin(); !slices.Equal(got, []string{"davies2018", "sanafe-loihi", "truenorth"}) {
		t.Errorf("profiles %v", got)
	}
}

func TestBarrier(t *testing.T) {
	floor, exact := open(t, "sanafe-loihi").Barrier, open(t, "davies2018").Barrier
	for _, x := range []struct {
		tiles int
		floor cost.Value
		exact cost.Value
	}{
		{1, cost.Value{Value: 6000, Known: true}, cost.Value{Value: 1130, Known: true}},
		{3, cost.Value{Value: 10000, Known: true}, cost.Value{}},
		{4, cost.Value{Value: 14000, Known: true}, cost.Value{}},
		{28, cost.Value{Value: 14000, Known: true}, cost.Value{}},
		{29, cost.Value{Value: 18000, Known: true}, cost.Value{}},
		{32, cost.Value{Value: 18000, Known: true}, cost.Value{Value: 4650, Known: true}},
		{999, cost.Value{Value: 18000, Known: true}, cost.Value{}},
	} {
		if got := floor.Time(x.tiles); got != x.floor {
			t.Errorf("sanafe-loihi, %d tiles: %+v", x.tiles, got)
		}
		if got := exact.Time(x.tiles); got != x.exact {
			t.Errorf("davies2018, %d tiles: %+v", x.tiles, got)
		}
	}
}

// TestUnknownIsNotZero prices events that one profile knows and one does not.
func TestUnknownIsNotZero(t *testing.T) {
	c := cost.Counts{cost.AxonOut: 10, cost.HopEW: 3, cost.SomaSpike: 7}
	e, err := open(t, "davies2018").Energy(&c)
	if err != nil {
		t.Fatal(err)
	}
	total := e.Total()
	if total != (cost.Amount{FJ: 3 * 3000, Unpriced: 17}) || total.Known() || e[cost.Soma] != (cost.Amount{Unpriced: 7}) || !e[cost.Network].Known() {
		t.Errorf("davies2018: %+v", e)
	}
	if e, err = open(t, "sanafe-loihi").Energy(&c); err != nil || e.Total() != (cost.Amount{FJ: 10*111000 + 3*3000 + 7*69300}) {
		t.Errorf("sanafe-loihi: %+v, %v", e, err)
	}
	if _, err := open(t, "davies2018").Times(cost.HopEW, cost.AxonIn); err == nil || !strings.Contains(err.Error(), "axon_in") {
		t.Errorf("times of axon_in: %v", err)
	}
	if s := open(t, "davies2018").Static(10); s.Known() {
		t.Errorf("static energy %+v", s)
	}
}

// TestEnergyAddsUp prices counts in parts and as a whole.
func TestEnergyAddsUp(t *testing.T) {
	p := open(t, "sanafe-loihi")
	rapid.Check(t, func(t *rapid.T) {
		var whole cost.Counts
		var parts cost.Energy
		for range rapid.IntRange(0, 20).Draw(t, "parts") {
			var c cost.Counts
			for e := range c {
				c[e] = rapid.Int64Range(0, 1<<32).Draw(t, "n")
			}
			e, err := p.Energy(&c)
			if err != nil {
				t.Fatal(err)
			}
			parts.Add(&e)
			whole.Add(&c)
		}
		e, err := p.Energy(&whole)
		if err != nil || e != parts {
			t.Fatalf("%+v, in parts %+v (%v)", e, parts, err)
		}
	})
}

func TestEnergyOutOfRange(t *testing.T) {
	p := open(t, "sanafe-loihi")
	const most = math.MaxInt64 / 111000
	for _, x := range []struct {
		c  cost.Counts
		ok bool
	}{
		{cost.Counts{cost.AxonOut: most}, true},
		{cost.Counts{cost.AxonOut: most + 1}, false},
		{cost.Counts{cost.AxonOut: most, cost.SynapseDense: 1 << 40}, false},
		{cost.Counts{cost.AxonOut: math.MaxInt64}, false},
		{cost.Counts{cost.HopEW: -1}, false},
	} {
		if e, err := p.Energy(&x.c); (err == nil) != x.ok {
			t.Errorf("%v: %+v, %v", x.c, e, err)
		}
	}
}

// own is a profile of one's own, the built-in one with changes.
func own(t testing.TB, replace ...string) string {
	t.Helper()
	data, err := os.ReadFile("data/sanafe-loihi.json")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(replace); i += 2 {
		if !strings.Contains(string(data), replace[i]) {
			t.Fatalf("the profile has no %s", replace[i])
		}
	}
	return strings.NewReplacer(replace...).Replace(string(data))
}

func TestProfileOfOnesOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.json")
	text := own(t, `"energy_pj": 35.5`, `"energy_pj": 0.001`, `"power_mw": null`, `"power_mw": 104`)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	p := open(t, path)
	if got := p.Constants[cost.SynapseDense].Energy; got != (cost.Value{Value: 1, Known: true}) {
		t.Errorf("energy %+v, want 1 fJ", got)
	}
	// 104 mW for 1 ms is 104 uJ.
	if got := p.Static(10_000_000); got != (cost.Amount{FJ: 104_000_000_000}) {
		t.Errorf("static energy %+v", got)
	}
	if got := p.Static(math.MaxInt64); got.Known() {
		t.Errorf("static energy of 30 years fits: %+v", got)
	}
	for _, name := range []string{"nothing", filepath.Join(t.TempDir(), "absent.json"), t.TempDir() + ".json", "../data/davies2018"} {
		if _, err := cost.Open(name); err == nil {
			t.Errorf("%s was opened", name)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":              "",
		"not JSON":           "synapse 3",
		"another value":      own(t) + "{}",
		"unknown key":        own(t, `"chip"`, `"colour": "blue", "chip"`),
		"no chip":            own(t, `"chip": "loihi1"`, `"chip": ""`),
		"key twice":          own(t, `"chip"`, `"name": "x", "chip"`),
		"key twice in case":  own(t, `"chip"`, `"Name": "x", "chip"`),
		"event twice":        own(t, `"event": "learning"`, `"event": "hop_ew"`),
		"no such event":      own(t, `"event": "learning"`, `"event": "forgetting"`),
		"no source":          own(t, `"source": "SANA-FE 8951ab0, arch/loihi.yaml: soma spike out"`, `"source": ""`),
		"too fine":           own(t, "35.5", "35.5001"),
		"negative":           own(t, "35.5", "-35.5"),
		"exponent":           own(t, "35.5", "3e300"),
		"huge":               own(t, "35.5", "99999999999999999999"),
		"text":               own(t, "35.5", `"much"`),
		"time too fine":      own(t, `"time_ns": 3.8`, `"time_ns": 3.85`),
		"barrier rule":       own(t, `"rule": "floor"`, `"rule": "guess"`),
		"barrier descends":   own(t, `"tiles": 4`, `"tiles": 1`),
		"barrier unknown":    own(t, `"time_ns": 1400`, `"time_ns": null`),
		"mesh of nothing":    own(t, `"width": 8`, `"width": 0`),
		"mesh of everything": own(t, `"width": 8`, `"width": 123456789`),
		"buffer of nothing":  own(t, `"link_buffer": 16`, `"link_buffer": 0`),
		"deep":               strings.Repeat("[", 1000),
		"long":               strings.Repeat(" ", 2<<20),
	} {
		if p, err := cost.Read([]byte(text)); err == nil {
			t.Errorf("%s was read as %+v", name, p)
		}
	}
	rest := strings.SplitAfter(own(t), "\n")
	if i := slices.IndexFunc(rest, func(l string) bool { return strings.Contains(l, `"axon_in"`) }); i < 0 {
		t.Error("no line of axon_in")
	} else if _, err := cost.Read([]byte(strings.Join(slices.Delete(rest, i, i+1), ""))); err == nil || !strings.Contains(err.Error(), "axon_in") {
		t.Errorf("without axon_in: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(own(f)))
	f.Add([]byte(`{"name": "x", "constants": [{"event": "hop_ew", "energy_pj": 0.5}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := cost.Read(data)
		if err != nil {
			return
		}
		for e, c := range p.Constants {
			if c.Source == "" || c.Energy.Value < 0 || c.Time.Value < 0 || !c.Energy.Known && c.Energy.Value != 0 {
				t.Errorf("%s: %+v", cost.Event(e), c)
			}
		}
		if p.Mesh.Width < 1 || p.Mesh.Height < 1 || p.Mesh.CoresPerTile < 1 {
			t.Errorf("mesh %+v", p.Mesh)
		}
	})
}
