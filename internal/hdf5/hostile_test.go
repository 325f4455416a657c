package hdf5

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/synfire/synfire/internal/testenv"
)

// sample returns a tree with every kind of dataset, as our writer encodes it.
func sample(t testing.TB) []byte {
	g := wide(9)
	g.Groups = []*Group{{Name: "sub", Groups: []*Group{wide(3)}, Datasets: []*Dataset{
		{Name: "f", Kind: Float, Bits: 32, Shape: []int{2, 2}, Floats: []float64{1, 2, 3, 4}},
		{Name: "h", Kind: Float, Bits: 16, Floats: []float64{0.5}},
		{Name: "u", Kind: Uint, Bits: 16, Shape: []int{1}, Ints: []int64{65535}},
		{Name: "b", Kind: Bool, Ints: []int64{1}},
		{Name: "s", Kind: String, Shape: []int{3}, Strings: []string{"a", "", "çé"}},
		{Name: "null", Kind: Float, Null: true},
		{Name: "empty", Kind: Float, Shape: []int{0}},
	}}}
	g.Groups[0].Groups[0].Name = "wide"
	g.Attrs = []*Dataset{{Name: "version", Kind: String, Strings: []string{"1.0"}}}
	data, err := g.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// corrupt changes data in one of the ways that programs and attackers do.
func corrupt(r *rand.Rand, data []byte) []byte {
	data = slices.Clone(data)
	pick := func() int { return r.IntN(len(data)) }
	switch r.IntN(6) {
	case 0: // some bytes
		for range 1 + r.IntN(8) {
			data[pick()] = byte(r.Uint32())
		}
	case 1: // one bit
		data[pick()] ^= 1 << r.IntN(8)
	case 2: // a number takes an extreme value
		values := []uint64{0, 1, 0x7f, 0xff, 0xffff, 1 << 31, math.MaxUint32, 1 << 40, math.MaxInt64, math.MaxUint64}
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], values[r.IntN(len(values))])
		copy(data[pick():], word[:1<<r.IntN(4)])
	case 3: // an address or another word is repeated elsewhere
		from := pick() &^ 7
		copy(data[pick()&^7:], slices.Clone(data[from:min(from+8, len(data))]))
	case 4: // a stretch is lost
		at := pick()
		clear(data[at:min(at+1+r.IntN(512), len(data))])
	case 5: // the end is lost, and the superblock agrees
		data = data[:pick()]
		if len(data) > 48 {
			binary.LittleEndian.PutUint64(data[40:], uint64(len(data)))
		}
	}
	return data
}

// readGuarded reads data and fails on a panic, on more than 2 s, and on more
// than 1 GiB of allocations in all.
func readGuarded(t *testing.T, label string, data []byte) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("%s: panic: %v", label, r)
		}
	}()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	root, err := Read(data)
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("%s: took %v", label, took)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<30 {
		t.Errorf("%s: allocated %d MiB", label, used>>20)
	}
	if (root == nil) != (err != nil) {
		t.Errorf("%s: root %v with error %v", label, root, err)
	}
}

// corruptMany reads 500 damaged versions of the given files.
func corruptMany(t *testing.T, files map[string][]byte) {
	t.Helper()
	names := slices.Sorted(maps.Keys(files))
	for i := range 500 {
		r := rand.New(rand.NewPCG(uint64(i), 1))
		name := names[i%len(names)]
		data := corrupt(r, files[name])
		for range r.IntN(3) {
			if len(data) > 0 {
				data = corrupt(r, data)
			}
		}
		readGuarded(t, fmt.Sprintf("%s, seed %d", name, i), data)
	}
}

func TestCorruptions(t *testing.T) {
	files := map[string][]byte{"sample": sample(t)}
	for name := range known {
		files[name] = testFile(t, name)
	}
	corruptMany(t, files)
}

func TestCorruptionsOfConformanceFiles(t *testing.T) {
	files := map[string][]byte{}
	dir := testenv.Shared(t, "golden/nir")
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.Contains(d.Name(), ".nir") {
			files[path] = readMaybeGzip(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	corruptMany(t, files)
}

// TestNesting reads the deepest chain of groups, and one level more, which is
// written past the writer's own limit by a start below zero.
func TestNesting(t *testing.T) {
	for depth, want := range map[int]string{maxDepth: "", maxDepth + 1: "groups are nested deeper than 64"} {
		e := &encoder{buf: make([]byte, superblockSize)}
		root, err := e.group(nested(depth), "/", maxDepth-depth)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Read(e.finish(root))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%d levels: error %v, want %q", depth, err, want)
		}
	}
}

// TestOverlappingNames: a heap of n bytes whose n links all start inside one
// long name would hold n*n/2 bytes of names.
func TestOverlappingNames(t *testing.T) {
	long := strings.Repeat("n", 100)
	g := &Group{Groups: []*Group{{Name: "a"}, {Name: "b"}, {Name: long}}}
	data, err := g.Encode()
	if err != nil {
		t.Fatal(err)
	}
	heap := bytes.LastIndex(data, []byte(long+"\x00")) - 24
	table := bytes.LastIndex(data, []byte("SNOD")) + 8
	for i := range 2 { // the entries of a and b start one byte into the name
		entry := data[table+40*i:]
		if got := binary.LittleEndian.Uint64(entry); got != uint64(8+8*i) || string(data[heap+8+8*i:][:2]) != []string{"a\x00", "b\x00"}[i] {
			t.Fatalf("entry %d is at offset %d of the heap", i, got)
		}
		binary.LittleEndian.PutUint64(entry, uint64(25+i))
	}
	if _, err := Read(data); err == nil || !strings.Contains(err.Error(), "/: names overlap") {
		t.Errorf("error %v", err)
	}
}

// patch overwrites a number of 8 bytes, the only one of its value in data.
func patch(t *testing.T, data []byte, old, value uint64) {
	t.Helper()
	var from, to [8]byte
	binary.LittleEndian.PutUint64(from[:], old)
	binary.LittleEndian.PutUint64(to[:], value)
	at := bytes.Index(data, from[:])
	if at < 0 || bytes.Count(data, from[:]) != 1 {
		t.Fatalf("%d stands %d times in the file", old, bytes.Count(data, from[:]))
	}
	copy(data[at:], to[:])
}

// TestSmallFileLargeShape: the shape of data that was never written costs
// nothing in the file. It must not take memory without bound.
func TestSmallFileLargeShape(t *testing.T) {
	const marker = 0x123456789 // an extent to be found in the bytes
	g := &Group{Datasets: []*Dataset{{Name: "d", Kind: Float, Shape: []int{0, marker}}}}
	encoded, err := g.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rows, columns uint64
		want          string
	}{
		{1, 1 << 28, "too many elements"},
		{1 << 33, 1 << 33, "too many elements"},
		{math.MaxInt64, math.MaxInt64, "too many elements"},
		{1, math.MaxUint64, "too many"},
		{1, 1 << 26, "decodes to more than the limit"},
	} {
		data := slices.Clone(encoded)
		at := bytes.Index(data, binary.LittleEndian.AppendUint64(nil, marker))
		binary.LittleEndian.PutUint64(data[at-8:], c.rows)
		patch(t, data, marker, c.columns)
		if _, err := Read(data); err == nil || !strings.Contains(err.Error(), "/d: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d x %d: error %v, want one with %q", c.rows, c.columns, err, c.want)
		}
	}
}

// TestSharedData: datasets that share their data multiply the size of a file.
// In no sound file do structures overlap, so reading stops.
func TestSharedData(t *testing.T) {
	const n = 500
	e := &encoder{buf: make([]byte, superblockSize)}
	data := e.place(make([]byte, 8*n))
	d := &Dataset{Kind: Float, Shape: []int{n}}
	where := binary.LittleEndian.AppendUint64([]byte{3, layoutContiguous}, data)
	where = binary.LittleEndian.AppendUint64(where, 8*n)
	var members []member
	for i := range 100 {
		header, err := e.header([]headerMessage{
			{msgDataspace, encodeDataspace(d)}, {msgDatatype, encodeDatatype(d)}, {msgLayout, where},
		})
		if err != nil {
			t.Fatal(err)
		}
		members = append(members, member{name: fmt.Sprintf("%03d", i), header: header})
	}
	tree, heap := e.symbolTable(members)
	root, err := e.header([]headerMessage{{msgSymbolTable, binary.LittleEndian.AppendUint64(
		binary.LittleEndian.AppendUint64(nil, tree), heap)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Read(e.finish(root)); err == nil || !strings.Contains(err.Error(), "overlaps other parts of the file") {
		t.Errorf("error %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sample(f))
	for name := range known {
		// Large seeds make the engine spend its time on making them smaller.
		if data := testFile(f, name); len(data) < 20<<10 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		root, err := Read(data)
		if err != nil {
			return
		}
		encoded, err := root.Encode()
		if err != nil {
			t.Skip() // a name or attribute that our writer refuses
		}
		back, err := Read(encoded)
		if err != nil {
			t.Fatalf("our own file is not read back: %v", err)
		}
		if diff := cmp.Diff(root, back, sameTree); diff != "" {
			t.Fatal(diff)
		}
	})
}
