package runner

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/synfire/synfire/internal/idx"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/regular"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/wfdb"
)

const (
	maxValues  = 1 << 27 // numbers of a csv file
	maxCSVLine = 1 << 24 // bytes
)

// valueNames are the arrays of a .npz file that may be what is encoded.
var valueNames = []string{"signal", "signals", "x", "data", "input", "images"}

// values is what is encoded: numbers with a shape.
type values struct {
	shape  []int
	grey   []uint8   // of images; else floats is set
	floats []float64 // in C order
	names  []string  // of the columns, if the file has them
	extra  []*npy.Array
}

// float returns number k.
func (v *values) float(k int) float64 {
	if v.grey != nil {
		return float64(v.grey[k])
	}
	return v.floats[k]
}

// readValues reads a file; the errors carry its path.
func readValues(path, array string) (*values, error) {
	ext := strings.ToLower(filepath.Ext(path))
	if array != "" && ext != ".npz" {
		return nil, fmt.Errorf("%s: --array %s names an array of a .npz file", path, array)
	}
	var v *values
	var err error
	switch ext {
	case ".hea":
		return readWFDB(path)
	case ".npy":
		var a *npy.Array
		if a, err = npy.ReadFile(path); err == nil {
			v, err = arrayValues(a)
		}
	case ".npz":
		v, err = readArchive(path, array)
	case ".csv", ".txt", ".tsv":
		v, err = readTable(path)
	default:
		var m *idx.Images
		if m, err = idx.ReadImages(path); err == nil {
			v = &values{shape: []int{m.N, m.Rows, m.Cols}, grey: m.Pixels}
		} else {
			err = fmt.Errorf("%w; values are read from .csv, .npy, .npz, .hea (WFDB) and IDX images", err)
			if header := strings.TrimSuffix(path, filepath.Ext(path)) + ".hea"; fileExists(header) {
				err = spike.WithHint(err, "name the header of the record: "+header)
			}
		}
	}
	if err != nil {
		return nil, atPath(path, err)
	}
	return v, nil
}

func fileExists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// atPath puts the path before an error that lacks it.
func atPath(path string, err error) error {
	var named *fs.PathError
	if errors.As(err, &named) || strings.HasPrefix(err.Error(), path) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

func readWFDB(path string) (*values, error) {
	r, err := wfdb.Read(path)
	if err != nil {
		return nil, err
	}
	n := len(r.Signals)
	v := &values{shape: []int{r.Samples, n}, floats: make([]float64, r.Samples*n)}
	for i := range r.Signals {
		v.names = append(v.names, r.Signals[i].Description)
		for t, x := range r.Physical(i) {
			v.floats[t*n+i] = x
		}
	}
	return v, nil
}

func arrayValues(a *npy.Array) (*values, error) {
	if len(a.Shape) == 0 || slices.Contains(a.Shape, 0) {
		return nil, fmt.Errorf("an array of shape %v has nothing to encode", a.Shape)
	}
	if a.Kind == npy.Uint && a.Bits == 8 {
		return &values{shape: a.Shape, grey: a.Bytes}, nil
	}
	floats, err := a.Float64()
	if err != nil {
		return nil, err
	}
	return &values{shape: a.Shape, floats: floats}, nil
}

// readArchive reads the array of that name, or the one that is meant, with the
// labels and the mask of the test set beside it.
func readArchive(path, array string) (*values, error) {
	z, err := npy.OpenNPZ(path)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	if array == "" {
		if array, err = meant(z); err != nil {
			return nil, err
		}
	} else if !z.Has(array) {
		return nil, fmt.Errorf("there is no array %q; it has %s", array, strings.Join(z.Names(), ", "))
	}
	a, err := z.Load(array)
	if err != nil {
		return nil, err
	}
	v, err := arrayValues(a)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"label", "labels", "y", "test"} {
		if !z.Has(name) || name == array {
			continue
		}
		b, err := z.Load(name)
		if err != nil {
			return nil, err
		}
		v.extra = append(v.extra, b)
	}
	return v, nil
}

// meant returns the one array that can be what is encoded.
func meant(z *npy.Archive) (string, error) {
	names := z.Names()
	if len(names) == 1 {
		return names[0], nil
	}
	found := slices.DeleteFunc(slices.Clone(valueNames), func(n string) bool { return !z.Has(n) })
	if len(found) != 1 {
		return "", fmt.Errorf("it has the arrays %s; say which one to encode with --array", strings.Join(names, ", "))
	}
	return found[0], nil
}

// readTable reads numbers separated by commas or white space, a line a step.
// A first line that is not all numbers names the columns.
func readTable(path string) (*values, error) {
	f, _, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parseTable(f)
}

func parseTable(r io.Reader) (*values, error) {
	v := &values{}
	width, empty := 0, 0
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxCSVLine)
	for line := 1; s.Scan(); line++ {
		fields, err := splitRow(s.Text())
		switch {
		case err != nil:
			return nil, fmt.Errorf("line %d: %w", line, err)
		case len(fields) == 0:
			empty = max(empty, line)
			continue
		case empty != 0: // it may be a step that is missing
			return nil, fmt.Errorf("line %d is empty", empty)
		case width == 0:
			width = len(fields)
			if !allNumbers(fields) {
				v.names = fields
				continue
			}
		}
		if len(fields) != width {
			return nil, fmt.Errorf("line %d has %d columns, the first has %d", line, len(fields), width)
		}
		if err := v.addRow(fields); err != nil {
			return nil, fmt.Errorf("line %d%w", line, err)
		}
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return nil, fmt.Errorf("a line is longer than %d bytes", maxCSVLine)
	} else if s.Err() != nil {
		return nil, s.Err()
	}
	if len(v.floats) == 0 {
		return nil, errors.New("the table has no numbers")
	}
	v.shape = []int{len(v.floats) / width, width}
	return v, nil
}

// splitRow cuts a line at commas, each with white space around it, or else at
// white space.
func splitRow(text string) ([]string, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var fields []string
	for part := range strings.SplitSeq(text, ",") {
		before := len(fields)
		fields = append(fields, strings.Fields(part)...)
		if len(fields) == before {
			return nil, fmt.Errorf("column %d is empty", before+1)
		}
	}
	return fields, nil
}

func (v *values) addRow(fields []string) error {
	if len(v.floats)+len(fields) > maxValues {
		return fmt.Errorf(": a table has at most %d numbers; write it as .npy", maxValues)
	}
	for k, text := range fields {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf(", column %d: %.40q is not a number", k+1, text)
		}
		v.floats = append(v.floats, x)
	}
	return nil
}

func allNumbers(fields []string) bool {
	return !slices.ContainsFunc(fields, func(text string) bool {
		_, err := strconv.ParseFloat(text, 64)
		return err != nil
	})
}
