package atomicfile_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/synfire/synfire/internal/atomicfile"
)

// only fails unless dir holds exactly the one file with this content.
func only(t *testing.T, dir, name, content string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != name {
		t.Fatalf("the folder holds %v, want %s alone", entries, name)
	}
	got, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil || string(got) != content {
		t.Fatalf("content %q (%v), want %q", got, err, content)
	}
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func TestWriteFileReplacesTheWholeFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	for _, s := range []string{"a longer text", "short"} {
		if err := atomicfile.WriteFile(path, text(s)); err != nil {
			t.Fatal(err)
		}
		only(t, dir, "out", s)
	}
}

func TestFailureLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	if err := atomicfile.WriteFile(path, text("old")); err != nil {
		t.Fatal(err)
	}
	err := atomicfile.WriteFile(path, func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil { // past every buffer
			return err
		}
		return context.Canceled
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want the one of the writer", err)
	}
	only(t, dir, "out", "old")

	func() {
		defer func() { _ = recover() }()
		_ = atomicfile.WriteFile(path, func(io.Writer) error { panic("writer") })
	}()
	only(t, dir, "out", "old")
}

func TestSymlinkIsFollowed(t *testing.T) {
	dir, links := t.TempDir(), t.TempDir()
	link := filepath.Join(links, "link")
	target := filepath.Join(dir, "out")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Skip(err)
	}
	if err := atomicfile.WriteFile(link, text("new")); err != nil {
		t.Fatal(err)
	}
	only(t, dir, "out", "new")
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Fatal("the link was replaced by a file")
	}
}

func TestUnusableTargets(t *testing.T) {
	dir := t.TempDir()
	if atomicfile.WriteFile(dir, text("x")) == nil {
		t.Error("a folder was overwritten")
	}
	if atomicfile.WriteFile(filepath.Join(dir, "no", "out"), text("x")) == nil {
		t.Error("a missing folder was accepted")
	}
	if err := atomicfile.WriteFile(os.DevNull, text("x")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Fatal("the null device was replaced")
	}
}
