package loihi1

import (
	"slices"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/loihi1/image"
	"github.com/synfire/synfire/ir"
)

// used lists what the core holds of each resource.
func (m *meter) used() []ir.Usage {
	slots := int64(0)
	if m.comps > 0 {
		slots = int64(m.comps) << delayBits(m.maxDelay)
	}
	return []ir.Usage{
		{Resource: "compartments", Used: int64(m.comps), Limit: maxCompartments},
		{Resource: "in-axons", Used: int64(len(m.axons)), Limit: maxInAxons},
		{Resource: "synapse words", Used: m.words, Limit: maxSynapseWords},
		{Resource: "compartment profiles", Used: int64(len(m.cx)), Limit: maxCxProfiles},
		{Resource: "threshold profiles", Used: int64(len(m.vth)), Limit: maxVthProfiles},
		{Resource: "synapse formats", Used: int64(len(m.formats())), Limit: maxSynFmts},
		{Resource: "delay slots", Used: slots, Limit: delaySlots},
	}
}

func (m *meter) check() (ir.Usage, bool) {
	for _, u := range m.used() {
		if u.Used > u.Limit {
			return u, false
		}
	}
	return ir.Usage{}, true
}

// Usage lists what the core holds.
func (m *meter) Usage() []ir.Usage { return m.used() }

// Parts lists the populations' parts on the core.
func (m *meter) Parts() []ir.Part { return m.parts }

// Axons lists the core's in-axons.
func (m *meter) Axons() []ir.AxonSource { return m.axons }

// formats lists the synapse formats in use.
func (m *meter) formats() []image.SynFmt {
	m.fmts = m.fmts[:0]
	for _, part := range m.parts {
		for _, p := range m.into[part.Node] {
			for k, n := range p.stored {
				if n > 0 {
					m.fmts = insert(m.fmts, p.fmts[k])
				}
			}
		}
	}
	return m.fmts
}

// Demand lists what a population needs if cores had no other limit.
func (m *meter) Demand(node ir.NodeID) []ir.Usage {
	size := int64(m.net.Node(node).Out.Size())
	var axons, words int64
	for _, p := range m.into[node] {
		elements := len(p.use)
		for g := 0; g < elements; g += int(m.atoms) {
			longest, end := int64(0), min(g+int(m.atoms), elements)
			for i := g; i < end; i++ {
				n := 0
				p.conn.Out(i, func(_ int, k int32) {
					if p.conn.W.IntAt(int(k)) != 0 {
						n++
					}
				})
				w := int64(image.AxonWords(p.fmts[0], n))
				if d := int64(image.AxonWords(p.fmts[1], int(size))); !p.multi && n > 0 && d < w {
					w = d
				}
				longest = max(longest, w)
			}
			if longest > 0 {
				axons++
				words += longest * int64(end-g)
			}
		}
	}
	return []ir.Usage{
		{Resource: "compartments", Used: size, Limit: maxCompartments},
		{Resource: "in-axons", Used: axons, Limit: maxInAxons},
		{Resource: "synapse words", Used: words, Limit: maxSynapseWords},
	}
}

// Outgoing counts, for each core, the out-axons that its neurons need now
// that it is known which cores listen to them.
func (m *meter) Outgoing(cores []ir.CoreMap) []backend.Shortage {
	home := make([][]int32, len(m.net.Nodes))
	for i := range m.net.Nodes {
		if m.cells[i] != nil {
			home[i] = slices.Repeat([]int32{-1}, len(m.cells[i]))
		}
	}
	for c := range cores {
		for _, p := range cores[c].Parts {
			for j := p.First; j < p.First+p.Count; j++ {
				home[p.Node][j] = int32(c)
			}
		}
	}
	out := make([]int64, len(cores))
	for c := range cores {
		for _, a := range cores[c].Axons {
			if h := home[a.Src]; h != nil {
				// The elements of an axon may lie on several cores.
				for _, from := range slices.Compact(slices.Clone(h[a.First : a.First+a.Count])) {
					if from >= 0 {
						out[from]++
					}
				}
			}
		}
	}
	var short []backend.Shortage
	for c, n := range out {
		if n > maxOutAxons {
			short = append(short, backend.Shortage{Core: c, Use: ir.Usage{Resource: "out-axons", Used: n, Limit: maxOutAxons}})
		}
	}
	return short
}
