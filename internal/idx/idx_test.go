package idx_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/synfire/synfire/internal/idx"
	"github.com/synfire/synfire/internal/testenv"
)

// file is an IDX file of 2 images of 2 x 3 pixels.
var file = []byte("\x00\x00\x08\x03\x00\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00\x03abcdefghijkl")

func gz(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func TestImagesPlainAndGzipped(t *testing.T) {
	for _, data := range [][]byte{file, gz(file)} {
		path := filepath.Join(t.TempDir(), "images")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		m, err := idx.ReadImages(path)
		if err != nil {
			t.Fatal(err)
		}
		if m.N != 2 || m.Rows != 2 || m.Cols != 3 || string(m.Image(1)) != "ghijkl" {
			t.Fatalf("read %+v", m)
		}
		if _, err := idx.ReadLabels(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("images read as labels: %v", err)
		}
	}
}

func TestMNISTTestSet(t *testing.T) {
	m, err := idx.ReadImages(testenv.Shared(t, "data/mnist/t10k-images-idx3-ubyte.gz"))
	if err != nil {
		t.Fatal(err)
	}
	labels, err := idx.ReadLabels(testenv.Shared(t, "data/mnist/t10k-labels-idx1-ubyte.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if m.N != 10000 || m.Rows != 28 || m.Cols != 28 || len(labels) != 10000 {
		t.Fatalf("%d images of %d x %d, %d labels", m.N, m.Rows, m.Cols, len(labels))
	}
	if want := []uint8{7, 2, 1, 0, 4, 1, 4, 9, 5, 9}; !slices.Equal(labels[:10], want) {
		t.Errorf("the first labels are %v, want %v", labels[:10], want)
	}
}

func TestHostileFiles(t *testing.T) {
	huge := []byte("\x00\x00\x08\x03\x7f\xff\xff\xff\x7f\xff\xff\xff\x7f\xff\xff\xff")
	large := []byte("\x00\x00\x08\x01\x3f\xff\xff\xffx")
	cases := map[string][]byte{
		"empty":            nil,
		"other magic":      []byte("\x01\x00\x08\x01\x00\x00\x00\x01x"),
		"floats":           []byte("\x00\x00\x0d\x01\x00\x00\x00\x01xxxx"),
		"no dimensions":    []byte("\x00\x00\x08\x00"),
		"zero dimension":   []byte("\x00\x00\x08\x01\x00\x00\x00\x00"),
		"short header":     file[:10],
		"short data":       file[:len(file)-1],
		"data left over":   append(slices.Clone(file), 0),
		"product overflow": huge,
		"claims 1 GiB":     large,
		"truncated gzip":   gz(file)[:25],
		"gzip left over":   gz(append(slices.Clone(file), 0)),
		"bomb":             gz(append(slices.Clone(file), make([]byte, 32<<20)...)),
	}
	for name, data := range cases {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := idx.Read(bytes.NewReader(data))
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: took %d bytes of memory", name, n)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file)
	f.Add(gz(file))
	f.Fuzz(func(t *testing.T, data []byte) {
		dims, pixels, err := idx.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		size := 1
		for _, d := range dims {
			size *= d
		}
		if size != len(pixels) {
			t.Fatalf("dimensions %v with %d bytes", dims, len(pixels))
		}
	})
}
