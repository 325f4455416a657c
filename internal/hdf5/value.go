package hdf5

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"
	"unicode/utf8"
)

// stringOverhead is what a string costs in memory besides its bytes.
const stringOverhead = 16

// allocate gives d room for n elements of type t, all zero, and charges it.
func (f *file) allocate(d *Dataset, t datatype, n int) error {
	d.Kind, d.Bits = t.kind, t.bits()
	size := uint64(8)
	if t.kind == String {
		size = stringOverhead
	}
	if err := f.charge(size * uint64(n)); err != nil {
		return err
	}
	switch t.kind {
	case Float:
		d.Floats = make([]float64, n)
	case String:
		d.Strings = make([]string, n)
	default:
		d.Ints = make([]int64, n)
	}
	return nil
}

// decode puts the elements in raw into d from element at on. The length of raw
// is a multiple of the size of an element.
func (f *file) decode(d *Dataset, t datatype, at int, raw []byte) error {
	n := len(raw) / t.size
	switch t.kind {
	case Float:
		decodeFloats(d.Floats[at:at+n], t, raw)
		return nil
	case String:
		return f.decodeStrings(d.Strings[at:at+n], t, at, raw)
	}
	return decodeInts(d.Ints[at:at+n], t, at, raw)
}

func decodeFloats(dst []float64, t datatype, raw []byte) {
	for i := range dst {
		v := loadUint(raw[i*t.size:(i+1)*t.size], t.big)
		switch t.size {
		case 2:
			dst[i] = halfToFloat(uint16(v))
		case 4:
			dst[i] = float64(math.Float32frombits(uint32(v)))
		default:
			dst[i] = math.Float64frombits(v)
		}
	}
}

func decodeInts(dst []int64, t datatype, at int, raw []byte) error {
	unused := 64 - 8*t.size
	for i := range dst {
		v := loadUint(raw[i*t.size:(i+1)*t.size], t.big)
		switch t.kind {
		case Int:
			dst[i] = int64(v<<unused) >> unused
			continue
		case Bool:
			if v > 1 {
				return fmt.Errorf("element %d is %d, neither FALSE (0) nor TRUE (1)", at+i, v)
			}
		default:
			if v > math.MaxInt64 {
				return fmt.Errorf("element %d is %d, above the range of int64: not supported", at+i, v)
			}
		}
		dst[i] = int64(v)
	}
	return nil
}

// loadUint reads a number of 1, 2, 4 or 8 bytes; it is 0 for other lengths.
func loadUint(b []byte, big bool) uint64 {
	var v uint64
	switch len(b) {
	case 1:
		v = uint64(b[0])
	case 2:
		v = uint64(le.Uint16(b))
	case 4:
		v = uint64(le.Uint32(b))
	case 8:
		v = le.Uint64(b)
	}
	if big && len(b) > 0 {
		v = bits.ReverseBytes64(v) >> (64 - 8*len(b))
	}
	return v
}

// halfToFloat widens an IEEE 754 half. All halves are exact.
func halfToFloat(h uint16) float64 {
	sign := uint64(h>>15) << 63
	exp, man := uint64(h>>10&0x1f), uint64(h&0x3ff)
	switch exp {
	case 0: // zero and subnormals: man units of 2^-24
		return math.Float64frombits(sign | math.Float64bits(float64(man)*0x1p-24))
	case 0x1f: // infinity and NaN
		return math.Float64frombits(sign | 0x7ff<<52 | man<<42)
	}
	return math.Float64frombits(sign | (exp-15+1023)<<52 | man<<42)
}

func (f *file) decodeStrings(dst []string, t datatype, at int, raw []byte) error {
	for i := range dst {
		element := raw[i*t.size : (i+1)*t.size]
		var err error
		if t.vlen {
			element, err = f.heapString(element)
		} else {
			element = trimFixed(element, t.pad)
		}
		if err == nil {
			dst[i], err = f.text(element)
		}
		if err != nil {
			return fmt.Errorf("element %d: %w", at+i, err)
		}
	}
	return nil
}

// trimFixed takes the padding off a fixed-length string.
func trimFixed(b []byte, pad uint8) []byte {
	switch pad {
	case padNullTerminated:
		if end := bytes.IndexByte(b, 0); end >= 0 {
			return b[:end]
		}
		return b
	case padNull:
		return bytes.TrimRight(b, "\x00")
	}
	return bytes.TrimRight(b, " ")
}

// text copies bytes into a string and charges it.
func (f *file) text(b []byte) (string, error) {
	if !utf8.Valid(b) {
		return "", errors.New("the string is not valid utf-8")
	}
	if err := f.charge(uint64(len(b))); err != nil {
		return "", err
	}
	return string(b), nil
}

// repeatFirst copies element 0 of d to all others.
func repeatFirst(d *Dataset) {
	for i := 1; i < len(d.Floats); i++ {
		d.Floats[i] = d.Floats[0]
	}
	for i := 1; i < len(d.Ints); i++ {
		d.Ints[i] = d.Ints[0]
	}
	for i := 1; i < len(d.Strings); i++ {
		d.Strings[i] = d.Strings[0]
	}
}

// checkName refuses names that a path could not tell apart.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("a name is empty")
	case name == ".":
		return errors.New(`the name "." stands for the group itself`)
	case strings.ContainsAny(name, "/\x00"):
		return fmt.Errorf("the name %q holds a slash or a zero byte", name)
	case !utf8.ValidString(name):
		return fmt.Errorf("the name %q is not valid utf-8", name)
	}
	return nil
}
