package truenorth_test

import (
	"github.com/synfire/synfire/backend/truenorth/image"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/emulator/truenorth"
)

// naive is specs/truenorth.md 2.3 in its own words: one neuron and one axon at a
// time, nothing packed, nothing skipped, nothing taken from the engine.
type naive struct {
	img   *image.Image
	cur   int
	ring  map[[4]int]bool // core x, y, word, axon
	bus   []bool
	v     [][]int32
	stats truenorth.Stats
}

// moment is what is seen of a tick.
type moment struct {
	row   []bool // of the output bus
	v     [][]int32
	fired [][]bool
}

// runNaive runs an image and ports for some ticks.
func runNaive(img *image.Image, ports []truenorth.Port, stim emulator.Stimulus, ticks int) ([]moment, truenorth.Stats) {
	n := &naive{
		img: img, cur: int(img.Config.MaxTickOffset) - 1,
		ring: map[[4]int]bool{}, bus: make([]bool, img.Input.OutputBus.NumOutputs),
	}
	for _, c := range img.Input.Cores {
		v := make([]int32, len(c.Neurons))
		for i := range v {
			v[i] = c.Neurons[i].Potential
		}
		n.v = append(n.v, v)
	}
	input := func(t int) {
		for _, p := range img.Input.Packets {
			if int(p.Tick) == t {
				n.send(int(p.X), int(p.Y), int(p.Axon), int(p.Delay))
				n.stats.Packets++
			}
		}
		for _, port := range ports {
			for e := range len(port.Ptr) - 1 {
				if stim.Get(port.Name).Get(t, e) {
					for _, a := range port.Targets[port.Ptr[e]:port.Ptr[e+1]] {
						n.send(int(a.X), int(a.Y), int(a.Axon), int(a.Delay))
						n.stats.Packets++
					}
				}
			}
		}
	}
	if ticks > 0 {
		input(0)
	}
	var all []moment
	for t := 1; t <= ticks; t++ {
		m := moment{row: n.bus}
		n.bus = make([]bool, len(n.bus))
		n.cur = (n.cur + 1) % int(img.Config.MaxTickOffset)
		if t < ticks {
			input(t)
		}
		for k := range img.Input.Cores {
			m.fired = append(m.fired, n.core(k))
			m.v = append(m.v, append([]int32(nil), n.v[k]...))
		}
		all = append(all, m)
	}
	n.stats.Ticks = ticks
	return all, n.stats
}

func (n *naive) send(x, y, axon, delay int) {
	if x == int(n.img.Input.OutputBus.X) && y == int(n.img.Input.OutputBus.Y) {
		if n.bus[axon] {
			n.stats.BusMerged++
		}
		n.bus[axon] = true
		return
	}
	found := false
	for _, c := range n.img.Input.Cores {
		found = found || int(c.X) == x && int(c.Y) == y
	}
	if !found {
		n.stats.Lost++
		return
	}
	word := (n.cur + 1 + delay) % int(n.img.Config.MaxTickOffset)
	if word == n.cur {
		n.stats.Dropped++
		return
	}
	key := [4]int{x, y, word, axon}
	if n.ring[key] {
		n.stats.Merged++
	}
	n.ring[key] = true
}

// core runs a core for a tick and returns which neurons fired.
func (n *naive) core(k int) []bool {
	c, v := &n.img.Input.Cores[k], n.v[k]
	fired := make([]bool, len(v))
	if c.X == n.img.Input.OutputBus.X && c.Y == n.img.Input.OutputBus.Y {
		return fired
	}
	for i := range c.Neurons {
		q := &c.Neurons[i]
		for a := range int(n.img.Config.NumAxons) {
			if n.ring[[4]int{int(c.X), int(c.Y), n.cur, a}] && c.Connected(i, a) {
				v[i] += q.Weight(c.Type(a))
				n.stats.SynEvents++
			}
		}
		v[i] += q.Leak
		n.stats.Updates++
		low := v[i] < q.NegativeThreshold
		if n.img.Config.NeuronResetType == 1 {
			low = v[i] <= q.NegativeThreshold
		}
		switch {
		case v[i] >= q.PositiveThreshold:
			fired[i] = true
			n.stats.Spikes++
			n.send(int(c.X+q.DX), int(c.Y+q.DY), int(q.Axon), int(q.Delay))
			if q.ResetMode == 0 {
				v[i] = q.ResetPotential
			} else {
				v[i] -= q.PositiveThreshold
			}
		case low && q.ResetMode == 0:
			v[i] = -q.ResetPotential
		case low:
			v[i] -= q.NegativeThreshold
		}
	}
	for a := range int(n.img.Config.NumAxons) {
		delete(n.ring, [4]int{int(c.X), int(c.Y), n.cur, a})
	}
	return fired
}
