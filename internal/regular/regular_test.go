package regular

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "five")
	if err := os.WriteFile(path, []byte("12345"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path  string
		limit int64
		want  string // of the error; empty for none
	}{
		{path, 5, ""},
		{path, 4, "larger than 4 bytes"},
		{dir, 5, "not a regular file"},
		{filepath.Join(dir, "none"), 5, "no such file"},
	} {
		data, err := ReadFile(c.path, c.limit)
		if c.want == "" {
			if err != nil || string(data) != "12345" {
				t.Errorf("limit %d: %q, %v", c.limit, data, err)
			}
			continue
		}
		var named *fs.PathError
		if !errors.As(err, &named) || named.Path != c.path || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, limit %d: %v, want %q with the path", c.path, c.limit, err, c.want)
		}
	}
}
