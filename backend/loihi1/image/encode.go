package image

import (
	"fmt"

	"github.com/synfire/synfire/internal/imagefile"
)

// version is that of both forms.
const version = 1

// form is the binary form.
var form = imagefile.Format{
	Name: "loihi1", Magic: "SNFLOIH1", Version: version,
	Tags: []string{tagHead, tagNote, tagIn, tagPop, tagCore}, Single: 1,
}

// The sections, in the order in which they must appear.
const (
	tagHead = "HEAD" // once
	tagNote = "NOTE" // any number, like the rest
	tagIn   = "INPT"
	tagPop  = "POPU"
	tagCore = "CORE"
)

// Encode returns the binary form of a valid image, the same bytes for the same
// image.
func Encode(img *Image) ([]byte, error) {
	if err := Validate(img); err != nil {
		return nil, fmt.Errorf("image is not valid: %w", err)
	}
	w := writer{form.Writer()}
	w.Section(tagHead, func() {
		w.Str(img.Name)
		w.F64(img.DT)
	})
	for _, n := range img.Notes {
		w.Section(tagNote, func() {
			w.Str(n.Key)
			w.Str(n.Value)
		})
	}
	for i := range img.Inputs {
		w.Section(tagIn, func() { w.input(&img.Inputs[i]) })
	}
	for i := range img.Populations {
		w.Section(tagPop, func() { w.population(&img.Populations[i]) })
	}
	for i := range img.Cores {
		w.Section(tagCore, func() { w.core(&img.Cores[i]) })
	}
	return w.Finish()
}

// writer appends the parts of an image.
type writer struct{ *imagefile.Writer }

func (w writer) ref(r AxonRef) {
	w.U32(uint32(r.Core))
	w.U16(r.Axon)
	w.U16(r.Atom)
}

func (w writer) input(in *Input) {
	w.Str(in.Name)
	w.I32s(in.Shape)
	w.I32s(in.Ptr)
	w.Len(len(in.Targets))
	for _, t := range in.Targets {
		w.ref(t)
	}
}

func (w writer) population(p *Population) {
	w.Str(p.Name)
	w.I32s(p.Shape)
	w.U32(uint32(p.Latency))
	w.Flag(p.Output)
	w.F64(p.Scale)
	w.F64(p.VOffset)
	w.Len(len(p.Slices))
	for _, s := range p.Slices {
		w.U32(uint32(s.First))
		w.U32(uint32(s.Count))
		w.U32(uint32(s.Core))
		w.U32(uint32(s.Compartment))
	}
}

func (w writer) core(c *Core) {
	w.U32(uint32(c.Chip))
	w.U32(uint32(c.ID))
	w.U8(c.VMinExp)
	w.U8(c.VMaxExp)
	w.U8(c.DelayBits)
	w.Len(len(c.CxProfiles))
	for _, p := range c.CxProfiles {
		w.U16(p.DecayU)
		w.U16(p.DecayV)
		w.U8(p.Refract)
	}
	w.Len(len(c.VthProfiles))
	for _, v := range c.VthProfiles {
		w.U32(v)
	}
	w.Len(len(c.SynFmts))
	for _, f := range c.SynFmts {
		w.U8(f.WgtBits, uint8(f.WgtExp), uint8(f.Sign), f.DlyBits, f.IdxBits, uint8(f.Compression))
	}
	w.Len(len(c.Compartments))
	for _, x := range c.Compartments {
		w.U8(x.CxProfile, x.VthProfile)
		w.U16(uint16(x.BiasMant))
		w.U8(x.BiasExp, x.InitRef)
		w.U32(uint32(x.InitV))
	}
	w.Len(len(c.InAxons))
	for _, a := range c.InAxons {
		w.U32(a.Ptr)
		w.U16(a.Len)
		w.U16(a.Atoms)
		w.U16(a.Base)
	}
	w.Len(len(c.SynMem))
	for _, x := range c.SynMem {
		w.U64(x)
	}
	w.Len(len(c.OutAxons))
	for _, o := range c.OutAxons {
		w.U16(o.Src)
		w.ref(o.AxonRef)
	}
}
