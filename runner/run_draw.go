package runner

import (
	"fmt"
	"slices"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/spike"
)

// keep copies the spikes of a sample, which the next one overwrites, in the
// order of the layers.
func (x *execution) keep(s *Sample) {
	x.spikes = nil
	for _, p := range s.Spikes {
		r := *p.Raster
		r.Words = slices.Clone(r.Words)
		x.spikes = append(x.spikes, emulator.Named{Name: p.Name, Raster: (*spike.Raster)(&r)})
	}
	if f := x.report.Fit; f != nil {
		order(x.spikes, f.Layers, func(n *emulator.Named) string { return n.Name })
	}
}

// title names a run in a picture.
func (x *execution) title() string {
	return fmt.Sprintf("%s on %s", x.report.Network, x.report.Target)
}

// draw writes the pictures that were asked for.
func (x *execution) draw() error {
	if m := x.Meter; m != nil && m.Heatmap != "" {
		h := newHeatmap(x.title(), x.report.Cost)
		width, height := h.size()
		if err := writePNG(m.Heatmap, width, height, h.draw); err != nil {
			return err
		}
		x.report.Outputs = append(x.report.Outputs, m.Heatmap)
	}
	if x.Raster == "" {
		return nil
	}
	title := x.title()
	if x.report.Result.Samples > 1 {
		title += fmt.Sprintf(", sample %d", x.Sample)
	}
	r := newRasterMap(title, x.spikes)
	width, height := r.size()
	if err := writePNG(x.Raster, width, height, r.draw); err != nil {
		return err
	}
	x.report.Outputs = append(x.report.Outputs, x.Raster)
	return nil
}
