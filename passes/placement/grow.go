package placement

// grow fills the chips one after the other: the next vertex is the one that
// shares most nets with what is on the chip already, because one more pin of a
// net on a chip costs nothing. A new chip starts with what shares most with all
// that is placed.
func (s *state) grow(order []int32) ([]int32, bool) {
	n := s.p.Vertices()
	g := grower{state: s, chip: make([]int32, n), near: make([]int64, n), all: make([]int64, n), on: make([]int32, len(s.nets))}
	for v := range g.chip {
		g.chip[v] = -1
	}
	for i := range g.on {
		g.on[i] = -1
	}
	left := n
	for _, c := range order {
		if left == 0 {
			break
		}
		room := make([]int32, len(s.p.Room))
		for r := range room {
			room[r] = s.p.Room[r][c]
		}
		for v := g.seed(room); v >= 0; v = g.next(room) {
			g.take(v, c, room)
			left--
		}
		g.leave()
	}
	return g.chip, left == 0
}

type grower struct {
	*state
	chip []int32
	near []int64 // by vertex: weight of the nets it shares with the chip
	all  []int64 // with all that is placed
	on   []int32 // by net: the last chip that it reached
	cand []int32 // vertices with near > 0
}

func (g *grower) fit(v int32, room []int32) bool {
	for r := range room {
		if g.p.Need[r][v] > room[r] {
			return false
		}
	}
	return true
}

// seed returns the vertex to start a chip with, or -1 if none fits.
func (g *grower) seed(room []int32) int32 {
	best := int32(-1)
	for v := range g.chip {
		if g.chip[v] < 0 && g.fit(int32(v), room) && (best < 0 || g.all[v] > g.all[best]) {
			best = int32(v)
		}
	}
	return best
}

func (g *grower) next(room []int32) int32 {
	best := int32(-1)
	for _, v := range g.cand {
		if g.chip[v] >= 0 || !g.fit(v, room) {
			continue
		}
		if best < 0 || g.near[v] > g.near[best] || g.near[v] == g.near[best] && (g.all[v] > g.all[best] || g.all[v] == g.all[best] && v < best) {
			best = v
		}
	}
	if best < 0 {
		return g.seed(room)
	}
	return best
}

func (g *grower) take(v, c int32, room []int32) {
	g.chip[v] = c
	for r := range room {
		room[r] -= g.p.Need[r][v]
	}
	for _, r := range g.of[v] {
		if g.on[r.net] == c {
			continue
		}
		first := g.on[r.net] < 0
		g.on[r.net] = c
		h := &g.nets[r.net]
		for _, w := range h.pins {
			g.reach(w, h.weight, first)
		}
		for _, f := range h.sources {
			g.reach(f.vertex, f.weight, first)
		}
	}
}

func (g *grower) reach(w int32, weight int64, first bool) {
	if g.chip[w] >= 0 {
		return
	}
	if g.near[w] == 0 {
		g.cand = append(g.cand, w)
	}
	g.near[w] += weight
	if first {
		g.all[w] += weight
	}
}

// leave forgets what the chip attracted.
func (g *grower) leave() {
	for _, v := range g.cand {
		g.near[v] = 0
	}
	g.cand = g.cand[:0]
}
