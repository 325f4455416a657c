package loihi1

import (
	"fmt"
	"slices"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/loihi1/image"
	"github.com/synfire/synfire/ir"
)

// meter accounts what one core holds, with the same layout of synapses that
// Encode packs.
type meter struct {
	net   *ir.Network
	atoms int32           // elements per in-axon
	into  [][]*projection // by target population
	from  [][]*projection // by source
	cells [][]cell        // by population: the profiles of each neuron

	parts    []ir.Part
	comps    int32
	axons    []ir.AxonSource
	axonOf   [][]int32 // by source: group of atoms -> axon on this core, -1
	longest  []int32   // by axon: words of its longest list
	words    int64
	cx, vth  []int64 // profiles in use
	fmts     []image.SynFmt
	maxDelay int32
	limits   [2]int64 // vmin, vmax of the core
	log      undoLog
}

// cell is what the compartment tables hold of a neuron.
type cell struct{ cx, vth int64 }

// undoLog restores the meter after an Add that did not fit.
type undoLog struct {
	uses    []useBefore
	longest []longestBefore
	comps   int32
	parts   int
	part    ir.Part
	axons   int
	words   int64
	cx, vth int
	fmts    int
	delay   int32
	limits  [2]int64
}

type useBefore struct {
	p       *projection
	element int32
	before  use
}

type longestBefore struct{ axon, before int32 }

// NewMeter returns the meter of a quantized network.
func (Target) NewMeter(n *ir.Network, m *ir.Mapping, opt backend.Options) (backend.Meter, error) {
	return newMeter(n, m, opt)
}

func newMeter(n *ir.Network, m *ir.Mapping, opt backend.Options) (*meter, error) {
	kind, err := axonKind(opt)
	if err != nil {
		return nil, err
	}
	ps, err := projections(n, m.Latency)
	if err != nil {
		return nil, err
	}
	mt := &meter{
		net: n, atoms: 1,
		into: make([][]*projection, len(n.Nodes)), from: make([][]*projection, len(n.Nodes)),
		cells: make([][]cell, len(n.Nodes)), axonOf: make([][]int32, len(n.Nodes)),
	}
	if kind == axonPop16 {
		mt.atoms = popAtoms
	}
	for _, p := range ps {
		mt.into[p.dst] = append(mt.into[p.dst], p)
		p.rank = int32(len(mt.from[p.src]))
		mt.from[p.src] = append(mt.from[p.src], p)
	}
	for i := range n.Nodes {
		node := &n.Nodes[i]
		if len(mt.from[i]) > 0 {
			groups := (node.Out.Size() + int(mt.atoms) - 1) / int(mt.atoms)
			mt.axonOf[i] = slices.Repeat([]int32{-1}, groups)
		}
		if node.Op == ir.OpIntLIF || node.Op == ir.OpBias {
			if mt.cells[i], err = cells(node); err != nil {
				return nil, fmt.Errorf("%s: %w", node.Name, err)
			}
		}
	}
	return mt, nil
}

// Grain keeps the atoms of a population axon on one core.
func (m *meter) Grain(node ir.NodeID) int32 {
	if len(m.from[node]) == 0 {
		return 1
	}
	return m.atoms
}

// Begin empties the core.
func (m *meter) Begin() {
	for _, a := range m.axons {
		m.axonOf[a.Src][a.First/m.atoms] = -1
		for _, p := range m.from[a.Src] {
			clear(p.use[a.First : a.First+a.Count])
			p.stored = [2]int32{}
		}
	}
	for _, part := range m.parts {
		m.setBase(part.Node, -1)
	}
	m.parts, m.axons, m.longest = m.parts[:0], m.axons[:0], m.longest[:0]
	m.comps, m.words, m.maxDelay = 0, 0, 0
	m.cx, m.vth, m.fmts = m.cx[:0], m.vth[:0], m.fmts[:0]
}

// Add puts neurons onto the core, or leaves it as it was.
func (m *meter) Add(node ir.NodeID, first, count int32) (bool, ir.Usage) {
	m.begin()
	if short, ok := m.place(node, first, count); !ok {
		m.undo()
		return false, short
	}
	for j := first; j < first+count; j++ {
		m.neuron(node, j, m.comps-(first+count-j))
	}
	if short, ok := m.check(); !ok {
		m.undo()
		return false, short
	}
	return true, ir.Usage{}
}

func (m *meter) begin() {
	l := &m.log
	l.uses, l.longest = l.uses[:0], l.longest[:0]
	l.comps, l.parts, l.axons, l.words = m.comps, len(m.parts), len(m.axons), m.words
	if l.parts > 0 {
		l.part = m.parts[l.parts-1]
	}
	l.cx, l.vth, l.fmts, l.delay, l.limits = len(m.cx), len(m.vth), len(m.fmts), m.maxDelay, m.limits
}

func (m *meter) undo() {
	l := &m.log
	for _, u := range slices.Backward(l.uses) {
		u.p.count(u.p.use[u.element], -1)
		u.p.count(u.before, 1)
		u.p.use[u.element] = u.before
	}
	for _, a := range m.axons[l.axons:] {
		m.axonOf[a.Src][a.First/m.atoms] = -1
	}
	m.axons = m.axons[:l.axons]
	for _, w := range slices.Backward(l.longest) {
		m.longest[w.axon] = w.before
	}
	m.longest = m.longest[:l.axons]
	for _, part := range m.parts[l.parts:] {
		m.setBase(part.Node, -1)
	}
	m.parts = m.parts[:l.parts]
	if l.parts > 0 {
		m.parts[l.parts-1] = l.part
	}
	m.comps, m.words, m.maxDelay, m.limits = l.comps, l.words, l.delay, l.limits
	m.cx, m.vth, m.fmts = m.cx[:l.cx], m.vth[:l.vth], m.fmts[:l.fmts]
}

// place reserves compartments: a population continues its part, a new part
// begins at a multiple of 4, where the base of an axon can point.
func (m *meter) place(node ir.NodeID, first, count int32) (ir.Usage, bool) {
	if n := m.net.Node(node); n.Op == ir.OpIntLIF {
		limits := [2]int64{n.IntLIF.VMin, n.IntLIF.VMax}
		if len(m.parts) > 0 && m.limits != limits {
			return ir.Usage{Resource: "voltage limits", Used: 2, Limit: 1}, false
		}
		m.limits = limits
	} else if len(m.parts) == 0 {
		m.limits = [2]int64{-(1 << 23) + 1, 1<<23 - 1}
	}
	if k := len(m.parts) - 1; k >= 0 && m.parts[k].Node == node && m.parts[k].First+m.parts[k].Count == first {
		m.parts[k].Count += count
		m.comps += count
		return ir.Usage{}, true
	}
	m.comps = (m.comps + 3) &^ 3
	m.parts = append(m.parts, ir.Part{Node: node, First: first, Count: count, Offset: m.comps})
	m.setBase(node, m.comps)
	m.comps += count
	return ir.Usage{}, true
}

// setBase notes where a population begins on the core.
func (m *meter) setBase(node ir.NodeID, comp int32) {
	for _, p := range m.into[node] {
		p.base = comp
	}
}

// neuron adds the profiles and synapses of neuron j in compartment comp.
func (m *meter) neuron(node ir.NodeID, j, comp int32) {
	c := m.cells[node][j]
	m.cx = insert(m.cx, c.cx)
	m.vth = insert(m.vth, c.vth)
	for _, p := range m.into[node] {
		p.conn.In(int(j), func(src int, k int32) {
			if p.conn.W.IntAt(int(k)) != 0 {
				m.synapse(p, int32(src), comp, p.conn.Delay(src, int(j), k)+p.shift)
			}
		})
	}
}

func insert[T comparable](list []T, x T) []T {
	if slices.Contains(list, x) {
		return list
	}
	return append(list, x)
}

// synapse adds one synapse to its axon's list.
func (m *meter) synapse(p *projection, element, comp, delay int32) {
	m.maxDelay = max(m.maxDelay, delay)
	axon := m.axonOf[p.src][element/m.atoms]
	if axon < 0 {
		axon = int32(len(m.axons))
		first := element / m.atoms * m.atoms
		count := min(m.atoms, int32(len(p.use))-first)
		m.axonOf[p.src][element/m.atoms] = axon
		m.axons = append(m.axons, ir.AxonSource{Src: p.src, First: first, Count: count})
		m.longest = append(m.longest, 0)
	}
	u := &p.use[element]
	m.log.uses = append(m.log.uses, useBefore{p, element, *u})
	p.count(*u, -1)
	u.n, u.hi = u.n+1, comp
	dense, words := plan(m.from[p.src], element)
	u.dense = dense && p == lowest(m.from[p.src])
	p.count(*u, 1)
	if words > m.longest[axon] {
		m.log.longest = append(m.log.longest, longestBefore{axon, m.longest[axon]})
		m.words += int64(words-m.longest[axon]) * int64(m.axons[axon].Count)
		m.longest[axon] = words
	}
}
