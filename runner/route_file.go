package runner

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/synfire/synfire/internal/regular"
	"github.com/synfire/synfire/internal/spike"
)

// routeFileLimit bounds the bytes of a file of tables or of a placement problem,
// unpacked.
const routeFileLimit = 64 << 20

// readRouteFile returns the content of a file, unpacked if it is gzip.
func readRouteFile(path string) ([]byte, error) {
	data, err := regular.ReadFile(path, routeFileLimit)
	if err != nil || !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return data, err
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, At(path, err)
	}
	data, err = io.ReadAll(io.LimitReader(z, routeFileLimit+1))
	if err != nil {
		return nil, At(path, err)
	}
	if len(data) > routeFileLimit {
		return nil, fmt.Errorf("%s: unpacked it is larger than %d bytes, the most that is read", path, routeFileLimit)
	}
	return data, nil
}

// decodeJSON reads one JSON value and nothing after it, with errors for people.
// Fields that it does not know are skipped: other tools write some of their own.
func decodeJSON(data []byte, into any) error {
	return explainJSON(json.Unmarshal(data, into))
}

// decodeStrictJSON is decodeJSON for a form of our own, in which a field that is
// not known is one whose name is wrong.
func decodeStrictJSON(data []byte, into any) error {
	if err := decodeJSON(data, into); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err := dec.Decode(into)
	if name, ok := strings.CutPrefix(fmt.Sprint(err), "json: unknown field "); ok {
		return spike.WithHint(fmt.Errorf("there is no field %s", name), "docs/routing.md has the form of the file")
	}
	return explainJSON(err)
}

// explainJSON puts an error into words for people.
func explainJSON(err error) error {
	var wrong *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrong):
		field := wrong.Field
		if field == "" {
			field = "the file"
		}
		return fmt.Errorf("%s holds a %s that does not belong there (before byte %d)", field, wrong.Value, wrong.Offset)
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON at byte %d: %w", syntax.Offset, err)
	}
	return err
}
