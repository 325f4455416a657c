package passes

import (
	"math"
	"slices"
	"strings"

	"github.com/synfire/synfire/ir"
)

// preset says how a framework steps a NIR network. Source: specs/nir.md
// sections 2.1 and 3.2, where each rule was confirmed by traces.
type preset struct {
	Name       string
	Integrator ir.Integrator
	Reset      ir.Reset
	Subtract   ir.Reset // how this framework subtracts, if not plainly
	// SubtractLIF is the same for neurons without a synaptic current.
	SubtractLIF ir.Reset
	Compare     ir.Compare
	Current     ir.CurrentOrder
	StateBits   int8
	LateBias    bool // a recurrent map is not evaluated in the first step
	Quirk       func(*State)
}

var presets = []preset{
	{Name: "snntorch", Integrator: ir.Euler, Current: ir.CurrentNew, Subtract: ir.ResetSubtractDelayed},
	{Name: "norse", Integrator: ir.Euler, Current: ir.CurrentNew, LateBias: true},
	{Name: "spyx", Integrator: ir.Euler, Current: ir.CurrentNew, Reset: ir.ResetSubtract, SubtractLIF: ir.ResetSubtractNext},
	{Name: "spinnaker2", Integrator: ir.Euler, Current: ir.CurrentNew, Quirk: int8Weights},
	{Name: "lava", Integrator: ir.Euler, Current: ir.CurrentNew, Reset: ir.ResetZero, StateBits: 12, Quirk: dropRecurrentBias},
	{Name: "sinabs", Integrator: ir.ExpUnit, Current: ir.CurrentNew, Reset: ir.ResetSubtract, Quirk: sinabsRules},
}

// Compats lists the names that --compat takes.
func Compats() []string {
	names := make([]string, len(presets))
	for i := range presets {
		names[i] = presets[i].Name
	}
	return names
}

func presetFor(s *State) (*preset, bool) {
	if s.Opt.Compat == "" {
		return &preset{}, true
	}
	i := slices.IndexFunc(presets, func(p preset) bool { return p.Name == s.Opt.Compat })
	if i < 0 {
		s.Diags.Errorf("E0410", "", "one of "+strings.Join(Compats(), ", "), "there is no preset %q", s.Opt.Compat)
		return nil, false
	}
	s.Net.Note("compat", "stepped as %s steps a NIR network", s.Opt.Compat)
	return &presets[i], true
}

// int8Weights rounds weights as SpiNNaker2's converter does: to 8 bits,
// toward zero, with one scale for all maps into a population; the state stays
// real.
func int8Weights(s *State) {
	n := s.Net
	ps, err := n.Projections()
	if err != nil {
		s.Diags.Errorf("E0404", "", "", "%v", err)
		return
	}
	most := make([]float64, len(n.Nodes)) // by population
	into := make([]ir.NodeID, len(n.Nodes))
	for i := range into {
		into[i] = ir.NoNode
	}
	for _, p := range ps {
		for _, id := range p.Maps {
			if node := n.Node(id); node.Op.Weighted() {
				lo, hi := node.P(ir.WeightKey(node.Op)).Range()
				most[p.Dst] = max(most[p.Dst], -lo, hi)
				into[id] = p.Dst
			}
		}
	}
	for id, dst := range into {
		if dst == ir.NoNode || most[dst] == 0 {
			continue
		}
		node := n.Node(ir.NodeID(id))
		key := ir.WeightKey(node.Op)
		step := most[dst] / 127
		node.Set(key, node.P(key).Map(func(w float64) float64 { return math.Trunc(w/step) * step }))
	}
}

// dropRecurrentBias removes the bias of maps on a cycle, which lava's importer
// loses.
func dropRecurrentBias(s *State) {
	n := s.Net
	for _, id := range canonical(n) {
		node := n.Node(id)
		if node.Op.IsMap() && node.Has(ir.PBias) && onCycle(n, node.ID) {
			node.Unset(ir.PBias)
			s.Net.Note("compat", "the bias of the recurrent map %s is left out, as lava does", node.Name)
		}
	}
}

// onCycle tells whether a node can reach itself.
func onCycle(n *ir.Network, id ir.NodeID) bool {
	adj := n.Adjacency()
	seen := make([]bool, len(n.Nodes))
	stack := []ir.NodeID{id}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, e := range adj.Out[at] {
			dst := n.Edges[e].Dst
			if dst == id {
				return true
			}
			if !seen[dst] {
				seen[dst] = true
				stack = append(stack, dst)
			}
		}
	}
	return false
}

// sinabsRules: time constants of one or more are in steps, a leak is refused,
// and IF potentials stay above minus the threshold.
func sinabsRules(s *State) {
	for i := range s.Net.Nodes {
		node := &s.Net.Nodes[i]
		if node.Op == ir.OpLIF || node.Op == ir.OpLI {
			if lo, _ := node.P(ir.PTau).Range(); lo >= 1 {
				node.Set(ir.PTau, node.P(ir.PTau).Map(func(t float64) float64 { return t * s.Net.DT }))
				s.Net.Note("compat", "time constants of 1 or more are in steps, as sinabs exports them")
			}
			if !allZero(node.P(ir.PVLeak)) {
				s.Diags.Errorf("E0414", place(node), "leave --compat out", "%s: sinabs has no resting potential other than 0", node.Name)
			}
		}
		if node.Op == ir.OpIF {
			node.Set(ir.PVMin, node.P(ir.PVThreshold).Map(func(v float64) float64 { return -v }))
		}
	}
}
