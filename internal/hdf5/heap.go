package hdf5

import (
	"bytes"
	"fmt"
)

// localHeap holds the names of the links of one group.
type localHeap struct {
	data    []byte
	address uint64
	unused  int // bytes that no name has used yet
}

func (f *file) readLocalHeap(address uint64) (*localHeap, error) {
	c, err := f.claim("local heap", address, uint64(8+2*f.lengthSize+f.offsetSize))
	if err != nil {
		return nil, err
	}
	c.expect("HEAP")
	version := c.u8()
	c.skip(3)
	size := c.length()
	c.length() // free list
	segment := c.offset()
	if c.err != nil {
		return nil, c.err
	}
	if version != 0 {
		return nil, fmt.Errorf("local heap version %d is not supported", version)
	}
	body, err := f.claim("local heap data", segment, size)
	if err != nil {
		return nil, err
	}
	return &localHeap{body.buf, segment, len(body.buf)}, nil
}

// name returns the zero-terminated name at an offset inside the heap. Names
// that overlap, so that a small heap would give long names without end, are an
// error.
func (h *localHeap) name(offset uint64) ([]byte, error) {
	end := -1
	if offset < uint64(len(h.data)) {
		end = bytes.IndexByte(h.data[offset:], 0)
	}
	if end < 0 {
		return nil, fmt.Errorf("no name at offset %d of the local heap at %d: the file is damaged", offset, h.address)
	}
	h.unused -= end + 1
	if h.unused < 0 {
		return nil, fmt.Errorf("names overlap in the local heap at %d: the file is damaged", h.address)
	}
	return h.data[offset : offset+uint64(end)], nil
}

// globalHeap maps the objects of one global heap collection by their index.
type globalHeap map[uint16][]byte

// heapString returns the bytes of a variable-length string from its reference:
// length, collection, index. The text ends at a zero byte if there is one.
func (f *file) heapString(reference []byte) ([]byte, error) {
	c := &cursor{buf: reference, offsetSize: f.offsetSize, lengthSize: f.lengthSize}
	n, address, index := uint64(c.u32()), c.offset(), c.u32()
	if c.err != nil {
		return nil, c.err
	}
	if n == 0 {
		return nil, nil
	}
	heap, ok := f.heaps[address]
	if !ok {
		var err error
		if heap, err = f.readGlobalHeap(address); err != nil {
			return nil, err
		}
		f.heaps[address] = heap
	}
	if index > 0xffff {
		return nil, fmt.Errorf("global heap index %d is out of range", index)
	}
	object, ok := heap[uint16(index)]
	if !ok || n > uint64(len(object)) {
		return nil, fmt.Errorf("no object %d of %d bytes in the global heap at offset %d: the file is damaged", index, n, address)
	}
	return trimFixed(object[:n], padNullTerminated), nil
}

func (f *file) readGlobalHeap(address uint64) (globalHeap, error) {
	head := heapHead(f.lengthSize)
	c, err := f.claim("global heap", address, head)
	if err != nil {
		return nil, err
	}
	c.expect("GCOL")
	version := c.u8()
	c.skip(3)
	size := c.length()
	if c.err != nil {
		return nil, c.err
	}
	if version != 1 {
		return nil, fmt.Errorf("global heap version %d is not supported", version)
	}
	if size < head {
		return nil, fmt.Errorf("global heap at offset %d says it has %d bytes: the file is damaged", address, size)
	}
	body, err := f.claim("global heap", address+head, size-head)
	if err != nil {
		return nil, err
	}
	return parseGlobalHeap(body)
}

// heapHead returns the size of the head of a collection, and of an object in
// it: 8 bytes and a length, padded to a multiple of 8.
func heapHead(lengthSize int) uint64 {
	return uint64(8+lengthSize+7) &^ 7
}

func parseGlobalHeap(c *cursor) (globalHeap, error) {
	heap := globalHeap{}
	head := heapHead(c.lengthSize)
	for uint64(c.left()) >= head {
		object := c.sub(head)
		index := object.u16()
		object.skip(6) // reference count, reserved
		size := object.length()
		if index == 0 {
			break // free space up to the end
		}
		data := c.bytes(size)
		if c.err != nil {
			return nil, c.err
		}
		if _, twice := heap[index]; twice {
			return nil, fmt.Errorf("object %d is twice in the global heap: the file is damaged", index)
		}
		heap[index] = data
		c.skip(min(-size&7, uint64(c.left())))
	}
	return heap, nil
}
