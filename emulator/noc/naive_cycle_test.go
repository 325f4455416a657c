package noc_test

import (
	"slices"

	"github.com/synfire/synfire/emulator/noc"
)

// naiveCycle restates the rules of Cycle. A place is a buffer by name, a
// server by number; every question is answered by a search.
type naiveNet struct {
	c             noc.Config
	queue         map[string][]*naiveMessage // by buffer
	servers       []*naiveServer
	last, stalled int64
	depth         int
}

type naiveServer struct {
	inputs  []string // by port
	feeds   string   // "" for a worker
	source  []*naiveMessage
	tail    int64
	outside int64 // of a worker: its work on messages from outside
	port    int   // served, -1 if idle
	turn    int
	until   int64
	since   int64
	blocked bool
	waits   []bool // by port: its first message has asked this server
	gate    bool
}

func naiveCycle(c noc.Config, l *noc.Load) *naiveNet {
	n := &naiveNet{c: c, queue: map[string][]*naiveMessage{}}
	messages := naiveMessages(c, l)
	// The buffers of a tile by port: where its four links end, then its cores.
	ports := func(tile int) (in []string) {
		x, y := c.XY(tile)
		for _, d := range []string{"east", "west", "north", "south"} {
			in = append(in, name(d, x, y))
		}
		for k := range c.Cores {
			in = append(in, name("core", tile*c.Cores+k, 0))
		}
		return in
	}
	for d, kind := range []string{"east", "west", "north", "south"} {
		for to := range c.Tiles() {
			x, y := c.XY(to)
			from := c.Tile(x-[]int{1, -1, 0, 0}[d], y-[]int{0, 0, 1, -1}[d])
			s := &naiveServer{port: -1}
			if _, _, ok := c.LinkEnds(d*c.Tiles() + to); ok {
				s.inputs, s.feeds = ports(from), name(kind, x, y)
			}
			n.servers = append(n.servers, s)
		}
	}
	for _, kind := range []string{"gate", "worker", "source"} {
		for core := range c.NumCores() {
			s := &naiveServer{port: -1}
			switch kind {
			case "gate":
				s.inputs, s.feeds, s.gate = ports(core/c.Cores), name("arrival", core, 0), true
			case "worker":
				s.inputs, s.outside = []string{name("arrival", core, 0)}, l.Outside[core]
				n.last = max(n.last, s.outside)
			case "source":
				s.source, s.feeds, s.tail = messages[core], name("core", core, 0), l.Tail[core]
				if len(s.source) == 0 {
					n.last = max(n.last, s.tail)
				}
			}
			n.servers = append(n.servers, s)
		}
	}
	for _, s := range n.servers {
		s.waits = make([]bool, len(s.inputs))
		n.start(s, 0)
	}
	for {
		var next *naiveServer
		for _, s := range n.servers {
			if s.port >= 0 && (next == nil || s.until < next.until) {
				next = s
			}
		}
		if next == nil {
			return n
		}
		n.done(next, next.until)
	}
}

func (n *naiveNet) done(s *naiveServer, now int64) {
	if s.source != nil {
		m := s.source[0]
		s.source = s.source[1:]
		if len(s.source) == 0 {
			s.source = nil
			n.last = max(n.last, now+s.tail)
		}
		s.port = -1
		n.push(s.feeds, m, now)
		n.start(s, now)
		return
	}
	port := s.port
	s.port = -1
	n.move(s, port, now)
	n.start(s, now)
}

func (n *naiveNet) move(s *naiveServer, port int, now int64) {
	from := s.inputs[port]
	m := n.queue[from][0]
	n.queue[from] = n.queue[from][1:]
	if s.feeds == "" {
		n.last = max(n.last, now)
	} else {
		n.push(s.feeds, m, now)
	}
	if len(n.queue[from]) > 0 {
		n.ask(from, now)
	}
	if i := slices.IndexFunc(n.servers, func(f *naiveServer) bool { return f.feeds == from }); n.servers[i].blocked {
		n.start(n.servers[i], now)
	}
}

func (n *naiveNet) push(buffer string, m *naiveMessage, now int64) {
	n.queue[buffer] = append(n.queue[buffer], m)
	n.depth = max(n.depth, len(n.queue[buffer]))
	if len(n.queue[buffer]) == 1 {
		n.ask(buffer, now)
	}
}

// ask tells the server that the first message of a buffer needs: the one that
// feeds the next buffer of its path, the gate at the end, the worker behind.
func (n *naiveNet) ask(buffer string, now int64) {
	m := n.queue[buffer][0]
	way := append(slices.Clone(m.path), name("arrival", m.dst, 0), "")
	want := way[slices.Index(way, buffer)+1]
	for _, s := range n.servers {
		if p := slices.Index(s.inputs, buffer); p >= 0 && s.feeds == want {
			s.waits[p] = true
			n.start(s, now)
		}
	}
}

func (n *naiveNet) start(s *naiveServer, now int64) {
	for s.port < 0 && (s.source != nil || slices.Contains(s.waits, true)) {
		if s.feeds != "" && len(n.queue[s.feeds]) == n.c.Buffer {
			if !s.blocked {
				s.blocked, s.since = true, now
			}
			return
		}
		if s.blocked && s.inputs == nil { // sources are what stalls are counted of
			n.stalled += now - s.since
		}
		s.blocked = false
		if s.source != nil {
			s.port, s.until = 0, now+s.source[0].delay
			return
		}
		for !s.waits[s.turn%len(s.waits)] {
			s.turn++
		}
		s.port = s.turn % len(s.waits)
		s.turn = s.port + 1
		s.waits[s.port] = false
		m := n.queue[s.inputs[s.port]][0]
		switch {
		case s.feeds == "":
			s.until = max(now, s.outside) + m.work
		case s.gate && s.port >= 4 && n.c.Local > 0:
			s.until = now + n.c.Local
		case s.gate:
			n.move(s, s.port, now)
			s.port = -1
			continue
		case s.feeds[0] == 'e' || s.feeds[0] == 'w':
			s.until = now + n.c.HopEW
		default:
			s.until = now + n.c.HopNS
		}
		return
	}
}
