// Package multicast finds trees of links by which packets go from one chip to
// several, around dead chips and links.
//
// A tree grows from its source: the sink that is nearest to it is joined by a
// shortest path over live links, until none is left, which is the heuristic of
// Takahashi and Matsuyama for Steiner trees. On an undamaged machine that makes
// the choices of neighbour-exchange routing (Navaridas et al. 2014; specs/
// spinnaker1.md 4.1) with an exact search in place of longest-dimension-first
// routes and detours. Among shortest paths the straighter one is taken, because
// a router needs no entry for what goes straight on. Then each path between two
// branching points is taken out and put back where it is shortest.
package multicast

import (
	"fmt"
	"math/bits"

	"github.com/synfire/synfire/passes/topology"
)

// A Node is a chip that a tree reaches.
type Node struct {
	Chip int32
	// In is the link by which packets come in, in the numbering of this chip;
	// -1 where they are sent.
	In int8
	// Out is the set of links by which they go on.
	Out uint32
}

// A Tree is the way of one net: the source first, then every chip after the one
// it is reached from. It has one link less than nodes.
type Tree []Node

// Hops returns the number of links.
func (t Tree) Hops() int { return max(0, len(t)-1) }

// Unreachable says that no live links lead from one chip to another.
type Unreachable struct {
	From, To string
	Dead     bool // To, or From, is a dead chip
}

func (e *Unreachable) Error() string {
	if e.Dead {
		return fmt.Sprintf("there is no way from chip %s to chip %s: one of them is dead", e.From, e.To)
	}
	return fmt.Sprintf("there is no way from chip %s to chip %s: dead chips or links cut it off", e.From, e.To)
}

// A Router finds trees on one grid. It holds scratch space; one goroutine may
// use it at a time.
type Router struct {
	grid *topology.Grid
	// Of the tree that is being built: stamp is the number of the tree that a
	// chip was last in, up the chip it is reached from and in the link of that
	// chip; kids counts what is reached from it, sink whether it is one.
	stamp, up, kids []int32
	by              []int8
	sink            []bool
	out             []uint32
	tree            int32
	nodes           []int32
	low             []bool // chips of the part that is to be joined again
	// Of the search: the number of the search that saw a chip, where from.
	seen, from []int32
	fromBy     []int8
	search     int32
	queue      []int32
}

// NewRouter returns a router for a grid, which must not change any more.
func NewRouter(g *topology.Grid) *Router {
	n := g.Chips()
	return &Router{
		grid: g, stamp: make([]int32, n), up: make([]int32, n), kids: make([]int32, n), by: make([]int8, n),
		sink: make([]bool, n), low: make([]bool, n), out: make([]uint32, n), seen: make([]int32, n), from: make([]int32, n), fromBy: make([]int8, n),
	}
}

// Route returns a tree from source to every sink. The order of sinks and double
// ones do not matter; the source may be one. The error is an *[Unreachable].
func (r *Router) Route(source int32, sinks []int32) (Tree, error) {
	r.tree++
	r.nodes = r.nodes[:0]
	r.add(source, topology.None, -1)
	distinct, left := 0, 0
	for _, s := range sinks {
		if !r.grid.Alive(s) || !r.grid.Alive(source) {
			r.forget(sinks)
			return nil, &Unreachable{r.grid.Name(source), r.grid.Name(s), true}
		}
		if !r.sink[s] {
			r.sink[s] = true
			if s != source {
				left++
			}
		}
	}
	for distinct = left; left > 0; left-- {
		to := r.nearest(func(c int32) bool { return r.sink[c] })
		if to == topology.None {
			err := r.cutOff(source, sinks)
			r.forget(sinks)
			return nil, err
		}
		r.join(to)
	}
	for len(r.nodes)-1 > distinct && r.improve() {
	}
	r.forget(sinks)
	return r.result(), nil
}

func (r *Router) forget(sinks []int32) {
	for _, s := range sinks {
		r.sink[s] = false
	}
}

func (r *Router) cutOff(source int32, sinks []int32) error {
	for _, s := range sinks {
		if r.stamp[s] != r.tree {
			return &Unreachable{r.grid.Name(source), r.grid.Name(s), false}
		}
	}
	return nil
}

func (r *Router) in(c int32) bool { return r.stamp[c] == r.tree }

func (r *Router) add(c, up int32, by int8) {
	r.stamp[c], r.up[c], r.by[c], r.kids[c] = r.tree, up, by, 0
	r.nodes = append(r.nodes, c)
	if up != topology.None {
		r.kids[up]++
	}
}

// nearest searches outwards from the tree, breadth first, for a chip that is
// wanted, and returns it or [topology.None].
func (r *Router) nearest(want func(int32) bool) int32 {
	r.search++
	r.queue = r.queue[:0]
	for _, c := range r.nodes {
		if !r.low[c] {
			r.seen[c] = r.search
			r.queue = append(r.queue, c)
		}
	}
	for at := 0; at < len(r.queue); at++ {
		c := r.queue[at]
		for l := range r.grid.Links {
			n := r.grid.Next(c, l)
			if n == topology.None || r.seen[n] == r.search || r.low[n] && !want(n) {
				continue
			}
			r.seen[n], r.from[n], r.fromBy[n] = r.search, c, int8(l)
			if want(n) {
				return n
			}
			r.queue = append(r.queue, n)
		}
	}
	return topology.None
}

// join adds the path that the search found to a chip.
func (r *Router) join(to int32) {
	r.queue = r.queue[:0]
	c := to
	for ; !r.in(c); c = r.from[c] {
		r.queue = append(r.queue, c)
	}
	for i := len(r.queue) - 1; i >= 0; i-- {
		c := r.queue[i]
		r.add(c, r.from[c], r.fromBy[c])
	}
}

// result lists the tree from its source.
func (r *Router) result() Tree {
	for _, c := range r.nodes {
		if up := r.up[c]; up != topology.None {
			r.out[up] |= 1 << r.by[c]
		}
	}
	t := make(Tree, 0, len(r.nodes))
	t = append(t, Node{Chip: r.nodes[0], In: -1, Out: r.out[r.nodes[0]]})
	for at := 0; at < len(t); at++ {
		for out := t[at].Out; out != 0; out &= out - 1 {
			link := bits.TrailingZeros32(out)
			n := r.grid.Next(t[at].Chip, link)
			t = append(t, Node{Chip: n, In: int8(r.grid.Opposite(link)), Out: r.out[n]})
		}
	}
	for _, c := range r.nodes {
		r.out[c] = 0
	}
	return t
}
