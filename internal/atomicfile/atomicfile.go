// Package atomicfile writes files that appear whole or not at all: the bytes
// go to a new file in the same folder, which is flushed to the disk and then
// renamed over the target.
package atomicfile

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// WriteFile calls write with a buffered writer and makes what it wrote the
// content of path, with mode 0644 less the umask. If write or anything else
// fails (a cancelled context is a failure of write), path is as it was before
// and nothing is left behind. A symbolic link is followed.
//
// A path that exists and is a device or a pipe (/dev/stdout) cannot be
// replaced and is written to directly.
func WriteFile(path string, write func(io.Writer) error) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return fmt.Errorf("%s: is a folder", path)
		}
		return writeThrough(path, write)
	}
	f, err := create(path)
	if err != nil {
		return err
	}
	done := false
	// Deferred, so that a panic in write leaves nothing behind either. On
	// success both calls are without effect, and their errors with them.
	defer func() {
		f.Close()
		if !done {
			os.Remove(f.Name())
		}
	}()
	if err := fill(f, write); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	done = true
	return nil
}

// create makes a new file beside path. Unlike os.CreateTemp, which makes files
// that only their owner can read, it leaves the permissions to the umask.
func create(path string) (*os.File, error) {
	for try := 0; ; try++ {
		name := fmt.Sprintf("%s.%08x.tmp", path, rand.Uint32())
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if os.IsNotExist(err) {
			return nil, fmt.Errorf("%s: there is no folder %s to write it to", path, filepath.Dir(path))
		}
		if !os.IsExist(err) || try == 100 {
			return f, err
		}
	}
}

func writeThrough(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := fill(f, write); err != nil {
		f.Close()
		return fmt.Errorf("%s: %w", path, err)
	}
	return f.Close()
}

func fill(f *os.File, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(f, 1<<16)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}
