package hdf5

import (
	"errors"
	"fmt"
)

// Layout classes.
const (
	layoutCompact    = 0
	layoutContiguous = 1
	layoutChunked    = 2
	layoutVirtual    = 3
)

// layout says where the raw data of a dataset lies.
type layout struct {
	class   uint8
	compact []byte // class compact: the data itself

	address uint64 // data, or root of the chunk B-tree; undefined if unallocated
	size    uint64 // class contiguous: bytes

	chunk       []int // extents of a chunk
	elementSize int   // as the chunked layout repeats it
	single      bool  // the one chunk lies at address, no B-tree
	singleSize  uint64
	singleMask  uint32
}

func parseLayout(c *cursor) (layout, error) {
	version := c.u8()
	if c.err != nil {
		return layout{}, c.err
	}
	if version != 3 && version != 4 {
		return layout{}, fmt.Errorf("data layout version %d is not supported; rewrite the file with libver='earliest' of a current library", version)
	}
	l := layout{class: c.u8(), address: undefined}
	switch l.class {
	case layoutCompact:
		l.compact = c.bytes(uint64(c.u16()))
	case layoutContiguous:
		l.address, l.size = c.offset(), c.length()
	case layoutChunked:
		if version == 3 {
			return l, parseChunked3(c, &l)
		}
		return l, parseChunked4(c, &l)
	case layoutVirtual:
		return l, errors.New("a virtual dataset is not supported")
	default:
		return l, fmt.Errorf("data layout class %d is not supported", l.class)
	}
	return l, c.err
}

func parseChunked3(c *cursor, l *layout) error {
	dims := int(c.u8())
	l.address = c.offset()
	return parseChunkDims(c, l, dims, 4)
}

func parseChunked4(c *cursor, l *layout) error {
	const edgesUnfiltered, singleFiltered = 0x01, 0x02
	flags := c.u8()
	if flags&edgesUnfiltered != 0 {
		return errors.New("chunks that are unfiltered at the edges are not supported")
	}
	dims := int(c.u8())
	width := int(c.u8())
	if c.err == nil && (width < 1 || width > 8) {
		return fmt.Errorf("chunk extents of %d bytes: the file is damaged", width)
	}
	if err := parseChunkDims(c, l, dims, width); err != nil {
		return err
	}
	switch index := c.u8(); index {
	case 1:
		l.single = true
	case 2, 3, 4, 5:
		name := []string{"implicit", "fixed array", "extensible array", "version 2 B-tree"}[index-2]
		return fmt.Errorf("the chunk index %q is not supported; rewrite the file with libver='earliest'", name)
	default:
		return fmt.Errorf("chunk index type %d is not supported", index)
	}
	if flags&singleFiltered != 0 {
		l.singleSize, l.singleMask = c.length(), c.u32()
	}
	l.address = c.offset()
	return c.err
}

// parseChunkDims reads the extents of a chunk; the last one is the size of an
// element in bytes.
func parseChunkDims(c *cursor, l *layout, dims, width int) error {
	if dims < 2 || dims > maxRank+1 {
		return fmt.Errorf("a chunk of %d dimensions: the file is damaged", dims-1)
	}
	bytes := uint64(1)
	extents := make([]int, dims)
	for i := range extents {
		extent := c.uint(width)
		if c.err != nil {
			return c.err
		}
		product, ok := mulBound(bytes, extent, maxChunkBytes)
		if !ok || extent == 0 {
			return fmt.Errorf("a chunk of no bytes or more than %d is not supported", maxChunkBytes)
		}
		bytes, extents[i] = product, int(extent)
	}
	l.chunk, l.elementSize = extents[:dims-1], extents[dims-1]
	return c.err
}

// chunkBytes returns the size of an unfiltered chunk, bounded by
// parseChunkDims.
func (l *layout) chunkBytes() int {
	n := l.elementSize
	for _, extent := range l.chunk {
		n *= extent
	}
	return n
}

// parseFill returns the bytes of the fill value, or nil where it is zero or
// undefined.
func parseFill(o *object) ([]byte, error) {
	if o.fill == nil {
		if o.oldFill == nil {
			return nil, nil
		}
		c := o.oldFill.body
		fill := c.bytes(uint64(c.u32()))
		return fill, c.err
	}
	c := o.fill.body
	version := c.u8()
	defined := false
	switch version {
	case 1, 2:
		c.skip(2) // when space is allocated, when the value is written
		// Version 1 always has a size, version 2 only with a value.
		defined = c.u8() != 0 || version == 1
	case 3:
		defined = c.u8()&0x20 != 0
	default:
		return nil, fmt.Errorf("fill value version %d is not supported", version)
	}
	if c.err != nil || !defined {
		return nil, c.err
	}
	fill := c.bytes(uint64(c.u32()))
	return fill, c.err
}
