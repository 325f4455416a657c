package passes

import (
	"context"
	"fmt"

	"github.com/synfire/synfire/ir"
)

// relay splits the fan-in of populations that listen to more sources than a
// neuron of the target can, if the user allows approximations. The sources of
// a population are cut into groups; for each group and neuron two relay
// neurons add up what excites it and what inhibits it, spike each time that
// their sum has grown by a quantum, and hand on one quantum:
//
//	relay:   v += sum of |w| over the group's sources of one sign; v >= q: spike, v -= q
//	target:  v += q * (excitatory relays that spike - inhibitory ones)
//
// Sums of one sign only grow, so the target is always within half a quantum a
// group of what it would have got, a step later. A relay that gets more than a
// quantum a step lags behind and catches up. Without leave to approximate the
// population is left as it is, and the partition says that it does not fit.
func relay(_ context.Context, s *State) error {
	caps := s.caps()
	if caps.FanIn == nil || !s.Opt.AllowApproximate {
		return nil
	}
	ps, err := s.Net.Projections()
	if err != nil {
		return err
	}
	into := make([][]*ir.Projection, len(s.Net.Nodes))
	for i := range ps {
		into[ps[i].Dst] = append(into[ps[i].Dst], &ps[i])
	}
	r := relayer{s: s, gone: make([]bool, len(s.Net.Nodes)), names: names{}}
	for i := range s.Net.Nodes {
		r.names[s.Net.Nodes[i].Name] = true
	}
	for _, id := range canonical(s.Net) {
		node := s.Net.Node(id)
		if node.Op != ir.OpIF {
			continue
		}
		if err := r.population(id, into[id]); err != nil {
			s.Diags.Errorf("E0422", place(s.Net.Node(id)), "", "%v", err)
			return nil
		}
	}
	remove(s.Net, func(id ir.NodeID) bool { return int(id) < len(r.gone) && r.gone[id] })
	return nil
}

// relayActivity is the fraction of a relay's sources that are taken to spike
// in a busy step; the quantum is what they add up to at most. A smaller
// quantum is finer but lags when more of them spike.
const relayActivity = 0.15

type relayer struct {
	s     *State
	gone  []bool // maps that relays replace
	names names
}

// fan is what one neuron listens to through one projection.
type fan struct {
	srcs []int32
	w    []float64
}

// population relays a population if one of its neurons listens to too much.
func (r *relayer) population(id ir.NodeID, in []*ir.Projection) error {
	s := r.s
	limit, oneSigned := s.caps().FanIn(r.width())
	most := 0
	fans := make([][]fan, len(in)) // by projection and neuron
	size := s.Net.Node(id).Out.Size()
	total := make([]int, size)
	for i, p := range in {
		if s.Net.Node(p.Src).Op == ir.OpBias {
			continue // one source
		}
		c, err := ir.NewConnector(s.Net, p)
		if err != nil {
			return err
		}
		if lo, hi := c.DelayRange(); lo != hi {
			return fmt.Errorf("%s: delays that differ by synapse cannot be relayed", s.Net.Node(id).Name)
		}
		fans[i] = make([]fan, size)
		for j := range size {
			f := &fans[i][j]
			c.In(j, func(src int, k int32) {
				if w := c.W.At(int(k)); w != 0 {
					f.srcs, f.w = append(f.srcs, int32(src)), append(f.w, w)
				}
			})
			total[j] += len(f.srcs)
			most = max(most, total[j])
		}
	}
	if most <= limit {
		return nil
	}
	node := s.Net.Node(id)
	name := node.Name
	groups := 0
	q := quantum(fans, oneSigned, in, s.Net)
	for i, p := range in {
		if fans[i] != nil {
			groups += r.projection(id, p, fans[i], oneSigned, q)
		}
	}
	if 2*groups > limit {
		return fmt.Errorf("%s listens to %d sources: %d groups of relays are still more than the %d that a neuron can listen to", name, most, 2*groups, limit)
	}
	s.Net.Note("relay", "%s listens to up to %d sources, more than %d: %d relay neurons sum parts of them, one step later", name, most, limit, 2*groups*size)
	s.Diags.Warnf("W0502", place(s.Net.Node(id)), "", "%s is approximate on %s: %d relay neurons sum its %d sources in %d groups, to half a quantum of %.3g each",
		name, s.Target.Name(), 2*groups*size, most, groups, q)
	for i := range s.Report.Fidelity {
		if f := &s.Report.Fidelity[i]; f.Node == name {
			f.Fidelity = max(f.Fidelity, 1)
			f.Reason = join(f.Reason, "; ", fmt.Sprintf("its %d sources are summed by relay neurons", most))
		}
	}
	return nil
}

// width returns the weight width that the fan-in is counted with.
func (r *relayer) width() int {
	if r.s.Opt.Bits > 0 {
		return r.s.Opt.Bits
	}
	widest := 0
	for _, b := range r.s.caps().WeightBits {
		widest = max(widest, b)
	}
	return widest
}

// quantum returns what a relay hands on: the most that a group of one sign
// can add in a step, times relayActivity.
func quantum(fans [][]fan, group int, in []*ir.Projection, n *ir.Network) float64 {
	most := 0.0
	for i := range fans {
		if fans[i] == nil {
			continue
		}
		sums := make([]float64, 2*(n.Node(in[i].Src).Out.Size()/group+1))
		for j := range fans[i] {
			clear(sums)
			for k, src := range fans[i][j].srcs {
				w := fans[i][j].w[k]
				at := 2 * (int(src) / group)
				if w < 0 {
					at, w = at+1, -w
				}
				sums[at] += w
				most = max(most, sums[at])
			}
		}
	}
	return most * relayActivity
}

// projection replaces one projection by relays and returns how many groups.
func (r *relayer) projection(id ir.NodeID, p *ir.Projection, fans []fan, group int, q float64) int {
	n := r.s.Net
	src, dst := n.Node(p.Src), n.Node(id)
	size := src.Out.Size()
	srcShape, dstShape, base := src.Out, dst.Out, dst.Name
	r.cut(p)
	groups := 0
	for first := 0; first < size; first += group {
		groups++
		for sign, suffix := range [2]string{"+", "-"} {
			w := groupWeights(fans, first, min(first+group, size), sign == 1, srcShape, dstShape)
			if w == nil {
				continue
			}
			name := r.names.unique(fmt.Sprintf("%s.sum%d%s", base, groups, suffix))
			w.Name = r.names.unique(src.Name + "->" + name)
			pop := relayPopulation(name, dstShape, n.Node(id).Neuron, q)
			m := n.Add(*w)
			relay := n.Add(pop)
			hand := ir.Node{Name: r.names.unique(name + "->" + base), Op: ir.OpScale, In: dstShape, Out: dstShape}
			hand.Set(ir.PScale, ir.Uniform(dstShape, [2]float64{q, -q}[sign]))
			h := n.Add(hand)
			n.Connect(p.Src, m, p.Delay)
			n.Connect(m, relay, 0)
			n.Connect(relay, h, 0)
			n.Connect(h, id, 0)
			src = n.Node(p.Src) // the nodes may have moved
		}
	}
	return groups
}

// cut removes the maps of a projection.
func (r *relayer) cut(p *ir.Projection) {
	n := r.s.Net
	edges := n.Edges[:0:0]
	for _, e := range n.Edges {
		keep := true
		for _, m := range p.Maps {
			keep = keep && e.Src != m && e.Dst != m
		}
		if keep {
			edges = append(edges, e)
		}
	}
	n.Edges = edges
	for _, m := range p.Maps {
		r.gone[m] = true
	}
}

// groupWeights returns the sparse map of one sign from sources first..end-1,
// nil if there is no synapse.
func groupWeights(fans []fan, first, end int, negative bool, in, out ir.Shape) *ir.Node {
	rows := make([][]int32, in.Size())
	vals := make([][]float64, in.Size())
	total := 0
	for j := range fans {
		for k, src := range fans[j].srcs {
			w := fans[j].w[k]
			if int(src) < first || int(src) >= end || w < 0 != negative {
				continue
			}
			if negative {
				w = -w
			}
			rows[src], vals[src] = append(rows[src], int32(j)), append(vals[src], w)
			total++
		}
	}
	if total == 0 {
		return nil
	}
	ptr := []int32{0}
	idx, w := make([]int32, 0, total), make([]float64, 0, total)
	for i := range rows {
		idx, w = append(idx, rows[i]...), append(w, vals[i]...)
		ptr = append(ptr, int32(len(idx)))
	}
	node := ir.Node{Op: ir.OpSparse, In: in, Out: out}
	node.Set(ir.PIndptr, ir.Ints(ir.Shape{len(ptr)}, ptr))
	node.Set(ir.PIndices, ir.Ints(ir.Shape{total}, idx))
	node.Set(ir.PWeight, ir.Floats(ir.Shape{total}, w))
	return &node
}

// relayPopulation returns integrate-and-fire neurons with unit gain that fire
// at q and subtract it, starting half way so that sums are rounded.
func relayPopulation(name string, shape ir.Shape, like ir.Neuron, q float64) ir.Node {
	pop := ir.Node{Name: name, Op: ir.OpIF, In: shape, Out: shape, Neuron: like}
	pop.Neuron.Integrator, pop.Neuron.Reset, pop.Neuron.Compare = ir.ExpUnit, ir.ResetSubtract, ir.GreaterEqual
	pop.Set(ir.PR, ir.Uniform(shape, 1))
	pop.Set(ir.PVThreshold, ir.Uniform(shape, q))
	pop.Set(ir.PV0, ir.Uniform(shape, q/2))
	return pop
}
