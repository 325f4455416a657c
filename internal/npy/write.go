package npy

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// Write writes an array as a .npy file: version 1.0, little endian, C order. Floats of 16 and 32 bits are rounded to
// nearest. An element that its type cannot hold, or a number of elements that
// does not agree with the shape, is an error.
func Write(w io.Writer, a *Array) error {
	item, descr, err := a.descr()
	if err != nil {
		return fmt.Errorf("array %q: %w", a.Name, err)
	}
	if err := a.checkShape(); err != nil {
		return fmt.Errorf("array %q: %w", a.Name, err)
	}
	b := bufio.NewWriterSize(w, 1<<16)
	b.Write(header(descr, a.Shape)) // the error is kept and returned by Flush
	buf := make([]byte, item)
	for k := range a.Len() {
		if err := a.put(buf, k); err != nil {
			return fmt.Errorf("array %q: element %d: %w", a.Name, k, err)
		}
		if _, err := b.Write(buf); err != nil {
			return err
		}
	}
	return b.Flush()
}

// header renders everything before the data, padded to 64 bytes as NumPy does
// so that the data can be mapped into memory.
func header(descr string, shape []int) []byte {
	var dims strings.Builder
	for k, d := range shape {
		if k > 0 {
			dims.WriteByte(' ')
		}
		fmt.Fprintf(&dims, "%d,", d)
	}
	tuple := dims.String()
	if len(shape) != 1 {
		tuple = strings.TrimSuffix(tuple, ",")
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, tuple)
	const prefix = 10 // magic string, version, length
	text += strings.Repeat(" ", 63-(prefix+len(text))%64) + "\n"
	out := append([]byte(magic), 1, 0)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(text)))
	return append(out, text...)
}

// descr returns the size of a stored element and its type in NumPy's notation.
func (a *Array) descr() (item int, descr string, err error) {
	n := a.Bits / 8
	sized := a.Bits%8 == 0 && validInt(n)
	switch {
	case a.Kind == Bool && a.Bits == 8:
		return 1, "|b1", nil
	case a.Kind == Int && n == 1 && sized:
		return 1, "|i1", nil
	case a.Kind == Uint && n == 1 && sized:
		return 1, "|u1", nil
	case a.Kind == Int && sized:
		return n, fmt.Sprintf("<i%d", n), nil
	case a.Kind == Uint && sized:
		return n, fmt.Sprintf("<u%d", n), nil
	case a.Kind == Float && sized && n > 1:
		return n, fmt.Sprintf("<f%d", n), nil
	case a.Kind == String && a.Bits == 8:
		n := a.width(func(s string) int { return len(s) })
		return n, fmt.Sprintf("|S%d", n), nil
	case a.Kind == String && a.Bits == 32:
		n := a.width(utf8.RuneCountInString)
		return 4 * n, fmt.Sprintf("<U%d", n), nil
	}
	return 0, "", fmt.Errorf("%v of %d bits cannot be written", a.Kind, a.Bits)
}

// width returns the largest length of the strings, at least 1.
func (a *Array) width(length func(string) int) int {
	n := 1
	for _, s := range a.Strings {
		n = max(n, length(s))
	}
	return n
}

// checkShape checks the number of elements against the shape.
func (a *Array) checkShape() error {
	if len(a.Shape) > maxDims {
		return fmt.Errorf("%d dimensions, over the limit of %d", len(a.Shape), maxDims)
	}
	n := a.Len()
	product, empty := 1, false
	for _, d := range a.Shape {
		switch {
		case d < 0:
			return fmt.Errorf("shape %v has a negative dimension", a.Shape)
		case d == 0:
			empty = true
		case d > math.MaxInt/product:
			return fmt.Errorf("shape %v overflows", a.Shape)
		default:
			product *= d
		}
	}
	if empty {
		product = 0
	}
	if product != n {
		return fmt.Errorf("shape %v needs %d elements, there are %d", a.Shape, product, n)
	}
	return nil
}

// put encodes element k.
func (a *Array) put(b []byte, k int) error {
	switch {
	case a.Kind == Bool && a.Bytes[k] > 1:
		return fmt.Errorf("boolean %d is not 0 or 1", a.Bytes[k])
	case a.inBytes():
		b[0] = a.Bytes[k]
	case a.Kind == Float:
		a.putFloat(b, a.Floats[k])
	case a.Kind == String:
		return a.putText(b, a.Strings[k])
	default:
		v := a.Ints[k]
		shift := 64 - a.Bits
		fits := v<<shift>>shift == v
		if a.Kind == Uint {
			fits = v >= 0 && uint64(v)<<shift>>shift == uint64(v)
		}
		if !fits {
			return fmt.Errorf("%d does not fit into %v of %d bits", v, a.Kind, a.Bits)
		}
		putUint(b, uint64(v))
	}
	return nil
}

func (a *Array) putFloat(b []byte, v float64) {
	switch a.Bits {
	case 16:
		putUint(b, uint64(toHalf(v)))
	case 32:
		putUint(b, uint64(math.Float32bits(float32(v))))
	default:
		putUint(b, math.Float64bits(v))
	}
}

func (a *Array) putText(b []byte, s string) error {
	if strings.HasSuffix(s, "\x00") {
		return errors.New("a string that ends in NUL cannot be stored")
	}
	clear(b)
	if a.Bits == 8 {
		copy(b, s)
		return nil
	}
	if !utf8.ValidString(s) {
		return errors.New("a string is not valid UTF-8; store it as bytes")
	}
	off := 0
	for _, c := range s {
		putUint(b[off:off+4], uint64(c))
		off += 4
	}
	return nil
}

// putUint stores the low bytes of v, as many as b has, little endian.
func putUint(b []byte, v uint64) {
	for k := range b {
		b[k] = byte(v >> (8 * k))
	}
}
