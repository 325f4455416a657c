package placement

import (
	"cmp"
	"slices"
)

// breadthFirst returns the vertices in the order of a breadth-first search over
// nets: whatever shares a net with a vertex comes soon after it. Among the
// neighbours that a vertex brings in, those in fewer nets come first if thin is
// set (Cuthill and McKee 1969).
func (s *state) breadthFirst(thin bool) []int32 {
	n := s.p.Vertices()
	seen := make([]bool, n)
	done := make([]bool, len(s.nets))
	out := make([]int32, 0, n)
	visit := func(v int32) {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	at := 0
	for start := range int32(n) {
		visit(start)
		for ; at < len(out); at++ {
			first := len(out)
			for _, r := range s.of[out[at]] {
				if done[r.net] {
					continue
				}
				done[r.net] = true
				for _, v := range s.nets[r.net].pins {
					visit(v)
				}
				for _, f := range s.nets[r.net].sources {
					visit(f.vertex)
				}
			}
			if thin {
				slices.SortStableFunc(out[first:], func(a, b int32) int { return cmp.Compare(len(s.of[a]), len(s.of[b])) })
			}
		}
	}
	return out
}

// fill puts vertices in their order on chips in theirs, on the first chip with
// room from that of the vertex before. It returns false if a vertex finds none.
func (s *state) fill(vertices, chips []int32) ([]int32, bool) {
	out := make([]int32, len(vertices))
	free := make([][]int32, len(s.p.Room))
	for r := range free {
		free[r] = slices.Clone(s.p.Room[r])
	}
	at := 0
	for _, v := range vertices {
		fits := func(c int32) bool {
			for r := range free {
				if free[r][c] < s.p.Need[r][v] {
					return false
				}
			}
			return true
		}
		next := slices.IndexFunc(chips[at:], fits)
		if next >= 0 {
			at += next
		} else if at = slices.IndexFunc(chips, fits); at < 0 {
			return nil, false
		}
		out[v] = chips[at]
		for r := range free {
			free[r][chips[at]] -= s.p.Need[r][v]
		}
	}
	return out, true
}
