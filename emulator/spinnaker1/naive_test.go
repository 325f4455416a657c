package spinnaker1_test

import (
	"testing"

	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/fixed"
)

// naive interprets an image packet by packet and synapse by synapse, in the
// words of specs/spinnaker1.md 1.1 and 2.2 to 2.7 and with nothing taken from
// the engine: every packet walks through the tables of the chips, and what is
// due is kept in maps.
type naive struct {
	t      testing.TB
	img    *image.Image
	mesh   *image.Mesh
	due    map[slot]int64
	cores  [][]neuron
	stats  emulator.Stats
	colour uint32
}

// slot is a sum of inputs.
type slot struct{ tick, core, kind, neuron int }

type neuron struct {
	v, exc, inh, refract int32
	used                 int32
	spiked               bool
}

// newNaive returns the machine in reset.
func newNaive(t testing.TB, img *image.Image) *naive {
	mesh, err := image.NewMesh(&img.Machine)
	if err != nil {
		t.Fatal(err)
	}
	n := &naive{t: t, img: img, mesh: mesh, due: map[slot]int64{}, colour: 1<<img.ColourBits - 1}
	for _, c := range img.Cores {
		var list []neuron
		for _, p := range c.Neurons {
			list = append(list, neuron{v: p.VInit, exc: p.InitExc, inh: p.InitInh, refract: p.RefractInit})
		}
		n.cores = append(n.cores, list)
	}
	return n
}

// run returns the state after each tick.
func (n *naive) run(stim emulator.Stimulus, steps int) (all [][][]neuron) {
	latency := 0
	for _, p := range n.img.Populations {
		latency = max(latency, int(p.Latency))
	}
	n.stats.Steps = steps + latency
	for now := range steps + latency {
		var packets []uint32
		var from []int
		send := func(core, i int) {
			if keys := n.img.Cores[core].Keys; len(keys) > 0 {
				packets = append(packets, keys[i]|uint32(now)&n.colour)
				from = append(from, core)
			}
		}
		for k := range n.img.Cores {
			for _, in := range n.img.Inputs {
				first := 0
				for _, s := range in.Slices {
					for i := range int(s.Count) {
						if int(s.Core) == k && now < steps && stim.Get(in.Name).Get(now, first+i) {
							send(k, int(s.Neuron)+i)
						}
					}
					first += int(s.Count)
				}
			}
			for i := range n.cores[k] {
				n.update(now, k, i)
				if n.cores[k][i].spiked {
					n.stats.Spikes++
					send(k, i)
				}
			}
		}
		for k, key := range packets {
			c := &n.img.Cores[from[k]]
			n.walk(n.mesh.Chip(int(c.X), int(c.Y)), -1, key, now)
		}
		var copied [][]neuron
		for _, c := range n.cores {
			copied = append(copied, append([]neuron(nil), c...))
		}
		all = append(all, copied)
	}
	return all
}

// update brings a neuron through a tick.
func (n *naive) update(now, k, i int) {
	c, p, x := &n.img.Cores[k], &n.img.Cores[k].Neurons[i], &n.cores[k][i]
	n.stats.Updates++
	step := fixed.DivInt(p.Step, int32(c.Substeps))
	exp := fixed.Exp(-fixed.Div(step, p.TauM))
	r := fixed.Div(p.TauM, p.C)
	pause := fixed.Div(p.Refractory, step)
	wait := pause / 32768
	if pause%32768 != 0 {
		wait++
	}
	mul := func(a, b int32) int32 { return int32((int64(a) * int64(b)) >> 15) }
	scaled := func(a int32, d uint32) int32 { return int32((int64(a) * int64(d)) >> 32) }
	decay := func(tau int32) uint32 { return fixed.ExpDecay(-fixed.Div(step, tau)) }
	for kind, tau := range [2]int32{p.TauExc, p.TauInh} {
		in := int32(uint32(n.due[slot{now, k, kind, i}]) << c.Shifts[kind])
		if c.Model == image.CurrExp {
			ratio := int64(fixed.Div(tau, step))
			in = scaled(in, uint32(ratio*(0xffffffff-int64(decay(tau)))>>15))
		}
		if kind == 0 {
			x.exc += in
		} else {
			x.inh += in
		}
	}
	x.spiked = false
	for range c.Substeps {
		x.used = x.exc - x.inh
		if x.refract > 0 {
			x.refract--
		} else {
			alpha := mul(x.used+p.Offset, r) + p.VRest
			x.v = alpha - mul(exp, alpha-x.v)
		}
		if x.v >= p.Threshold {
			x.v, x.refract, x.spiked = p.VReset, wait, true
		}
		if c.Model == image.CurrDelta {
			x.exc, x.inh = 0, 0
			continue
		}
		x.exc, x.inh = scaled(x.exc, decay(p.TauExc)), scaled(x.inh, decay(p.TauInh))
	}
}

// walk sends a packet on from a chip which it reached by a link.
func (n *naive) walk(chip, by int, key uint32, now int) {
	route, found := uint32(0), false
	for _, c := range n.img.Chips {
		if n.mesh.Chip(int(c.X), int(c.Y)) != chip {
			continue
		}
		for _, e := range c.Entries {
			if key&e.Mask == e.Key {
				route, found = e.Route, true
				break
			}
		}
	}
	if !found && by >= 0 {
		route = 1 << by
	}
	for l := range 6 {
		if route&(1<<l) != 0 {
			to, ok := n.mesh.Next(chip, l)
			if !ok {
				n.t.Fatalf("key %08x is lost at chip %d", key, chip)
			}
			n.walk(to, l, key, now)
		}
	}
	for k := range n.img.Cores {
		c := &n.img.Cores[k]
		if n.mesh.Chip(int(c.X), int(c.Y)) == chip && route&(1<<(6+c.P)) != 0 {
			n.receive(k, key, now)
		}
	}
}

// receive looks a packet up and adds its synapses to what is due.
func (n *naive) receive(k int, key uint32, now int) {
	c := &n.img.Cores[k]
	for _, e := range c.Populations {
		if key&e.Mask != e.Key {
			continue
		}
		local := key &^ e.Mask &^ (uint32(e.CoreMask) << e.MaskShift)
		id := local>>n.img.ColourBits + key>>e.MaskShift&uint32(e.CoreMask)*uint32(e.Neurons)
		for _, address := range c.Addresses[e.Start : e.Start+e.Count] {
			length := address&0xff + 1
			row := c.Matrix[address>>8*4+id*(length+3):][:length+3]
			for _, w := range row[3 : 3+row[1]] {
				n.add(k, w, now)
			}
		}
		return
	}
	n.t.Fatalf("core %d does not know key %08x", k, key)
}

func (n *naive) add(k int, w uint32, now int) {
	bits := n.img.Cores[k].LogNeurons
	delay := int(w & 0xffff >> (bits + 1))
	if delay == 0 {
		delay = 1 << n.img.Cores[k].LogDelay
	}
	at := slot{now + delay, k, int(w >> bits & 1), int(w & (1<<bits - 1))}
	n.stats.SynEvents++
	if n.due[at] += int64(w >> 16); n.due[at] > 0xffff {
		n.due[at] = 0xffff
		n.stats.Saturations++
	}
}
