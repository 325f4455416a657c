package spike

import (
	"fmt"

	"github.com/synfire/synfire/internal/npy"
)

// FromArray makes a raster of a 2-D array [T, N] of zeros and ones of any
// numeric type. Any other value is an error that names its place.
func FromArray(a *npy.Array) (*Raster, error) {
	if len(a.Shape) != 2 {
		return nil, fmt.Errorf("a raster has the shape [T, N], the array has %v", a.Shape)
	}
	return fromDense(a, a.Shape[0], a.Shape[0], a.Shape[1])
}

// FromPacked makes a raster of rows of n channels that are packed into bytes,
// channel i in bit i%8 of byte i/8 (numpy.packbits, bitorder little, along the
// last axis): a uint8 array [T, ceil(n/8)]. The bits at and above n must be 0.
func FromPacked(a *npy.Array, n int) (*Raster, error) {
	if len(a.Shape) != 2 {
		return nil, fmt.Errorf("a packed raster has the shape [T, ceil(N/8)], the array has %v", a.Shape)
	}
	return fromPacked(a, a.Shape[0], a.Shape[0], n)
}

// fromDense makes a raster of rows x n; rows may be those of several samples
// of steps rows each, which errors tell apart.
func fromDense(a *npy.Array, rows, steps, n int) (*Raster, error) {
	r, err := New(rows, n)
	if err != nil {
		return nil, err
	}
	if a.Len() != rows*n {
		return nil, fmt.Errorf("an array of %d numbers is no raster of %d x %d", a.Len(), rows, n)
	}
	k := 0
	for t := range rows {
		for i := range n {
			one, ok := bit(a, k)
			if !ok {
				return nil, fmt.Errorf("value %v at [%s, i=%d]; %s", value(a, k), place(t, steps, rows), i, valueHint)
			}
			if one {
				r.Set(t, i)
			}
			k++
		}
	}
	return r, nil
}

// bit returns element k, and whether it is 0 or 1 at all.
func bit(a *npy.Array, k int) (one, ok bool) {
	switch {
	case a.Bytes != nil:
		return a.Bytes[k] == 1, a.Bytes[k] <= 1
	case a.Floats != nil:
		return a.Floats[k] == 1, a.Floats[k] == 0 || a.Floats[k] == 1
	case a.Ints != nil:
		return a.Ints[k] == 1, a.Ints[k]|1 == 1
	}
	return false, false
}

// value returns element k for a message.
func value(a *npy.Array, k int) any {
	switch {
	case a.Bytes != nil:
		return a.Bytes[k]
	case a.Floats != nil:
		return a.Floats[k]
	case a.Ints != nil:
		return a.Ints[k]
	}
	return a.Strings[k]
}

const valueHint = "a spike is 0 or 1: threshold the values, or encode grey values as images with --encode if"

// place names a row of samples of steps rows each.
func place(row, steps, rows int) string {
	if rows == steps {
		return fmt.Sprintf("t=%d", row)
	}
	return fmt.Sprintf("sample %d, t=%d", row/steps, row%steps)
}

// fromPacked makes a raster of rows x n of packed bits; see fromDense.
func fromPacked(a *npy.Array, rows, steps, n int) (*Raster, error) {
	r, err := New(rows, n)
	if err != nil {
		return nil, err
	}
	width := packedWidth(n)
	if a.Kind != npy.Uint || a.Bits != 8 || len(a.Bytes) != rows*width {
		return nil, fmt.Errorf("rows of %d channels are packed into %d bytes of uint8; the array has the shape %v of %v%d",
			n, width, a.Shape, a.Kind, a.Bits)
	}
	for t := range rows {
		row, bytes := r.Row(t), a.Bytes[t*width:(t+1)*width]
		for k, b := range bytes {
			row[k/8] |= uint64(b) << (k % 8 * 8)
		}
		if n%8 != 0 && bytes[width-1]>>(n%8) != 0 {
			return nil, fmt.Errorf("[%s] has spikes on channels above %d; the bits must be packed in little order", place(t, steps, rows), n-1)
		}
	}
	return r, nil
}

// packedWidth returns the bytes of a packed row of n channels.
func packedWidth(n int) int { return n/8 + (n%8+7)/8 }

// PackedArray returns the raster as a uint8 array [Steps, ceil(N/8)], channel
// i in bit i%8 of byte i/8.
func PackedArray(name string, r *Raster) *npy.Array {
	width := packedWidth(r.N)
	a := &npy.Array{Name: name, Shape: []int{r.Steps, width}, Kind: npy.Uint, Bits: 8, Bytes: make([]uint8, 0, r.Steps*width)}
	for t := range r.Steps {
		row := r.Row(t)
		for k := range width {
			a.Bytes = append(a.Bytes, uint8(row[k/8]>>(k%8*8)))
		}
	}
	return a
}
