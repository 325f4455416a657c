package spinnaker1

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/fixed"
)

// Compile makes a program of an image, or returns what image.Validate or the
// routes of its packets have wrong.
func Compile(img *image.Image) (*Program, error) {
	if err := image.Validate(img); err != nil {
		return nil, fmt.Errorf("image is not valid: %w", err)
	}
	return compile(img)
}

// compile compiles a valid image.
func compile(img *image.Image) (*Program, error) {
	mesh, err := image.NewMesh(&img.Machine)
	if err != nil {
		return nil, err
	}
	p := &Program{mesh: mesh, period: img.TimerPeriod, colour: 1<<img.ColourBits - 1, cores: make([]core, len(img.Cores))}
	for i := range img.Cores {
		p.cores[i].set(&img.Cores[i])
		if !p.cores[i].source {
			p.neurons += int64(p.cores[i].n)
		}
	}
	p.setPorts(img)
	if err := p.connect(img); err != nil {
		return nil, err
	}
	return p, nil
}

// set takes over what a core has of its own.
func (c *core) set(m *image.Core) {
	c.at = image.CoreAt{X: m.X, Y: m.Y, P: m.P}
	c.source, c.n, c.sends = m.Model == image.Source, m.Size(), len(m.Keys) > 0
	c.pop, c.number = slices.Repeat([]int32{-1}, c.n), make([]int32, c.n)
	if c.source {
		return
	}
	c.shifts, c.substeps, c.delta = m.Shifts, int(m.Substeps), m.Model == image.CurrDelta
	c.bits.neuron, c.bits.delay = int(m.LogNeurons), int(m.LogDelay)
	c.dropLate, c.queue = m.DropLate, int(m.SpikeBuffer)
	for i := range m.Neurons {
		n := &m.Neurons[i]
		c.start = append(c.start, fixed.State{V: n.VInit, Exc: n.InitExc, Inh: n.InitInh, Refract: n.RefractInit})
		r := newRun(n, m, i)
		if k := len(c.runs) - 1; k >= 0 && c.runs[k].lif == r.lif && c.runs[k].exc == r.exc && c.runs[k].inh == r.inh {
			c.runs[k].hi = i + 1
		} else {
			c.runs = append(c.runs, r)
		}
	}
}

// newRun returns a run of one neuron.
func newRun(n *image.Neuron, m *image.Core, i int) run {
	sub := int32(m.Substeps)
	r := run{lo: i, hi: i + 1, lif: fixed.NewLIF(&fixed.LIFParams{
		VRest: n.VRest, VReset: n.VReset, Threshold: n.Threshold, C: n.C, TauM: n.TauM,
		Offset: n.Offset, Refractory: n.Refractory, Step: n.Step,
	}, sub)}
	if m.Model == image.CurrExp {
		r.exc = fixed.NewSynapse(&fixed.SynapseParams{Tau: n.TauExc, Step: n.Step}, sub)
		r.inh = fixed.NewSynapse(&fixed.SynapseParams{Tau: n.TauInh, Step: n.Step}, sub)
	}
	return r
}

// setPorts takes over the names of what cores hold.
func (p *Program) setPorts(img *image.Image) {
	for i := range img.Inputs {
		in := &img.Inputs[i]
		at := places(in.Slices)
		p.inputs = append(p.inputs, emulator.Input{Name: in.Name, N: len(at)})
		p.inputAt = append(p.inputAt, at)
	}
	for i := range img.Populations {
		x := &img.Populations[i]
		all := places(x.Slices)
		for k, at := range all {
			p.cores[at.core].pop[at.neuron], p.cores[at.core].number[at.neuron] = int32(i), int32(k)
		}
		p.pops = append(p.pops, emulator.Population{Name: x.Name, N: len(all), Latency: int(x.Latency)})
		p.popAt = append(p.popAt, all)
	}
}

func places(list []image.Slice) []place {
	var at []place
	for _, s := range list {
		for i := range s.Count {
			at = append(at, place{s.Core, s.Neuron + i})
		}
	}
	return at
}

// connect follows all keys and makes a link of each pair of cores that they
// connect.
func (p *Program) connect(img *image.Image) (err error) {
	f := newFollower(img, p.mesh)
	p.routes = make([]route, len(img.Cores))
	a := newAudit(img)
	for s := range img.Cores {
		if p.routes[s], err = f.route(&img.Cores[s]); err != nil {
			return err
		}
		for k := range p.routes[s].classes {
			if err := a.tree(s, &p.routes[s].classes[k]); err != nil {
				return err
			}
		}
	}
	a.missing(p.routes)
	if err := a.err(); err != nil {
		return err
	}
	for t := range a.joints {
		if err := p.cores[t].unpack(&img.Cores[t], a.joints[t]); err != nil {
			return err
		}
	}
	p.number()
	return nil
}

// number tells the ends of all trees which link of their core they are.
func (p *Program) number() {
	for s := range p.routes {
		for k := range p.routes[s].classes {
			ends := p.routes[s].classes[k].ends
			for i := range ends {
				in := p.cores[ends[i].core].in
				n, _ := slices.BinarySearchFunc(in, int32(s), func(l link, from int32) int { return cmp.Compare(l.from, from) })
				ends[i].in = int32(n)
			}
		}
	}
}

// unpack copies the rows that joints name, and makes links that point at them.
func (c *core) unpack(m *image.Core, joints []joint) error {
	blocks, _ := m.Blocks() // of a valid image
	for _, j := range joints {
		l := link{from: j.from, ptr: make([]int32, 1, len(j.rows)+1), rows: make([]uint16, len(j.rows))}
		l.ptr[0] = int32(len(c.words))
		for i, at := range j.rows {
			if at.entry != noEntry {
				e := &m.Populations[at.entry]
				l.rows[i] = e.Count
				for _, b := range blocks[e.Start:][:e.Count] {
					c.words = append(c.words, m.Row(b, int(at.row))...)
				}
			}
			if len(c.words) > math.MaxInt32 {
				return errors.New("a core has more synapses than this program allows")
			}
			l.ptr = append(l.ptr, int32(len(c.words)))
		}
		c.in = append(c.in, l)
	}
	return nil
}
