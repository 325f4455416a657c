package runner

import (
	"fmt"

	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/passes"
)

// Calibration offers samples spread evenly over the data, all if samples is
// not positive, to the quantize pass (passes.Options.Calibration): data sets
// are often sorted by class, so the first ones would not do. Labels are not
// used.
func (d *Data) Calibration(samples int) *passes.Calibration {
	if samples <= 0 || samples > d.Samples {
		samples = d.Samples
	}
	return &passes.Calibration{Samples: samples, Steps: d.Steps, Inputs: names(d.ports), Fill: func(k int, in eval.Stimulus) error {
		if k < 0 || k >= samples {
			return fmt.Errorf("sample %d is outside 0 to %d", k, samples-1)
		}
		at := int(int64(k) * int64(d.Samples) / int64(samples))
		for i, p := range d.ports {
			if in[i].Raster == nil {
				var err error
				if in[i].Raster, err = spike.New(d.Steps, p.Size); err != nil {
					return err
				}
			}
			if err := d.fill(at, p.Name, in[i].Raster); err != nil {
				return err
			}
		}
		return nil
	}}
}

// OpenCalibration opens a data set (see OpenData) for the input ports of a
// network and offers samples of it to the quantize pass.
func OpenCalibration(net *ir.Network, files []string, opt spike.Options, samples, threads int) (*passes.Calibration, error) {
	opt.Labels = "" // the float network says what is right
	d, err := openSamples(net, files, opt)
	if err != nil {
		return nil, err
	}
	c := d.Calibration(samples)
	c.Threads = threads
	return c, nil
}

// openSamples opens a data set for the input ports of a network.
func openSamples(net *ir.Network, files []string, opt spike.Options) (*Data, error) {
	var ports []Port
	for i := range net.Nodes {
		n := &net.Nodes[i]
		if n.Op != ir.OpInput {
			continue
		}
		if n.Out == nil {
			return nil, fmt.Errorf("the shape of input port %s is not known, so no samples can be calibrated on", n.Name)
		}
		ports = append(ports, Port{Name: n.Name, Size: n.Out.Size()})
	}
	return OpenData(ports, files, opt)
}

// split takes samples spread evenly over the data, and the others. If there
// are too few to leave as many, half of them are taken.
func (d *Data) split(samples int) (taken, rest *Data) {
	if samples <= 0 || samples > d.Samples/2 {
		samples = d.Samples / 2
	}
	var in, out []int
	for k := range d.Samples {
		if next := int(int64(len(in)) * int64(d.Samples) / int64(max(1, samples))); len(in) < samples && k == next {
			in = append(in, k)
		} else {
			out = append(out, k)
		}
	}
	return d.pick(in), d.pick(out)
}

// pick returns the data set of some samples.
func (d *Data) pick(at []int) *Data {
	p := &Data{Samples: len(at), Steps: d.Steps, ports: d.ports, labelFile: d.labelFile}
	if d.Labels != nil {
		for _, k := range at {
			p.Labels = append(p.Labels, d.Labels[k])
		}
	}
	for _, s := range d.sources {
		p.sources = append(p.sources, &picked{s, at, p.Labels})
	}
	return p
}

// picked is a source of some of another's samples.
type picked struct {
	spike.Source
	at     []int
	labels []int
}

func (p *picked) Samples() int                           { return len(p.at) }
func (p *picked) Labels() []int                          { return p.labels }
func (p *picked) Raster(k int, into *spike.Raster) error { return p.Source.Raster(p.at[k], into) }
