package truenorth

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/ir"
)

// axonKey names an axon of a core: one bit of the weights of one element of a
// source, with one delay.
type axonKey struct {
	src   ir.NodeID
	elem  int32
	bit   int8
	delay int32 // destination_tick of whoever sends to it
}

// dest is where a copy of a neuron sends: an axon of a core, or an output of
// the bus (core -1).
type dest struct{ core, axon, delay int32 }

// slot is a neuron of a core: a copy of a neuron of the network.
type slot struct {
	node  ir.NodeID
	j     int32
	first bool // the first copy, whose spikes stand for the neuron
	to    dest
	axons []int32 // the axons connected to it, shared among copies
}

// core is what a core holds.
type core struct {
	axons []axonKey
	index map[axonKey]int32
	slots []slot
}

// layout distributes the neurons of a network over cores. It works from the
// outputs to the inputs, because how many copies of a neuron are needed
// follows from how many axons listen to it.
type layout struct {
	net       *ir.Network
	m         *ir.Mapping
	axons     int // of a core
	neurons   int
	into      [][]*projection // by target
	bits      []int           // by population: width of its weights
	dests     [][][]dest      // by source and element
	cores     []*core
	outputs   int32
	problems  []backend.Problem
	axonsUsed []int64 // by population
	copies    []int64
}

// projection is one lowered projection.
type projection struct {
	src, dst ir.NodeID
	conn     *ir.Connector
	shift    int32 // from a delay of the network to one of the chip
}

func newLayout(n *ir.Network, m *ir.Mapping, opt backend.Options) (*layout, error) {
	nodes := len(n.Nodes)
	l := &layout{
		net: n, m: m, into: make([][]*projection, nodes), bits: make([]int, nodes),
		dests: make([][][]dest, nodes), axonsUsed: make([]int64, nodes), copies: make([]int64, nodes),
	}
	for i := range n.Nodes {
		if n.Nodes[i].Op != ir.OpOutput {
			l.dests[i] = make([][]dest, n.Nodes[i].Out.Size())
		}
	}
	l.axons, l.neurons = size(opt)
	ps, err := n.Projections()
	if err != nil {
		return nil, err
	}
	for i := range ps {
		if err := l.project(&ps[i]); err != nil {
			return nil, err
		}
	}
	order, err := l.order()
	if err != nil {
		return nil, err
	}
	for _, id := range order {
		l.population(id)
	}
	return l, nil
}

// project takes up one projection.
func (l *layout) project(p *ir.Projection) error {
	n := l.net
	if n.Node(p.Dst).Op == ir.OpOutput {
		return nil
	}
	src, dst := n.Node(p.Src), n.Node(p.Dst)
	if dst.Op != ir.OpIntLIF {
		return fmt.Errorf("%s is not quantized", dst.Name)
	}
	c, err := ir.NewConnector(n, p)
	if err != nil {
		return err
	}
	if c.Q == nil || !c.W.IsInt() || c.Q.Exp != 0 || c.Q.Unit != unit || int(c.Q.Bits) > axonTypes {
		return fmt.Errorf("the weights from %s to %s are not in this target's format", src.Name, dst.Name)
	}
	hop := int32(1)
	if src.Op == ir.OpInput {
		hop = 0
	}
	q := &projection{src: p.Src, dst: p.Dst, conn: c, shift: l.m.Latency[p.Dst] - l.m.Latency[p.Src] - hop}
	lo, hi := c.DelayRange()
	if lo+q.shift < 0 || hi+q.shift > maxDelay {
		return fmt.Errorf("the delays from %s to %s are %d to %d ticks on the chip, outside 0 to %d", src.Name, dst.Name, lo+q.shift, hi+q.shift, maxDelay)
	}
	l.into[p.Dst] = append(l.into[p.Dst], q)
	l.bits[p.Dst] = max(l.bits[p.Dst], int(c.Q.Bits))
	return nil
}

// order returns the populations so that each comes after all that it sends to.
func (l *layout) order() ([]ir.NodeID, error) {
	n := l.net
	var names []ir.NodeID
	for i := range n.Nodes {
		if n.Nodes[i].Op == ir.OpIntLIF || n.Nodes[i].Op == ir.OpBias {
			names = append(names, ir.NodeID(i))
		}
	}
	slices.SortFunc(names, func(a, b ir.NodeID) int {
		return cmp.Compare(n.Node(a).Name, n.Node(b).Name)
	})
	sends := make([][]ir.NodeID, len(n.Nodes))
	for _, id := range names {
		for _, p := range l.into[id] {
			sends[p.src] = append(sends[p.src], id)
		}
	}
	var out []ir.NodeID
	state := make([]uint8, len(n.Nodes)) // 1 on the way, 2 done
	var visit func(id ir.NodeID) error
	visit = func(id ir.NodeID) error {
		switch state[id] {
		case 1:
			return fmt.Errorf("%s feeds back on itself: a neuron that reaches several axons is copied, and a copy of a recurrent neuron would need copies without end", n.Node(id).Name)
		case 2:
			return nil
		}
		state[id] = 1
		for _, to := range sends[id] {
			if err := visit(to); err != nil {
				return err
			}
		}
		state[id] = 2
		out = append(out, id)
		return nil
	}
	for _, id := range names {
		if err := visit(id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// population puts all copies of all neurons of a population onto cores.
func (l *layout) population(id ir.NodeID) {
	node := l.net.Node(id)
	if node.Op == ir.OpBias {
		l.sources(id)
		return
	}
	output := l.feedsOutput(id)
	for _, j := range neuronOrder(node.Out) {
		to := l.dests[id][j]
		if output || len(to) == 0 {
			to = append(to, dest{core: -1, axon: l.outputs})
			l.outputs++
		}
		keys, ok := l.listens(id, j)
		if !ok || !l.neuron(id, j, keys, to) {
			return // reported
		}
	}
}

// feedsOutput tells whether a population is an output of the network.
func (l *layout) feedsOutput(id ir.NodeID) bool {
	return slices.ContainsFunc(l.net.Edges, func(e ir.Edge) bool {
		return e.Src == id && l.net.Node(e.Dst).Op == ir.OpOutput
	})
}

// sources places a bias source: a neuron without inputs whose leak exceeds
// its threshold, copied for each axon it reaches.
func (l *layout) sources(id ir.NodeID) {
	if to := l.dests[id][0]; len(to) > 0 {
		l.neuron(id, 0, nil, to)
	}
}

// neuronOrder lists the neurons of a population so that those with common
// inputs follow each other: all channels of a place, place by place.
func neuronOrder(shape ir.Shape) []int32 {
	size := shape.Size()
	out := make([]int32, 0, size)
	places := 1
	if len(shape) > 1 {
		places = size / shape[0]
	}
	for place := range places {
		for c := 0; c*places+place < size; c++ {
			out = append(out, int32(c*places+place))
		}
	}
	return out
}

// listens returns the axons that neuron j of a population listens to.
func (l *layout) listens(id ir.NodeID, j int32) ([]axonKey, bool) {
	type input struct {
		src         ir.NodeID
		elem, delay int32
	}
	sums := map[input]int32{}
	var inputs []input
	for _, p := range l.into[id] {
		p.conn.In(int(j), func(src int, k int32) {
			if w := p.conn.W.IntAt(int(k)); w != 0 {
				in := input{p.src, int32(src), p.conn.Delay(src, int(j), k) + p.shift}
				if _, ok := sums[in]; !ok {
					inputs = append(inputs, in)
				}
				sums[in] += w
			}
		})
	}
	bits := l.bits[id]
	var keys []axonKey
	for _, in := range inputs {
		k := sums[in]
		if most := weightMax(bits); k > most || k < -most {
			l.problem(id, ir.Usage{Resource: "weight", Used: int64(k), Limit: int64(most)},
				fmt.Sprintf("several synapses from one source to neuron %d of %s add up to a weight of %d, %d bits reach %d", j, l.net.Node(id).Name, k, bits, most))
			return nil, false
		}
		for b, set := int8(0), bitsOf(k, bits); set != 0; b, set = b+1, set>>1 {
			if set&1 != 0 {
				keys = append(keys, axonKey{in.src, in.elem, b, in.delay})
			}
		}
	}
	return keys, true
}

func weightMax(bits int) int32 {
	if bits <= 2 {
		return 1
	}
	return 1<<(bits-1) - 1
}

// neuron puts the copies of a neuron onto the current core and the ones after
// it; it reports false if the neuron fits no core.
func (l *layout) neuron(id ir.NodeID, j int32, keys []axonKey, to []dest) bool {
	l.axonsUsed[id] = max(l.axonsUsed[id], int64(len(keys)))
	if len(keys) > l.axons {
		l.problem(id, ir.Usage{Resource: "axons", Used: int64(len(keys)), Limit: int64(l.axons)},
			fmt.Sprintf("neuron %d of %s listens to %d axons, a core has %d", j, l.net.Node(id).Name, len(keys), l.axons))
		return false
	}
	for first := true; len(to) > 0; first = false {
		c := l.open(keys)
		axons := make([]int32, len(keys))
		for i, k := range keys {
			axons[i] = l.axon(c, k)
		}
		room := min(len(to), l.neurons-len(c.slots))
		for i, d := range to[:room] {
			c.slots = append(c.slots, slot{id, j, first && i == 0, d, axons})
		}
		to = to[room:]
		l.copies[id] += int64(room)
	}
	return true
}

// open returns a core with room for a neuron that listens to keys: the last
// one if it has, else a new one.
func (l *layout) open(keys []axonKey) *core {
	if k := len(l.cores) - 1; k >= 0 {
		c := l.cores[k]
		more := 0
		for _, key := range keys {
			if _, ok := c.index[key]; !ok {
				more++
			}
		}
		if len(c.slots) < l.neurons && len(c.axons)+more <= l.axons {
			return c
		}
	}
	c := &core{index: map[axonKey]int32{}}
	l.cores = append(l.cores, c)
	return c
}

// axon returns the axon of a key on the last core. A new one is one more place
// that its source has to send to.
func (l *layout) axon(c *core, k axonKey) int32 {
	a, ok := c.index[k]
	if !ok {
		a = int32(len(c.axons))
		c.index[k] = a
		c.axons = append(c.axons, k)
		l.dests[k.src][k.elem] = append(l.dests[k.src][k.elem], dest{int32(len(l.cores) - 1), a, k.delay})
	}
	return a
}

func (l *layout) problem(id ir.NodeID, use ir.Usage, text string) {
	l.problems = append(l.problems, backend.Problem{Node: id, Use: use, Text: text})
}
