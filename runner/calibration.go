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
	opt.Labels = "" // the float network says what is right
	d, err := OpenData(ports, files, opt)
	if err != nil {
		return nil, err
	}
	c := d.Calibration(samples)
	c.Threads = threads
	return c, nil
}
