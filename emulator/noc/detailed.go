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
	c       Config
	tile    []int32 // of each core
	routes  []Route // by tile of the sender and of the receiver
	share   []int64 // by hops: what a message adds to a density
	link    []int64 // density of the buffer at the end of each link
	entry   []int64 // density of the buffer from each core into its router
	send    queue   // by source core: when it sends its next message
	receive queue   // by destination core: its first message on the way
	at      []cursor
	transit []fifo  // by destination core: its messages on the way, by received
	busy    []int64 // by destination core: the end of its work
	n, work int64   // how many messages are on the way, and their work
	last    int64   // the last end of any work
	core    int     // whose it is
	stalled int64
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
	n := c.NumCores()
	d := &Detailed{
		c: c, tile: c.tileOf(), routes: c.routes(),
		link: make([]int64, c.Links()), entry: make([]int64, n),
		send: newQueue(n), receive: newQueue(n),
		at: make([]cursor, n), transit: make([]fifo, n), busy: make([]int64, n),
	}
	for hops := range int64(c.Width + c.Height) {
		d.share = append(d.share, (1<<shareBits+(hops+2)/2)/(hops+2))
	}
	return d, nil
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
		m := l.Fanout[d.at[src].message]
		sent, ok := d.transmit(src, m, now)
		if !ok || d.last > limit || sent > limit {
			d.arrive(never)
			return Step{}, ErrTooLong
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
		d.at[c] = first(bursts)
		d.send.set(c, (bursts[0].Delay+d.c.Send)<<timeBits)
	}
}

// next moves a core that sent a message to its next one.
func (d *Detailed) next(l *Load, src int, sent int64) {
	at := &d.at[src]
	at.message++
	if at.message < at.hi {
		d.send.set(src, sent+d.c.Send<<timeBits)
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
}

// end notes that work of a core ends.
func (d *Detailed) end(core int, time int64) {
	if time > d.last {
		d.last, d.core = time, core
	}
}

// transmit sends a message and returns when it left its core; false if a
// number does not fit.
func (d *Detailed) transmit(src int, m Message, now int64) (int64, bool) {
	dst := int(m.Dst)
	r := d.route(src, dst)
	hops := int64(r.XN) + int64(r.YN)
	along := d.occupy(src, r, d.share[hops])
	sent, network := now, int64(r.XN)*d.c.HopEW+int64(r.YN)*d.c.HopNS
	if hops == 0 {
		network = d.c.Local
	}
	network <<= timeBits
	if along > 0 {
		congestion, ok := d.meanWork(along, hops+1)
		if !ok {
			return 0, false
		}
		network = max(network, congestion)
	}
	if over := along - (hops+1)*int64(d.c.Buffer)<<shareBits; over > 0 {
		blocking, ok := d.meanWork(over, 1)
		if !ok {
			return 0, false
		}
		sent += blocking
		d.stalled += blocking
	}
	received := max(d.busy[dst], sent+network)
	work := d.c.Work(m)
	d.busy[dst] = received + work<<timeBits
	d.end(dst, d.busy[dst])
	d.end(src, sent)
	d.enter(onTheWay{received, int32(src), int32(work)}, dst)
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

// route returns the way between two cores.
func (d *Detailed) route(src, dst int) *Route {
	return &d.routes[int(d.tile[src])*d.c.Tiles()+int(d.tile[dst])]
}

// enter puts a message on the way.
func (d *Detailed) enter(x onTheWay, dst int) {
	d.n++
	d.work += int64(x.work)
	f := &d.transit[dst]
	if f.len() == 0 {
		d.receive.set(dst, x.received)
	}
	f.push(x)
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
		r := d.route(int(x.src), dst)
		d.occupy(int(x.src), r, -d.share[r.XN+r.YN])
		d.n--
		d.work -= int64(x.work)
		if f.len() == 0 {
			d.receive.drop(dst)
		} else {
			d.receive.set(dst, f.first().received)
		}
	}
}

// occupy adds to the densities along a path and returns what they were, summed.
func (d *Detailed) occupy(src int, r *Route, share int64) (along int64) {
	along = d.entry[src]
	d.entry[src] += share
	// One loop for both axes, so that only one exit is hard to predict. The turn
	// is two conditions of one assignment each, which need no branch.
	at, step, turn := int(r.X), int(r.XStep), r.YN
	for n := r.XN + turn; n > 0; n-- {
		if n == turn {
			at = int(r.Y)
		}
		if n == turn {
			step = int(r.YStep)
		}
		along += d.link[at]
		d.link[at] += share
		at += step
	}
	return along
}
