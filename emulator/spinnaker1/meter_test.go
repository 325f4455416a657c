package spinnaker1_test

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/backend/spinnaker1/image/imagetest"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/emulator/spinnaker1"
)

// figures is a profile of round numbers: a cycle is 10 ns.
func figures(t testing.TB, change ...string) *spinnaker1.Profile {
	t.Helper()
	text := `{"name": "round", "chip": "spinnaker1", "constants": {`
	for i, c := range []string{
		"clock_mhz 100", "tick_cycles 100", "neuron_cycles 50", "transfer_cycles 20", "row_cycles 30", "event_cycles 7",
		"send_cycles 40", "router_mhz 100", "hop_ns 200", "link_packets_per_us 5", "wait1_code 64", "wait2_code 0",
		"chip_idle_mw 350", "core_active_mw 34", "hop_pj 1000", "neuron_ms_pj 100000", "event_pj 43000",
	} {
		for _, other := range change {
			if strings.Fields(other)[0] == strings.Fields(c)[0] {
				c = other
			}
		}
		name, value, _ := strings.Cut(c, " ")
		if i > 0 {
			text += ","
		}
		text += `"` + name + `": {"value": ` + value + `, "estimate": true, "source": "test"}`
	}
	p, err := spinnaker1.ReadProfile([]byte(text + "}}"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func run(t testing.TB, p *spinnaker1.Program, stim emulator.Stimulus, m *spinnaker1.Meter) *emulator.Result {
	t.Helper()
	res, err := spinnaker1.Run(context.Background(), p, stim, spinnaker1.Options{Steps: stim[0].Steps, Meter: m, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// TestMeterByHand counts what the relayed network does in two steps, in which
// element 1 and then element 0 spikes.
func TestMeterByHand(t *testing.T) {
	p := load(t, relayed(t))
	stim, err := p.NewStimulus(2)
	if err != nil {
		t.Fatal(err)
	}
	stim[0].Set(0, 1)
	stim[0].Set(1, 0)
	for _, m := range []*spinnaker1.Meter{spinnaker1.NewMeter(p, figures(t)), spinnaker1.NewDetailedMeter(p, figures(t))} {
		run(t, p, stim, m)
		want := spinnaker1.Counts{Ticks: 3, Packets: 2, Hops: 2 + 4, Rows: 3, Events: 3, Updates: 6}
		if d := cmp.Diff(want, m.Counts); d != "" {
			t.Error(d)
		}
		// The source works for its tick and one packet, the far core for its
		// tick, its neuron, and one row of one synapse in tick 1.
		if c := m.Cores[0]; c.Worst != 140 || c.Tick != 0 || c.Total != 3*100+2*40 {
			t.Errorf("the source: %+v", c)
		}
		if c := m.Cores[2]; c.Worst != 100+20+50+30+7 || c.Tick != 1 || c.Total != 3*170+37 {
			t.Errorf("the far core: %+v", c)
		}
		if d := cmp.Diff(spinnaker1.LinkLoad{Packets: 1}, m.Busiest); d != "" || m.Links[0] != 2 || m.Links[2*6] != 1 {
			t.Errorf("links: %s", d)
		}
		rt := m.RealTime()
		if rt.NeedNS != 2070 || rt.Critical != 1 || !rt.Holds() || rt.Over != 0 {
			t.Errorf("%+v", rt)
		}
		// 130 cycles stay; 77 more for one neuron would fit a tick of 1 ms.
		if m.Cores[2].Rows != 1 || m.Fits(2) != 1 {
			t.Errorf("%d rows, %d neurons fit", m.Cores[2].Rows, m.Fits(2))
		}
		// 5 chips and 3 cores for 3 ms, 6 hops; 6 neurons for a ms, 3 events.
		e := m.Energy()
		if e.Chips != 5 || math.Abs(e.Power-((5*0.35+3*0.034)*3e-3+6e-9)) > 1e-15 || math.Abs(e.Activity-(6*100e-9+3*43e-9)) > 1e-18 {
			t.Errorf("%+v", e)
		}
	}
}

// TestFits checks the advice on how many neurons a core can have: so many keep
// the time, and one more does not.
func TestFits(t *testing.T) {
	img := sparse(t)
	img.TimerPeriod = 500
	p := load(t, img)
	profile := figures(t)
	m := spinnaker1.NewMeter(p, profile)
	run(t, p, noise(t, p, 200, 1), m)
	rt := m.RealTime()
	c := m.Cores[rt.Critical]
	n := int64(m.Fits(rt.Critical))
	stays := 100 + 30*c.Rows
	cycles := func(n int64) int64 { return stays + (c.Worst-stays)*n/int64(c.Neurons) }
	if rt.Holds() || n < 1 || n >= int64(c.Neurons) || cycles(n) > 50_000 || cycles(n+2) <= 50_000 {
		t.Errorf("%+v: %d of %d neurons fit, %d cycles", rt, n, c.Neurons, cycles(n))
	}
}

// TestDetailedInTime compares random machines with ticks that are long enough
// for everything: the detailed meter changes nothing.
func TestDetailedInTime(t *testing.T) {
	for seed := range uint64(15) {
		img, err := imagetest.Random(rand.New(rand.NewPCG(seed, 0)), 10)
		if err != nil {
			t.Fatal(err)
		}
		img.TimerPeriod = 1 << 20
		for i := range img.Cores {
			if img.Cores[i].Model != image.Source {
				img.Cores[i].SpikeBuffer = 1 << 16
			}
		}
		p := load(t, img)
		stim := noise(t, p, 40, seed)
		// Links that never make a packet wait for long.
		simple, detailed := spinnaker1.NewMeter(p, figures(t)), spinnaker1.NewDetailedMeter(p, figures(t, "wait1_code 255"))
		want, got := run(t, p, stim, simple), run(t, p, stim, detailed)
		if got.Stats.Saturations, want.Stats.Saturations = 0, 0; want.Stats.Spikes > 0 { // they depend on the order
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("seed %d: %s", seed, d)
			}
		}
		if d := cmp.Diff(simple.Counts, detailed.Counts); d != "" {
			t.Errorf("seed %d: %s", seed, d)
		}
		if d := cmp.Diff(simple.Cores, detailed.Cores); d != "" {
			t.Errorf("seed %d: %s", seed, d)
		}
	}
}

// TestLate lets the packet of element 0 be taken by the near core in the tick
// after the one in which it was sent: its synapse of delay 1 is skipped, one of
// delay 2 acts as ever.
func TestLate(t *testing.T) {
	for _, c := range []struct {
		delay uint32
		drop  bool
		spike bool
	}{{1, false, false}, {2, false, true}, {2, true, false}} {
		img := relayed(t)
		img.TimerPeriod = 3 // 3 us: the source takes 1.4, two links 0.4, the neuron 2.7, the row 2
		for k := range img.Cores[1:] {
			core := &img.Cores[1+k]
			core.DropLate = c.drop
			w, err := core.Pack(image.Synapse{Weight: 1000, Delay: c.delay})
			if err != nil {
				t.Fatal(err)
			}
			e := core.Populations[0]
			core.Populations, core.Addresses, core.Matrix = nil, nil, nil
			if err := core.AddSource(e, [][]uint32{{w}, {w}}[:e.Neurons]); err != nil {
				t.Fatal(err)
			}
			img.Populations[k].Latency = int32(c.delay)
		}
		p := load(t, img)
		stim, err := p.NewStimulus(1)
		if err != nil {
			t.Fatal(err)
		}
		stim[0].Set(0, 0)
		m := spinnaker1.NewDetailedMeter(p, figures(t, "row_cycles 193", "neuron_cycles 150"))
		res := run(t, p, stim, m)
		if got := res.Raster("near").Get(0, 0); got != c.spike {
			t.Errorf("delay %d: spike %v", c.delay, got)
		}
		skipped, dropped := int64(2), int64(0)
		if c.spike {
			skipped = 0
		}
		if c.drop {
			skipped, dropped = 0, 1
		}
		if m.Counts.Skipped != skipped || m.Cores[1].Late != 1 || m.Cores[1].Dropped != dropped || m.Cores[1].Overruns < 1 {
			t.Errorf("delay %d: %d skipped, %+v", c.delay, m.Counts.Skipped, m.Cores[1])
		}
		if rt := m.RealTime(); rt.Holds() || math.Abs(rt.Factor()-4.7/3) > 1e-9 || rt.Over != 2 {
			t.Errorf("%+v", rt)
		}
	}
}

// burst is 17 sources on chip (0,0), of which each has an element for a neuron
// on chip (2,0).
func burst(t testing.TB) *image.Image {
	img := relayed(t)
	img.Inputs, img.Populations, img.Cores = nil, img.Populations[:1], img.Cores[:2]
	core := img.Cores[1]
	core.Populations, core.Addresses, core.Matrix = nil, nil, nil
	img.Cores = nil
	for p := range uint8(17) {
		key := uint32(p) << 12
		img.Cores = append(img.Cores, image.Core{P: p + 1, Model: image.Source, Keys: []uint32{key}, LogNeurons: 1})
		img.Inputs = append(img.Inputs, image.Input{Name: string('a' + rune(p)), Shape: []int32{1}, Slices: []image.Slice{{Count: 1, Core: int32(p)}}})
		w, err := core.Pack(image.Synapse{Weight: 1, Delay: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := core.AddSource(image.PopEntry{Key: key, Mask: 0xfffff000, Neurons: 1}, [][]uint32{{w}}); err != nil {
			t.Fatal(err)
		}
	}
	img.Cores = append(img.Cores, core)
	img.Populations[0].Slices[0].Core = 17
	img.Chips = []image.Chip{
		{Entries: []image.Entry{{Mask: 0xfffe0000, Route: 1}}},
		{X: 2, Entries: []image.Entry{{Mask: 0xfffe0000, Route: 1 << 8}}},
	}
	return img
}

// TestDrops sends 17 packets at once over a link that takes one in 200 ns. With
// a timeout of 88 cycles of 10 ns five of them pass, and the others go round by
// the emergency route as long as that has room, or are dropped.
func TestDrops(t *testing.T) {
	if spinnaker1.Timeout(0x40) != 240 || spinnaker1.Timeout(0xe1) != 17<<14 || spinnaker1.Timeout(0) != 0 {
		t.Error("the timeout codes are read wrongly")
	}
	p := load(t, burst(t))
	stim, err := p.NewStimulus(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range stim {
		in.Set(0, 0)
	}
	const code = 0x2a // (10+16-4)*4 = 88 cycles, 880 ns: waits of 0 to 800 ns
	if spinnaker1.Timeout(code) != 88 {
		t.Fatalf("the timeout is %d", spinnaker1.Timeout(code))
	}
	for _, c := range []struct {
		wait2           string
		taken           int64
		emergency, lost int64
	}{
		{"wait2_code 0", 5, 0, 12},
		// The way round has room for as many again: it is free when they come.
		{"wait2_code 42", 10, 5, 7},
	} {
		m := spinnaker1.NewDetailedMeter(p, figures(t, "wait1_code 42", c.wait2))
		run(t, p, stim, m)
		if m.Counts.Events != c.taken || m.Counts.Emergency != c.emergency || m.Counts.Lost != c.lost {
			t.Errorf("%s: %+v", c.wait2, m.Counts)
		}
	}
}

// TestQueue lets a core's queue of one packet run over.
func TestQueue(t *testing.T) {
	img := burst(t)
	img.Cores[17].SpikeBuffer = 1
	p := load(t, img)
	stim, err := p.NewStimulus(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range stim {
		in.Set(0, 0)
	}
	// All arrive within 3.4 us, a row takes 1 ms: the first is being taken, the
	// second waits.
	m := spinnaker1.NewDetailedMeter(p, figures(t, "wait1_code 255", "row_cycles 100000"))
	run(t, p, stim, m)
	if c := m.Cores[17]; c.Dropped != 15 || c.Late != 2 {
		t.Errorf("%+v", c)
	}
}

func TestReadProfile(t *testing.T) {
	p, err := spinnaker1.OpenProfile(spinnaker1.ProfileName)
	if err != nil {
		t.Fatal(err)
	}
	if c := p.Constants["clock_mhz"]; c.Value != 200 || c.Estimate {
		t.Errorf("the clock is %+v", c)
	}
	for want, text := range map[string]string{
		"not for spinnaker1":           `{"chip": "loihi1"}`,
		"chip_idle_mw is missing":      `{"chip": "spinnaker1"}`,
		"unknown field":                `{"cheap": "spinnaker1"}`,
		"more than one value":          `{"chip": "spinnaker1"}{}`,
		"chip_idle_mw has no source":   `{"chip": "spinnaker1", "constants": {"chip_idle_mw": {"value": 1}}}`,
		"chip_idle_mw is -1, outside":  `{"chip": "spinnaker1", "constants": {"chip_idle_mw": {"value": -1, "source": "x"}}}`,
		"cannot unmarshal number 1e99": `{"chip": "spinnaker1", "constants": {"chip_idle_mw": {"value": 1e99, "source": "x"}}}`,
	} {
		if _, err := spinnaker1.ReadProfile([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if _, err := spinnaker1.OpenProfile("sanafe-loihi"); err == nil {
		t.Error("there is such a profile")
	}
}
