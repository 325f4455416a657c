// Package imagefile is the outer form that our binary chip images share: a
// magic, a version byte, sections, and a CRC-32 (IEEE) of everything before it.
// A section is a 4-byte tag, the length of its payload as uint32, and the
// payload. All numbers are little-endian. docs/formats.md has the layout of
// each payload.
package imagefile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
)

// Format is a kind of image.
type Format struct {
	Name    string // for messages
	Magic   string // 8 bytes
	Version byte
	// Tags are the sections in the order in which they appear. The first
	// Single of them stand once each, first, the others any number of times.
	Tags   []string
	Single int
}

// Writer returns a writer that has written the head.
func (f *Format) Writer() *Writer {
	return &Writer{b: append([]byte(f.Magic), f.Version)}
}

// Decode calls section for each section of an image with a reader of its
// payload, of which it must take everything. A wrong magic, version, length,
// order of sections or checksum and bytes left over are errors.
func (f *Format) Decode(data []byte, section func(tag string, r *Reader)) error {
	if len(data) < len(f.Magic)+1+4 || string(data[:len(f.Magic)]) != f.Magic {
		return fmt.Errorf("not a %s image (no %s at the start)", f.Name, f.Magic)
	}
	if v := data[len(f.Magic)]; v != f.Version {
		return fmt.Errorf("image is of version %d, this program reads version %d", v, f.Version)
	}
	body, sum := data[:len(data)-4], binary.LittleEndian.Uint32(data[len(data)-4:])
	if crc32.ChecksumIEEE(body) != sum {
		return errors.New("image is damaged or truncated (checksum does not match)")
	}
	if err := f.sections(body[len(f.Magic)+1:], section); err != nil {
		return fmt.Errorf("image: %w", err)
	}
	return nil
}

func (f *Format) sections(b []byte, section func(tag string, r *Reader)) error {
	last := -1
	for at := 0; at < len(b); {
		if len(b)-at < 8 {
			return fmt.Errorf("offset %d: section header is cut", at)
		}
		tag, n := string(b[at:at+4]), int64(binary.LittleEndian.Uint32(b[at+4:]))
		at += 8
		if n > int64(len(b)-at) {
			return fmt.Errorf("offset %d: section of %d bytes with %d left", at, n, len(b)-at)
		}
		k := slices.Index(f.Tags, tag)
		if k < 0 || !f.mayFollow(last, k) {
			return fmt.Errorf("offset %d: section %q is unknown or out of order", at, tag)
		}
		last = k
		r := &Reader{b: b[at : at+int(n)]}
		section(tag, r)
		if r.err == nil && len(r.b) > 0 {
			r.err = fmt.Errorf("%d bytes left over", len(r.b))
		}
		if r.err != nil {
			return fmt.Errorf("section %s at offset %d: %w", tag, at, r.err)
		}
		at += int(n)
	}
	if last < f.Single-1 {
		return fmt.Errorf("no %s section", f.Tags[last+1])
	}
	return nil
}

// mayFollow tells whether a section with tag k may come after one with tag last,
// -1 for none.
func (f *Format) mayFollow(last, k int) bool {
	if k < f.Single || last < f.Single-1 {
		return k == last+1
	}
	return k >= last
}

// Writer appends numbers; the first error stays.
type Writer struct {
	b   []byte
	err error
}

// Finish returns the whole image, with its checksum.
func (w *Writer) Finish() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	return binary.LittleEndian.AppendUint32(w.b, crc32.ChecksumIEEE(w.b)), nil
}

// Section appends a section whose payload is what payload appends.
func (w *Writer) Section(tag string, payload func()) {
	w.b = append(w.b, tag...)
	at := len(w.b)
	w.U32(0)
	payload()
	n := len(w.b) - at - 4
	if n > math.MaxUint32 && w.err == nil {
		w.err = fmt.Errorf("section %s of %d bytes is over 4 GiB", tag, n)
	}
	binary.LittleEndian.PutUint32(w.b[at:], uint32(n))
}

// Sections appends a section for each entry of a list.
func Sections[T any](w *Writer, tag string, list []T, payload func(*T)) {
	for i := range list {
		w.Section(tag, func() { payload(&list[i]) })
	}
}

// U8 appends bytes.
func (w *Writer) U8(v ...uint8) { w.b = append(w.b, v...) }

// U16 appends a number.
func (w *Writer) U16(v uint16) { w.b = binary.LittleEndian.AppendUint16(w.b, v) }

// U32 appends a number.
func (w *Writer) U32(v uint32) { w.b = binary.LittleEndian.AppendUint32(w.b, v) }

// U64 appends a number.
func (w *Writer) U64(v uint64) { w.b = binary.LittleEndian.AppendUint64(w.b, v) }

// F64 appends a number.
func (w *Writer) F64(v float64) { w.U64(math.Float64bits(v)) }

// Flag appends 1 or 0 as a byte.
func (w *Writer) Flag(b bool) {
	if b {
		w.U8(1)
	} else {
		w.U8(0)
	}
}

// I32 appends a number.
func (w *Writer) I32(v int32) { w.U32(uint32(v)) }

// Len appends the number of entries of a table.
func (w *Writer) Len(n int) { w.U32(uint32(n)) }

// Str appends a string after its length.
func (w *Writer) Str(s string) {
	w.Len(len(s))
	w.b = append(w.b, s...)
}

// PutTable appends a list as the counted table that Table reads.
func PutTable[T any](w *Writer, list []T, entry func(T)) {
	w.Len(len(list))
	for _, x := range list {
		entry(x)
	}
}
