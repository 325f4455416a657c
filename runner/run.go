package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/term"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
)

// ReferenceName is the target that executes a network in float64.
const ReferenceName = "ref"

const referenceClaim = "float64 reference, the meaning of the network"

// Request is what run is asked to do: a network for a target or for the
// reference, or an image.
type Request struct {
	File    string
	Net     *ir.Network // nil for an image
	Image   []byte      // nil for a network
	Target  *Target     // nil for the reference
	Passes  passes.Options
	Inputs  []string // files, see OpenData
	Spikes  spike.Options
	Random  float64 // rate of random input where there are no Inputs; < 0 = none
	Seed    uint64
	Probes  []emulator.Probe
	Output  string // file for the results, "" = none
	Threads int
	Meter   *MeterOptions // nil = do not measure energy and time
	Raster  string        // png of the spikes of Sample, "" = none
	Sample  int           // which sample is drawn
	Page    *PageOptions  // nil = no page
	// NoReference leaves out the float run that a data set with labels and an
	// approximate network get.
	NoReference bool
	Watch       Watch
	Progress    io.Writer // where to show progress, nil = nowhere
}

// Run does what the request asks. The report is returned as far as it came,
// the diagnostics in any case.
func Run(ctx context.Context, q *Request) (*RunReport, diag.List, error) {
	start := time.Now()
	x := &execution{Request: q, report: &RunReport{File: q.File}}
	err := x.writePage(ctx, x.run(ctx))
	x.report.Passes = q.Watch.Times
	x.report.Seconds = time.Since(start).Seconds()
	return x.report, x.diags, err
}

// execution is a request on its way.
type execution struct {
	*Request
	report *RunReport
	diags  diag.List
	ref    *ir.Network      // discrete, for the reference
	spikes []emulator.Named // of the chosen sample, if they are drawn
	// For a page: what the passes found, and what was run on what.
	compiled   *passes.Report
	machineRun Machine
	dataRun    *Data
	meter      *metering
}

func (x *execution) run(ctx context.Context) error {
	m, err := x.machine(ctx)
	if err != nil {
		return err
	}
	d, err := x.data(m)
	if err != nil {
		return err
	}
	x.machineRun, x.dataRun = m, d
	if err := x.execute(ctx, m, d); err != nil {
		return err
	}
	if !x.worthComparing(d) {
		return nil
	}
	return x.compare(ctx, d)
}

// worthComparing tells whether the float run says something: what the target
// loses in accuracy, or what an approximation changes.
func (x *execution) worthComparing(d *Data) bool {
	inexact := x.report.FidelityWord != backend.Exact.String()
	return x.ref != nil && !x.NoReference && (d.Labels != nil || inexact || x.Page != nil)
}

// machine makes the network or the image ready to run.
func (x *execution) machine(ctx context.Context) (Machine, error) {
	if x.Image != nil {
		m, err := x.loaded(x.Image)
		return m, At(x.File, err)
	}
	x.report.Network = x.Net.Name
	for _, p := range x.Probes {
		x.Passes.Keep = append(x.Passes.Keep, p.Population)
	}
	if x.Target == nil {
		x.report.Target, x.report.Claim = ReferenceName, referenceClaim
		s, err := Discretize(ctx, x.Net, x.Passes, &x.Watch)
		x.note(s)
		if err != nil {
			return nil, err
		}
		return NewReference(s.Net)
	}
	c, err := Compile(ctx, x.Net, x.File, x.Target, x.Passes, &x.Watch)
	x.note(c.State)
	x.compiled = &c.State.Report
	x.report.Fit = c.State.Report.Fit
	x.report.Fidelity = c.State.Report.Fidelity
	x.report.Clipped = c.State.Report.Clipped()
	x.report.FidelityWord = c.State.Report.Least().String()
	if err != nil {
		return nil, err
	}
	s, err := Discretize(ctx, x.Net, x.Passes, &Watch{})
	if err != nil {
		return nil, err
	}
	x.ref = s.Net
	return x.loaded(c.Image)
}

// note collects what the passes had to say.
func (x *execution) note(s *passes.State) {
	x.diags = Merge(x.diags, Findings(x.Net, s))
}

// loaded decodes an image, be it from a file or compiled just now.
func (x *execution) loaded(image []byte) (Machine, error) {
	m, err := x.Target.Load(image)
	if err != nil {
		return nil, err
	}
	x.report.Target, x.report.Claim = x.Target.Name(), x.Target.Claim
	x.report.Image = &ImageDigest{len(image), Digest(image)}
	if x.report.Network == "" {
		info, err := x.Target.Describe(image)
		if err != nil {
			return nil, err
		}
		x.report.Network = info.Name
	}
	return m, nil
}

// data opens the stimulus of the machine's input ports.
func (x *execution) data(m Machine) (*Data, error) {
	ports := m.Inputs()
	if len(x.Inputs) == 0 && len(ports) > 0 {
		if x.Random < 0 {
			return nil, fmt.Errorf("%w for the ports %q", ErrNoInput, names(ports))
		}
		if x.Spikes.Steps < 1 {
			return nil, errors.New("random input needs a number of steps: --steps")
		}
		return RandomData(ports, x.Spikes.Steps, x.Random, x.Seed)
	}
	return OpenData(ports, x.Inputs, x.Spikes)
}

// execute runs the data through the machine and writes what was asked for.
func (x *execution) execute(ctx context.Context, m Machine, d *Data) error {
	opt := Options{Threads: x.Threads, Probes: x.Probes}
	var rec *Recorder
	if x.Output != "" {
		var err error
		if rec, err = NewRecorder(x.Output, d, len(x.Probes)); err != nil {
			return err
		}
	}
	costs, err := x.measures(m, &opt)
	if err != nil {
		return err
	}
	if x.Sample < 0 || x.Sample >= d.Samples {
		return fmt.Errorf("there is no sample %d: the data has 0 to %d", x.Sample, d.Samples-1)
	}
	also := func(k int, s *Sample) error {
		if k == x.Sample && (x.Raster != "" || x.Page != nil) {
			x.keep(s)
		}
		if rec != nil {
			if err := rec.Sample(m.Populations(), s); err != nil {
				return err
			}
		}
		return costs.add(k, s)
	}
	sum, err := measure(ctx, x.Progress, m, x.report.Target, d, opt, also)
	if err != nil {
		return err
	}
	if x.report.Fit != nil {
		sum.order(x.report.Fit.Layers)
	}
	x.report.Result = sum
	if err := x.price(costs); err != nil {
		return err
	}
	if rec != nil {
		if err := rec.Write(sum, d.Labels); err != nil {
			return err
		}
		x.report.Outputs = append(x.report.Outputs, x.Output)
	}
	if x.Meter != nil && x.Meter.Trace.Path != "" {
		if err := x.trace(ctx); err != nil {
			return err
		}
	}
	return x.draw()
}

// compare runs the same data in float, so that the loss is measured.
func (x *execution) compare(ctx context.Context, d *Data) error {
	ref, err := NewReference(x.ref)
	if err != nil {
		return err
	}
	x.report.Reference, err = measure(ctx, x.Progress, ref, ReferenceName, d, Options{Threads: x.Threads}, nil)
	if err != nil {
		return err
	}
	x.report.Agree = Agreement(x.report.Result, x.report.Reference)
	return nil
}

// measure is Measure with a progress line on w, which may be nil.
func measure(ctx context.Context, w io.Writer, m Machine, name string, d *Data, opt Options, also func(int, *Sample) error) (*Summary, error) {
	if w != nil {
		what, total := "steps on "+name, d.Steps
		if d.Samples > 1 {
			what, total = "samples on "+name, d.Samples
		}
		p := term.StartProgress(w, what, total)
		defer p.Stop()
		opt.Progress = p.Set
	}
	return Measure(ctx, m, name, d, opt, also)
}
