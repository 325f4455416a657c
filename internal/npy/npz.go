package npy

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/synfire/synfire/internal/regular"
)

const (
	maxMembers = 4096
	// A member that unpacks to more than bombBytes must not be packed by more
	// than bombRatio. Rasters pack by 10 to 50; deflate can reach 1032.
	bombBytes = 64 << 20
	bombRatio = 200
)

// Archive is an open .npz file. The headers of its arrays are known, their
// data is read by Load. An Archive must not be used by several goroutines at
// once.
type Archive struct {
	path    string
	file    *os.File
	members []member
}

// member is one array of an archive. An array that cannot be read keeps the
// reason, so that it does not stand in the way of the others.
type member struct {
	zip    *zip.File
	header *Header
	name   string
	err    error
}

// OpenNPZ opens a .npz file and reads the headers of its arrays. Errors carry
// the path.
func OpenNPZ(path string) (*Archive, error) {
	f, size, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	z := &Archive{path: path, file: f}
	if err := z.scan(size); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return z, nil
}

// scan reads the directory of the archive and the header of each array.
func (z *Archive) scan(size int64) error {
	r, err := zip.NewReader(z.file, size)
	if err != nil {
		return fmt.Errorf("not a .npz archive: %w", err)
	}
	if len(r.File) > maxMembers {
		return fmt.Errorf("%d arrays, over the limit of %d", len(r.File), maxMembers)
	}
	for _, f := range r.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			return fmt.Errorf("%q in the archive is not an array (.npy)", f.Name)
		}
		if z.find(name) != nil {
			return fmt.Errorf("array %q is in the archive twice", name)
		}
		m := member{zip: f, name: name}
		m.header, m.err = memberHeader(f, size)
		if m.header != nil {
			m.header.Name = name
		}
		z.members = append(z.members, m)
	}
	return nil
}

// memberHeader reads the header of a member and checks the sizes that the
// directory declares against it and against the size of the whole file.
func memberHeader(f *zip.File, fileSize int64) (*Header, error) {
	packed, unpacked := f.CompressedSize64, f.UncompressedSize64
	switch {
	case f.Flags&1 != 0:
		return nil, errors.New("it is encrypted")
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return nil, fmt.Errorf("zip method %d is not supported (stored and deflate are)", f.Method)
	case packed > uint64(fileSize):
		return nil, fmt.Errorf("it claims %d packed bytes, the whole file has %d", packed, fileSize)
	case unpacked > MaxBytes+maxHeader:
		return nil, fmt.Errorf("it unpacks to %d bytes, over the limit of %d", unpacked, MaxBytes)
	case unpacked > bombBytes && unpacked/bombRatio > packed:
		return nil, fmt.Errorf("%d bytes unpack to %d, more than %d times as many: refused as a zip bomb; save it as .npy if it is not",
			packed, unpacked, bombRatio)
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	return h, h.fits(int64(unpacked))
}

// Close closes the file.
func (z *Archive) Close() error { return z.file.Close() }

// Names returns the names of the arrays in the order of the archive.
func (z *Archive) Names() []string {
	names := make([]string, len(z.members))
	for k, m := range z.members {
		names[k] = m.name
	}
	return names
}

// find returns the member called name, or nil.
func (z *Archive) find(name string) *member {
	k := slices.IndexFunc(z.members, func(m member) bool { return m.name == name })
	if k < 0 {
		return nil
	}
	return &z.members[k]
}

// Has tells whether the archive holds an array called name.
func (z *Archive) Has(name string) bool { return z.find(name) != nil }

// Header returns the header of an array. It is an error, with the path and
// the name, if there is no such array or it cannot be read.
func (z *Archive) Header(name string) (*Header, error) {
	m := z.find(name)
	if m == nil {
		return nil, fmt.Errorf("%s: no array %q; it has %s", z.path, name, strings.Join(z.Names(), ", "))
	}
	if m.err != nil {
		return nil, fmt.Errorf("%s: array %q: %w", z.path, name, m.err)
	}
	return m.header, nil
}

// Load reads an array. Errors carry the path and the name.
func (z *Archive) Load(name string) (*Array, error) {
	h, err := z.Header(name)
	if err != nil {
		return nil, err
	}
	a, err := z.load(z.find(name), h)
	if err != nil {
		return nil, fmt.Errorf("%s: array %q: %w", z.path, name, err)
	}
	return a, nil
}

func (z *Archive) load(m *member, h *Header) (*Array, error) {
	r, err := m.zip.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b := bufio.NewReaderSize(r, 1<<16)
	if _, err := b.Discard(h.size); err != nil {
		return nil, readError(err)
	}
	return h.decode(b)
}

// ReadNPZ reads all arrays of a .npz file in the order of the archive. All of
// them together may take up to MaxBytes; use OpenNPZ for larger files.
func ReadNPZ(path string) ([]*Array, error) {
	z, err := OpenNPZ(path)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	var total int64
	var out []*Array
	for _, name := range z.Names() {
		h, err := z.Header(name)
		if err != nil {
			return nil, err
		}
		if total += int64(h.count) * h.memBytes(); total > MaxBytes {
			return nil, fmt.Errorf("%s: the arrays take more than %d bytes together", path, MaxBytes)
		}
		a, err := z.Load(name)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// Find returns the array called name, or nil.
func Find(arrays []*Array, name string) *Array {
	for _, a := range arrays {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// WriteNPZ writes the arrays as a .npz archive, deflated, in the given order
// and with a fixed date, so that the same arrays give the same bytes. Names
// must be given and differ.
func WriteNPZ(w io.Writer, arrays []*Array) error {
	z := zip.NewWriter(w)
	seen := map[string]bool{}
	for _, a := range arrays {
		if a.Name == "" || seen[a.Name] {
			return fmt.Errorf("array name %q is empty or used twice", a.Name)
		}
		seen[a.Name] = true
		f, err := z.CreateHeader(&zip.FileHeader{
			Name:     a.Name + ".npy",
			Method:   zip.Deflate,
			Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC),
		})
		if err != nil {
			return err
		}
		if err := Write(f, a); err != nil {
			return err
		}
	}
	return z.Close()
}
