package truenorth

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/synfire/synfire/backend/truenorth/image"
)

// Bounds of what a program and a state may take, in bytes.
const (
	maxProgram = 1 << 32
	maxRing    = 1 << 30
)

// Compile makes a program of an image, or returns what image.Validate finds
// wrong. A chip whose tables or schedulers would not fit the memory of a
// machine is an error too.
func Compile(img *image.Image) (*Program, error) {
	if err := image.Validate(img); err != nil {
		return nil, err
	}
	p := &Program{cfg: img.Config, bus: img.Input.OutputBus, tie: int64(img.Config.NeuronResetType)}
	p.words = (int(img.Config.NumAxons) + 63) / 64
	order := p.order(&img.Input)
	ring := uint64(len(order)) * uint64(p.words) * uint64(img.Config.MaxTickOffset) * 8
	if ring > maxRing {
		return nil, fmt.Errorf("config.json: max_tick_offset: %d words of %d axons for %d cores are %d bytes of schedulers, over the limit of %d",
			img.Config.MaxTickOffset, img.Config.NumAxons, len(order), ring, maxRing)
	}
	p.cores = make([]core, len(order))
	p.at = map[[2]int32]int{}
	for i, m := range order {
		p.at[[2]int32{m.X, m.Y}] = i
	}
	left := uint64(maxProgram)
	for i, m := range order {
		if err := p.cores[i].compile(m, p, &left); err != nil {
			return nil, fmt.Errorf("input.json: core at [%d,%d]: %w", m.X, m.Y, err)
		}
		p.measure(&p.cores[i])
	}
	for _, x := range img.Input.Packets {
		p.packets = append(p.packets, packet{x.Tick, p.resolve(x.X, x.Y, x.Axon, x.Delay)})
	}
	return p, nil
}

// order returns the cores that run, row by row from the south.
func (p *Program) order(in *image.Input) []*image.Core {
	var order []*image.Core
	for k := range in.Cores {
		if c := &in.Cores[k]; c.X != in.OutputBus.X || c.Y != in.OutputBus.Y {
			order = append(order, c)
		}
	}
	slices.SortFunc(order, func(a, b *image.Core) int {
		return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X))
	})
	return order
}

// measure notes the largest sizes.
func (p *Program) measure(c *core) {
	p.updates += int64(c.neurons)
	w := &p.widest
	w.blocks = max(w.blocks, c.blocks)
	w.axons = max(w.axons, c.axons)
	if len(c.first) > len(w.first) {
		w.first = c.first
	}
}

// resolve turns an address on the grid into a target.
func (p *Program) resolve(x, y, axon, delay int32) target {
	if x == p.bus.X && y == p.bus.Y {
		return target{base: axon >> 6, bit: uint8(axon & 63), kind: toBus}
	}
	k, ok := p.at[[2]int32{x, y}]
	switch {
	case !ok:
		return target{kind: lost}
	case delay == p.cfg.MaxTickOffset-1:
		return target{kind: dropped}
	}
	base := int32(k*p.words*int(p.cfg.MaxTickOffset)) + axon>>6
	return target{base: base, delay: uint16(delay), bit: uint8(axon & 63)}
}

// compile fills c; left is how many bytes it may take.
func (c *core) compile(m *image.Core, p *Program, left *uint64) error {
	c.x, c.y, c.neurons = m.X, m.Y, len(m.Neurons)
	c.blocks = (c.neurons + 63) / 64
	for _, row := range m.Connections {
		for i := len(row) - 1; i >= 0; i-- {
			if row[i] != 0 {
				c.axons = max(c.axons, i<<6+bits.Len64(row[i]))
				break
			}
		}
	}
	local := c.setTypes(m)
	size := uint64(c.axons+1)*uint64(c.blocks)*8 + uint64(len(local))*uint64(c.stride())*8 + uint64(c.stride())*48
	if size > *left {
		return errors.New("the crossbars and weights of all cores take more memory than this program allows")
	}
	*left -= size
	c.setRows(m)
	c.setWeights(m, local)
	c.setNeurons(m, p)
	return nil
}

// setTypes numbers the types that the core uses, in ascending order, and
// returns them.
func (c *core) setTypes(m *image.Core) []int {
	var local []int
	for a := range c.axons {
		local = append(local, m.Type(a))
	}
	slices.Sort(local)
	local = slices.Compact(local)
	c.types = make([]uint16, c.axons)
	c.first = make([]int32, len(local)+1)
	for a := range c.axons {
		k, _ := slices.BinarySearch(local, m.Type(a))
		c.types[a] = uint16(k)
		c.first[k+1]++
	}
	for k := range local {
		c.first[k+1] += c.first[k] + padding
	}
	return local
}

// setRows turns the crossbar over: from a row of axons for each neuron to a row
// of neurons for each axon.
func (c *core) setRows(m *image.Core) {
	c.rows = make([]uint64, (c.axons+1)*c.blocks)
	c.events = make([]int32, c.axons)
	for n, row := range m.Connections {
		for w, x := range row {
			for ; x != 0; x &= x - 1 {
				a := w<<6 + bits.TrailingZeros64(x)
				c.rows[a*c.blocks+n>>6] |= 1 << lane(n&63)
				c.events[a]++
			}
		}
	}
}

func (c *core) setWeights(m *image.Core, local []int) {
	stride := c.stride()
	c.weights = make([]int32, len(local)*stride)
	widest := int64(0)
	for k, t := range local {
		for n := range m.Neurons {
			w := m.Neurons[n].Weight(t)
			c.weights[k*stride+n] = w
			widest = max(widest, int64(w), -int64(w))
		}
	}
	if widest*int64(c.axons) > math.MaxInt32 {
		return // a lower half could run over into the upper one
	}
	c.pairs = make([]int64, (len(local)+1)/2*stride)
	for k := range local {
		for n := range stride {
			w := int64(c.weights[k*stride+n])
			if k&1 == 0 {
				w <<= 32
			}
			c.pairs[k/2*stride+n] += w
		}
	}
}

func (c *core) setNeurons(m *image.Core, p *Program) {
	n := c.stride()
	c.leak, c.pos, c.neg, c.start = make([]int32, n), make([]int32, n), make([]int32, n), make([]int32, n)
	c.leaky, c.reset, c.out = make([]uint64, c.blocks), make([]reset, n), make([]target, n)
	for i := range n {
		if i >= c.neurons {
			c.pos[i], c.neg[i] = math.MaxInt32, math.MinInt32
			continue
		}
		x := &m.Neurons[i]
		c.leak[i], c.pos[i], c.neg[i], c.start[i] = x.Leak, x.PositiveThreshold, x.NegativeThreshold, x.Potential
		if x.Leak != 0 {
			c.leaky[i>>6] |= 1 << lane(i&63)
		}
		if x.ResetMode == 0 {
			c.reset[i] = reset{0, x.ResetPotential, -x.ResetPotential}
		} else {
			c.reset[i] = reset{-1, -x.PositiveThreshold, -x.NegativeThreshold}
		}
		c.out[i] = p.resolve(m.X+x.DX, m.Y+x.DY, x.Axon, x.Delay)
	}
}
