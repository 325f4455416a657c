package image

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Bundle is what the compiler emits: RANC's files and a manifest, in one tar
// archive of config.json, input.json and manifest.json, in that order.
type Bundle struct {
	Image    Image
	Manifest Manifest
}

// Manifest says where the parts of a network are on the chip. RANC does not
// need it; it feeds inputs and reads populations by name.
type Manifest struct {
	Version     int          `json:"version"` // ManifestVersion
	Name        string       `json:"name"`
	DT          float64      `json:"dt"` // seconds a tick, information only
	Notes       []Note       `json:"notes,omitempty"`
	Inputs      []InputPort  `json:"inputs"`
	Populations []Population `json:"populations"`
}

// ManifestVersion is the version that is written, and the one that is read.
const ManifestVersion = 1

// Note records an assumption of the compilation.
type Note struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Place is a cell of the grid.
type Place struct {
	X int32 `json:"x"`
	Y int32 `json:"y"`
}

// InputPort is an input of the network: a spike of element i in step t is a
// packet of tick t to each of Targets[Ptr[i]:Ptr[i+1]].
type InputPort struct {
	Name    string    `json:"name"`
	Shape   []int32   `json:"shape"`
	Ptr     []int32   `json:"ptr"`
	Targets []AxonRef `json:"targets"`
}

// AxonRef is an axon with the delay of packets to it (destination_tick).
type AxonRef struct {
	Place
	Axon  int32 `json:"axon"`
	Delay int32 `json:"delay"`
}

// Population is a population of the network: its step t happens in tick
// t+Latency+1, and neuron j is Neurons[j].
type Population struct {
	Name    string      `json:"name"`
	Shape   []int32     `json:"shape"`
	Latency int32       `json:"latency"`
	Output  bool        `json:"output,omitempty"`
	Neurons []NeuronRef `json:"neurons"`
}

// NeuronRef is a neuron of a core.
type NeuronRef struct {
	Place
	Index int32 `json:"index"`
}

const (
	configFile   = "config.json"
	inputFile    = "input.json"
	manifestFile = "manifest.json"
)

// EncodeBundle returns the archive, the same bytes for the same bundle.
func EncodeBundle(b *Bundle) ([]byte, error) {
	b.Manifest.Version = ManifestVersion
	if err := validateManifest(b); err != nil {
		return nil, err
	}
	var out, file bytes.Buffer
	tw := tar.NewWriter(&out)
	add := func(name string, write func() error) error {
		file.Reset()
		if err := write(); err != nil {
			return err
		}
		h := &tar.Header{Name: name, Mode: 0o644, Size: int64(file.Len()), ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
		if err := tw.WriteHeader(h); err != nil {
			return err
		}
		_, err := tw.Write(file.Bytes())
		return err
	}
	err := errors.Join(
		add(configFile, func() error { return WriteConfig(&file, &b.Image.Config) }),
		add(inputFile, func() error { return WriteInput(&file, &b.Image) }),
		add(manifestFile, func() error {
			enc := json.NewEncoder(&file)
			enc.SetEscapeHTML(false)
			return enc.Encode(&b.Manifest)
		}))
	if err != nil {
		return nil, err
	}
	return out.Bytes(), tw.Close()
}

// IsBundle tells whether data begins like an archive of EncodeBundle.
func IsBundle(data []byte) bool {
	return len(data) > 512 && bytes.HasPrefix(data, []byte(configFile+"\x00")) && bytes.Equal(data[257:262], []byte("ustar"))
}

// DecodeBundle reads an archive. Whatever is missing, doubled, or does not
// agree with the configuration is an error.
func DecodeBundle(data []byte) (*Bundle, error) {
	files := map[string][]byte{}
	for tr := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := tr.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the archive is damaged: %w", err)
		}
		if _, twice := files[h.Name]; twice || h.Name != configFile && h.Name != inputFile && h.Name != manifestFile {
			return nil, fmt.Errorf("the archive has an unexpected file %q", h.Name)
		}
		if h.Size < 0 || h.Size > int64(len(data)) {
			return nil, fmt.Errorf("%s: %d bytes are more than the archive has", h.Name, h.Size)
		}
		if files[h.Name], err = io.ReadAll(tr); err != nil {
			return nil, fmt.Errorf("%s: %w", h.Name, err)
		}
	}
	for _, name := range []string{configFile, inputFile, manifestFile} {
		if files[name] == nil {
			return nil, fmt.Errorf("the archive has no %s", name)
		}
	}
	c, err := ReadConfig(configFile, bytes.NewReader(files[configFile]))
	if err != nil {
		return nil, err
	}
	in, err := ReadInput(inputFile, bytes.NewReader(files[inputFile]), c)
	if err != nil {
		return nil, err
	}
	b := &Bundle{Image: Image{*c, *in}}
	dec := json.NewDecoder(bytes.NewReader(files[manifestFile]))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b.Manifest); err != nil {
		return nil, fmt.Errorf("%s: %w", manifestFile, err)
	}
	if err := Validate(&b.Image); err != nil {
		return nil, err
	}
	return b, validateManifest(b)
}

// validateManifest checks the manifest against the configuration.
func validateManifest(b *Bundle) error {
	m, c := &b.Manifest, &b.Image.Config
	bad := func(format string, args ...any) error {
		return fmt.Errorf(manifestFile+": "+format, args...)
	}
	if m.Version != ManifestVersion {
		return bad("version %d is not %d", m.Version, ManifestVersion)
	}
	inside := func(p Place) bool { return p.X >= 0 && p.X < c.NumCoresX && p.Y >= 0 && p.Y < c.NumCoresY }
	for i := range m.Inputs {
		in := &m.Inputs[i]
		n, ok := shapeSize(in.Shape)
		if !ok || len(in.Ptr) != n+1 || in.Ptr[0] != 0 || int(in.Ptr[n]) != len(in.Targets) {
			return bad("inputs[%d]: shape %v does not agree with its lists", i, in.Shape)
		}
		for k := range n {
			if in.Ptr[k] > in.Ptr[k+1] {
				return bad("inputs[%d].ptr[%d]: %d is above the next", i, k, in.Ptr[k])
			}
		}
		for k, t := range in.Targets {
			if !inside(t.Place) || t.Axon < 0 || t.Axon >= c.NumAxons || t.Delay < 0 || t.Delay >= c.MaxTickOffset {
				return bad("inputs[%d].targets[%d]: %v is outside the chip", i, k, t)
			}
		}
	}
	for i := range m.Populations {
		p := &m.Populations[i]
		if n, ok := shapeSize(p.Shape); !ok || n != len(p.Neurons) || p.Latency < 0 || p.Latency > MaxTicks {
			return bad("populations[%d]: shape %v or latency %d does not agree with %d neurons", i, p.Shape, p.Latency, len(p.Neurons))
		}
		for k, r := range p.Neurons {
			if !inside(r.Place) || r.Index < 0 || r.Index >= c.NumNeurons {
				return bad("populations[%d].neurons[%d]: %v is outside the chip", i, k, r)
			}
		}
	}
	return nil
}

// shapeSize returns the number of elements of a shape, ok = false if it is
// negative or too large.
func shapeSize(shape []int32) (n int, ok bool) {
	n = 1
	for _, d := range shape {
		if d <= 0 || n > 1<<28/int(d) {
			return 0, false
		}
		n *= int(d)
	}
	return n, true
}
