package runner

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/emulator/loihi1"
	"github.com/synfire/synfire/internal/atomicfile"
	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/internal/spike"
)

// PageOptions asks for a run to be told in one HTML file (docs/report.md). Its
// bytes depend on the run and these options alone.
type PageOptions struct {
	Path    string
	Command string // as typed
	Version string // of the program
	// Notes is what is known of the network before the run.
	Notes diag.List
}

// closeUp is what a page shows of one sample.
type closeUp struct {
	traces []Trace
	steps  []loihi1.MeterStep // nil where nothing is measured
}

// The membrane potentials that a page shows where nobody says which.
const (
	tracedPopulations = 8
	tracedNeurons     = 3
)

// writePage tells the run in a page. A network that does not fit has one, too.
func (x *execution) writePage(ctx context.Context, err error) error {
	var nofit *NoFitError
	if x.Page == nil || err != nil && !errors.As(err, &nofit) {
		return err
	}
	d := &closeUp{}
	if err == nil {
		var derr error
		if d, derr = x.lookCloser(ctx); derr != nil {
			return derr
		}
	}
	if werr := atomicfile.WriteFile(x.Page.Path, x.page(d, nofit).Write); werr != nil {
		return werr
	}
	x.report.Outputs = append(x.report.Outputs, x.Page.Path)
	return err
}

// lookCloser runs the chosen sample once more and looks closer.
func (x *execution) lookCloser(ctx context.Context) (*closeUp, error) {
	opt := Options{Threads: x.Threads, Probes: x.Probes, meter: x.meter}
	if len(opt.Probes) == 0 {
		opt.Probes = mostActive(x.spikes)
	}
	var d closeUp
	err := x.machineRun.Run(ctx, x.dataRun.only(x.Sample), opt, func(_ int, s *Sample) error {
		for _, t := range s.Traces {
			t.Ints, t.Floats = slices.Clone(t.Ints), slices.Clone(t.Floats)
			d.traces = append(d.traces, t)
		}
		if s.meter != nil {
			d.steps = slices.Clone(s.meter.Steps)
		}
		return nil
	})
	return &d, err
}

// mostActive probes the potentials of the neurons that fire most, the lowest of
// those that fire alike.
func mostActive(spikes []emulator.Named) []emulator.Probe {
	var out []emulator.Probe
	for _, p := range spikes[:min(tracedPopulations, len(spikes))] {
		counts := p.Counts()
		order := make([]int, len(counts))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(counts[b], counts[a]) })
		for _, i := range order[:min(tracedNeurons, len(order))] {
			out = append(out, emulator.Probe{Population: p.Name, Var: emulator.Voltage, Lo: i, Hi: i + 1, Step: 1})
		}
	}
	return out
}

// only returns the data of one sample.
func (d *Data) only(k int) *Data {
	one := &Data{Samples: 1, Steps: d.Steps, ports: d.ports}
	if d.Labels != nil {
		one.Labels = d.Labels[k : k+1]
	}
	for _, s := range d.sources {
		one.sources = append(one.sources, &oneSample{s, k})
	}
	return one
}

// oneSample is sample k of a source.
type oneSample struct {
	spike.Source
	k int
}

func (o *oneSample) Samples() int { return 1 }

func (o *oneSample) Raster(_ int, into *spike.Raster) error { return o.Source.Raster(o.k, into) }

func (o *oneSample) Labels() []int {
	if l := o.Source.Labels(); l != nil {
		return l[o.k : o.k+1]
	}
	return nil
}
