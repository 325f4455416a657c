package image

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// Decode reads the binary form. A wrong magic, version, length, order of
// sections or checksum, bytes left over, and whatever Validate finds are
// errors. It allocates no more than a small multiple of len(data).
func Decode(data []byte) (*Image, error) {
	if len(data) < len(magic)+1+4 || string(data[:len(magic)]) != magic {
		return nil, errors.New("not a loihi1 image (no " + magic + " at the start)")
	}
	if v := data[len(magic)]; v != version {
		return nil, fmt.Errorf("image is of version %d, this program reads version %d", v, version)
	}
	body, sum := data[:len(data)-4], binary.LittleEndian.Uint32(data[len(data)-4:])
	if crc32.ChecksumIEEE(body) != sum {
		return nil, errors.New("image is damaged or truncated (checksum does not match)")
	}
	img, err := decodeSections(body[len(magic)+1:])
	if err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	if err := Validate(img); err != nil {
		return nil, fmt.Errorf("image is not valid: %w", err)
	}
	return img, nil
}

func decodeSections(b []byte) (*Image, error) {
	img := &Image{}
	order := map[string]int{tagHead: 1, tagNote: 2, tagIn: 3, tagPop: 4, tagCore: 5}
	last := 0
	for at := 0; at < len(b); {
		if len(b)-at < 8 {
			return nil, fmt.Errorf("offset %d: section header is cut", at)
		}
		tag, n := string(b[at:at+4]), int64(binary.LittleEndian.Uint32(b[at+4:]))
		at += 8
		if n > int64(len(b)-at) {
			return nil, fmt.Errorf("offset %d: section of %d bytes with %d left", at, n, len(b)-at)
		}
		k := order[tag]
		if k == 0 || k < last || k == 1 && last == 1 || last == 0 && k != 1 {
			return nil, fmt.Errorf("offset %d: section %q is unknown or out of order", at, tag)
		}
		last = k
		r := &reader{b: b[at : at+int(n)]}
		r.section(tag, img)
		if r.err == nil && len(r.b) > 0 {
			r.err = fmt.Errorf("%d bytes left over", len(r.b))
		}
		if r.err != nil {
			return nil, fmt.Errorf("section %s at offset %d: %w", tag, at, r.err)
		}
		at += int(n)
	}
	if last == 0 {
		return nil, errors.New("no HEAD section")
	}
	return img, nil
}

func (r *reader) section(tag string, img *Image) {
	switch tag {
	case tagHead:
		img.Name, img.DT = r.str(), r.f64()
	case tagNote:
		img.Notes = append(img.Notes, Note{Key: r.str(), Value: r.str()})
	case tagIn:
		img.Inputs = append(img.Inputs, r.input())
	case tagPop:
		img.Populations = append(img.Populations, r.population())
	case tagCore:
		img.Cores = append(img.Cores, r.core())
	}
}

// reader takes numbers off b; after the first error it yields zeros.
type reader struct {
	b   []byte
	err error
}

// take returns the next n bytes, or n zero bytes (n is at most 8 then).
func (r *reader) take(n int) []byte {
	if r.err == nil && n > len(r.b) {
		r.err = fmt.Errorf("%d bytes wanted, %d left", n, len(r.b))
	}
	if r.err != nil {
		return make([]byte, min(n, 8))
	}
	head := r.b[:n]
	r.b = r.b[n:]
	return head
}

func (r *reader) u8() uint8   { return r.take(1)[0] }
func (r *reader) u16() uint16 { return binary.LittleEndian.Uint16(r.take(2)) }
func (r *reader) u32() uint32 { return binary.LittleEndian.Uint32(r.take(4)) }
func (r *reader) u64() uint64 { return binary.LittleEndian.Uint64(r.take(8)) }
func (r *reader) i32() int32  { return int32(r.u32()) }
func (r *reader) f64() float64 {
	return math.Float64frombits(r.u64())
}

// count reads the number of entries of a table and checks that as many, of
// size bytes each, can still follow.
func (r *reader) count(size int) int {
	n := int64(r.u32())
	if r.err == nil && n*int64(size) > int64(len(r.b)) {
		r.err = fmt.Errorf("%d entries of %d bytes with %d bytes left", n, size, len(r.b))
	}
	if r.err != nil {
		return 0
	}
	return int(n)
}

func (r *reader) str() string {
	n := r.count(1)
	if r.err != nil {
		return ""
	}
	return string(r.take(n))
}

// table reads a counted table of entries of size bytes; empty is nil.
func table[T any](r *reader, size int, entry func() T) []T {
	n := r.count(size)
	if n == 0 {
		return nil
	}
	t := make([]T, n)
	for i := range t {
		t[i] = entry()
	}
	return t
}

func (r *reader) flag() bool {
	v := r.u8()
	if r.err == nil && v > 1 {
		r.err = fmt.Errorf("flag is %d, not 0 or 1", v)
	}
	return v == 1
}

func (r *reader) ref() AxonRef {
	return AxonRef{Core: r.i32(), Axon: r.u16(), Atom: r.u16()}
}

func (r *reader) input() Input {
	return Input{
		Name:    r.str(),
		Shape:   table(r, 4, r.i32),
		Ptr:     table(r, 4, r.i32),
		Targets: table(r, 8, r.ref),
	}
}

func (r *reader) population() Population {
	return Population{
		Name:    r.str(),
		Shape:   table(r, 4, r.i32),
		Latency: r.i32(),
		Output:  r.flag(),
		Scale:   r.f64(),
		VOffset: r.f64(),
		Slices: table(r, 16, func() Slice {
			return Slice{First: r.i32(), Count: r.i32(), Core: r.i32(), Compartment: r.i32()}
		}),
	}
}

func (r *reader) core() Core {
	return Core{
		Chip:      r.i32(),
		ID:        r.i32(),
		VMinExp:   r.u8(),
		VMaxExp:   r.u8(),
		DelayBits: r.u8(),
		CxProfiles: table(r, 5, func() CxProfile {
			return CxProfile{DecayU: r.u16(), DecayV: r.u16(), Refract: r.u8()}
		}),
		VthProfiles: table(r, 4, r.u32),
		SynFmts: table(r, 6, func() SynFmt {
			return SynFmt{
				WgtBits: r.u8(), WgtExp: int8(r.u8()), Sign: Sign(r.u8()),
				DlyBits: r.u8(), IdxBits: r.u8(), Compression: Compression(r.u8()),
			}
		}),
		Compartments: table(r, 10, func() Compartment {
			return Compartment{
				CxProfile: r.u8(), VthProfile: r.u8(), BiasMant: int16(r.u16()),
				BiasExp: r.u8(), InitRef: r.u8(), InitV: r.i32(),
			}
		}),
		InAxons: table(r, 10, func() InAxon {
			return InAxon{Ptr: r.u32(), Len: r.u16(), Atoms: r.u16(), Base: r.u16()}
		}),
		SynMem: table(r, 8, r.u64),
		OutAxons: table(r, 10, func() OutAxon {
			return OutAxon{Src: r.u16(), AxonRef: r.ref()}
		}),
	}
}
