package hdf5

import (
	"errors"
	"fmt"
	"slices"
)

// chunk is one stored chunk.
type chunk struct {
	address uint64
	size    uint64 // bytes in the file
	mask    uint32 // bit i set: filter i was not applied
	origin  []int  // index of its first element
}

// readChunked decodes a chunked dataset. Chunks that are not stored keep the
// fill value.
func (f *file) readChunked(d *Dataset, t datatype, space dataspace, l layout, filters []filter) error {
	if len(l.chunk) != len(space.shape) {
		return fmt.Errorf("chunks of %d dimensions for shape %v: the file is damaged", len(l.chunk), space.shape)
	}
	if l.elementSize != t.size {
		return fmt.Errorf("chunks with elements of %d bytes for a type of %d bytes: the file is damaged", l.elementSize, t.size)
	}
	if l.address == undefined || space.n == 0 {
		return nil
	}
	read := func(ch chunk) error {
		if err := f.readChunk(d, t, space, l, filters, ch); err != nil {
			return fmt.Errorf("chunk at index %v: %w", ch.origin, err)
		}
		return nil
	}
	if l.single {
		ch := chunk{address: l.address, size: l.singleSize, mask: l.singleMask, origin: make([]int, len(l.chunk))}
		if len(filters) == 0 {
			ch.size = uint64(l.chunkBytes())
		}
		return read(ch)
	}
	return f.walkChunkTree(l.address, len(l.chunk), anyLevel, read)
}

// readChunk reads one chunk, undoes its filters and puts its elements in place.
func (f *file) readChunk(d *Dataset, t datatype, space dataspace, l layout, filters []filter, ch chunk) error {
	for i, at := range ch.origin {
		if at >= space.shape[i] || at%l.chunk[i] != 0 {
			return fmt.Errorf("the chunk is outside of shape %v or off the grid of %v: the file is damaged", space.shape, l.chunk)
		}
	}
	c, err := f.claim("chunk", ch.address, ch.size)
	if err != nil {
		return err
	}
	raw, err := f.unfilter(filters, ch.mask, c.buf, l.chunkBytes())
	if err != nil {
		return err
	}
	return f.scatter(d, t, space.shape, l.chunk, ch.origin, raw)
}

// scatter decodes a chunk row by row into its place in d. Parts beyond the
// edge of the dataset are padding.
func (f *file) scatter(d *Dataset, t datatype, shape, extents, origin []int, raw []byte) error {
	last := len(shape) - 1
	inside := func(i int) int { return min(extents[i], shape[i]-origin[i]) }
	row := inside(last)
	index := make([]int, last) // position of the row inside the chunk
	for {
		from, to := 0, 0
		for i, at := range index {
			from = (from + at) * extents[i+1]
			to = (to + origin[i] + at) * shape[i+1]
		}
		to += origin[last]
		if err := f.decode(d, t, to, raw[from*t.size:(from+row)*t.size]); err != nil {
			return err
		}
		i := last - 1
		for ; i >= 0; i-- {
			index[i]++
			if index[i] < inside(i) {
				break
			}
			index[i] = 0
		}
		if i < 0 {
			return nil
		}
	}
}

// anyLevel lets the root of a B-tree have any level.
const anyLevel = -1

// walkChunkTree visits the chunks of a version 1 B-tree of type 1, in order.
func (f *file) walkChunkTree(address uint64, rank, level int, visit func(chunk) error) error {
	node, err := f.openBTree(address, 1, level, 8+8*(rank+1))
	if err != nil {
		return err
	}
	for range node.entries {
		ch := chunk{size: uint64(node.u32()), mask: node.u32(), origin: make([]int, rank)}
		for i := range ch.origin {
			at := node.uint(8)
			if at > maxDatasetBytes {
				return errors.New("a chunk lies outside of its dataset: the file is damaged")
			}
			ch.origin[i] = int(at)
		}
		node.skip(8) // offset inside the element, always 0
		ch.address = node.offset()
		if node.err != nil {
			return node.err
		}
		if node.level > 0 {
			err = f.walkChunkTree(ch.address, rank, node.level-1, visit)
		} else {
			err = visit(ch)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unfilter undoes the filters of a chunk, last one first, and returns want
// bytes.
func (f *file) unfilter(filters []filter, mask uint32, data []byte, want int) ([]byte, error) {
	sizes := filteredSizes(filters, mask, want)
	for i, fl := range slices.Backward(filters) {
		if mask>>i&1 != 0 {
			continue
		}
		out, err := f.undo(fl, data, sizes[i])
		if err != nil {
			return nil, fmt.Errorf("%s filter: %w", filterName(fl.id), err)
		}
		data = out
	}
	if len(data) != want {
		return nil, fmt.Errorf("the chunk has %d bytes where %d are needed", len(data), want)
	}
	return data, nil
}
