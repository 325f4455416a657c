package loihi1_test

import (
	"math/bits"
	"slices"
	"testing"

	"github.com/synfire/synfire/backend/loihi1/image"
)

// builder maps the groups of a golden trace to cores, a new core for each
// group and after every width compartments.
type builder struct {
	t     testing.TB
	img   *image.Image
	place map[string][]image.Slice // of each neuron of a group
	lists map[source]map[int32][]image.Synapse

	idxBits, dlyBits uint8 // as many as needed
}

type source struct {
	name   string
	neuron int
}

// build returns the binary image of a golden trace.
func build(t testing.TB, net *trace, width int) []byte {
	b := &builder{t: t, img: &image.Image{Name: "golden"}, place: map[string][]image.Slice{}, lists: map[source]map[int32][]image.Synapse{}}
	delay := 0
	for _, p := range net.Projections {
		delay = max(delay, p.Delay)
	}
	delayBits := uint8(max(3, bits.Len(uint(delay+1))))
	b.idxBits, b.dlyBits = uint8(max(6, bits.Len(uint(width-1)))), uint8(bits.Len(uint(delay)))
	for _, name := range sortedKeys(net.Groups) {
		b.group(name, net.Groups[name], min(width, 8192>>delayBits), delayBits)
	}
	for _, p := range net.Projections {
		b.projection(p)
	}
	for _, name := range sortedKeys(net.Inputs) {
		b.input(name, net.Inputs[name].N)
	}
	for _, name := range sortedKeys(net.Groups) {
		for i, at := range b.place[name] {
			for _, ref := range b.axons(source{name, i}) {
				c := &b.img.Cores[at.Core]
				c.OutAxons = append(c.OutAxons, image.OutAxon{Src: uint16(at.Compartment), AxonRef: ref})
			}
		}
	}
	data, err := image.Encode(b.img)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (b *builder) group(name string, g group, width int, delayBits uint8) {
	pop := image.Population{Name: name, Shape: []int32{int32(g.N)}, Scale: 1}
	var c *image.Core
	for i := range g.N {
		x := image.CxProfile{DecayU: uint16(g.DecayU.of(i)), DecayV: uint16(g.DecayV.of(i)), Refract: uint8(g.Refract.of(i))}
		vth := uint32(g.VthMant.of(i))
		full := c == nil || len(c.Compartments) == width ||
			len(c.CxProfiles) == 32 && !slices.Contains(c.CxProfiles, x) ||
			len(c.VthProfiles) == 8 && !slices.Contains(c.VthProfiles, vth)
		if full {
			b.img.Cores = append(b.img.Cores, image.Core{
				ID: int32(len(b.img.Cores)), DelayBits: delayBits,
				VMinExp: uint8(bits.Len(uint(-g.VMin))), VMaxExp: uint8((bits.Len(uint(g.VMax)) - 9) / 2),
			})
			c = &b.img.Cores[len(b.img.Cores)-1]
		}
		at := image.Slice{First: int32(i), Count: 1, Core: int32(len(b.img.Cores) - 1), Compartment: int32(len(c.Compartments))}
		pop.Slices = append(pop.Slices, at)
		c.Compartments = append(c.Compartments, image.Compartment{
			CxProfile: intern(&c.CxProfiles, x), VthProfile: intern(&c.VthProfiles, vth),
			BiasMant: int16(g.BiasMant.of(i)), BiasExp: uint8(g.BiasExp.of(i)),
		})
	}
	if n := len(pop.Slices); n > 0 && (c.VMin() != int32(g.VMin) || c.VMax() != int32(g.VMax)) {
		b.t.Fatalf("group %s: limits %d, %d are not of the chip", name, g.VMin, g.VMax)
	}
	b.place[name] = pop.Slices
	b.img.Populations = append(b.img.Populations, pop)
}

// intern returns the index of x in a table, which it appends if it is new.
func intern[T comparable](table *[]T, x T) uint8 {
	i := slices.Index(*table, x)
	if i < 0 {
		i = len(*table)
		*table = append(*table, x)
	}
	return uint8(i)
}

func (b *builder) projection(p projection) {
	f := image.SynFmt{WgtBits: uint8(p.Bits), WgtExp: int8(p.Exp), DlyBits: b.dlyBits, IdxBits: b.idxBits}
	f.Sign = map[string]image.Sign{"mixed": image.Mixed, "excitatory": image.Excitatory, "inhibitory": image.Inhibitory}[p.Sign]
	for _, s := range p.Syn {
		m, f := truncate(s[2], f), f
		if f.WgtBits == 7 { // not encodable; 8 bits hold all of its grid
			f.WgtBits = 8
		}
		if m == -256 { // in no magnitude of 8 bits, but on the grid of 8 mixed ones
			f.WgtBits, f.Sign = 8, image.Mixed
		}
		at := b.place[p.Post][s[1]]
		src := source{p.Pre, s[0]}
		if b.lists[src] == nil {
			b.lists[src] = map[int32][]image.Synapse{}
		}
		b.lists[src][at.Core] = append(b.lists[src][at.Core], image.Synapse{
			Target: uint16(at.Compartment), Mantissa: int16(m), Delay: uint8(p.Delay),
			Fmt: intern(&b.img.Cores[at.Core].SynFmts, f),
		})
	}
}

// truncate cuts the magnitude of a weight to the grid (specs/loihi1.md 1.5).
func truncate(m int, f image.SynFmt) int {
	k := f.Shift()
	if m < 0 {
		return -(-m >> k << k)
	}
	return m >> k << k
}

// axons packs the lists of a source into the cores that it reaches.
func (b *builder) axons(src source) []image.AxonRef {
	var refs []image.AxonRef
	for k := range b.img.Cores {
		syns := b.lists[src][int32(k)]
		if len(syns) == 0 {
			continue
		}
		c := &b.img.Cores[k]
		words, err := image.PackAxon(c.SynFmts, 0, syns)
		if err != nil {
			b.t.Fatal(err)
		}
		refs = append(refs, image.AxonRef{Core: int32(k), Axon: uint16(len(c.InAxons))})
		c.InAxons = append(c.InAxons, image.InAxon{Ptr: uint32(len(c.SynMem)), Len: uint16(len(words)), Atoms: 1})
		c.SynMem = append(c.SynMem, words...)
	}
	return refs
}

func (b *builder) input(name string, n int) {
	in := image.Input{Name: name, Shape: []int32{int32(n)}, Ptr: []int32{0}}
	for i := range n {
		in.Targets = append(in.Targets, b.axons(source{name, i})...)
		in.Ptr = append(in.Ptr, int32(len(in.Targets)))
	}
	b.img.Inputs = append(b.img.Inputs, in)
}
