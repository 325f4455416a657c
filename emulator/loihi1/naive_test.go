package loihi1_test

import (
	"testing"

	"github.com/synfire/synfire/backend/loihi1/image"
	"github.com/synfire/synfire/emulator"
)

// naive interprets an image one synapse at a time, in the words of
// specs/loihi1.md 1.2-1.5 and with nothing taken from the engine: big sums in
// maps, one rule a line. It returns spikes, u and v by chip step, core and
// compartment, and what the engine counts.
type naive struct {
	img   *image.Image
	q     map[[3]int]int64 // due: step, core, compartment
	u, v  [][]int64
	ref   [][]int
	stats emulator.Stats
}

// moment is the state of the chip after a step.
type moment struct {
	fired [][]bool
	u, v  [][]int64
}

func runNaive(t testing.TB, img *image.Image, stim emulator.Stimulus, steps int) ([]moment, emulator.Stats) {
	latency := 0
	for _, p := range img.Populations {
		latency = max(latency, int(p.Latency))
	}
	n := &naive{img: img, q: map[[3]int]int64{}}
	for _, c := range img.Cores {
		u, v, ref := make([]int64, len(c.Compartments)), make([]int64, len(c.Compartments)), make([]int, len(c.Compartments))
		for i, x := range c.Compartments {
			v[i], ref[i] = int64(x.InitV), int(x.InitRef)
		}
		n.u, n.v, n.ref = append(n.u, u), append(n.v, v), append(n.ref, ref)
	}
	n.stats.Steps = steps + latency
	var all []moment
	for now := range steps + latency {
		for _, in := range img.Inputs {
			for i := range len(in.Ptr) - 1 {
				if now < steps && stim.Get(in.Name).Get(now, i) {
					for _, ref := range in.Targets[in.Ptr[i]:in.Ptr[i+1]] {
						n.send(t, ref, now)
					}
				}
			}
		}
		all = append(all, n.step(t, now))
	}
	return all, n.stats
}

// send delivers a spike: delay 0 arrives in step at.
func (n *naive) send(t testing.TB, ref image.AxonRef, at int) {
	c := &n.img.Cores[ref.Core]
	syns, err := image.UnpackAxon(c, int(ref.Axon), int(ref.Atom))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range syns {
		f := c.SynFmts[s.Fmt]
		w := int64(s.Mantissa)
		if f.WgtExp >= 0 {
			w *= 1 << f.WgtExp
		} else {
			w = floorDiv(w, 1<<-f.WgtExp)
		}
		w = min(max(w*64, -(1<<21-64)), 1<<21-64)
		n.q[[3]int{at + int(s.Delay), int(ref.Core), int(s.Target)}] += w
		if at < n.stats.Steps { // a spike of the last step is never delivered
			n.stats.SynEvents++
		}
	}
}

func (n *naive) step(t testing.TB, now int) moment {
	m := moment{}
	for k := range n.img.Cores {
		c := &n.img.Cores[k]
		fired := make([]bool, len(c.Compartments))
		for i, x := range c.Compartments {
			p := c.CxProfiles[x.CxProfile]
			key := [3]int{now, k, i}
			q := wrap(n.q[key], 21, &n.stats.AccumulatorWraps)
			delete(n.q, key)
			u := wrap(shrink(n.u[k][i], int64(p.DecayU)+1)+q, 23, &n.stats.CurrentWraps)
			v := shrink(n.v[k][i], int64(p.DecayV)) + wrap(u+int64(x.BiasMant)*(1<<x.BiasExp), 23, new(int64))
			v = min(max(v, -(1<<c.VMinExp)+1), 1<<(9+2*c.VMaxExp)-1)
			if n.ref[k][i] > 0 {
				v = 0
			}
			if v > int64(c.VthProfiles[x.VthProfile])*64 {
				v = 0
				fired[i] = true
				n.ref[k][i] = int(p.Refract)
				n.stats.Spikes++
			}
			n.ref[k][i] = max(0, n.ref[k][i]-1)
			n.u[k][i], n.v[k][i] = u, v
			n.stats.Updates++
		}
		m.fired = append(m.fired, fired)
		m.u = append(m.u, append([]int64(nil), n.u[k]...))
		m.v = append(m.v, append([]int64(nil), n.v[k]...))
	}
	for k := range n.img.Cores {
		for _, o := range n.img.Cores[k].OutAxons {
			if m.fired[k][o.Src] {
				n.send(t, o.AxonRef, now+1)
			}
		}
	}
	return m
}

// shrink is the decay: the magnitude is rounded down.
func shrink(x, d int64) int64 {
	if x < 0 {
		return -((-x * (4096 - d)) / 4096)
	}
	return x * (4096 - d) / 4096
}

// wrap is two's complement with the given magnitude bits.
func wrap(x int64, bits int, wraps *int64) int64 {
	size := int64(2) << bits
	y := x - size*floorDiv(x+size/2, size)
	if x != y {
		*wraps++
	}
	return y
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
