package imagefile

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Reader takes numbers off a payload; after the first error it yields zeros.
// It allocates no more than a small multiple of the payload.
type Reader struct {
	b   []byte
	err error
}

// NewReader returns a reader of b.
func NewReader(b []byte) *Reader { return &Reader{b: b} }

// Err returns the first error.
func (r *Reader) Err() error { return r.err }

// Left returns how many bytes are left.
func (r *Reader) Left() int { return len(r.b) }

// Failf notes an error, unless there is one.
func (r *Reader) Failf(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// take returns the next n bytes, or n zero bytes (n is at most 8 then).
func (r *Reader) take(n int) []byte {
	if n > len(r.b) {
		r.Failf("%d bytes wanted, %d left", n, len(r.b))
	}
	if r.err != nil {
		return make([]byte, min(n, 8))
	}
	head := r.b[:n]
	r.b = r.b[n:]
	return head
}

// U8 reads a number.
func (r *Reader) U8() uint8 { return r.take(1)[0] }

// U16 reads a number.
func (r *Reader) U16() uint16 { return binary.LittleEndian.Uint16(r.take(2)) }

// U32 reads a number.
func (r *Reader) U32() uint32 { return binary.LittleEndian.Uint32(r.take(4)) }

// U64 reads a number.
func (r *Reader) U64() uint64 { return binary.LittleEndian.Uint64(r.take(8)) }

// I32 reads a number.
func (r *Reader) I32() int32 { return int32(r.U32()) }

// F64 reads a number.
func (r *Reader) F64() float64 { return math.Float64frombits(r.U64()) }

// Flag reads a byte that must be 0 or 1.
func (r *Reader) Flag() bool {
	v := r.U8()
	if v > 1 {
		r.Failf("flag is %d, not 0 or 1", v)
	}
	return v == 1
}

// Len reads the number of entries of a table and checks that as many, of
// size bytes each, can still follow. It is 0 after an error.
func (r *Reader) Len(size int) int {
	n := int64(r.U32())
	if n*int64(size) > int64(len(r.b)) {
		r.Failf("%d entries of %d bytes with %d bytes left", n, size, len(r.b))
	}
	if r.err != nil {
		return 0
	}
	return int(n)
}

// Str reads a string after its length.
func (r *Reader) Str() string {
	n := r.Len(1)
	if r.err != nil {
		return ""
	}
	return string(r.take(n))
}

// Bytes reads n bytes, a view. It is nil after an error.
func (r *Reader) Bytes(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.Failf("%d bytes wanted, %d left", n, len(r.b))
	}
	if r.err != nil {
		return nil
	}
	return r.take(n)
}

// Table reads a counted table of entries of size bytes; empty is nil.
func Table[T any](r *Reader, size int, entry func() T) []T {
	n := r.Len(size)
	if n == 0 {
		return nil
	}
	t := make([]T, n)
	for i := range t {
		t[i] = entry()
	}
	return t
}
