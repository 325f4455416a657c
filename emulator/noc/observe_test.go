package noc_test

import (
	"slices"
	"testing"

	"github.com/synfire/synfire/emulator/noc"
	"pgregory.net/rapid"
)

// TestObservedMessages checks what the models tell of their messages against
// the load and against each other: every message once, no sooner than its core
// can have sent it, no sooner received than its hops take, worked on one after
// the other, and all of it within the step. Watching changes no time.
func TestObservedMessages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		l := drawLoad(t, c)
		for _, name := range []string{"detailed", "cycle"} {
			want := timed(t, name, c, l)
			model, err := noc.NewModel(name, c)
			if err != nil {
				t.Fatal(err)
			}
			var got []noc.MessageTimes
			model.(noc.Observed).Observe(func(m noc.MessageTimes) { got = append(got, m) })
			traffic := noc.NewTraffic(c)
			traffic.Count(l)
			for range 2 { // the second step must not remember the first
				got = got[:0]
				step, err := model.Step(l, traffic)
				if err != nil || step != want {
					t.Fatalf("%s: %+v when watched, %+v else (%v)", name, step, want, err)
				}
			}
			requireMessages(t, name, c, l, got, want.Time)
		}
	})
}

func requireMessages(t *rapid.T, name string, c noc.Config, l *noc.Load, got []noc.MessageTimes, end int64) {
	type pair struct {
		src int
		m   noc.Message
	}
	left := map[pair]int{}
	for src, bursts := range l.Bursts {
		for _, b := range bursts {
			for _, m := range l.Fanout[b.Lo:b.Hi] {
				left[pair{src, m}]++
			}
		}
	}
	bySrc, byDst := map[int][]noc.MessageTimes{}, map[int][]noc.MessageTimes{}
	for _, m := range got {
		left[pair{m.Src, m.Message}]--
		ew, ns := c.Hops(m.Src/c.Cores, int(m.Dst)/c.Cores)
		way := int64(ew)*c.HopEW + int64(ns)*c.HopNS
		if ew+ns == 0 {
			way = c.Local
		}
		if m.Received < m.Sent+way || m.End != m.Received+c.Work(m.Message) || m.End > end {
			t.Fatalf("%s: %+v with a way of %d in a step of %d", name, m, way, end)
		}
		bySrc[m.Src], byDst[int(m.Dst)] = append(bySrc[m.Src], m), append(byDst[int(m.Dst)], m)
	}
	for p, n := range left {
		if n != 0 {
			t.Fatalf("%s: %d messages of %+v too few", name, n, p)
		}
	}
	for src, ms := range bySrc {
		slices.SortFunc(ms, func(a, b noc.MessageTimes) int { return int(a.Sent - b.Sent) })
		k, free := 0, int64(0)
		for _, b := range l.Bursts[src] {
			free += b.Delay
			for range b.Hi - b.Lo {
				if free += c.Send; ms[k].Sent < free {
					t.Fatalf("%s: core %d sent message %d at %d, not before %d", name, src, k, ms[k].Sent, free)
				}
				free = ms[k].Sent
				k++
			}
		}
	}
	for dst, ms := range byDst {
		slices.SortFunc(ms, func(a, b noc.MessageTimes) int { return int(a.Received - b.Received) })
		free := l.Outside[dst]
		for _, m := range ms {
			if m.Received < free {
				t.Fatalf("%s: core %d works on %+v and is busy until %d", name, dst, m, free)
			}
			free = m.End
		}
	}
}
