package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
)

// EvalRequest asks for a data set to be run through a network in float and
// then on every target at every width of weights.
type EvalRequest struct {
	File    string
	Net     *ir.Network
	Targets []*Target // nil stands for the reference
	// Widths of weights; none means the target's widest, and float for the
	// reference.
	Widths []Width
	Passes passes.Options // but for Bits
	// Auto, if set, asks for a row on each target with the widths that it
	// finds. Only its Files, Spikes, Calibrate, Budget and Minimise count.
	Auto     *AutoRequest
	Inputs   []string // files, see OpenData
	Spikes   spike.Options
	Threads  int
	Metrics  bool      // measure NeuroBench's metrics too
	Progress io.Writer // where to show progress, nil = nowhere
}

// Eval does what the request asks. A target on which the network cannot run at
// some width becomes a row that says why, and the others are still measured;
// the first such error is returned with the report. Any other error ends the
// evaluation and leaves the report unfinished.
func Eval(ctx context.Context, q *EvalRequest) (*EvalReport, diag.List, error) {
	start := time.Now()
	e := &evaluation{EvalRequest: q, report: &EvalReport{Network: q.Net.Name, File: q.File}}
	err := e.run(ctx)
	e.report.Seconds = time.Since(start).Seconds()
	return e.report, e.diags, err
}

// evaluation is a request on its way.
type evaluation struct {
	*EvalRequest
	report *EvalReport
	diags  diag.List
	data   *Data
	float  *measured
}

// candidate is a machine to measure, with the network whose synapses its
// spikes reach.
type candidate struct {
	machine Machine
	wiring  wiring
	layers  []passes.LayerFit // order of the populations; nil = the machine's
}

// measured is what came of a candidate.
type measured struct {
	*Summary
	neurons [][]int64        // spikes of each neuron, by population
	names   []string         // of the populations in neurons
	events  int64            // synapses whose weight is not zero that a spike reached
	byMap   map[string]int64 // of these, by the weighted map of their projection
	metrics *Metrics         // nil if nobody asked
}

func (e *evaluation) run(ctx context.Context) error {
	if err := e.reference(ctx); err != nil {
		return err
	}
	var first error
	for _, t := range e.Targets {
		for _, width := range e.widths() {
			if t == nil && width == (Width{}) {
				continue // the first row
			}
			err := e.row(ctx, t, width)
			if err != nil && !Refused(err) {
				return err
			}
			if first == nil {
				first = err
			}
		}
		if e.Auto == nil {
			continue
		}
		err := e.auto(ctx, t)
		if err != nil && !Refused(err) {
			return err
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// auto finds widths for a target and measures them.
func (e *evaluation) auto(ctx context.Context, t *Target) error {
	q := *e.Auto
	q.File, q.Net, q.Target, q.Passes, q.Threads, q.Progress = e.File, e.Net, t, e.Passes, e.Threads, e.Progress
	found, opt, err := Auto(ctx, &q)
	if err != nil {
		return fmt.Errorf("--auto: %w", err)
	}
	e.report.Auto = append(e.report.Auto, found)
	return e.rowWith(ctx, t, Width{Auto: true}, opt)
}

// widths returns the widths to go through; an empty one is that of the target.
func (e *evaluation) widths() []Width {
	if len(e.Widths) == 0 {
		return []Width{{}}
	}
	return e.Widths
}

// Refused tells whether an error says that a target cannot run the network.
func Refused(err error) bool {
	var nofit *NoFitError
	var list *diag.ListError
	return errors.As(err, &nofit) || errors.As(err, &list)
}

// reference opens the data and runs it in float.
func (e *evaluation) reference(ctx context.Context) error {
	s, err := Discretize(ctx, e.Net, e.Passes, &Watch{})
	e.note(s)
	if err != nil {
		return err
	}
	m, err := NewReference(s.Net)
	if err != nil {
		return err
	}
	if len(e.Inputs) == 0 {
		return fmt.Errorf("%w for the ports %q", ErrNoInput, names(m.Inputs()))
	}
	if e.data, err = OpenData(m.Inputs(), e.Inputs, e.Spikes); err != nil {
		return err
	}
	e.report.Samples, e.report.Steps = e.data.Samples, e.data.Steps
	row := EvalRow{Target: ReferenceName}
	if err := e.inFloat(ctx, m, row.name()); err != nil {
		return err
	}
	e.report.Rows = append(e.report.Rows, e.float.row(row, e.float))
	return nil
}

// inFloat measures the network in float.
func (e *evaluation) inFloat(ctx context.Context, m Machine, what string) error {
	low := &passes.State{Net: e.Net, Opt: e.Passes}
	if err := passes.Lower(ctx, low); err != nil {
		return err
	}
	var err error
	e.float, err = e.measure(ctx, &candidate{machine: m, wiring: wiring{net: low.Net}}, what)
	return err
}

func (e *evaluation) note(s *passes.State) {
	e.diags = Merge(e.diags, Findings(e.Net, s))
}

// row measures a target at a width. An error of the network's is in the row.
func (e *evaluation) row(ctx context.Context, t *Target, width Width) error {
	opt := e.Passes
	opt.Bits, opt.ReadoutBits = width.Bits, width.Readout
	return e.rowWith(ctx, t, width, opt)
}

// rowWith measures a target with options, which are those of a width.
func (e *evaluation) rowWith(ctx context.Context, t *Target, width Width, opt passes.Options) error {
	row := EvalRow{Target: ReferenceName, Width: width}
	if t != nil {
		row.Target = t.Name()
	}
	c, err := e.candidate(ctx, t, opt)
	if err != nil {
		row.Error = err.Error()
		e.report.Rows = append(e.report.Rows, row)
		return err
	}
	m, err := e.measure(ctx, c, row.name())
	if err != nil {
		return err
	}
	e.report.Rows = append(e.report.Rows, m.row(row, e.float))
	return nil
}

// candidate makes the network ready to run on a target with options.
func (e *evaluation) candidate(ctx context.Context, t *Target, opt passes.Options) (*candidate, error) {
	if t == nil {
		s := &passes.State{Net: e.Net, Opt: opt}
		err := passes.QuantizeWeights(ctx, s)
		e.note(s)
		if err != nil {
			return nil, err
		}
		m, err := NewReference(s.Net)
		return &candidate{machine: m, wiring: wiring{net: s.Net, reports: s.Report.Projections}}, err
	}
	if t.Load == nil {
		return e.integers(ctx, t, opt)
	}
	c, err := Compile(ctx, e.Net, e.File, t, opt, &Watch{})
	e.note(c.State)
	if err != nil {
		return nil, err
	}
	m, err := t.Load(c.Image)
	if err != nil {
		return nil, err
	}
	s := c.State
	return &candidate{
		machine: m, layers: s.Report.Fit.Layers,
		wiring: wiring{net: s.Net, reports: s.Report.Projections},
	}, nil
}

// integers makes the network ready to run in a target's integers without a
// chip: ir/eval executes the quantized network.
func (e *evaluation) integers(ctx context.Context, t *Target, opt passes.Options) (*candidate, error) {
	s := &passes.State{Net: e.Net, Target: t.Target, Opt: opt}
	err := passes.Run(ctx, s, passes.ToInteger, passes.Hooks{})
	e.note(s)
	if err != nil {
		return nil, err
	}
	m, err := NewReference(s.Net)
	return &candidate{machine: m, wiring: wiring{net: s.Net, reports: s.Report.Projections}}, err
}

// measure runs the data through a candidate.
func (e *evaluation) measure(ctx context.Context, c *candidate, what string) (*measured, error) {
	pops := c.machine.Populations()
	m := &measured{names: names(pops), neurons: make([][]int64, len(pops))}
	for i, p := range pops {
		m.neurons[i] = make([]int64, p.Size)
	}
	meter, err := newMeter(&c.wiring, e.data, pops)
	if err != nil {
		return nil, err
	}
	also := func(k int, s *Sample) error {
		for i, p := range s.Spikes {
			for j, n := range p.Counts() {
				m.neurons[i][j] += int64(n)
			}
		}
		return meter.sample(k, s)
	}
	if m.Summary, err = measure(ctx, e.Progress, c.machine, what, e.data, Options{Threads: e.Threads}, also); err != nil {
		return nil, err
	}
	if c.layers != nil {
		m.order(c.layers)
	}
	m.events, m.byMap = meter.acs+meter.macs, map[string]int64{}
	for i := range meter.layers {
		m.byMap[meter.layers[i].name] += meter.layers[i].done
	}
	if e.Metrics {
		m.metrics = meter.metrics()
	}
	return m, nil
}
