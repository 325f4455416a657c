package multicast

import (
	"slices"

	"github.com/synfire/synfire/passes/topology"
)

// improve takes out each path between two points where the tree branches, ends
// or has a sink, and joins its end again by a shortest path. It reports whether
// the tree became shorter.
func (r *Router) improve() bool {
	before := len(r.nodes)
	for _, end := range slices.Clone(r.nodes) {
		if r.in(end) && r.up[end] != topology.None && (r.sink[end] || r.kids[end] > 1) {
			r.rejoin(end)
		}
	}
	return len(r.nodes) < before
}

// path is a way down the tree: chips with what leads to each.
type path struct {
	chip, up []int32
	by       []int8
}

// rejoin takes out the path that leads to end and puts back the shortest.
func (r *Router) rejoin(end int32) {
	var old path
	c := end
	for {
		old.chip, old.up, old.by = append(old.chip, c), append(old.up, r.up[c]), append(old.by, r.by[c])
		c = r.up[c]
		if r.kids[c] > 1 || r.sink[c] || r.up[c] == topology.None {
			break
		}
	}
	if len(old.chip) == 1 {
		return // no path is shorter than a link
	}
	r.kids[c]--
	for _, c := range old.chip {
		r.stamp[c] = 0
	}
	r.stamp[end] = r.tree
	r.markLow(end, true)
	r.nodes = slices.DeleteFunc(r.nodes, func(c int32) bool { return !r.in(c) })
	kids := r.kids[end]
	r.nearest(func(c int32) bool { return c == end }) // there is one: the old path
	r.stamp[end] = 0
	length := 0
	for c := end; !r.in(c) || r.low[c]; c = r.from[c] {
		length++
	}
	at := slices.Index(r.nodes, end)
	r.nodes = slices.Delete(r.nodes, at, at+1)
	if length < len(old.chip) {
		r.join(end)
	} else {
		for i := len(old.chip) - 1; i >= 0; i-- {
			r.add(old.chip[i], old.up[i], old.by[i])
		}
	}
	r.kids[end] = kids
	r.markLow(end, false)
}

// markLow marks the part of the tree below a chip, that chip included, or takes
// the marks away. All marks are of one part.
func (r *Router) markLow(top int32, mark bool) {
	if !mark {
		for _, c := range r.nodes {
			r.low[c] = false
		}
		return
	}
	for _, c := range r.nodes {
		if !r.in(c) {
			continue
		}
		up := c
		for up != topology.None && up != top && r.in(up) {
			up = r.up[up]
		}
		r.low[c] = up == top
	}
}
