package runner

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/emulator/spinnaker1"
)

// spinnaker1Machine is a Machine that emulates an image for SpiNNaker 1.
type spinnaker1Machine struct {
	prog   *spinnaker1.Program
	inputs []Port
	pops   []Port
	holds  [][]string // inputs and populations of each core
	scale  float64    // by which ticks are longer than in real time
}

// IsSpinnaker1 tells whether a file starts as an image for SpiNNaker 1.
func IsSpinnaker1(data []byte) bool { return bytes.HasPrefix(data, []byte(image.Magic)) }

// LoadSpinnaker1 decodes an image and makes it ready to run. That every packet
// arrives where it should is checked here.
func LoadSpinnaker1(data []byte) (Machine, error) {
	img, err := image.Decode(data)
	if err != nil {
		return nil, err
	}
	prog, err := spinnaker1.Compile(img)
	if err != nil {
		return nil, err
	}
	m := &spinnaker1Machine{prog: prog, holds: make([][]string, len(img.Cores)), scale: 1}
	if img.DT > 0 {
		m.scale = float64(img.TimerPeriod) / (img.DT * 1e6)
	}
	for _, in := range img.Inputs {
		m.inputs = append(m.inputs, Port{Name: in.Name, Size: elements(in.Slices)})
		m.note(in.Name, in.Slices)
	}
	for _, p := range img.Populations {
		m.pops = append(m.pops, Port{p.Name, elements(p.Slices), p.Output})
		m.note(p.Name, p.Slices)
	}
	return m, nil
}

// note notes what cores hold.
func (m *spinnaker1Machine) note(name string, list []image.Slice) {
	for _, s := range list {
		if h := m.holds[s.Core]; !slices.Contains(h, name) {
			m.holds[s.Core] = append(h, name)
		}
	}
}

func elements(list []image.Slice) int {
	n := 0
	for _, s := range list {
		n += int(s.Count)
	}
	return n
}

func (m *spinnaker1Machine) Inputs() []Port      { return m.inputs }
func (m *spinnaker1Machine) Populations() []Port { return m.pops }

func (m *spinnaker1Machine) Run(ctx context.Context, d *Data, opt Options, sink func(k int, s *Sample) error) error {
	t := opt.realTime
	if t == nil {
		t = &realTiming{timing: simpleTiming, profile: spinnaker1.ProfileName}
	}
	profile, err := spinnaker1.OpenProfile(t.profile)
	if err != nil {
		return err
	}
	sum := spinnaker1.NewMeter(m.prog, profile)
	newMeter := func() (*spinnaker1.Meter, error) {
		switch t.timing {
		case noTiming:
			return nil, nil
		case detailedTiming:
			return spinnaker1.NewDetailedMeter(m.prog, profile), nil
		}
		return spinnaker1.NewMeter(m.prog, profile), nil
	}
	return runChip(ctx, m.prog.Engine(), d, m.inputs, opt, newMeter, func(k int, s *Sample, meter *spinnaker1.Meter) error {
		if meter != nil {
			sum.Merge(meter)
			if k == d.Samples-1 {
				s.realTime = realTime(sum, profile, t.timing, m, d.Samples)
			}
		}
		return sink(k, s)
	})
}

// JSONSpinnaker1 returns the manifest of an image: what it holds and where. An
// image cannot be made from it.
func JSONSpinnaker1(data []byte) ([]byte, error) {
	img, err := image.Decode(data)
	if err != nil {
		return nil, err
	}
	return image.EncodeManifest(img)
}

// Spinnaker1Files returns an image as files: manifest.json, for each chip with a
// routing table routing_X_Y.csv, and for each core core_X_Y_P.sdram, the bytes
// of its memory. With data, core_X_Y_P.csv lists what a source sends in sample k.
func Spinnaker1Files(data []byte, d *Data, k int) (files []File, notes []string, err error) {
	img, err := image.Decode(data)
	if err != nil {
		return nil, nil, err
	}
	manifest, err := image.EncodeManifest(img)
	if err != nil {
		return nil, nil, err
	}
	files = append(files, File{"manifest.json", append(manifest, '\n')})
	for _, c := range img.Chips {
		b := []byte("key,mask,route\n")
		for _, e := range c.Entries {
			b = fmt.Appendf(b, "0x%08x,0x%08x,0x%06x\n", e.Key, e.Mask, e.Route)
		}
		files = append(files, File{fmt.Sprintf("routing_%d_%d.csv", c.X, c.Y), b})
	}
	for i, address := range image.Addresses(img) {
		c := &img.Cores[i]
		files = append(files, File{fmt.Sprintf("core_%d_%d_%d.sdram", c.X, c.Y, c.P), img.Block(c, address)})
	}
	if d == nil {
		return files, []string{"without --input the sources have nothing to send"}, nil
	}
	sent, err := sentBySources(img, d, k)
	return append(files, sent...), nil, err
}

// sentBySources lists the packets of sample k, a file for each source, in the
// order of their ticks.
func sentBySources(img *image.Image, d *Data, k int) ([]File, error) {
	if k < 0 || k >= d.Samples {
		return nil, fmt.Errorf("there is no sample %d: the data has %d", k, d.Samples)
	}
	var ports []Port
	for _, in := range img.Inputs {
		ports = append(ports, Port{Name: in.Name, Size: elements(in.Slices)})
	}
	stim, err := d.stimulus(ports, k)
	if err != nil {
		return nil, err
	}
	lists := make([][]byte, len(img.Cores))
	for t := range d.Steps {
		for n, in := range img.Inputs {
			for _, s := range in.Slices {
				for i := range s.Count {
					if stim[n].Get(t, int(s.First+i)) {
						key := img.Cores[s.Core].Keys[s.Neuron+i] | uint32(t)&(1<<img.ColourBits-1)
						lists[s.Core] = fmt.Appendf(lists[s.Core], "%d,0x%08x\n", t, key)
					}
				}
			}
		}
	}
	var files []File
	for i := range img.Cores {
		if c := &img.Cores[i]; c.Model == image.Source {
			files = append(files, File{fmt.Sprintf("core_%d_%d_%d.csv", c.X, c.Y, c.P), append([]byte("tick,key\n"), lists[i]...)})
		}
	}
	return files, nil
}

// DescribeSpinnaker1 lists what an image holds.
func DescribeSpinnaker1(data []byte) (*ImageInfo, error) {
	img, err := image.Decode(data)
	if err != nil {
		return nil, err
	}
	info := &ImageInfo{
		Name: img.Name, Target: "spinnaker1", Bytes: len(data), SHA256: Digest(data), DT: img.DT,
		Inputs: []Port{}, Populations: []Place{}, Cores: []CoreInfo{}, Machine: machineText(&img.Machine),
	}
	for _, n := range img.Notes {
		info.Notes = append(info.Notes, n.Key+": "+n.Value)
	}
	for _, in := range img.Inputs {
		info.Inputs = append(info.Inputs, Port{Name: in.Name, Size: elements(in.Slices)})
	}
	for _, p := range img.Populations {
		cores := map[int32]bool{}
		for _, s := range p.Slices {
			cores[s.Core] = true
		}
		info.Populations = append(info.Populations, Place{Port{p.Name, elements(p.Slices), p.Output}, p.Latency, len(cores)})
	}
	for _, c := range img.Chips {
		info.Chips = append(info.Chips, ChipInfo{fmt.Sprintf("(%d,%d)", c.X, c.Y), len(c.Entries)})
	}
	for i := range img.Cores {
		c := &img.Cores[i]
		info.Cores = append(info.Cores, CoreInfo{
			Chip: int32(c.Y)*img.Machine.Width + int32(c.X), Core: int32(c.P), Compartments: c.Size(),
			InAxons: len(c.Populations), OutAxons: len(c.Keys), SynapseWords: len(c.Matrix),
			Place: fmt.Sprintf("(%d,%d,%d)", c.X, c.Y, c.P), Model: c.Model.String(), Synapses: c.Synapses(), Bytes: c.Bytes(),
		})
	}
	return info, nil
}

func machineText(m *image.Machine) string {
	s := fmt.Sprintf("%d x %d chips of boards of %d", m.Width, m.Height, m.Board)
	for _, dead := range []struct {
		n    int
		what string
	}{{len(m.DeadChips), "dead chip"}, {len(m.DeadLinks), "dead link"}, {len(m.DeadCores), "dead core"}} {
		if dead.n > 0 {
			s += ", " + plural(dead.n, dead.what)
		}
	}
	return s
}
