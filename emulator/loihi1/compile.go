package loihi1

import (
	"fmt"

	"github.com/synfire/synfire/backend/loihi1/image"
	"github.com/synfire/synfire/emulator"
)

// unpack makes a row of each synapse list and returns, for the first word of
// each, the number of its row, or -1 if there is none or it is empty.
func (c *core) unpack(m *image.Core) ([]int32, error) {
	rowAt := make([]int32, len(m.SynMem))
	for i := range rowAt {
		rowAt[i] = -1
	}
	longest := 0
	for i, a := range m.InAxons {
		for k := range int(a.Atoms) {
			lo := int(a.Ptr) + k*int(a.Len)
			if a.Len == 0 || rowAt[lo] >= 0 {
				continue
			}
			syns, err := image.UnpackList(m.SynFmts, m.SynMem[lo:lo+int(a.Len)])
			if err != nil {
				return nil, fmt.Errorf("in_axons[%d]: %w", i, err)
			}
			if len(syns) > 0 {
				rowAt[lo] = int32(len(c.groups))
				longest = max(longest, c.addRow(m.SynFmts, syns))
			}
		}
	}
	c.slots = 1
	for c.slots <= longest {
		c.slots *= 2
	}
	c.stride = (len(m.Compartments) + 15) &^ 15 // whole cache lines
	return rowAt, nil
}

// addRow appends the synapses of a list, ordered by delay, and returns the
// largest delay. A weight of zero adds nothing to any sum, so it gets no entry.
func (c *core) addRow(fmts []image.SynFmt, syns []image.Synapse) int {
	var count [64]int32
	for _, s := range syns {
		count[s.Delay&63]++
	}
	longest := 0
	for d, n := range count {
		if n == 0 {
			continue
		}
		g := group{lo: int32(len(c.syns)), events: n, delay: uint8(d), more: true}
		for _, s := range syns {
			if act := fmts[s.Fmt].Act64(int(s.Mantissa)); act != 0 && int(s.Delay) == d {
				c.syns = append(c.syns, synapse(int32(act)<<16|int32(s.Target)))
			}
		}
		c.pad(int(g.lo))
		g.hi = int32(len(c.syns))
		c.groups = append(c.groups, g)
		longest = d
	}
	c.groups[len(c.groups)-1].more = false
	return longest
}

// pad fills the synapses from lo on up to a whole chunk with weights of zero.
// They take the targets of the first ones, which are different addresses: eight
// additions to one address would have to wait for each other.
func (c *core) pad(lo int) {
	for k := lo; (len(c.syns)-lo)%chunk != 0; k++ {
		c.syns = append(c.syns, c.syns[k]&(window-1))
	}
}

// connect turns out-axons into messages to cores.
func (p *Program) connect(img *image.Image, resolve func(image.AxonRef) (arrival, bool)) {
	p.links = make([]int32, len(p.cores))
	for k := range p.cores {
		c, m := &p.cores[k], &img.Cores[k]
		c.in = []int32{int32(k)}
		c.outPtr = make([]int32, len(m.Compartments)+1)
		for _, o := range m.OutAxons {
			if to, ok := resolve(o.AxonRef); ok {
				p.links[o.Core]++
				c.outs = append(c.outs, out{o.Core, to})
				c.outPtr[o.Src+1]++
			}
		}
		for i := range m.Compartments {
			c.outPtr[i+1] += c.outPtr[i]
		}
	}
}

func (p *Program) setInputs(img *image.Image, resolve func(image.AxonRef) (arrival, bool)) {
	for _, in := range img.Inputs {
		x := feed{ptr: make([]int32, len(in.Ptr))}
		for i := range len(in.Ptr) - 1 {
			for _, ref := range in.Targets[in.Ptr[i]:in.Ptr[i+1]] {
				if to, ok := resolve(ref); ok {
					x.targets = append(x.targets, external{ref.Core, to})
					p.cores[ref.Core].places++
				}
			}
			x.ptr[i+1] = int32(len(x.targets))
		}
		p.inputs = append(p.inputs, emulator.Input{Name: in.Name, N: len(in.Ptr) - 1})
		p.feeds = append(p.feeds, x)
	}
}

func (p *Program) setPopulations(img *image.Image) {
	for i, m := range img.Populations {
		var at []place
		for _, s := range m.Slices {
			c := &p.cores[s.Core]
			for k := range s.Count {
				c.pop[s.Compartment+k], c.neuron[s.Compartment+k] = int32(i), s.First+k
				at = append(at, place{s.Core, s.Compartment + k})
			}
		}
		p.pops = append(p.pops, emulator.Population{Name: m.Name, N: len(at), Latency: int(m.Latency)})
		p.popAt = append(p.popAt, at)
	}
}
