package image

import (
	"errors"
	"fmt"
	"strings"
)

// Validate returns what is wrong with an image, up to ten problems at once,
// each with its path in RANC's files, or nil. Beyond what RANC itself refuses
// it refuses what makes RANC crash or read foreign memory: destinations off the
// western or southern edge, negative indices, packets to outputs that the bus
// does not have, neurons without connections, unknown reset modes; and two
// cores at one place, of which RANC would drop one in silence.
func Validate(img *Image) error {
	p := problems{file: "config.json"}
	img.Config.validate(&p)
	if p.list != nil {
		return p.err() // the input is measured by the configuration
	}
	p.file = "input.json"
	img.Input.validate(&img.Config, &p)
	return p.err()
}

// problems collects what is wrong with a file.
type problems struct {
	file string
	list []string
	more int
}

const maxProblems = 10

// add notes a problem. The path is made of its parts only here, because most
// values are fine.
func (p *problems) add(problem, path string, args ...any) {
	if len(p.list) == maxProblems {
		p.more++
		return
	}
	p.list = append(p.list, fmt.Sprintf("%s: %s: %s", p.file, fmt.Sprintf(path, args...), problem))
}

// inside checks that lo <= x <= hi.
func (p *problems) inside(x, lo, hi int32, path string, args ...any) {
	if x < lo || x > hi {
		p.add(outside(x, lo, hi), path, args...)
	}
}

func (p *problems) err() error {
	if p.list == nil {
		return nil
	}
	text := strings.Join(p.list, "\n")
	if p.more > 0 {
		text += fmt.Sprintf("\n%s: and %d more", p.file, p.more)
	}
	return errors.New(text)
}

func outside(x, lo, hi int32) string {
	if hi < lo {
		return fmt.Sprintf("%d, but there are none", x)
	}
	return fmt.Sprintf("%d is outside %d..%d", x, lo, hi)
}

func (c *Config) validate(p *problems) {
	for _, f := range c.fields() {
		if *f.value < f.min || *f.value > f.max {
			p.add(outside(*f.value, f.min, f.max), "%s", f.name)
		}
	}
}

func (in *Input) validate(c *Config, p *problems) {
	bus := &in.OutputBus
	p.inside(bus.X, 0, c.NumCoresX-1, "output_bus.coordinates[0]")
	p.inside(bus.Y, 0, c.NumCoresY-1, "output_bus.coordinates[1]")
	p.inside(bus.NumOutputs, 0, MaxOutputs, "output_bus.num_outputs")
	in.validatePackets(c, p)
	at := map[[2]int32]int{}
	for k := range in.Cores {
		core := &in.Cores[k]
		place := [2]int32{core.X, core.Y}
		if first, ok := at[place]; ok {
			p.add(fmt.Sprintf("[%d,%d] is already the place of cores[%d]", core.X, core.Y, first), "cores[%d].coordinates", k)
		}
		at[place] = k
		in.validateCore(k, c, p)
	}
}

func (in *Input) validatePackets(c *Config, p *problems) {
	i, last := 0, int32(0)
	for k := range in.Packets {
		x := &in.Packets[k]
		if x.Tick != last {
			i = 0
		}
		if x.Tick < last || int(x.Tick) >= in.Ticks {
			p.add(fmt.Sprintf("tick %d after tick %d of %d", x.Tick, last, in.Ticks), "packets (number %d)", k)
		}
		last = x.Tick
		p.inside(x.X, 0, c.NumCoresX-1, "packets[%d][%d].destination_core[0]", x.Tick, i)
		p.inside(x.Y, 0, c.NumCoresY-1, "packets[%d][%d].destination_core[1]", x.Tick, i)
		top := c.NumAxons
		if x.X == in.OutputBus.X && x.Y == in.OutputBus.Y {
			top = min(top, in.OutputBus.NumOutputs)
		}
		p.inside(x.Axon, 0, top-1, "packets[%d][%d].destination_axon", x.Tick, i)
		p.inside(x.Delay, 0, c.MaxTickOffset-1, "packets[%d][%d].destination_tick", x.Tick, i)
		i++
	}
}

func (in *Input) validateCore(k int, c *Config, p *problems) {
	core := &in.Cores[k]
	p.inside(core.X, 0, c.NumCoresX-1, "cores[%d].coordinates[0]", k)
	p.inside(core.Y, 0, c.NumCoresY-1, "cores[%d].coordinates[1]", k)
	if n := len(core.Axons); n > int(c.NumAxons) {
		p.add(fmt.Sprintf("%d axons, num_axons is %d", n, c.NumAxons), "cores[%d].axons", k)
	}
	for a, t := range core.Axons {
		if int32(t) >= c.NumWeights {
			p.add(outside(int32(t), 0, c.NumWeights-1), "cores[%d].axons[%d]", k, a)
		}
	}
	if n := len(core.Neurons); n > int(c.NumNeurons) {
		p.add(fmt.Sprintf("%d neurons, num_neurons is %d", n, c.NumNeurons), "cores[%d].neurons", k)
	}
	if n := len(core.Connections); n != len(core.Neurons) {
		p.add(fmt.Sprintf("%d rows for %d neurons", n, len(core.Neurons)), "cores[%d].connections", k)
	}
	for n, row := range core.Connections {
		if a := lastBit(row); a >= int(c.NumAxons) {
			p.add(fmt.Sprintf("num_axons is %d", c.NumAxons), "cores[%d].connections[%d][%d]", k, n, a)
		}
	}
	for n := range core.Neurons {
		in.validateNeuron(k, n, c, p)
	}
}

// lastBit returns the highest bit that is set, or -1.
func lastBit(row []uint64) int {
	for i := len(row)*64 - 1; i >= 0; i-- {
		if row[i>>6] == 0 {
			i -= i & 63
		} else if row[i>>6]>>(i&63)&1 == 1 {
			return i
		}
	}
	return -1
}

func (in *Input) validateNeuron(k, n int, c *Config, p *problems) {
	core, bus := &in.Cores[k], &in.OutputBus
	x := &core.Neurons[n]
	if w := len(x.Weights); w > int(c.NumWeights) {
		p.add(fmt.Sprintf("%d weights, num_weights is %d", w, c.NumWeights), "cores[%d].neurons[%d].weights", k, n)
	}
	toX, toY := int64(core.X)+int64(x.DX), int64(core.Y)+int64(x.DY)
	if toX < 0 || toX >= int64(c.NumCoresX) || toY < 0 || toY >= int64(c.NumCoresY) {
		p.add(fmt.Sprintf("[%d,%d] from core [%d,%d] is core [%d,%d], off the grid of %d x %d", x.DX, x.DY, core.X, core.Y, toX, toY, c.NumCoresX, c.NumCoresY),
			"cores[%d].neurons[%d].destination_core_offset", k, n)
	}
	top := c.NumAxons
	if toX == int64(bus.X) && toY == int64(bus.Y) {
		top = bus.NumOutputs
	}
	p.inside(x.Axon, 0, top-1, "cores[%d].neurons[%d].destination_axon", k, n)
	p.inside(x.Delay, 0, c.MaxTickOffset-1, "cores[%d].neurons[%d].destination_tick", k, n)
	p.inside(x.ResetMode, 0, 1, "cores[%d].neurons[%d].reset_mode", k, n)
}
