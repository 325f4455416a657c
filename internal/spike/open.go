package spike

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/synfire/synfire/internal/idx"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/regular"
)

// maxChannels bounds the number of channels of a stimulus.
const maxChannels = 1 << 22

// Options say how a stimulus file is read. The zero value reads all samples
// as they are.
type Options struct {
	// Steps is the length of a sample. Longer rasters are cut, shorter ones
	// are filled up with silence; 0 is the length of the file. Images need it.
	Steps int
	// Encode names the code that turns images into spikes: "if" (package
	// encode). Images need it, everything else refuses it.
	Encode string
	// Form names the layout where a file has more than one meaning.
	Form Form
	// Labels is the path of the labels (IDX, .npy or .npz); empty for those
	// in the file itself.
	Labels string
	// Subset is "test" or "train" to select by the array "test" of a .npz
	// file, or empty for all samples.
	Subset string
	// Limit keeps the first samples (of the subset) only; 0 keeps all.
	Limit int
}

// Open opens a stimulus for n channels. The content tells the format:
//
//   - .npy: a raster, a batch, packed bits or events (see Form);
//   - .npz: such an array named spikes, x, data, input or events (or the only
//     one), with "shape" ([T, N] or [S, T, N]) beside it if it is packed or a
//     list of events; or "images", uint8 [S, ...]; with "label", "labels" or
//     "y" and a mask "test" if there are any;
//   - .csv, .txt, .tsv: a raster or events;
//   - IDX images (MNIST), plain or gzipped.
//
// All values are checked here. What is ambiguous is an error with a hint, and
// every error carries the path.
func Open(path string, n int, opt Options) (Source, error) {
	if err := opt.check(n); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s, err := open(path, n, opt)
	if err == nil {
		return s, nil
	}
	var named *fs.PathError // "stat PATH: no such file"
	switch {
	case errors.As(err, &named):
		return nil, err
	case !strings.HasPrefix(err.Error(), path) && (opt.Labels == "" || !strings.HasPrefix(err.Error(), opt.Labels)):
		err = fmt.Errorf("%s: %w", path, err)
	}
	return nil, Advise(err)
}

// Advise adds advice to an error about a file that is damaged.
func Advise(err error) error { return WithHint(err, advice(err)) }

func advice(err error) string {
	switch {
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrFormat), errors.Is(err, regular.ErrTruncated):
		return "the file is damaged or was not fetched to its end: fetch it again"
	case errors.Is(err, idx.ErrLeftOver):
		return "the header and the data are of different files, or two files were joined: fetch or write it again"
	case errors.Is(err, idx.ErrEmpty):
		return "the header names no data: write the file again, with one sample at least"
	}
	var shape *idx.ShapeError
	if errors.As(err, &shape) {
		return "--input takes the images, --labels the class of each"
	}
	return ""
}

func (opt *Options) check(n int) error {
	switch {
	case n < 1 || n > maxChannels:
		return fmt.Errorf("a stimulus has 1 to %d channels, not %d", maxChannels, n)
	case opt.Steps < 0 || opt.Limit < 0:
		return errors.New("the number of steps or samples is negative")
	case opt.Encode != "" && opt.Encode != "if":
		return fmt.Errorf("unknown code %q; known is --encode if", opt.Encode)
	}
	return nil
}

func open(path string, n int, opt Options) (Source, error) {
	format, err := detect(path)
	if err != nil {
		return nil, err
	}
	switch format {
	case "npy":
		a, err := npy.ReadFile(path)
		if err != nil {
			return nil, err
		}
		return fromArrays(parts{data: a}, n, opt)
	case "npz":
		p, err := readParts(path)
		if err != nil {
			return nil, err
		}
		return fromArrays(p, n, opt)
	case "idx":
		m, err := idx.ReadImages(path)
		if err != nil {
			return nil, err
		}
		a := &npy.Array{Shape: []int{m.N, m.Rows, m.Cols}, Kind: npy.Uint, Bits: 8, Bytes: m.Pixels}
		return fromArrays(parts{data: a, images: true}, n, opt)
	}
	return openCSV(path, n, opt)
}

// detect tells the format by the first bytes; text has none and must be named
// as such.
func detect(path string) (string, error) {
	f, _, err := regular.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	head := make([]byte, 8)
	k, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", err
	}
	head = head[:k]
	switch {
	case k == 0:
		return "", WithHint(errors.New("the file is empty"), "fetch or write it again")
	case bytes.HasPrefix(head, []byte("\x93NUMPY")):
		return "npy", nil
	case bytes.HasPrefix(head, []byte("PK")):
		return "npz", nil
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}), bytes.HasPrefix(head, []byte{0, 0}):
		return "idx", nil
	}
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".csv", ".txt", ".tsv":
		return "csv", nil
	case ".npy", ".npz":
		return "", fmt.Errorf("the content is not that of a %s file", ext)
	}
	return "", errors.New("unknown format; a stimulus is .npy, .npz, .csv or IDX images")
}

func openCSV(path string, n int, opt Options) (Source, error) {
	if opt.Encode != "" {
		return nil, errors.New("a csv file holds spikes, which need no --encode")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := readCSV(f, opt.Form, opt.Steps, n)
	if err != nil {
		return nil, err
	}
	return finish(&memory{all: r, each: r.Steps}, 1, parts{}, opt)
}

// fromArrays makes a source of the arrays of a file.
func fromArrays(p parts, n int, opt Options) (Source, error) {
	if p.images || opt.Encode != "" {
		return openImages(p, n, opt)
	}
	if p.data.Kind == npy.String {
		return nil, fmt.Errorf("the array %q holds strings, not spikes", p.data.Name)
	}
	form, steps := opt.Form, opt.Steps
	if p.form != "" {
		if form != "" && form != p.form {
			return nil, fmt.Errorf("--form %s was asked for, but the arrays of the file are of form %s", form, p.form)
		}
		form = p.form
	}
	if p.shape != nil {
		if got := p.shape[len(p.shape)-1]; got != int64(n) {
			return nil, wrongShape(fmt.Errorf("the file holds spikes of %d channels, the network has %d", got, n))
		}
		if p.shape[0] > maxInferredSteps && form == FormEvents && steps == 0 {
			return nil, fmt.Errorf("a run of more than %d steps must be asked for with --steps", maxInferredSteps)
		}
		steps = int(p.shape[0]) // opt.Steps cuts or fills up what is read
	}
	m, samples, err := samplesOf(p.data, form, steps, n)
	if err != nil {
		return nil, err
	}
	return finish(m, samples, p, opt)
}

// finish adds labels and selection to the samples of a file.
func finish(m *memory, samples int, p parts, opt Options) (Source, error) {
	var err error
	if m.selection, err = selectSamples(samples, p, opt); err != nil {
		return nil, err
	}
	if m.steps = m.each; opt.Steps > 0 {
		m.steps = opt.Steps
	}
	if m.steps == 0 {
		return nil, errors.New("the stimulus has no steps; say how many with --steps")
	}
	if err := checkSize(m.steps, m.N()); err != nil {
		return nil, err
	}
	return m, nil
}

// wrongShape adds advice to an error about data of another size than the input.
func wrongShape(err error) error {
	return WithHint(err, "give it the data that the network was made for; synfire inspect shows the shape of its input")
}

// selectSamples reads the labels and applies the options.
func selectSamples(samples int, p parts, opt Options) (selection, error) {
	labels := p.labels
	if opt.Labels != "" {
		var err error
		if labels, err = readLabels(opt.Labels); err != nil {
			return selection{}, err
		}
	}
	if labels != nil && len(labels) != samples {
		from := "the array of labels beside them"
		if opt.Labels != "" {
			from = opt.Labels
		}
		return selection{}, WithHint(fmt.Errorf("%d labels for %d samples (in %s)", len(labels), samples, from), "labels belong to the samples of one set: test or train")
	}
	return choose(samples, labels, p.test, opt)
}
