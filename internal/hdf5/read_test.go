package hdf5

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ramp is the 5x7 array of testdata/generate.py.
func ramp() []float64 {
	v := make([]float64, 35)
	for i := range v {
		v[i] = float64(i) / 4
	}
	return v
}

// count returns n integers made by at.
func count(n int, at func(int) int) []int64 {
	v := make([]int64, n)
	for i := range v {
		v[i] = int64(at(i))
	}
	return v
}

func same(i int) int { return i }

func latestDatasets() []Dataset {
	all := []Dataset{
		{Path: "/contiguous", Kind: Float, Bits: 64, Shape: []int{5, 7}, Floats: ramp()},
		{Path: "/one", Kind: Float, Bits: 64, Shape: []int{5, 7}, Floats: ramp()},
		{Path: "/one_gzip", Kind: Float, Bits: 64, Shape: []int{5, 7}, Floats: ramp()},
	}
	for i := range 6 {
		all = append(all, Dataset{Path: fmt.Sprintf("/sub/d%d", i), Kind: Int, Bits: 64, Ints: []int64{int64(5 - i)}})
	}
	return append(all, Dataset{Path: "/text", Kind: String, Strings: []string{"tëxt"}})
}

func smallDatasets() []Dataset {
	all := []Dataset{{Path: "/chunks", Kind: Int, Bits: 64, Shape: []int{40}, Ints: count(40, same)}}
	for i := range 30 {
		all = append(all, Dataset{Path: fmt.Sprintf("/g/d%d", i), Kind: String, Strings: []string{fmt.Sprint(i)}})
	}
	slices.SortFunc(all, func(a, b Dataset) int { return strings.Compare(a.Path, b.Path) })
	return all
}

var twoNames = []Dataset{
	{Path: "/a", Kind: Int, Bits: 64, Shape: []int{2}, Ints: []int64{1, 2}},
	{Path: "/g/b", Kind: Int, Bits: 64, Shape: []int{2}, Ints: []int64{1, 2}},
}

// known holds the datasets of testdata, in path order, as generate.py made them.
var known = map[string][]Dataset{
	"ok_chunked": {
		{Path: "/all", Kind: Float, Bits: 64, Shape: []int{5, 7}, Floats: ramp()},
		{Path: "/deep", Kind: Int, Bits: 32, Shape: []int{100}, Ints: count(100, same)},
		{Path: "/fletcher", Kind: Uint, Bits: 8, Shape: []int{7}, Ints: count(7, same)},
		{Path: "/gzip", Kind: Float, Bits: 32, Shape: []int{5, 7}, Floats: ramp()},
		{Path: "/lzf", Kind: Float, Bits: 64, Shape: []int{5, 7}, Floats: ramp()},
		{Path: "/lzf_long", Kind: Int, Bits: 32, Shape: []int{2000}, Ints: count(2000, func(i int) int { return i / 700 })},
		{Path: "/plain", Kind: Int, Bits: 16, Shape: []int{2, 3, 4}, Ints: count(24, same)},
		{Path: "/sparse", Kind: Int, Bits: 64, Shape: []int{6}, Ints: []int64{-9, -9, 5, -9, -9, -9}},
		{Path: "/strings", Kind: String, Shape: []int{3}, Strings: []string{"a", "bé", ""}},
		{Path: "/unwritten", Kind: Float, Bits: 32, Shape: []int{3}, Floats: []float64{2.5, 2.5, 2.5}},
	},
	"ok_types": {
		{Path: "/ascii", Kind: String, Strings: []string{"plain"}},
		{Path: "/bool", Kind: Bool, Bits: 8, Shape: []int{2}, Ints: []int64{1, 0}},
		{Path: "/compact", Kind: Int, Bits: 32, Shape: []int{3}, Ints: []int64{7, 8, 9}},
		{Path: "/empty", Kind: Float, Bits: 64, Shape: []int{0, 3}},
		{Path: "/f2be", Kind: Float, Bits: 16, Shape: []int{3}, Floats: []float64{1.5, -2, 65504}},
		{Path: "/f4be", Kind: Float, Bits: 32, Shape: []int{3}, Floats: []float64{1.5, -2, float64(float32(1e30))}},
		{Path: "/f8be", Kind: Float, Bits: 64, Shape: []int{3}, Floats: []float64{0.1, -2, 1e300}},
		{Path: "/fixed_null_pad", Kind: String, Shape: []int{2}, Strings: []string{"ab", "abcd"}},
		{Path: "/fixed_space", Kind: String, Shape: []int{2}, Strings: []string{"ab", "a b"}},
		{Path: "/fixed_term", Kind: String, Shape: []int{2}, Strings: []string{"ab", "abc"}},
		{Path: "/fixed_utf8", Kind: String, Strings: []string{"é€"}},
		{Path: "/i1", Kind: Int, Bits: 8, Shape: []int{2}, Ints: []int64{-128, 127}},
		{Path: "/i2be", Kind: Int, Bits: 16, Shape: []int{2}, Ints: []int64{-2, 300}},
		{Path: "/i8", Kind: Int, Bits: 64, Shape: []int{2}, Ints: []int64{math.MinInt64, math.MaxInt64}},
		{Path: "/null", Kind: Float, Bits: 32, Null: true},
		{Path: "/scalar_bool", Kind: Bool, Bits: 8, Ints: []int64{1}},
		{Path: "/u1", Kind: Uint, Bits: 8, Shape: []int{2}, Ints: []int64{0, 255}},
		{Path: "/u4be", Kind: Uint, Bits: 32, Shape: []int{2}, Ints: []int64{1, math.MaxUint32}},
		{Path: "/u8", Kind: Uint, Bits: 64, Ints: []int64{math.MaxInt64}},
	},
	"ok_latest":    latestDatasets(),
	"ok_v108":      latestDatasets(),
	"ok_headers":   latestDatasets(),
	"ok_small":     smallDatasets(),
	"ok_userblock": twoNames,
	"ok_paged":     twoNames,
}

func testFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".h5"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestKnownValues(t *testing.T) {
	for name, want := range known {
		root, err := Read(testFile(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []Dataset
		if err := root.Walk(func(d *Dataset) error {
			plain := *d
			plain.Name, plain.Attrs = "", nil
			got = append(got, plain)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, sameTree); diff != "" {
			t.Errorf("%s, -want +got:\n%s", name, diff)
		}
	}
}

// TestKnownAttributes reads attributes in one header chunk and in several.
func TestKnownAttributes(t *testing.T) {
	for _, name := range []string{"ok_latest", "ok_v108", "ok_headers"} {
		root, err := Read(testFile(t, name))
		if err != nil {
			t.Fatal(err)
		}
		d := root.Dataset("contiguous")
		for i := range 8 {
			want := count(20, func(j int) int { return j + i })
			a := d.Attr(fmt.Sprintf("a%d", i))
			if a == nil || !slices.Equal(a.Ints, want) || !slices.Equal(a.Shape, []int{20}) {
				t.Errorf("%s: attribute %d is %+v", name, i, a)
			}
		}
		if len(d.Attrs) != 8 || root.Group("none") == nil || root.Group("absent") != nil || root.Dataset("absent") != nil {
			t.Errorf("%s: %d attributes, groups %v", name, len(d.Attrs), root.Groups)
		}
	}
	root, err := Read(testFile(t, "ok_types"))
	if err != nil {
		t.Fatal(err)
	}
	if a := root.Dataset("i1").Attr("scale"); a == nil || a.Kind != Float || a.Bits != 32 || !slices.Equal(a.Floats, []float64{0.5}) {
		t.Errorf("attribute scale is %+v", a)
	}
}

// TestOutsideTheSubset: each construct that is not read is an error that names
// it and where it stands.
func TestOutsideTheSubset(t *testing.T) {
	wants := map[string]string{
		"bad_soft":             `/: the soft link "link"`,
		"bad_external":         `/: the external link "link"`,
		"bad_dense_links":      "/: dense links (fractal heap) are not supported; rewrite",
		"bad_dense_attributes": "/: dense attributes",
		"bad_loop":             "/a/b/up: this is the group /a again",
		"bad_committed":        "/d: shared header messages (such as a committed datatype)",
		"bad_named_type":       "/t: a committed (named) datatype",
		"bad_external_data":    "/d: data in external files is not supported",
		"bad_bitfield":         "/d: bit field datatype",
		"bad_virtual":          "/v: a virtual dataset",
		"bad_fixed_array":      `/d: the chunk index "fixed array"`,
		"bad_extensible":       `/d: the chunk index "extensible array"`,
		"bad_btree2":           `/d: the chunk index "version 2 B-tree"`,
		"bad_compound":         "/d: compound datatype",
		"bad_enum":             "/d: an enumeration of 2 members other than",
		"bad_vlen":             "/d: variable-length sequences",
		"bad_opaque":           "/d: opaque datatype",
		"bad_reference":        "/d: reference datatype",
		"bad_uint64":           "/d: element 0 is 9223372036854775808, above the range of int64",
		"bad_utf8":             "/d: element 0: the string is not valid utf-8",
		"bad_scaleoffset":      "/d: scaleoffset (id 6) is not supported",
	}
	files, err := filepath.Glob("testdata/bad_*.h5")
	if err != nil || len(files) != len(wants) {
		t.Fatalf("%d files for %d errors, %v", len(files), len(wants), err)
	}
	for name, want := range wants {
		_, err := Read(testFile(t, name))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", name, err, want)
		}
	}
}

// TestChecksums changes one byte of data under a checksum.
func TestChecksums(t *testing.T) {
	data := testFile(t, "ok_chunked")
	first := []byte{0, 1, 2} // chunk of /fletcher, its checksum behind
	at := bytes.Index(data, binary.LittleEndian.AppendUint32(first, fletcher32(first)))
	damaged := slices.Clone(data)
	damaged[at] ^= 0x10
	if _, err := Read(damaged); err == nil || !strings.Contains(err.Error(), "/fletcher: chunk at index [0]: fletcher32 filter: checksum") {
		t.Errorf("fletcher32: %v", err)
	}
	data = testFile(t, "ok_latest")
	for _, c := range []struct{ signature, want string }{
		{"OHDR", "object header at offset"},
		{"OCHK", "object header chunk at offset"},
		{"\x89HDF", "superblock at offset 0"},
	} {
		at := strings.Index(string(data), c.signature)
		damaged := slices.Clone(data)
		damaged[at+12] ^= 0x01
		_, err := Read(damaged)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "checksum") {
			t.Errorf("%s: %v", c.signature, err)
		}
	}
}

func TestAsFloat64(t *testing.T) {
	for _, d := range []*Dataset{
		{Kind: Int, Ints: []int64{1, 1<<53 + 1}},
		{Kind: Int, Ints: []int64{1, math.MaxInt64}},
		{Kind: String, Strings: []string{"1"}},
	} {
		if v, err := d.AsFloat64(); err == nil {
			t.Errorf("%s: values %v, want an error", d.Kind, v)
		}
	}
	got, err := (&Dataset{Kind: Int, Ints: []int64{-1, 1 << 53, math.MinInt64}}).AsFloat64()
	if want := []float64{-1, 0x1p53, -0x1p63}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}

// TestTruncated: no part of a file passes for the whole.
func TestTruncated(t *testing.T) {
	for name := range known {
		data := testFile(t, name)
		for n := 0; n < len(data); n += 1 + n/16 {
			if _, err := Read(data[:n]); err == nil {
				t.Errorf("%s: the first %d of %d bytes are read without an error", name, n, len(data))
			}
		}
	}
}

// TestWalkOrder: the order is that of whole paths, in which "." comes before
// "/", and an error ends the walk.
func TestWalkOrder(t *testing.T) {
	one := []*Dataset{{Name: "x", Kind: Int, Ints: []int64{1}}}
	g := &Group{
		Groups:   []*Group{{Name: "a", Datasets: one}, {Name: "b", Datasets: one}},
		Datasets: []*Dataset{{Name: "a.b", Kind: Int, Ints: []int64{1}}, {Name: "aa", Kind: Int, Ints: []int64{1}}},
	}
	root, _ := roundTrip(t, g)
	var paths []string
	stop := errors.New("stop")
	err := root.Walk(func(d *Dataset) error {
		paths = append(paths, d.Path)
		if d.Path == "/aa" {
			return stop
		}
		return nil
	})
	if want := []string{"/a.b", "/a/x", "/aa"}; !errors.Is(err, stop) || !slices.Equal(paths, want) {
		t.Errorf("%v, %v, want %v", paths, err, want)
	}
}
