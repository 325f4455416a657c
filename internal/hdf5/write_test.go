package hdf5

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// sameTree compares trees: NaN equals NaN, an empty slice a nil one.
var sameTree = cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateEmpty()}

func roundTrip(t interface{ Fatal(...any) }, g *Group) (*Group, []byte) {
	data, err := g.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Read(data)
	if err != nil {
		t.Fatal(err)
	}
	return back, data
}

// wide returns a group of n datasets named so that their order as text is not
// the order of creation.
func wide(n int) *Group {
	g := &Group{Path: "/"}
	for i := range n {
		g.Datasets = append(g.Datasets, &Dataset{Name: fmt.Sprint(i), Kind: Int, Ints: []int64{int64(i)}})
	}
	return g
}

// nested returns a chain of groups of the given depth below its root.
func nested(depth int) *Group {
	g := &Group{Name: "g"}
	for range depth {
		g = &Group{Name: "g", Groups: []*Group{g}}
	}
	return g
}

// TestWideGroups crosses each split of symbol table nodes and B-tree levels:
// 8 links a node, 32 nodes a B-tree node, 32 of these at the next level.
func TestWideGroups(t *testing.T) {
	for _, n := range []int{0, 1, 8, 9, 100, 256, 257, 700, 3000, 8192, 8193} {
		back, _ := roundTrip(t, wide(n))
		if len(back.Datasets) != n {
			t.Fatalf("%d datasets of %d came back", len(back.Datasets), n)
		}
		for i, d := range back.Datasets {
			if fmt.Sprint(d.Ints[0]) != d.Name || d.Path != "/"+d.Name {
				t.Fatalf("dataset %s at %s holds %d", d.Name, d.Path, d.Ints[0])
			}
			if i > 0 && back.Datasets[i-1].Name >= d.Name {
				t.Fatalf("%s stands before %s", back.Datasets[i-1].Name, d.Name)
			}
		}
	}
}

// TestManyStrings crosses the ends of global heap collections, with strings
// that fill one to the last byte and longer ones.
func TestManyStrings(t *testing.T) {
	d := &Dataset{Name: "s", Kind: String}
	for n := range 300 {
		d.Strings = append(d.Strings, strings.Repeat("é", n))
	}
	for n := 4040; n < 4110; n++ {
		d.Strings = append(d.Strings, strings.Repeat("x", n), "")
	}
	d.Shape = []int{len(d.Strings)}
	back, _ := roundTrip(t, &Group{Datasets: []*Dataset{d}})
	if diff := cmp.Diff(d.Strings, back.Datasets[0].Strings); diff != "" {
		t.Error(diff)
	}
}

// TestEncodeRefuses lists what cannot be written, and what the error says.
func TestEncodeRefuses(t *testing.T) {
	one := func(d Dataset) *Group {
		d.Name = "d"
		return &Group{Datasets: []*Dataset{&d}}
	}
	cases := []struct {
		want string
		g    *Group
	}{
		{"/d: shape [3] needs 3 values, there are 2", one(Dataset{Kind: Float, Shape: []int{3}, Floats: []float64{1, 2}})},
		{"element 1 is 0.1, which is not a float of 32 bits", one(Dataset{Kind: Float, Bits: 32, Shape: []int{2}, Floats: []float64{1, 0.1}})},
		{"element 0 is 2049, which is not a float of 16 bits", one(Dataset{Kind: Float, Bits: 16, Floats: []float64{2049}})},
		{"element 0 is 1e-08, which is not a float of 16 bits", one(Dataset{Kind: Float, Bits: 16, Floats: []float64{1e-8}})},
		{"element 0 is 128, out of the range of int with 8 bits", one(Dataset{Kind: Int, Bits: 8, Ints: []int64{128}})},
		{"element 0 is -1, out of the range of uint with 64 bits", one(Dataset{Kind: Uint, Ints: []int64{-1}})},
		{"element 0 is 2, out of the range of bool", one(Dataset{Kind: Bool, Ints: []int64{2}})},
		{"float of 8 bits cannot be written", one(Dataset{Kind: Float, Bits: 8, Floats: []float64{1}})},
		{"kind(0) cannot be written", one(Dataset{})},
		{"values of another kind", one(Dataset{Kind: Float, Floats: []float64{1}, Ints: []int64{1}})},
		{"negative extent", one(Dataset{Kind: Int, Shape: []int{-1}})},
		{"more than", one(Dataset{Kind: Int, Shape: []int{math.MaxInt, math.MaxInt}})},
		{"null dataset has no shape", one(Dataset{Kind: Int, Null: true, Shape: []int{1}})},
		{"zero byte cannot be written", one(Dataset{Kind: String, Strings: []string{"a\x00b"}})},
		{"not valid utf-8", one(Dataset{Kind: String, Strings: []string{"\xff"}})},
		{`the name "x" is there twice`, &Group{Groups: []*Group{{Name: "x"}}, Datasets: []*Dataset{{Name: "x"}}}},
		{"holds a slash", &Group{Groups: []*Group{{Name: "a/b"}}}},
		{"a name is empty", &Group{Groups: []*Group{{}}}},
		{"nested deeper than 64", nested(maxDepth + 1)},
		{`attribute "a": shape`, &Group{Attrs: []*Dataset{{Name: "a", Kind: Int}}}},
		{"at most 65528 can be written", &Group{Attrs: []*Dataset{{Name: "a", Kind: Int, Shape: []int{9000}, Ints: make([]int64, 9000)}}}},
	}
	for _, c := range cases {
		if _, err := c.g.Encode(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
}

// drawDataset draws a dataset of any kind and shape whose values its type can
// hold.
func drawDataset(t *rapid.T, path, name string) *Dataset {
	d := &Dataset{Name: name, Path: path}
	d.Kind = rapid.SampledFrom([]Kind{Int, Uint, Float, String, Bool}).Draw(t, "kind")
	d.Shape = rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(t, "shape")
	if rapid.IntRange(0, 9).Draw(t, "null") == 0 {
		d.Null, d.Shape = true, nil
	}
	n := d.Len()
	switch d.Kind {
	case Float:
		d.Bits = rapid.SampledFrom([]int{16, 32, 64}).Draw(t, "bits")
		d.Floats = rapid.SliceOfN(drawFloat(d.Bits), n, n).Draw(t, "floats")
	case String:
		d.Strings = rapid.SliceOfN(drawText, n, n).Draw(t, "strings")
	case Bool:
		d.Bits = 8
		d.Ints = rapid.SliceOfN(rapid.Int64Range(0, 1), n, n).Draw(t, "bools")
	case Int:
		d.Bits = rapid.SampledFrom([]int{8, 16, 32, 64}).Draw(t, "bits")
		low := int64(-1) << (d.Bits - 1)
		d.Ints = rapid.SliceOfN(rapid.Int64Range(low, ^low), n, n).Draw(t, "ints")
	case Uint:
		d.Bits = rapid.SampledFrom([]int{8, 16, 32, 64}).Draw(t, "bits")
		high := int64(math.MaxInt64)
		if d.Bits < 64 {
			high = 1<<d.Bits - 1
		}
		d.Ints = rapid.SliceOfN(rapid.Int64Range(0, high), n, n).Draw(t, "uints")
	}
	return d
}

func drawFloat(bits int) *rapid.Generator[float64] {
	switch bits {
	case 16:
		return rapid.Map(rapid.Uint16(), halfToFloat)
	case 32:
		return rapid.Map(rapid.Uint32(), func(b uint32) float64 { return float64(math.Float32frombits(b)) })
	}
	return rapid.Map(rapid.Uint64(), math.Float64frombits)
}

var (
	drawText = rapid.StringOfN(rapid.SampledFrom([]rune("az09.- é日\U0001F600/")), 0, 20, -1)
	drawName = rapid.Map(drawText, func(s string) string { return "n" + strings.ReplaceAll(s, "/", "_") })
)

// drawGroup draws a tree in the form in which it is read: sorted, with paths.
func drawGroup(t *rapid.T, path, name string, depth int) *Group {
	g := &Group{Name: name, Path: path}
	names := rapid.SliceOfNDistinct(drawName, 0, 10, rapid.ID).Draw(t, "names")
	for _, child := range names {
		below := childPath(path, child)
		if depth > 0 && rapid.Bool().Draw(t, "isGroup") {
			g.Groups = append(g.Groups, drawGroup(t, below, child, depth-1))
		} else {
			g.Datasets = append(g.Datasets, drawDataset(t, below, child))
		}
	}
	if rapid.Bool().Draw(t, "hasAttr") {
		g.Attrs = []*Dataset{drawDataset(t, path+"@a", "a")}
	}
	return g
}

// TestRoundTrip: any tree comes back as it was, sorted, and neither the order
// of its slices nor a second encoding changes a byte.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGroup(t, "/", "", 2)
		back, data := roundTrip(t, g)
		sorted := cmpopts.SortSlices(func(a, b *Dataset) bool { return a.Name < b.Name })
		sortedGroups := cmpopts.SortSlices(func(a, b *Group) bool { return a.Name < b.Name })
		if diff := cmp.Diff(g, back, sameTree, sorted, sortedGroups); diff != "" {
			t.Fatal(diff)
		}
		again, err := back.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(data, again) {
			t.Fatal("encoding what was read gives other bytes")
		}
	})
}

// TestHalf: every half widens and narrows to itself.
func TestHalf(t *testing.T) {
	for h := range 1 << 16 {
		v := halfToFloat(uint16(h))
		back, ok := floatToHalf(v)
		if math.IsNaN(v) {
			if !ok || back&0x7c00 != 0x7c00 || back&0x3ff == 0 {
				t.Fatalf("NaN %04x became %04x", h, back)
			}
			continue
		}
		if !ok || back != uint16(h) {
			t.Fatalf("%04x is %v, which became %04x, %v", h, v, back, ok)
		}
	}
	for h, want := range map[uint16]float64{0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: 0x1p-14, 0x0001: 0x1p-24, 0x3555: 0.333251953125} {
		if v := halfToFloat(h); v != want {
			t.Errorf("%04x is %v, want %v", h, v, want)
		}
	}
	if v := halfToFloat(0xfc00); !math.IsInf(v, -1) {
		t.Errorf("fc00 is %v, want -Inf", v)
	}
}
