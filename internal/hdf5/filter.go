package hdf5

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
)

// Identifiers of filters.
const (
	filterDeflate    = 1
	filterShuffle    = 2
	filterFletcher32 = 3
	filterLZF        = 32000
)

func filterName(id uint16) string {
	names := map[uint16]string{
		filterDeflate: "deflate", filterShuffle: "shuffle", filterFletcher32: "fletcher32", filterLZF: "lzf",
		4: "szip", 5: "nbit", 6: "scaleoffset",
	}
	if name, ok := names[id]; ok {
		return name
	}
	return fmt.Sprintf("filter %d", id)
}

// filter is one step of a filter pipeline.
type filter struct {
	id     uint16
	params []uint32
}

// parseFilters reads a filter pipeline message of version 1 or 2; nil gives no
// filters. Filters stand in the order in which they were applied.
func parseFilters(m *message) ([]filter, error) {
	if m == nil {
		return nil, nil
	}
	c := m.body
	version, count := c.u8(), int(c.u8())
	if c.err == nil && version != 1 && version != 2 {
		return nil, fmt.Errorf("filter pipeline version %d is not supported", version)
	}
	if count > 32 {
		return nil, fmt.Errorf("a pipeline of %d filters, HDF5 allows 32: the file is damaged", count)
	}
	if version == 1 {
		c.skip(6)
	}
	filters := make([]filter, count)
	for i := range filters {
		filters[i] = parseFilter(&c, version)
	}
	if c.err != nil {
		return nil, c.err
	}
	return filters, checkFilters(filters)
}

func parseFilter(c *cursor, version uint8) filter {
	fl := filter{id: c.u16()}
	nameLen := uint64(0)
	if version == 1 || fl.id >= 256 {
		nameLen = uint64(c.u16())
	}
	c.skip(2) // flags: whether the writer could leave it out
	n := int(c.u16())
	if version == 1 {
		nameLen = (nameLen + 7) &^ 7
	}
	c.skip(nameLen)
	raw := c.bytes(4 * uint64(n))
	for i := 0; i+4 <= len(raw); i += 4 {
		fl.params = append(fl.params, le.Uint32(raw[i:]))
	}
	if version == 1 && n%2 == 1 {
		c.skip(4)
	}
	return fl
}

// checkFilters refuses unknown filters, and two compressions in one pipeline:
// the size between them is not known, so it could not be bounded.
func checkFilters(filters []filter) error {
	compressions := 0
	for _, fl := range filters {
		switch fl.id {
		case filterDeflate, filterLZF:
			compressions++
		case filterShuffle, filterFletcher32:
		default:
			return fmt.Errorf("%s (id %d) is not supported; rewrite the dataset with compression='gzip' or without", filterName(fl.id), fl.id)
		}
	}
	if compressions > 1 {
		return errors.New("two compression filters in one pipeline are not supported")
	}
	return nil
}

// filteredSizes returns, for each filter, the size of its input when the chunk
// was written: what undoing it must give back.
func filteredSizes(filters []filter, mask uint32, chunkBytes int) []int {
	sizes := make([]int, len(filters))
	size := chunkBytes
	for i, fl := range filters {
		sizes[i] = size
		if fl.id == filterFletcher32 && mask>>i&1 == 0 {
			size += 4
		}
	}
	return sizes
}

// undo reverses one filter. want is the size that it must give if a
// compression does not follow it.
func (f *file) undo(fl filter, data []byte, want int) ([]byte, error) {
	switch fl.id {
	case filterDeflate:
		return f.inflater.inflate(data, want)
	case filterLZF:
		return unLZF(data, want)
	case filterShuffle:
		// Over strings libraries leave the size out, and mark the filter as
		// not applied in every chunk.
		if len(fl.params) < 1 || fl.params[0] == 0 {
			return nil, errors.New("the size of an element is missing: the file is damaged")
		}
		return unshuffle(data, fl.params[0]), nil
	}
	return checkFletcher32(data)
}

// inflater keeps the state of one zlib reader for reuse.
type inflater struct {
	reader io.ReadCloser
}

// inflate decompresses a zlib stream that must hold exactly want bytes.
func (z *inflater) inflate(data []byte, want int) ([]byte, error) {
	// Deflate codes at most 258 bytes in 2 bits.
	if want/1032 > len(data) {
		return nil, fmt.Errorf("%d bytes cannot hold the %d of the chunk", len(data), want)
	}
	src := bytes.NewReader(data)
	var err error
	if z.reader == nil {
		z.reader, err = zlib.NewReader(src)
	} else {
		err = z.reader.(zlib.Resetter).Reset(src, nil)
	}
	if err != nil {
		return nil, err
	}
	out := make([]byte, want)
	if n, err := io.ReadFull(z.reader, out); err != nil {
		return nil, fmt.Errorf("after %d of %d bytes: %w", n, want, err)
	}
	// The checksum is verified when the end is read.
	switch n, err := z.reader.Read(make([]byte, 1)); {
	case n > 0:
		return nil, fmt.Errorf("the stream holds more than the %d bytes of the chunk", want)
	case err != io.EOF:
		return nil, err
	case src.Len() > 0:
		return nil, fmt.Errorf("%d bytes follow the stream", src.Len())
	}
	return out, nil
}

// unshuffle reverses the byte shuffle: byte j of all elements lies together.
// Bytes that fill no element stay at the end.
func unshuffle(data []byte, elementSize uint32) []byte {
	size := int(elementSize)
	n := len(data) / size
	if size == 1 || n < 2 {
		return data
	}
	out := make([]byte, len(data))
	for j := range size {
		plane := data[j*n : (j+1)*n]
		for i, b := range plane {
			out[i*size+j] = b
		}
	}
	copy(out[n*size:], data[n*size:])
	return out
}

// checkFletcher32 verifies the checksum in the last 4 bytes and removes it.
func checkFletcher32(data []byte) ([]byte, error) {
	if len(data) < 4 {
		return nil, errors.New("the chunk is shorter than its checksum")
	}
	body := data[:len(data)-4]
	stored, computed := le.Uint32(data[len(body):]), fletcher32(body)
	if stored != computed {
		return nil, fmt.Errorf("checksum is %08x, the file says %08x: the data is damaged", computed, stored)
	}
	return body, nil
}
