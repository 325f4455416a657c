package hdf5

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// writtenBits returns the size of a number in the file.
func (d *Dataset) writtenBits() int {
	switch {
	case d.Bits != 0:
		return d.Bits
	case d.Kind == Bool:
		return 8
	}
	return 64
}

// checkValues tells whether kind, shape and values fit each other.
func checkValues(d *Dataset) error {
	bits := d.writtenBits()
	ok := bits == 16 || bits == 32 || bits == 64
	n := 0
	switch d.Kind {
	case Float:
		n = len(d.Floats)
	case Int, Uint, Bool:
		n = len(d.Ints)
		ok = ok || bits == 8
	case String:
		n = len(d.Strings)
		ok = true
	default:
		return fmt.Errorf("%s cannot be written", d.Kind)
	}
	if !ok {
		return fmt.Errorf("a %s of %d bits cannot be written", d.Kind, bits)
	}
	if len(d.Strings)+len(d.Floats)+len(d.Ints) != n {
		return fmt.Errorf("values of another kind than %s are set", d.Kind)
	}
	want, err := shapeElements(d)
	if err != nil {
		return err
	}
	if want != uint64(n) {
		return fmt.Errorf("shape %v needs %d values, there are %d", d.Shape, want, n)
	}
	return nil
}

// shapeElements returns the number of elements of a shape, overflow-checked.
func shapeElements(d *Dataset) (uint64, error) {
	if d.Null {
		if len(d.Shape) > 0 {
			return 0, errors.New("a null dataset has no shape")
		}
		return 0, nil
	}
	if len(d.Shape) > maxRank {
		return 0, fmt.Errorf("%d dimensions: at most %d can be written", len(d.Shape), maxRank)
	}
	n, empty, ok := uint64(1), false, true
	for _, extent := range d.Shape {
		if extent < 0 {
			return 0, fmt.Errorf("shape %v has a negative extent", d.Shape)
		}
		empty = empty || extent == 0
		if ok {
			n, ok = mulBound(n, uint64(extent), maxDatasetBytes/8)
		}
	}
	switch {
	case empty:
		return 0, nil
	case !ok:
		return 0, fmt.Errorf("shape %v has more than %d elements", d.Shape, maxDatasetBytes/8)
	}
	return n, nil
}

// encodeDataspace returns a dataspace message: version 1, and version 2 for
// the null dataspace, which version 1 does not have.
func encodeDataspace(d *Dataset) []byte {
	if d.Null {
		return []byte{2, 0, 0, 2}
	}
	b := []byte{1, uint8(len(d.Shape)), 0, 0, 0, 0, 0, 0}
	for _, extent := range d.Shape {
		b = le.AppendUint64(b, uint64(extent))
	}
	return b
}

// encodeDatatype returns a datatype message of version 1.
func encodeDatatype(d *Dataset) []byte {
	size := d.writtenBits() / 8
	switch d.Kind {
	case Float:
		return floatType(size)
	case String:
		return stringType()
	case Bool:
		return boolType(size)
	}
	return intType(size, d.Kind == Int)
}

// typeHead returns the head of a datatype of version 1.
func typeHead(class uint8, flags uint32, size int) []byte {
	b := le.AppendUint32(nil, uint32(1<<4|class)|flags<<8)
	return le.AppendUint32(b, uint32(size))
}

func intType(size int, signed bool) []byte {
	flags := uint32(0)
	if signed {
		flags = 0x08
	}
	b := le.AppendUint16(typeHead(classFixed, flags, size), 0)
	return le.AppendUint16(b, uint16(8*size))
}

func floatType(size int) []byte {
	format := ieeeFormats[size]
	const impliedBit = 0x20
	b := typeHead(classFloat, format.sign<<8|impliedBit, size)
	b = le.AppendUint16(b, format.offset)
	b = le.AppendUint16(b, format.precision)
	b = append(b, format.expStart, format.expSize, format.manStart, format.manSize)
	return le.AppendUint32(b, format.bias)
}

// stringType returns a variable-length UTF-8 string, zero-terminated.
func stringType() []byte {
	const isString, utf8Set = 1, 1 << 8
	return append(typeHead(classVlen, isString|utf8Set, 16), intType(1, false)...)
}

// boolType returns the enumeration {FALSE = 0, TRUE = 1}.
func boolType(size int) []byte {
	b := append(typeHead(classEnum, 2, size), intType(size, true)...)
	b = append(b, "FALSE\x00\x00\x00TRUE\x00\x00\x00\x00"...)
	b = append(b, make([]byte, 2*size)...)
	b[len(b)-size] = 1
	return b
}

// encodeValues returns the raw data. Strings go to the global heap.
func (e *encoder) encodeValues(d *Dataset) ([]byte, error) {
	size := d.writtenBits() / 8
	switch d.Kind {
	case Float:
		return encodeFloats(d.Floats, size)
	case String:
		return e.encodeStrings(d.Strings)
	}
	return encodeInts(d.Ints, d.Kind, size)
}

func encodeFloats(values []float64, size int) ([]byte, error) {
	b := make([]byte, 0, len(values)*size)
	for i, v := range values {
		exact := true
		switch size {
		case 2:
			var h uint16
			h, exact = floatToHalf(v)
			b = le.AppendUint16(b, h)
		case 4:
			f := float32(v)
			exact = float64(f) == v || math.IsNaN(v)
			b = le.AppendUint32(b, math.Float32bits(f))
		default:
			b = le.AppendUint64(b, math.Float64bits(v))
		}
		if !exact {
			return nil, fmt.Errorf("element %d is %v, which is not a float of %d bits: round it first, or use more bits", i, v, 8*size)
		}
	}
	return b, nil
}

// floatToHalf converts a value that is exactly an IEEE 754 half.
func floatToHalf(v float64) (uint16, bool) {
	sign := uint16(math.Float64bits(v)>>63) << 15
	abs := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return sign | 0x7e00, true
	case math.IsInf(v, 0):
		return sign | 0x7c00, true
	case abs < 0x1p-14: // zero and subnormals
		units := abs * 0x1p24
		return sign | uint16(units), units == math.Trunc(units)
	case abs > 65504:
		return 0, false
	}
	bits := math.Float64bits(abs)
	exp := uint16(bits>>52) - 1023 + 15
	return sign | exp<<10 | uint16(bits>>42&0x3ff), bits<<22 == 0
}

func encodeInts(values []int64, kind Kind, size int) ([]byte, error) {
	b := make([]byte, 0, len(values)*size)
	shift := 64 - 8*size
	for i, v := range values {
		fits := v<<shift>>shift == v
		switch kind {
		case Uint:
			fits = v >= 0 && uint64(v)<<shift>>shift == uint64(v)
		case Bool:
			fits = v == 0 || v == 1
		}
		if !fits {
			return nil, fmt.Errorf("element %d is %d, out of the range of %s with %d bits", i, v, kind, 8*size)
		}
		var word [8]byte
		le.PutUint64(word[:], uint64(v))
		b = append(b, word[:size]...)
	}
	return b, nil
}

// encodeStrings stores strings in the global heap and returns the references:
// length, address, index. The empty string is the reference to nothing.
func (e *encoder) encodeStrings(values []string) ([]byte, error) {
	b := make([]byte, 0, 16*len(values))
	for i, s := range values {
		switch {
		case strings.ContainsRune(s, 0):
			return nil, fmt.Errorf("element %d is %q: a string with a zero byte cannot be written", i, s)
		case !utf8.ValidString(s):
			return nil, fmt.Errorf("element %d is %q, which is not valid utf-8", i, s)
		case len(s) > maxDatasetBytes:
			return nil, fmt.Errorf("element %d has %d bytes: at most %d can be written", i, len(s), maxDatasetBytes)
		}
		var address uint64
		var index uint16
		if s != "" {
			address, index = e.heap.add(e, s)
		}
		b = le.AppendUint32(b, uint32(len(s)))
		b = le.AppendUint64(b, address)
		b = le.AppendUint32(b, uint32(index))
	}
	return b, nil
}
