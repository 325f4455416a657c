package hdf5

import (
	"compress/gzip"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/synfire/synfire/internal/testenv"
)

// goldenDataset is what h5py says about one dataset.
type goldenDataset struct {
	Kind   string   `json:"kind"`
	Shape  []int    `json:"shape"`
	Values []string `json:"values,omitempty"`
	MD5    string   `json:"md5_f64le,omitempty"`
}

// readMaybeGzip reads a file, decompressed if its name ends in .gz.
func readMaybeGzip(t testing.TB, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func describe(t *testing.T, d *Dataset) goldenDataset {
	t.Helper()
	g := goldenDataset{Kind: d.Kind.String(), Shape: append([]int{}, d.Shape...)}
	if d.Kind == Uint {
		g.Kind = "int" // the oracle does not tell them apart
	}
	if d.Kind == String {
		g.Values = d.Strings
		return g
	}
	values, err := d.AsFloat64()
	if err != nil {
		t.Fatal(err)
	}
	hash := md5.New()
	for _, v := range values {
		hash.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
	}
	g.MD5 = hex.EncodeToString(hash.Sum(nil))
	return g
}

// TestGoldenDatasets compares every dataset of the conformance files with what
// h5py reads.
func TestGoldenDatasets(t *testing.T) {
	dir := testenv.Shared(t, "golden/nir")
	raw, err := os.ReadFile(filepath.Join(dir, "datasets.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]map[string]goldenDataset
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t.Run(name, func(t *testing.T) {
			root, err := Read(readMaybeGzip(t, filepath.Join(dir, name)))
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]goldenDataset{}
			err = root.Walk(func(d *Dataset) error {
				got[d.Path] = describe(t, d)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want[name], got); diff != "" {
				t.Errorf("-h5py +ours:\n%s", diff)
			}
		})
	}
}

// TestAttributes reads those of the conformance files that have any.
func TestAttributes(t *testing.T) {
	dir := testenv.Shared(t, "golden/nir/corpus")
	for _, name := range []string{"braille_bigendian.nir", "braille_latest_raw.nir", "braille_v108.nir"} {
		root, err := ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if a := root.Attr("made"); a == nil || !slices.Equal(a.Strings, []string{"probe"}) || a.Path != "/@made" {
			t.Errorf("%s: attribute made is %+v", name, a)
		}
		node := root.Group("node")
		if a := node.Attr("n"); a == nil || !slices.Equal(a.Ints, []int64{7}) || len(a.Shape) != 0 {
			t.Errorf("%s: attribute n is %+v", name, a)
		}
		if a := node.Attr("vec"); a == nil || !slices.Equal(a.Floats, []float64{1.5, 2.5}) || !slices.Equal(a.Shape, []int{2}) {
			t.Errorf("%s: attribute vec is %+v", name, a)
		}
	}
}
