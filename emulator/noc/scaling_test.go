package noc_test

import (
	"slices"
	"testing"

	"github.com/synfire/synfire/emulator/noc"
	"pgregory.net/rapid"
)

// repeated returns a load in which every message is sent k times, and every
// burst of messages comes n times.
func repeated(l *noc.Load, k, n int) *noc.Load {
	more := noc.NewLoad(nil, len(l.Bursts))
	for _, m := range l.Fanout {
		more.Fanout = append(more.Fanout, slices.Repeat([]noc.Message{m}, k)...)
	}
	for core, bursts := range l.Bursts {
		for _, b := range bursts {
			b.Lo, b.Hi = b.Lo*int32(k), b.Hi*int32(k)
			more.Bursts[core] = append(more.Bursts[core], slices.Repeat([]noc.Burst{b}, n)...)
		}
	}
	copy(more.Tail, l.Tail)
	copy(more.Outside, l.Outside)
	return more
}

// TestMoreOfAllTrafficTakesNoLess raises the whole traffic by a factor: copies of
// every message or of every spike, more synapses behind every message, slower
// work on all. No model may find that faster. (More of some of the traffic can
// be: docs/timing.md.)
func TestMoreOfAllTrafficTakesNoLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		l := drawLoad(t, c)
		k := rapid.IntRange(2, 4).Draw(t, "factor")
		slow := c
		slow.Receive, slow.Synapse = c.Receive*int64(k), c.Synapse*int64(k)
		dense := repeated(l, 1, 1)
		for i := range dense.Fanout {
			dense.Fanout[i].Synapses *= uint16(k)
		}
		for _, name := range models {
			once := timed(t, name, c, l).Time
			for what, got := range map[string]noc.Step{
				"every message copied":        timed(t, name, c, repeated(l, k, 1)),
				"every spike copied":          timed(t, name, c, repeated(l, 1, k)),
				"more synapses everywhere":    timed(t, name, c, dense),
				"slower work on all messages": timed(t, name, slow, l),
			} {
				if got.Time < once {
					t.Fatalf("%s, %s, factor %d: %d, and before %d", name, what, k, got.Time, once)
				}
			}
		}
	})
}

// TestSlowerClockTakesAsMuchLonger multiplies all times by a factor: the step
// takes exactly as many times as long, since nothing happens in another order.
// Detailed may be off by its rounding, of either time.
func TestSlowerClockTakesAsMuchLonger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		l := drawLoad(t, c)
		k := rapid.Int64Range(2, 50).Draw(t, "factor")
		slow, late := c, repeated(l, 1, 1)
		for _, x := range []*int64{&slow.HopEW, &slow.HopNS, &slow.Local, &slow.Send, &slow.Receive, &slow.Synapse} {
			*x *= k
		}
		for core := range late.Bursts {
			for i := range late.Bursts[core] {
				late.Bursts[core][i].Delay *= k
			}
			late.Tail[core] *= k
			late.Outside[core] *= k
		}
		for _, name := range models {
			once, got := timed(t, name, c, l), timed(t, name, slow, late)
			off := got.Time - k*once.Time
			if name == "detailed" && max(off, -off) <= k/2+1 {
				continue
			}
			if off != 0 {
				t.Fatalf("%s: %d, and %d times slower %d", name, once.Time, k, got.Time)
			}
		}
	})
}

// TestCycleNeverRests bounds the time from above: until the end something is
// always under way, so a step takes no longer than all there is to do, one after
// the other.
func TestCycleNeverRests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		l := drawLoad(t, c)
		var all int64
		for src, q := range naiveMessages(c, l) {
			for _, x := range q {
				all += x.delay + x.hop + x.work
			}
			all += l.Tail[src] + l.Outside[src]
		}
		if got := timed(t, "cycle", c, l).Time; got > all {
			t.Fatalf("%d, and all work is %d", got, all)
		}
	})
}
