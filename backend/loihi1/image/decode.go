package image

import (
	"fmt"

	"github.com/synfire/synfire/internal/imagefile"
)

// Decode reads the binary form. A wrong magic, version, length, order of
// sections or checksum, bytes left over, and whatever Validate finds are
// errors. It allocates no more than a small multiple of len(data).
func Decode(data []byte) (*Image, error) {
	img := &Image{}
	if err := form.Decode(data, func(tag string, r *imagefile.Reader) { reader{r}.section(tag, img) }); err != nil {
		return nil, err
	}
	if err := Validate(img); err != nil {
		return nil, fmt.Errorf("image is not valid: %w", err)
	}
	return img, nil
}

// reader takes the parts of an image off a section.
type reader struct{ *imagefile.Reader }

func (r reader) section(tag string, img *Image) {
	switch tag {
	case tagHead:
		img.Name, img.DT = r.Str(), r.F64()
	case tagNote:
		img.Notes = append(img.Notes, r.Note())
	case tagIn:
		img.Inputs = append(img.Inputs, r.input())
	case tagPop:
		img.Populations = append(img.Populations, r.population())
	case tagCore:
		img.Cores = append(img.Cores, r.core())
	}
}

func (r reader) ref() AxonRef {
	return AxonRef{Core: r.I32(), Axon: r.U16(), Atom: r.U16()}
}

func (r reader) input() Input {
	return Input{
		Name:    r.Str(),
		Shape:   imagefile.Table(r.Reader, 4, r.I32),
		Ptr:     imagefile.Table(r.Reader, 4, r.I32),
		Targets: imagefile.Table(r.Reader, 8, r.ref),
	}
}

func (r reader) population() Population {
	return Population{
		Name:    r.Str(),
		Shape:   imagefile.Table(r.Reader, 4, r.I32),
		Latency: r.I32(),
		Output:  r.Flag(),
		Scale:   r.F64(),
		VOffset: r.F64(),
		Slices: imagefile.Table(r.Reader, 16, func() Slice {
			return Slice{First: r.I32(), Count: r.I32(), Core: r.I32(), Compartment: r.I32()}
		}),
	}
}

func (r reader) core() Core {
	return Core{
		Chip:      r.I32(),
		ID:        r.I32(),
		VMinExp:   r.U8(),
		VMaxExp:   r.U8(),
		DelayBits: r.U8(),
		CxProfiles: imagefile.Table(r.Reader, 5, func() CxProfile {
			return CxProfile{DecayU: r.U16(), DecayV: r.U16(), Refract: r.U8()}
		}),
		VthProfiles: imagefile.Table(r.Reader, 4, r.U32),
		SynFmts: imagefile.Table(r.Reader, 6, func() SynFmt {
			return SynFmt{
				WgtBits: r.U8(), WgtExp: int8(r.U8()), Sign: Sign(r.U8()),
				DlyBits: r.U8(), IdxBits: r.U8(), Compression: Compression(r.U8()),
			}
		}),
		Compartments: imagefile.Table(r.Reader, 10, func() Compartment {
			return Compartment{
				CxProfile: r.U8(), VthProfile: r.U8(), BiasMant: int16(r.U16()),
				BiasExp: r.U8(), InitRef: r.U8(), InitV: r.I32(),
			}
		}),
		InAxons: imagefile.Table(r.Reader, 10, func() InAxon {
			return InAxon{Ptr: r.U32(), Len: r.U16(), Atoms: r.U16(), Base: r.U16()}
		}),
		SynMem: imagefile.Table(r.Reader, 8, r.U64),
		OutAxons: imagefile.Table(r.Reader, 10, func() OutAxon {
			return OutAxon{Src: r.U16(), AxonRef: r.ref()}
		}),
	}
}
