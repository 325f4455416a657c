package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/term"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
)

// AutoRequest asks for the widths of a network's projections that cost least
// while the accuracy on held-out samples stays within a budget.
type AutoRequest struct {
	File   string
	Net    *ir.Network
	Target *Target // nil for the reference
	// Passes but for Bits, ReadoutBits, BitsBy and Calibration, which Auto sets.
	Passes passes.Options
	Files  []string      // samples, see OpenData
	Spikes spike.Options // how to read them; Labels may name their classes
	// Calibrate is how many of the samples choose the weights; the others are
	// held out to measure the loss.
	Calibrate int
	Budget    float64 // points of accuracy that may be lost
	Minimise  Minimise
	Profile   string // name or file of the cost profile for Energy; "" = the target's own
	Threads   int
	Progress  io.Writer // where to show progress, nil = nowhere
}

// Minimise names what the widths should make small.
type Minimise string

// What can be made small.
const (
	// Memory is the bits of all weights as stored.
	Memory Minimise = "memory"
	// Energy is that of a sample by the target's cost profile. Without a chip
	// there is none: then it is the bits of the weights that a sample's synaptic
	// events fetch, which are those whose weight is not zero, times its width.
	Energy Minimise = "energy"
)

// ParseMinimise reads the word.
func ParseMinimise(s string) (Minimise, error) {
	if m := Minimise(s); m == Memory || m == Energy {
		return m, nil
	}
	return "", fmt.Errorf("%q is neither %s nor %s", s, Memory, Energy)
}

// ParseBudget reads points of accuracy, such as 0.5%.
func ParseBudget(s string) (float64, error) {
	number, ok := strings.CutSuffix(s, "%")
	x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(x > 0 && x <= 100) {
		return 0, fmt.Errorf("%q is not a number of points of accuracy above 0 with a %% behind it, such as 0.5%%", s)
	}
	return x, nil
}

// AutoReport says which widths were found and what they cost.
type AutoReport struct {
	Target     string   `json:"target"`
	Budget     float64  `json:"budget"` // points
	Minimise   Minimise `json:"minimise"`
	Calibrated int      `json:"calibrated"` // samples
	HeldOut    int      `json:"held_out"`   // samples
	// Labelled says that a loss is one of correct answers; without labels it
	// is one of answers as in float.
	Labelled bool `json:"labelled"`
	// Widest is the width from which the search began.
	Widest      int              `json:"widest"`
	Projections []AutoProjection `json:"projections"`
	Chosen      AutoWidths       `json:"chosen"`
	// Uniform is the narrowest width for all that keeps the budget.
	Uniform *AutoWidths `json:"uniform,omitempty"`
	// Energy says how energy was priced; nil if it is not what is made small, or
	// there is no chip to price.
	Energy *AutoEnergy `json:"energy,omitempty"`
	Tried  int         `json:"tried"` // choices of widths that were measured
}

// AutoProjection is one projection of the network.
type AutoProjection struct {
	Name    string `json:"name"` // of its map, for --bits-by
	Src     string `json:"src"`
	Dst     string `json:"dst"`
	Weights int64  `json:"weights"`
	Bits    int    `json:"bits"` // chosen
	// Stored is the width in which the target stores them: 1 bit is -1 and +1,
	// which some store in 2.
	Stored int `json:"stored_bits"`
	// Sensitivity is what is lost if this projection alone is narrowed, from
	// wide to narrow.
	Sensitivity []AutoPoint `json:"sensitivity"`
}

// AutoPoint is a projection at one width, all others at the widest.
type AutoPoint struct {
	Bits int `json:"bits"`
	AutoLoss
	AutoJoules
	// Refused says why the target cannot run it; all else is then empty.
	Refused string `json:"refused,omitempty"`
}

// AutoWidths is a choice of widths for the whole network.
type AutoWidths struct {
	Bits   int   `json:"bits,omitempty"` // if it is the same for all
	Memory int64 `json:"memory"`         // bits of weights
	// Fetched is the bits of weights that the events of a sample fetch.
	Fetched float64 `json:"fetched"`
	AutoLoss
	AutoJoules
}

// AutoJoules is the energy of a sample, 0 where AutoReport.Energy is nil. With
// Unpriced, events without a published price, it is at least that.
type AutoJoules struct {
	EnergyFJ float64 `json:"energy_fj,omitempty"`
	Unpriced float64 `json:"unpriced_events,omitempty"`
}

// AutoLoss is what a choice of widths loses on the held-out samples.
type AutoLoss struct {
	Loss  float64 `json:"loss"`  // points
	Bound float64 `json:"bound"` // the most it is with a confidence of 95 %
	// Changed is the percentage of the samples with another answer than in
	// float, Distance the mean squared difference of the outputs' spike counts
	// from those in float.
	Changed  float64 `json:"changed"`
	Distance float64 `json:"distance"`
}

// Auto finds the widths and returns the options with which the network has
// them. Nothing but the request decides the result.
func Auto(ctx context.Context, q *AutoRequest) (*AutoReport, passes.Options, error) {
	a := &autoSearch{AutoRequest: q, tried: map[string]*trial{}}
	err := a.run(ctx)
	if err != nil {
		return nil, q.Passes, err
	}
	return &a.report, a.options(a.chosen), nil
}

// autoWidths are the widths that are tried, as far as the target has them: 7
// bits are hardly ever worth a measurement beside 8 and 6.
var autoWidths = []int{8, 6, 5, 4, 3, 2, 1}

// autoSearch is a request on its way. A choice is a width for each projection.
type autoSearch struct {
	*AutoRequest
	report AutoReport
	data   *evaluation // of the held-out samples
	cal    *passes.Calibration
	widths []int // from wide to narrow
	chosen []int
	tried  map[string]*trial // by choice
	order  []*trial          // as they were tried
	total  int               // of the progress line
	line   *term.Progress

	pricing pricing
}

// trial is what came of one choice.
type trial struct {
	choice  []int
	refused error
	loss    AutoLoss
	joules  AutoJoules
	bits    []int     // as stored, by projection
	events  []float64 // of a sample, by projection
}

func (a *autoSearch) run(ctx context.Context) error {
	var err error
	if a.widths, err = ladder(a.Target, &a.Passes); err != nil {
		return err
	}
	if err := a.open(ctx); err != nil {
		return err
	}
	if err := a.projections(ctx); err != nil {
		return err
	}
	if a.Progress != nil {
		a.line = term.StartProgress(a.Progress, "choices of widths", a.total)
		defer a.line.Stop()
	}
	if err := a.start(ctx); err != nil {
		return err
	}
	if err := a.sensitivity(ctx); err != nil {
		return err
	}
	if err := a.search(ctx); err != nil {
		return err
	}
	return a.finish(ctx)
}

// open opens the samples and runs those held out in float.
func (a *autoSearch) open(ctx context.Context) error {
	d, err := openSamples(a.Net, a.Files, a.Spikes)
	if err != nil {
		return err
	}
	if d.Samples < 2 {
		return errors.New("--auto needs more than one sample: it cannot both calibrate and be held out")
	}
	taken, rest := d.split(a.Calibrate)
	a.cal = taken.Calibration(0)
	a.cal.Threads = a.Threads
	a.data = &evaluation{
		EvalRequest: &EvalRequest{File: a.File, Net: a.Net, Passes: a.Passes, Threads: a.Threads},
		data:        rest,
	}
	a.report = AutoReport{
		Target: ReferenceName, Budget: a.Budget, Minimise: a.Minimise, Widest: a.widths[0],
		Calibrated: taken.Samples, HeldOut: rest.Samples, Labelled: rest.Labels != nil,
	}
	if a.Target != nil {
		a.report.Target = a.Target.Name()
	}
	if err := a.openProfile(); err != nil {
		return err
	}
	c, err := a.data.reference(ctx)
	if err != nil {
		return err
	}
	if a.data.float, err = a.data.all(ctx, c); err != nil {
		return err
	}
	if a.data.float.Counts == nil {
		return errors.New("--auto measures answers, and there is none: the network needs exactly one output population that spikes")
	}
	return nil
}

// ladder returns the widths to choose from, from wide to narrow.
func ladder(t *Target, opt *passes.Options) ([]int, error) {
	if t == nil {
		return autoWidths, nil
	}
	has := t.Caps(opt.Target).WeightBits
	widths := slices.DeleteFunc(slices.Clone(autoWidths), func(b int) bool { return !slices.Contains(has, b) })
	switch {
	case len(widths) > 1:
		return widths, nil
	case len(has) == 1:
		return nil, fmt.Errorf("--auto has nothing to choose from: all weights of %s have %d bits", t.Name(), has[0])
	}
	return nil, fmt.Errorf("--auto has nothing to choose from: %s has weights of %v bits", t.Name(), has)
}

// projections lists what has a width, from the network at the widest.
func (a *autoSearch) projections(ctx context.Context) error {
	c, err := a.data.candidate(ctx, a.Target, a.options(nil))
	if err != nil {
		return err
	}
	for _, p := range c.wiring.reports {
		node := c.wiring.net.Node(c.wiring.net.Lookup(p.Name))
		a.report.Projections = append(a.report.Projections, AutoProjection{
			Name: p.Name, Src: p.Src, Dst: p.Dst, Weights: int64(node.P(ir.WeightKey(node.Op)).Len()),
		})
	}
	if len(a.report.Projections) == 0 {
		return errors.New("--auto has nothing to choose for: the network has no weights")
	}
	a.total = len(a.widths) * (len(a.report.Projections) + 3)
	return nil
}

// options returns the passes' options for a choice.
func (a *autoSearch) options(choice []int) passes.Options {
	opt := a.Passes
	opt.Bits, opt.ReadoutBits, opt.BitsBy, opt.Calibration = a.report.Widest, 0, map[string]int{}, a.cal
	for i, b := range choice {
		opt.BitsBy[a.report.Projections[i].Name] = b
	}
	return opt
}

// uniform is the choice of one width for all.
func (a *autoSearch) uniform(bits int) []int {
	choice := make([]int, len(a.report.Projections))
	for i := range choice {
		choice[i] = bits
	}
	return choice
}

// keyOf names a choice.
func keyOf(choice []int) string { return fmt.Sprint(choice) }

// try measures a choice on the held-out samples, once.
func (a *autoSearch) try(ctx context.Context, choice []int) (*trial, error) {
	key := keyOf(choice)
	if t, ok := a.tried[key]; ok {
		return t, nil
	}
	t := &trial{choice: choice}
	c, err := a.data.candidate(ctx, a.Target, a.options(choice))
	switch {
	case err == nil:
		if err := a.meter(c); err != nil {
			return nil, err
		}
		m, err := a.data.all(ctx, c)
		if err != nil {
			return nil, err
		}
		a.judge(t, m)
		if err := a.price(t, m); err != nil {
			return nil, err
		}
		for _, p := range a.report.Projections {
			t.bits = append(t.bits, c.wiring.bits(p.Name))
		}
	case Refused(err):
		t.refused = err
	default:
		return nil, err
	}
	a.tried[key], a.order = t, append(a.order, t)
	a.line.Set(min(len(a.tried), a.total))
	return t, nil
}

// judge compares a run with that in float.
func (a *autoSearch) judge(t *trial, m *measured) {
	float, labels := a.data.float, a.data.data.Labels
	broken, repaired, changed := 0, 0, 0
	for k, was := range float.Predicted {
		is := m.Predicted[k]
		if is != was {
			changed++
		}
		switch {
		case is == was:
		case labels == nil || was == labels[k]:
			broken++
		case is == labels[k]:
			repaired++
		}
	}
	n := len(float.Predicted)
	t.loss.Loss, t.loss.Bound = LossBound(broken, repaired, n)
	t.loss.Changed = 100 * float64(changed) / float64(n)
	for i, x := range m.Counts {
		d := float64(x - float.Counts[i])
		t.loss.Distance += d * d / float64(n)
	}
	for i := range a.report.Projections {
		t.events = append(t.events, float64(m.byMap[a.report.Projections[i].Name])/float64(n))
	}
}

// holds tells whether a trial keeps the budget.
func (a *autoSearch) holds(t *trial) bool { return t.refused == nil && t.loss.Bound <= a.Budget }

// start checks that the budget can be kept at all.
func (a *autoSearch) start(ctx context.Context) error {
	t, err := a.try(ctx, a.uniform(a.report.Widest))
	if err != nil || a.holds(t) {
		return err
	}
	if t.refused != nil {
		return t.refused
	}
	n := a.report.HeldOut
	if _, least := LossBound(0, 0, n); least > a.Budget {
		return fmt.Errorf("--auto: %s held out cannot show that %g points are kept, only %.2f: give --calibrate more samples, or a larger --budget", plural(n, "sample"), a.Budget, least)
	}
	return fmt.Errorf("--auto: %d bits for all, the widest, lose %.2f points on %s held out, and with 95 %% confidence up to %.2f: the budget of %g cannot be kept",
		a.report.Widest, t.loss.Loss, plural(n, "sample"), t.loss.Bound, a.Budget)
}

// sensitivity narrows one projection after the other.
func (a *autoSearch) sensitivity(ctx context.Context) error {
	for i := range a.report.Projections {
		p := &a.report.Projections[i]
		for _, bits := range a.widths[1:] {
			choice := a.uniform(a.report.Widest)
			choice[i] = bits
			t, err := a.try(ctx, choice)
			if err != nil {
				return err
			}
			x := AutoPoint{Bits: bits, AutoLoss: t.loss, AutoJoules: t.joules}
			if t.refused != nil {
				x.Refused = t.refused.Error()
			}
			p.Sensitivity = append(p.Sensitivity, x)
		}
	}
	return nil
}

// finish writes down the choice and beside it the best uniform one.
func (a *autoSearch) finish(ctx context.Context) error {
	t, err := a.try(ctx, a.chosen)
	if err != nil {
		return err
	}
	for i := range a.report.Projections {
		a.report.Projections[i].Bits, a.report.Projections[i].Stored = a.chosen[i], t.bits[i]
	}
	a.report.Chosen = a.costs(t)
	a.report.Tried = len(a.tried)
	return nil
}

// costs describes a choice.
func (a *autoSearch) costs(t *trial) AutoWidths {
	w := AutoWidths{AutoLoss: t.loss, AutoJoules: t.joules}
	if slices.Min(t.choice) == slices.Max(t.choice) {
		w.Bits = t.choice[0]
	}
	for i, b := range t.bits {
		w.Memory += int64(b) * a.report.Projections[i].Weights
		w.Fetched += float64(b) * t.events[i]
	}
	return w
}

// cost is what the request wants to be small, as measured.
func (a *autoSearch) cost(t *trial) float64 {
	if a.priced() {
		return t.joules.EnergyFJ
	}
	return a.predicted(t)
}
