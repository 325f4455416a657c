package truenorth

import "math/bits"

// segment is the axons of one type that spike: list[lo:hi], as offsets of their
// rows, and the row of zeros up to list[end], to make whole fours.
type segment struct {
	kind        int
	lo, hi, end int
	events      int // synapses
}

// gather takes a scheduler word and lists the axons in it that are connected,
// by type: in the order of their numbers. It is false if there are none.
func (w *worker) gather(c *core, word []uint64) bool {
	w.segments = w.segments[:0]
	s := segment{kind: -1}
	n := 0
	for i, x := range word {
		if x == 0 {
			continue
		}
		word[i] = 0
		for ; x != 0; x &= x - 1 {
			a := i<<6 + bits.TrailingZeros64(x)
			if a >= c.axons {
				break // no later one is connected either
			}
			if k := int(c.types[a]); k != s.kind {
				n = w.closeSegment(c, s, n)
				s = segment{kind: k, lo: n}
			}
			w.list[n] = int32(a * c.blocks)
			s.events += int(c.events[a])
			n++
		}
	}
	w.closeSegment(c, s, n)
	return len(w.segments) > 0
}

// closeSegment ends a segment at n and returns where the next one starts.
func (w *worker) closeSegment(c *core, s segment, n int) int {
	if s.kind < 0 {
		return 0
	}
	s.hi = n
	for ; (n-s.lo)&3 != 0; n++ {
		w.list[n] = int32(c.axons * c.blocks)
	}
	s.end = n
	w.segments = append(w.segments, s) // within capacity
	return n
}

// integrate adds the weights of all listed axons to the sums and marks the
// neurons that got any.
func (w *worker) integrate(c *core, touched []uint64) {
	for rest := w.segments; len(rest) > 0; {
		pair := rest[:1]
		if len(rest) > 1 && rest[0].kind&^1 == rest[1].kind&^1 {
			pair = rest[:2]
		}
		rest = rest[len(pair):]
		rows, events := 0, 0
		for i := range pair {
			rows += pair[i].end - pair[i].lo
			events += pair[i].events
		}
		w.stats.SynEvents += int64(events)
		if c.pairs != nil && slicingPays(c.blocks, rows, events) {
			w.addCounts(c, pair, touched)
		} else {
			w.addRows(c, pair, touched)
		}
	}
}

// slicingPays compares the costs of the two ways, in tenths of a nanosecond as
// estimated for 2.6 GHz: an event, and the end of a word, which is mispredicted;
// or a word in the counters, and turning over and weighing those of a block.
func slicingPays(blocks, rows, events int) bool {
	const event, wordEnd, counted, weighed = 14, 50, 15, 730
	return event*events+wordEnd*rows*blocks > (counted*rows+weighed)*blocks
}

// addRows adds the events of some types one by one.
func (w *worker) addRows(c *core, segments []segment, touched []uint64) {
	for i := range segments {
		s := &segments[i]
		weights := c.weights[s.kind*c.stride():][:c.stride()]
		for _, at := range w.list[s.lo:s.hi] {
			addRow(w.acc, weights, c.rows[at:][:c.blocks], touched)
		}
	}
}

// addCounts adds the events of one or both types of a pair by counting.
func (w *worker) addCounts(c *core, pair []segment, touched []uint64) {
	var lists [2][]int32
	for i := range pair {
		lists[pair[i].kind&1] = w.list[pair[i].lo:pair[i].end]
	}
	even, odd := lists[0], lists[1]
	at := pair[0].kind / 2 * c.stride()
	for len(even)+len(odd) > 0 {
		e, o := even[:min(chunk, len(even))], odd[:min(chunk, len(odd))]
		even, odd = even[len(e):], odd[len(o):]
		var x, y [4]counts
		for b := 0; b < c.blocks; b += len(x) {
			n := min(len(x), c.blocks-b)
			countBlocks(&x, c.rows[b:], e, n, touched[b:])
			countBlocks(&y, c.rows[b:], o, n, touched[b:])
			for k := range n {
				weigh((*[64]int64)(w.acc[64*(b+k):]), (*[64]int64)(c.pairs[at+64*(b+k):]), &x[k], &y[k])
			}
		}
	}
}
