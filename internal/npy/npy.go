// Package npy reads and writes NumPy's array files: .npy (format versions 1.0,
// 2.0 and 3.0) and .npz, a zip archive of them. The format is the one of the
// NumPy manual, "numpy.lib.format", and NumPy enhancement proposal 1.
//
// Read are booleans, signed and unsigned integers of 8 to 64 bits, floats of
// 16, 32 and 64 bits and fixed-width byte (S) and unicode (U) strings, in
// either byte order and in C or Fortran order; an Array is always in C order.
// Everything else (pickled objects, records, complex numbers, dates) is an
// error that names it.
//
// Files are hostile until proven otherwise: header length, dimensions and
// sizes are checked against the data that is present before memory is taken.
package npy

import (
	"fmt"
	"math"
)

// MaxBytes bounds the memory of one array, and of all arrays that ReadNPZ
// returns together: 1 GiB.
const MaxBytes = 1 << 30

// Kind is the kind of the elements of an array.
type Kind uint8

// The kinds of elements. The zero Kind is none of them.
const (
	Bool Kind = iota + 1
	Int
	Uint
	Float
	String
)

// String returns the name of the kind.
func (k Kind) String() string {
	switch k {
	case Bool:
		return "bool"
	case Int:
		return "int"
	case Uint:
		return "uint"
	case Float:
		return "float"
	case String:
		return "string"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Array is an n-dimensional array in C order (last index fastest). Only one of
// the four slices is used, with as many elements as Shape tells (an empty
// Shape is a scalar of one element):
//
//   - Bytes holds Bool (0 or 1) and Uint of 8 bits;
//   - Ints holds Int of all sizes and Uint of 16 to 64 bits;
//   - Floats holds Float;
//   - Strings holds String, without the padding.
//
// Bits is the size of a stored element: 8 to 64, for strings 8 (S, raw bytes)
// or 32 (U, unicode).
type Array struct {
	Name    string
	Shape   []int
	Kind    Kind
	Bits    int
	Bytes   []uint8
	Ints    []int64
	Floats  []float64
	Strings []string
}

// Len returns the number of elements that the array holds.
func (a *Array) Len() int {
	switch {
	case a.inBytes():
		return len(a.Bytes)
	case a.Kind == Float:
		return len(a.Floats)
	case a.Kind == String:
		return len(a.Strings)
	}
	return len(a.Ints)
}

// inBytes tells whether the elements are in Bytes.
func (a *Array) inBytes() bool { return a.Kind == Bool || a.Kind == Uint && a.Bits == 8 }

// maxExact is the largest n such that all integers of magnitude up to n are
// exact in a float64.
const maxExact = 1 << 53

// Float64 returns the elements as float64 in C order; booleans are 0 and 1.
// Floats are returned without a copy. Strings, and integers that a float64
// cannot hold exactly, are an error.
func (a *Array) Float64() ([]float64, error) {
	if a.Kind == Float {
		return a.Floats, nil
	}
	ints, err := a.Int64()
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(ints))
	for k, v := range ints {
		if v > maxExact || v < -maxExact {
			return nil, fmt.Errorf("array %q: element %d is %d, which float64 cannot hold exactly", a.Name, k, v)
		}
		out[k] = float64(v)
	}
	return out, nil
}

// Int64 returns the elements as int64 in C order; booleans are 0 and 1.
// Integers of more than 8 bits and int8 are returned without a copy. Strings,
// and floats that are not integers, are an error.
func (a *Array) Int64() ([]int64, error) {
	switch {
	case a.Kind == String:
		return nil, fmt.Errorf("array %q holds strings, not numbers", a.Name)
	case a.inBytes():
		out := make([]int64, len(a.Bytes))
		for k, v := range a.Bytes {
			out[k] = int64(v)
		}
		return out, nil
	case a.Kind == Float:
		out := make([]int64, len(a.Floats))
		for k, v := range a.Floats {
			// 2^63 itself does not fit, and NaN fails every comparison.
			if v != math.Trunc(v) || !(v >= -(1<<63) && v < 1<<63) {
				return nil, fmt.Errorf("array %q: element %d is %v, not an integer of 64 bits", a.Name, k, v)
			}
			out[k] = int64(v)
		}
		return out, nil
	}
	return a.Ints, nil
}

// Bool returns the elements as booleans in C order. An element that is
// neither 0 nor 1 is an error.
func (a *Array) Bool() ([]bool, error) {
	ints, err := a.Int64()
	if err != nil {
		return nil, err
	}
	out := make([]bool, len(ints))
	for k, v := range ints {
		if v != 0 && v != 1 {
			return nil, fmt.Errorf("array %q: element %d is %d, not 0 or 1", a.Name, k, v)
		}
		out[k] = v == 1
	}
	return out, nil
}
