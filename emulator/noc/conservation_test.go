package noc

import (
	"math/rand/v2"
	"testing"
)

// burstyLoad makes cores of a mesh send to random cores, a few of them to one.
func burstyLoad(c Config, seed uint64) *Load {
	r := rand.New(rand.NewPCG(seed, 1))
	l := NewLoad(nil, c.NumCores())
	for core := range c.NumCores() {
		for range r.IntN(6) {
			lo := len(l.Fanout)
			for range 1 + r.IntN(20) {
				m := Message{Dst: uint16(r.IntN(c.NumCores())), Synapses: uint16(r.IntN(30))}
				if r.IntN(3) == 0 {
					m.Dst = 1
				}
				l.Fanout = append(l.Fanout, m)
			}
			l.Bursts[core] = append(l.Bursts[core], Burst{Delay: int64(r.IntN(300)), Lo: int32(lo), Hi: int32(len(l.Fanout))})
		}
	}
	return l
}

var crowded = Config{
	Mesh: Mesh{Width: 4, Height: 3, Cores: 2}, Buffer: 3,
	HopEW: 41, HopNS: 65, Send: 51, Receive: 160, Synapse: 38,
}

// TestCycleLosesNothing looks at the network between all events: what was made
// is what was worked on and what is in a buffer, no buffer is over its size, and
// a server that could start has started.
func TestCycleLosesNothing(t *testing.T) {
	for seed := range uint64(20) {
		l := burstyLoad(crowded, seed)
		y, err := NewCycle(crowded)
		if err != nil {
			t.Fatal(err)
		}
		y.begin(l)
		var made int64
		peak := 0
		for {
			now, i, ok := y.queue.first()
			if !ok {
				break
			}
			if y.servers[i].kind == source {
				made++
			}
			y.done(i, now)
			var within int64
			for b := range y.buffers {
				n := int(y.buffers[b].n)
				if n < 0 || n > crowded.Buffer {
					t.Fatalf("seed %d: buffer %d holds %d", seed, b, n)
				}
				within += int64(n)
				peak = max(peak, n)
			}
			if made != y.worked+within {
				t.Fatalf("seed %d at %d: made %d, worked on %d, in the network %d", seed, now, made, y.worked, within)
			}
			for s := range y.servers {
				if x := &y.servers[s]; !x.busy && x.want != 0 && (x.feeds < 0 || int(y.buffers[x.feeds].n) < crowded.Buffer) {
					t.Fatalf("seed %d at %d: server %d waits, though it could start", seed, now, s)
				}
			}
		}
		if y.worked != int64(len(l.Fanout)) || peak != crowded.Buffer {
			t.Errorf("seed %d: %d of %d messages arrived, the fullest buffer had %d", seed, y.worked, len(l.Fanout), peak)
		}
	}
}

// TestDetailedLosesNothing looks at the network before each message is sent.
func TestDetailedLosesNothing(t *testing.T) {
	for seed := range uint64(20) {
		l := burstyLoad(crowded, seed)
		d, err := NewDetailed(crowded)
		if err != nil {
			t.Fatal(err)
		}
		d.start(l)
		var sent, most int64
		for {
			now, src, ok := d.send.first()
			if !ok {
				break
			}
			d.arrive(now)
			left, ok := d.transmit(src, now)
			if !ok || left < now {
				t.Fatalf("seed %d: message %d left at %d, was to at %d (%v)", seed, sent, left, now, ok)
			}
			sent++
			d.next(l, src, left)
			var within int64
			for c := range d.transit {
				within += int64(d.transit[c].len())
			}
			if within != d.n || within > sent {
				t.Fatalf("seed %d: %d messages on the way, counted %d of %d", seed, within, d.n, sent)
			}
			most = max(most, within)
		}
		d.arrive(never)
		for b, x := range d.density {
			if x != 0 {
				t.Fatalf("seed %d: a density of %d remains in buffer %d", seed, x, b)
			}
		}
		if sent != int64(len(l.Fanout)) || d.n != 0 || d.work != 0 || most < 2 {
			t.Errorf("seed %d: sent %d of %d, %d with work %d remain, at most %d at a time", seed, sent, len(l.Fanout), d.n, d.work, most)
		}
	}
}

// TestStepsDoNotAllocate runs a load again through each model.
func TestStepsDoNotAllocate(t *testing.T) {
	l := burstyLoad(crowded, 7)
	traffic := NewTraffic(crowded)
	for _, name := range []string{"simple", "detailed", "cycle"} {
		m, err := NewModel(name, crowded)
		if err != nil {
			t.Fatal(err)
		}
		step := func() {
			traffic.Count(l)
			if _, err := m.Step(l, traffic); err != nil {
				t.Fatal(err)
			}
		}
		step()
		if n := testing.AllocsPerRun(10, step); n != 0 {
			t.Errorf("%s: %v allocations a step", name, n)
		}
	}
}
