package runner

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/synfire/synfire/internal/atomicfile"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/spike"
)

// maxSaved bounds the numbers that a Recorder keeps: 2^28.
const maxSaved = 1 << 28

// Recorder keeps what a run should leave in a file: the traces of the probes,
// or without probes the spikes of the outputs.
type Recorder struct {
	path    string
	samples int
	steps   int
	arrays  []*npy.Array
	raster  *spike.Raster // of the only array, for csv
	left    int
}

// NewRecorder returns a recorder that will write .npz or .csv.
func NewRecorder(path string, d *Data, probes int) (*Recorder, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".npz":
	case ".csv":
		if d.Samples > 1 || probes > 1 {
			return nil, fmt.Errorf("%s: a csv file holds one sample of one probe; there are %s and %s; write .npz instead",
				path, plural(d.Samples, "sample"), plural(probes, "probe"))
		}
	default:
		return nil, fmt.Errorf("%s: unknown format; a run is written as .npz or .csv", path)
	}
	return &Recorder{path: path, samples: d.Samples, steps: d.Steps, left: maxSaved}, nil
}

// Sample appends a sample of a machine with the given populations.
func (r *Recorder) Sample(pops []Port, s *Sample) error {
	if len(s.Traces) > 0 {
		for i := range s.Traces {
			if err := r.trace(i, &s.Traces[i]); err != nil {
				return err
			}
		}
		return nil
	}
	at := 0
	for i, p := range pops {
		if !p.Output {
			continue
		}
		a, err := r.array(at, p.Name+".spikes", p.Size, npy.Uint)
		if err != nil {
			return err
		}
		at++
		raster := s.Spikes[i].Raster
		for t := range raster.Steps {
			from := len(a.Bytes)
			a.Bytes = append(a.Bytes, make([]byte, raster.N)...)
			raster.Each(t, func(j int) { a.Bytes[from+j] = 1 })
		}
		r.raster = raster
	}
	return nil
}

// array returns array i with room for one more sample.
func (r *Recorder) array(i int, name string, n int, kind npy.Kind) (*npy.Array, error) {
	if r.left -= r.steps * n; r.left < 0 {
		return nil, fmt.Errorf("the run records more than %d numbers: probe fewer neurons, or fewer samples with --limit", maxSaved)
	}
	if i < len(r.arrays) {
		return r.arrays[i], nil
	}
	a := &npy.Array{Name: name, Shape: []int{r.steps, n}, Kind: kind, Bits: 8}
	switch kind {
	case npy.Int:
		a.Bits = 32
	case npy.Float:
		a.Bits = 64
	}
	if r.samples > 1 {
		a.Shape = []int{r.samples, r.steps, n}
	}
	r.arrays = append(r.arrays, a)
	return a, nil
}

func (r *Recorder) trace(i int, t *Trace) error {
	kind := npy.Int
	if t.Floats != nil {
		kind = npy.Float
	}
	a, err := r.array(i, t.Probe.String(), t.Neurons, kind)
	if err != nil {
		return err
	}
	a.Floats = append(a.Floats, t.Floats...)
	for _, x := range t.Ints {
		a.Ints = append(a.Ints, int64(x))
	}
	return nil
}

// Write writes the file: all of it or nothing.
func (r *Recorder) Write(sum *Summary, labels []int) error {
	if strings.EqualFold(filepath.Ext(r.path), ".csv") {
		return atomicfile.WriteFile(r.path, r.csv)
	}
	arrays := append([]*npy.Array{}, r.arrays...)
	if n := len(sum.Predicted); n > 0 {
		arrays = append(arrays,
			ints("counts", sum.Counts, n, len(sum.Counts)/n), ints("predicted", sum.Predicted, n))
	}
	if labels != nil {
		arrays = append(arrays, ints("label", labels, len(labels)))
	}
	return atomicfile.WriteFile(r.path, func(w io.Writer) error { return npy.WriteNPZ(w, arrays) })
}

func ints(name string, xs []int, shape ...int) *npy.Array {
	a := &npy.Array{Name: name, Shape: shape, Kind: npy.Int, Bits: 32}
	for _, x := range xs {
		a.Ints = append(a.Ints, int64(x))
	}
	return a
}

// csv writes spikes as events, which run reads back, and other traces as one
// line a step.
func (r *Recorder) csv(w io.Writer) error {
	if len(r.arrays) != 1 {
		return fmt.Errorf("a csv file holds one population, the network has %s; choose one with --probe", plural(len(r.arrays), "spiking output"))
	}
	if r.raster != nil {
		return spike.WriteEventsCSV(w, r.raster)
	}
	a, b := r.arrays[0], bufio.NewWriter(w)
	n := a.Shape[1]
	for k := range r.steps * n {
		if k%n > 0 {
			b.WriteByte(',')
		}
		if a.Floats != nil {
			b.WriteString(strconv.FormatFloat(a.Floats[k], 'g', -1, 64))
		} else {
			b.WriteString(strconv.FormatInt(a.Ints[k], 10))
		}
		if k%n == n-1 {
			b.WriteByte('\n')
		}
	}
	return b.Flush() // keeps the first error
}
