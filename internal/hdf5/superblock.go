package hdf5

import (
	"bytes"
	"errors"
	"fmt"
)

const signature = "\x89HDF\r\n\x1a\n"

// superblock is what the reader needs from the superblock.
type superblock struct {
	header    uint64 // object header of the root group
	extension uint64 // object header of the extension, or undefined
}

// readSuperblock finds the superblock in data, sets the sizes of addresses and
// lengths, and makes address 0 its first byte.
func (f *file) readSuperblock(data []byte) (superblock, error) {
	start, err := findSignature(data)
	if err != nil {
		return superblock{}, err
	}
	f.data = data[start:]
	c := &cursor{buf: f.data, pos: len(signature)}
	version := c.u8()
	var sb superblock
	var base, end uint64
	switch version {
	case 0, 1:
		base, end, err = f.parseSuperblock0(c, version, &sb)
	case 2, 3:
		base, end, err = f.parseSuperblock2(c, version, &sb)
	default:
		return sb, fmt.Errorf("superblock version %d is not supported", version)
	}
	if err != nil {
		return sb, fmt.Errorf("superblock: %w", err)
	}
	if base != uint64(start) {
		return sb, fmt.Errorf("superblock: base address %d differs from its offset %d: not supported", base, start)
	}
	// The end is given from the start of the file, user block included.
	if end > uint64(len(data)) {
		return sb, fmt.Errorf("the file is truncated: its superblock says %d bytes, it has %d", end, len(data))
	}
	return sb, nil
}

// findSignature looks where the format allows a superblock: at 0, 512, 1024
// and so on by doubling.
func findSignature(data []byte) (int, error) {
	for at := 0; at+len(signature) <= len(data); at = max(512, 2*at) {
		if bytes.HasPrefix(data[at:], []byte(signature)) {
			return at, nil
		}
	}
	return 0, errors.New("not an HDF5 file: the signature is missing")
}

// setSizes records the sizes of addresses and lengths, for the file and for
// the rest of the superblock.
func (f *file) setSizes(c *cursor) error {
	f.offsetSize, f.lengthSize = int(c.u8()), int(c.u8())
	c.offsetSize, c.lengthSize = f.offsetSize, f.lengthSize
	if c.err != nil {
		return c.err
	}
	for _, size := range []int{f.offsetSize, f.lengthSize} {
		if size != 2 && size != 4 && size != 8 {
			return fmt.Errorf("addresses or lengths of %d bytes are not supported", size)
		}
	}
	return nil
}

func (f *file) parseSuperblock0(c *cursor, version uint8, sb *superblock) (base, end uint64, err error) {
	c.skip(4) // versions of the free space, root entry and shared messages
	if err := f.setSizes(c); err != nil {
		return 0, 0, err
	}
	c.skip(1 + 2 + 2 + 4) // reserved, group K values, consistency flags
	if version == 1 {
		c.skip(4) // chunk tree K value, reserved
	}
	base = c.offset()
	c.offset() // free space
	end = c.offset()
	driver := c.offset()
	c.offset() // name of the root's symbol table entry
	sb.header, sb.extension = c.offset(), undefined
	if c.err == nil && driver != undefined {
		return 0, 0, errors.New("files split over several parts (driver information) are not supported")
	}
	return base, end, c.err
}

func (f *file) parseSuperblock2(c *cursor, version uint8, sb *superblock) (base, end uint64, err error) {
	if err := f.setSizes(c); err != nil {
		return 0, 0, err
	}
	flags := c.u8()
	base = c.offset()
	sb.extension = c.offset()
	end = c.offset()
	sb.header = c.offset()
	if err := c.verifyChecksum("superblock"); err != nil {
		return 0, 0, err
	}
	// Bit 0: open for writing; bit 2: open for single-writer access.
	if version == 3 && flags&0x05 != 0 {
		return 0, 0, errors.New("the file is marked as open for writing: close it in its program, or run h5clear -s")
	}
	return base, end, nil
}

// checkExtension refuses superblock extensions that change how the rest of the
// file must be read.
func (f *file) checkExtension(address uint64) error {
	messages, err := f.readHeader(address)
	if err != nil {
		return err
	}
	for _, m := range messages {
		switch m.kind {
		case msgNil, msgBTreeK, msgFileSpace:
		default:
			return fmt.Errorf("%s is not supported", messageName(m.kind))
		}
	}
	return nil
}
