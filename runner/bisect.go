package runner

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/passes"
)

// BisectRequest asks which approximation of a target costs what.
type BisectRequest struct {
	File    string
	Net     *ir.Network
	Target  *Target // nil is the reference: only weights are approximated
	Passes  passes.Options
	Inputs  []string // files, see OpenData
	Spikes  spike.Options
	Threads int
	// Alone leaves out the runs with everything on but one approximation.
	Alone    bool
	Auto     *AutoReport // how --auto found the widths in Passes, nil if it did not
	Progress io.Writer   // where to show progress, nil = nowhere
}

// Bisect replays the quantized network with each approximation switched on
// alone, and with each switched off alone, and attributes the loss.
//
// The network that runs has the target's structure (its projections, delays
// and relays), executed by ir/eval. A population or map whose approximation is
// off computes with the real numbers that were rounded, in the same units
// (passes.Exact, eval.Changes). With everything on it computes what the target
// does, which is checked against the target's own machine.
func Bisect(ctx context.Context, q *BisectRequest) (*BisectReport, diag.List, error) {
	start := time.Now()
	b := &bisection{BisectRequest: q, report: &BisectReport{Network: q.Net.Name, File: q.File, Target: ReferenceName, Bits: q.Passes.Bits, ReadoutBits: q.Passes.ReadoutBits, Auto: q.Auto}}
	if q.Target != nil {
		b.report.Target = q.Target.Name()
	}
	err := b.run(ctx)
	b.report.Seconds = time.Since(start).Seconds()
	return b.report, b.diags, err
}

// bisection is a request on its way.
type bisection struct {
	*BisectRequest
	report *BisectReport
	diags  diag.List

	float    *ir.Network // as the user meant it, for the reference
	net      *ir.Network // quantized
	chip     Machine     // the target's own, nil if it has none
	switches []Switch
	data     *Data
	seen     *movement // spikes and classes in float
	base     *movement // and with the target's structure but everything off
}

// maxKept bounds the spikes in float that are kept to compare with: 2^31 bits.
const maxKept = 1 << 31

func (b *bisection) run(ctx context.Context) error {
	s, err := Discretize(ctx, b.Net, b.Passes, &Watch{})
	b.note(s)
	if err != nil {
		return err
	}
	b.float = s.Net
	if err := b.quantize(ctx); err != nil {
		return err
	}
	if err := b.reference(ctx); err != nil {
		return err
	}
	r := b.report
	if r.Full, err = b.effect(ctx, "everything on", b.switches, b.seen); err != nil {
		return err
	}
	if err := b.verify(ctx); err != nil {
		return err
	}
	if err := b.structure(ctx); err != nil {
		return err
	}
	for i := range b.switches {
		x := &b.switches[i]
		c := Cause{Layer: x.Layer, Cause: x.Cause, Detail: x.Detail}
		if c.Alone, err = b.effect(ctx, x.Layer+" "+x.Cause+" alone", b.switches[i:i+1], b.base); err != nil {
			return err
		}
		if !b.Alone {
			others := slices.Delete(slices.Clone(b.switches), i, i+1)
			if c.Without, err = b.effect(ctx, "all but "+x.Layer+" "+x.Cause, others, b.seen); err != nil {
				return err
			}
		}
		r.Causes = append(r.Causes, c)
	}
	r.sort()
	r.Verdict = r.verdict()
	return nil
}

func (b *bisection) note(s *passes.State) {
	b.diags = Merge(b.diags, Findings(b.Net, s))
}

// quantize takes the network to the target's numbers and finds the switches.
func (b *bisection) quantize(ctx context.Context) error {
	opt := b.Passes
	opt.KeepExact = true
	if b.Target == nil {
		return b.quantizeWeights(ctx, opt)
	}
	if err := b.compile(ctx); err != nil {
		return err
	}
	s := &passes.State{Net: b.Net, Target: b.Target.Target, Opt: opt}
	err := passes.Run(ctx, s, passes.ToInteger, passes.Hooks{})
	b.note(s)
	if err != nil {
		return err
	}
	b.net = s.Net
	b.switches, b.report.Exact, err = findSwitches(s, b.float)
	return err
}

// quantizeWeights does that for the reference: a switch for each map.
func (b *bisection) quantizeWeights(ctx context.Context, opt passes.Options) error {
	before := &passes.State{Net: b.Net, Opt: opt}
	if err := passes.Lower(ctx, before); err != nil {
		return err
	}
	s := &passes.State{Net: b.Net, Opt: opt}
	err := passes.QuantizeWeights(ctx, s)
	b.note(s)
	if err != nil {
		return err
	}
	b.net = s.Net
	for i := range b.net.Nodes {
		node := &b.net.Nodes[i]
		id := before.Net.Lookup(node.Name)
		if !node.Op.Weighted() || id == ir.NoNode {
			continue
		}
		key := ir.WeightKey(node.Op)
		was, now := stored(before.Net.Node(id).P(key)), stored(node.P(key))
		if slices.Equal(was, now) {
			b.report.Exact = append(b.report.Exact, node.Name+" "+CauseWeights)
			continue
		}
		b.switches = append(b.switches, Switch{
			Layer: node.Name, Cause: CauseWeights, Detail: weightDetail(s, node.Name),
			off: []func(*eval.Changes){func(c *eval.Changes) { c.Weights[node.ID] = was }},
		})
	}
	return nil
}

// stored returns what a tensor stores.
func stored(t ir.Tensor) []float64 {
	out := make([]float64, t.Stored())
	for i := range out {
		out[i] = t.At(i)
	}
	return out
}

// reference opens the data and runs it in float.
func (b *bisection) reference(ctx context.Context) error {
	m, err := NewReference(b.float)
	if err != nil {
		return err
	}
	if len(b.Inputs) == 0 {
		return fmt.Errorf("%w for the ports %q", ErrNoInput, names(m.Inputs()))
	}
	if b.data, err = OpenData(m.Inputs(), b.Inputs, b.Spikes); err != nil {
		return err
	}
	r := b.report
	r.Samples, r.Steps = b.data.Samples, b.data.Steps
	neurons := 0
	for _, p := range m.Populations() {
		neurons += p.Size
	}
	if neurons > 0 && r.Steps > maxKept/neurons/r.Samples {
		return fmt.Errorf("%s of %s and %d neurons are too many to compare spike by spike; use fewer: --limit N", plural(r.Samples, "sample"), plural(r.Steps, "step"), neurons)
	}
	var sum *Summary
	if b.seen, sum, err = b.remember(ctx, m, ReferenceName); err != nil {
		return err
	}
	b.base = b.seen
	r.Float = sum.Accuracy
	for _, p := range sum.Populations {
		r.FloatSpikes += p.Spikes
	}
	return nil
}

// remember runs the data and keeps the spikes.
func (b *bisection) remember(ctx context.Context, m Machine, what string) (*movement, *Summary, error) {
	x := newMovement(m.Populations())
	sum, err := measure(ctx, b.Progress, m, what, b.data, Options{Threads: b.Threads}, x.keep)
	if err != nil {
		return nil, nil, err
	}
	x.predicted, x.labels, x.hash = sum.Predicted, b.data.Labels, sum.SpikeHash
	return x, sum, nil
}

// machine returns the quantized network with only some switches on.
func (b *bisection) machine(on []Switch) (Machine, error) {
	c := &eval.Changes{Weights: map[ir.NodeID][]float64{}, Populations: map[ir.NodeID]*eval.Relaxed{}}
	for i := range b.switches {
		x := &b.switches[i]
		if !slices.ContainsFunc(on, func(y Switch) bool { return y.Layer == x.Layer && y.Cause == x.Cause }) {
			for _, off := range x.off {
				off(c)
			}
		}
	}
	return newChanged(b.net, c)
}

// effect runs the data with only some switches on and compares.
func (b *bisection) effect(ctx context.Context, what string, on []Switch, with *movement) (*Effect, error) {
	m, err := b.machine(on)
	if err != nil {
		return nil, err
	}
	c := with.comparison(m.Populations())
	sum, err := measure(ctx, b.Progress, m, what, b.data, Options{Threads: b.Threads}, c.sample)
	if err != nil {
		return nil, err
	}
	return c.effect(sum), nil
}

// structure measures what no switch can undo: another order of steps or more
// populations than the network has. The single approximations are compared
// with what it leaves.
func (b *bisection) structure(ctx context.Context) error {
	none, err := b.effect(ctx, "everything off", nil, b.seen)
	if err != nil {
		return err
	}
	if none.SpikeHash == b.seen.hash {
		return nil
	}
	b.report.Causes = append(b.report.Causes, Cause{
		Layer: "network", Cause: CauseStructure, Detail: "delays, relays and sums in another order", Alone: none,
	})
	m, err := b.machine(nil)
	if err != nil {
		return err
	}
	if b.base, _, err = b.remember(ctx, m, "everything off"); err != nil {
		return err
	}
	b.base.only = b.seen.pops // but for relays
	return nil
}

// compile makes the target's own machine, if it has one.
func (b *bisection) compile(ctx context.Context) error {
	if b.Target.Load == nil {
		return nil
	}
	c, err := Compile(ctx, b.Net, b.File, b.Target, b.Passes, &Watch{})
	b.note(c.State)
	if err != nil {
		return err
	}
	b.chip, err = b.Target.Load(c.Image)
	return err
}

// verify runs the target's own machine and says whether the replay with
// everything on gives the same spikes.
func (b *bisection) verify(ctx context.Context) error {
	if b.chip == nil {
		return nil
	}
	sum, err := measure(ctx, b.Progress, b.chip, b.report.Target, b.data, Options{Threads: b.Threads}, nil)
	if err != nil {
		return err
	}
	same := sum.SpikeHash == b.report.Full.SpikeHash
	b.report.Verified = &same
	return nil
}

// weightDetail says what rounding did to the weights of a map.
func weightDetail(s *passes.State, name string) string {
	for i := range s.Report.Projections {
		if p := &s.Report.Projections[i]; p.Name == name {
			parts := []string{bitsPhrase(p.Bits)}
			for _, x := range []struct {
				n    int
				what string
			}{{p.Stats.Zeroed, "became zero"}, {p.Stats.Clipped, "clipped"}} {
				if x.n > 0 {
					parts = append(parts, fmt.Sprintf("%.1f %% %s", 100*float64(x.n)/float64(p.Stats.Weights), x.what))
				}
			}
			return strings.Join(parts, ", ")
		}
	}
	return ""
}
