package spike

import (
	"errors"
	"fmt"
	"strings"

	"github.com/synfire/synfire/internal/idx"
	"github.com/synfire/synfire/internal/npy"
)

// parts are the arrays of a file that make a stimulus.
type parts struct {
	data   *npy.Array
	images bool    // data is images by its name or format
	shape  []int64 // [T, N] or [S, T, N], or nil
	form   Form    // what the names of the arrays say, or empty
	labels []int
	test   []bool
}

var (
	spikeNames = []string{"spikes", "x", "data", "input", "events", "images"}
	labelNames = []string{"label", "labels", "y"}
)

// readParts reads a .npz file; arrays that mean nothing here are not loaded.
func readParts(path string) (p parts, err error) {
	z, err := npy.OpenNPZ(path)
	if err != nil {
		return p, err
	}
	defer z.Close()
	name, err := oneOf(z, spikeNames, "spikes")
	if err != nil {
		return p, err
	}
	if name == "" {
		names := z.Names()
		if len(names) != 1 {
			return p, fmt.Errorf("no array is named %s; it has %s", strings.Join(spikeNames, ", "), strings.Join(names, ", "))
		}
		name = names[0]
	}
	if p.data, err = z.Load(name); err != nil {
		return p, err
	}
	p.images = name == "images"
	if name == "events" {
		p.form = FormEvents
	}
	if z.Has("shape") && !p.images {
		if err := p.loadShape(z); err != nil {
			return p, err
		}
	}
	if name, err = oneOf(z, labelNames, "labels"); err != nil {
		return p, err
	} else if name != "" {
		if p.labels, err = loadLabels(z, name); err != nil {
			return p, err
		}
	}
	if z.Has("test") {
		a, err := z.Load("test")
		if err != nil {
			return p, err
		}
		if p.test, err = a.Bool(); err != nil {
			return p, err
		}
	}
	return p, nil
}

// oneOf returns the one of the names that the archive has, or "" if it has
// none of them.
func oneOf(z *npy.Archive, names []string, what string) (string, error) {
	found := ""
	for _, name := range names {
		if !z.Has(name) {
			continue
		}
		if found != "" {
			return "", fmt.Errorf("the arrays %q and %q may both be the %s; keep one of them", found, name, what)
		}
		found = name
	}
	return found, nil
}

// loadShape reads the shape that WriteNPZ and WriteEventsNPZ put beside packed
// rasters and events, and sees that the data agrees with it.
func (p *parts) loadShape(z *npy.Archive) error {
	a, err := z.Load("shape")
	if err != nil {
		return err
	}
	if p.shape, err = a.Int64(); err != nil {
		return err
	}
	if len(a.Shape) != 1 || len(p.shape) != 2 && len(p.shape) != 3 {
		return errors.New("the array \"shape\" is neither [T, N] nor [S, T, N]")
	}
	for _, d := range p.shape {
		if d < 1 || d > MaxBits {
			return fmt.Errorf("the array \"shape\" holds %d", d)
		}
	}
	if p.form == FormEvents {
		if len(p.shape) != 2 {
			return errors.New("the \"shape\" of events is [T, N]")
		}
		return nil
	}
	p.form = FormPacked
	if len(p.shape) == 3 {
		p.form = FormPackedBatch
	}
	last := len(p.shape) - 1
	agree := len(p.data.Shape) == len(p.shape)
	for k := 0; agree && k < last; k++ {
		agree = int64(p.data.Shape[k]) == p.shape[k]
	}
	if !agree || p.data.Shape[last] != packedWidth(int(p.shape[last])) {
		return fmt.Errorf("the array %q of shape %v does not hold the packed bits of \"shape\" %v", p.data.Name, p.data.Shape, p.shape)
	}
	return nil
}

// labelsHint is advice about files that hold no labels.
const labelsHint = "labels are whole numbers, one class for each sample"

// readLabels reads a file of labels: IDX, .npy or .npz.
func readLabels(path string) ([]int, error) {
	format, err := detect(path)
	if err != nil {
		return nil, fmt.Errorf("labels %s: %w", path, err)
	}
	switch format {
	case "idx":
		bytes, err := idx.ReadLabels(path)
		if err != nil {
			return nil, err
		}
		labels := make([]int, len(bytes))
		for k, v := range bytes {
			labels[k] = int(v)
		}
		return labels, nil
	case "npy":
		a, err := npy.ReadFile(path)
		if err != nil {
			return nil, err
		}
		return toLabels(path, a)
	case "npz":
		z, err := npy.OpenNPZ(path)
		if err != nil {
			return nil, err
		}
		defer z.Close()
		name, err := oneOf(z, labelNames, "labels")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if name == "" {
			return nil, WithHint(fmt.Errorf("%s: no array is named %s", path, strings.Join(labelNames, ", ")), labelsHint)
		}
		return loadLabels(z, name)
	}
	return nil, WithHint(fmt.Errorf("labels %s: labels are IDX, .npy or .npz", path), labelsHint)
}

func loadLabels(z *npy.Archive, name string) ([]int, error) {
	a, err := z.Load(name)
	if err != nil {
		return nil, err
	}
	return toLabels(name, a)
}

// toLabels turns a 1-D array of integers into labels.
func toLabels(where string, a *npy.Array) ([]int, error) {
	if len(a.Shape) != 1 {
		return nil, WithHint(fmt.Errorf("%s: labels have the shape [S], the array has %v", where, a.Shape), labelsHint)
	}
	ints, err := a.Int64()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	labels := make([]int, len(ints))
	for k, v := range ints {
		labels[k] = int(v)
	}
	return labels, nil
}
