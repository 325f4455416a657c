package hdf5

import (
	"fmt"

	"github.com/synfire/synfire/internal/regular"
)

// Limits of what is read. They are far above any network that fits a chip, and
// low enough that a hostile file cannot take the machine down.
const (
	maxFileBytes    = 1 << 30   // file size accepted by ReadFile
	maxDatasetBytes = 1 << 30   // decoded values of one dataset
	maxDecodedBytes = 1 << 30   // decoded values of the whole file
	maxChunkBytes   = 1 << 28   // one chunk, unfiltered
	maxObjects      = 1 << 20   // groups and datasets
	maxDepth        = 64        // nesting of groups
	maxMessages     = 1<<16 - 1 // of one object header; the limit of version 1
	maxRank         = 32        // dimensions; the format's own limit

	// A file may always decode to minDecodedBytes, and beyond that to
	// decodedPerByte times its size: deflate expands at most 1032 times, and
	// an 8-bit integer becomes 8 bytes.
	minDecodedBytes = 64 << 20
	decodedPerByte  = 8 * 1032

	// objectOverhead is what a group or dataset costs in memory besides its
	// name and values, roughly.
	objectOverhead = 256
)

// file is the state of one Read.
type file struct {
	data       []byte // from the superblock on: address 0 is data[0]
	offsetSize int    // bytes of an address
	lengthSize int    // bytes of a length

	unclaimed uint64 // bytes of the file that structures may still use
	budget    uint64 // bytes that decoded values may still use
	objects   int    // groups and datasets met

	groupsSeen map[uint64]string     // object header address -> path
	datasets   map[uint64]*Dataset   // object header address -> decoded dataset
	heaps      map[uint64]globalHeap // collection address -> objects
	inflater   inflater
}

// ReadFile reads the HDF5 file at path; see [Read]. A file above 1 GiB is
// refused.
func ReadFile(path string) (*Group, error) {
	data, err := regular.ReadFile(path, maxFileBytes)
	if err != nil {
		return nil, err
	}
	root, err := Read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return root, nil
}

// Read decodes the HDF5 file in data and returns its root group with the whole
// tree below it. An error names the path in the file, the offset where that
// helps, and the construct that is damaged or not supported.
//
// Limits: 64 levels of groups, 2^20 objects, 1 GiB of decoded values (8 bytes
// a number) in all, and for small files 64 MiB plus what deflate could have
// compressed into a file of that size. A dataset with two names is returned
// under both, sharing its values; a group with two names is an error, since
// the tree could be endless.
func Read(data []byte) (*Group, error) {
	f := &file{
		groupsSeen: map[uint64]string{},
		datasets:   map[uint64]*Dataset{},
		heaps:      map[uint64]globalHeap{},
	}
	root, err := f.readSuperblock(data)
	if err != nil {
		return nil, err
	}
	f.unclaimed = uint64(len(f.data))
	f.budget = min(maxDecodedBytes, minDecodedBytes+decodedPerByte*uint64(len(f.data)))
	if root.extension != undefined {
		if err := f.checkExtension(root.extension); err != nil {
			return nil, fmt.Errorf("superblock extension: %w", err)
		}
	}
	return f.readRoot(root.header)
}

// claim returns a cursor over n bytes at an address and charges them to the
// size of the file. The sum of all claims cannot exceed it unless structures
// overlap, as they do in a loop.
func (f *file) claim(what string, address, n uint64) (*cursor, error) {
	if address == undefined {
		return nil, fmt.Errorf("%s has no address", what)
	}
	size := uint64(len(f.data))
	if address > size || n > size-address {
		return nil, fmt.Errorf("%s at offset %d needs %d bytes, the file has %d", what, address, n, size)
	}
	if n > f.unclaimed {
		return nil, fmt.Errorf("%s at offset %d overlaps other parts of the file", what, address)
	}
	f.unclaimed -= n
	return &cursor{
		buf: f.data[address : address+n], base: address,
		offsetSize: f.offsetSize, lengthSize: f.lengthSize,
	}, nil
}

// charge takes n bytes from the budget of decoded values.
func (f *file) charge(n uint64) error {
	if n > f.budget {
		return fmt.Errorf("the file decodes to more than the limit: %d bytes more are needed, %d are left", n, f.budget)
	}
	f.budget -= n
	return nil
}

// enter counts a group or dataset and charges its path.
func (f *file) enter(path string) error {
	f.objects++
	if f.objects > maxObjects {
		return fmt.Errorf("the file has more than %d objects", maxObjects)
	}
	return f.charge(objectOverhead + uint64(len(path)))
}
