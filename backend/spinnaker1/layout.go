package spinnaker1

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/ir"
)

// layout is a network as vertices: an input port, a population or a source of
// bias is a vertex, whose neurons are cut into slices of equal size, one a core
// (specs/spinnaker1.md 1.3 calls them application and machine vertices).
type layout struct {
	net      *ir.Network
	m        *ir.Mapping
	opt      backend.Options
	vertices []*vertex // in the order of their latencies
	of       []*vertex // by node, nil if it is none
}

// vertex is what the cores of one node have in common.
type vertex struct {
	id       int // index into layout.vertices
	node     *ir.Node
	size     int
	most     int // neurons of a core
	perCore  int // neurons of every core but the last
	logDelay int // 2^logDelay slots of the ring buffer
	into     []projection
	first    int // index of its first core among all
}

// projection is one lowered projection onto a vertex.
type projection struct {
	src   *vertex
	conn  *ir.Connector
	shift int32 // from a delay of the network to one of a row
}

// slices returns the number of cores that the vertex takes.
func (v *vertex) slices() int { return (v.size + v.perCore - 1) / v.perCore }

// split cuts the vertex into at least n slices.
func (v *vertex) split(n int) {
	n = min(n, v.size)
	v.perCore = (v.size + n - 1) / n
	if v.slices() < n {
		v.perCore = v.size / n
	}
}

// count returns the number of neurons of slice k.
func (v *vertex) count(k int) int { return min(v.perCore, v.size-k*v.perCore) }

// logNeurons returns the bits of a neuron's index on a core.
func (v *vertex) logNeurons() int { return max(1, image.Bits(v.perCore)) }

// model returns the binary that the cores of the vertex run.
func (v *vertex) model() image.Model {
	switch {
	case v.node.Op == ir.OpInput:
		return image.Source
	case v.node.Op == ir.OpFixLIF && !allZero(v.node.P(ir.PTauSyn)):
		return image.CurrExp
	}
	return image.CurrDelta
}

func allZero(t ir.Tensor) bool {
	lo, hi := t.Range()
	return lo == 0 && hi == 0
}

func newLayout(n *ir.Network, m *ir.Mapping, opt backend.Options) (*layout, error) {
	l := &layout{net: n, m: m, opt: opt, of: make([]*vertex, len(n.Nodes))}
	for i := range n.Nodes {
		node := &n.Nodes[i]
		switch node.Op {
		case ir.OpInput, ir.OpBias, ir.OpFixLIF:
			v := &vertex{node: node, size: node.Out.Size(), logDelay: 1}
			l.vertices = append(l.vertices, v)
			l.of[i] = v
		default:
			if node.Op.IsNeuron() {
				return nil, fmt.Errorf("%s is not quantized for this target", node.Name)
			}
		}
	}
	slices.SortFunc(l.vertices, func(a, b *vertex) int {
		return cmp.Or(cmp.Compare(m.Latency[a.node.ID], m.Latency[b.node.ID]), cmp.Compare(a.node.Name, b.node.Name))
	})
	for i, v := range l.vertices {
		v.id = i
	}
	ps, err := n.Projections()
	if err != nil {
		return nil, err
	}
	for i := range ps {
		if err := l.project(&ps[i]); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// project takes up one projection.
func (l *layout) project(p *ir.Projection) error {
	dst := l.of[p.Dst]
	if dst == nil {
		return nil // an output port
	}
	src := l.of[p.Src]
	names := fmt.Sprintf("%s to %s", l.net.Node(p.Src).Name, dst.node.Name)
	c, err := ir.NewConnector(l.net, p)
	if err != nil {
		return err
	}
	if q := c.Q; src == nil || q == nil || !c.W.IsInt() || q.Exp != 0 || q.Unit != 1 || q.Limit != 0 {
		return fmt.Errorf("the weights from %s are not in this target's format", names)
	}
	if lo, hi := c.W.Range(); max(hi, -lo) > ir.FixInputMax {
		return fmt.Errorf("a weight from %s is %g, a word has 16 bits for it", names, max(hi, -lo))
	}
	q := projection{src: src, conn: c, shift: l.m.Latency[p.Dst] - l.m.Latency[p.Src]}
	lo, hi := c.DelayRange()
	if lo+q.shift < 1 || hi+q.shift > maxDelay {
		return fmt.Errorf("the delays from %s are %d to %d ticks on the chip, outside 1 to %d", names, lo+q.shift, hi+q.shift, maxDelay)
	}
	dst.logDelay = max(dst.logDelay, image.Bits(int(hi+q.shift)))
	dst.into = append(dst.into, q)
	return nil
}

// synapse is one synapse onto a neuron of the network.
type synapse struct {
	src    int32 // vertex
	elem   int32 // of the source
	delay  int32 // ticks
	inh    bool
	weight int32 // magnitude, 1..65535
}

func compareSynapses(a, b synapse) int {
	inh := 0
	if a.inh != b.inh {
		if inh = -1; a.inh {
			inh = 1
		}
	}
	return cmp.Or(cmp.Compare(a.src, b.src), cmp.Compare(a.elem, b.elem), cmp.Compare(a.delay, b.delay), inh)
}

// synapses appends the synapses onto neuron j of a vertex by source, element,
// delay and type. Several of one kind become one, as long as its weight has
// room for their sum: a ring buffer adds them up all the same.
func (v *vertex) synapses(j int, buf []synapse) []synapse {
	first, sorted := len(buf), true
	for i := range v.into {
		p := &v.into[i]
		p.conn.In(j, func(src int, k int32) {
			w := p.conn.W.IntAt(int(k))
			if w == 0 {
				return
			}
			s := synapse{src: int32(p.src.id), elem: int32(src), delay: p.conn.Delay(src, j, k) + p.shift, inh: w < 0, weight: max(w, -w)}
			if n := len(buf); n > first && compareSynapses(buf[n-1], s) >= 0 {
				sorted = false
			}
			buf = append(buf, s)
		})
	}
	if sorted {
		return buf
	}
	own := buf[first:]
	slices.SortStableFunc(own, compareSynapses)
	kept := own[:0]
	for _, s := range own {
		if n := len(kept); n > 0 && compareSynapses(kept[n-1], s) == 0 && kept[n-1].weight+s.weight <= ir.FixInputMax {
			kept[n-1].weight += s.weight
			continue
		}
		kept = append(kept, s)
	}
	return buf[:first+len(kept)]
}

// inputs returns the vertices that a vertex listens to, ascending.
func (v *vertex) inputs() []*vertex {
	var out []*vertex
	for i := range v.into {
		out = append(out, v.into[i].src)
	}
	slices.SortFunc(out, func(a, b *vertex) int { return cmp.Compare(a.id, b.id) })
	return slices.Compact(out)
}
