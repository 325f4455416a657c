package npy_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/synfire/synfire/internal/npy"
	"pgregory.net/rapid"
)

// drawArray draws an array of any kind that can be written.
func drawArray(t *rapid.T) *npy.Array {
	a := &npy.Array{Shape: rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(t, "shape")}
	n := 1
	for _, d := range a.Shape {
		n *= d
	}
	a.Kind = rapid.SampledFrom([]npy.Kind{npy.Bool, npy.Int, npy.Uint, npy.Float, npy.String}).Draw(t, "kind")
	bits := map[npy.Kind][]int{npy.Bool: {8}, npy.Int: {8, 16, 32, 64}, npy.Uint: {8, 16, 32, 64}, npy.Float: {32, 64}, npy.String: {8, 32}}
	a.Bits = rapid.SampledFrom(bits[a.Kind]).Draw(t, "bits")
	switch {
	case a.Kind == npy.Bool:
		a.Bytes = rapid.SliceOfN(rapid.Uint8Max(1), n, n).Draw(t, "bytes")
	case a.Kind == npy.Uint && a.Bits == 8:
		a.Bytes = rapid.SliceOfN(rapid.Uint8(), n, n).Draw(t, "bytes")
	case a.Kind == npy.Int:
		lim := int64(1)<<(a.Bits-1) - 1
		a.Ints = rapid.SliceOfN(rapid.Int64Range(-lim-1, lim), n, n).Draw(t, "ints")
	case a.Kind == npy.Uint:
		a.Ints = rapid.SliceOfN(rapid.Int64Range(0, math.MaxInt64>>(63-min(a.Bits, 63))), n, n).Draw(t, "ints")
	case a.Kind == npy.Float && a.Bits == 32:
		for range n {
			a.Floats = append(a.Floats, float64(rapid.Float32().Draw(t, "float")))
		}
	case a.Kind == npy.Float:
		a.Floats = rapid.SliceOfN(rapid.Float64(), n, n).Draw(t, "floats")
	default:
		a.Strings = rapid.SliceOfN(rapid.StringMatching(`[a-zß€😀]{0,5}`), n, n).Draw(t, "strings")
	}
	return a
}

func TestReadOfWriteIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawArray(t)
		var b bytes.Buffer
		if err := npy.Write(&b, want); err != nil {
			t.Fatal(err)
		}
		got, err := npy.Read(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
		if _, err := npy.Read(b.Bytes()[:b.Len()-1]); err == nil {
			t.Fatal("a truncated file was accepted")
		}
		if _, err := npy.Read(append(b.Bytes(), 0)); err == nil {
			t.Fatal("a byte left over was accepted")
		}
	})
}

func TestArchiveIsReproducibleAndReadsBack(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		var want []*npy.Array
		for k := range rapid.IntRange(0, 4).Draw(t, "n") {
			a := drawArray(t)
			a.Name = fmt.Sprintf("%c", 'z'-k)
			want = append(want, a)
		}
		var one, two bytes.Buffer
		if npy.WriteNPZ(&one, want) != nil || npy.WriteNPZ(&two, want) != nil {
			t.Fatal("cannot write")
		}
		if !bytes.Equal(one.Bytes(), two.Bytes()) {
			t.Fatal("two runs wrote different bytes")
		}
		path := filepath.Join(dir, "a.npz")
		if err := os.WriteFile(path, one.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := npy.ReadNPZ(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	})
}

// Every half is exact in float64, so writing what was read gives it back.
func TestAllHalvesSurvive(t *testing.T) {
	a := &npy.Array{Shape: []int{1 << 16}, Kind: npy.Uint, Bits: 16}
	for h := range 1 << 16 {
		a.Ints = append(a.Ints, int64(h))
	}
	var u, f bytes.Buffer
	if err := npy.Write(&u, a); err != nil {
		t.Fatal(err)
	}
	halves := bytes.Replace(u.Bytes(), []byte("<u2"), []byte("<f2"), 1)
	b, err := npy.Read(halves)
	if err != nil {
		t.Fatal(err)
	}
	if err := npy.Write(&f, b); err != nil {
		t.Fatal(err)
	}
	got := f.Bytes()
	for h := range 1 << 16 {
		at := len(got) - 2<<16 + 2*h
		back := int(binary.LittleEndian.Uint16(got[at:]))
		nan := h>>10&31 == 31 && h&1023 != 0
		if back != h && (!nan || !math.IsNaN(b.Floats[h])) {
			t.Fatalf("half %#04x = %v came back as %#04x", h, b.Floats[h], back)
		}
	}
}

func TestHalvesRoundToNearestEven(t *testing.T) {
	a := &npy.Array{Shape: []int{6}, Kind: npy.Float, Bits: 16, Floats: []float64{
		2049, 2051, 65519.9, 65520, 0.5 * math.Ldexp(1, -24), 0.500001 * math.Ldexp(1, -24),
	}}
	var b bytes.Buffer
	if err := npy.Write(&b, a); err != nil {
		t.Fatal(err)
	}
	got, err := npy.Read(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{2048, 2052, 65504, math.Inf(1), 0, math.Ldexp(1, -24)}
	if !cmp.Equal(got.Floats, want) {
		t.Errorf("%v, want %v", got.Floats, want)
	}
}

func TestViewsRefuseWhatTheyWouldChange(t *testing.T) {
	float := func(v float64) *npy.Array { return &npy.Array{Kind: npy.Float, Bits: 64, Floats: []float64{v}} }
	integer := func(v int64) *npy.Array { return &npy.Array{Kind: npy.Int, Bits: 64, Ints: []int64{v}} }
	for _, v := range []float64{0.5, math.NaN(), math.Inf(1), 1 << 63} {
		if _, err := float(v).Int64(); err == nil {
			t.Errorf("%v was taken for an integer", v)
		}
	}
	if v, err := float(-(1 << 63)).Int64(); err != nil || v[0] != math.MinInt64 {
		t.Errorf("-2^63: %v %v", v, err)
	}
	if _, err := integer(1<<53 + 1).Float64(); err == nil {
		t.Error("2^53 + 1 was rounded")
	}
	if _, err := integer(2).Bool(); err == nil {
		t.Error("2 was taken for a boolean")
	}
	if v, err := float(1).Bool(); err != nil || !v[0] {
		t.Errorf("1.0 as a boolean: %v %v", v, err)
	}
	if _, err := (&npy.Array{Kind: npy.String, Bits: 8, Strings: []string{"1"}}).Int64(); err == nil {
		t.Error("a string was taken for a number")
	}
}

func TestWriterRefuses(t *testing.T) {
	for name, a := range map[string]*npy.Array{
		"300 in int8":       {Kind: npy.Int, Bits: 8, Ints: []int64{300}},
		"-1 in uint16":      {Kind: npy.Uint, Bits: 16, Ints: []int64{-1}},
		"2 in bool":         {Kind: npy.Bool, Bits: 8, Bytes: []uint8{2}},
		"too few":           {Shape: []int{2}, Kind: npy.Float, Bits: 64, Floats: []float64{1}},
		"negative shape":    {Shape: []int{-1}, Kind: npy.Float, Bits: 64},
		"overflow":          {Shape: []int{1 << 40, 1 << 40}, Kind: npy.Float, Bits: 64},
		"int of 12 bits":    {Kind: npy.Int, Bits: 12, Ints: []int64{1}},
		"no kind":           {},
		"33 dimensions":     {Shape: slices.Repeat([]int{1}, 33), Kind: npy.Float, Bits: 64, Floats: []float64{1}},
		"ends in NUL":       {Kind: npy.String, Bits: 8, Strings: []string{"a\x00"}},
		"not UTF-8":         {Kind: npy.String, Bits: 32, Strings: []string{"\xff"}},
		"float of 128 bits": {Kind: npy.Float, Bits: 128, Floats: []float64{1}},
	} {
		if npy.Write(&bytes.Buffer{}, a) == nil {
			t.Errorf("%s was written", name)
		}
	}
	if npy.WriteNPZ(&bytes.Buffer{}, []*npy.Array{{Kind: npy.Int, Bits: 8, Ints: []int64{1}}}) == nil {
		t.Error("an array without a name was written")
	}
}

// file renders a .npy file with any header text.
func file(header, data string) []byte {
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8))
	return append(append(b, header...), data...)
}

func TestHostileHeaders(t *testing.T) {
	head := func(descr, shape string) string {
		return fmt.Sprintf("{'descr': %s, 'fortran_order': False, 'shape': %s}", descr, shape)
	}
	cases := map[string][]byte{
		"empty":              nil,
		"magic alone":        []byte("\x93NUMPY"),
		"version 9":          []byte("\x93NUMPY\x09\x00\x02\x00{}"),
		"header of 4 GiB":    []byte("\x93NUMPY\x02\x00\xff\xff\xff\xff{}"),
		"header cut":         []byte("\x93NUMPY\x01\x00\xff\x00{}"),
		"no dictionary":      file("[]", ""),
		"nothing inside":     file("{}", ""),
		"entry twice":        file("{'descr': '<i4', 'descr': '<i4', 'shape': ()}", "xxxx"),
		"entry unknown":      file("{'descr': '<i4', 'fortran_order': False, 'shape': (), 'x': 1}", "xxxx"),
		"unclosed":           file("{'descr': '<i4', 'fortran_order': False, 'shape': (", ""),
		"unclosed string":    file("{'descr", ""),
		"escape":             file(head(`'<i\x34'`, "()"), "xxxx"),
		"text after":         file(head("'<i4'", "()")+"x", "xxxx"),
		"negative dimension": file(head("'<i4'", "(-1,)"), ""),
		"dimension overflow": file(head("'<i4'", "(99999999999999999999,)"), ""),
		"product overflow":   file(head("'<i4'", "(4294967296, 4294967296)"), ""),
		"product hides in 0": file(head("'<i4'", "(0, 4294967296, 4294967296)"), ""),
		"1 GiB of strings":   file(head("'<U1000'", "(1000000,)"), ""),
		"33 dimensions":      file(head("'<i4'", "("+strings.Repeat("1,", 33)+")"), "xxxx"),
		"empty strings":      file(head("'<U0'", "(1000000,)"), ""),
		"huge strings":       file(head("'<U9999999999'", "(1,)"), ""),
		"3-byte integer":     file(head("'<i3'", "()"), "xxx"),
		"two byte orders":    file(head("'<>i4'", "()"), "xxxx"),
		"no type":            file(head("'<'", "()"), ""),
		"claims 512 MiB":     file(head("'|u1'", "(536870912,)"), "xxxx"),
		"boolean 2":          file(head("'|b1'", "()"), "\x02"),
		"not a character":    file(head("'<U1'", "()"), "\x00\x00\x11\x00"),
		"surrogate":          file(head("'<U1'", "()"), "\x00\xd8\x00\x00"),
	}
	for name, data := range cases {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := npy.Read(data)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: took %d bytes of memory", name, n)
		}
	}
	if a, err := npy.Read(file(`{"shape":(2L,),"fortran_order":True,"descr":"<i2"} `, "\x01\x00\x02\x00")); err != nil || a.Ints[1] != 2 {
		t.Errorf("a header in Python 2 style: %v", err)
	}
}

// archive writes a zip of one member and lets change alter the bytes.
func archive(t *testing.T, name string, data []byte, change func([]byte) []byte) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(data)
	z.Close()
	path := filepath.Join(t.TempDir(), "a.npz")
	if err := os.WriteFile(path, change(b.Bytes()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestHostileArchives(t *testing.T) {
	same := func(b []byte) []byte { return b }
	zeros := func(n int) []byte {
		return file(fmt.Sprintf("{'descr': '|u1', 'fortran_order': False, 'shape': (%d,)}", n), string(make([]byte, n)))
	}
	// The directory entry starts at PK\1\2; its sizes are at 20 and 24, its
	// checksum at 16.
	field := func(off int, v uint32) func([]byte) []byte {
		return func(b []byte) []byte {
			binary.LittleEndian.PutUint32(b[bytes.Index(b, []byte("PK\x01\x02"))+off:], v)
			return b
		}
	}
	cases := map[string]string{
		"not an array":        archive(t, "a.txt", []byte("hello"), same),
		"bomb":                archive(t, "a.npy", zeros(100<<20), same),
		"size too large":      archive(t, "a.npy", zeros(100), field(24, 1<<20)),
		"size too small":      archive(t, "a.npy", zeros(100), field(24, 100)),
		"packed too large":    archive(t, "a.npy", zeros(100), field(20, 1<<30)),
		"checksum":            archive(t, "a.npy", zeros(100), field(16, 1)),
		"header and size lie": archive(t, "a.npy", zeros(1 << 20)[:1000], field(24, uint32(len(zeros(1<<20))))),
		"no archive":          archive(t, "a.npy", nil, func([]byte) []byte { return []byte("PK\x03\x04") }),
	}
	for name, path := range cases {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := npy.ReadNPZ(path)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("%s: error %v, want one with the path", name, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
			t.Errorf("%s: took %d bytes of memory", name, n)
		}
	}
	if _, err := npy.ReadFile(t.TempDir()); err == nil {
		t.Error("a folder was read")
	}
}

func FuzzRead(f *testing.F) {
	paths, _ := filepath.Glob("testdata/*.npy")
	for _, path := range paths {
		if b, err := os.ReadFile(path); err == nil {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := npy.Read(data)
		if err != nil {
			return
		}
		n := 1
		for _, d := range a.Shape {
			n *= d
		}
		if n != a.Len() {
			t.Fatalf("shape %v with %d elements", a.Shape, a.Len())
		}
	})
}

// archive/zip keeps its decompressors in a pool, so coverage varies from run to
// run: fuzz with -fuzzminimizetime 10x, or minimizing takes all the time.
func FuzzReadNPZ(f *testing.F) {
	paths, _ := filepath.Glob("testdata/*.npz")
	for _, path := range paths {
		if b, err := os.ReadFile(path); err == nil {
			f.Add(b)
		}
	}
	path := filepath.Join(f.TempDir(), "fuzz.npz")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		arrays, err := npy.ReadNPZ(path)
		if err == nil {
			// What was read can be written, except strings that are not text.
			for _, a := range arrays {
				if err := npy.Write(&bytes.Buffer{}, a); err != nil && a.Kind != npy.String {
					t.Fatal(err)
				}
			}
		}
	})
}
