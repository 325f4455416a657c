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
	imagefile.Sections(w.Writer, tagNote, img.Notes, w.Note)
	imagefile.Sections(w.Writer, tagIn, img.Inputs, w.input)
	imagefile.Sections(w.Writer, tagPop, img.Populations, w.population)
	imagefile.Sections(w.Writer, tagCore, img.Cores, w.core)
	return w.Finish()
}

// writer appends the parts of an image.
type writer struct{ *imagefile.Writer }

func (w writer) ref(r AxonRef) {
	w.I32(r.Core)
	w.U16(r.Axon)
	w.U16(r.Atom)
}

func (w writer) input(in *Input) {
	w.Str(in.Name)
	imagefile.PutTable(w.Writer, in.Shape, w.I32)
	imagefile.PutTable(w.Writer, in.Ptr, w.I32)
	imagefile.PutTable(w.Writer, in.Targets, w.ref)
}

func (w writer) population(p *Population) {
	w.Str(p.Name)
	imagefile.PutTable(w.Writer, p.Shape, w.I32)
	w.I32(p.Latency)
	w.Flag(p.Output)
	w.F64(p.Scale)
	w.F64(p.VOffset)
	imagefile.PutTable(w.Writer, p.Slices, func(s Slice) {
		w.I32(s.First)
		w.I32(s.Count)
		w.I32(s.Core)
		w.I32(s.Compartment)
	})
}

func (w writer) core(c *Core) {
	w.I32(c.Chip)
	w.I32(c.ID)
	w.U8(c.VMinExp)
	w.U8(c.VMaxExp)
	w.U8(c.DelayBits)
	imagefile.PutTable(w.Writer, c.CxProfiles, func(p CxProfile) {
		w.U16(p.DecayU)
		w.U16(p.DecayV)
		w.U8(p.Refract)
	})
	imagefile.PutTable(w.Writer, c.VthProfiles, w.U32)
	imagefile.PutTable(w.Writer, c.SynFmts, func(f SynFmt) {
		w.U8(f.WgtBits, uint8(f.WgtExp), uint8(f.Sign), f.DlyBits, f.IdxBits, uint8(f.Compression))
	})
	imagefile.PutTable(w.Writer, c.Compartments, func(x Compartment) {
		w.U8(x.CxProfile, x.VthProfile)
		w.U16(uint16(x.BiasMant))
		w.U8(x.BiasExp, x.InitRef)
		w.I32(x.InitV)
	})
	imagefile.PutTable(w.Writer, c.InAxons, func(a InAxon) {
		w.U32(a.Ptr)
		w.U16(a.Len)
		w.U16(a.Atoms)
		w.U16(a.Base)
	})
	imagefile.PutTable(w.Writer, c.SynMem, w.U64)
	imagefile.PutTable(w.Writer, c.OutAxons, func(o OutAxon) {
		w.U16(o.Src)
		w.ref(o.AxonRef)
	})
}
