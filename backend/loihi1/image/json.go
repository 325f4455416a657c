package image

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// formatName is what the JSON form calls itself.
const formatName = "synfire-loihi1-image"

// Words is synapse memory; in JSON each word is a string of 16 hexadecimal
// digits, because many readers cannot hold 64-bit numbers.
type Words []uint64

// MarshalJSON writes the words as hexadecimal strings.
func (w Words) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 2+19*len(w))
	b = append(b, '[')
	for i, x := range w {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `"%016x"`, x)
	}
	return append(b, ']'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (w *Words) UnmarshalJSON(data []byte) error {
	var digits []string
	if err := json.Unmarshal(data, &digits); err != nil {
		return err
	}
	*w = make(Words, len(digits))
	for i, s := range digits {
		x, err := strconv.ParseUint(s, 16, 64)
		if err != nil || len(s) != 16 {
			return fmt.Errorf("syn_mem[%d]: %q is not 16 hexadecimal digits", i, s)
		}
		(*w)[i] = x
	}
	return nil
}

// document is the outermost object of the JSON form.
type document struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	*Image
}

// EncodeJSON returns the JSON form of a valid image: one line, fields in the
// order of the types, the same bytes for the same image.
func EncodeJSON(img *Image) ([]byte, error) {
	if err := Validate(img); err != nil {
		return nil, fmt.Errorf("image is not valid: %w", err)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(document{formatName, version, img}); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// DecodeJSON reads the JSON form. Unknown fields, another version, anything
// after the object and whatever Validate finds are errors.
func DecodeJSON(data []byte) (*Image, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("image is not valid UTF-8")
	}
	doc := document{Image: &Image{}}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("image: more data after the end")
	}
	if doc.Format != formatName || doc.Version != version {
		return nil, fmt.Errorf("image is of format %q version %d, this program reads %q version %d", doc.Format, doc.Version, formatName, version)
	}
	if err := Validate(doc.Image); err != nil {
		return nil, fmt.Errorf("image is not valid: %w", err)
	}
	return doc.Image, nil
}
