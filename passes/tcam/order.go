package tcam

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A solver turns classes into a table. Earlier classes win, so a class need not
// mind them: in its way is only what comes later and what no entry may match.
type solver struct {
	meter  *meter
	never  []cube // keys that no entry may match
	target int    // entries that are few enough
}

// An arrangement is an order of classes and the cubes that each became.
type arrangement struct {
	classes []class
	cubes   [][]cube
	bare    []cube // default-routed keys that no class matches, and never
	marks   []int  // by class: the length of bare before it
	size    int    // number of cubes
}

// first returns the arrangement of the first k classes.
func (a *arrangement) first(k int) arrangement {
	head := arrangement{classes: a.classes[:k], cubes: a.cubes[:k], marks: a.marks[:k], bare: a.bare}
	if k < len(a.marks) {
		head.bare = a.bare[:a.marks[k]]
	}
	for _, c := range head.cubes {
		head.size += len(c)
	}
	return head
}

// arrange covers classes in their order after those of head. Once the whole has
// at most target entries the remaining cubes stay as they are.
func (s *solver) arrange(head arrangement, tail []class, cover coverer) arrangement {
	a := arrangement{
		classes: append(slices.Clip(head.classes), tail...),
		cubes:   slices.Clip(head.cubes),
		bare:    slices.Clip(head.bare),
		marks:   slices.Clip(head.marks),
		size:    head.size,
	}
	left := 0
	for i := range tail {
		left += tail[i].must
	}
	var off []cube
	for i := range tail {
		c := &tail[i]
		cubes := c.cubes[:c.must]
		if a.size+left > s.target && !s.meter.out() {
			off = append(off[:0], a.bare...)
			for j := range tail[i+1:] {
				off = append(off, tail[i+1+j].cubes...)
			}
			cubes = cover(s.meter, cubes, off)
		}
		a.marks = append(a.marks, len(a.bare))
		for _, d := range c.cubes[c.must:] {
			if !slices.ContainsFunc(cubes, func(c cube) bool { return c.holds(d) }) {
				a.bare = append(a.bare, d)
			}
		}
		s.meter.left -= classWork + int64(len(off)) + int64(len(cubes))*int64(len(c.cubes)-c.must)
		a.cubes = append(a.cubes, cubes)
		a.size += len(cubes)
		left -= c.must
	}
	return a
}

// search looks for a better order at random, always the same way for the same
// table: a class moves to another place, or gives entries to its default-routed
// keys or takes them away, as long as that does not make the table longer.
func (s *solver) search(best arrangement, cover coverer) arrangement {
	n := len(best.classes)
	if best.size <= n {
		return best
	}
	random := rand.New(rand.NewPCG(uint64(n), uint64(best.size)))
	for n > 1 {
		s.meter.left -= attemptWork
		if s.meter.out() || best.size <= s.target {
			break
		}
		// The last classes are the largest, and their order matters most.
		from, to := n-1-skewed(random, n), n-1-skewed(random, n)
		low := min(from, to)
		next := slices.Clone(best.classes[low:])
		if from == to {
			if !next[0].toggle() {
				continue
			}
		} else {
			c := next[from-low]
			next = slices.Insert(slices.Delete(next, from-low, from-low+1), to-low, c)
		}
		a := s.arrange(best.first(low), next, cover)
		if a.size <= best.size && !s.meter.out() {
			best = a
		}
	}
	return best
}

// What an attempt costs beside comparisons, in comparisons: allocations and the
// like, by class and once.
const (
	classWork   = 100
	attemptWork = 1000
)

// skewed returns a number below n, small ones more often.
func skewed(random *rand.Rand, n int) int {
	return int(float64(n) * math.Pow(random.Float64(), 2))
}

// toggle demands entries for the default-routed keys of a class, or stops that.
func (c *class) toggle() bool {
	if c.least == len(c.cubes) {
		return false
	}
	if c.must == c.least {
		c.must = len(c.cubes)
	} else {
		c.must = c.least
	}
	return true
}
