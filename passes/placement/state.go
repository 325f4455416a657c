package placement

// state is a placement and what it costs, kept up to date move by move.
type state struct {
	p    *Problem
	nets []hyper
	of   [][]role // by vertex: the nets it is in, ascending

	chip  []int32   // by vertex
	here  [][]int32 // by chip: its vertices
	slot  []int32   // by vertex: its index in here
	free  [][]int32 // by resource and chip
	chips int

	// Distances depend on the difference of places alone: that of chips a and b
	// is dist[pos[b]-pos[a]+mid].
	dist []uint16
	pos  []int32
	mid  int32

	spans []span // by net
	stops []stop
	cost  []int64 // by net
	total int64
	work  int64

	new  []int32 // chips of a net as a move would leave it
	rest []int32 // scratch of the spanning tree
	far  []uint16
	edit []edit
}

// A role is a vertex's part in a net: one of the pins, a source apart, or both.
type role struct {
	net       int32
	pin, from bool
}

// A stop is a chip of a net with the number of pins on it.
type stop struct{ chip, count int32 }

// A span is the chips of a net's pins: stops[first:first+n], with space for as
// many as the net has pins.
type span struct{ first, n int32 }

func (s *state) span(net int32) []stop {
	sp := s.spans[net]
	return s.stops[sp.first : sp.first+sp.n]
}

func find(span []stop, chip int32) int {
	for i := range span {
		if span[i].chip == chip {
			return i
		}
	}
	return -1
}

func (s *state) count(net, chip, n int32) {
	sp := s.span(net)
	i := find(sp, chip)
	if i < 0 {
		at := &s.spans[net]
		s.stops[at.first+at.n] = stop{chip, n}
		at.n++
		return
	}
	if sp[i].count += n; sp[i].count == 0 {
		sp[i] = sp[len(sp)-1]
		s.spans[net].n--
	}
}

// An edit is what a move would make of a net's cost.
type edit struct {
	net  int32
	cost int64
}

func newState(p *Problem, nets []hyper) *state {
	s := &state{p: p, nets: nets, chips: p.Grid.Chips(), of: make([][]role, p.Vertices())}
	for i := range nets {
		h := &nets[i]
		for _, v := range h.pins {
			s.of[v] = append(s.of[v], role{net: int32(i), pin: true})
		}
		for _, f := range h.sources {
			if of := s.of[f.vertex]; len(of) > 0 && of[len(of)-1].net == int32(i) {
				of[len(of)-1].from = true
				continue
			}
			s.of[f.vertex] = append(s.of[f.vertex], role{net: int32(i), from: true})
		}
	}
	s.tabulate()
	return s
}

// put starts from a placement of all vertices.
func (s *state) put(chip []int32) {
	s.chip = append(s.chip[:0], chip...)
	s.here = make([][]int32, s.chips)
	s.slot = make([]int32, len(chip))
	s.free = make([][]int32, len(s.p.Room))
	for r := range s.free {
		s.free[r] = append([]int32(nil), s.p.Room[r]...)
		for v, c := range chip {
			s.free[r][c] -= s.p.Need[r][v]
		}
	}
	for v, c := range chip {
		s.slot[v] = int32(len(s.here[c]))
		s.here[c] = append(s.here[c], int32(v))
	}
	s.spans = make([]span, len(s.nets))
	s.cost = make([]int64, len(s.nets))
	s.total = 0
	pins := 0
	for i := range s.nets {
		s.spans[i].first = int32(pins)
		pins += len(s.nets[i].pins)
	}
	s.stops = make([]stop, pins)
	at := make([]int32, s.chips) // where in a span a chip may be
	for i := range s.nets {
		net := int32(i)
		s.new = s.new[:0]
		for _, v := range s.nets[i].pins {
			c := chip[v]
			if k := at[c]; int(k) < len(s.new) && s.new[k] == c {
				s.stops[s.spans[i].first+k].count++
				continue
			}
			at[c] = int32(len(s.new))
			s.stops[s.spans[i].first+at[c]] = stop{c, 1}
			s.new = append(s.new, c)
		}
		s.spans[i].n = int32(len(s.new))
		s.cost[i] = s.costOf(net, s.new, -1, 0, -1, 0)
		s.total += s.cost[i]
	}
}

// tabulate fills the tables of distances.
func (s *state) tabulate() {
	g := s.p.Grid
	row := int32(2*g.Width - 1)
	s.mid = int32(g.Height-1)*row + int32(g.Width-1)
	s.dist = make([]uint16, 2*s.mid+1)
	s.pos = make([]int32, s.chips)
	for c := range s.pos {
		s.pos[c] = int32(c/g.Width)*row + int32(c%g.Width)
	}
	// Every difference is one from a chip in a corner.
	for _, a := range []int32{0, int32(g.Width - 1), int32(s.chips - g.Width), int32(s.chips - 1)} {
		for b := range int32(s.chips) {
			s.dist[s.pos[b]-s.pos[a]+s.mid] = uint16(g.Distance(a, b))
		}
	}
}

func (s *state) distance(a, b int32) int32 { return int32(s.dist[s.pos[b]-s.pos[a]+s.mid]) }

// costOf returns what a net costs if its pins are on chips, v on chip b and u on
// chip a.
func (s *state) costOf(net int32, chips []int32, v, b, u, a int32) int64 {
	h := &s.nets[net]
	s.work += int64(len(chips)*(min(len(chips), spanLimit)+len(h.sources))/2 + 8)
	cost := h.weight * int64(s.spanning(chips))
	for _, f := range h.sources {
		at := s.chip[f.vertex]
		if f.vertex == v {
			at = b
		} else if f.vertex == u {
			at = a
		}
		near := s.distance(at, chips[0])
		for _, c := range chips[1:] {
			if near == 0 {
				break
			}
			near = min(near, s.distance(at, c))
		}
		cost += f.weight * int64(near)
	}
	return cost
}

// spanLimit is the most chips for which the spanning tree is computed; a tree
// over more is as long as it has chips.
const spanLimit = 128

// spanning returns the length of the minimum spanning tree over chips (Prim).
func (s *state) spanning(chips []int32) int32 {
	k := len(chips)
	switch {
	case k <= 1:
		return 0
	case k == 2:
		return s.distance(chips[0], chips[1])
	case k == 3:
		x, y, z := s.distance(chips[0], chips[1]), s.distance(chips[0], chips[2]), s.distance(chips[1], chips[2])
		return x + y + z - max(x, y, z)
	case k > spanLimit:
		return int32(k)
	}
	rest, far := s.rest[:0], s.far[:0]
	at := s.pos[chips[0]] - s.mid
	for _, c := range chips[1:] {
		rest = append(rest, s.pos[c])
		far = append(far, s.dist[s.pos[c]-at])
	}
	s.far, s.rest = far, rest
	sum := int32(0)
	for {
		best := 0
		for i, d := range far {
			if d < far[best] {
				best = i
			}
		}
		sum += int32(far[best])
		at := rest[best] - s.mid
		last := len(rest) - 1
		rest[best], far[best] = rest[last], far[last]
		rest, far = rest[:last], far[:last]
		if last == 0 {
			return sum
		}
		for i, p := range rest {
			if d := s.dist[p-at]; d < far[i] {
				far[i] = d
			}
		}
	}
}

// try returns what moving v to chip b would add to the cost, and u, if it is not
// -1, to where v is. It notes the new costs for commit.
func (s *state) try(v, b, u int32) int64 {
	s.edit = s.edit[:0]
	delta := int64(0)
	a := s.chip[v]
	of, and := s.of[v], []role(nil)
	if u >= 0 {
		and = s.of[u]
	}
	for len(of) > 0 || len(and) > 0 {
		var rv, ru role
		switch {
		case len(and) == 0 || len(of) > 0 && of[0].net < and[0].net:
			rv, of = of[0], of[1:]
			ru.net = rv.net
		case len(of) == 0 || and[0].net < of[0].net:
			ru, and = and[0], and[1:]
			rv.net = ru.net
		default:
			rv, ru, of, and = of[0], and[0], of[1:], and[1:]
		}
		net := rv.net
		from, to := a, b
		if ru.pin {
			from, to = b, a
		}
		if rv.pin == ru.pin {
			from = to
		}
		if !s.moved(net, from, to) && !rv.from && !ru.from {
			continue
		}
		cost := s.costOf(net, s.new, v, b, u, a)
		if cost != s.cost[net] {
			delta += cost - s.cost[net]
			s.edit = append(s.edit, edit{net, cost})
		}
	}
	return delta
}

// moved lists in s.new the chips of a net after a pin went from one to another,
// and reports whether they changed.
func (s *state) moved(net, from, to int32) bool {
	sp := s.span(net)
	s.work += int64(len(sp)) / 8
	s.new = s.new[:0]
	gone, there := from != to, false
	for _, at := range sp {
		if at.chip == from && at.count > 1 {
			gone = false
		}
		there = there || at.chip == to
	}
	for _, at := range sp {
		if !gone || at.chip != from {
			s.new = append(s.new, at.chip)
		}
	}
	if from != to && !there {
		s.new = append(s.new, to)
	}
	return from != to && (gone || !there)
}

// commit makes the move that try looked at last.
func (s *state) commit(v, b, u int32) {
	for _, e := range s.edit {
		s.total += e.cost - s.cost[e.net]
		s.cost[e.net] = e.cost
	}
	a := s.chip[v]
	s.shift(v, a, b)
	if u >= 0 {
		s.shift(u, b, a)
	}
}

func (s *state) shift(v, from, to int32) {
	for _, r := range s.of[v] {
		if r.pin {
			s.count(r.net, from, -1)
			s.count(r.net, to, 1)
		}
	}
	last := len(s.here[from]) - 1
	moved := s.here[from][last]
	s.here[from][s.slot[v]], s.slot[moved] = moved, s.slot[v]
	s.here[from] = s.here[from][:last]
	s.chip[v], s.slot[v] = to, int32(len(s.here[to]))
	s.here[to] = append(s.here[to], v)
	for r := range s.free {
		s.free[r][from] += s.p.Need[r][v]
		s.free[r][to] -= s.p.Need[r][v]
	}
}

// fits reports whether v has room on chip b once u has left it.
func (s *state) fits(v, b, u int32) bool {
	for r := range s.free {
		room := s.free[r][b] - s.p.Need[r][v]
		if u >= 0 {
			room += s.p.Need[r][u]
		}
		if room < 0 {
			return false
		}
	}
	return s.p.Grid.Alive(b)
}
