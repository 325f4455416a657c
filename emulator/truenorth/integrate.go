package truenorth

// integrate adds the weights of all listed axons to the sums, marks the neurons
// that got any, and empties the lists.
func (w *worker) integrate(c *core, touched []uint64) {
	for _, k := range w.used {
		pair := int(k) &^ 1
		even, odd := w.listed(c, pair), w.listed(c, pair+1)
		events := c.eventsOf(even) + c.eventsOf(odd)
		if c.pairs != nil && slicingPays(c.blocks, len(even)+len(odd), events) {
			w.addCounts(c, pair, even, odd, touched)
		} else {
			w.addRows(c, pair, even, touched)
			w.addRows(c, pair+1, odd, touched)
		}
		w.stats.SynEvents += int64(events)
		// The other type of the pair is done too, should it come.
		w.count[pair], w.count[pair+1] = 0, 0
	}
	w.used = w.used[:0]
}

// listed returns the axons of a type that spike.
func (w *worker) listed(c *core, k int) []int32 {
	if k >= c.kinds() {
		return nil
	}
	return w.list[c.first[k]:][:w.count[k]]
}

// eventsOf returns how many synapses a list of axons has.
func (c *core) eventsOf(list []int32) int {
	n := 0
	for _, a := range list {
		n += int(c.events[a])
	}
	return n
}

// slicingPays compares the costs of the two ways in tenths of a nanosecond, as
// measured: an event at a time, or rows in fours and then all neurons of each
// block.
func slicingPays(blocks, rows, events int) bool {
	return 12*events > blocks*(12*rows+700)
}

// addRows adds the events of a type one by one.
func (w *worker) addRows(c *core, k int, list []int32, touched []uint64) {
	if len(list) == 0 {
		return
	}
	weights := c.weights[k*c.stride():][:c.stride()]
	for _, a := range list {
		addRow(w.acc, weights, c.rows[int(a)*c.blocks:][:c.blocks], touched)
	}
}

// addCounts adds the events of a pair of types by counting.
func (w *worker) addCounts(c *core, pair int, even, odd []int32, touched []uint64) {
	even, odd = w.pad(c, pair, even), w.pad(c, pair+1, odd)
	for len(even)+len(odd) > 0 {
		e, o := even[:min(chunk, len(even))], odd[:min(chunk, len(odd))]
		even, odd = even[len(e):], odd[len(o):]
		var x, y counts
		for b := range c.blocks {
			touched[b] |= x.count(c.rows, c.blocks, b, e) | y.count(c.rows, c.blocks, b, o)
			at := pair/2*c.stride() + 64*b
			weigh((*[64]int64)(w.acc[64*b:]), (*[64]int64)(c.pairs[at:]), &x, &y)
		}
	}
}

// pad makes whole fours of a list with the row of zeros.
func (w *worker) pad(c *core, k int, list []int32) []int32 {
	n := len(list)
	if n == 0 {
		return nil
	}
	room := w.list[c.first[k]:]
	for ; n&3 != 0; n++ {
		room[n] = int32(c.axons)
	}
	return room[:n]
}
