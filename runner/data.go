package runner

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/spike"
)

// Data is a stimulus: for each input port the same number of samples of the
// same length.
type Data struct {
	Samples, Steps int
	Labels         []int // the class of each sample; nil if unknown
	labelFile      string
	ports          []Port
	sources        []spike.Source // one a port
	first          int            // sample of the sources that is sample 0
	noise          *noise         // nil = none
}

// window returns samples from to to-1.
func (d *Data) window(from, to int) *Data {
	w := *d
	w.first, w.Samples = d.first+from, to-from
	if d.Labels != nil {
		w.Labels = d.Labels[from:to]
	}
	return &w
}

// ErrNoInput says that a network has inputs and nothing to feed them.
var ErrNoInput = errors.New("no input is given")

// OpenData opens the files that feed the ports: PATH if there is one port, or
// PORT=PATH for each.
func OpenData(ports []Port, files []string, opt spike.Options) (*Data, error) {
	d := &Data{ports: ports, sources: make([]spike.Source, len(ports))}
	if len(files) == 0 && len(ports) > 0 {
		return nil, ErrNoInput
	}
	paths := make([]string, len(ports))
	for _, file := range files {
		i, path, err := portOf(ports, file)
		if err != nil {
			return nil, err
		}
		if d.sources[i] != nil {
			return nil, fmt.Errorf("input port %q is given twice", ports[i].Name)
		}
		paths[i] = path
		if d.sources[i], err = spike.Open(path, ports[i].Size, opt); err != nil {
			return nil, err
		}
	}
	for i, s := range d.sources {
		if s == nil {
			return nil, fmt.Errorf("input port %q is not fed; give each port a file: --input %s=FILE", ports[i].Name, ports[i].Name)
		}
	}
	return d, d.agree(opt, paths)
}

// portOf splits PORT=PATH.
func portOf(ports []Port, file string) (int, string, error) {
	for i, p := range ports {
		if path, ok := strings.CutPrefix(file, p.Name+"="); ok {
			return i, path, nil
		}
	}
	switch len(ports) {
	case 0:
		return 0, "", fmt.Errorf("the network has no input port for %s", file)
	case 1:
		return 0, file, nil
	}
	return 0, "", fmt.Errorf("%s: the network has the input ports %q; say which one it feeds: --input %s=%s", file, names(ports), ports[0].Name, file)
}

// agree takes samples, steps and labels from the sources, which are in the files
// of these paths.
func (d *Data) agree(opt spike.Options, paths []string) error {
	d.Samples, d.Steps = 1, opt.Steps
	for i, s := range d.sources {
		if i == 0 {
			d.Samples, d.Steps = s.Samples(), s.Steps()
		}
		if s.Samples() != d.Samples || s.Steps() != d.Steps {
			return fmt.Errorf("input port %q has %d samples of %d steps, port %q %d of %d",
				d.ports[0].Name, d.Samples, d.Steps, d.ports[i].Name, s.Samples(), s.Steps())
		}
		if d.Labels == nil {
			d.Labels, d.labelFile = s.Labels(), cmp.Or(opt.Labels, paths[i])
		}
	}
	if d.Steps < 1 {
		return errors.New("the number of steps is unknown: say it with --steps")
	}
	return nil
}

// RandomData feeds every port with spikes of probability p for each channel
// and step. The spikes depend on the seed, the name of the port and nothing
// else.
func RandomData(ports []Port, steps int, p float64, seed uint64) (*Data, error) {
	if !(p >= 0 && p <= 1) {
		return nil, fmt.Errorf("a spike has a probability of 0 to 1, not %g", p)
	}
	d := &Data{ports: ports}
	for _, port := range ports {
		r, err := spike.New(steps, port.Size)
		if err != nil {
			return nil, fmt.Errorf("input port %q: %w", port.Name, err)
		}
		rng := rand.New(rand.NewPCG(seed, stringSeed(port.Name)))
		for t := range steps {
			for i := range port.Size {
				if rng.Float64() < p {
					r.Set(t, i)
				}
			}
		}
		d.sources = append(d.sources, spike.NewSource(r))
	}
	return d, d.agree(spike.Options{Steps: steps}, make([]string, len(ports)))
}

// stringSeed turns a name into a number (FNV-1a).
func stringSeed(s string) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range []byte(s) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h
}

func (d *Data) newRaster(p Port) (*spike.Raster, error) { return spike.New(d.Steps, p.Size) }

// fill writes sample k of a port.
func (d *Data) fill(k int, port string, into *spike.Raster) error {
	i := slices.IndexFunc(d.ports, func(p Port) bool { return p.Name == port })
	if i < 0 {
		into.Clear()
		return nil
	}
	if err := d.sources[i].Raster(d.first+k, into); err != nil {
		return err
	}
	if d.noise != nil {
		d.noise.apply(d.first+k, port, into)
	}
	return nil
}

// fillAll writes sample k into empty rasters.
func (d *Data) fillAll(k int, stim emulator.Stimulus) error {
	for _, in := range stim {
		if err := d.fill(k, in.Name, in.Raster); err != nil {
			return err
		}
	}
	return nil
}

// stimulus returns sample k for the ports of a machine.
func (d *Data) stimulus(ports []Port, k int) (emulator.Stimulus, error) {
	var stim emulator.Stimulus
	for _, p := range ports {
		r, err := d.newRaster(p)
		if err != nil {
			return nil, err
		}
		stim = append(stim, emulator.Named{Name: p.Name, Raster: r})
	}
	return stim, d.fillAll(k, stim)
}
