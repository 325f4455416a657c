// Package idx reads the IDX format of the MNIST data sets (Y. LeCun, C. Cortes
// and C. Burges, "The MNIST database of handwritten digits"): two zero bytes,
// a type code, the number of dimensions, the dimensions as big-endian 32-bit
// integers, then the data. Only unsigned bytes (type 0x08) are read. Files may
// be gzipped.
package idx

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/synfire/synfire/internal/regular"
)

const (
	// MaxBytes bounds the data of one file: 1 GiB.
	MaxBytes  = 1 << 30
	maxDims   = 8
	typeUbyte = 0x08
)

// What is wrong with a file, for those who give advice.
var (
	// ErrLeftOver is in the error about a file that has more data than its
	// dimensions say.
	ErrLeftOver = errors.New("data follows")
	// ErrEmpty is the error about a file of no data.
	ErrEmpty = errors.New("an IDX dimension is zero")
)

// ShapeError is the error about a file of other things than were expected.
type ShapeError struct {
	Path string
	Want string // "images have 3 dimensions"
	Dims []int
}

func (e *ShapeError) Error() string {
	return fmt.Sprintf("%s: %s, this file has %v", e.Path, e.Want, e.Dims)
}

// Images is a set of grey images of equal size. Pixel (y, x) of image k is
// Pixels[(k*Rows+y)*Cols+x].
type Images struct {
	N, Rows, Cols int
	Pixels        []uint8
}

// Image returns the Rows x Cols pixels of image k, a view.
func (m *Images) Image(k int) []uint8 {
	size := m.Rows * m.Cols
	return m.Pixels[k*size : (k+1)*size]
}

// ReadImages reads a file of images [n, rows, cols]. Errors carry the path.
func ReadImages(path string) (*Images, error) {
	dims, data, err := readFile(path)
	if err != nil {
		return nil, named(path, err)
	}
	if len(dims) != 3 {
		return nil, &ShapeError{path, "images have 3 dimensions", dims}
	}
	return &Images{N: dims[0], Rows: dims[1], Cols: dims[2], Pixels: data}, nil
}

// ReadLabels reads a file of labels [n]. Errors carry the path.
func ReadLabels(path string) ([]uint8, error) {
	dims, data, err := readFile(path)
	if err != nil {
		return nil, named(path, err)
	}
	if len(dims) != 1 {
		return nil, &ShapeError{path, "labels have 1 dimension", dims}
	}
	return data, nil
}

// named puts the path before an error that lacks it.
func named(path string, err error) error {
	var has *fs.PathError
	if errors.As(err, &has) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

func readFile(path string) ([]int, []uint8, error) {
	f, _, err := regular.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	return Read(f)
}

// Read reads an IDX file, plain or gzipped, and returns its dimensions and
// its data. Memory is taken as the data arrives, never on the word of the
// header; missing data and data that is left over are errors.
func Read(r io.Reader) (dims []int, data []uint8, err error) {
	b := bufio.NewReader(r)
	if m, _ := b.Peek(2); len(m) == 2 && m[0] == 0x1f && m[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, nil, fmt.Errorf("gzip: %w", err)
		}
		b = bufio.NewReader(z)
	}
	dims, size, err := readHeader(b)
	if err != nil {
		return nil, nil, err
	}
	data, err = io.ReadAll(io.LimitReader(b, int64(size)+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, nil, fmt.Errorf("the gzipped data ends after %d of the %d bytes of dimensions %v: %w", len(data), size, dims, regular.ErrTruncated)
	case errors.Is(err, gzip.ErrChecksum):
		return nil, nil, fmt.Errorf("the data does not match its checksum, so a part of it is wrong: %w", err)
	case err != nil:
		return nil, nil, fmt.Errorf("reading the data: %w", err)
	case len(data) < size:
		return nil, nil, fmt.Errorf("dimensions %v need %d bytes, the file has %d: %w", dims, size, len(data), regular.ErrTruncated)
	case len(data) > size:
		return nil, nil, fmt.Errorf("%w the %d bytes of dimensions %v", ErrLeftOver, size, dims)
	}
	return dims, data, nil
}

// readHeader returns the dimensions and their product.
func readHeader(r io.Reader) (dims []int, size int, err error) {
	var b [4]byte
	if _, err := io.ReadFull(r, b[:]); err != nil || b[0] != 0 || b[1] != 0 {
		return nil, 0, errors.New("not an IDX file: it does not start with two zero bytes")
	}
	if b[2] != typeUbyte {
		return nil, 0, fmt.Errorf("IDX type 0x%02x is not supported (0x08, unsigned bytes, is)", b[2])
	}
	if b[3] == 0 || b[3] > maxDims {
		return nil, 0, fmt.Errorf("%d IDX dimensions (1 to %d are supported)", b[3], maxDims)
	}
	size = 1
	for range b[3] {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return nil, 0, fmt.Errorf("the file ends inside the IDX header: %w", regular.ErrTruncated)
		}
		d := int(binary.BigEndian.Uint32(b[:]))
		if d == 0 {
			return nil, 0, ErrEmpty
		}
		if d > MaxBytes/size {
			return nil, 0, fmt.Errorf("the IDX header claims more than %d bytes", MaxBytes)
		}
		size *= d
		dims = append(dims, d)
	}
	return dims, size, nil
}
