package noc

// Traffic is who sent what in a step: messages and work by core, messages by
// pair of tiles.
type Traffic struct {
	c        Config
	Messages int64
	Sent     []int64 // by core
	Received []int64 // by core
	Busy     []int64 // by core: computing and sending
	Synapses []int64 // by core: reached by the messages received
	Work     []int64 // by core: on the messages received, and on those from outside
	pairs    []int64 // messages by tile of the sender and of the receiver
	row      []arrivals
}

// arrivals is what one core receives from one other.
type arrivals struct{ messages, synapses int64 }

// NewTraffic returns the traffic of no messages.
func NewTraffic(c Config) *Traffic {
	n, t := c.NumCores(), c.Tiles()
	return &Traffic{
		c:    c,
		Sent: make([]int64, n), Received: make([]int64, n),
		Busy: make([]int64, n), Synapses: make([]int64, n), Work: make([]int64, n),
		pairs: make([]int64, t*t), row: make([]arrivals, n),
	}
}

// Count sets the traffic to that of a load.
func (t *Traffic) Count(l *Load) {
	t.Messages = 0
	clear(t.Received)
	clear(t.Synapses)
	clear(t.pairs)
	for c, bursts := range l.Bursts {
		t.Sent[c], t.Busy[c] = 0, l.Tail[c]
		if len(bursts) > 0 {
			t.countCore(c, l.Fanout, bursts)
		}
		t.Busy[c] += t.Sent[c] * t.c.Send
		t.Messages += t.Sent[c]
	}
	for c := range t.Work {
		t.Work[c] = t.Received[c]*t.c.Receive + t.Synapses[c]*t.c.Synapse + l.Outside[c]
	}
}

// countCore counts by pair of cores, a table that stays in the first-level
// cache, and then adds up.
func (t *Traffic) countCore(c int, fanout []Message, bursts []Burst) {
	for _, b := range bursts {
		t.Busy[c] += b.Delay
		t.Sent[c] += int64(b.Hi - b.Lo)
		for _, m := range fanout[b.Lo:b.Hi] {
			a := &t.row[m.Dst]
			a.messages++
			a.synapses += int64(m.Synapses)
		}
	}
	pairs := t.pairs[c/t.c.Cores*t.c.Tiles():][:t.c.Tiles()]
	for d := range t.row {
		a := &t.row[d]
		t.Received[d] += a.messages
		t.Synapses[d] += a.synapses
		pairs[d/t.c.Cores] += a.messages
		*a = arrivals{}
	}
}

// Hops returns the messages over links along x and y, and those that stayed
// within a tile.
func (t *Traffic) Hops() (ew, ns, local int64) {
	tiles := t.c.Tiles()
	for i, n := range t.pairs {
		x, y := t.c.Hops(i/tiles, i%tiles)
		ew += int64(x) * n
		ns += int64(y) * n
		if x+y == 0 {
			local += n
		}
	}
	return ew, ns, local
}

// AddLinks adds the messages over each link, by link id, and those that stay
// within each tile.
func (t *Traffic) AddLinks(links, local []int64) {
	tiles := t.c.Tiles()
	for i, n := range t.pairs {
		if n == 0 {
			continue
		}
		from, to := i/tiles, i%tiles
		if from == to {
			local[to] += n
			continue
		}
		r := t.c.Route(from, to)
		for k := range r.XN {
			links[r.X+k*r.XStep] += n
		}
		for k := range r.YN {
			links[r.Y+k*r.YStep] += n
		}
	}
}
