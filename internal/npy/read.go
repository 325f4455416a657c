package npy

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/synfire/synfire/internal/regular"
)

// Read decodes a .npy file that is already in memory.
func Read(data []byte) (*Array, error) {
	return read(bytes.NewReader(data), int64(len(data)))
}

// ReadFile reads a .npy file. Errors carry the path.
func ReadFile(path string) (*Array, error) {
	f, size, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a, err := read(bufio.NewReaderSize(f, 1<<16), size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// read decodes an array from r, which holds size bytes in all.
func read(r io.Reader, size int64) (*Array, error) {
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	if err := h.fits(size); err != nil {
		return nil, err
	}
	return h.decode(r)
}

// fits checks that a file of size bytes holds exactly the array.
func (h *Header) fits(size int64) error {
	have, want := size-int64(h.size), h.dataBytes()
	if have < want {
		return fmt.Errorf("the array of shape %v needs %d bytes of data, the file has %d: %w", h.Shape, want, have, regular.ErrTruncated)
	}
	if have > want {
		return fmt.Errorf("%d bytes follow the array of shape %v; one array a file is supported", have-want, h.Shape)
	}
	return nil
}

// decode reads the data that follows the header.
func (h *Header) decode(r io.Reader) (*Array, error) {
	a := &Array{Name: h.Name, Shape: h.Shape, Kind: h.Kind, Bits: h.Bits}
	switch {
	case a.inBytes():
		a.Bytes = make([]uint8, h.count)
	case h.Kind == Float:
		a.Floats = make([]float64, h.count)
	case h.Kind == String:
		a.Strings = make([]string, h.count)
	default:
		a.Ints = make([]int64, h.count)
	}
	order := newOrder(h)
	chunk := make([]byte, max(1, (1<<16)/h.item)*h.item)
	for left := h.dataBytes(); left > 0; left -= int64(len(chunk)) {
		chunk = chunk[:min(left, int64(len(chunk)))]
		if _, err := io.ReadFull(r, chunk); err != nil {
			return nil, readError(err)
		}
		for off := 0; off < len(chunk); off += h.item {
			if err := h.set(a, order.pos, chunk[off:off+h.item]); err != nil {
				return nil, fmt.Errorf("element %d: %w", order.pos, err)
			}
			order.next()
		}
	}
	// Reading on to the end lets a zip member check its checksum.
	if n, err := r.Read(make([]byte, 1)); n != 0 {
		return nil, errors.New("data follows the array")
	} else if err != nil && err != io.EOF {
		return nil, readError(err)
	}
	return a, nil
}

func readError(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("the data ends early: %w", regular.ErrTruncated)
	}
	return err
}

// order yields the position in C order of each element as it is stored.
type order struct {
	pos            int
	shape          []int // nil if stored in C order
	index, strides []int
}

func newOrder(h *Header) *order {
	o := &order{}
	if !h.fortran || len(h.Shape) < 2 {
		return o
	}
	o.shape, o.index, o.strides = h.Shape, make([]int, len(h.Shape)), make([]int, len(h.Shape))
	stride := 1
	for d := len(h.Shape) - 1; d >= 0; d-- {
		o.strides[d] = stride
		stride *= h.Shape[d]
	}
	return o
}

// next moves to the next stored element; in Fortran order the first index is
// the fastest.
func (o *order) next() {
	if o.shape == nil {
		o.pos++
		return
	}
	for d, n := range o.shape {
		o.index[d]++
		o.pos += o.strides[d]
		if o.index[d] < n {
			return
		}
		o.pos -= n * o.strides[d]
		o.index[d] = 0
	}
}

// set decodes one stored element into position k of a.
func (h *Header) set(a *Array, k int, b []byte) error {
	switch {
	case h.Kind == Bool:
		if b[0] > 1 {
			return fmt.Errorf("a boolean is stored as %d, not 0 or 1", b[0])
		}
		a.Bytes[k] = b[0]
	case a.Bytes != nil:
		a.Bytes[k] = b[0]
	case h.Kind == Float:
		a.Floats[k] = h.float(b)
	case h.Kind == String:
		s, err := h.text(b)
		a.Strings[k] = s
		return err
	case h.Kind == Uint:
		v := h.uint(b)
		if v > math.MaxInt64 {
			return fmt.Errorf("%d is over the largest supported integer %d", v, int64(math.MaxInt64))
		}
		a.Ints[k] = int64(v)
	default:
		shift := 64 - h.Bits
		a.Ints[k] = int64(h.uint(b)<<shift) >> shift
	}
	return nil
}

// uint decodes an unsigned integer of 1, 2, 4 or 8 bytes.
func (h *Header) uint(b []byte) uint64 {
	var o binary.ByteOrder = binary.LittleEndian
	if h.big {
		o = binary.BigEndian
	}
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(o.Uint16(b))
	case 4:
		return uint64(o.Uint32(b))
	}
	return o.Uint64(b)
}

func (h *Header) float(b []byte) float64 {
	v := h.uint(b)
	switch len(b) {
	case 2:
		return fromHalf(uint16(v))
	case 4:
		return float64(math.Float32frombits(uint32(v)))
	}
	return math.Float64frombits(v)
}

// text decodes a string element and drops the padding of NULs.
func (h *Header) text(b []byte) (string, error) {
	if h.Bits == 8 {
		return strings.TrimRight(string(b), "\x00"), nil
	}
	end := len(b)
	for end > 0 && h.uint(b[end-4:end]) == 0 {
		end -= 4
	}
	var s strings.Builder
	for off := 0; off < end; off += 4 {
		c := h.uint(b[off : off+4])
		if c > utf8.MaxRune || !utf8.ValidRune(rune(c)) {
			return "", fmt.Errorf("%#x is not a unicode character", c)
		}
		s.WriteRune(rune(c))
	}
	return s.String(), nil
}
