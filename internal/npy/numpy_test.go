package npy_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/testenv"
)

// ramp is the content of the ramp_* files; the int8 reader and others share it.
var ramp = []float64{-3, -2, -1, 0, 1, 2}

// Files that NumPy wrote (testdata/README.md) read back with their values.
func TestRampsOfNumPy(t *testing.T) {
	paths, err := filepath.Glob("testdata/ramp_*.npy")
	if err != nil || len(paths) != 26 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	for _, path := range append(paths, "testdata/version2.npy", "testdata/version3.npy") {
		a, err := npy.ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := a.Float64()
		if err != nil || !cmp.Equal(got, ramp) || !cmp.Equal(a.Shape, []int{2, 3}) {
			t.Errorf("%s: %v %v (%v)", path, a.Shape, got, err)
		}
	}
}

func TestArraysOfNumPy(t *testing.T) {
	cube := make([]int64, 24)
	for k := range cube {
		cube[k] = int64(k)
	}
	cases := map[string]*npy.Array{
		"unsigned_le_u1": {Shape: []int{4}, Kind: npy.Uint, Bits: 8, Bytes: []uint8{0, 1, 200, 127}},
		"unsigned_be_u2": {Shape: []int{4}, Kind: npy.Uint, Bits: 16, Ints: []int64{0, 1, 200, 32767}},
		"unsigned_le_u4": {Shape: []int{4}, Kind: npy.Uint, Bits: 32, Ints: []int64{0, 1, 200, math.MaxInt32}},
		"unsigned_be_u8": {Shape: []int{4}, Kind: npy.Uint, Bits: 64, Ints: []int64{0, 1, 200, math.MaxInt64}},
		"bool":           {Shape: []int{2, 2}, Kind: npy.Bool, Bits: 8, Bytes: []uint8{1, 0, 0, 1}},
		"scalar":         {Shape: []int{}, Kind: npy.Int, Bits: 32, Ints: []int64{7}},
		"empty":          {Shape: []int{0, 5}, Kind: npy.Float, Bits: 32, Floats: []float64{}},
		"cube_F":         {Shape: []int{2, 3, 4}, Kind: npy.Int, Bits: 16, Ints: cube},
		"floats": {Shape: []int{6}, Kind: npy.Float, Bits: 64, Floats: []float64{
			0.1, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), 1e-310, math.MaxFloat64,
		}},
		"halves": {Shape: []int{8}, Kind: npy.Float, Bits: 16, Floats: []float64{
			0.333251953125, 65504, 5.960464477539063e-08, 6.097555160522461e-05, -2, math.Inf(1), 0, 1.0009765625,
		}},
		"unicode":    {Shape: []int{4}, Kind: npy.String, Bits: 32, Strings: []string{"ab", "", "grüß", "😀"}},
		"unicode_be": {Shape: []int{2}, Kind: npy.String, Bits: 32, Strings: []string{"ab", "grüß"}},
		"bytes":      {Shape: []int{3}, Kind: npy.String, Bits: 8, Strings: []string{"ab", "", "c\x00d"}},
	}
	for name, want := range cases {
		got, err := npy.ReadFile("testdata/" + name + ".npy")
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Where the layouts agree, the writer yields NumPy's bytes.
func TestWriterYieldsTheBytesOfNumPy(t *testing.T) {
	for _, name := range []string{
		"ramp_le_i1_C", "ramp_le_i4_C", "ramp_le_f2_C", "ramp_le_f4_C", "ramp_le_f8_C", "bool",
		"scalar", "empty", "floats", "halves", "unicode", "bytes", "unsigned_le_u1", "unsigned_le_u8",
	} {
		path := "testdata/" + name + ".npy"
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		a, err := npy.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		if err := npy.Write(&got, a); err != nil {
			t.Fatal(err)
		}
		if got.String() != string(want) {
			t.Errorf("%s:\n%q, want\n%q", name, got.String(), want)
		}
	}
}

func TestUnsupportedArraysOfNumPySayWhy(t *testing.T) {
	for name, word := range map[string]string{
		"object": "pickle", "record": "record", "complex": "<c8", "date": "<M8", "over_int64": "largest supported integer",
	} {
		path := "testdata/" + name + ".npy"
		_, err := npy.ReadFile(path)
		if err == nil || !strings.Contains(err.Error(), word) || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("%s: error %v, want the path and %q", name, err, word)
		}
	}
}

func TestArchivesOfNumPy(t *testing.T) {
	for path, names := range map[string][]string{
		"testdata/stored.npz":   {"b", "a"},
		"testdata/deflated.npz": {"b", "a", "zeros"},
	} {
		arrays, err := npy.ReadNPZ(path)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range arrays {
			got = append(got, a.Name)
		}
		if !cmp.Equal(got, names) {
			t.Errorf("%s holds %v, want %v in this order", path, got, names)
		}
		b, err := npy.Find(arrays, "b").Float64()
		if err != nil || !cmp.Equal(b, ramp) {
			t.Errorf("%s: b is %v (%v)", path, b, err)
		}
	}
}

func TestObjectArrayDoesNotHideTheOthers(t *testing.T) {
	z, err := npy.OpenNPZ("testdata/with_object.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if a, err := z.Load("fine"); err != nil || a.Len() != 6 {
		t.Errorf("fine: %v", err)
	}
	if _, err := z.Load("bad"); err == nil || !strings.Contains(err.Error(), "pickle") || !strings.Contains(err.Error(), `"bad"`) {
		t.Errorf("bad: %v", err)
	}
	if _, err := z.Load("none"); err == nil || !strings.Contains(err.Error(), "it has fine, bad") {
		t.Errorf("none: %v", err)
	}
}

func TestLargeArchiveOpensWithoutItsData(t *testing.T) {
	z, err := npy.OpenNPZ(testenv.Shared(t, "data/fsdd/fsdd_spikes.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	h, err := z.Header("spikes")
	if err != nil || !cmp.Equal(h.Shape, []int{3000, 50, 8}) || h.Kind != npy.Uint || h.Bits != 8 {
		t.Fatalf("header %+v (%v)", h, err)
	}
	a, err := z.Load("spikes")
	if err != nil || len(a.Bytes) != 3000*50*8 {
		t.Fatalf("%v", err)
	}
	names, err := z.Load("name")
	if err != nil || len(names.Strings) != 3000 || !strings.HasPrefix(names.Strings[0], "0_") {
		t.Fatalf("%v", err)
	}
}
