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
		if y.tags != nil {
			y.tags.make(s.core, now)
		}
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
	b := &y.buffers[s.from]
	p := y.pop(b)
	if s.feeds >= 0 {
		y.push(s.feeds, p, now)
	} else {
		y.worked++
		y.end(int(s.core), now)
		if y.tags != nil {
			y.tags.end(p, y.c.Work(p), now)
		}
	}
	if b.n > 0 {
		y.wake(b, y.ring[b.head], now)
	}
	if b.blocked {
		y.start(int(b.feeder), now)
	}
}

// start starts a server if it is idle, wanted, and has room for the result. A
// gate that needs no time serves all it can at once.
func (y *Cycle) start(i int, now int64) {
	s := &y.servers[i]
	for !s.busy && s.want != 0 {
		if s.feeds >= 0 && !y.room(i, &y.buffers[s.feeds], now) {
			return
		}
		s.busy = true
		time := y.serve(s, now)
		if time > 0 || s.kind != gate {
			y.queue.set(i, now+time)
			return
		}
		y.move(s, now) // other gates of the tile may start meanwhile, this one is busy
		s.busy = false
	}
}

// room tells whether a buffer has room for the message of its feeder, and keeps
// the time that the feeder waits for it.
func (y *Cycle) room(feeder int, b *buffer, now int64) bool {
	full := b.n == b.hi-b.lo
	if full == b.blocked {
		return !full
	}
	b.blocked = full
	if full {
		y.since[feeder] = now
	} else {
		y.stalled[feeder] += now - y.since[feeder]
	}
	return !full
}

// serve takes up the next message of a server and returns the time it needs.
func (y *Cycle) serve(s *server, now int64) int64 {
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
		return y.c.Work(y.ring[y.buffers[s.from].head]) + max(0, y.load.Outside[s.core]-now)
	case linkEW:
		return y.c.HopEW
	}
	return y.c.HopNS
}

// wake asks the server that the first message of a buffer, p, needs.
func (y *Cycle) wake(b *buffer, p packet, now int64) {
	i := int(b.row)
	if !b.arrival {
		i = int(y.next[i+int(p.Dst)])
	}
	s := &y.servers[i]
	s.want |= 1 << b.port
	if !s.busy {
		y.start(i, now)
	}
}

// push puts a message at the end of a buffer, which has room.
func (y *Cycle) push(at int32, p packet, now int64) {
	b := &y.buffers[at]
	i := b.head + b.n
	if i >= b.hi {
		i -= b.hi - b.lo
	}
	y.ring[i] = p
	if y.tags != nil {
		y.tags.ring[i] = y.tags.now
	}
	b.n++
	b.peak = max(b.peak, b.n)
	if b.n == 1 {
		y.wake(b, p, now)
	}
}

// pop takes the first message out of a buffer.
func (y *Cycle) pop(b *buffer) packet {
	p := y.ring[b.head]
	if y.tags != nil {
		y.tags.now = y.tags.ring[b.head]
	}
	b.n--
	if b.head++; b.head == b.hi {
		b.head = b.lo
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
	at := &y.at[s.core]
	p := y.load.Fanout[at.message]
	if at.message++; at.message < at.hi {
		return p
	}
	bursts := y.load.Bursts[s.core]
	if at.burst++; int(at.burst) == len(bursts) {
		s.want = 0
		y.end(int(s.core), now+y.load.Tail[s.core])
		return p
	}
	at.message, at.hi = bursts[at.burst].Lo, bursts[at.burst].Hi
	return p
}

// end notes that work of a core ends.
func (y *Cycle) end(core int, time int64) {
	if time > y.last {
		y.last, y.core = time, core
	}
}
