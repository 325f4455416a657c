// Package frontend opens and saves networks, whatever their format: NIR files
// (package frontend/nir; specs/nir.md) and the text form .snn of package ir,
// whose large arrays live in a .npz file of the same name beside it.
//
// What a file is follows from its content; its name decides only where the
// content leaves it open. A file of another kind is refused with its name and
// what to do, since "bad signature" helps nobody.
package frontend

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/synfire/synfire/frontend/nir"
	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/internal/hdf5"
	"github.com/synfire/synfire/ir"
)

// Codes of errors that concern a file as a whole.
const (
	codeFile   = "E0140" // cannot be read
	codeFormat = "E0141" // of a kind that is not understood
	codeHDF5   = "E0142" // damaged, or beyond the subset of HDF5
)

// DefaultMaxBytes bounds the size of a file where Options does not: 1 GiB.
const DefaultMaxBytes = 1 << 30

// Options says how Open works. The zero value is ready for use.
type Options struct {
	// MaxBytes bounds the size of the file; 0 means DefaultMaxBytes.
	MaxBytes int64
}

// Open reads the network in the file at path. The diagnostics name the file
// and hold everything that was assumed or repaired. An error is a
// *diag.ListError whose list is the returned one.
func Open(path string, opt Options) (*ir.Network, diag.List, error) {
	n, diags := open(path, opt)
	diags.SetFile(path)
	if err := diags.Err(); err != nil {
		return nil, diags, err
	}
	return n, diags, nil
}

func open(path string, opt Options) (*ir.Network, diag.List) {
	data, err := readFile(path, opt.MaxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		var l diag.List
		l.Errorf(codeFile, "", "look for a typing error; names start in the folder that the command runs in", "no such file or directory")
		return nil, l
	}
	if err != nil {
		return nil, failure(codeFile, "", err)
	}
	kind := detect(filepath.Ext(path), data)
	switch {
	case kind.isNIR:
		return openNIR(path, data)
	case kind.isText:
		return openText(path, data)
	}
	var l diag.List
	l.Errorf(codeFormat, "", kind.hint, "this is %s; networks are read from .nir and .snn files", kind.what)
	return nil, l
}

func failure(code, hint string, err error) diag.List {
	var l diag.List
	l.Errorf(code, "", hint, "%v", err)
	return l
}

// readFile reads a whole file of at most limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, plain(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, plain(err)
	}
	if info.IsDir() {
		return nil, errors.New("this is a folder, not a file")
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, plain(err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("the file is larger than %d bytes, the most that is read", limit)
	}
	return data, nil
}

// plain takes the path out of an error of the system: the diagnostic has it.
func plain(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func openNIR(path string, data []byte) (*ir.Network, diag.List) {
	root, err := hdf5.Read(data)
	if err != nil {
		return nil, failure(codeHDF5, "if the file is damaged or cut off, copy it again; otherwise write it with nir.write, whose HDF5 is understood", err)
	}
	n, diags, err := nir.Read(root)
	if err == nil {
		n.Name = base(path)
	}
	return n, diags
}

// base returns the name of a file without folder and extension.
func base(path string) string {
	name := filepath.Base(path)
	return strings.TrimSuffix(name, filepath.Ext(name))
}
