package runner

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/passes"
)

// The causes of a loss.
const (
	CauseWeights   = "weights"   // rounded to few levels
	CauseDecay     = "decay"     // rounded to the target's fractions
	CauseThreshold = "threshold" // rounded to the target's steps
	CauseBias      = "bias"      // it, or the potential to start from, rounded
	CauseReset     = "reset"     // another rule at a spike and after it
	CauseRounding  = "rounding"  // states are whole numbers
	CauseOverflow  = "overflow"  // sums wrap, potentials are bounded
	CauseStructure = "structure" // delays, relays
)

// Switch is one approximation of a target.
type Switch struct {
	Layer, Cause string
	Detail       string                // what it is, in a few words
	off          []func(*eval.Changes) // switch it off
}

// findSwitches lists what a target approximates in a quantized network, and
// what it could have approximated but represents exactly. float is the network
// before.
func findSwitches(s *passes.State, float *ir.Network) (list []Switch, exact []string, err error) {
	ps, err := s.Net.Projections()
	if err != nil {
		return nil, nil, err
	}
	order, err := s.Net.Order()
	if err != nil {
		return nil, nil, err
	}
	f := &switchFinder{s: s}
	for _, id := range order {
		node := s.Net.Node(id)
		if node.Op != ir.OpIntLIF {
			continue
		}
		for i := range ps {
			if ps[i].Dst == id {
				f.weights(&ps[i])
			}
		}
		f.node, f.float = node, nil
		if at := float.Lookup(node.Name); at != ir.NoNode {
			f.float = float.Node(at)
		}
		if err := f.population(float.DT); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", node.Name, err)
		}
	}
	f.exact = slices.DeleteFunc(f.exact, func(name string) bool {
		return slices.ContainsFunc(f.list, func(x Switch) bool { return x.Layer+" "+x.Cause == name })
	})
	return f.list, f.exact, nil
}

// switchFinder goes through the populations.
type switchFinder struct {
	s     *passes.State
	list  []Switch
	exact []string

	node  *ir.Node // quantized
	float *ir.Node // the same before; nil for one that the passes made
	unit  []float64
}

// add lists an approximation, if it is one. The relays of a population are
// one layer.
func (f *switchFinder) add(layer, cause, detail string, differs bool, off func(*eval.Changes)) {
	same := func(x Switch) bool { return x.Layer == layer && x.Cause == cause }
	if i := slices.IndexFunc(f.list, same); i >= 0 && differs {
		f.list[i].Detail, f.list[i].off = "in all of its parts", append(f.list[i].off, off)
		return
	}
	if differs {
		f.list = append(f.list, Switch{Layer: layer, Cause: cause, Detail: detail, off: []func(*eval.Changes){off}})
		return
	}
	if src, dst, ok := strings.Cut(layer, "->"); ok && src == dst {
		return // what relays hand on
	}
	if name := layer + " " + cause; !slices.Contains(f.exact, name) {
		f.exact = append(f.exact, name)
	}
}

func (f *switchFinder) weights(p *ir.Projection) {
	for _, id := range p.Maps {
		node := f.s.Net.Node(id)
		exact, ok := f.s.Exact.Weights[node.Name]
		if !node.Op.Weighted() || !ok {
			continue
		}
		t := node.P(ir.WeightKey(node.Op))
		differs := false
		for k, w := range exact {
			differs = differs || !sameNumber(w, float64(node.Q.Effective(t.IntAt(k))))
		}
		dst := p.Dst
		f.add(passes.Unrelayed(node.Name), CauseWeights, weightDetail(f.s, node.Name), differs, func(c *eval.Changes) {
			c.Weights[id] = exact
			relax(c, dst)
		})
	}
}

// relax returns the changes of a population.
func relax(c *eval.Changes, id ir.NodeID) *eval.Relaxed {
	if c.Populations[id] == nil {
		c.Populations[id] = &eval.Relaxed{}
	}
	return c.Populations[id]
}

// sameNumber tells whether two numbers of the target's units are the same but for
// the rounding of float64.
func sameNumber(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a), math.Abs(b)) }

func (f *switchFinder) population(dt float64) error {
	f.unit = f.s.Exact.Units[f.node.Name]
	if f.unit == nil {
		return nil // it was in integers from the beginning
	}
	if f.float == nil {
		f.states()
		return nil
	}
	c, err := f.float.Coefficients(dt)
	if err != nil {
		return err
	}
	f.decay(&c)
	f.threshold()
	f.bias()
	f.reset()
	f.states()
	return nil
}

// each returns a number for each neuron.
func (f *switchFinder) each(value func(j int) float64) []float64 {
	out := make([]float64, len(f.unit))
	for j := range out {
		out[j] = value(j)
	}
	return out
}

// sameDecay is below what a time constant in single precision can tell apart.
const sameDecay = 1e-7

func (f *switchFinder) decay(c *ir.Coeff) {
	one := math.Exp2(float64(f.node.IntLIF.DecayBits))
	id := f.node.ID
	compare := func(exact ir.Tensor, key ir.Param) (keep []float64, worst, now float64) {
		t := f.node.P(key)
		keep = f.each(exact.At)
		for j, k := range keep {
			if got := 1 - t.At(j)/one; math.Abs(got-k) >= math.Abs(now-worst) {
				worst, now = k, got
			}
		}
		return keep, worst, now
	}
	keepV, wantV, gotV := compare(c.AM, ir.PDecayV)
	var keepU []float64
	wantU, gotU := 0.0, 0.0
	if c.AS.Valid() {
		keepU, wantU, gotU = compare(c.AS, ir.PDecayU)
	}
	detail := fmt.Sprintf("a step leaves %.6g of the potential, not %.6g", gotV, wantV)
	if math.Abs(gotU-wantU) > math.Abs(gotV-wantV) {
		detail = fmt.Sprintf("a step leaves %.6g of the current, not %.6g", gotU, wantU)
	}
	f.add(f.node.Name, CauseDecay, detail, math.Abs(wantV-gotV) > sameDecay || math.Abs(wantU-gotU) > sameDecay, func(c *eval.Changes) {
		r := relax(c, id)
		r.KeepV, r.KeepU = keepV, keepU
	})
}

// reset0 returns the potential after a spike, which is the target's zero.
func (f *switchFinder) reset0(j int) float64 {
	if f.float.Neuron.Reset == ir.ResetValue {
		return f.float.P(ir.PVReset).At(j)
	}
	return 0
}

func (f *switchFinder) threshold() {
	id, n := f.node.ID, f.float
	t, now := n.P(ir.PVThreshold), f.node.P(ir.PVThreshold)
	exact := f.each(func(j int) float64 { return (t.At(j) - f.reset0(j)) * f.unit[j] })
	worst := 0.0
	for j, th := range exact {
		worst = max(worst, math.Abs(now.At(j)-th)/th)
	}
	compare := n.Neuron.Compare
	f.add(f.node.Name, CauseThreshold, fmt.Sprintf("off by up to %.2g %%", 100*worst), worst > 1e-9, func(c *eval.Changes) {
		r := relax(c, id)
		r.Threshold, r.Compare = exact, compare
	})
}

func (f *switchFinder) bias() {
	id := f.node.ID
	bias, v0 := f.s.Exact.Bias[f.node.Name], f.float.P(ir.PV0)
	if bias == nil {
		bias = make([]float64, len(f.unit))
	}
	start := f.each(func(j int) float64 { return (v0.At(j) - f.reset0(j)) * f.unit[j] })
	nowB, nowV := f.node.P(ir.PBias), f.node.P(ir.PV0)
	worstB, worstV := 0.0, 0.0
	for j := range bias {
		worstB = max(worstB, math.Abs(nowB.At(j)-bias[j]))
		worstV = max(worstV, math.Abs(nowV.At(j)-start[j]))
	}
	detail := fmt.Sprintf("off by up to %.3g of the threshold", worstB/f.node.P(ir.PVThreshold).At(0))
	if worstV > worstB {
		detail = fmt.Sprintf("the first potential is off by up to %.3g of the threshold", worstV/f.node.P(ir.PVThreshold).At(0))
	}
	f.add(f.node.Name, CauseBias, detail, worstB > 1e-9 || worstV > 1e-9, func(c *eval.Changes) {
		r := relax(c, id)
		r.Bias, r.V0 = bias, start
	})
}

func (f *switchFinder) reset() {
	id, n := f.node.ID, f.float
	rule := &eval.Rule{Reset: n.Neuron.Reset}
	if _, most := n.P(ir.PRefSteps).Range(); most > 0 {
		t := n.P(ir.PRefSteps)
		rule.Refractory = make([]int64, len(f.unit))
		for j := range rule.Refractory {
			rule.Refractory[j] = int64(t.At(j))
		}
	}
	if n.Has(ir.PVMin) {
		rule.VMin = f.each(func(j int) float64 { return (n.P(ir.PVMin).At(j) - f.reset0(j)) * f.unit[j] })
	}
	if n.Neuron.StateBits > 0 {
		rule.Grain = f.each(func(j int) float64 { return math.Ldexp(f.unit[j], -int(n.Neuron.StateBits)) })
	}
	detail, differs := f.resetDiffers(rule)
	f.add(f.node.Name, CauseReset, detail, differs, func(c *eval.Changes) { relax(c, id).Rule = rule })
}

// resetDiffers says in what the target's rule is another one.
func (f *switchFinder) resetDiffers(rule *eval.Rule) (string, bool) {
	now := f.node.Neuron.Reset
	if now == ir.ResetUnset {
		now = ir.ResetZero
	}
	was := rule.Reset
	if was == ir.ResetValue {
		was = ir.ResetZero
	}
	steps := f.node.P(ir.PRefSteps)
	cut := false
	for j, r := range rule.Refractory {
		cut = cut || r != int64(steps.At(j))
	}
	switch {
	case was != now:
		return fmt.Sprintf("it resets by %s, the target by %s", rule.Reset, now), true
	case cut:
		return "the refractory period is cut", true
	case rule.VMin != nil:
		return "the potential has no lower bound", true
	case rule.Grain != nil:
		return "the state is rounded in another way", true
	case rule.Refractory != nil && was != ir.ResetZero:
		return "the potential is held at zero while refractory", true
	}
	return "", false
}

// states are the limits that all integers have.
func (f *switchFinder) states() {
	id, m := f.node.ID, f.node.IntLIF
	one := math.Exp2(float64(m.DecayBits))
	fractions := func(k ir.Param) bool {
		t := f.node.P(k)
		return slices.ContainsFunc(f.each(t.At), func(d float64) bool { return d != 0 && d != one })
	}
	f.add(passes.Unrelayed(f.node.Name), CauseRounding, "states are whole numbers, rounded toward zero as they decay", fractions(ir.PDecayV) || fractions(ir.PDecayU), func(c *eval.Changes) {
		relax(c, id).Reals = true
	})
	f.add(passes.Unrelayed(f.node.Name), CauseOverflow, overflowDetail(m), true, func(c *eval.Changes) { relax(c, id).Unbounded = true })
}

func overflowDetail(m *ir.IntLIF) string {
	if m.AccBits == 0 && m.CurrentBits == 0 {
		return fmt.Sprintf("the potential stays within %d to %d", m.VMin, m.VMax)
	}
	return fmt.Sprintf("sums wrap beyond %d bits, currents beyond %d, the potential stays within %d to %d", m.AccBits, m.CurrentBits, m.VMin, m.VMax)
}
