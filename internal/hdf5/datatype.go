package hdf5

import (
	"bytes"
	"fmt"
)

// datatype says how one element lies in the file.
type datatype struct {
	kind Kind
	size int // bytes of an element
	big  bool
	vlen bool  // string by reference into the global heap
	pad  uint8 // strings: what ends them
}

// How a fixed-length string ends.
const (
	padNullTerminated = 0
	padNull           = 1
	padSpace          = 2
)

// Datatype classes.
const (
	classFixed  = 0
	classFloat  = 1
	classString = 3
	classEnum   = 8
	classVlen   = 9
)

// className names the classes that are not supported.
func className(class uint8) string {
	names := map[uint8]string{
		2: "time", 4: "bit field", 5: "opaque", 6: "compound", 7: "reference", 10: "array",
	}
	if name, ok := names[class]; ok {
		return name + " datatype"
	}
	return fmt.Sprintf("datatype class %d", class)
}

// bits returns the size of a number, 0 for strings.
func (t datatype) bits() int {
	if t.kind == String {
		return 0
	}
	return 8 * t.size
}

// parseDatatype reads a datatype message of version 1, 2 or 3, which the
// supported classes share but for the padding of enumeration names.
func parseDatatype(c *cursor) (datatype, error) {
	head := c.u8()
	class, version := head&0x0f, head>>4
	flags := uint32(c.uint(3))
	size := c.u32()
	if c.err != nil {
		return datatype{}, c.err
	}
	if version < 1 || version > 3 {
		return datatype{}, fmt.Errorf("datatype version %d is not supported", version)
	}
	if size == 0 || size > maxDatasetBytes {
		return datatype{}, fmt.Errorf("datatype of %d bytes is not supported", size)
	}
	t := datatype{size: int(size)}
	switch class {
	case classFixed:
		return parseFixed(c, t, flags)
	case classFloat:
		return parseFloat(c, t, flags)
	case classString:
		return parseString(t, flags)
	case classEnum:
		return parseEnum(c, t, flags, version)
	case classVlen:
		return parseVlen(c, t, flags)
	}
	return t, fmt.Errorf("%s is not supported", className(class))
}

func parseFixed(c *cursor, t datatype, flags uint32) (datatype, error) {
	offset, precision := c.u16(), c.u16()
	if c.err != nil {
		return t, c.err
	}
	t.big = flags&0x01 != 0
	t.kind = Uint
	if flags&0x08 != 0 {
		t.kind = Int
	}
	whole := t.size == 1 || t.size == 2 || t.size == 4 || t.size == 8
	if !whole || offset != 0 || int(precision) != 8*t.size {
		return t, fmt.Errorf("an integer of %d bits in %d bytes is not supported", precision, t.size)
	}
	return t, nil
}

// ieee holds the fields of a float datatype that make it an IEEE 754 one.
type ieee struct {
	sign                                 uint32
	offset, precision                    uint16
	expStart, expSize, manStart, manSize uint8
	bias                                 uint32
}

var ieeeFormats = map[int]ieee{
	2: {15, 0, 16, 10, 5, 0, 10, 15},
	4: {31, 0, 32, 23, 8, 0, 23, 127},
	8: {63, 0, 64, 52, 11, 0, 52, 1023},
}

func parseFloat(c *cursor, t datatype, flags uint32) (datatype, error) {
	got := ieee{
		sign: flags >> 8 & 0xff, offset: c.u16(), precision: c.u16(),
		expStart: c.u8(), expSize: c.u8(), manStart: c.u8(), manSize: c.u8(), bias: c.u32(),
	}
	if c.err != nil {
		return t, c.err
	}
	const order, vax, norm, implied = 0x01, 0x40, 0x30, 0x20
	want, ok := ieeeFormats[t.size]
	if !ok || got != want || flags&vax != 0 || flags&norm != implied {
		return t, fmt.Errorf("a float of %d bytes with %d bits of exponent and %d of mantissa is not IEEE half, single or double: not supported",
			t.size, got.expSize, got.manSize)
	}
	t.kind, t.big = Float, flags&order != 0
	return t, nil
}

func parseString(t datatype, flags uint32) (datatype, error) {
	t.kind, t.pad = String, uint8(flags&0x0f)
	if t.pad > padSpace {
		return t, fmt.Errorf("string padding of type %d is not supported", t.pad)
	}
	return t, checkCharset(flags >> 4 & 0x0f)
}

func checkCharset(charset uint32) error {
	if charset > 1 {
		return fmt.Errorf("string character set %d is neither ascii nor utf-8: not supported", charset)
	}
	return nil
}

// parseEnum accepts the enumeration {FALSE = 0, TRUE = 1} only.
func parseEnum(c *cursor, t datatype, flags uint32, version uint8) (datatype, error) {
	base, err := parseDatatype(c)
	if err != nil {
		return t, fmt.Errorf("enumeration: %w", err)
	}
	if base.kind != Int && base.kind != Uint || base.size != t.size {
		return t, fmt.Errorf("an enumeration over %s values is not supported", base.kind)
	}
	members := int(flags & 0xffff)
	names := make([]string, 0, 2)
	for range members {
		name := enumName(c, version < 3)
		if c.err != nil {
			return t, c.err
		}
		if len(names) < cap(names) {
			names = append(names, name)
		}
	}
	values := make([]uint64, 0, 2)
	for range names {
		values = append(values, loadUint(c.bytes(uint64(base.size)), base.big))
	}
	if c.err != nil {
		return t, c.err
	}
	isBool := members == 2 && (names[0] == "FALSE" && values[0] == 0 && names[1] == "TRUE" && values[1] == 1 ||
		names[0] == "TRUE" && values[0] == 1 && names[1] == "FALSE" && values[1] == 0)
	if !isBool {
		return t, fmt.Errorf("an enumeration of %d members other than {FALSE = 0, TRUE = 1} is not supported", members)
	}
	base.kind = Bool
	return base, nil
}

// enumName reads a zero-terminated name, padded to 8 bytes or not.
func enumName(c *cursor, padded bool) string {
	if c.err != nil {
		return ""
	}
	end := bytes.IndexByte(c.buf[c.pos:], 0)
	if end < 0 {
		c.bytes(uint64(c.left()) + 1) // past the end: sets the error
		return ""
	}
	n := end + 1
	if padded {
		n = (n + 7) &^ 7
	}
	b := c.bytes(uint64(n))
	if b == nil {
		return ""
	}
	return string(b[:end])
}

func parseVlen(c *cursor, t datatype, flags uint32) (datatype, error) {
	if flags&0x0f != 1 {
		return t, fmt.Errorf("variable-length sequences other than strings are not supported")
	}
	if want := 8 + c.offsetSize; t.size != want {
		return t, fmt.Errorf("a variable-length string of %d bytes in place of %d: the file is damaged", t.size, want)
	}
	t.kind, t.vlen = String, true
	return t, checkCharset(flags >> 8 & 0x0f)
}
