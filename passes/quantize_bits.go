package passes

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

// checkBits reports widths that the target does not have, and names in
// Options.BitsBy that mean nothing.
func checkBits(s *State, ps []ir.Projection) bool {
	return checkBitsAmong(s, ps, s.caps().WeightBits, s.Target.Name(), false)
}

// checkBitsAmong is checkBits for the widths of whoever is named; byInput says
// that inputs can have widths of their own.
func checkBitsAmong(s *State, ps []ir.Projection, widths []int, who string, byInput bool) bool {
	names := map[string]bool{}
	for i := range ps {
		if p := &ps[i]; s.Net.Node(p.Dst).Op.IsNeuron() {
			names[s.Net.Node(p.Dst).Name] = true
			names[s.Net.Node(p.Maps[weightAt(s.Net, p)]).Name] = true
		}
	}
	has := "it has " + strings.Trim(strings.ReplaceAll(fmt.Sprint(widths), " ", ", "), "[]")
	check := func(name string, bits quantize.Bits) {
		switch {
		case bits.IsMean() && !byInput:
			s.Diags.Errorf("E0433", name, has, "%s has one width for a projection, so %v bits cannot be a mean over its inputs", who, bits)
		case bits.IsMean() && s.Opt.Calibration == nil:
			s.Diags.Errorf("E0433", name, "add --calibrate FILE, or take a whole number of bits", "%v bits are a mean over inputs, which need samples to show what they matter", bits)
		case !bits.IsMean() && !slices.Contains(widths, int(bits)):
			s.Diags.Errorf("E0433", name, has, "%s has no weights of %v bits", who, bits)
		}
	}
	for _, bits := range []quantize.Bits{s.Opt.Bits, s.Opt.ReadoutBits} {
		if bits != 0 {
			check("", bits)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Opt.BitsBy)) {
		check(name, s.Opt.BitsBy[name])
		if !names[name] {
			s.Diags.Errorf("E0433", name, "name a map or its target population: "+strings.Join(slices.Sorted(maps.Keys(names)), ", "),
				"there is no projection %q to give %v bits", name, s.Opt.BitsBy[name])
		}
	}
	return !s.Diags.HasErrors()
}

// checkDecayBits reports what Options.DecayBits says of populations that there
// are not.
func checkDecayBits(s *State) bool {
	var names []string
	for _, id := range canonical(s.Net) {
		if node := s.Net.Node(id); node.Op.IsNeuron() {
			names = append(names, node.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Opt.DecayBits)) {
		if name != "" && !slices.Contains(names, name) {
			s.Diags.Errorf("E0434", name, "the populations are: "+strings.Join(names, ", "), "there is no population %q to coarsen the decay of", name)
		}
	}
	return !s.Diags.HasErrors()
}

// bits returns the weight width of projection i.
func (q *populationQuantizer) bits(i int) int {
	if i < len(q.in) {
		return int(q.s.bits(q.in[i], q.caps.WeightBits))
	}
	return int(q.s.bits(nil, q.caps.WeightBits))
}

// bits returns the weight width that the options give a projection, the widest
// of widths if they do not say.
func (s *State) bits(p *ir.Projection, widths []int) quantize.Bits {
	widest := quantize.Bits(slices.Max(widths))
	bits := s.Opt.Bits
	if p != nil {
		if s.Opt.ReadoutBits != 0 && isReadout(s.Net, p.Dst) {
			bits = s.Opt.ReadoutBits
		}
		names := []string{s.Net.Node(p.Dst).Name, s.Net.Node(p.Maps[weightAt(s.Net, p)]).Name}
		for _, name := range names {
			if b, ok := s.Opt.BitsBy[name]; ok {
				bits = b
			}
		}
	}
	if bits == 0 {
		bits = widest
	}
	return min(bits, widest)
}

// isReadout tells whether an output reads a population, if only by way of maps.
func isReadout(n *ir.Network, id ir.NodeID) bool {
	for _, e := range n.Edges {
		if e.Src != id {
			continue
		}
		dst := n.Node(e.Dst)
		if dst.Op == ir.OpOutput || dst.Op.IsMap() && isReadout(n, e.Dst) {
			return true
		}
	}
	return false
}
