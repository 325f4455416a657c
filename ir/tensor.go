package ir

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// MaxElems bounds the number of elements of one tensor or population: 2^28,
// 2 GiB of float64. Products of dimensions are checked against it before
// anything is allocated.
const MaxElems = 1 << 28

// Shape is the list of dimensions of an array of neurons or of a tensor. A
// nil Shape is unknown; an empty one is a scalar with one element.
type Shape []int

// Size returns the product of the dimensions.
func (s Shape) Size() int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
}

// Check returns an error if a dimension is not positive or the product
// exceeds MaxElems.
func (s Shape) Check() error {
	n := 1
	for _, d := range s {
		if d <= 0 {
			return fmt.Errorf("shape %v has a dimension that is not positive", s)
		}
		if n > MaxElems/d {
			return fmt.Errorf("shape %v has more than %d elements", s, MaxElems)
		}
		n *= d
	}
	return nil
}

// Equal tells whether two shapes are the same.
func (s Shape) Equal(t Shape) bool { return slices.Equal(s, t) }

func (s Shape) String() string {
	if s == nil {
		return "[?]"
	}
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = strconv.Itoa(d)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// Tensor is an immutable array: clones of a network share its storage, so
// code that changes values makes a new tensor. Exactly one of F and I is set.
// A uniform tensor stores one number however large its shape is.
type Tensor struct {
	Shape Shape
	F     []float64
	I     []int32
}

// Floats returns a tensor over data, which must hold shape.Size() elements or
// one.
func Floats(shape Shape, data []float64) Tensor { return Tensor{Shape: shape, F: data} }

// Ints is Floats for integers.
func Ints(shape Shape, data []int32) Tensor { return Tensor{Shape: shape, I: data} }

// Uniform returns a tensor whose elements are all x.
func Uniform(shape Shape, x float64) Tensor { return Tensor{Shape: shape, F: []float64{x}} }

// UniformInt returns a tensor whose elements are all x.
func UniformInt(shape Shape, x int32) Tensor { return Tensor{Shape: shape, I: []int32{x}} }

// Valid tells whether the tensor holds anything.
func (t Tensor) Valid() bool { return t.F != nil || t.I != nil }

// Len returns the number of elements of the shape.
func (t Tensor) Len() int { return t.Shape.Size() }

// IsInt tells whether the elements are integers.
func (t Tensor) IsInt() bool { return t.I != nil }

// Stored returns how many numbers are stored: 1 or Len().
func (t Tensor) Stored() int { return len(t.F) + len(t.I) }

// IsUniform tells whether one number is stored for all elements.
func (t Tensor) IsUniform() bool { return t.Stored() == 1 }

// At returns element i in row-major order.
func (t Tensor) At(i int) float64 {
	if t.I != nil {
		return float64(t.IntAt(i))
	}
	if len(t.F) == 1 {
		return t.F[0]
	}
	return t.F[i]
}

// IntAt returns element i of an integer tensor.
func (t Tensor) IntAt(i int) int32 {
	if len(t.I) == 1 {
		return t.I[0]
	}
	return t.I[i]
}

// Compact returns the tensor with one stored number if all are the same bits.
func (t Tensor) Compact() Tensor {
	switch {
	case len(t.F) > 1:
		for _, x := range t.F[1:] {
			if math.Float64bits(x) != math.Float64bits(t.F[0]) {
				return t
			}
		}
		return Tensor{Shape: t.Shape, F: t.F[:1:1]}
	case len(t.I) > 1:
		for _, x := range t.I[1:] {
			if x != t.I[0] {
				return t
			}
		}
		return Tensor{Shape: t.Shape, I: t.I[:1:1]}
	}
	return t
}

// Equal tells whether two tensors have the same shape, type and elements,
// however they are stored. NaNs are equal if their bits are.
func (t Tensor) Equal(u Tensor) bool {
	if !t.Shape.Equal(u.Shape) || t.IsInt() != u.IsInt() || t.Valid() != u.Valid() {
		return false
	}
	if !t.Valid() {
		return true
	}
	if t.IsUniform() && u.IsUniform() {
		return math.Float64bits(t.At(0)) == math.Float64bits(u.At(0))
	}
	for i := range t.Len() {
		if math.Float64bits(t.At(i)) != math.Float64bits(u.At(i)) {
			return false
		}
	}
	return true
}

// Map returns a tensor of the same shape with f applied to each stored
// number; integers become floats.
func (t Tensor) Map(f func(float64) float64) Tensor {
	out := make([]float64, t.Stored())
	for i := range out {
		out[i] = f(t.At(i))
	}
	return Tensor{Shape: t.Shape, F: out}
}

// Range returns the smallest and largest element.
func (t Tensor) Range() (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for i := range t.Stored() {
		lo, hi = min(lo, t.At(i)), max(hi, t.At(i))
	}
	return lo, hi
}
