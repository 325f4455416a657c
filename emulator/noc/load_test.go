package noc_test

import (
	"testing"

	"github.com/synfire/synfire/emulator/noc"
	"pgregory.net/rapid"
)

// loihi is a mesh with SANA-FE's latencies of Loihi.
func loihi(w, h, cores, buffer int) noc.Config {
	return noc.Config{
		Mesh: noc.Mesh{Width: w, Height: h, Cores: cores}, Buffer: buffer,
		HopEW: 41, HopNS: 65, Send: 51, Receive: 160, Synapse: 38,
	}
}

// drawConfig draws a small mesh, or a long one, on which a way is in several
// parts.
func drawConfig(t *rapid.T) noc.Config {
	c := loihi(rapid.SampledFrom([]int{1, 2, 3, 4, 8, 14}).Draw(t, "w"), rapid.IntRange(1, 3).Draw(t, "h"), rapid.IntRange(1, 3).Draw(t, "cores"), rapid.IntRange(1, 4).Draw(t, "buffer"))
	c.Local = rapid.SampledFrom([]int64{0, 21}).Draw(t, "local")
	return c
}

// drawLoad draws a load of a mesh.
func drawLoad(t *rapid.T, c noc.Config) *noc.Load {
	cores := c.NumCores()
	fanout := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) noc.Message {
		return noc.Message{Dst: uint16(rapid.IntRange(0, cores-1).Draw(t, "dst")), Synapses: uint16(rapid.IntRange(0, 9).Draw(t, "synapses"))}
	}), 1, 12).Draw(t, "fanout")
	l := noc.NewLoad(fanout, cores)
	for core := range cores {
		for range rapid.IntRange(0, 4).Draw(t, "bursts") {
			lo := rapid.IntRange(0, len(fanout)-1).Draw(t, "lo")
			hi := rapid.IntRange(lo+1, len(fanout)).Draw(t, "hi")
			l.Bursts[core] = append(l.Bursts[core], noc.Burst{Delay: int64(rapid.IntRange(0, 400).Draw(t, "delay")), Lo: int32(lo), Hi: int32(hi)})
		}
		l.Tail[core] = int64(rapid.IntRange(0, 500).Draw(t, "tail"))
		l.Outside[core] = int64(max(0, rapid.IntRange(-1000, 1000).Draw(t, "outside")))
	}
	return l
}

// timed runs a load through a new model.
func timed(t interface{ Fatal(...any) }, name string, c noc.Config, l *noc.Load) noc.Step {
	if err := l.Check(c); err != nil {
		t.Fatal(err)
	}
	m, err := noc.NewModel(name, c)
	if err != nil {
		t.Fatal(err)
	}
	traffic := noc.NewTraffic(c)
	traffic.Count(l)
	s, err := m.Step(l, traffic)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestTrafficIsThatOfTheRoutes counts messages by core and by link and compares
// with the walk of each message.
func TestTrafficIsThatOfTheRoutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		l := drawLoad(t, c)
		traffic := noc.NewTraffic(c)
		traffic.Count(drawLoad(t, c)) // must leave nothing behind
		traffic.Count(l)
		links, local := make([]int64, c.Links()), make([]int64, c.Tiles())
		traffic.AddLinks(links, local)
		var total, crossings, sent, received int64
		for src, q := range naiveMessages(c, l) {
			sent += traffic.Sent[src]
			received += traffic.Received[src]
			if int(traffic.Sent[src]) != len(q) {
				t.Fatalf("core %d sent %d messages, want %d", src, traffic.Sent[src], len(q))
			}
			for _, x := range q {
				total++
				crossings += int64(len(x.path) - 1)
				for _, l := range c.Route(src/c.Cores, x.dst/c.Cores).Links(nil) {
					links[l]--
				}
				if len(x.path) == 1 {
					local[src/c.Cores]--
				}
			}
		}
		ew, ns, stay := traffic.Hops()
		if sent != total || received != total || traffic.Messages != total || ew+ns != crossings || stay > total {
			t.Fatalf("sent %d, received %d, counted %d of %d; hops %d+%d, want %d", sent, received, traffic.Messages, total, ew, ns, crossings)
		}
		for i, n := range append(links, local...) {
			if n != 0 {
				t.Fatalf("link or tile %d counts %d messages too many", i, n)
			}
		}
	})
}

func TestLoadBounds(t *testing.T) {
	c := loihi(2, 1, 1, 4)
	good := func() *noc.Load {
		l := noc.NewLoad([]noc.Message{{Dst: 1, Synapses: 3}}, 2)
		l.Bursts[0] = []noc.Burst{{Delay: 5, Lo: 0, Hi: 1}}
		return l
	}
	if err := good().Check(c); err != nil {
		t.Fatal(err)
	}
	slow := c
	slow.Synapse = noc.MaxLatency
	busy := good()
	busy.Fanout[0].Synapses = 1000
	if busy.Check(slow) == nil {
		t.Error("a message of 1 s of work was accepted")
	}
	for name, spoil := range map[string]func(*noc.Load){
		"no core 2":        func(l *noc.Load) { l.Fanout[0].Dst = 2 },
		"empty burst":      func(l *noc.Load) { l.Bursts[0][0].Hi = 0 },
		"burst too long":   func(l *noc.Load) { l.Bursts[0][0].Hi = 2 },
		"negative delay":   func(l *noc.Load) { l.Bursts[0][0].Delay = -1 },
		"delay of hours":   func(l *noc.Load) { l.Bursts[0][0].Delay = 1 << 50 },
		"negative tail":    func(l *noc.Load) { l.Tail[1] = -1 },
		"negative outside": func(l *noc.Load) { l.Outside[1] = -1 },
		"a core too few":   func(l *noc.Load) { l.Tail = l.Tail[:1] },
	} {
		l := good()
		spoil(l)
		if l.Check(c) == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestConfigBounds(t *testing.T) {
	for _, model := range []string{"simple", "detailed", "cycle"} {
		for _, spoil := range []func(*noc.Config){
			func(c *noc.Config) { c.HopEW = -1 }, func(c *noc.Config) { c.Synapse = 1 << 40 }, func(c *noc.Config) { c.Send = -5 },
		} {
			c := loihi(2, 2, 2, 16)
			spoil(&c)
			if _, err := noc.NewModel(model, c); err == nil {
				t.Errorf("%s accepts %+v", model, c)
			}
		}
	}
	for _, buffer := range []int{-1, 0, 1<<16 + 1} {
		for _, model := range []string{"detailed", "cycle"} {
			if _, err := noc.NewModel(model, loihi(2, 2, 2, buffer)); err == nil {
				t.Errorf("%s accepts a buffer of %d", model, buffer)
			}
		}
	}
	if _, err := noc.NewModel("cycle", loihi(32, 32, 16, 1<<16)); err == nil {
		t.Error("cycle accepts buffers of 200 GB")
	}
	if _, err := noc.NewModel("detailed", loihi(1024, 1, 1, 1)); err == nil {
		t.Error("detailed accepts ways of 700 MB")
	}
	if _, err := noc.NewModel("dream", loihi(2, 2, 2, 16)); err == nil {
		t.Error("there is a model called dream")
	}
}
