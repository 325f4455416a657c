package tcam

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// Options say what a compression is for.
type Options struct {
	Rules
	// Target is a number of entries that is few enough: the work ends as soon
	// as the table has no more. 0 asks for as few as can be found.
	Target int
	// Effort multiplies the time that goes into a search for a better order; 0
	// is 1.
	Effort int
}

// A Result is a compressed table, verified equal to its original.
type Result struct {
	Entries []Entry
	// Method says what made the smallest table, in words.
	Method string
	// Defaulted is how many entries of the original are left to default-routing,
	// whole or in part.
	Defaulted int
}

const (
	// coverWork bounds the comparisons of cubes that each method may make.
	coverWork = 5e8
	// searchWork bounds those of the search for a better order, by entry of the
	// original up to searchEntries of them.
	searchWork, searchEntries = 8000, 5000
	// blocksOnly is the size from which on a table is first merged by ranges.
	blocksOnly = 6000
)

// Compress returns a table with the same meaning (see [Verify]) and at most as
// many entries, deterministically. It tries merging of pairs and growing of
// cubes, each on the entries and on blocks of neighbouring ones, with and
// without entries for what default-routing does, and keeps the smallest. A
// table that is too tangled to be improved is returned as it is.
//
// The error is that of ctx, or an error that the result was not equal: that is
// a defect of this package, and no table is returned.
func Compress(ctx context.Context, table []Entry, opt Options) (*Result, error) {
	best := &Result{Entries: slices.Clone(table), Method: "as it was"}
	if opt.Target > 0 && len(table) <= opt.Target || len(table) == 0 {
		return best, ctx.Err()
	}
	if ps, ok := patterns(ctx, table, opt.Rules); ok {
		a, method := smallest(ctx, ps, opt)
		if a.size < len(table) {
			best = assemble(a, table, opt.Rules)
			best.Method = method
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if slices.Equal(table, best.Entries) {
		return best, nil
	}
	switch err := Verify(ctx, table, best.Entries, opt.Rules); {
	case errors.Is(err, ErrTangled): // what cannot be proven is not used
		return &Result{Entries: slices.Clone(table), Method: "as it was"}, nil
	case err != nil:
		return nil, fmt.Errorf("a table of %d entries was compressed to %d: %w", len(table), len(best.Entries), err)
	}
	return best, nil
}

// A method is a way to compress.
type method struct {
	name     string
	cover    coverer
	blocks   bool
	defaults bool // default-routed keys need no entries
}

var methods = []method{
	{"pairs, defaults removed", mergePairs, false, true},
	{"pairs", mergePairs, false, false},
	{"ranges and pairs, defaults removed", mergePairs, true, true},
	{"ranges and pairs", mergePairs, true, false},
	{"grown cubes, defaults removed", growAndChoose, false, true},
	{"grown cubes", growAndChoose, false, false},
	{"ranges and grown cubes, defaults removed", growAndChoose, true, true},
	{"ranges and grown cubes", growAndChoose, true, false},
}

// smallest tries the methods, then to improve on the order of the best.
func smallest(ctx context.Context, ps []pattern, opt Options) (arrangement, string) {
	var best arrangement
	var by *method
	merged, ranges := blocks(ps)
	s := solver{target: opt.Target, meter: &meter{ctx: ctx}}
	for i := range methods {
		m := &methods[i]
		if by != nil && best.size <= opt.Target || m.blocks && !ranges || !m.blocks && ranges && len(ps) > blocksOnly {
			continue
		}
		from := ps
		if m.blocks {
			from = merged
		}
		var ways []class
		ways, s.never = classes(from)
		for c := range ways {
			if !m.defaults {
				ways[c].must = len(ways[c].cubes)
			}
		}
		s.meter.left = coverWork
		if a := s.arrange(arrangement{bare: s.never}, ways, m.cover); by == nil || a.size < best.size {
			best, by = a, m
		}
	}
	s.meter.left = searchWork * int64(min(len(ps), searchEntries)) * int64(max(1, opt.Effort))
	return s.search(best, by.cover), by.name
}

// assemble writes an arrangement as a table.
func assemble(a arrangement, table []Entry, rules Rules) *Result {
	order := make([]int, len(table))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(table[i].Route, table[j].Route) })
	r := &Result{Entries: make([]Entry, 0, a.size)}
	matched := make([]bool, len(table))
	for c, cubes := range a.cubes {
		route := a.classes[c].route
		first, _ := slices.BinarySearchFunc(order, route, func(i int, r uint32) int { return cmp.Compare(table[i].Route, r) })
		for _, d := range cubes {
			e := Entry{Key: d.key, Mask: d.mask, Route: route}
			known := true
			for k := first; k < len(order) && table[order[k]].Route == route; k++ {
				if from := &table[order[k]]; d.meets(from.cube()) {
					e.Sources |= from.Sources
					known = known && from.Sources != 0
					matched[order[k]] = true
				}
			}
			if !known {
				e.Sources = 0
			}
			r.Entries = append(r.Entries, e)
		}
	}
	for i, ok := range matched {
		if !ok && table[i].Defaultable(rules.Links) {
			r.Defaulted++
		}
	}
	return r
}
