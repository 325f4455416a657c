package noc

import (
	"errors"
	"math/bits"
)

// maxPlaces bounds the places of all buffers of a Cycle, 512 MB.
const maxPlaces = 1 << 26

var errBuffers = errors.New("the buffers of the network are too large: choose a smaller buffer size")

// done ends the service of a server: its message moves on, and whoever waited
// for that starts.
func (y *Cycle) done(i int, now int64) {
	s := &y.servers[i]
	s.busy = false
	if s.kind == source {
		y.push(s.feeds, y.make(s, now), now)
	} else {
		y.move(s, now)
	}
	y.start(i, now)
	if !s.busy {
		y.queue.drop(i)
	}
}

// move takes the message that a server has served out of its buffer.
func (y *Cycle) move(s *server, now int64) {
	from := s.from
	b := &y.buffers[from]
	p := y.pop(from)
	if s.feeds >= 0 {
		y.push(s.feeds, p, now)
	} else {
		y.worked++
		y.end(int(s.core), now)
	}
	if b.n > 0 {
		y.wake(from, now)
	}
	if f := int(b.feeder); y.servers[f].blocked {
		y.start(f, now)
	}
}

// start starts a server if it is idle, wanted, and has room for the result. A
// gate that needs no time serves all it can at once.
func (y *Cycle) start(i int, now int64) {
	s := &y.servers[i]
	for !s.busy && s.want != 0 {
		if s.feeds >= 0 && int(y.buffers[s.feeds].n) == y.c.Buffer {
			if !s.blocked {
				s.blocked, s.since = true, now
			}
			return
		}
		if s.blocked {
			s.blocked = false
			s.stalled += now - s.since
		}
		s.busy = true
		time := y.serve(s)
		if time > 0 || s.kind != gate {
			y.queue.set(i, now+time)
			return
		}
		y.move(s, now) // other gates of the tile may start meanwhile, this one is busy
		s.busy = false
	}
}

// serve takes up the next message of a server and returns the time it needs.
func (y *Cycle) serve(s *server) int64 {
	if s.kind == source {
		return y.delay(int(s.core))
	}
	port := s.turn + uint8(bits.TrailingZeros64(s.want>>s.turn))
	if s.want>>s.turn == 0 {
		port = uint8(bits.TrailingZeros64(s.want))
	}
	s.turn = port + 1
	s.want &^= 1 << port
	s.from = y.inputs[s.inputs+int32(port)]
	switch s.kind {
	case gate:
		if port < directions {
			return 0
		}
		return y.c.Local
	case worker:
		return y.c.Work(*y.first(s.from))
	}
	return s.hop
}

// wake asks the server that the first message of a buffer needs.
func (y *Cycle) wake(at int32, now int64) {
	b := &y.buffers[at]
	i := y.c.Links() + y.c.NumCores() + int(b.core)
	if b.tile >= 0 {
		i = int(y.next[int(b.tile)*y.c.NumCores()+int(y.first(at).Dst)])
	}
	s := &y.servers[i]
	s.want |= 1 << b.port
	if !s.busy {
		y.start(i, now)
	}
}

func (y *Cycle) push(at int32, p packet, now int64) {
	b := &y.buffers[at]
	i := int(b.head) + int(b.n)
	if i >= y.c.Buffer {
		i -= y.c.Buffer
	}
	y.ring[int(at)*y.c.Buffer+i] = p
	b.n++
	b.peak = max(b.peak, b.n)
	if b.n == 1 {
		y.wake(at, now)
	}
}

func (y *Cycle) first(at int32) *packet {
	return &y.ring[int(at)*y.c.Buffer+int(y.buffers[at].head)]
}

func (y *Cycle) pop(at int32) packet {
	p := *y.first(at)
	b := &y.buffers[at]
	b.n--
	if b.head++; int(b.head) == y.c.Buffer {
		b.head = 0
	}
	return p
}

// delay returns how long the next message of a core takes to make.
func (y *Cycle) delay(core int) int64 {
	at := y.at[core]
	b := y.load.Bursts[core][at.burst]
	if at.message == b.Lo {
		return b.Delay + y.c.Send
	}
	return y.c.Send
}

// make returns the message that a source has made and moves on to the next.
func (y *Cycle) make(s *server, now int64) packet {
	at, bursts := &y.at[s.core], y.load.Bursts[s.core]
	p := y.load.Fanout[at.message]
	at.message++
	if at.message == bursts[at.burst].Hi {
		at.burst++
		if int(at.burst) == len(bursts) {
			s.want = 0
			y.end(int(s.core), now+y.load.Tail[s.core])
			return p
		}
		at.message = bursts[at.burst].Lo
	}
	return p
}

// end notes that work of a core ends.
func (y *Cycle) end(core int, time int64) {
	if time > y.last {
		y.last, y.core = time, core
	}
}
