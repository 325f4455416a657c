package hdf5

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// readAttributes decodes the attribute messages of an object, sorted by name.
func (f *file) readAttributes(path string, o *object) ([]*Dataset, error) {
	var attrs []*Dataset
	for _, m := range o.attributes {
		a, err := f.readAttribute(path, &m.body)
		if err != nil {
			return nil, fmt.Errorf("attribute: %w", err)
		}
		attrs = append(attrs, a)
	}
	slices.SortFunc(attrs, func(a, b *Dataset) int { return strings.Compare(a.Name, b.Name) })
	for i := 1; i < len(attrs); i++ {
		if attrs[i].Name == attrs[i-1].Name {
			return nil, fmt.Errorf("the attribute %q is there twice: the file is damaged", attrs[i].Name)
		}
	}
	return attrs, nil
}

// readAttribute reads an attribute message of version 1, 2 or 3.
func (f *file) readAttribute(path string, c *cursor) (*Dataset, error) {
	version, flags := c.u8(), c.u8()
	nameSize, typeSize, spaceSize := uint64(c.u16()), uint64(c.u16()), uint64(c.u16())
	switch {
	case c.err != nil:
		return nil, c.err
	case version < 1 || version > 3:
		return nil, fmt.Errorf("attribute version %d is not supported", version)
	case version > 1 && flags != 0:
		return nil, errors.New("an attribute with a shared (committed) datatype is not supported")
	}
	if version == 3 {
		c.skip(1) // character set of the name
	}
	part := func(size uint64) *cursor {
		if version == 1 {
			size = (size + 7) &^ 7
		}
		return c.sub(size)
	}
	rawName, typeBody, spaceBody := part(nameSize), part(typeSize), part(spaceSize)
	if c.err != nil {
		return nil, c.err
	}
	name, err := f.text(trimFixed(rawName.buf, padNullTerminated))
	if err != nil {
		return nil, fmt.Errorf("name: %w", err)
	}
	a := &Dataset{Name: name, Path: path + "@" + name}
	if err := f.enter(a.Path); err != nil {
		return nil, err
	}
	if err := f.decodeAttribute(a, typeBody, spaceBody, c); err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	return a, nil
}

// decodeAttribute decodes the value; c stands at its first byte.
func (f *file) decodeAttribute(a *Dataset, typeBody, spaceBody, c *cursor) error {
	t, err := parseDatatype(typeBody)
	if err != nil {
		return err
	}
	space, err := parseDataspace(spaceBody)
	if err != nil {
		return err
	}
	size, ok := mulBound(uint64(space.n), uint64(t.size), maxDatasetBytes)
	if !ok {
		return errors.New("the value is too large")
	}
	raw := c.bytes(size)
	if c.err != nil {
		return c.err
	}
	a.Shape, a.Null = space.shape, space.null
	if err := f.allocate(a, t, space.n); err != nil {
		return err
	}
	return f.decode(a, t, 0, raw)
}

// checkAttributeInfo refuses attributes that are not in the header.
func checkAttributeInfo(c *cursor) error {
	version, flags := c.u8(), c.u8()
	if flags&0x01 != 0 {
		c.skip(2)
	}
	heap := c.offset()
	if c.err != nil {
		return c.err
	}
	if version != 0 {
		return fmt.Errorf("attribute info version %d is not supported", version)
	}
	if heap != undefined {
		return errors.New("dense attributes (fractal heap) are not supported; rewrite the file with libver='earliest'")
	}
	return nil
}
