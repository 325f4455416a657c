package hdf5

import (
	"fmt"
)

// readDataset decodes the dataset whose header messages are o into d.
func (f *file) readDataset(d *Dataset, o *object) error {
	space, err := parseDataspace(&o.dataspace.body)
	if err != nil {
		return err
	}
	t, err := parseDatatype(&o.datatype.body)
	if err != nil {
		return err
	}
	l, err := parseLayout(&o.layout.body)
	if err != nil {
		return err
	}
	filters, err := parseFilters(o.filters)
	if err != nil {
		return err
	}
	fill, err := parseFill(o)
	if err != nil {
		return err
	}
	d.Shape, d.Null = space.shape, space.null
	if err := f.allocate(d, t, space.n); err != nil {
		return err
	}
	if err := f.fill(d, t, space.n, fill); err != nil {
		return err
	}
	switch l.class {
	case layoutChunked:
		return f.readChunked(d, t, space, l, filters)
	case layoutCompact:
		if space.n*t.size != len(l.compact) {
			return fmt.Errorf("the compact data has %d bytes, shape and type need %d", len(l.compact), space.n*t.size)
		}
		return f.decode(d, t, 0, l.compact)
	}
	return f.readContiguous(d, t, space, l)
}

// fill sets all elements to the fill value.
func (f *file) fill(d *Dataset, t datatype, n int, fill []byte) error {
	if len(fill) == 0 {
		return nil
	}
	if len(fill) != t.size {
		return fmt.Errorf("the fill value has %d bytes, an element %d", len(fill), t.size)
	}
	if n == 0 {
		return nil
	}
	if err := f.decode(d, t, 0, fill); err != nil {
		return fmt.Errorf("fill value: %w", err)
	}
	repeatFirst(d)
	return nil
}

func (f *file) readContiguous(d *Dataset, t datatype, space dataspace, l layout) error {
	want, ok := mulBound(uint64(space.n), uint64(t.size), maxFileBytes)
	if l.address == undefined || space.n == 0 {
		return nil // never written: the fill value stands
	}
	if !ok || l.size < want {
		return fmt.Errorf("the data has %d bytes, shape %v needs %d elements of %d bytes", l.size, space.shape, space.n, t.size)
	}
	c, err := f.claim("data", l.address, want)
	if err != nil {
		return err
	}
	return f.decode(d, t, 0, c.buf)
}
