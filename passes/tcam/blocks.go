package tcam

import (
	"cmp"
	"slices"
)

// blocks merges runs of patterns that go one way into aligned power-of-two
// ranges that reach no pattern of another way; it takes time n log n, so it
// comes first for huge tables. It returns false if a pattern is not a range.
// Patterns of different ways must be disjoint.
func blocks(ps []pattern) ([]pattern, bool) {
	for _, p := range ps {
		if !p.isRange() {
			return nil, false
		}
	}
	ps = slices.Clone(ps)
	slices.SortStableFunc(ps, func(a, b pattern) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.mask, b.mask))
	})
	var out []pattern
	free := uint64(0) // keys from here on are in no other way's pattern
	for i := 0; i < len(ps); {
		j, end := i, uint64(0)
		for j < len(ps) && ps[j].route == ps[i].route && ps[j].none == ps[i].none {
			end = max(end, ps[j].end())
			j++
		}
		limit := uint64(1) << 32
		if j < len(ps) {
			limit = uint64(ps[j].key)
		}
		out = mergeRun(out, ps[i:j], free, limit)
		free, i = end, j
	}
	return out, true
}

// mergeRun appends blocks between the keys from and to that hold the patterns of
// a run, tight around what they hold.
func mergeRun(out, run []pattern, from, to uint64) []pattern {
	for k := 0; k < len(run); {
		b := run[k]
		if b.optional {
			out = append(out, b)
			k++
			continue
		}
		start, size := uint64(b.key), uint64(^b.mask)+1
		for {
			wider := start &^ (2*size - 1)
			if wider < from || wider+2*size > to {
				break
			}
			start, size = wider, 2*size
		}
		for ; k < len(run) && uint64(run[k].key) < start+size; k++ {
			b.cube = b.join(run[k].cube)
		}
		out = append(out, b)
		from = start + size
	}
	return out
}
