package runner

import (
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/passes"
)

// Calibration offers the first samples of the data, all if samples is not
// positive, to the quantize pass (passes.Options.Calibration). Labels are not
// used.
func (d *Data) Calibration(samples int) *passes.Calibration {
	if samples <= 0 || samples > d.Samples {
		samples = d.Samples
	}
	return &passes.Calibration{Samples: samples, Steps: d.Steps, Inputs: names(d.ports), Fill: func(k int, in eval.Stimulus) error {
		for i, p := range d.ports {
			if in[i].Raster == nil {
				var err error
				if in[i].Raster, err = spike.New(d.Steps, p.Size); err != nil {
					return err
				}
			}
			if err := d.fill(k, p.Name, in[i].Raster); err != nil {
				return err
			}
		}
		return nil
	}}
}
