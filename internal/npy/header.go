package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	magic     = "\x93NUMPY"
	maxHeader = 1 << 16 // bytes of header text; NumPy itself stops at 10,000
	maxDims   = 32
	maxItem   = 1 << 20 // bytes of one string element
)

// Header describes an array without its data.
type Header struct {
	Name  string
	Shape []int
	Kind  Kind
	Bits  int

	item    int // bytes of one stored element
	count   int // elements
	size    int // bytes before the data
	big     bool
	fortran bool
}

// dataBytes returns the size of the stored data.
func (h *Header) dataBytes() int64 { return int64(h.count) * int64(h.item) }

// memBytes returns the memory that one element takes in an Array.
func (h *Header) memBytes() int64 {
	switch {
	case h.Kind == String:
		return int64(h.item) + 16
	case h.Kind == Bool || h.Kind == Uint && h.Bits == 8:
		return 1
	}
	return 8
}

// readHeader reads the magic string, the version and the header text.
func readHeader(r io.Reader) (*Header, error) {
	var b [12]byte
	if _, err := io.ReadFull(r, b[:8]); err != nil || string(b[:6]) != magic {
		return nil, errors.New("not a .npy array: it does not start with \\x93NUMPY")
	}
	if b[6] < 1 || b[6] > 3 || b[7] != 0 {
		return nil, fmt.Errorf(".npy format version %d.%d is not supported (1.0, 2.0 and 3.0 are)", b[6], b[7])
	}
	field := 2
	if b[6] > 1 {
		field = 4
	}
	if _, err := io.ReadFull(r, b[8:8+field]); err != nil {
		return nil, errors.New("the file ends inside the .npy header")
	}
	// Bytes that were not read are zero, so both widths decode alike.
	n := int(binary.LittleEndian.Uint32(b[8:]))
	if n > maxHeader {
		return nil, fmt.Errorf("the .npy header claims %d bytes, over the limit of %d", n, maxHeader)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, errors.New("the file ends inside the .npy header")
	}
	h, err := parseHeader(string(text))
	if err != nil {
		return nil, fmt.Errorf("npy header: %w", err)
	}
	h.size = 8 + field + n
	return h, nil
}

// parseHeader parses the header text, a Python dictionary of three entries.
func parseHeader(s string) (*Header, error) {
	h := &Header{}
	l := literal{s: s}
	if !l.accept('{') {
		return nil, errors.New("not a dictionary")
	}
	seen := map[string]bool{}
	for !l.accept('}') {
		key, err := l.str()
		if err != nil {
			return nil, err
		}
		if seen[key] || !l.accept(':') {
			return nil, fmt.Errorf("entry %q is malformed or given twice", key)
		}
		seen[key] = true
		switch key {
		case "descr":
			err = h.parseDescr(&l)
		case "fortran_order":
			h.fortran, err = l.boolean()
		case "shape":
			h.Shape, err = l.shape()
		default:
			err = fmt.Errorf("unknown entry %q", key)
		}
		if err != nil {
			return nil, err
		}
		if !l.accept(',') && l.peek() != '}' {
			return nil, fmt.Errorf("expected a comma after entry %q", key)
		}
	}
	if len(seen) != 3 || l.peek() != 0 {
		return nil, errors.New("must hold descr, fortran_order and shape and nothing else")
	}
	return h, h.check()
}

// parseDescr parses the element type, such as '<f4'.
func (h *Header) parseDescr(l *literal) error {
	if l.peek() == '[' {
		return errors.New("record (structured) arrays are not supported; save each field as its own array")
	}
	s, err := l.str()
	if err != nil {
		return err
	}
	t := strings.TrimLeft(s, "<>|=")
	if len(s)-len(t) > 1 || t == "" {
		return fmt.Errorf("unknown element type %q", s)
	}
	h.big = s[0] == '>'
	if t[0] == 'O' {
		return errors.New("object arrays are Python pickles, which are never read; save it with a numeric dtype instead")
	}
	n, err := strconv.Atoi(t[1:])
	if err != nil || n < 1 || n > maxItem/4 {
		return fmt.Errorf("unsupported element type %q", s)
	}
	h.item, h.Bits = n, 8*n
	switch {
	case t[0] == 'b' && n == 1:
		h.Kind = Bool
	case t[0] == 'i' && validInt(n):
		h.Kind = Int
	case t[0] == 'u' && validInt(n):
		h.Kind = Uint
	case t[0] == 'f' && (n == 2 || n == 4 || n == 8):
		h.Kind = Float
	case t[0] == 'S':
		h.Kind, h.Bits = String, 8
	case t[0] == 'U':
		h.Kind, h.Bits, h.item = String, 32, 4*n
	default:
		return fmt.Errorf("unsupported element type %q (bool, int8..64, uint8..64, float16..64, S and U are supported)", s)
	}
	return nil
}

func validInt(n int) bool { return n == 1 || n == 2 || n == 4 || n == 8 }

// check computes the number of elements and bounds it. The product of the
// dimensions that are not zero is bounded too, so that no product of some of
// them can overflow in the hands of a caller.
func (h *Header) check() error {
	if len(h.Shape) > maxDims {
		return fmt.Errorf("%d dimensions, over the limit of %d", len(h.Shape), maxDims)
	}
	product, empty := 1, false
	for _, d := range h.Shape {
		if d == 0 {
			empty = true
			continue
		}
		if d > MaxBytes/product {
			return fmt.Errorf("shape %v holds more than %d elements", h.Shape, MaxBytes)
		}
		product *= d
	}
	if !empty {
		h.count = product
	}
	if need := int64(h.count) * h.memBytes(); need > MaxBytes {
		return fmt.Errorf("shape %v needs %d bytes of memory, over the limit of %d; split the array", h.Shape, need, MaxBytes)
	}
	return nil
}

// literal scans the few Python literals that occur in a header.
type literal struct {
	s   string
	pos int
}

// peek skips white space and returns the next byte, 0 at the end.
func (l *literal) peek() byte {
	for l.pos < len(l.s) && strings.IndexByte(" \t\r\n", l.s[l.pos]) >= 0 {
		l.pos++
	}
	if l.pos == len(l.s) {
		return 0
	}
	return l.s[l.pos]
}

// accept consumes the next byte if it is c.
func (l *literal) accept(c byte) bool {
	if l.peek() != c || l.pos == len(l.s) {
		return false
	}
	l.pos++
	return true
}

// str parses a quoted string without escapes.
func (l *literal) str() (string, error) {
	q := l.peek()
	if q != '\'' && q != '"' {
		return "", fmt.Errorf("expected a string at byte %d", l.pos)
	}
	rest := l.s[l.pos+1:]
	end := strings.IndexByte(rest, q)
	if end < 0 || strings.IndexByte(rest[:end], '\\') >= 0 {
		return "", fmt.Errorf("malformed string at byte %d", l.pos)
	}
	l.pos += end + 2
	return rest[:end], nil
}

// boolean parses True or False.
func (l *literal) boolean() (bool, error) {
	l.peek()
	for _, w := range []string{"True", "False"} {
		if strings.HasPrefix(l.s[l.pos:], w) {
			l.pos += len(w)
			return w == "True", nil
		}
	}
	return false, fmt.Errorf("expected True or False at byte %d", l.pos)
}

// shape parses a tuple of integers: (), (3,) or (3, 4).
func (l *literal) shape() ([]int, error) {
	if !l.accept('(') {
		return nil, fmt.Errorf("expected a tuple at byte %d", l.pos)
	}
	shape := []int{}
	for !l.accept(')') {
		start := l.pos
		for c := l.peek(); c >= '0' && c <= '9'; c = l.peek() {
			l.pos++
		}
		d, err := strconv.Atoi(strings.TrimSpace(l.s[start:l.pos]))
		if err != nil {
			return nil, fmt.Errorf("expected a dimension at byte %d", start)
		}
		l.accept('L') // Python 2 wrote long integers like 10L
		shape = append(shape, d)
		if !l.accept(',') && l.peek() != ')' {
			return nil, fmt.Errorf("expected a comma at byte %d", l.pos)
		}
	}
	return shape, nil
}
