package noc

// Cycle moves every message hop by hop through finite buffers. It is made of
// servers and the buffers between them:
//
//   - A source makes a core's messages, each in its delay, and puts them into
//     the core's entry buffer at its router.
//   - A link takes messages from the buffers of the router that it leaves and
//     puts them into its own buffer at the next one, in the latency of a hop.
//   - A gate takes messages from the buffers of a router into the arrival
//     buffer of a core, in Config.Local if they come from a core of the same
//     tile and else in no time, for the last hop brought them.
//   - A worker works on the messages in the arrival buffer of its core.
//
// A server serves one message at a time. It starts when it is idle, the first
// message of one of its buffers wants it, and the buffer that it feeds has
// room. So a full buffer stops its server, whose buffers fill in turn, back to
// the sources: that is the back-pressure. A message leaves its buffer when the
// server is done with it. A server serves its buffers in turn.
//
// The next event is the earliest end of a service, and of equal ones that of
// the lowest server: links first, then gates, workers and sources. Since a
// message never turns from y back to x and workers always end, no servers wait
// for each other in a circle.
type Cycle struct {
	c       Config
	cores   int
	next    []int16 // by tile and destination core: the server that a message needs
	servers []server
	since   []int64 // by server: when it was blocked
	stalled []int64 // by server: how long it was blocked in this step
	buffers []buffer
	inputs  []int32  // the buffers of each router by port, then the arrival buffers
	ring    []packet // the places of all buffers
	queue   queue    // when each busy server is done

	load   *Load
	at     []cursor // the message that a source makes
	last   int64    // the last end of any work
	core   int      // whose it is
	worked int64    // messages worked on
	tags   *tags    // nil = nobody watches
}

// packet is a message on its way.
type packet = Message

// server is a link, a gate, a worker or a source, in half a cache line.
type server struct {
	want   uint64 // the ports whose first message wants it
	inputs int32  // where its ports start in Cycle.inputs
	from   int32  // the buffer that it serves while busy
	feeds  int32  // the buffer that it fills, -1 for workers
	core   int32  // of a gate, worker or source
	kind   kind
	turn   uint8 // the port after the one that it served last
	busy   bool
}

type kind uint8

const (
	linkEW kind = iota
	linkNS
	gate
	worker
	source
)

// buffer is a queue of messages, in half a cache line.
type buffer struct {
	lo, hi        int32 // its stretch of Cycle.ring
	head, n, peak int32 // head is a place in Cycle.ring
	feeder        int32 // the server that fills it
	row           int32 // of its router in Cycle.next, or worker of an arrival buffer
	arrival       bool
	blocked       bool // only the lack of room here keeps the feeder from starting
	port          uint8
}

// NewCycle returns the model. The configuration must have a buffer size.
func NewCycle(c Config) (*Cycle, error) {
	if err := c.checkBuffer(); err != nil {
		return nil, err
	}
	cores, links, tiles := c.NumCores(), c.Links(), c.Tiles()
	if c.Buffer > maxPlaces/(links+2*cores) {
		return nil, errBuffers
	}
	y := &Cycle{
		c: c, cores: cores,
		next:    make([]int16, tiles*cores),
		servers: make([]server, links+3*cores),
		since:   make([]int64, links+3*cores),
		stalled: make([]int64, links+3*cores),
		buffers: make([]buffer, links+2*cores),
		inputs:  make([]int32, tiles*(directions+c.Cores)+cores),
		ring:    make([]packet, (links+2*cores)*c.Buffer),
		queue:   newQueue(links + 3*cores),
		at:      make([]cursor, cores),
	}
	for i := range y.next {
		y.next[i] = int16(c.exit(i/cores, i%cores))
	}
	for l := range links {
		y.addLink(l)
	}
	for core := range cores {
		y.addCore(core)
	}
	for i := range y.buffers {
		b := &y.buffers[i]
		b.lo, b.hi = int32(i*c.Buffer), int32((i+1)*c.Buffer)
		b.head = b.lo
	}
	return y, nil
}

// addLink sets up a link, which has the same number as its server and buffer.
func (y *Cycle) addLink(l int) {
	from, to, ok := y.c.LinkEnds(l)
	if !ok {
		return
	}
	ports, port, k := directions+y.c.Cores, l/y.c.Tiles(), linkNS
	if y.c.Horizontal(l) {
		k = linkEW
	}
	y.servers[l] = server{kind: k, feeds: int32(l), inputs: int32(from * ports)}
	y.buffers[l] = buffer{feeder: int32(l), row: int32(to * y.cores), port: uint8(port)}
	y.inputs[to*ports+port] = int32(l)
}

// addCore sets up the servers and buffers of a core.
func (y *Cycle) addCore(i int) {
	cores, links, tiles := y.c.NumCores(), y.c.Links(), y.c.Tiles()
	ports, port, tile := directions+y.c.Cores, directions+i%y.c.Cores, i/y.c.Cores
	entry, arrival := links+i, links+cores+i
	g, w, s := links+i, links+cores+i, links+2*cores+i
	router, own := int32(tile*ports), int32(tiles*ports+i)
	y.servers[g] = server{kind: gate, core: int32(i), feeds: int32(arrival), inputs: router}
	y.servers[w] = server{kind: worker, core: int32(i), feeds: -1, inputs: own}
	y.servers[s] = server{kind: source, core: int32(i), feeds: int32(entry)}
	y.buffers[entry] = buffer{feeder: int32(s), row: int32(tile * cores), port: uint8(port)}
	y.buffers[arrival] = buffer{feeder: int32(g), row: int32(w), arrival: true}
	y.inputs[int(router)+port], y.inputs[own] = int32(entry), int32(arrival)
}

// exit returns the server that takes a message for a core out of a router: the
// next link, or the gate of the core.
func (c *Config) exit(tile, core int) int {
	x0, y0 := c.XY(tile)
	x1, y1 := c.XY(core / c.Cores)
	switch {
	case x0 < x1:
		return East*c.Tiles() + c.Tile(x0+1, y0)
	case x0 > x1:
		return West*c.Tiles() + c.Tile(x0-1, y0)
	case y0 < y1:
		return North*c.Tiles() + c.Tile(x0, y0+1)
	case y0 > y1:
		return South*c.Tiles() + c.Tile(x0, y0-1)
	}
	return c.Links() + core
}

// Step implements Model.
func (y *Cycle) Step(l *Load, _ *Traffic) (Step, error) {
	y.begin(l)
	for limit := y.queue.limit(); ; {
		now, s, ok := y.queue.first()
		if !ok {
			return y.result(), nil
		}
		if now > limit {
			y.clear()
			return Step{}, ErrTooLong
		}
		y.done(s, now)
	}
}

// begin starts the sources of a load. All buffers are empty.
func (y *Cycle) begin(l *Load) {
	y.load, y.last, y.core, y.worked = l, 0, 0, 0
	clear(y.stalled)
	if y.tags != nil {
		y.tags.sent = y.tags.sent[:0]
	}
	for i := range y.buffers {
		y.buffers[i].peak = 0
	}
	for c, bursts := range l.Bursts {
		y.end(c, l.Outside[c])
		if len(bursts) == 0 {
			y.end(c, l.Tail[c])
			continue
		}
		s := len(y.servers) - len(l.Bursts) + c
		y.at[c] = first(bursts)
		y.servers[s].want = 1
		y.start(s, 0)
	}
}

func (y *Cycle) result() Step {
	r := Step{Time: y.last, Core: y.core}
	for i := range y.servers {
		if y.servers[i].kind == source {
			r.Stalled += y.stalled[i]
		}
	}
	for i := range y.buffers {
		r.Depth = max(r.Depth, int(y.buffers[i].peak))
	}
	return r
}

// clear takes all messages out after an error.
func (y *Cycle) clear() {
	for i := range y.servers {
		s := &y.servers[i]
		s.want, s.busy = 0, false
		y.queue.drop(i)
	}
	for i := range y.buffers {
		y.buffers[i].n, y.buffers[i].blocked = 0, false
	}
}

// Link returns the most messages that waited at the end of a link in the last
// step, and how long that buffer being full kept the link from sending.
func (y *Cycle) Link(l int) (depth int, stalled int64) {
	return int(y.buffers[l].peak), y.stalled[l]
}
