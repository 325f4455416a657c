package runner

import (
	"cmp"
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
	"github.com/synfire/synfire/quantize"
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
	// Versions is how often each of these is run: once as it is, else with spikes
	// of its input lost with the probability Lost.
	Versions int     `json:"versions"`
	Lost     float64 `json:"input_spikes_lost"`
	// Labelled says that a loss is one of correct answers; without labels it
	// is one of answers as in float.
	Labelled bool `json:"labelled"`
	// Widest is the width from which the search began.
	Widest      quantize.Bits    `json:"widest"`
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
	Name    string        `json:"name"` // of its map, for --bits-by
	Src     string        `json:"src"`
	Dst     string        `json:"dst"`
	Weights int64         `json:"weights"`
	Bits    quantize.Bits `json:"bits"` // chosen
	// Stored is the bits that all its weights take then: 1 bit is -1 and +1, which
	// some targets store in 2, and a mean has to say which input has which.
	Stored int64 `json:"stored_bits"`
	// Inputs says how many inputs have which width, if Bits is a mean.
	Inputs []passes.InputWidth `json:"inputs,omitempty"`
	// Sensitivity is what is lost if this projection alone is narrowed, from
	// wide to narrow.
	Sensitivity []AutoPoint `json:"sensitivity"`
}

// AutoPoint is a projection at one width, all others at the widest.
type AutoPoint struct {
	Bits quantize.Bits `json:"bits"`
	AutoLoss
	AutoJoules
	// Refused says why the target cannot run it; all else is then empty.
	Refused string `json:"refused,omitempty"`
}

// AutoWidths is a choice of widths for the whole network.
type AutoWidths struct {
	Bits   quantize.Bits `json:"bits,omitempty"` // if it is the same for all
	Memory int64         `json:"memory"`         // bits of weights
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
var autoWidths = []quantize.Bits{8, 6, 5, 4, 3, 2, 1}

// autoMeans are tried beside them where inputs can have widths of their own.
var autoMeans = []quantize.Bits{3.5, 2.5, 2.25, 1.75, 1.5, 1.25}

// autoSearch is a request on its way. A choice is a width for each projection.
type autoSearch struct {
	*AutoRequest
	report AutoReport
	// versions are the held-out samples as they are and with spikes lost; data is
	// the first.
	versions []*evaluation
	data     *evaluation
	cal      *passes.Calibration
	widths   []quantize.Bits // from wide to narrow
	chosen   []quantize.Bits
	tried    map[string]*trial // by choice
	order    []*trial          // as they were tried
	total    int               // of the progress line
	line     *term.Progress

	pricing pricing
}

// trial is what came of one choice.
type trial struct {
	choice  []quantize.Bits
	refused error
	loss    AutoLoss
	joules  AutoJoules
	stored  []int64 // bits of weights, by projection
	inputs  [][]passes.InputWidth
	fetched []float64 // bits of weights that a sample's events fetch, by projection
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
	a.versions = a.versionsOf(rest)
	a.data = a.versions[0]
	a.report = AutoReport{
		Target: ReferenceName, Budget: a.Budget, Minimise: a.Minimise, Widest: a.widths[0],
		Calibrated: taken.Samples, HeldOut: rest.Samples, Versions: len(a.versions), Lost: lostSpikes, Labelled: rest.Labels != nil,
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
	for _, v := range a.versions {
		if v.float, err = v.all(ctx, c); err != nil {
			return err
		}
	}
	if a.data.float.Counts == nil {
		return errors.New("--auto measures answers, and there is none: the network needs exactly one output population that spikes")
	}
	return nil
}

// ladder returns the widths to choose from, from wide to narrow.
func ladder(t *Target, opt *passes.Options) ([]quantize.Bits, error) {
	if t == nil {
		all := slices.Concat(autoWidths, autoMeans)
		slices.SortFunc(all, func(a, b quantize.Bits) int { return cmp.Compare(b, a) })
		return all, nil
	}
	has := t.Caps(opt.Target).WeightBits
	widths := slices.DeleteFunc(slices.Clone(autoWidths), func(b quantize.Bits) bool { return !slices.Contains(has, int(b)) })
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
func (a *autoSearch) options(choice []quantize.Bits) passes.Options {
	opt := a.Passes
	opt.Bits, opt.ReadoutBits, opt.BitsBy, opt.Calibration = a.report.Widest, 0, map[string]quantize.Bits{}, a.cal
	for i, b := range choice {
		opt.BitsBy[a.report.Projections[i].Name] = b
	}
	return opt
}

// uniform is the choice of one width for all.
func (a *autoSearch) uniform(bits quantize.Bits) []quantize.Bits {
	choice := make([]quantize.Bits, len(a.report.Projections))
	for i := range choice {
		choice[i] = bits
	}
	return choice
}

// keyOf names a choice.
func keyOf(choice []quantize.Bits) string { return fmt.Sprint(choice) }

// try measures a choice on the held-out samples, once.
func (a *autoSearch) try(ctx context.Context, choice []quantize.Bits) (*trial, error) {
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
		if err := a.judge(ctx, t, c, m); err != nil {
			return nil, err
		}
		if err := a.price(t, m); err != nil {
			return nil, err
		}
		for _, p := range a.report.Projections {
			t.stored = append(t.stored, c.wiring.stored(p.Name, p.Weights))
			t.inputs = append(t.inputs, c.wiring.report(p.Name).Inputs)
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
	return fmt.Errorf("--auto: %v bits for all, the widest, lose %.2f points on %s held out, and with 95 %% confidence up to %.2f: the budget of %g cannot be kept",
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
		p := &a.report.Projections[i]
		p.Bits, p.Stored, p.Inputs = a.chosen[i], t.stored[i], t.inputs[i]
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
	for i, b := range t.stored {
		w.Memory += b
		w.Fetched += t.fetched[i]
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
