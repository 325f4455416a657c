package image

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// scanner reads JSON as a stream, one value after the other, and knows the path
// of the value that it is at. It keeps nothing but that path.
type scanner struct {
	r    *bufio.Reader
	path []step
	key  []byte // the member's name just read, or the number skipped
}

// step is a member of an object, or an element of an array if name is empty.
type step struct {
	name  string
	index int
}

const (
	maxKey   = 256 // bytes of a member's name
	maxDepth = 64  // of values that are skipped
)

func newScanner(r io.Reader) *scanner {
	s := &scanner{r: bufio.NewReaderSize(r, 1<<16)}
	if head, err := s.r.Peek(3); err == nil && string(head) == "\ufeff" {
		_, _ = s.r.Discard(3) // they are in the buffer
	}
	return s
}

// fail returns an error that starts with the path.
func (s *scanner) fail(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if len(s.path) == 0 {
		return errors.New(text)
	}
	return fmt.Errorf("%s: %s", pathText(s.path), text)
}

func pathText(path []step) string {
	var b strings.Builder
	for _, p := range path {
		switch {
		case p.name == "":
			fmt.Fprintf(&b, "[%d]", p.index)
		case b.Len() > 0:
			b.WriteString("." + p.name)
		default:
			b.WriteString(p.name)
		}
	}
	return b.String()
}

// next returns the next byte.
func (s *scanner) next() (byte, error) {
	c, err := s.r.ReadByte()
	if err == io.EOF {
		return 0, s.fail("the file ends here")
	}
	if err != nil {
		return 0, s.fail("%v", err)
	}
	return c, nil
}

// token returns the next byte that is not white space.
func (s *scanner) token() (byte, error) {
	for {
		c, err := s.next()
		if err != nil || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c, err
		}
	}
}

// back takes the last byte back.
func (s *scanner) back() { _ = s.r.UnreadByte() } // a byte was read

// expect reads one given token.
func (s *scanner) expect(want byte, what string) error {
	c, err := s.token()
	if err == nil && c != want {
		err = s.fail("%q where %s is wanted", c, what)
	}
	return err
}

// end reads up to the end of the file, which must hold no other value.
func (s *scanner) end() error {
	for {
		c, err := s.r.ReadByte()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return errors.New("more data after the end of the object")
		}
	}
}

// array reads an array; element reads element i.
func (s *scanner) array(element func(i int) error) error {
	if err := s.expect('[', "an array"); err != nil {
		return err
	}
	c, err := s.token()
	if err != nil || c == ']' {
		return err
	}
	s.back()
	s.path = append(s.path, step{})
	for i := 0; ; i++ {
		s.path[len(s.path)-1].index = i
		if err := element(i); err != nil {
			return err
		}
		c, err := s.token()
		if err != nil {
			return err
		}
		if c == ']' {
			s.path = s.path[:len(s.path)-1]
			return nil
		}
		if c != ',' {
			return s.fail("%q where , or ] is wanted", c)
		}
	}
}

// field is a required member of an object.
type field struct {
	name string
	read func() error
}

// object reads an object that has all of the fields, at most 32, in any order.
// Other members mean nothing to RANC and are skipped.
func (s *scanner) object(fields []field) error {
	if err := s.expect('{', "an object"); err != nil {
		return err
	}
	seen := uint32(0)
	c, err := s.token()
	for ; err == nil && c != '}'; c, err = s.token() {
		if seen != 0 {
			if c != ',' {
				return s.fail("%q where , or } is wanted", c)
			}
			if c, err = s.token(); err != nil {
				return err
			}
		}
		if c != '"' {
			return s.fail("%q where a member's name is wanted", c)
		}
		if err := s.member(fields, &seen); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	for i, f := range fields {
		if seen>>i&1 == 0 {
			s.path = append(s.path, step{name: f.name})
			return s.fail("is missing")
		}
	}
	return nil
}

// anyMember marks in seen that the object has members.
const anyMember = 1 << 31

// member reads a member, whose opening quote has been read.
func (s *scanner) member(fields []field, seen *uint32) error {
	if err := s.name(); err != nil {
		return err
	}
	if err := s.expect(':', "a colon"); err != nil {
		return err
	}
	*seen |= anyMember
	for i, f := range fields {
		if string(s.key) != f.name {
			continue
		}
		s.path = append(s.path, step{name: f.name})
		if *seen>>i&1 == 1 {
			return s.fail("is given twice")
		}
		*seen |= 1 << i
		if err := f.read(); err != nil {
			return err
		}
		s.path = s.path[:len(s.path)-1]
		return nil
	}
	return s.skip(0)
}

// name reads the rest of a member's name. Names with escapes are none of ours.
func (s *scanner) name() error {
	s.key = s.key[:0]
	return s.text(func(c byte) error {
		if len(s.key) == maxKey {
			return s.fail("a member's name has more than %d bytes", maxKey)
		}
		s.key = append(s.key, c)
		return nil
	})
}

// text reads a string whose opening quote has been read, escapes as they are.
func (s *scanner) text(each func(c byte) error) error {
	for escaped := false; ; {
		c, err := s.next()
		if err != nil {
			return err
		}
		if c < ' ' {
			return s.fail("control character %d in a string", c)
		}
		if c == '"' && !escaped {
			return nil
		}
		escaped = c == '\\' && !escaped
		if err := each(c); err != nil {
			return err
		}
	}
}

// integer reads an integer of 32 bits; a number with a fraction or an exponent
// is none, as for RANC.
func (s *scanner) integer() (int32, error) {
	c, err := s.token()
	if err != nil {
		return 0, err
	}
	var text [16]byte
	n := 0
	for isNumber(c) || isLetter(c) {
		if n == len(text) {
			return 0, s.fail("%s... is not an integer of 32 bits", text[:])
		}
		text[n] = c
		n++
		if c, err = s.r.ReadByte(); err != nil {
			return 0, s.fail("the file ends here")
		}
	}
	s.back()
	if n == 1 && '0' <= text[0] && text[0] <= '9' {
		return int32(text[0] - '0'), nil
	}
	return s.parse(string(text[:n]), c)
}

func isNumber(c byte) bool { return c == '-' || c == '+' || c == '.' || '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c|32 && c|32 <= 'z' }

// parse is the slow way of integer: all but one digit.
func (s *scanner) parse(text string, after byte) (int32, error) {
	if text == "" {
		return 0, s.fail("%q where an integer is wanted", after)
	}
	x, err := strconv.ParseInt(text, 10, 32)
	digits := strings.TrimPrefix(text, "-")
	if err != nil || digits[0] == '+' || len(digits) > 1 && digits[0] == '0' {
		return 0, s.fail("%s is not an integer of 32 bits", text)
	}
	return int32(x), nil
}

// skip reads a value of any kind and forgets it.
func (s *scanner) skip(depth int) error {
	if depth == maxDepth {
		return s.fail("values are nested more than %d deep", maxDepth)
	}
	c, err := s.token()
	if err != nil {
		return err
	}
	switch c {
	case '"':
		return s.text(func(byte) error { return nil })
	case '[':
		s.back()
		return s.array(func(int) error { return s.skip(depth + 1) })
	case '{':
		return s.skipObject(depth)
	}
	s.key = s.key[:0]
	for ; err == nil && (isNumber(c) || isLetter(c)); c, err = s.next() {
		if len(s.key) == maxKey {
			return s.fail("a number has more than %d digits", maxKey)
		}
		s.key = append(s.key, c)
	}
	if err != nil {
		return err
	}
	s.back()
	if !json.Valid(s.key) {
		return s.fail("%q where a value is wanted", append(s.key, c))
	}
	return nil
}

// skipObject skips an object whose brace has been read.
func (s *scanner) skipObject(depth int) error {
	c, err := s.token()
	for err == nil && c != '}' {
		if c != '"' {
			return s.fail("%q where a member's name is wanted", c)
		}
		if err = s.text(func(byte) error { return nil }); err != nil {
			return err
		}
		if err = s.expect(':', "a colon"); err != nil {
			return err
		}
		if err = s.skip(depth + 1); err != nil {
			return err
		}
		if c, err = s.token(); err == nil && c == ',' {
			if c, err = s.token(); err == nil && c == '}' {
				return s.fail("'}' where a member's name is wanted")
			}
		} else if err == nil && c != '}' {
			return s.fail("%q where , or } is wanted", c)
		}
	}
	return err
}
