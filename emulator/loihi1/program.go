// Package loihi1 is the step engine of a Loihi 1-style chip. It implements the
// arithmetic and timing of specs/loihi1.md 1.3-1.5 to the bit, as three public
// emulators agree on it, with nengo-loihi's register widths where they differ.
//
// In chip step t every core first adds what is due: synapses of input spikes
// labelled t, and of spikes fired in step t-1, go to the accumulator slot of
// step t plus the synaptic delay. Then it updates its compartments:
//
//	q = wrap21(sum due)            u = wrap23(decay(u, du+1) + q)
//	v = clamp(decay(v, dv) + wrap23(u + bias), vmin, vmax)
//	v = 0 while refractory         spike if v > vth<<6, then v = 0
//
// Work follows the spikes. Compile unpacks the synapse memory once into rows of
// 4-byte synapses, ordered by delay; a spike in flight is one number that names
// the row and the base that its targets are moved by, so axons that share a
// list share the row. Weights are counted in units of 64: a 22-bit
// accumulator of multiples of 64 is then 16 bits of an int32 sum.
//
// Cores only talk through spikes in flight, which are kept by destination and by
// the worker that ran their core, double-buffered over steps. So cores can run
// in any order, in parallel, and the sums and results are the same.
package loihi1

import (
	"fmt"
	"math"

	"github.com/synfire/synfire/backend/loihi1/image"
	"github.com/synfire/synfire/emulator"
)

// Program is a chip image made ready to run. It is immutable: any number of
// states can run on it at the same time.
type Program struct {
	inputs  emulator.Inputs
	feeds   []feed // of each input
	pops    emulator.Populations
	popAt   [][]place // where the neurons of each population are, by flat index
	cores   []core
	links   []int32 // by core: the out-axons that lead to it, the most spikes in a step
	updates int64   // compartments of the chip
}

// feed is what an input port does: element i sends targets[ptr[i]:ptr[i+1]].
type feed struct {
	ptr     []int32
	targets []external
}

// external is where an input element's spike goes.
type external struct {
	core int32
	to   arrival
}

// place is a compartment of a core.
type place struct{ core, cx int32 }

// arrival is a spike in flight: row<<baseBits | base.
type arrival int32

const (
	baseBits = 10
	baseMask = 1<<baseBits - 1
	// window is how many compartments a row can reach from its base. Masking a
	// target with window-1 needs no bounds check.
	window = 1024
	// chunk is how many synapses are added at once.
	chunk = 8
)

// core is the immutable part of a core.
type core struct {
	groups []group // the rows, each a stretch of groups
	syns   []synapse
	slots  int // accumulator slots, a power of two above the largest delay
	stride int // distance of two slots in the accumulator

	runs    []run
	bias    []int32
	initV   []int32
	initRef []uint8
	biased  bool // some bias is not zero

	outPtr []int32 // compartment c sends outs[outPtr[c]:outPtr[c+1]]
	outs   []out
	in     []int32 // links that end here: one, of its own number

	pop    []int32 // population of each compartment, -1 for none
	neuron []int32 // and the neuron of it
	places int     // inputs' targets on this core: the most arrivals in a step

	chip, id int32 // where the core is
}

// reach is how far the window of a row may end beyond the last slot.
func (c *core) reach() int {
	if len(c.groups) == 0 {
		return 0
	}
	return baseMask + window
}

// group is the part of a row (an unpacked synapse list) with one delay: the
// synapses syns[lo:hi]. A row is a stretch of groups that ends with more false;
// its number is that of its first group.
type group struct {
	lo, hi int32
	events int32 // synapses, also those of weight 0, which have no entry
	delay  uint8
	more   bool
}

// synapse is target | weight<<16, the weight signed in units of 64.
type synapse int32

// out is one spike message of a compartment.
type out struct {
	link int32 // the core
	to   arrival
}

// run is a stretch of compartments lo..hi-1 with equal parameters.
type run struct {
	lo, hi       int
	keepU, keepV int64 // 4096 - effective decay
	vth          int32
	vmin, vmax   int32
	refract      uint8 // steps with v = 0 after a spike: register - 1
	// refUntil is the step from which on no compartment can be refractory.
	refUntil int
}

// Load reads a chip image, binary or JSON, and compiles it.
func Load(data []byte) (*Program, error) {
	decode := image.Decode
	if len(data) > 0 && data[0] == '{' {
		decode = image.DecodeJSON
	}
	img, err := decode(data)
	if err != nil {
		return nil, err
	}
	return compile(img)
}

// Compile makes a program of an image, or returns what Validate finds wrong.
func Compile(img *image.Image) (*Program, error) {
	if err := image.Validate(img); err != nil {
		return nil, fmt.Errorf("image is not valid: %w", err)
	}
	return compile(img)
}

// compile trusts that the image is valid.
func compile(img *image.Image) (*Program, error) {
	p := &Program{cores: make([]core, len(img.Cores))}
	rowAt := make([][]int32, len(img.Cores))
	for k := range p.cores {
		var err error
		if rowAt[k], err = p.cores[k].unpack(&img.Cores[k]); err != nil {
			return nil, fmt.Errorf("cores[%d]: %w", k, err)
		}
		p.cores[k].setCompartments(&img.Cores[k])
		p.cores[k].chip, p.cores[k].id = img.Cores[k].Chip, img.Cores[k].ID
		p.updates += int64(len(img.Cores[k].Compartments))
	}
	resolve := func(ref image.AxonRef) (arrival, bool) {
		a := img.Cores[ref.Core].InAxons[ref.Axon]
		if a.Len == 0 {
			return 0, false
		}
		r := rowAt[ref.Core][int(a.Ptr)+int(ref.Atom)*int(a.Len)]
		return arrival(r<<baseBits | int32(a.Base)), r >= 0
	}
	p.connect(img, resolve)
	p.setInputs(img, resolve)
	p.setPopulations(img)
	return p, nil
}

// setCompartments cuts the compartments into runs of equal profiles.
func (c *core) setCompartments(m *image.Core) {
	n := len(m.Compartments)
	c.bias, c.initV, c.initRef = make([]int32, n), make([]int32, n), make([]uint8, n)
	c.pop, c.neuron = make([]int32, n), make([]int32, n)
	for i, x := range m.Compartments {
		c.pop[i] = -1
		c.bias[i], c.initV[i], c.initRef[i] = int32(x.BiasMant)<<x.BiasExp, x.InitV, x.InitRef
		c.biased = c.biased || x.BiasMant != 0
		if i == 0 || x.CxProfile != m.Compartments[i-1].CxProfile || x.VthProfile != m.Compartments[i-1].VthProfile {
			c.runs = append(c.runs, newRun(m, x, i))
		}
		r := &c.runs[len(c.runs)-1]
		r.hi = i + 1
		r.refUntil = max(r.refUntil, int(x.InitRef))
	}
}

func newRun(m *image.Core, x image.Compartment, at int) run {
	p := m.CxProfiles[x.CxProfile]
	r := run{
		lo: at, keepU: 4095 - int64(p.DecayU), keepV: 4096 - int64(p.DecayV),
		vth: int32(m.VthProfiles[x.VthProfile]) << 6, vmin: m.VMin(), vmax: m.VMax(),
		refract: p.Refract - 1,
	}
	if r.refract > 0 {
		r.refUntil = math.MaxInt
	}
	return r
}
