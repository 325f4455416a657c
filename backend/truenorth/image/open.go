package image

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxText bounds what a file may hold after decompression: twice what RANC
// writes for all 4096 cores of a chip.
const maxText = 1 << 32

// Open reads a config.json and an input.json; either may be gzipped.
func Open(config, input string) (*Image, error) {
	img := &Image{}
	err := withFile(config, func(r io.Reader) error {
		c, err := ReadConfig(config, r)
		if err == nil {
			img.Config = *c
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	err = withFile(input, func(r io.Reader) error {
		in, err := ReadInput(input, r, &img.Config)
		if err == nil {
			img.Input = *in
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return img, nil
}

// OpenDir reads the config.json and the input.json of a folder, each under
// that name or with .gz after it.
func OpenDir(dir string) (*Image, error) {
	config, err := findFile(dir, "config.json")
	if err != nil {
		return nil, err
	}
	input, err := findFile(dir, "input.json")
	if err != nil {
		return nil, err
	}
	return Open(config, input)
}

func findFile(dir, name string) (string, error) {
	path := filepath.Join(dir, name)
	_, err := os.Stat(path)
	if err == nil {
		return path, nil
	}
	if _, gz := os.Stat(path + ".gz"); gz == nil {
		return path + ".gz", nil
	}
	return "", fmt.Errorf("%w (nor %s.gz)", err, name)
}

// withFile calls read with the text of a file, which is taken to be gzipped if
// it starts like it.
func withFile(path string, read func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	if head, _ := r.Peek(2); string(head) != "\x1f\x8b" { // shorter is not gzip
		return read(&limited{r, maxText})
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return read(&limited{z, maxText})
}

// limited ends with an error, not in silence, after left bytes.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("the file holds more than %d bytes", int64(maxText))
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.r.Read(p)
	l.left -= int64(n)
	return n, err
}
