package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/synfire/synfire/emulator/cost"
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
	// finds. Only its Files, Spikes, Calibrate, Budget, Minimise
	// and Profile count.
	Auto    *AutoRequest
	Inputs  []string // files, see OpenData
	Spikes  spike.Options
	Threads int
	Metrics bool // report NeuroBench's metrics too
	// Levels are disturbances under which every row is measured again.
	Levels Levels
	// Shard is the part of the evaluation to do, for Share.
	Shard    Shard
	Progress io.Writer // where to show progress, nil = nowhere
}

// Eval does what the request asks. A target on which the network cannot run at
// some width becomes a row that says why, and the others are still measured;
// the first such error is returned with the report. Any other error ends the
// evaluation and leaves the report unfinished.
func Eval(ctx context.Context, q *EvalRequest) (*EvalReport, diag.List, error) {
	start := time.Now()
	e := &evaluation{EvalRequest: q, seconds: map[int]float64{}}
	err := e.run(ctx, Shard{})
	r, rerr := e.report()
	r.Seconds = time.Since(start).Seconds()
	return r, e.diags, errors.Join(err, rerr)
}

// evaluation is a request on its way.
type evaluation struct {
	*EvalRequest
	diags   diag.List
	data    *Data
	cells   []Cell
	results []CellResult
	seconds map[int]float64 // of each result

	at    Cell // whose candidate is at hand
	now   *candidate
	fail  error       // or why there is none
	found *AutoReport // for the candidate, if --auto chose its widths

	float *measured // in float, for --auto
}

// measured is what came of a candidate, as far as it is in no CellResult.
type measured struct {
	*Summary
	// fetched is the bits of the weights that synaptic events fetch, by the
	// weighted map of their projection.
	fetched map[string]int64
	// counts are the events that a candidate's meter priced.
	counts cost.Counts
}

// candidate is a machine to measure, with the network whose synapses its
// spikes reach, which ir/eval executes as well.
type candidate struct {
	machine Machine
	wiring  wiring
	layers  []passes.LayerFit // order of the populations; nil = the machine's
	meter   *metering         // nil = not measured
}

// run does a shard's part. A network that a target cannot run is a result; the
// first such error is returned.
func (e *evaluation) run(ctx context.Context, shard Shard) error {
	if e.data == nil {
		if err := e.open(ctx); err != nil {
			return err
		}
	}
	var first error
	for _, p := range shard.parts(len(e.cells), e.data.Samples) {
		err := e.part(ctx, p)
		if err != nil && !Refused(err) {
			return err
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// plan lists the cells: float first, then each target at each width, each
// followed by itself disturbed.
func (e *evaluation) plan() {
	add := func(c Cell) {
		e.cells = append(e.cells, c)
		for _, d := range e.Levels.disturbances() {
			e.cells = append(e.cells, Cell{Target: c.Target, Width: c.Width, Disturbance: d})
		}
	}
	add(Cell{Target: ReferenceName})
	for _, t := range e.Targets {
		for _, width := range e.widths() {
			switch {
			case t != nil:
				add(Cell{Target: t.Name(), Width: width})
			case width != (Width{}):
				add(Cell{Target: ReferenceName, Width: width})
			}
		}
		if _, err := ladder(t, &e.Passes); e.Auto == nil || err != nil {
			continue
		}
		name := ReferenceName
		if t != nil {
			name = t.Name()
		}
		add(Cell{Target: name, Width: Width{Auto: true}})
	}
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

// open opens the data and makes the plan.
func (e *evaluation) open(ctx context.Context) error {
	if err := e.checkAuto(); err != nil {
		return err
	}
	c, err := e.reference(ctx)
	if err != nil {
		return err
	}
	if len(e.Inputs) == 0 {
		return fmt.Errorf("%w for the ports %q", ErrNoInput, names(c.machine.Inputs()))
	}
	if e.data, err = OpenData(c.machine.Inputs(), e.Inputs, e.Spikes); err != nil {
		return err
	}
	e.plan()
	return checkLabels(c.machine.Populations(), e.data)
}

// checkAuto says for which targets --auto has nothing to choose, an error if
// that are all of them.
func (e *evaluation) checkAuto() error {
	if e.Auto == nil {
		return nil
	}
	var none []error
	for _, t := range e.Targets {
		if _, err := ladder(t, &e.Passes); err != nil {
			none = append(none, err)
		}
	}
	if len(none) == len(e.Targets) {
		return errors.Join(none...)
	}
	for _, err := range none {
		e.diags = append(e.diags, diag.Diagnostic{Severity: diag.Warning, Msg: err.Error()})
	}
	return nil
}

// reference makes the network ready to run in float.
func (e *evaluation) reference(ctx context.Context) (*candidate, error) {
	s, err := Discretize(ctx, e.Net, e.Passes, &Watch{})
	e.note(s)
	if err != nil {
		return nil, err
	}
	c := &candidate{}
	if c.machine, err = NewReference(s.Net); err != nil {
		return nil, err
	}
	low := &passes.State{Net: e.Net, Opt: e.Passes}
	if err := passes.Lower(ctx, low); err != nil {
		return nil, err
	}
	c.wiring = wiring{net: low.Net}
	return c, nil
}

func (e *evaluation) note(s *passes.State) {
	e.diags = Merge(e.diags, Findings(e.Net, s))
}

// part measures a range of samples of a cell. An error of the network's is in
// the result.
func (e *evaluation) part(ctx context.Context, p span) error {
	cell := e.cells[p.cell]
	r := CellResult{Cell: cell, From: p.from, To: p.to}
	base := Cell{Target: cell.Target, Width: cell.Width}
	if e.now == nil && e.fail == nil || !e.at.same(&base) {
		e.at = base
		e.now, e.fail = e.candidateOf(ctx, base)
	}
	if e.fail != nil && !Refused(e.fail) {
		return e.fail
	}
	if r.Disturbance == nil {
		r.Auto = e.found
	}
	if e.fail != nil {
		r.Error = e.fail.Error()
		e.results = append(e.results, r)
		return e.fail
	}
	c, data, err := e.now.disturbed(e.data.window(p.from, p.to), cell.Disturbance)
	if err != nil {
		return err
	}
	start := time.Now()
	if _, err := e.measure(ctx, c, data, &r); err != nil {
		return err
	}
	e.seconds[len(e.results)] = time.Since(start).Seconds()
	e.results = append(e.results, r)
	return nil
}

// target returns the target of that name, nil for the reference.
func (e *evaluation) target(name string) *Target {
	for _, t := range e.Targets {
		if t != nil && t.Name() == name {
			return t
		}
	}
	return nil
}

// candidateOf makes the network ready to run as a cell wants it.
func (e *evaluation) candidateOf(ctx context.Context, cell Cell) (*candidate, error) {
	e.found = nil
	t := e.target(cell.Target)
	opt := e.passesFor(t)
	switch {
	case t == nil && cell.Width == Width{}:
		return e.reference(ctx)
	case cell.Auto:
		q := *e.Auto
		q.File, q.Net, q.Target, q.Passes, q.Threads, q.Progress = e.File, e.Net, t, opt, e.Threads, e.Progress
		var err error
		if e.found, opt, err = Auto(ctx, &q); err != nil {
			return nil, err
		}
	default:
		opt.Bits, opt.ReadoutBits = cell.Bits, cell.Readout
	}
	return e.candidate(ctx, t, opt)
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

// measure runs data through a candidate and counts. Operations are those of
// undisturbed cells.
func (e *evaluation) measure(ctx context.Context, c *candidate, data *Data, r *CellResult) (*measured, error) {
	pops := c.machine.Populations()
	for _, p := range pops {
		r.Populations = append(r.Populations, CellPopulation{p.Name, make([]int64, p.Size)})
	}
	m := &measured{fetched: map[string]int64{}}
	var meter *meter
	var hash digest
	if r.Disturbance == nil {
		var err error
		if meter, err = newMeter(&c.wiring, data, pops); err != nil {
			return nil, err
		}
	}
	also := func(k int, s *Sample) error {
		for i, p := range s.Spikes {
			for j, n := range p.Counts() {
				r.Populations[i].Spikes[j] += int64(n)
			}
		}
		hash.add(data.first+k, s)
		if s.meter != nil {
			m.counts.Add(&s.meter.Counts)
		}
		if meter == nil {
			return nil
		}
		return meter.sample(k, s)
	}
	sum, err := measure(ctx, e.Progress, c.machine, r.name(), data, Options{Threads: e.Threads, meter: c.meter}, also)
	if err != nil {
		return nil, err
	}
	m.Summary = sum
	r.Predicted, r.Work, r.SpikeHash = sum.Predicted, sum.Work, hash.String()
	if a := sum.Accuracy; a != nil {
		r.Labelled, r.Correct, r.Ties = true, a.Correct, a.Ties
	}
	if meter != nil {
		r.Operations = meter.operations()
		for i := range meter.layers {
			m.fetched[meter.layers[i].name] += meter.layers[i].fetched
		}
	}
	if c.layers != nil {
		rank := func(p CellPopulation) int {
			return slices.IndexFunc(c.layers, func(l passes.LayerFit) bool { return l.Name == p.Name })
		}
		slices.SortStableFunc(r.Populations, func(a, b CellPopulation) int { return cmp.Compare(rank(a), rank(b)) })
	}
	return m, nil
}

// all measures a candidate on all of the data.
func (e *evaluation) all(ctx context.Context, c *candidate) (*measured, error) {
	return e.measure(ctx, c, e.data, &CellResult{})
}
