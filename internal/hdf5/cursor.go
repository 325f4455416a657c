package hdf5

import (
	"encoding/binary"
	"fmt"
)

// undefined is the address that means "nowhere": all bits set, at any size.
const undefined = ^uint64(0)

// cursor reads a bounded range of the file front to back. After a read beyond
// its end, err is set and all reads give zeros, so that a parser may check once
// after a run of fields, but must check before it trusts a count in a loop.
type cursor struct {
	buf  []byte
	pos  int
	base uint64 // file address of buf[0]
	err  error

	offsetSize, lengthSize int
}

// left returns the number of unread bytes.
func (c *cursor) left() int { return len(c.buf) - c.pos }

// address returns the file address of the next byte.
func (c *cursor) address() uint64 { return c.base + uint64(c.pos) }

// bytes returns the next n bytes of the file, or nil past the end.
func (c *cursor) bytes(n uint64) []byte {
	if c.err != nil {
		return nil
	}
	if n > uint64(c.left()) {
		c.err = fmt.Errorf("structure at offset %d ends early: %d bytes are needed at offset %d, it has %d",
			c.base, n, c.address(), c.left())
		return nil
	}
	b := c.buf[c.pos : c.pos+int(n)]
	c.pos += int(n)
	return b
}

func (c *cursor) skip(n uint64) { c.bytes(n) }

// sub returns a cursor over the next n bytes and moves past them.
func (c *cursor) sub(n uint64) *cursor {
	base := c.address()
	return &cursor{
		buf: c.bytes(n), base: base, err: c.err,
		offsetSize: c.offsetSize, lengthSize: c.lengthSize,
	}
}

// uint reads a little-endian number of 1 to 8 bytes.
func (c *cursor) uint(size int) uint64 {
	var v uint64
	for i, b := range c.bytes(uint64(size)) {
		v |= uint64(b) << (8 * i)
	}
	return v
}

func (c *cursor) u8() uint8   { return uint8(c.uint(1)) }
func (c *cursor) u16() uint16 { return uint16(c.uint(2)) }
func (c *cursor) u32() uint32 { return uint32(c.uint(4)) }

// length reads a number of the file's size of lengths.
func (c *cursor) length() uint64 { return c.uint(c.lengthSize) }

// offset reads an address; all bits set gives undefined.
func (c *cursor) offset() uint64 {
	v := c.uint(c.offsetSize)
	if v == undefined>>(64-8*c.offsetSize) {
		return undefined
	}
	return v
}

// expect reads a signature and sets err if it is another one.
func (c *cursor) expect(signature string) {
	at := c.address()
	b := c.bytes(uint64(len(signature)))
	if c.err == nil && string(b) != signature {
		c.err = fmt.Errorf("no %q at offset %d but %q: the file is damaged", signature, at, b)
	}
}

// verifyChecksum reads the 4-byte checksum that closes a structure and compares
// it with that of all bytes before.
func (c *cursor) verifyChecksum(what string) error {
	body := c.buf[:c.pos]
	stored := c.u32()
	if c.err != nil {
		return c.err
	}
	if computed := lookup3(body); computed != stored {
		return fmt.Errorf("%s at offset %d: checksum is %08x, the file says %08x: the file is damaged",
			what, c.base, computed, stored)
	}
	return nil
}

// mulBound returns a*b, or false if it exceeds limit.
func mulBound(a, b, limit uint64) (uint64, bool) {
	if b != 0 && a > limit/b {
		return 0, false
	}
	return a * b, true
}

// le is the byte order of all metadata.
var le = binary.LittleEndian
