package hdf5

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Constants of the files that are written: those of the HDF5 library's
// defaults, so that any library may add to the file later.
const (
	groupLeafK     = 4  // a symbol table node holds 2*groupLeafK links
	groupInternalK = 16 // a B-tree node holds 2*groupInternalK children

	superblockSize = 96
	maxMessage     = 1<<16 - 8 // bytes of a header message
)

// encoder builds a file front to back. What refers to something comes after
// it, so that all addresses are known; only the superblock is filled in last.
type encoder struct {
	buf  []byte
	heap heapWriter
}

// Encode returns the tree below g as an HDF5 file. The same tree gives the
// same bytes, whatever the order of its slices.
//
// Strings become variable-length UTF-8. Numbers keep Kind and Bits; a value
// that a type cannot hold exactly is an error, not rounded. Name says where a
// group or dataset stands; Path is ignored.
func (g *Group) Encode() ([]byte, error) {
	e := &encoder{buf: make([]byte, superblockSize)}
	root, err := e.group(g, "/", 0)
	if err != nil {
		return nil, err
	}
	return e.finish(root), nil
}

// finish closes the file, given the header of its root group.
func (e *encoder) finish(root uint64) []byte {
	e.heap.close(e)
	copy(e.buf, e.superblock(root))
	return e.buf
}

// superblock returns a version 0 superblock, with addresses and lengths of 8
// bytes.
func (e *encoder) superblock(root uint64) []byte {
	b := []byte(signature)
	b = append(b, 0, 0, 0, 0, 0, 8, 8, 0)
	b = le.AppendUint16(b, groupLeafK)
	b = le.AppendUint16(b, groupInternalK)
	b = le.AppendUint32(b, 0)         // consistency flags
	b = le.AppendUint64(b, 0)         // base address
	b = le.AppendUint64(b, undefined) // free space
	b = le.AppendUint64(b, uint64(len(e.buf)))
	b = le.AppendUint64(b, undefined) // driver information
	return appendSymbol(b, 0, root)
}

// appendSymbol appends a symbol table entry without cached values.
func appendSymbol(b []byte, name, header uint64) []byte {
	b = le.AppendUint64(b, name)
	b = le.AppendUint64(b, header)
	return append(b, make([]byte, 4+4+16)...)
}

// place appends b at a multiple of 8 and returns its address.
func (e *encoder) place(b []byte) uint64 {
	e.buf = pad8(e.buf)
	address := uint64(len(e.buf))
	e.buf = pad8(append(e.buf, b...))
	return address
}

// pad8 appends zeros up to a multiple of 8 bytes.
func pad8(b []byte) []byte {
	return append(b, make([]byte, -len(b)&7)...)
}

// headerMessage is one message of an object header to be written.
type headerMessage struct {
	kind uint16
	body []byte
}

// header places a version 1 object header and returns its address.
func (e *encoder) header(messages []headerMessage) (uint64, error) {
	if len(messages) > 0xffff {
		return 0, fmt.Errorf("%d header messages: at most 65535 can be written", len(messages))
	}
	var body []byte
	for _, m := range messages {
		data := pad8(m.body)
		if len(data) > maxMessage {
			return 0, fmt.Errorf("a header message (an attribute) of %d bytes: at most %d can be written", len(data), maxMessage)
		}
		body = le.AppendUint16(body, m.kind)
		body = le.AppendUint16(body, uint16(len(data)))
		body = append(body, 0, 0, 0, 0) // flags, reserved
		body = append(body, data...)
	}
	b := []byte{1, 0}
	b = le.AppendUint16(b, uint16(len(messages)))
	b = le.AppendUint32(b, 1) // reference count
	b = le.AppendUint32(b, uint32(len(body)))
	b = append(b, 0, 0, 0, 0)
	return e.place(append(b, body...)), nil
}

// member is a child of a group to be written: a group or a dataset.
type member struct {
	name    string
	group   *Group
	dataset *Dataset
	header  uint64 // its address, once it is written
}

// group writes the tree below g, children first, and returns the address of
// its header.
func (e *encoder) group(g *Group, path string, depth int) (uint64, error) {
	if depth > maxDepth {
		return 0, fmt.Errorf("%s: groups are nested deeper than %d", path, maxDepth)
	}
	members, err := sortedMembers(g)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	for i := range members {
		m := &members[i]
		below := childPath(path, m.name)
		if m.group != nil {
			m.header, err = e.group(m.group, below, depth+1)
		} else if m.header, err = e.dataset(m.dataset); err != nil {
			err = fmt.Errorf("%s: %w", below, err)
		}
		if err != nil {
			return 0, err
		}
	}
	attrs, err := e.attributes(g.Attrs)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	tree, heap := e.symbolTable(members)
	table := le.AppendUint64(le.AppendUint64(nil, tree), heap)
	header, err := e.header(append([]headerMessage{{msgSymbolTable, table}}, attrs...))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	return header, nil
}

// sortedMembers returns the children of g, sorted by name. It refuses names
// that a file cannot hold.
func sortedMembers(g *Group) ([]member, error) {
	var members []member
	for _, child := range g.Groups {
		members = append(members, member{name: child.Name, group: child})
	}
	for _, d := range g.Datasets {
		members = append(members, member{name: d.Name, dataset: d})
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	for i, m := range members {
		if err := checkName(m.name); err != nil {
			return nil, err
		}
		if i > 0 && m.name == members[i-1].name {
			return nil, fmt.Errorf("the name %q is there twice", m.name)
		}
	}
	return members, nil
}

// dataset writes the data of d, then its header, and returns that address.
func (e *encoder) dataset(d *Dataset) (uint64, error) {
	if err := checkValues(d); err != nil {
		return 0, err
	}
	raw, err := e.encodeValues(d)
	if err != nil {
		return 0, err
	}
	attrs, err := e.attributes(d.Attrs)
	if err != nil {
		return 0, err
	}
	address := uint64(undefined)
	if len(raw) > 0 {
		address = e.place(raw)
	}
	where := []byte{3, layoutContiguous}
	where = le.AppendUint64(where, address)
	where = le.AppendUint64(where, uint64(len(raw)))
	// Version 2 fill value: space is allocated late, a value is written if
	// the user sets one, the default (zero) is defined and has no bytes.
	fill := []byte{2, 2, 2, 1, 0, 0, 0, 0}
	return e.header(append([]headerMessage{
		{msgDataspace, encodeDataspace(d)},
		{msgDatatype, encodeDatatype(d)},
		{msgFill, fill},
		{msgLayout, where},
	}, attrs...))
}

// attributes returns attribute messages (version 1), sorted by name.
func (e *encoder) attributes(attrs []*Dataset) ([]headerMessage, error) {
	sorted := slices.SortedFunc(slices.Values(attrs), func(a, b *Dataset) int { return strings.Compare(a.Name, b.Name) })
	var messages []headerMessage
	for i, a := range sorted {
		if i > 0 && a.Name == sorted[i-1].Name {
			return nil, fmt.Errorf("the attribute %q is there twice", a.Name)
		}
		body, err := e.attribute(a)
		if err != nil {
			return nil, fmt.Errorf("attribute %q: %w", a.Name, err)
		}
		messages = append(messages, headerMessage{msgAttribute, body})
	}
	return messages, nil
}

func (e *encoder) attribute(a *Dataset) ([]byte, error) {
	if a.Name == "" || strings.ContainsRune(a.Name, 0) || len(a.Name) >= maxMessage {
		return nil, errors.New("the name is empty, too long or holds a zero byte")
	}
	if err := checkValues(a); err != nil {
		return nil, err
	}
	raw, err := e.encodeValues(a)
	if err != nil {
		return nil, err
	}
	datatype, dataspace := encodeDatatype(a), encodeDataspace(a)
	b := []byte{1, 0}
	b = le.AppendUint16(b, uint16(len(a.Name)+1))
	b = le.AppendUint16(b, uint16(len(datatype)))
	b = le.AppendUint16(b, uint16(len(dataspace)))
	b = pad8(append(append(b, a.Name...), 0))
	b = pad8(append(b, datatype...))
	b = pad8(append(b, dataspace...))
	return append(b, raw...), nil
}
