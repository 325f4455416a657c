// Package imagetest makes random valid SpiNNaker 1 images for tests: machines
// of every size and with dead parts, sources and neurons of both models,
// recurrent nets with rows of every length and delay, keys shared by two cores,
// and routing tables with and without the entries that default routing makes
// superfluous.
package imagetest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/synfire/synfire/backend/spinnaker1/image"
)

// Bits of a key: the pair of cores, the core of it, the neuron, the colour.
const (
	coreShift = 12
	coreBits  = ^uint32(1<<coreShift - 1)
	pairBits  = coreBits &^ (1 << coreShift)
)

// builder is an image in the making.
type builder struct {
	*rand.Rand
	img    *image.Image
	mesh   *image.Mesh
	tables map[int][]image.Entry // by chip
}

// Random returns an image of 2 to maxCores cores, at least 2. The same state of
// r gives the same image.
func Random(r *rand.Rand, maxCores int) (*image.Image, error) {
	b := &builder{Rand: r, tables: map[int][]image.Entry{}}
	b.img = &image.Image{
		Name: "random", DT: float64(r.IntN(3)) * 1e-3, TimerPeriod: 1000, ColourBits: uint8(r.IntN(5)),
		Notes:   []image.Note{{Key: "dt", Value: "a <guess> & \"quotes\" é"}},
		Machine: b.machine(),
	}
	mesh, err := image.NewMesh(&b.img.Machine)
	if err != nil {
		return nil, err
	}
	b.mesh = mesh
	b.addCores(2 + r.IntN(maxCores-1))
	for k := range b.img.Cores {
		if b.img.Cores[k].Model != image.Source {
			if err := b.connect(k); err != nil {
				return nil, err
			}
		}
	}
	b.route()
	b.name()
	return b.img, nil
}

func (b *builder) machine() image.Machine {
	switch b.IntN(4) {
	case 0:
		return image.Machine{Board: image.Spin3, Width: 2, Height: 2}
	case 1:
		return image.Machine{Board: image.Spin5, Width: 12, Height: 12}
	case 2:
		return image.Machine{Board: image.Spin5, Width: 16, Height: 16, DeadChips: []image.ChipAt{{X: 1, Y: 2}, {X: 5, Y: 6}}}
	}
	return image.Machine{
		Board: image.Spin5, Width: 8, Height: 8,
		DeadLinks: []image.LinkAt{{X: 0, Y: 0, Link: 0}, {X: 0, Y: 0, Link: 1}, {X: 1, Y: 1, Link: 4}},
		DeadCores: []image.CoreAt{{X: 0, Y: 0, P: 1}},
	}
}

// addCores places n cores of random kinds, of which the first is a source.
func (b *builder) addCores(n int) {
	var places []image.CoreAt
	for chip := range b.mesh.Width * b.mesh.Height {
		x, y := b.mesh.Place(chip)
		for p := 1; p < 18; p++ {
			if b.mesh.HasCore(x, y, p) {
				places = append(places, image.CoreAt{X: uint8(x), Y: uint8(y), P: uint8(p)})
			}
		}
	}
	b.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	places = places[:min(n, len(places))]
	slices.SortFunc(places, func(a, b image.CoreAt) int {
		return (int(a.Y)-int(b.Y))<<16 + (int(a.X)-int(b.X))<<8 + int(a.P) - int(b.P)
	})
	for k, at := range places {
		model := image.Model(1 + b.IntN(3))
		if k < 2 {
			model = []image.Model{image.Source, image.CurrExp}[k]
		}
		c := b.core(model, uint32(k)<<coreShift)
		c.X, c.Y, c.P = at.X, at.Y, at.P
		b.img.Cores = append(b.img.Cores, c)
	}
}

func (b *builder) core(model image.Model, key uint32) image.Core {
	c := image.Core{Model: model, LogNeurons: uint8(1 + b.IntN(5))}
	n := 1 + b.IntN(1<<c.LogNeurons)
	if model == image.Source || b.IntN(5) > 0 {
		for i := range n {
			c.Keys = append(c.Keys, key+uint32(i)<<b.img.ColourBits)
		}
	}
	if model == image.Source {
		return c
	}
	c.LogDelay, c.DropLate, c.SpikeBuffer = uint8(1+b.IntN(5)), b.IntN(2) == 0, 256
	c.Shifts = [image.Types]uint32{uint32(b.IntN(6)), uint32(b.IntN(6))}
	c.Substeps = uint32(1 + b.IntN(3))
	for range n {
		c.Neurons = append(c.Neurons, b.neuron(model))
	}
	return c
}

// neuron returns one with a membrane potential of a few units.
func (b *builder) neuron(model image.Model) image.Neuron {
	const one = 1 << 15
	n := image.Neuron{
		VInit: b.Int32N(2*one) - one, VRest: b.Int32N(one), C: one/2 + b.Int32N(one), TauM: one + b.Int32N(20*one),
		VReset: b.Int32N(one), Refractory: b.Int32N(4 * one), RefractInit: b.Int32N(3), Step: one,
		Threshold: one + b.Int32N(20*one),
	}
	if b.IntN(3) == 0 {
		n.Offset = b.Int32N(2*one) - one
	}
	if model == image.CurrExp {
		n.TauExc, n.TauInh, n.InitExc = one+b.Int32N(5*one), one+b.Int32N(5*one), b.Int32N(one)
	}
	return n
}

// connect gives core k rows for the spikes of some cores, itself maybe.
func (b *builder) connect(k int) error {
	c := &b.img.Cores[k]
	for s := 0; s < len(b.img.Cores); s++ {
		src := &b.img.Cores[s]
		if len(src.Keys) == 0 || s > 0 && b.IntN(2) == 0 {
			continue
		}
		e := image.PopEntry{Key: src.Keys[0], Mask: coreBits, Neurons: uint16(len(src.Keys))}
		rows := b.rows(c, len(src.Keys))
		// A pair of cores may be one population, whose first core is full.
		if s%2 == 0 && s+1 < len(b.img.Cores) && b.IntN(2) == 0 {
			if next := len(b.img.Cores[s+1].Keys); next > 0 && next <= len(src.Keys) {
				e.Mask, e.CoreMask, e.MaskShift = pairBits, 1, coreShift
				rows = append(rows, b.rows(c, next)...)
				s++
			}
		}
		if err := c.AddSource(e, rows); err != nil {
			return err
		}
	}
	return nil
}

// rows returns rows of all lengths, some of them longer than one may be.
func (b *builder) rows(c *image.Core, n int) [][]uint32 {
	most := []int{0, 1, 8, 60}[b.IntN(4)]
	if b.IntN(20) == 0 {
		most = 600
	}
	rows := make([][]uint32, n)
	for i := range rows {
		for range b.IntN(most + 1) {
			w, err := c.Pack(image.Synapse{
				Weight: uint16(b.IntN(1 << (1 + b.IntN(16)))), Delay: 1 + b.Uint32N(1<<c.LogDelay),
				Type: b.Uint32N(image.Types), Neuron: b.Uint32N(uint32(len(c.Neurons))),
			})
			if err == nil {
				rows[i] = append(rows[i], w)
			}
		}
	}
	return rows
}

// route makes the tables: for each core a tree of shortest paths to the cores
// that wait for its keys.
func (b *builder) route() {
	for s := range b.img.Cores {
		if src := &b.img.Cores[s]; len(src.Keys) > 0 {
			b.tree(s, src.Keys[0])
		}
	}
	for chip := range b.mesh.Width * b.mesh.Height {
		if t := b.tables[chip]; len(t) > 0 {
			x, y := b.mesh.Place(chip)
			b.img.Chips = append(b.img.Chips, image.Chip{X: uint8(x), Y: uint8(y), Entries: t})
		}
	}
}

func (b *builder) tree(s int, key uint32) {
	src := &b.img.Cores[s]
	from := b.mesh.Chip(int(src.X), int(src.Y))
	arrived := b.search(from)
	routes := map[int]uint32{}
	for k := range b.img.Cores {
		c := &b.img.Cores[k]
		if _, _, ok := c.Lookup(key, b.img.ColourBits); !ok {
			continue
		}
		at := b.mesh.Chip(int(c.X), int(c.Y))
		routes[at] |= 1 << (image.Links + int(c.P))
		for at != from {
			l := arrived[at]
			at = b.back(at, l)
			routes[at] |= 1 << l
		}
	}
	for chip := range b.mesh.Width * b.mesh.Height {
		route, ok := routes[chip]
		if l := arrived[chip]; !ok || chip != from && route == 1<<l && b.IntN(2) == 0 {
			continue // the default route
		}
		b.tables[chip] = append(b.tables[chip], image.Entry{Key: key, Mask: coreBits, Route: route})
	}
}

// search returns the link by which each chip is reached first.
func (b *builder) search(from int) map[int]int {
	arrived, queue := map[int]int{from: -1}, []int{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for l := range image.Links {
			to, ok := b.mesh.Next(at, l)
			if _, seen := arrived[to]; ok && !seen {
				arrived[to] = l
				queue = append(queue, to)
			}
		}
	}
	return arrived
}

// back returns the chip from which link l leads to a chip: the link back may be
// dead.
func (b *builder) back(to, l int) int {
	for from := range b.mesh.Width * b.mesh.Height {
		if at, ok := b.mesh.Next(from, l); ok && at == to {
			return from
		}
	}
	return to
}

// name makes an input or a population of each core.
func (b *builder) name() {
	for k := range b.img.Cores {
		c := &b.img.Cores[k]
		n := int32(c.Size())
		slices := []image.Slice{{First: 0, Count: n, Core: int32(k)}}
		if n > 1 && b.IntN(2) == 0 {
			slices = []image.Slice{{First: 0, Count: 1, Core: int32(k), Neuron: n - 1}, {First: 1, Count: n - 1, Core: int32(k)}}
		}
		if c.Model == image.Source {
			b.img.Inputs = append(b.img.Inputs, image.Input{Name: fmt.Sprintf("in%d", k), Shape: []int32{n}, Slices: slices})
			continue
		}
		b.img.Populations = append(b.img.Populations, image.Population{
			Name: fmt.Sprintf("p%d", k), Shape: []int32{1, n}, Latency: int32(b.IntN(3)), Output: b.IntN(2) == 0,
			Scale: 1 + b.Float64(), VOffset: b.Float64(), Slices: slices,
		})
	}
}
