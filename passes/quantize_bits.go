package passes

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/synfire/synfire/ir"
)

// checkBits reports widths that the target does not have, and names in
// Options.BitsBy that mean nothing.
func checkBits(s *State, ps []ir.Projection) bool {
	widths := s.caps().WeightBits
	names := map[string]bool{}
	for i := range ps {
		if p := &ps[i]; s.Net.Node(p.Dst).Op.IsNeuron() {
			names[s.Net.Node(p.Dst).Name] = true
			names[s.Net.Node(p.Maps[weightAt(s.Net, p)]).Name] = true
		}
	}
	check := func(name string, bits int) {
		if !slices.Contains(widths, bits) {
			s.Diags.Errorf("E0433", name, fmt.Sprintf("one of %v", widths), "%s has no weights of %d bits", s.Target.Name(), bits)
		}
	}
	if s.Opt.Bits != 0 {
		check("", s.Opt.Bits)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Opt.BitsBy)) {
		check(name, s.Opt.BitsBy[name])
		if !names[name] {
			s.Diags.Errorf("E0433", name, "name a map or its target population: "+strings.Join(slices.Sorted(maps.Keys(names)), ", "),
				"there is no projection %q to give %d bits", name, s.Opt.BitsBy[name])
		}
	}
	return !s.Diags.HasErrors()
}

// bits returns the weight width of projection i.
func (q *populationQuantizer) bits(i int) int {
	widest := 0
	for _, b := range q.caps.WeightBits {
		widest = max(widest, b)
	}
	bits := q.s.Opt.Bits
	if i < len(q.in) {
		p := q.in[i]
		names := []string{q.node.Name, q.s.Net.Node(p.Maps[weightAt(q.s.Net, p)]).Name}
		for _, name := range names {
			if b, ok := q.s.Opt.BitsBy[name]; ok {
				bits = b
			}
		}
	}
	if bits == 0 {
		bits = widest
	}
	return min(bits, widest)
}
