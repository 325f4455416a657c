// Package regular opens files whose size is known beforehand. Pipes and devices
// are refused: opening one may block for ever, and its size bounds nothing.
package regular

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ErrTruncated is in the errors of readers about files that end too early.
var ErrTruncated = errors.New("the file is truncated")

// Open opens a regular file and returns its size in bytes. An error is an
// [fs.PathError], which carries the path.
func Open(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, &fs.PathError{Op: "open", Path: path, Err: errors.New("not a regular file")}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// ReadFile returns the content of a regular file of at most limit bytes. An
// error is an [fs.PathError], which carries the path.
func ReadFile(path string, limit int64) ([]byte, error) {
	f, _, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("the file is larger than %d bytes, the most that is read", limit)}
	}
	return data, nil
}
