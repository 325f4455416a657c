package tcam

import (
	"cmp"
	"context"
	"slices"
)

// A class is what goes one way. Entries of different classes have no key in
// common.
type class struct {
	route uint32
	// cubes[:must] need an entry. The others are default-routed: they have an
	// entry of this class or none, which comes to the same.
	cubes []cube
	must  int
	// least is the value of must if nothing that is default-routed has to have
	// an entry.
	least int
}

// A pattern is an entry of the original table, or what earlier entries leave
// of one.
type pattern struct {
	cube
	route          uint32
	optional, none bool
}

// differs reports whether it matters which of two patterns comes first.
func (p pattern) differs(q pattern) bool {
	return p.route != q.route || p.optional != q.optional || p.none != q.none
}

// patterns returns the table as cubes whose order does not matter, or false if
// that would take too many.
func patterns(ctx context.Context, table []Entry, rules Rules) ([]pattern, bool) {
	ps := make([]pattern, len(table))
	for i, e := range table {
		ps[i] = pattern{cube: e.cube(), route: e.Route, optional: e.Defaultable(rules.Links)}
	}
	work := patternWork
	if ordered(ps, cube{}, &work) {
		var ok bool
		if ps, ok = disjoint(ctx, ps); !ok {
			return nil, false
		}
	}
	if rules.Unlisted {
		free, ok := freeCubes(nil, ps, cube{}, maxFragments(len(table)))
		if !ok {
			return nil, false
		}
		for _, c := range free {
			ps = append(ps, pattern{cube: c, optional: true, none: true})
		}
	}
	return ps, true
}

const (
	// patternWork bounds the patterns that the search for overlaps looks at.
	patternWork = 1 << 28
	// disjointLimit is the longest table whose overlaps are taken apart.
	disjointLimit = 1 << 14
)

func maxFragments(n int) int { return 8*n + 1<<15 }

// ordered reports whether the order of the patterns matters: two that differ
// have a key in common. All patterns meet c. Out of work it says yes.
func ordered(ps []pattern, c cube, work *int) bool {
	if len(ps) < 2 {
		return false
	}
	if *work -= len(ps); *work < 0 {
		return true
	}
	open := ps[0].mask &^ c.mask
	if open == 0 {
		return slices.ContainsFunc(ps[1:], ps[0].differs)
	}
	bit := topBit(open)
	for value := range uint32(2) {
		side := c.half(bit, value)
		var in []pattern
		for _, p := range ps {
			if p.meets(side) {
				in = append(in, p)
			}
		}
		if ordered(in, side, work) {
			return true
		}
	}
	return false
}

// disjoint takes from each pattern what earlier ones that differ match.
func disjoint(ctx context.Context, ps []pattern) ([]pattern, bool) {
	if len(ps) > disjointLimit {
		return nil, false
	}
	var out []pattern
	var rest, next []cube
	for i, p := range ps {
		if ctx.Err() != nil {
			return nil, false
		}
		rest = append(rest[:0], p.cube)
		for _, q := range ps[:i] {
			if !p.differs(q) || !p.meets(q.cube) {
				continue
			}
			next = next[:0]
			for _, c := range rest {
				next = c.minus(next, q.cube)
			}
			rest, next = next, rest
			if len(out)+len(rest) > maxFragments(len(ps)) {
				return nil, false
			}
		}
		for _, c := range rest {
			q := p
			q.cube = c
			out = append(out, q)
		}
	}
	return out, true
}

// freeCubes appends cubes that hold the keys of c that no pattern matches, or
// returns false if they become more than limit. All patterns meet c.
func freeCubes(out []cube, ps []pattern, c cube, limit int) ([]cube, bool) {
	if len(ps) == 0 {
		return append(out, c), len(out) < limit
	}
	if slices.ContainsFunc(ps, func(p pattern) bool { return p.holds(c) }) {
		return out, true
	}
	bit := topBit(ps[0].mask &^ c.mask)
	ok := true
	for value := uint32(0); value < 2 && ok; value++ {
		side := c.half(bit, value)
		var in []pattern
		for _, p := range ps {
			if p.meets(side) {
				in = append(in, p)
			}
		}
		out, ok = freeCubes(out, in, side, limit)
	}
	return out, ok
}

// classes gathers patterns by where they go, the smallest class first, and
// returns apart what no entry may match.
func classes(ps []pattern) (ways []class, never []cube) {
	index := map[uint32]int{}
	for _, optional := range []bool{false, true} {
		for _, p := range ps {
			if p.optional != optional {
				continue
			}
			if p.none {
				never = append(never, p.cube)
				continue
			}
			i, ok := index[p.route]
			if !ok {
				i = len(ways)
				index[p.route] = i
				ways = append(ways, class{route: p.route})
			}
			ways[i].cubes = append(ways[i].cubes, p.cube)
			if !optional {
				ways[i].least++
				ways[i].must++
			}
		}
	}
	slices.SortStableFunc(ways, func(a, b class) int { return cmp.Compare(len(a.cubes), len(b.cubes)) })
	return ways, never
}
