package noc_test

import (
	"errors"
	"math/big"
	"testing"

	"github.com/synfire/synfire/emulator/noc"
	"pgregory.net/rapid"
)

var models = []string{"simple", "detailed", "cycle"}

func TestSimpleAgainstItsSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		l := drawLoad(t, c)
		if got, want := timed(t, "simple", c, l).Time, naiveSimple(c, l); got != want {
			t.Fatalf("%d, want %d", got, want)
		}
	})
}

// TestDetailedAgainstExactFractions compares with the model in exact
// fractions. The result may be off by the rounding to 0.1 ns.
func TestDetailedAgainstExactFractions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		l := drawLoad(t, c)
		got, want := timed(t, "detailed", c, l), naiveDetailed(c, l)
		off := new(big.Rat).Sub(want, big.NewRat(got.Time, 1))
		if off.Abs(off).Cmp(big.NewRat(501, 1000)) > 0 {
			t.Fatalf("%d, want %s", got.Time, want.FloatString(3))
		}
	})
}

// TestCycleAgainstSlowRestatement compares with the same rules over plain
// slices, where every event is searched for.
func TestCycleAgainstSlowRestatement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		l := drawLoad(t, c)
		got := timed(t, "cycle", c, l)
		want := naiveCycle(c, l)
		if got.Time != want.last || got.Stalled != want.stalled || got.Depth != want.depth {
			t.Fatalf("%+v, want %+v", got, want)
		}
	})
}

// TestOneMessageTakesItsLatencies adds up by hand what one message needs.
func TestOneMessageTakesItsLatencies(t *testing.T) {
	c := loihi(8, 4, 4, 1<<10)
	c.Local = 21
	for _, x := range []struct {
		src, dst uint16
		way      int64
	}{
		{0, 3, 21},             // the same tile
		{0, 0, 21},             // the same core
		{0, 16, 41},            // tile 0 to 4: one to the east
		{16, 0, 41},            // and back
		{0, 4, 65},             // tile 0 to 1: one to the north
		{4, 0, 65},             // and back
		{5, 127, 7*41 + 2*65},  // tile 1 (0, 1) to 31 (7, 3)
		{127, 0, 7*41 + 3*65},  // all the way back
		{12, 112, 7*41 + 3*65}, // tile 3 (0, 3) to 28 (7, 0)
	} {
		l := noc.NewLoad([]noc.Message{{Dst: x.dst, Synapses: 5}}, c.NumCores())
		l.Bursts[x.src] = []noc.Burst{{Delay: 397, Lo: 0, Hi: 1}}
		want := 397 + 51 + x.way + 160 + 5*38
		for _, model := range []string{"detailed", "cycle"} {
			if s := timed(t, model, c, l); s.Time != want || s.Core != int(x.dst) || s.Stalled != 0 {
				t.Errorf("%s: core %d to %d: %+v, want time %d", model, x.src, x.dst, s, want)
			}
		}
		l.Tail[x.src] = 10_000
		for _, model := range []string{"detailed", "cycle"} {
			if s := timed(t, model, c, l); s.Time != 397+51+10_000 || s.Core != int(x.src) {
				t.Errorf("%s: core %d works on: %+v", model, x.src, s)
			}
		}
	}
}

// TestBackPressureByHand sends 6 messages from core 0 to its neighbour, whose
// work of 1000 each is what holds them up. With buffers of one message there is
// one in work (which keeps its place in the arrival buffer), one at the end of
// the link and one at its start, so the fourth is not begun before the first is
// done.
func TestBackPressureByHand(t *testing.T) {
	c := noc.Config{Mesh: noc.Mesh{Width: 2, Height: 1, Cores: 1}, HopEW: 40, HopNS: 60, Send: 10, Receive: 1000, Buffer: 1}
	l := noc.NewLoad(make([]noc.Message, 6), 2)
	for i := range l.Fanout {
		l.Fanout[i].Dst = 1
	}
	l.Bursts[0] = []noc.Burst{{Delay: 90, Lo: 0, Hi: 6}}
	// The first is made at 100, arrives at 140; the worker then always has the
	// next one at hand: 140 + 6*1000.
	s := timed(t, "cycle", c, l)
	if s.Time != 6140 || s.Core != 1 || s.Depth != 1 {
		t.Errorf("%+v, want 6140", s)
	}
	// Message k leaves its source's buffer, so that the next can be begun, at:
	// 1: 140. 2: 140 -> made 150, link 190. 3: made 200, waits for the second to
	// leave the link's buffer when the first is done at 1140: link 1180. 4: made
	// 1190, the same at 2140: 2180. 5: 3180. Begun at once would have been at the
	// making of the one before: 40 (1 over the link), 40, 980, 990, 990 later.
	if want := int64(40 + 40 + 980 + 990 + 990); s.Stalled != want {
		t.Errorf("stalled %d, want %d", s.Stalled, want)
	}
	c.Buffer = 6
	if s := timed(t, "cycle", c, l); s.Time != 6140 || s.Stalled != 0 || s.Depth != 6 {
		t.Errorf("without back-pressure: %+v", s)
	}
}

// TestModelsKeepNothing runs loads one after the other through one model: each
// gives what it gives to a new one, also after an error.
func TestModelsKeepNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		name := rapid.SampledFrom(models).Draw(t, "model")
		m, err := noc.NewModel(name, c)
		if err != nil {
			t.Fatal(err)
		}
		traffic := noc.NewTraffic(c)
		for range 3 {
			l := drawLoad(t, c)
			traffic.Count(l)
			got, err := m.Step(l, traffic)
			if want := timed(t, name, c, l); err != nil || got != want {
				t.Fatalf("%+v (%v), want %+v", got, err, want)
			}
		}
	})
}

// TestTooLongAStep has a core of the largest mesh compute for more than an hour
// between its messages, which the models must refuse, and then a short step.
func TestTooLongAStep(t *testing.T) {
	c := loihi(32, 32, 16, 4)
	long := noc.NewLoad([]noc.Message{{Dst: 5, Synapses: 1}}, c.NumCores())
	for range 40_000 {
		long.Bursts[900] = append(long.Bursts[900], noc.Burst{Delay: noc.MaxDelay, Lo: 0, Hi: 1})
	}
	short := noc.NewLoad([]noc.Message{{Dst: 9, Synapses: 1}}, c.NumCores())
	short.Bursts[3] = []noc.Burst{{Delay: 7, Lo: 0, Hi: 1}}
	for _, name := range []string{"detailed", "cycle"} {
		m, err := noc.NewModel(name, c)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := m.Step(long, nil); !errors.Is(err, noc.ErrTooLong) {
			t.Fatalf("%s: %+v, %v, want ErrTooLong", name, s, err)
		}
		got, err := m.Step(short, nil)
		// Core 3 is in tile 0, core 9 in tile 0 as well.
		if want := int64(7 + 51 + 160 + 38); err != nil || got.Time != want || got.Core != 9 || got.Stalled != 0 {
			t.Errorf("%s after the error: %+v (%v), want %d", name, got, err, want)
		}
	}
}

// TestRepeatedTrafficTakesNoLess checks that no model is faster than simple, and
// lets every core do its bursts twice: no model
// may find that faster. (One message more can be: it may hold up a message
// that was in the way of a third. docs/timing.md says so.)
func TestRepeatedTrafficTakesNoLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		l := drawLoad(t, c)
		twice := noc.NewLoad(l.Fanout, c.NumCores())
		copy(twice.Tail, l.Tail)
		copy(twice.Outside, l.Outside)
		for core, bursts := range l.Bursts {
			twice.Bursts[core] = append(append(twice.Bursts[core], bursts...), bursts...)
		}
		for _, name := range models[1:] {
			if least, got := timed(t, "simple", c, l), timed(t, name, c, l); got.Time < least.Time {
				t.Fatalf("%s: %d, simple %d", name, got.Time, least.Time)
			}
		}
		for _, name := range models {
			if one, two := timed(t, name, c, l), timed(t, name, c, twice); two.Time < one.Time {
				t.Fatalf("%s: %d, and with the traffic twice %d", name, one.Time, two.Time)
			}
		}
	})
}

// TestMoreTrafficOfOneCoreTakesNoLess adds a message at the end of a load in
// which one core sends: then nothing can be overtaken, and time cannot fall.
// Simple must keep to that with any load.
func TestMoreTrafficOfOneCoreTakesNoLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		l := drawLoad(t, c)
		src := rapid.IntRange(0, c.NumCores()-1).Draw(t, "src")
		extra := noc.Burst{Delay: int64(rapid.IntRange(0, 400).Draw(t, "delay")), Lo: 0, Hi: 1}
		more := func(l *noc.Load) *noc.Load {
			m := noc.NewLoad(l.Fanout, c.NumCores())
			copy(m.Tail, l.Tail)
			copy(m.Outside, l.Outside)
			copy(m.Bursts, l.Bursts)
			m.Bursts[src] = append(append([]noc.Burst(nil), l.Bursts[src]...), extra)
			return m
		}
		if a, b := timed(t, "simple", c, l), timed(t, "simple", c, more(l)); b.Time < a.Time {
			t.Fatalf("simple: %d, and with a message more %d", a.Time, b.Time)
		}
		alone := noc.NewLoad(l.Fanout, c.NumCores())
		alone.Bursts[src] = l.Bursts[src]
		for _, name := range models {
			if a, b := timed(t, name, c, alone), timed(t, name, c, more(alone)); b.Time < a.Time {
				t.Fatalf("%s: %d, and with a message more %d", name, a.Time, b.Time)
			}
		}
	})
}
