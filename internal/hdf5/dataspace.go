package hdf5

import (
	"errors"
	"fmt"
	"math"
)

// dataspace is the shape of a dataset or attribute.
type dataspace struct {
	shape []int // slowest first; empty for a scalar
	null  bool
	n     int // number of elements
}

// parseDataspace reads a dataspace message (version 1 or 2). The number of
// elements is bounded so that 8 bytes for each stay below maxDatasetBytes.
func parseDataspace(c *cursor) (dataspace, error) {
	const scalar, simple, null = 0, 1, 2
	version, rank, flags := c.u8(), int(c.u8()), c.u8()
	kind := c.u8() // reserved in version 1
	switch {
	case c.err != nil:
		return dataspace{}, c.err
	case version == 1:
		c.skip(4)
		kind = simple
		if flags&0x02 != 0 {
			return dataspace{}, errors.New("a dataspace with permuted dimensions is not supported")
		}
	case version != 2:
		return dataspace{}, fmt.Errorf("dataspace version %d is not supported", version)
	case kind > null:
		return dataspace{}, fmt.Errorf("dataspace of type %d is not supported", kind)
	case kind != simple && rank != 0:
		return dataspace{}, fmt.Errorf("a scalar or null dataspace with %d dimensions: the file is damaged", rank)
	}
	if rank > maxRank {
		return dataspace{}, fmt.Errorf("%d dimensions, HDF5 allows %d: the file is damaged", rank, maxRank)
	}
	if kind == null {
		return dataspace{null: true}, nil
	}
	return parseExtents(c, rank)
}

func parseExtents(c *cursor, rank int) (dataspace, error) {
	space := dataspace{shape: make([]int, rank)}
	empty := false
	n := uint64(1)
	for i := range space.shape {
		extent := c.length()
		if extent > math.MaxInt {
			return dataspace{}, fmt.Errorf("dimension %d has %d elements: too many", i, extent)
		}
		space.shape[i] = int(extent)
		if extent == 0 {
			empty = true
			continue
		}
		product, ok := mulBound(n, extent, math.MaxInt)
		if !ok {
			product = math.MaxInt // an extent of 0 may still follow
		}
		n = product
	}
	if c.err != nil {
		return dataspace{}, c.err
	}
	if empty {
		return space, nil
	}
	if n > maxDatasetBytes/8 {
		return dataspace{}, fmt.Errorf("shape %v has too many elements: at most %d are read", space.shape, maxDatasetBytes/8)
	}
	space.n = int(n)
	return space, nil
}
