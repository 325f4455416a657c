package proofs

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/synfire/synfire/internal/hdf5"
)

// expectedDataset is what h5py says of a dataset.
type expectedDataset struct {
	Kind   string   `json:"kind"`
	Shape  []int    `json:"shape"`
	MD5    string   `json:"md5_f64le"`
	Values []string `json:"values"`
}

// hdf5Datasets compares every dataset of every file named in a JSON file with
// its kind, shape and values: numbers by the MD5 of their little-endian
// float64, strings exactly. Datasets that only one side has are mismatches.
func hdf5Datasets(ctx context.Context, dir string, raw json.RawMessage) (tally, error) {
	var t tally
	var c struct {
		Expect string `json:"expect"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return t, err
	}
	path := filepath.Join(dir, c.Expect)
	data, err := readFile(path)
	if err != nil {
		return t, err
	}
	var files map[string]map[string]expectedDataset
	if err := json.Unmarshal(data, &files); err != nil {
		return t, fmt.Errorf("%s: %w", path, err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := ctx.Err(); err != nil {
			return t, err
		}
		if err := compareFile(&t, filepath.Join(dir, name), files[name]); err != nil {
			t.check(false, "%s: %v", name, err)
		}
	}
	return t, nil
}

func compareFile(t *tally, path string, want map[string]expectedDataset) error {
	data, err := readFile(path)
	if err != nil {
		return err
	}
	if strings.HasSuffix(path, ".gz") {
		if data, err = gunzip(data); err != nil {
			return err
		}
	}
	root, err := hdf5.Read(data)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	err = root.Walk(func(d *hdf5.Dataset) error {
		seen[d.Path] = true
		w, ok := want[d.Path]
		t.check(ok, "%s:%s: not expected", path, d.Path)
		if ok {
			compareDataset(t, path, d, &w)
		}
		return nil
	})
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !seen[name] {
			t.check(false, "%s:%s: missing", path, name)
		}
	}
	return err
}

func compareDataset(t *tally, path string, d *hdf5.Dataset, w *expectedDataset) {
	t.check(kindName(d.Kind) == w.Kind, "%s:%s: kind %s, want %s", path, d.Path, d.Kind, w.Kind)
	t.check(slices.Equal(d.Shape, w.Shape), "%s:%s: shape %v, want %v", path, d.Path, d.Shape, w.Shape)
	if w.Kind == "string" {
		t.check(slices.Equal(d.Strings, w.Values), "%s:%s: strings differ", path, d.Path)
		return
	}
	values, err := d.AsFloat64()
	if err != nil {
		t.check(false, "%s:%s: %v", path, d.Path, err)
		return
	}
	sum := md5.New()
	var b [8]byte
	for _, v := range values {
		binary.LittleEndian.PutUint64(b[:], math.Float64bits(v))
		sum.Write(b[:])
	}
	t.check(hex.EncodeToString(sum.Sum(nil)) == w.MD5, "%s:%s: values differ", path, d.Path)
}

// kindName returns the name that the expectation uses: unsigned integers are
// integers there.
func kindName(k hdf5.Kind) string {
	if k == hdf5.Uint {
		return "int"
	}
	return k.String()
}

// gunzip unpacks data of bounded size.
func gunzip(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err == nil && len(out) > maxFile {
		err = fmt.Errorf("unpacks to more than %d bytes", maxFile)
	}
	return out, err
}
