package hdf5

import (
	"errors"
	"fmt"
)

// Types of object header messages.
const (
	msgNil          = 0x00
	msgDataspace    = 0x01
	msgLinkInfo     = 0x02
	msgDatatype     = 0x03
	msgOldFill      = 0x04
	msgFill         = 0x05
	msgLink         = 0x06
	msgExternal     = 0x07
	msgLayout       = 0x08
	msgGroupInfo    = 0x0A
	msgFilters      = 0x0B
	msgAttribute    = 0x0C
	msgComment      = 0x0D
	msgOldModified  = 0x0E
	msgSharedTable  = 0x0F
	msgContinuation = 0x10
	msgSymbolTable  = 0x11
	msgModified     = 0x12
	msgBTreeK       = 0x13
	msgDriverInfo   = 0x14
	msgAttrInfo     = 0x15
	msgRefCount     = 0x16
	msgFileSpace    = 0x17
)

// messageName names a message type in errors.
func messageName(kind uint16) string {
	switch kind {
	case msgExternal:
		return "data in external files"
	case msgSharedTable:
		return "a table of shared messages"
	case msgDriverInfo:
		return "a file split over several parts (driver information)"
	}
	return fmt.Sprintf("object header message of type %#02x", kind)
}

// message is one object header message.
type message struct {
	kind  uint16
	flags uint8
	body  cursor
}

// shared tells that the body is only a reference to another object.
func (m *message) shared() bool { return m.flags&0x02 != 0 }

// header collects the messages of one object header, chunk by chunk.
type header struct {
	f        *file
	messages []message
	count    int // messages of all types, as version 1 counts them

	version2 bool
	ordered  bool // version 2: messages carry a creation order
	pending  []extent
}

// extent is a range of the file.
type extent struct{ address, size uint64 }

// readHeader returns the messages of the object header at an address.
func (f *file) readHeader(address uint64) ([]message, error) {
	probe, err := f.claim("object header", address, 4)
	if err != nil {
		return nil, err
	}
	h := &header{f: f}
	if string(probe.buf) == "OHDR" {
		h.version2 = true
		err = h.readVersion2(address)
	} else {
		err = h.readVersion1(address)
	}
	if err != nil {
		return nil, err
	}
	return h.messages, nil
}

func (h *header) readVersion1(address uint64) error {
	c, err := h.f.claim("object header", address+4, 12)
	if err != nil {
		return err
	}
	// The prefix's first four bytes were claimed by the probe.
	prefix := &cursor{buf: h.f.data[address : address+4], base: address}
	if version := prefix.u8(); version != 1 {
		return fmt.Errorf("no object header at offset %d (version %d): the file is damaged or its version is not supported", address, version)
	}
	prefix.skip(1)
	want := int(prefix.u16())
	c.skip(4) // reference count
	size := uint64(c.u32())
	h.pending = append(h.pending, extent{address + 16, size})
	if err := h.readChunks(); err != nil {
		return err
	}
	if h.count != want {
		return fmt.Errorf("object header at offset %d has %d messages where %d are announced: the file is damaged", address, h.count, want)
	}
	return nil
}

func (h *header) readVersion2(address uint64) error {
	size := uint64(len(h.f.data))
	c := &cursor{buf: h.f.data[address:size], base: address, offsetSize: h.f.offsetSize, lengthSize: h.f.lengthSize}
	c.expect("OHDR")
	version, flags := c.u8(), c.u8()
	if c.err == nil && version != 2 {
		return fmt.Errorf("object header version %d is not supported", version)
	}
	if flags&0x20 != 0 {
		c.skip(16) // four times
	}
	if flags&0x10 != 0 {
		c.skip(4) // attribute phase change values
	}
	h.ordered = flags&0x04 != 0
	chunk := c.uint(1 << (flags & 3))
	prefix := uint64(c.pos)
	c.skip(chunk)
	if c.err != nil {
		return c.err
	}
	if err := c.verifyChecksum("object header"); err != nil {
		return err
	}
	body, err := h.f.claim("object header", address+prefix, chunk)
	if err != nil {
		return err
	}
	if err := h.readMessages(body); err != nil {
		return err
	}
	return h.readChunks()
}

// readChunks reads the pending chunks, and those that they announce.
func (h *header) readChunks() error {
	for len(h.pending) > 0 {
		next := h.pending[0]
		h.pending = h.pending[1:]
		c, err := h.f.claim("object header chunk", next.address, next.size)
		if err != nil {
			return err
		}
		if h.version2 {
			c, err = openChunk2(c)
			if err != nil {
				return err
			}
		}
		if err := h.readMessages(c); err != nil {
			return err
		}
	}
	return nil
}

// openChunk2 verifies a version 2 continuation chunk and returns its messages.
func openChunk2(c *cursor) (*cursor, error) {
	if len(c.buf) < 8 {
		return nil, fmt.Errorf("object header chunk at offset %d is too short: %d bytes", c.base, len(c.buf))
	}
	c.expect("OCHK")
	body := c.sub(uint64(len(c.buf) - 8))
	if c.err != nil {
		return nil, c.err
	}
	return body, c.verifyChecksum("object header chunk")
}

// readMessages reads the messages of one chunk. What is left at its end is a
// gap too short for a message.
func (h *header) readMessages(c *cursor) error {
	prefix := 8
	if h.version2 {
		prefix = 4
		if h.ordered {
			prefix = 6
		}
	}
	for c.left() >= prefix {
		m := h.readMessage(c)
		if c.err != nil {
			return c.err
		}
		if h.count++; h.count > maxMessages {
			return fmt.Errorf("the object header has more than %d messages: not supported", maxMessages)
		}
		if m.kind != msgContinuation {
			h.messages = append(h.messages, m)
			continue
		}
		next := extent{m.body.offset(), m.body.length()}
		if m.body.err != nil {
			return m.body.err
		}
		h.pending = append(h.pending, next)
	}
	return nil
}

func (h *header) readMessage(c *cursor) message {
	var m message
	var size uint16
	if h.version2 {
		m.kind, size, m.flags = uint16(c.u8()), c.u16(), c.u8()
		if h.ordered {
			c.skip(2)
		}
	} else {
		m.kind, size, m.flags = c.u16(), c.u16(), c.u8()
		c.skip(3)
	}
	m.body = *c.sub(uint64(size))
	return m
}

// object is the messages of a group or dataset, sorted by what they are for.
// A nil message is absent.
type object struct {
	dataspace, datatype, layout *message
	oldFill, fill, filters      *message
	symbolTable, linkInfo       *message
	links, attributes           []*message
}

// isDataset tells datasets from groups.
func (o *object) isDataset() bool { return o.layout != nil }

// readObject reads and sorts the header messages of a group or dataset.
func (f *file) readObject(address uint64) (*object, error) {
	messages, err := f.readHeader(address)
	if err != nil {
		return nil, err
	}
	o := &object{}
	isGroup := false
	for i := range messages {
		m := &messages[i]
		if m.shared() {
			return nil, errors.New("shared header messages (such as a committed datatype) are not supported")
		}
		switch m.kind {
		case msgDataspace:
			err = setOnce(&o.dataspace, m)
		case msgDatatype:
			err = setOnce(&o.datatype, m)
		case msgLayout:
			err = setOnce(&o.layout, m)
		case msgOldFill:
			err = setOnce(&o.oldFill, m)
		case msgFill:
			err = setOnce(&o.fill, m)
		case msgFilters:
			err = setOnce(&o.filters, m)
		case msgSymbolTable:
			isGroup = true
			err = setOnce(&o.symbolTable, m)
		case msgLinkInfo:
			isGroup = true
			err = setOnce(&o.linkInfo, m)
		case msgLink:
			isGroup = true
			o.links = append(o.links, m)
		case msgAttribute:
			o.attributes = append(o.attributes, m)
		case msgAttrInfo:
			err = checkAttributeInfo(&m.body)
		case msgGroupInfo:
			isGroup = true
		case msgNil, msgComment, msgOldModified, msgModified, msgRefCount, msgBTreeK:
			// These do not change what the object holds.
		default:
			err = fmt.Errorf("%s is not supported", messageName(m.kind))
		}
		if err != nil {
			return nil, err
		}
	}
	return o, o.check(isGroup)
}

// check tells whether the messages make one group or one dataset.
func (o *object) check(isGroup bool) error {
	switch {
	case isGroup && (o.isDataset() || o.dataspace != nil || o.datatype != nil):
		return errors.New("the object is a group and a dataset at once: the file is damaged")
	case !isGroup && o.datatype != nil && o.layout == nil && o.dataspace == nil:
		return errors.New("a committed (named) datatype is not supported")
	case !isGroup && (o.datatype == nil || o.layout == nil || o.dataspace == nil):
		return errors.New("the object is neither a group nor a whole dataset: the file is damaged")
	}
	return nil
}

func setOnce(slot **message, m *message) error {
	if *slot != nil {
		return fmt.Errorf("the object has two messages of type %#02x: the file is damaged", m.kind)
	}
	*slot = m
	return nil
}
