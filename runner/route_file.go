package runner

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/synfire/synfire/internal/regular"
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
func decodeJSON(data []byte, into any) error {
	err := json.Unmarshal(data, into)
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
