package truenorth

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/truenorth/image"
	"github.com/synfire/synfire/ir"
)

// Encode emits RANC's configuration and a manifest, as one archive.
func (Target) Encode(n *ir.Network, m *ir.Mapping, opt backend.Options) ([]byte, error) {
	l, err := newLayout(n, m, opt)
	if err != nil {
		return nil, err
	}
	if len(l.problems) > 0 || len(l.cores) != len(m.Cores) {
		return nil, fmt.Errorf("the network does not fit, or was mapped with other options")
	}
	e := encoder{l: l, at: make([]image.Place, len(m.Cores))}
	for i := range m.Cores {
		id := m.Cores[i].Core
		e.at[i] = image.Place{X: id % gridSide, Y: id / gridSide}
	}
	img, err := e.image()
	if err != nil {
		return nil, err
	}
	if err := image.Validate(img); err != nil {
		return nil, err
	}
	return image.EncodeBundle(&image.Bundle{Image: *img, Manifest: e.manifest()})
}

// encoder turns a layout into RANC's data.
type encoder struct {
	l   *layout
	at  []image.Place // of each core
	bus image.Place
}

// image fills the grid. The output bus takes the first cell behind the last
// row of cores, or beside a single row.
func (e *encoder) image() (*image.Image, error) {
	w, h := int32(1), int32(1)
	for _, p := range e.at {
		w, h = max(w, p.X+1), max(h, p.Y+1)
	}
	if h == 1 && w < gridSide {
		e.bus = image.Place{X: w}
		w++
	} else {
		e.bus = image.Place{Y: h}
		h++
	}
	img := &image.Image{
		Config: image.Config{
			NumNeurons: int32(e.l.neurons), NumAxons: int32(e.l.axons), NumCoresX: w, NumCoresY: h,
			NumWeights: axonTypes, MaxTickOffset: maxDelay + 2,
		},
		Input: image.Input{OutputBus: image.OutputBus{X: e.bus.X, Y: e.bus.Y, NumOutputs: max(e.l.outputs, 1)}},
	}
	for i, c := range e.l.cores {
		out, err := e.core(i, c)
		if err != nil {
			return nil, err
		}
		img.Input.Cores = append(img.Input.Cores, out)
	}
	return img, nil
}

func (e *encoder) core(i int, c *core) (image.Core, error) {
	out := image.Core{X: e.at[i].X, Y: e.at[i].Y, Axons: make([]uint16, len(c.axons))}
	for a, k := range c.axons {
		out.Axons[a] = uint16(k.bit)
	}
	words := (len(c.axons) + 63) / 64
	for s := range c.slots {
		n, err := e.neuron(i, &c.slots[s])
		if err != nil {
			return out, fmt.Errorf("%s: %w", e.l.net.Node(c.slots[s].node).Name, err)
		}
		out.Neurons = append(out.Neurons, n)
		out.Connections = append(out.Connections, make([]uint64, words))
		for _, a := range c.slots[s].axons {
			out.Connect(s, int(a))
		}
	}
	return out, nil
}

// neuron returns the configuration of one copy of a neuron.
func (e *encoder) neuron(core int, s *slot) (image.Neuron, error) {
	node := e.l.net.Node(s.node)
	to := e.bus
	if s.to.core >= 0 {
		to = e.at[s.to.core]
	}
	n := image.Neuron{
		Weights: make([]int32, axonTypes), NegativeThreshold: math.MinInt32,
		DX: to.X - e.at[core].X, DY: to.Y - e.at[core].Y, Axon: s.to.axon, Delay: s.to.delay,
	}
	if node.Op == ir.OpBias { // spikes in every tick
		n.Leak, n.PositiveThreshold = 1, 1
		return n, nil
	}
	for t, v := range bitValues(e.l.bits[s.node]) {
		n.Weights[t] = v * unit
	}
	j := int(s.j)
	n.PositiveThreshold = node.P(ir.PVThreshold).IntAt(j)
	n.Leak = node.P(ir.PBias).IntAt(j)
	if node.Neuron.Reset == ir.ResetSubtract {
		n.ResetMode = 1
	}
	// A leak acts from the first tick; starting that much lower makes up for
	// the ticks before the population's own first step.
	start := int64(node.P(ir.PV0).IntAt(j)) - int64(n.Leak)*int64(e.l.m.Latency[s.node])
	if start < math.MinInt32 || start >= int64(n.PositiveThreshold) {
		return n, fmt.Errorf("neuron %d would have to start at %d, outside its threshold of %d, because it runs %d ticks late with a leak of %d",
			j, start, n.PositiveThreshold, e.l.m.Latency[s.node], n.Leak)
	}
	n.Potential = int32(start)
	return n, nil
}

// manifest says where the network's inputs and populations are.
func (e *encoder) manifest() image.Manifest {
	n := e.l.net
	m := image.Manifest{Name: n.Name, DT: n.DT}
	for _, note := range n.Notes {
		m.Notes = append(m.Notes, image.Note{Key: note.Code, Value: note.Text})
	}
	for i := range n.Nodes {
		node := &n.Nodes[i]
		switch node.Op {
		case ir.OpInput:
			m.Inputs = append(m.Inputs, e.input(node))
		case ir.OpIntLIF:
			m.Populations = append(m.Populations, image.Population{
				Name: node.Name, Shape: shape32(node.Out), Latency: e.l.m.Latency[i], Output: e.l.feedsOutput(node.ID),
				Neurons: make([]image.NeuronRef, node.Out.Size()),
			})
		}
	}
	slices.SortFunc(m.Inputs, func(a, b image.InputPort) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(m.Populations, func(a, b image.Population) int { return cmp.Compare(a.Name, b.Name) })
	for c := range e.l.cores {
		for s, sl := range e.l.cores[c].slots {
			if !sl.first || n.Node(sl.node).Op != ir.OpIntLIF {
				continue
			}
			k, _ := slices.BinarySearchFunc(m.Populations, n.Node(sl.node).Name, func(p image.Population, name string) int { return cmp.Compare(p.Name, name) })
			m.Populations[k].Neurons[sl.j] = image.NeuronRef{Place: e.at[c], Index: int32(s)}
		}
	}
	return m
}

func (e *encoder) input(node *ir.Node) image.InputPort {
	in := image.InputPort{Name: node.Name, Shape: shape32(node.Out), Ptr: []int32{0}}
	for _, to := range e.l.dests[node.ID] {
		for _, d := range to {
			in.Targets = append(in.Targets, image.AxonRef{Place: e.at[d.core], Axon: d.axon, Delay: d.delay})
		}
		in.Ptr = append(in.Ptr, int32(len(in.Targets)))
	}
	return in
}

func shape32(s ir.Shape) []int32 {
	out := make([]int32, len(s))
	for i, d := range s {
		out[i] = int32(d)
	}
	return out
}
