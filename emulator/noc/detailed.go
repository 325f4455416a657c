package noc

import "math/bits"

// Detailed is the semi-analytical network model of SANA-FE. Messages are sent
// in order of time, and of core where times are equal. A message that is on
// the way adds 1/(hops+2) to the density of the buffer of each router on its
// path; the densities that another meets on its own path delay it:
//
//	along    = sum of densities on the path (hops+1 buffers)
//	mean     = mean work of the messages on the way
//	blocking = max(0, along - (hops+1)*Buffer) * mean
//	network  = max(hops' latencies, along*mean/(hops+1))
//	received = max(the receiver's last end of work, sent + blocking + network)
//	end      = received + work
//
// The core's next message is sent at sent + blocking + its own delay. A
// message is on the way until a message is sent at or after its received.
//
// Densities and times have a binary fraction, since both are quotients; the
// result is rounded to units of 0.1 ns.
type Detailed struct {
	c Config
	ways
	tile    []int32            // of each core
	density *[maxBuffers]int64 // of each buffer, by its number in ways
	send    queue              // by source core: when it sends its next message
	receive queue              // by destination core: its first message on the way
	at      []sender
	transit []fifo  // by destination core: its messages on the way, by received
	busy    []int64 // by destination core: the end of its work
	n, work int64   // how many messages are on the way, and their work
	last    int64   // the last end of any work
	core    int     // whose it is
	stalled int64
	observe func(MessageTimes) // nil = nobody watches
}

// sender is what a core sends next. All of it is looked up when the core has
// sent the message before, so that the look-ups need not wait until it is known
// which core is next.
type sender struct {
	cursor
	dst     int32
	way     way
	latency int64 // of the way, as a time inside the model
	work    int64
}

// cursor is the message that a core sends next, in a burst that ends before hi.
type cursor struct{ burst, message, hi int32 }

func first(bursts []Burst) cursor { return cursor{message: bursts[0].Lo, hi: bursts[0].Hi} }

const (
	timeBits  = 16 // fraction bits of a time inside the model
	shareBits = 30 // fraction bits of a density
	// maxOnTheWay bounds a sum of densities to 56 bits.
	maxOnTheWay = 1 << 26
)

// NewDetailed returns the model. The configuration must have a buffer size.
func NewDetailed(c Config) (*Detailed, error) {
	if err := c.checkBuffer(); err != nil {
		return nil, err
	}
	w, err := newWays(&c)
	if err != nil {
		return nil, err
	}
	n := c.NumCores()
	return &Detailed{
		c: c, tile: c.tileOf(), ways: w, density: new([maxBuffers]int64),
		send: newQueue(n), receive: newQueue(n),
		at: make([]sender, n), transit: make([]fifo, n), busy: make([]int64, n),
	}, nil
}

// Step implements Model.
func (d *Detailed) Step(l *Load, _ *Traffic) (Step, error) {
	d.start(l)
	limit := min(d.send.limit(), d.receive.limit())
	for {
		now, src, ok := d.send.first()
		if !ok {
			break
		}
		d.arrive(now)
		sent, ok := d.transmit(src, now)
		if !ok || d.last > limit || sent > limit {
			d.arrive(never)
			return Step{}, ErrTooLong
		}
		if d.observe != nil {
			d.tell(l, src, sent)
		}
		d.next(l, src, sent)
	}
	depth := 0
	for c := range d.transit {
		depth = max(depth, d.transit[c].peak)
	}
	d.arrive(never)
	return Step{Time: (d.last + 1<<(timeBits-1)) >> timeBits, Core: d.core, Stalled: d.stalled >> timeBits, Depth: depth}, nil
}

// start sets the first message of each core.
func (d *Detailed) start(l *Load) {
	d.last, d.core, d.stalled = 0, 0, 0
	for c, bursts := range l.Bursts {
		d.transit[c].peak = 0
		d.busy[c] = l.Outside[c] << timeBits
		d.end(c, d.busy[c])
		if len(bursts) == 0 {
			d.send.drop(c)
			d.end(c, l.Tail[c]<<timeBits)
			continue
		}
		d.at[c].cursor = first(bursts)
		d.look(l, c)
		d.send.set(c, (bursts[0].Delay+d.c.Send)<<timeBits)
	}
}

// next moves a core that sent a message to its next one.
func (d *Detailed) next(l *Load, src int, sent int64) {
	at := &d.at[src]
	at.message++
	if at.message < at.hi {
		d.send.set(src, sent+d.c.Send<<timeBits)
		d.look(l, src)
		return
	}
	bursts := l.Bursts[src]
	at.burst++
	if int(at.burst) == len(bursts) {
		d.send.drop(src)
		d.end(src, sent+l.Tail[src]<<timeBits)
		return
	}
	b := bursts[at.burst]
	at.message, at.hi = b.Lo, b.Hi
	d.send.set(src, sent+(b.Delay+d.c.Send)<<timeBits)
	d.look(l, src)
}

// look looks up the message that a core sends next.
func (d *Detailed) look(l *Load, src int) {
	x := &d.at[src]
	m := l.Fanout[x.message]
	x.dst, x.work = int32(m.Dst), d.c.Work(m)
	k := d.tile[src]*d.tiles + d.tile[m.Dst]
	x.way, x.latency = d.table[k], d.latency[k]<<timeBits
}

// end notes that work of a core ends.
func (d *Detailed) end(core int, time int64) {
	if time > d.last {
		d.last, d.core = time, core
	}
}

// transmit sends the next message of a core and returns when it left; false if
// a number does not fit.
func (d *Detailed) transmit(src int, now int64) (int64, bool) {
	m := &d.at[src]
	dst, hops := int(m.dst), int64(m.way.hops)
	along := d.enter(src, m.way)
	sent, network := now, m.latency
	if along > 0 {
		congestion, ok := d.meanWork(along, hops+1)
		blocking, ok2 := d.meanWork(max(0, along-(hops+1)*int64(d.c.Buffer)<<shareBits), 1)
		if !ok || !ok2 {
			return 0, false
		}
		network = max(network, congestion)
		sent += blocking
		d.stalled += blocking
	}
	received := max(d.busy[dst], sent+network)
	d.busy[dst] = received + m.work<<timeBits
	d.end(dst, d.busy[dst])
	d.end(src, sent)
	d.n++
	d.work += m.work
	f := &d.transit[dst]
	if f.len() == 0 {
		d.receive.set(dst, received)
	}
	f.push(onTheWay{received, int32(m.work), int32(src), m.way})
	return sent, d.n <= maxOnTheWay
}

// meanWork returns density * (mean work of the messages on the way) / parts;
// false if it is out of range.
func (d *Detailed) meanWork(density, parts int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(density), uint64(d.work))
	by := uint64(d.n * parts)
	if hi >= by {
		return 0, false
	}
	q, _ := bits.Div64(hi, lo, by)
	const drop = shareBits - timeBits
	return int64((q>>(drop-1) + 1) >> 1), true
}

// arrive takes the messages received by now off their way. In which order it
// does so changes nothing: what they leave behind are sums.
func (d *Detailed) arrive(now int64) {
	for {
		t, dst, ok := d.receive.first()
		if !ok || t > now {
			return
		}
		f := &d.transit[dst]
		x := f.pop()
		d.leave(int(x.src), x.way)
		d.n--
		d.work -= int64(x.work)
		if f.len() == 0 {
			d.receive.drop(dst)
		} else {
			d.receive.set(dst, f.first().received)
		}
	}
}

// enter adds a message to the densities along its way and returns what they
// were, summed.
func (d *Detailed) enter(src int, w way) (along int64) {
	density := d.density
	entry := &density[uint16(d.entry+src)]
	along = *entry
	*entry += d.entryShare[w.hops]
	chunks, shares := d.chunks, d.linkShare
	for k := w.first; ; k++ {
		c, s := &chunks[k], &shares[w.share]
		x0, x1, x2 := density[c[0]], density[c[1]], density[c[2]]
		density[c[0]] = x0 + s[0]
		density[c[1]] = x1 + s[1]
		density[c[2]] = x2 + s[2]
		x3, x4, x5 := density[c[3]], density[c[4]], density[c[5]]
		density[c[3]] = x3 + s[3]
		density[c[4]] = x4 + s[4]
		density[c[5]] = x5 + s[5]
		along += (x0 + x1) + (x2 + x3) + (x4 + x5)
		if w.hops <= perChunk {
			return along
		}
		w.hops -= perChunk
		w.share++
	}
}

// leave takes it off again.
func (d *Detailed) leave(src int, w way) {
	density := d.density
	density[uint16(d.entry+src)] -= d.entryShare[w.hops]
	chunks, shares := d.chunks, d.linkShare
	for k := w.first; ; k++ {
		c, s := &chunks[k], &shares[w.share]
		density[c[0]] -= s[0]
		density[c[1]] -= s[1]
		density[c[2]] -= s[2]
		density[c[3]] -= s[3]
		density[c[4]] -= s[4]
		density[c[5]] -= s[5]
		if w.hops <= perChunk {
			return
		}
		w.hops -= perChunk
		w.share++
	}
}
