package image

import (
	"fmt"

	"github.com/synfire/synfire/internal/imagefile"
)

// Decode reads what Encode writes. A wrong magic, version, length, order of
// sections or checksum, bytes left over, words that Encode would write
// otherwise, and whatever Validate finds are errors. It allocates no more than
// a small multiple of len(data).
func Decode(data []byte) (*Image, error) {
	img := &Image{}
	var next allocator
	err := form.Decode(data, func(tag string, r *imagefile.Reader) {
		if tag == tagCore {
			reader{r}.core(img, &next)
			return
		}
		reader{r}.section(tag, img)
	})
	if err != nil {
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
		img.Name, img.DT, img.TimerPeriod, img.ColourBits = r.Str(), r.F64(), r.U32(), r.U8()
	case tagMachine:
		img.Machine = r.machine()
	case tagNote:
		img.Notes = append(img.Notes, r.Note())
	case tagIn:
		img.Inputs = append(img.Inputs, Input{Name: r.Str(), Shape: r.shape(), Slices: r.slices()})
	case tagPop:
		img.Populations = append(img.Populations, Population{
			Name: r.Str(), Shape: r.shape(), Latency: r.I32(), Output: r.Flag(),
			Scale: r.F64(), VOffset: r.F64(), Slices: r.slices(),
		})
	case tagChip:
		img.Chips = append(img.Chips, Chip{X: r.U8(), Y: r.U8(), Entries: imagefile.Table(r.Reader, 12, func() Entry {
			return Entry{Key: r.U32(), Mask: r.U32(), Route: r.U32()}
		})})
	}
}

func (r reader) machine() Machine {
	return Machine{
		Board: r.I32(), Width: r.I32(), Height: r.I32(),
		DeadChips: imagefile.Table(r.Reader, 2, func() ChipAt { return ChipAt{r.U8(), r.U8()} }),
		DeadLinks: imagefile.Table(r.Reader, 3, func() LinkAt { return LinkAt{r.U8(), r.U8(), r.U8()} }),
		DeadCores: imagefile.Table(r.Reader, 3, func() CoreAt { return CoreAt{r.U8(), r.U8(), r.U8()} }),
	}
}

func (r reader) shape() []int32 { return imagefile.Table(r.Reader, 4, r.I32) }

func (r reader) slices() []Slice {
	return imagefile.Table(r.Reader, 16, func() Slice {
		return Slice{First: r.I32(), Count: r.I32(), Core: r.I32(), Neuron: r.I32()}
	})
}

func (r reader) core(img *Image, next *allocator) {
	c := Core{X: r.U8(), Y: r.U8(), P: r.U8(), Model: Model(r.U8())}
	data := r.Bytes(r.Left())
	if r.Err() != nil {
		return
	}
	if err := img.readBlock(&c, next.base(&c), data); err != nil {
		r.Failf("core (%d,%d,%d): %w", c.X, c.Y, c.P, err)
		return
	}
	next.place(&c)
	img.Cores = append(img.Cores, c)
}
