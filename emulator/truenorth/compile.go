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
	maxProgram = 1 << 31
	maxRing    = 1 << 29
)

// Compile makes a program of an image, or returns what image.Validate finds
// wrong. A chip whose tables or schedulers would not fit the memory of a
// machine is an error too.
func Compile(img *image.Image) (*Program, error) {
	if err := image.Validate(img); err != nil {
		return nil, err
	}
	p := &Program{cfg: img.Config, bus: img.Input.OutputBus, tie: img.Config.NeuronResetType}
	p.words = (int(img.Config.NumAxons) + 63) / 64
	order := p.order(&img.Input)
	ring := uint64(len(order)) * uint64(p.words) * uint64(img.Config.MaxTickOffset) * 8
	if ring > maxRing {
		return nil, fmt.Errorf("config.json: max_tick_offset: %d words of %d axons for %d cores are %d bytes of schedulers, over the limit of %d",
			img.Config.MaxTickOffset, img.Config.NumAxons, len(order), ring, maxRing)
	}
	for i := range 2 * int(img.Config.MaxTickOffset) {
		p.slotAt = append(p.slotAt, int32(i%int(img.Config.MaxTickOffset)*p.words))
	}
	p.cores = make([]core, len(order))
	p.at = map[[2]int32]int{}
	for i, m := range order {
		p.at[[2]int32{m.X, m.Y}] = i
	}
	left := int64(maxProgram)
	for i, m := range order {
		c := &p.cores[i]
		if left -= c.prepare(m, p.cfg.NumAxons); left < 0 {
			return nil, errors.New("input.json: cores: their crossbars and weights take more memory than this program allows")
		}
		p.updates += int64(c.neurons)
		p.maxBlocks, p.maxAxons = max(p.maxBlocks, c.blocks), max(p.maxAxons, c.axons)
	}
	for i, m := range order {
		p.cores[i].compile(m, p)
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
	bit := int32(p.cores[k].number[axon])
	base := int32(k*p.words*int(p.cfg.MaxTickOffset)) + bit>>6
	return target{base: base, delay: uint16(delay), bit: uint8(bit & 63)}
}

// prepare sets the sizes of a core, numbers its axons, and returns how many
// bytes its tables will take.
func (c *core) prepare(m *image.Core, axons int32) int64 {
	c.x, c.y, c.neurons = m.X, m.Y, len(m.Neurons)
	c.blocks = (c.neurons + 63) / 64
	connected, others := split(m, int(axons))
	slices.SortFunc(connected, func(a, b int) int {
		return cmp.Or(cmp.Compare(m.Type(a), m.Type(b)), cmp.Compare(a, b))
	})
	c.axons = len(connected)
	c.number, c.types = make([]uint16, axons), make([]uint16, c.axons)
	for i, a := range connected {
		if i == 0 || m.Type(a) != m.Type(connected[i-1]) {
			c.inUse = append(c.inUse, m.Type(a))
		}
		c.number[a], c.types[i] = uint16(i), uint16(len(c.inUse)-1)
	}
	for i, a := range others {
		c.number[a] = uint16(c.axons + i)
	}
	stride := int64(c.stride())
	return int64(axons)*2 + int64(c.axons+1)*int64(c.blocks)*8 + int64(len(c.inUse)+1)*stride*8 + stride*40
}

// split returns the axons that are connected and those that are not, ascending.
func split(m *image.Core, axons int) (connected, others []int) {
	used := make([]uint64, (axons+63)/64)
	for _, row := range m.Connections {
		for i := range min(len(row), len(used)) {
			used[i] |= row[i]
		}
	}
	for a := range axons {
		if used[a>>6]>>(a&63)&1 == 1 {
			connected = append(connected, a)
		} else {
			others = append(others, a)
		}
	}
	return connected, others
}

// compile makes the tables of a core; the axons of all cores are numbered.
func (c *core) compile(m *image.Core, p *Program) {
	c.setRows(m)
	c.setWeights(m)
	c.setNeurons(m, p)
}

// setRows turns the crossbar over: from a row of axons for each neuron to a row
// of neurons for each axon.
func (c *core) setRows(m *image.Core) {
	c.rows = make([]uint64, (c.axons+1)*c.blocks)
	c.events = make([]int32, c.axons)
	for n, row := range m.Connections {
		for w, x := range row {
			for ; x != 0; x &= x - 1 {
				a := int(c.number[w<<6+bits.TrailingZeros64(x)])
				c.rows[a*c.blocks+n>>6] |= 1 << lane(n&63)
				c.events[a]++
			}
		}
	}
}

func (c *core) setWeights(m *image.Core) {
	stride := c.stride()
	c.weights = make([]int32, len(c.inUse)*stride)
	widest := int64(0)
	for k, t := range c.inUse {
		for n := range m.Neurons {
			w := m.Neurons[n].Weight(t)
			c.weights[k*stride+n] = w
			widest = max(widest, int64(w), -int64(w))
		}
	}
	if widest*int64(c.axons) > math.MaxInt32 {
		return // a lower half could run over into the upper one
	}
	c.pairs = make([]int64, (len(c.inUse)+1)/2*stride)
	for k := range c.inUse {
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
	c.leak, c.pos, c.lo, c.start = make([]int32, n), make([]int32, n), make([]int32, n), make([]int32, n)
	c.width = make([]uint32, n)
	c.leaky, c.steady, c.subtract = make([]uint64, c.blocks), make([]uint64, c.blocks), make([]uint64, c.blocks)
	c.resetTo, c.out = make([]int32, n), make([]target, n)
	for i := range n {
		if i >= c.neurons {
			c.width[i] = 1 // potential 0 is inside
			continue
		}
		x := &m.Neurons[i]
		c.leak[i], c.pos[i], c.start[i] = x.Leak, x.PositiveThreshold, x.Potential
		lo := int64(x.NegativeThreshold) + int64(p.tie)
		c.lo[i], c.width[i] = int32(lo), uint32(max(0, int64(x.PositiveThreshold)-lo))
		if x.Leak != 0 {
			c.leaky[i>>6] |= 1 << lane(i&63)
		} else {
			c.steady[i>>6] |= 1 << (i & 63)
		}
		if x.ResetMode == 0 {
			c.resetTo[i] = x.ResetPotential
		} else {
			c.subtract[i>>6] |= 1 << (i & 63)
		}
		c.out[i] = p.resolve(m.X+x.DX, m.Y+x.DY, x.Axon, x.Delay)
	}
}
