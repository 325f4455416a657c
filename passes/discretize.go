package passes

import (
	"context"
	"math"

	"github.com/synfire/synfire/ir"
)

// discretize decides everything that NIR leaves open (specs/nir.md section
// 2.2): the time step, the integrator, the reset, the comparison, which
// current drives the potential, and every delay in steps. A choice comes from
// the user's flags, else the preset of --compat, else the file, else the
// default; what was assumed is recorded as a note.
func discretize(_ context.Context, s *State) error {
	if s.Net.Discrete {
		return nil
	}
	preset, ok := presetFor(s)
	if !ok {
		return nil
	}
	if !decideStep(s, preset) {
		return nil
	}
	for i := range s.Net.Nodes {
		node := &s.Net.Nodes[i]
		if node.Op.IsNeuron() && !node.Op.IsInteger() {
			decideNeuron(s, preset, node)
			refractorySteps(s, node)
		}
	}
	delaysToSteps(s)
	if s.Diags.HasErrors() {
		return nil
	}
	breakCycles(s, preset)
	layerDelay(s)
	if preset.Quirk != nil {
		preset.Quirk(s)
	}
	checkSteps(s)
	s.Net.Discrete = true
	return nil
}

// timed tells whether the step length matters to a population.
func timed(node *ir.Node) bool {
	if !node.Op.IsNeuron() || node.Op == ir.OpThreshold || node.Op.IsInteger() {
		return false
	}
	return node.Neuron.Integrator != ir.ExpUnit || node.Op != ir.OpIF && node.Op != ir.OpI
}

// decideStep sets the time step.
func decideStep(s *State, p *preset) bool {
	n := s.Net
	unitIFs(s, p)
	if s.Opt.DT > 0 {
		if n.DT > 0 && n.DT != s.Opt.DT {
			n.Note("dt", "dt %g s from --dt instead of the file's %g s", s.Opt.DT, n.DT)
		}
		n.DT = s.Opt.DT
	}
	if n.DT > 0 {
		return true
	}
	for i := range n.Nodes {
		node := &n.Nodes[i]
		if timed(node) || node.Has(ir.PDelay) || node.Has(ir.PRefractory) {
			s.Diags.Errorf("E0411", place(node), "say how long a step is, for example --dt 1ms",
				"the time step is unknown: the file does not say it and it cannot be inferred")
			return false
		}
	}
	n.DT = 1e-3
	n.Note("dt", "dt 1 ms by default: nothing in this network depends on it")
	return true
}

// unitIFs gives integrate-and-fire populations with r = 1 the unit gain that
// sinabs and its users mean by it: an input adds its weight to the potential
// whatever dt is (specs/nir.md section 2.3).
func unitIFs(s *State, p *preset) {
	if s.Opt.Integrator != ir.IntegratorUnset || p.Integrator != ir.IntegratorUnset {
		return
	}
	for i := range s.Net.Nodes {
		node := &s.Net.Nodes[i]
		if node.Op != ir.OpIF && node.Op != ir.OpI || node.Neuron.Integrator != ir.IntegratorUnset {
			continue
		}
		if lo, hi := node.P(ir.PR).Range(); lo == 1 && hi == 1 {
			node.Neuron.Integrator = ir.ExpUnit
			s.Net.Note("if-unit", "IF populations with r = 1 add each weight to the potential once, whatever dt is (sinabs convention)")
		}
	}
}

// first returns the first value that is decided.
func first[T comparable](xs ...T) T {
	var unset T
	for _, x := range xs {
		if x != unset {
			return x
		}
	}
	return unset
}

// decideNeuron sets a population's attributes.
func decideNeuron(s *State, p *preset, node *ir.Node) {
	a := &node.Neuron
	if node.Op == ir.OpThreshold {
		a.Compare = first(s.Opt.Compare, p.Compare, a.Compare, ir.Greater)
		return
	}
	a.Integrator = first(s.Opt.Integrator, p.Integrator, a.Integrator, ir.Euler)
	if node.Op == ir.OpCubaLI || node.Op == ir.OpCubaLIF {
		a.Current = first(s.Opt.Current, p.Current, a.Current, ir.CurrentNew)
	}
	a.StateBits = first(p.StateBits, a.StateBits)
	if !node.Op.Info().Spikes {
		return
	}
	a.Compare = first(s.Opt.Compare, p.Compare, a.Compare, ir.Greater)
	reset := first(s.Opt.Reset, p.Reset, a.Reset)
	switch {
	case reset == ir.ResetSubtract && p.SubtractLIF != ir.ResetUnset && a.Current == ir.CurrentUnset:
		reset = p.SubtractLIF
	case reset == ir.ResetSubtract && p.Subtract != ir.ResetUnset:
		reset = p.Subtract
	case reset == ir.ResetUnset && allZero(node.P(ir.PVReset)):
		reset = ir.ResetZero
		s.Net.Note("reset", "populations reset to zero, as NIR defines it; say --reset subtract if the network was trained with that")
	case reset == ir.ResetUnset:
		reset = ir.ResetValue
	}
	a.Reset = reset
}

func refractorySteps(s *State, node *ir.Node) {
	if !node.Has(ir.PRefractory) {
		return
	}
	t := node.P(ir.PRefractory)
	steps, off := toSteps(t, s.Net.DT)
	if off > 0 {
		s.Diags.Warnf("W0411", place(node), "", "%s: the refractory period is not a multiple of dt and was rounded by up to %.3g steps", node.Name, off)
	}
	node.Set(ir.PRefSteps, steps)
	node.Unset(ir.PRefractory)
}

// toSteps rounds times to steps and returns by how much it was off at most,
// 0 if not by more than floating-point noise.
func toSteps(t ir.Tensor, dt float64) (ir.Tensor, float64) {
	out := make([]int32, t.Stored())
	worst := 0.0
	for i := range out {
		x := t.At(i) / dt
		r := math.RoundToEven(x)
		worst = max(worst, math.Abs(x-r))
		out[i] = int32(min(r, math.MaxInt32))
	}
	if worst < 1e-6 {
		worst = 0
	}
	return ir.Ints(t.Shape, out), worst
}

// maxDelaySteps bounds delays: a reference run keeps that many steps.
const maxDelaySteps = 1 << 20

// delaysToSteps turns delays in seconds into steps: uniform ones go to the
// edges, others stay with their OpDelay by element.
func delaysToSteps(s *State) {
	n := s.Net
	gone := make([]bool, len(n.Nodes))
	for i := range n.Nodes {
		node := &n.Nodes[i]
		if node.Has(ir.PDelay) {
			steps, off := toSteps(node.P(ir.PDelay), n.DT)
			lo, hi := steps.Range()
			if lo < 0 || hi > maxDelaySteps {
				s.Diags.Errorf("E0412", place(node), "", "%s: delays of %g to %g steps are outside 0 to %d", node.Name, lo, hi, maxDelaySteps)
				return
			}
			if off > 0 {
				s.Diags.Warnf("W0412", place(node), "", "%s: delays are not multiples of dt and were rounded by up to %.3g steps", node.Name, off)
			}
			node.Unset(ir.PDelay)
			if node.Op == ir.OpDelay {
				node.Set(ir.PDelaySteps, steps)
			} else {
				addDelay(n, node.ID, steps.IntAt(0))
			}
		}
		steps := node.P(ir.PDelaySteps).Compact()
		switch {
		case !node.Has(ir.PDelaySteps) && node.Op != ir.OpDelay:
		case node.Op == ir.OpDelay:
			gone[i] = delayToEdges(n, node, steps)
		case steps.IsUniform():
			addDelay(n, node.ID, steps.IntAt(0))
			node.Unset(ir.PDelaySteps)
		}
	}
	remove(n, func(id ir.NodeID) bool { return gone[id] })
}

// delayToEdges moves the part of an OpDelay that all elements share to its
// edges; it reports whether nothing was left of the node.
func delayToEdges(n *ir.Network, node *ir.Node, steps ir.Tensor) bool {
	if steps.IsUniform() {
		return bypass(n, node.ID, steps.IntAt(0))
	}
	lo, _ := steps.Range()
	rest := make([]int32, len(steps.I))
	for i, d := range steps.I {
		rest[i] = d - int32(lo)
	}
	node.Set(ir.PDelaySteps, ir.Ints(steps.Shape, rest))
	addDelay(n, node.ID, int32(lo))
	return false
}

// addDelay adds d steps to every edge into a node.
func addDelay(n *ir.Network, id ir.NodeID, d int32) {
	for i := range n.Edges {
		if n.Edges[i].Dst == id {
			n.Edges[i].Delay += d
		}
	}
}

// layerDelay adds the user's extra steps to each forward connection that
// leaves a spiking population.
func layerDelay(s *State) {
	n := s.Net
	for i := range n.Edges {
		e := &n.Edges[i]
		if e.Delay == 0 && n.Node(e.Src).Op.IsNeuron() && n.Node(e.Dst).Op != ir.OpOutput {
			e.Delay = s.Opt.LayerDelay
		}
	}
}

// checkSteps reports time constants that the step is too long for.
func checkSteps(s *State) {
	for i := range s.Net.Nodes {
		node := &s.Net.Nodes[i]
		if !node.Op.IsNeuron() || node.Op == ir.OpThreshold || node.Op.IsInteger() {
			continue
		}
		if _, err := node.Coefficients(s.Net.DT); err != nil {
			s.Diags.Errorf("E0413", place(node), "take a shorter --dt, or --integrator exp", "%s: %v", node.Name, err)
		}
	}
}
