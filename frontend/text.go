package frontend

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/synfire/synfire/internal/atomicfile"
	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/ir"
)

// arraysPath returns the archive that belongs to a text.
func arraysPath(path string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + ".npz"
}

// openText parses a text; the archive beside it is opened if the text refers
// to an array.
func openText(path string, data []byte) (*ir.Network, diag.List) {
	side := &sideArrays{path: arraysPath(path)}
	defer side.close()
	n, err := ir.Parse(path, data, ir.ParseOptions{Arrays: side.load})
	if err != nil {
		return nil, diag.FromError(err)
	}
	return n, nil
}

// sideArrays reads arrays from the archive beside a text.
type sideArrays struct {
	path    string
	archive *npy.Archive
	err     error
}

func (s *sideArrays) close() {
	if s.archive != nil {
		s.archive.Close() // was only read from: nothing can be lost
	}
}

// load returns the array of that name as a tensor: floats as they are,
// integers if they fit 32 bits.
func (s *sideArrays) load(name string) (ir.Tensor, error) {
	if s.archive == nil && s.err == nil {
		s.archive, s.err = npy.OpenNPZ(s.path)
	}
	if s.err != nil {
		return ir.Tensor{}, fmt.Errorf("the arrays of this text cannot be read: %w", s.err)
	}
	if !s.archive.Has(name) {
		return ir.Tensor{}, fmt.Errorf("%s has no array %q, it has %q", s.path, name, firstOf(s.archive.Names(), 8))
	}
	a, err := s.archive.Load(name)
	if err != nil {
		return ir.Tensor{}, err
	}
	return tensorOf(a)
}

func firstOf(list []string, n int) []string { return list[:min(n, len(list))] }

func tensorOf(a *npy.Array) (ir.Tensor, error) {
	shape := append(ir.Shape{}, a.Shape...)
	if a.Kind == npy.Float {
		return ir.Floats(shape, a.Floats).Compact(), nil
	}
	ints, err := a.Int64()
	if err != nil {
		return ir.Tensor{}, err
	}
	out := make([]int32, len(ints))
	for i, x := range ints {
		if x < math.MinInt32 || x > math.MaxInt32 {
			return ir.Tensor{}, fmt.Errorf("array %q: element %d is %d, which needs more than 32 bits", a.Name, i, x)
		}
		out[i] = int32(x)
	}
	return ir.Ints(shape, out).Compact(), nil
}

// saveText writes a text, and before it the archive with its large arrays if
// it has any, so that a text never refers to arrays that are not there.
func saveText(path string, n *ir.Network) error {
	var arrays []*npy.Array
	collect := func(name string, t ir.Tensor) error {
		a, err := arrayOf(name, t)
		arrays = append(arrays, a)
		return err
	}
	var text strings.Builder
	if err := ir.Print(&text, n, ir.PrintOptions{Arrays: collect}); err != nil {
		return err
	}
	if len(arrays) > 0 {
		err := atomicfile.WriteFile(arraysPath(path), func(w io.Writer) error { return npy.WriteNPZ(w, arrays) })
		if err != nil {
			return err
		}
	}
	return atomicfile.WriteFile(path, func(w io.Writer) error {
		_, err := io.WriteString(w, text.String())
		return err
	})
}

// arrayOf returns a tensor as an array, in single precision if that is exact.
func arrayOf(name string, t ir.Tensor) (*npy.Array, error) {
	if t.Stored() != t.Len() {
		return nil, errors.New("a uniform tensor belongs into the text")
	}
	a := &npy.Array{Name: name, Shape: t.Shape, Kind: npy.Float, Bits: 32, Floats: t.F}
	if t.IsInt() {
		a.Kind = npy.Int
		for _, x := range t.I {
			a.Ints = append(a.Ints, int64(x))
		}
		return a, nil
	}
	if slices.ContainsFunc(t.F, func(x float64) bool { return float64(float32(x)) != x }) {
		a.Bits = 64
	}
	return a, nil
}
