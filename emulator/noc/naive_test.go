package noc_test

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/synfire/synfire/emulator/noc"
)

// naiveMessage is a message with all that is known of it.
type naiveMessage struct {
	src, dst int
	delay    int64 // from the core's last message
	work     int64
	path     []string // the buffers on its way
	hop      int64
	at, recv *big.Rat
}

// naiveMessages lists the messages of a load by core, with the buffers that
// each meets, by the definition of X-then-Y routing.
func naiveMessages(c noc.Config, l *noc.Load) [][]*naiveMessage {
	out := make([][]*naiveMessage, c.NumCores())
	for src, bursts := range l.Bursts {
		for _, b := range bursts {
			delay := b.Delay
			for _, m := range l.Fanout[b.Lo:b.Hi] {
				x := &naiveMessage{src: src, dst: int(m.Dst), delay: delay + c.Send}
				x.work = c.Receive + int64(m.Synapses)*c.Synapse
				x.walk(c)
				out[src] = append(out[src], x)
				delay = 0
			}
		}
	}
	return out
}

// name is the name of a buffer: of the link in a direction that ends at a tile,
// or of a core.
func name(kind string, i, j int) string { return fmt.Sprintf("%s %d,%d", kind, i, j) }

// walk takes the message to its destination, x first.
func (x *naiveMessage) walk(c noc.Config) {
	name := func(kind string, i, j int) string {
		return kind + " " + big.NewInt(int64(i)).String() + "," + big.NewInt(int64(j)).String()
	}
	px, py := x.src/c.Cores/c.Height, x.src/c.Cores%c.Height
	dx, dy := x.dst/c.Cores/c.Height, x.dst/c.Cores%c.Height
	x.path = []string{name("core", x.src, 0)}
	for px != dx || py != dy {
		switch {
		case px < dx:
			px++
			x.path, x.hop = append(x.path, name("east", px, py)), x.hop+c.HopEW
		case px > dx:
			px--
			x.path, x.hop = append(x.path, name("west", px, py)), x.hop+c.HopEW
		case py < dy:
			py++
			x.path, x.hop = append(x.path, name("north", px, py)), x.hop+c.HopNS
		default:
			py--
			x.path, x.hop = append(x.path, name("south", px, py)), x.hop+c.HopNS
		}
	}
	if len(x.path) == 1 {
		x.hop = c.Local
	}
}

// naiveDetailed restates the equations of the semi-analytical model on exact
// fractions: every sum is built anew for every message.
func naiveDetailed(c noc.Config, l *noc.Load) *big.Rat {
	queues := naiveMessages(c, l)
	last := new(big.Rat)
	end := func(t *big.Rat) {
		if t.Cmp(last) > 0 {
			last = t
		}
	}
	plus := func(a *big.Rat, n int64) *big.Rat { return new(big.Rat).Add(a, big.NewRat(n, 1)) }
	busy := make([]*big.Rat, c.NumCores())
	next := make([]int, c.NumCores())
	for src, q := range queues {
		busy[src] = big.NewRat(l.Outside[src], 1)
		end(busy[src])
		if len(q) > 0 {
			q[0].at = big.NewRat(q[0].delay, 1)
		} else {
			end(big.NewRat(l.Tail[src], 1))
		}
	}
	var way []*naiveMessage
	for {
		var first *naiveMessage
		for src, q := range queues {
			if next[src] < len(q) && (first == nil || q[next[src]].at.Cmp(first.at) < 0) {
				first = q[next[src]]
			}
		}
		if first == nil {
			return last
		}
		now := first.at
		way = slices.DeleteFunc(way, func(x *naiveMessage) bool { return x.recv.Cmp(now) <= 0 })
		along, mean := naiveDensity(way, first.path)
		hops := int64(len(first.path))
		blocking := new(big.Rat).Mul(plus(along, -hops*int64(c.Buffer)), mean)
		if blocking.Sign() < 0 {
			blocking = new(big.Rat)
		}
		network := new(big.Rat).Mul(along, mean)
		network.Quo(network, big.NewRat(hops, 1))
		if least := big.NewRat(first.hop, 1); network.Cmp(least) < 0 {
			network = least
		}
		sent := new(big.Rat).Add(now, blocking)
		first.recv = slices.MaxFunc([]*big.Rat{busy[first.dst], new(big.Rat).Add(sent, network)}, func(a, b *big.Rat) int { return a.Cmp(b) })
		busy[first.dst] = plus(first.recv, first.work)
		end(busy[first.dst])
		way = append(way, first)
		next[first.src]++
		if q := queues[first.src]; next[first.src] < len(q) {
			x := q[next[first.src]]
			x.at = plus(sent, x.delay)
		} else {
			end(plus(sent, l.Tail[first.src]))
		}
	}
}

// naiveDensity returns the densities on a path and the mean work of messages.
func naiveDensity(way []*naiveMessage, path []string) (along, mean *big.Rat) {
	along, mean = new(big.Rat), new(big.Rat)
	for _, x := range way {
		mean.Add(mean, big.NewRat(x.work, int64(len(way))))
		for _, b := range x.path {
			if slices.Contains(path, b) {
				along.Add(along, big.NewRat(1, int64(len(x.path))+1))
			}
		}
	}
	return along, mean
}

// naiveSimple restates the model without a network.
func naiveSimple(c noc.Config, l *noc.Load) int64 {
	send, work := slices.Clone(l.Tail), slices.Clone(l.Outside)
	for _, q := range naiveMessages(c, l) {
		for _, x := range q {
			send[x.src] += x.delay
			work[x.dst] += x.work
		}
	}
	return max(slices.Max(send), slices.Max(work))
}
