// Package hdf5 reads and writes the subset of HDF5 that NIR files use
// (specs/nir.md section 4.3; HDF5 File Format Specification version 3.0).
//
// A file is a tree: groups hold named groups and datasets, a dataset is an
// array of numbers or strings with a shape. [Read] decodes the whole tree into
// memory, [Group.Encode] writes one.
//
// # What is read
//
//   - superblock versions 0 to 3, behind a user block or not;
//   - object headers of versions 1 and 2 with continuations (version 2
//     checksums are verified);
//   - groups as symbol tables (B-tree version 1) of any depth, or as link
//     messages in the header; hard links only;
//   - dataspaces: scalar, simple and null;
//   - integers of 8 to 64 bits, IEEE floats of 16 to 64 bits, either byte
//     order; fixed and variable-length strings; the enum {FALSE, TRUE};
//   - compact, contiguous and chunked layout (B-tree version 1, and the single
//     chunk of version 4), fill values, and the filters deflate, shuffle,
//     fletcher32 (verified) and lzf;
//   - attributes of those same types, stored in the header.
//
// Anything else is an error that names the construct and where it stands;
// nothing is skipped.
//
// # What is written
//
// Superblock 0, object header 1, symbol-table groups, contiguous layout,
// variable-length UTF-8 strings: what every HDF5 library since 1.6 reads. The
// same tree always gives the same bytes.
//
// # Hostile files
//
// Every structure that is read is charged to the size of the file: since no
// two structures of a sound file overlap, more bytes than the file has mean a
// loop or sharing, and reading stops. Decoded values are charged to a second
// budget, see [Read]. So time and memory are bounded whatever the bytes say.
package hdf5

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Kind says what the elements of a dataset are.
type Kind uint8

// The kinds of elements. Bool is the enumeration {FALSE = 0, TRUE = 1} as
// which h5py stores booleans.
const (
	Int Kind = iota + 1
	Uint
	Float
	String
	Bool
)

// String returns the lower-case name of the kind, such as "float".
func (k Kind) String() string {
	switch k {
	case Int:
		return "int"
	case Uint:
		return "uint"
	case Float:
		return "float"
	case String:
		return "string"
	case Bool:
		return "bool"
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Dataset is one dataset, or one attribute, with its values decoded.
type Dataset struct {
	Name string // "weight"
	Path string // "/node/nodes/fc1/weight"; of an attribute "/node@version"
	Kind Kind
	// Bits is the size of a number in the file: 8 to 64. It is 0 for strings.
	// In a dataset to be written 0 means 64, and 8 for Bool.
	Bits int
	// Shape holds the extents, slowest first; it is empty for a scalar.
	Shape []int
	// Null marks a null dataspace: no shape and no values.
	Null bool

	// Exactly one of these holds the values, in row-major order: Floats for
	// kind Float, Strings for String, Ints for Int, Uint and Bool (0 or 1).
	// A uint64 above the range of int64 is refused when read.
	Floats  []float64
	Ints    []int64
	Strings []string

	// Attrs holds the attributes, sorted by name. They have no attributes.
	Attrs []*Dataset
}

// Len returns the number of elements that the shape stands for: 1 for a
// scalar, 0 for a null dataspace.
func (d *Dataset) Len() int {
	if d.Null {
		return 0
	}
	n := 1
	for _, extent := range d.Shape {
		n *= extent
	}
	return n
}

// AsFloat64 returns the values of a numeric dataset, in row-major order. The
// slice of kind Float is shared with the dataset. It is an error if an integer
// has no exact float64, or if the dataset holds strings.
func (d *Dataset) AsFloat64() ([]float64, error) {
	switch d.Kind {
	case Float:
		return d.Floats, nil
	case Int, Uint, Bool:
		out := make([]float64, len(d.Ints))
		for i, v := range d.Ints {
			out[i] = float64(v)
			if out[i] >= math.MaxInt64 || int64(out[i]) != v {
				return nil, fmt.Errorf("%s: element %d is %d, which has no exact float64", d.Path, i, v)
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("%s: holds %s values where numbers are needed", d.Path, d.Kind)
}

// Group is a folder of groups and datasets.
type Group struct {
	Name string // "" for the root
	Path string // "/" for the root
	// Groups and Datasets are sorted by name, byte by byte, when read. For
	// writing any order will do.
	Groups   []*Group
	Datasets []*Dataset
	// Attrs holds the attributes, sorted by name.
	Attrs []*Dataset
}

// Group returns the child group of that name, or nil.
func (g *Group) Group(name string) *Group {
	for _, child := range g.Groups {
		if child.Name == name {
			return child
		}
	}
	return nil
}

// Dataset returns the child dataset of that name, or nil.
func (g *Group) Dataset(name string) *Dataset {
	return find(g.Datasets, name)
}

// Attr returns the attribute of that name, or nil.
func (d *Dataset) Attr(name string) *Dataset {
	return find(d.Attrs, name)
}

// Attr returns the attribute of that name, or nil.
func (g *Group) Attr(name string) *Dataset {
	return find(g.Attrs, name)
}

func find(list []*Dataset, name string) *Dataset {
	for _, d := range list {
		if d.Name == name {
			return d
		}
	}
	return nil
}

// Walk calls visit for every dataset below g, sorted by path byte by byte. It
// stops at the first error and returns it.
func (g *Group) Walk(visit func(*Dataset) error) error {
	all := g.appendDatasets(nil)
	slices.SortFunc(all, func(a, b *Dataset) int { return strings.Compare(a.Path, b.Path) })
	for _, d := range all {
		if err := visit(d); err != nil {
			return err
		}
	}
	return nil
}

func (g *Group) appendDatasets(all []*Dataset) []*Dataset {
	all = append(all, g.Datasets...)
	for _, child := range g.Groups {
		all = child.appendDatasets(all)
	}
	return all
}
