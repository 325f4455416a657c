package loihi1

import (
	"fmt"

	"github.com/synfire/synfire/backend/loihi1/image"
	"github.com/synfire/synfire/ir"
)

// idxBits is the width of the target index of sparse synapses: enough for
// every compartment of a core.
const idxBits = 10

// projection is one lowered projection as the chip sees it.
type projection struct {
	conn     *ir.Connector
	src, dst ir.NodeID
	fmts     [2]image.SynFmt // sparse, dense
	sizes    [2][]uint16     // words that so many synapses take, as a table
	// shift is added to a synapse's delay in the network's time to give its
	// delay on the chip.
	shift    int32
	maxDelay int32
	// multi says that two elements may be joined by several synapses, so
	// that their targets are not consecutive.
	multi bool
	base  int32 // first compartment of the target on the current core, -1
	use   []use // by source element, on the current core
	// rank is the place among the projections of the source; at is where the
	// encoder puts an element's next synapse.
	rank int32
	at   []int32
	// stored counts the elements whose synapses are sparse and dense.
	stored [2]int32
}

// use is how many synapses of a source element a core holds, the last
// compartment they reach, and whether they are stored dense.
type use struct {
	n, hi int32
	dense bool
}

// words returns how many words n synapses in format k take.
func (p *projection) words(k int, n int32) int32 {
	if int(n) < len(p.sizes[k]) {
		return int32(p.sizes[k][n])
	}
	return int32(image.AxonWords(p.fmts[k], int(n)))
}

// count adds d to the count of the storage that u stands for.
func (p *projection) count(u use, d int32) {
	switch {
	case u.n == 0:
	case u.dense:
		p.stored[1] += d
	default:
		p.stored[0] += d
	}
}

// projections reads the projections of a lowered, quantized network.
func projections(n *ir.Network, lat []int32) ([]*projection, error) {
	list, err := n.Projections()
	if err != nil {
		return nil, err
	}
	var out []*projection
	for i := range list {
		p := &list[i]
		if n.Node(p.Dst).Op == ir.OpOutput {
			continue
		}
		if n.Node(p.Dst).Op != ir.OpIntLIF {
			return nil, fmt.Errorf("%s is not quantized", n.Node(p.Dst).Name)
		}
		c, err := ir.NewConnector(n, p)
		if err != nil {
			return nil, err
		}
		if c.Q == nil || !c.W.IsInt() {
			return nil, fmt.Errorf("the weights from %s to %s are not quantized", n.Node(p.Src).Name, n.Node(p.Dst).Name)
		}
		hop := int32(1)
		if n.Node(p.Src).Op == ir.OpInput {
			hop = 0
		}
		q := &projection{conn: c, src: p.Src, dst: p.Dst, base: -1, shift: lat[p.Dst] - lat[p.Src] - hop}
		lo, hi := c.DelayRange()
		if lo+q.shift < 0 || hi+q.shift > maxDelay {
			return nil, fmt.Errorf("the delays from %s to %s are %d to %d steps on the chip, outside 0 to %d",
				n.Node(p.Src).Name, n.Node(p.Dst).Name, lo+q.shift, hi+q.shift, maxDelay)
		}
		q.maxDelay = hi + q.shift
		if q.fmts, err = formats(c.Q, q.maxDelay); err != nil {
			return nil, fmt.Errorf("the weights from %s to %s: %w", n.Node(p.Src).Name, n.Node(p.Dst).Name, err)
		}
		for k := range q.sizes {
			q.sizes[k] = make([]uint16, maxCompartments+1)
			for i := range q.sizes[k] {
				q.sizes[k][i] = uint16(image.AxonWords(q.fmts[k], i))
			}
		}
		q.multi = len(p.Maps) > 1 || n.Node(p.Maps[0]).Op == ir.OpSparse
		q.use = make([]use, n.Node(p.Src).Out.Size())
		out = append(out, q)
	}
	return out, nil
}

// formats returns the sparse and the dense synapse format for weights q and
// delays up to maxDelay.
func formats(q *ir.QFormat, maxDelay int32) ([2]image.SynFmt, error) {
	f := image.SynFmt{WgtBits: uint8(q.Bits), WgtExp: q.Exp, IdxBits: idxBits, Compression: image.Sparse}
	if q.Bits == 7 { // not a width the chip has; the 8-bit grid contains it
		f.WgtBits = 8
	}
	if q.Bits < 0 || q.Bits > 8 || q.Exp < -8 || q.Exp > 7 || q.Unit != 64 {
		return [2]image.SynFmt{}, fmt.Errorf("%d bits with exponent %d and unit %d have no synapse format", q.Bits, q.Exp, q.Unit)
	}
	switch q.Sign {
	case ir.SignMixed:
		f.Sign = image.Mixed
	case ir.SignExcitatory:
		f.Sign = image.Excitatory
	case ir.SignInhibitory:
		f.Sign = image.Inhibitory
	default:
		return [2]image.SynFmt{}, fmt.Errorf("the sign mode is not decided")
	}
	for maxDelay>>f.DlyBits > 0 {
		f.DlyBits++
	}
	dense := f
	dense.IdxBits, dense.Compression = 0, image.Dense
	return [2]image.SynFmt{f, dense}, nil
}

// delayBits returns the accumulator size for delays up to d.
func delayBits(d int32) uint8 {
	bits := 3
	for image.MaxDelay(bits) < int(d) {
		bits++
	}
	return uint8(bits)
}

// lowest returns the projection of a source whose targets begin first on the
// current core. Its first compartment is the base of the source's axons, to
// which all targets are relative, and it alone may be stored dense.
func lowest(ps []*projection) *projection {
	var low *projection
	for _, p := range ps {
		if p.base >= 0 && (low == nil || p.base < low.base) {
			low = p
		}
	}
	return low
}

// plan chooses how the synapses of one source element lie in memory: those of
// the lowest projection are dense if that is smaller. It returns whether they
// are and how many words the element takes. Sparse synapses of neighbouring
// projections with one format share blocks.
func plan(ps []*projection, element int32) (dense bool, words int32) {
	low := lowest(ps)
	var run run
	for _, p := range ps {
		u := &p.use[element]
		if u.n == 0 || p.base < 0 {
			continue
		}
		if p == low && !p.multi {
			if d := p.words(1, u.hi-p.base+1); d < p.words(0, u.n) {
				dense, words = true, words+d
				continue
			}
		}
		if run.p == nil || p.fmts[0] != run.p.fmts[0] {
			words += run.words()
			run.p, run.n = p, 0
		}
		run.n += u.n
	}
	return dense, words + run.words()
}

// run is a number of synapses of one element in the sparse format of p.
type run struct {
	p *projection
	n int32
}

func (r run) words() int32 {
	if r.p == nil {
		return 0
	}
	return r.p.words(0, r.n)
}
