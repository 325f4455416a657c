package image

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
)

// The binary form is: magic, version byte, sections, CRC-32 (IEEE) of all
// before it. A section is a 4-byte tag, the length of its payload as uint32,
// and the payload. All numbers are little-endian. docs/formats.md has the
// layout of each payload.
const (
	magic   = "SNFLOIH1"
	version = 1
)

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
	w := &writer{b: append([]byte(magic), version)}
	w.section(tagHead, func() {
		w.str(img.Name)
		w.f64(img.DT)
	})
	for _, n := range img.Notes {
		w.section(tagNote, func() {
			w.str(n.Key)
			w.str(n.Value)
		})
	}
	for i := range img.Inputs {
		w.section(tagIn, func() { w.input(&img.Inputs[i]) })
	}
	for i := range img.Populations {
		w.section(tagPop, func() { w.population(&img.Populations[i]) })
	}
	for i := range img.Cores {
		w.section(tagCore, func() { w.core(&img.Cores[i]) })
	}
	if w.err != nil {
		return nil, w.err
	}
	return binary.LittleEndian.AppendUint32(w.b, crc32.ChecksumIEEE(w.b)), nil
}

// writer appends numbers; the first error stays.
type writer struct {
	b   []byte
	err error
}

func (w *writer) u8(v uint8)   { w.b = append(w.b, v) }
func (w *writer) u16(v uint16) { w.b = binary.LittleEndian.AppendUint16(w.b, v) }
func (w *writer) u32(v uint32) { w.b = binary.LittleEndian.AppendUint32(w.b, v) }
func (w *writer) u64(v uint64) { w.b = binary.LittleEndian.AppendUint64(w.b, v) }
func (w *writer) f64(v float64) {
	w.u64(math.Float64bits(v))
}

func (w *writer) str(s string) {
	w.u32(uint32(len(s)))
	w.b = append(w.b, s...)
}

func (w *writer) i32s(v []int32) {
	w.u32(uint32(len(v)))
	for _, x := range v {
		w.u32(uint32(x))
	}
}

func (w *writer) section(tag string, payload func()) {
	w.b = append(w.b, tag...)
	at := len(w.b)
	w.u32(0)
	payload()
	n := len(w.b) - at - 4
	if n > math.MaxUint32 && w.err == nil {
		w.err = fmt.Errorf("section %s of %d bytes is over 4 GiB", tag, n)
	}
	binary.LittleEndian.PutUint32(w.b[at:], uint32(n))
}

func (w *writer) ref(r AxonRef) {
	w.u32(uint32(r.Core))
	w.u16(r.Axon)
	w.u16(r.Atom)
}

func (w *writer) input(in *Input) {
	w.str(in.Name)
	w.i32s(in.Shape)
	w.i32s(in.Ptr)
	w.u32(uint32(len(in.Targets)))
	for _, t := range in.Targets {
		w.ref(t)
	}
}

func (w *writer) population(p *Population) {
	w.str(p.Name)
	w.i32s(p.Shape)
	w.u32(uint32(p.Latency))
	w.flag(p.Output)
	w.f64(p.Scale)
	w.f64(p.VOffset)
	w.u32(uint32(len(p.Slices)))
	for _, s := range p.Slices {
		w.u32(uint32(s.First))
		w.u32(uint32(s.Count))
		w.u32(uint32(s.Core))
		w.u32(uint32(s.Compartment))
	}
}

func (w *writer) flag(b bool) {
	if b {
		w.u8(1)
	} else {
		w.u8(0)
	}
}

func (w *writer) core(c *Core) {
	w.u32(uint32(c.Chip))
	w.u32(uint32(c.ID))
	w.u8(c.VMinExp)
	w.u8(c.VMaxExp)
	w.u8(c.DelayBits)
	w.u32(uint32(len(c.CxProfiles)))
	for _, p := range c.CxProfiles {
		w.u16(p.DecayU)
		w.u16(p.DecayV)
		w.u8(p.Refract)
	}
	w.u32(uint32(len(c.VthProfiles)))
	for _, v := range c.VthProfiles {
		w.u32(v)
	}
	w.u32(uint32(len(c.SynFmts)))
	for _, f := range c.SynFmts {
		w.b = append(w.b, f.WgtBits, uint8(f.WgtExp), uint8(f.Sign), f.DlyBits, f.IdxBits, uint8(f.Compression))
	}
	w.u32(uint32(len(c.Compartments)))
	for _, x := range c.Compartments {
		w.b = append(w.b, x.CxProfile, x.VthProfile)
		w.u16(uint16(x.BiasMant))
		w.b = append(w.b, x.BiasExp, x.InitRef)
		w.u32(uint32(x.InitV))
	}
	w.u32(uint32(len(c.InAxons)))
	for _, a := range c.InAxons {
		w.u32(a.Ptr)
		w.u16(a.Len)
		w.u16(a.Atoms)
		w.u16(a.Base)
	}
	w.u32(uint32(len(c.SynMem)))
	for _, x := range c.SynMem {
		w.u64(x)
	}
	w.u32(uint32(len(c.OutAxons)))
	for _, o := range c.OutAxons {
		w.u16(o.Src)
		w.ref(o.AxonRef)
	}
}
