package tcam

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
)

// A meter counts the comparisons of cubes, which is what bounds the time of a
// compression: the same table takes the same decisions on every machine.
type meter struct {
	ctx  context.Context
	left int64
}

// out reports whether there is nothing left to spend.
func (m *meter) out() bool { return m.left <= 0 || m.ctx.Err() != nil }

// hits reports whether a key of c is in one of the cubes, and brings that one to
// the front: what is in the way of one merge is often in the way of the next.
func (m *meter) hits(of []cube, c cube) bool {
	for i := range of {
		if (c.key^of[i].key)&c.mask&of[i].mask == 0 {
			m.left -= int64(i) + 1
			of[0], of[i] = of[i], of[0]
			return true
		}
	}
	m.left -= int64(len(of)) + 1
	return false
}

// A coverer finds few cubes that together hold every cube of on and meet none
// of off. It may change the order of off. Out of work it returns what it has,
// which is right and larger.
type coverer func(m *meter, on, off []cube) []cube

// whole returns the one cube that holds all of on, if it is free of off.
func whole(m *meter, on, off []cube) (all cube, ok bool) {
	all = on[0]
	for _, c := range on[1:] {
		all = all.join(c)
	}
	return all, !m.hits(off, all)
}

// mergePairs joins each cube with the first later one that it can be joined
// with, until none can.
func mergePairs(m *meter, on, off []cube) []cube {
	if len(on) == 0 {
		return nil
	}
	if all, ok := whole(m, on, off); ok {
		return []cube{all}
	}
	on = slices.Clone(on)
	var out []cube
	for i, c := range on {
		merged := false
		for j := i + 1; j < len(on) && !m.out(); j++ {
			if both := c.join(on[j]); !m.hits(off, both) {
				on[j], merged = both, true
				break
			}
		}
		if !merged {
			out = append(out, c)
		}
	}
	return out
}

// growAndChoose is the expansion and the irredundant cover of two-level logic
// minimisation (Brayton et al., "Logic Minimization Algorithms for VLSI
// Synthesis", 1984): each cube of on grows by its nearest neighbours as long as
// nothing of off is in the way, then few of the grown cubes are chosen.
func growAndChoose(m *meter, on, off []cube) []cube {
	if len(on) == 0 {
		return nil
	}
	if all, ok := whole(m, on, off); ok {
		return []cube{all}
	}
	g := grower{m: m, on: on, off: off}
	pool := make([]cube, 0, len(on))
	for _, c := range on {
		pool = append(pool, g.grow(c))
	}
	return choose(m, on, pool)
}

type grower struct {
	m       *meter
	on, off []cube
	cand    []int32
	near    [33][]int32 // candidates by the number of bits that joining frees
}

func (g *grower) grow(c cube) cube {
	g.cand = g.cand[:0]
	for i := range g.on {
		g.cand = append(g.cand, int32(i))
	}
	for !g.m.out() {
		g.sort(c)
		grown := false
		for d := 1; d < len(g.near); d++ {
			for _, i := range g.near[d] {
				if grown {
					g.cand = append(g.cand, i)
				} else if both := c.join(g.on[i]); !g.m.hits(g.off, both) {
					c, grown = both, true
				}
				// What is in the way once stays in the way: no candidate any more.
			}
		}
		if !grown {
			break
		}
	}
	return c
}

// sort distributes the candidates by their distance from c, without those that
// c holds.
func (g *grower) sort(c cube) {
	for d := range g.near {
		g.near[d] = g.near[d][:0]
	}
	for _, i := range g.cand {
		d := bits.OnesCount32(c.mask &^ c.join(g.on[i]).mask)
		g.near[d] = append(g.near[d], i)
	}
	g.m.left -= int64(len(g.cand))
	g.cand = g.cand[:0]
}

// choose picks cubes of the pool that together hold all of on: the one that
// holds most of what is left first. Then it drops those that became redundant.
func choose(m *meter, on, pool []cube) []cube {
	slices.SortFunc(pool, func(a, b cube) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.mask, b.mask))
	})
	pool = slices.Compact(pool)
	held := make([][]int32, len(pool))
	gain := make([]int, len(pool)) // at most so many are held that no other holds
	for p, c := range pool {
		for i, o := range on {
			if c.holds(o) {
				held[p] = append(held[p], int32(i))
			}
		}
		gain[p] = len(held[p])
	}
	m.left -= int64(len(pool)) * int64(len(on))
	times := make([]int32, len(on))
	var chosen []int
	for left := len(on); left > 0; {
		best := mostGain(held, gain, times)
		for _, i := range held[best] {
			if times[i]++; times[i] == 1 {
				left--
			}
		}
		gain[best] = 0
		chosen = append(chosen, best)
	}
	var out []cube
	for _, p := range slices.Backward(chosen) {
		if slices.ContainsFunc(held[p], func(i int32) bool { return times[i] == 1 }) {
			out = append(out, pool[p])
			continue
		}
		for _, i := range held[p] {
			times[i]--
		}
	}
	return out
}

// mostGain returns the cube that holds most of what is not held yet. Gains only
// fall, so one that is stale is brought up to date when it would win.
func mostGain(held [][]int32, gain []int, times []int32) int {
	best := -1
	for p := range gain {
		if gain[p] == 0 || best >= 0 && gain[p] <= gain[best] {
			continue
		}
		gain[p] = 0
		for _, i := range held[p] {
			if times[i] == 0 {
				gain[p]++
			}
		}
		if gain[p] > 0 && (best < 0 || gain[p] > gain[best]) {
			best = p
		}
	}
	return best
}
