package spinnaker1

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/internal/fixed"
	"github.com/synfire/synfire/ir"
)

// spikeBuffer is how many packets can wait for a core (specs/spinnaker1.md 1.4).
const spikeBuffer = 256

// constant tells whether the vertex is a source of bias.
func (v *vertex) constant() bool { return v.node.Op == ir.OpBias }

// shell returns the core of slice k of a vertex without its place, keys and
// rows; there is room for the keys if it sends any.
func (l *layout) shell(v *vertex, k int) *image.Core {
	c := &image.Core{Model: v.model(), LogNeurons: uint8(v.logNeurons())}
	if c.Model == image.Source || l.senders()[v.id] {
		c.Keys = make([]uint32, v.count(k))
	}
	if c.Model == image.Source {
		return c
	}
	c.LogDelay, c.SpikeBuffer, c.Substeps = uint8(v.logDelay), spikeBuffer, 1
	if f := v.node.FixLIF; f != nil {
		c.Shifts = [image.Types]uint32{image.Excitatory: uint32(f.ShiftExc), image.Inhibitory: uint32(f.ShiftInh)}
	}
	for j := range v.count(k) {
		c.Neurons = append(c.Neurons, l.neuron(v, k*v.perCore+j))
	}
	return c
}

// neuron returns the parameters of a neuron. Time is counted in ticks, so that
// decays do not depend on how dt rounds. A population that runs behind waits
// for its first step as if it were refractory.
func (l *layout) neuron(v *vertex, j int) image.Neuron {
	n := image.Neuron{Step: fixed.One, RefractInit: l.m.Latency[v.node.ID]}
	if v.constant() { // spikes in every tick: the current exceeds the threshold
		n.C, n.TauM, n.Offset, n.Threshold = fixed.One, fixed.One, 4*fixed.One, fixed.One
		return n
	}
	at := func(k ir.Param) int32 { return v.node.P(k).IntAt(j) }
	n.VInit, n.VRest, n.VReset = at(ir.PV0), at(ir.PVLeak), at(ir.PVReset)
	n.C, n.TauM, n.Offset, n.Threshold = at(ir.PCMem), at(ir.PTauMem), at(ir.PBias), at(ir.PVThreshold)
	n.Refractory = int32(uint32(at(ir.PRefSteps)) << 15)
	n.TauExc, n.TauInh = at(ir.PTauSyn), at(ir.PTauSyn)
	return n
}

// rows adds the synapses onto slice k of a vertex to its core, by source in the
// order of their keys.
func (l *layout) rows(c *image.Core, v *vertex, k int, zones []zone) error {
	bySource := make([][][]uint32, len(l.vertices))
	var buf []synapse
	for j := range v.count(k) {
		buf = v.synapses(k*v.perCore+j, buf[:0])
		for _, s := range buf {
			rows := bySource[s.src]
			if rows == nil {
				rows = make([][]uint32, l.vertices[s.src].size)
				bySource[s.src] = rows
			}
			w := image.Synapse{Weight: uint16(s.weight), Delay: uint32(s.delay), Type: image.Excitatory, Neuron: uint32(j)}
			if s.inh {
				w.Type = image.Inhibitory
			}
			word, err := c.Pack(w)
			if err != nil {
				return err
			}
			rows[s.elem] = append(rows[s.elem], word)
		}
	}
	order := v.inputs()
	slices.SortFunc(order, func(a, b *vertex) int { return cmp.Compare(zones[a.id].key, zones[b.id].key) })
	for _, src := range order {
		rows := bySource[src.id]
		if rows == nil {
			continue
		}
		longest := make([]int, src.slices())
		for i, r := range rows {
			longest[i/src.perCore] = max(longest[i/src.perCore], len(r))
		}
		for _, g := range groups(src, longest) {
			if err := c.AddSource(zones[src.id].entry(src, &g), rows[g.first:][:g.count]); err != nil {
				return fmt.Errorf("%s: %w", v.node.Name, err)
			}
		}
	}
	return nil
}

// listeners returns, by core, the cores that have synapses from it, ascending.
// Cores are counted as the partition lists them.
func (l *layout) listeners(cores int) [][]int32 {
	out := make([][]int32, cores)
	var buf []synapse
	for _, v := range l.vertices {
		for k := range v.slices() {
			to := int32(v.first + k)
			for j := range v.count(k) {
				buf = v.synapses(k*v.perCore+j, buf[:0])
				for _, s := range buf {
					src := l.vertices[s.src]
					from := src.first + int(s.elem)/src.perCore
					if n := len(out[from]); n == 0 || out[from][n-1] != to {
						out[from] = append(out[from], to)
					}
				}
			}
		}
	}
	return out
}

// timerPeriod returns the microseconds of a tick.
func timerPeriod(dt float64) uint32 {
	return uint32(max(1, min(math.RoundToEven(dt*1e6), math.MaxUint32)))
}

// Encode emits the image of a network that is placed and routed.
func (t Target) Encode(n *ir.Network, m *ir.Mapping, opt backend.Options) ([]byte, error) {
	img, err := t.Image(n, m, opt)
	if err != nil {
		return nil, err
	}
	return image.Encode(img)
}

// Image returns what Encode encodes.
func (Target) Image(n *ir.Network, m *ir.Mapping, opt backend.Options) (*image.Image, error) {
	l, err := mapped(n, m, opt)
	if err != nil {
		return nil, err
	}
	zones, err := l.zones()
	if err != nil {
		return nil, err
	}
	mach, err := machine(opt)
	if err != nil {
		return nil, err
	}
	img := &image.Image{Name: n.Name, DT: n.DT, TimerPeriod: timerPeriod(n.DT * timeScale(opt)), ColourBits: colourBits, Machine: *mach}
	for _, note := range n.Notes {
		img.Notes = append(img.Notes, image.Note{Key: note.Code, Value: note.Text})
	}
	for _, table := range m.Tables {
		c := image.Chip{X: uint8(table.Chip % mach.Width), Y: uint8(table.Chip / mach.Width)}
		for _, e := range table.Entries {
			c.Entries = append(c.Entries, image.Entry{Key: e.Key, Mask: e.Mask, Route: e.Route})
		}
		img.Chips = append(img.Chips, c)
	}
	order := placesOf(m)
	at := make([]int32, len(order)) // place of a core of the mapping in the image
	for i, c := range order {
		at[c] = int32(i)
	}
	img.Cores = make([]image.Core, len(order))
	for _, v := range l.vertices {
		for k := range v.slices() {
			c, err := l.core(v, k, zones)
			if err != nil {
				return nil, err
			}
			place := m.Cores[v.first+k]
			c.X, c.Y, c.P = uint8(place.Chip%mach.Width), uint8(place.Chip/mach.Width), uint8(place.Core)
			img.Cores[at[v.first+k]] = *c
		}
	}
	l.names(img, at)
	return img, nil
}

// placesOf lists the cores of a mapping by chip and core.
func placesOf(m *ir.Mapping) []int {
	order := make([]int, len(m.Cores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := &m.Cores[a], &m.Cores[b]
		return cmp.Or(cmp.Compare(x.Chip, y.Chip), cmp.Compare(x.Core, y.Core))
	})
	return order
}

// core returns the core of slice k of a vertex without its place.
func (l *layout) core(v *vertex, k int, zones []zone) (*image.Core, error) {
	c := l.shell(v, k)
	z := &zones[v.id]
	for i := range c.Keys {
		c.Keys[i] = z.neuron(k, i)
	}
	if c.Model == image.Source {
		return c, nil
	}
	return c, l.rows(c, v, k, zones)
}

// names adds the input ports and the populations.
func (l *layout) names(img *image.Image, at []int32) {
	outputs := make([]bool, len(l.net.Nodes))
	for _, e := range l.net.Edges {
		if l.net.Node(e.Dst).Op == ir.OpOutput {
			outputs[e.Src] = true
		}
	}
	for _, v := range l.vertices {
		var list []image.Slice
		for k := range v.slices() {
			list = append(list, image.Slice{First: int32(k * v.perCore), Count: int32(v.count(k)), Core: at[v.first+k]})
		}
		id := v.node.ID
		switch v.node.Op {
		case ir.OpInput:
			img.Inputs = append(img.Inputs, image.Input{Name: v.node.Name, Shape: shape32(v.node.Out), Slices: list})
		case ir.OpFixLIF:
			p := image.Population{
				Name: v.node.Name, Shape: shape32(v.node.Out), Latency: l.m.Latency[id], Output: outputs[id],
				Scale: l.m.Scale[id] / fixed.One, VOffset: l.m.Offset[id], Slices: list,
			}
			if p.Scale == 0 { // its neurons differ
				p.Scale = 1
			}
			img.Populations = append(img.Populations, p)
		}
	}
	slices.SortFunc(img.Inputs, func(a, b image.Input) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(img.Populations, func(a, b image.Population) int { return cmp.Compare(a.Name, b.Name) })
}

func shape32(s ir.Shape) []int32 {
	out := make([]int32, len(s))
	for i, d := range s {
		out[i] = int32(d)
	}
	return out
}
