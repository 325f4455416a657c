package image

import (
	"fmt"

	"github.com/synfire/synfire/internal/imagefile"
)

// The sections of the container.
const (
	tagHead    = "HEAD"
	tagMachine = "MACH"
	tagNote    = "NOTE" // any number, like the rest
	tagIn      = "INPT"
	tagPop     = "POPU"
	tagChip    = "CHIP"
	tagCore    = "CORE"
)

// Magic is how an encoded image starts.
const Magic = "SNFSPIN1"

// form is the container.
var form = imagefile.Format{
	Name: "spinnaker1", Magic: Magic, Version: 1,
	Tags: []string{tagHead, tagMachine, tagNote, tagIn, tagPop, tagChip, tagCore}, Single: 2,
}

// Encode returns the bytes of a valid image, the same for the same image.
func Encode(img *Image) ([]byte, error) {
	if err := Validate(img); err != nil {
		return nil, fmt.Errorf("image is not valid: %w", err)
	}
	w := writer{form.Writer()}
	w.Section(tagHead, func() {
		w.Str(img.Name)
		w.F64(img.DT)
		w.U32(img.TimerPeriod)
		w.U8(img.ColourBits)
	})
	w.Section(tagMachine, func() { w.machine(&img.Machine) })
	imagefile.Sections(w.Writer, tagNote, img.Notes, w.Note)
	imagefile.Sections(w.Writer, tagIn, img.Inputs, w.input)
	imagefile.Sections(w.Writer, tagPop, img.Populations, w.population)
	imagefile.Sections(w.Writer, tagChip, img.Chips, w.chip)
	var next allocator
	imagefile.Sections(w.Writer, tagCore, img.Cores, func(c *Core) {
		w.U8(c.X, c.Y, c.P, uint8(c.Model))
		w.U8(img.Block(c, next.place(c))...)
	})
	return w.Finish()
}

// allocator places the blocks of cores, in their order, in the SDRAM of their
// chips: each behind the one before and the words of the allocator.
type allocator struct {
	chip ChipAt
	free int64 // from sdramBase on
}

// place returns the address of the next core's block.
func (a *allocator) place(c *Core) uint32 {
	base := a.base(c)
	a.free += c.Bytes()
	return base
}

// base returns the address of the next block, if it is on the chip of c.
func (a *allocator) base(c *Core) uint32 {
	if chip := (ChipAt{c.X, c.Y}); chip != a.chip {
		a.chip, a.free = chip, 0
	}
	return uint32(sdramBase + a.free + MallocBytes)
}

// Addresses returns where the block of each core begins.
func Addresses(img *Image) []uint32 {
	var next allocator
	out := make([]uint32, len(img.Cores))
	for i := range img.Cores {
		out[i] = next.place(&img.Cores[i])
	}
	return out
}

// writer appends the parts of an image.
type writer struct{ *imagefile.Writer }

func (w writer) machine(m *Machine) {
	w.I32(m.Board)
	w.I32(m.Width)
	w.I32(m.Height)
	imagefile.PutTable(w.Writer, m.DeadChips, func(d ChipAt) { w.U8(d.X, d.Y) })
	imagefile.PutTable(w.Writer, m.DeadLinks, func(d LinkAt) { w.U8(d.X, d.Y, d.Link) })
	imagefile.PutTable(w.Writer, m.DeadCores, func(d CoreAt) { w.U8(d.X, d.Y, d.P) })
}

func (w writer) slices(s []Slice) {
	imagefile.PutTable(w.Writer, s, func(x Slice) {
		w.I32(x.First)
		w.I32(x.Count)
		w.I32(x.Core)
		w.I32(x.Neuron)
	})
}

func (w writer) input(in *Input) {
	w.Str(in.Name)
	imagefile.PutTable(w.Writer, in.Shape, w.I32)
	w.slices(in.Slices)
}

func (w writer) population(p *Population) {
	w.Str(p.Name)
	imagefile.PutTable(w.Writer, p.Shape, w.I32)
	w.I32(p.Latency)
	w.Flag(p.Output)
	w.F64(p.Scale)
	w.F64(p.VOffset)
	w.slices(p.Slices)
}

func (w writer) chip(c *Chip) {
	w.U8(c.X, c.Y)
	imagefile.PutTable(w.Writer, c.Entries, func(e Entry) {
		w.U32(e.Key)
		w.U32(e.Mask)
		w.U32(e.Route)
	})
}
