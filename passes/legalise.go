package passes

import (
	"context"
	"fmt"
	"slices"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/ir"
)

// verdict is what legalise thinks of a population: how true the target can be
// to it, why, and how the population changes to run there.
type verdict struct {
	fidelity backend.Fidelity
	reason   string
	rewrite  func(*ir.Network, *ir.Node)
	// hopeless means that not even an approximation exists.
	hopeless bool
}

// legalise compares each population with what the target's neurons can do. A
// difference that can be made up for exactly is rewritten; one that cannot is
// an error, or, with Options.AllowApproximate, rewritten and reported.
func legalise(_ context.Context, s *State) error {
	if s.Target == nil {
		return fmt.Errorf("there is no target")
	}
	caps := s.caps()
	for _, id := range canonical(s.Net) {
		node := s.Net.Node(id)
		if !node.Op.IsNeuron() {
			continue
		}
		s.Report.Fidelity = append(s.Report.Fidelity, settle(s, node, judge(caps, node)))
	}
	checkOutputs(s)
	return nil
}

// settle rewrites a population for the target, or refuses it, and returns its
// fidelity.
func settle(s *State, node *ir.Node, vs []verdict) NodeFidelity {
	f := NodeFidelity{Node: node.Name}
	hopeless := false
	for _, v := range vs {
		f.Fidelity = max(f.Fidelity, v.fidelity)
		hopeless = hopeless || v.hopeless
		if v.reason != "" {
			f.Reason = join(f.Reason, "; ", v.reason)
		}
		if v.rewrite != nil {
			v.rewrite(s.Net, node)
		}
	}
	switch target := s.Target.Name(); {
	case f.Fidelity == backend.Exact:
	case hopeless:
		s.Diags.Errorf("E0501", place(node), "", "%s is unsupported on %s: %s", node.Name, target, f.Reason)
	case !s.Opt.AllowApproximate:
		s.Diags.Errorf("E0502", place(node), "--allow-approximate runs it all the same and measures the loss",
			"%s cannot run exactly on %s: %s", node.Name, target, f.Reason)
	default:
		s.Diags.Warnf("W0502", place(node), "", "%s is approximate on %s: %s", node.Name, target, f.Reason)
	}
	return f
}

// judge lists what stands between a population and the target's neuron.
func judge(caps *backend.Caps, node *ir.Node) []verdict {
	if node.Op.IsInteger() {
		if (node.Op == ir.OpFixLIF) != (caps.Fixed != nil) {
			return []verdict{{fidelity: backend.Unsupported, hopeless: true, reason: "it is quantized for the neurons of another target; compile the network from before that"}}
		}
		return nil
	}
	if node.Op == ir.OpThreshold {
		return []verdict{{fidelity: backend.Unsupported, hopeless: true, reason: "its neurons keep a potential, a threshold without memory has no counterpart"}}
	}
	if !node.Op.Info().Spikes {
		return []verdict{{fidelity: backend.Unsupported, hopeless: true, reason: "its neurons hand on spikes, this population hands on its potential; give it a threshold, or read the population before it"}}
	}
	vs := slices.Concat(judgeLeak(caps, node), judgeReset(caps, node), judgeThreshold(caps, node), judgeRefractory(caps, node))
	if node.Neuron.Current == ir.CurrentOld {
		// v(t) from the current of t-1 is v(t) from inputs that come one
		// step later.
		vs = append(vs, verdict{rewrite: func(n *ir.Network, node *ir.Node) {
			addDelay(n, node.ID, 1)
			node.Neuron.Current = ir.CurrentNew
		}})
	}
	if node.Neuron.StateBits > 0 {
		vs = append(vs, verdict{
			fidelity: backend.Approximate, reason: "it rounds in its own way, not to fixed binary places",
			rewrite: func(_ *ir.Network, node *ir.Node) { node.Neuron.StateBits = 0 },
		})
	}
	if node.Has(ir.PVMin) {
		vs = append(vs, verdict{
			fidelity: backend.Approximate, reason: "the lower bound of the potential is left out",
			rewrite: func(_ *ir.Network, node *ir.Node) { node.Unset(ir.PVMin) },
		})
	}
	return vs
}

func judgeReset(caps *backend.Caps, node *ir.Node) []verdict {
	r := node.Neuron.Reset
	if slices.Contains(caps.Resets, r) {
		return nil
	}
	if (r == ir.ResetSubtractDelayed || r == ir.ResetSubtractNext) && slices.Contains(caps.Resets, ir.ResetSubtract) {
		return []verdict{{
			fidelity: backend.Approximate, reason: "it subtracts the threshold a step later, the chip at once",
			rewrite: func(_ *ir.Network, node *ir.Node) { node.Neuron.Reset = ir.ResetSubtract },
		}}
	}
	return []verdict{{
		fidelity: backend.Approximate,
		reason:   fmt.Sprintf("it resets by %s, the chip sets the potential to a fixed value; what a spike leaves over is lost", r),
		rewrite:  func(_ *ir.Network, node *ir.Node) { node.Neuron.Reset = ir.ResetZero },
	}}
}

// judgeThreshold compares at what potential a neuron fires. On a chip that
// fires at the threshold, firing above it is the next whole number; the other
// way round the chip's thresholds are too coarse.
func judgeThreshold(caps *backend.Caps, node *ir.Node) []verdict {
	if node.Neuron.Compare == caps.Compare || caps.Compare == ir.GreaterEqual {
		return nil
	}
	return []verdict{{
		fidelity: backend.Approximate,
		reason:   "it fires at the threshold, the chip only above it",
		rewrite:  func(_ *ir.Network, node *ir.Node) { node.Neuron.Compare = ir.Greater },
	}}
}

// judgeLeak refuses populations whose state decays on a chip without decay.
func judgeLeak(caps *backend.Caps, node *ir.Node) []verdict {
	if caps.MaxDecayV > 0 || node.Op == ir.OpIF {
		return nil
	}
	return []verdict{{
		fidelity: backend.Unsupported, hopeless: true,
		reason: "its potential decays by a fraction of itself, the chip's leak is a constant; train the network with integrate-and-fire neurons (IF), or choose a target with decays",
	}}
}

func judgeRefractory(caps *backend.Caps, node *ir.Node) []verdict {
	_, hi := node.P(ir.PRefSteps).Range()
	if hi <= float64(caps.MaxRefractory) {
		return nil
	}
	return []verdict{{
		fidelity: backend.Approximate,
		reason:   fmt.Sprintf("its refractory period of %g steps is cut to the chip's %d", hi, caps.MaxRefractory),
		rewrite: func(_ *ir.Network, node *ir.Node) {
			t := node.P(ir.PRefSteps)
			out := make([]int32, t.Stored())
			for i := range out {
				out[i] = min(t.IntAt(i), caps.MaxRefractory)
			}
			node.Set(ir.PRefSteps, ir.Ints(t.Shape, out))
		},
	}}
}

// checkOutputs refuses outputs that are not spikes of a population.
func checkOutputs(s *State) {
	n := s.Net
	adj := n.Adjacency()
	pops := 0
	for i := range n.Nodes {
		if n.Nodes[i].Op.IsNeuron() {
			pops++
		}
	}
	if pops == 0 {
		s.Diags.Errorf("E0503", n.Name, "add a spiking population", "the network has no population: there is nothing to run on a chip")
		return
	}
	for i := range n.Nodes {
		out := &n.Nodes[i]
		if out.Op != ir.OpOutput {
			continue
		}
		for _, e := range adj.In[i] {
			src := n.Node(n.Edges[e].Src)
			for src.Op == ir.OpFlatten && len(adj.In[src.ID]) == 1 {
				src = n.Node(n.Edges[adj.In[src.ID][0]].Src)
			}
			if src.Op.IsMap() || src.Op == ir.OpInput {
				s.Diags.Errorf("E0503", place(out), "end the network in a spiking population, or read the one before "+src.Name,
					"output %s is fed by %s (%s), not by the spikes of a population", out.Name, src.Name, src.Op)
			}
		}
	}
}
