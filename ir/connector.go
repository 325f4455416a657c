package ir

import "fmt"

// Connector enumerates the synapses of one projection of a lowered network
// without storing them: the weights of a convolution stay shared however many
// synapses they make.
//
// A lowered projection runs from a population, source or input through an
// optional OpDelay by element, any number of OpSumPool2d and OpFlatten, exactly
// one weighted map and an optional OpDelay by element, to a population (see
// Projections).
type Connector struct {
	// W holds the weights; synapse callbacks get indices into it.
	W Tensor
	// Q is the format of integer weights, nil for floats.
	Q *QFormat

	steps    []step // from source to target
	base     int32  // delay of the edges
	srcDelay Tensor
	dstDelay Tensor
	synDelay Tensor
}

// step is one linear map of the chain with its geometry.
type step interface {
	// out calls f with each output that input i reaches, and the weight index.
	out(i int, f func(o int, k int32))
	// in calls f with each input that reaches output o, and the weight index.
	in(o int, f func(i int, k int32))
}

// NewConnector builds the connector of projection p of the lowered network n.
func NewConnector(n *Network, p *Projection) (*Connector, error) {
	c := &Connector{base: p.Delay}
	weighted := false
	for i, id := range p.Maps {
		node := n.Node(id)
		switch {
		case node.Op == OpFlatten: // elements keep their order
		case node.Op == OpDelay && i == 0:
			c.srcDelay = node.P(PDelaySteps)
		case node.Op == OpDelay && i == len(p.Maps)-1 && weighted:
			c.dstDelay = node.P(PDelaySteps)
		case node.Op == OpSumPool2d && !weighted:
			c.steps = append(c.steps, newPoolStep(node))
		case node.Op.Weighted() && !weighted:
			weighted = true
			s, err := newWeightStep(node)
			if err != nil {
				return nil, err
			}
			c.steps = append(c.steps, s)
			c.W, c.Q = node.P(weightKey(node.Op)), node.Q
			if node.Op == OpSparse && node.Has(PDelaySteps) {
				c.synDelay = node.P(PDelaySteps)
			}
		default:
			return nil, fmt.Errorf("%s: a %s cannot stand here in a lowered projection", node.Name, node.Op)
		}
	}
	if !weighted {
		return nil, fmt.Errorf("projection from %s to %s has no weights", n.Node(p.Src).Name, n.Node(p.Dst).Name)
	}
	return c, nil
}

// weightKey returns the parameter that holds the weights of op.
func weightKey(op Op) Param {
	if op == OpScale {
		return PScale
	}
	return PWeight
}

// WeightKey returns the parameter that holds the weights of a weighted op.
func WeightKey(op Op) Param { return weightKey(op) }

// Out calls f with each synapse that leaves source element src: the target
// element and the index of its weight. A pair of elements may be joined by
// several synapses.
func (c *Connector) Out(src int, f func(dst int, k int32)) { walkOut(c.steps, src, f) }

func walkOut(steps []step, i int, f func(dst int, k int32)) {
	if len(steps) == 1 {
		steps[0].out(i, f)
		return
	}
	steps[0].out(i, func(o int, _ int32) { walkOut(steps[1:], o, f) })
}

// In calls f with each synapse onto target element dst: the source element
// and the index of its weight.
func (c *Connector) In(dst int, f func(src int, k int32)) {
	last := len(c.steps) - 1
	if last == 0 {
		c.steps[0].in(dst, f)
		return
	}
	c.steps[last].in(dst, func(mid int, k int32) { walkIn(c.steps[:last], mid, k, f) })
}

func walkIn(steps []step, o int, k int32, f func(src int, k int32)) {
	if len(steps) == 0 {
		f(o, k)
		return
	}
	last := len(steps) - 1
	steps[last].in(o, func(i int, _ int32) { walkIn(steps[:last], i, k, f) })
}

// Delay returns the delay in steps of the synapse src to dst with weight
// index k.
func (c *Connector) Delay(src, dst int, k int32) int32 {
	d := c.base
	if c.srcDelay.Valid() {
		d += c.srcDelay.IntAt(src)
	}
	if c.dstDelay.Valid() {
		d += c.dstDelay.IntAt(dst)
	}
	if c.synDelay.Valid() {
		d += c.synDelay.IntAt(int(k))
	}
	return d
}

// DelayRange returns bounds on Delay over all synapses.
func (c *Connector) DelayRange() (lo, hi int32) {
	lo, hi = c.base, c.base
	for _, t := range []Tensor{c.srcDelay, c.dstDelay, c.synDelay} {
		if t.Valid() {
			a, b := t.Range()
			lo, hi = lo+int32(a), hi+int32(b)
		}
	}
	return lo, hi
}

func newWeightStep(node *Node) (step, error) {
	switch node.Op {
	case OpDense:
		return denseStep{node.In.Size(), node.Out.Size()}, nil
	case OpScale:
		return scaleStep{}, nil
	case OpConv1d, OpConv2d:
		return newConvStep(node), nil
	case OpSparse:
		return newSparseStep(node), nil
	}
	return nil, fmt.Errorf("%s: %s has to be expanded before its synapses can be listed", node.Name, node.Op)
}

type denseStep struct{ nIn, nOut int }

func (s denseStep) out(i int, f func(int, int32)) {
	for o := range s.nOut {
		f(o, int32(o*s.nIn+i))
	}
}

func (s denseStep) in(o int, f func(int, int32)) {
	for i := range s.nIn {
		f(i, int32(o*s.nIn+i))
	}
}

type scaleStep struct{}

func (scaleStep) out(i int, f func(int, int32)) { f(i, int32(i)) }
func (scaleStep) in(o int, f func(int, int32))  { f(o, int32(o)) }

// sparseStep is a matrix in compressed rows by source, with the transposed
// index built beside it.
type sparseStep struct {
	ptr, idx   []int32 // by source
	tptr, tsrc []int32 // by target: sources
	tsyn       []int32 // by target: synapse indices
}

func newSparseStep(node *Node) *sparseStep {
	s := &sparseStep{ptr: node.P(PIndptr).I, idx: node.P(PIndices).I}
	n := node.Out.Size()
	s.tptr = make([]int32, n+1)
	for _, t := range s.idx {
		s.tptr[t+1]++
	}
	for t := range n {
		s.tptr[t+1] += s.tptr[t]
	}
	s.tsrc, s.tsyn = make([]int32, len(s.idx)), make([]int32, len(s.idx))
	at := append([]int32{}, s.tptr[:n]...)
	for i := range len(s.ptr) - 1 {
		for k := s.ptr[i]; k < s.ptr[i+1]; k++ {
			t := s.idx[k]
			s.tsrc[at[t]], s.tsyn[at[t]] = int32(i), k
			at[t]++
		}
	}
	return s
}

func (s *sparseStep) out(i int, f func(int, int32)) {
	for k := s.ptr[i]; k < s.ptr[i+1]; k++ {
		f(int(s.idx[k]), k)
	}
}

func (s *sparseStep) in(o int, f func(int, int32)) {
	for k := s.tptr[o]; k < s.tptr[o+1]; k++ {
		f(int(s.tsrc[k]), s.tsyn[k])
	}
}
