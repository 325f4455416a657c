package spinnaker1

import (
	"fmt"
	"slices"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/ir"
)

// Partition cuts every vertex into the fewest slices of equal size that fit
// their cores: by neurons and the index into the ring buffer at once, then by
// memory and the load that is to be expected. Each core holds one slice.
func (Target) Partition(n *ir.Network, m *ir.Mapping, opt backend.Options) (*backend.Partition, error) {
	l, err := newLayout(n, m, opt)
	if err != nil {
		return nil, err
	}
	f, err := Target{}.Fabric(opt)
	if err != nil {
		return nil, err
	}
	available := 0
	for i := range f.Chips {
		available += len(f.Chips[i].Cores)
	}
	for _, v := range l.vertices {
		v.most = maxNeurons
		if v.model() != image.Source {
			v.most = min(neuronsPerCore(opt), 1<<(image.MaxRingBits-image.Bits(image.Types)-v.logDelay))
		}
		v.split((v.size + v.most - 1) / v.most)
	}
	usage, problems := l.cutAll()
	out := &backend.Partition{Problems: problems, Demand: map[ir.NodeID][]ir.Usage{}, Available: available}
	for _, v := range l.vertices {
		if n := v.slices(); n > maxSlices {
			out.Problems = append(out.Problems, backend.Problem{
				Node: v.node.ID, Use: ir.Usage{Resource: "cores of a source", Used: int64(n), Limit: maxSlices},
				Text: fmt.Sprintf("%s takes %d cores, an entry of the master population table tells %d apart", v.node.Name, n, maxSlices),
			})
		}
		v.first = len(out.Cores)
		for k := range v.slices() {
			out.Cores = append(out.Cores, ir.CoreMap{
				Parts: []ir.Part{{Node: v.node.ID, First: int32(k * v.perCore), Count: int32(v.count(k))}},
				Usage: usage[v.id][k],
			})
		}
		out.Demand[v.node.ID] = demand(usage[v.id])
		if w := l.overload(v, usage[v.id]); w != nil {
			out.Warnings = append(out.Warnings, *w)
		}
	}
	return out, nil
}

// cutAll cuts vertices until none changes any more: what rows take depends on
// the slices of their sources. There are only ever more of them.
func (l *layout) cutAll() (usage [][][]ir.Usage, problems []backend.Problem) {
	usage = make([][][]ir.Usage, len(l.vertices))
	for changed := true; changed; {
		changed, problems = false, nil
		for _, v := range l.vertices {
			before := v.perCore
			var short *ir.Usage
			usage[v.id], short = l.cut(v)
			changed = changed || v.perCore != before
			if short != nil {
				problems = append(problems, backend.Problem{
					Node: v.node.ID, Use: *short,
					Text: fmt.Sprintf("one neuron of %s takes %d %s, a core has %d", v.node.Name, short.Used, short.Resource, short.Limit),
				})
			}
		}
	}
	return usage, problems
}

// cut finds the number of slices of a vertex and what each takes of its core.
// short is what a single neuron is short of.
func (l *layout) cut(v *vertex) (usage [][]ir.Usage, short *ir.Usage) {
	for {
		usage = usage[:0]
		over, factor := ir.Usage{}, 1.0
		for k := range v.slices() {
			u, splits := l.usage(v, k)
			usage = append(usage, u)
			for _, x := range u {
				// A load that no split relieves is for the report of a run,
				// which counts, to complain about.
				if f := float64(x.Used) / float64(x.Limit); f > factor && (x.Resource != resCycles || splits) {
					over, factor = x, f
				}
			}
		}
		switch {
		case factor == 1:
			return usage, nil
		case v.perCore == 1:
			return usage, &over
		}
		v.split(max(v.slices()+1, int(float64(v.slices())*min(factor, 64))))
	}
}

// maxSlices is how many cores of a source the 16 bits of a core mask tell apart.
const maxSlices = 1 << 16

// The resources of a core.
const (
	resNeurons = "neurons"
	resRing    = "ring-buffer bits"
	resDTCM    = "DTCM bytes"
	resSDRAM   = "SDRAM bytes"
	resCycles  = "cycles a tick, estimated"
)

// programDTCM is what the program, its stack and its buffers of rows are taken
// to need of a core's fast memory; no source says how much they do.
const programDTCM = 8 << 10

// usage returns what slice k of a vertex takes of its core. splits tells whether
// fewer neurons would lower a load that is too high.
func (l *layout) usage(v *vertex, k int) (out []ir.Usage, splits bool) {
	c, load, rows := l.frame(v, k)
	out = []ir.Usage{{Resource: resNeurons, Used: int64(v.count(k)), Limit: int64(v.most)}}
	if v.model() != image.Source {
		out = append(out, ir.Usage{Resource: resRing, Used: int64(v.logNeurons() + image.Bits(image.Types) + v.logDelay), Limit: image.MaxRingBits})
	}
	return append(out,
		ir.Usage{Resource: resDTCM, Used: c.dtcm, Limit: image.DTCM - programDTCM},
		ir.Usage{Resource: resSDRAM, Used: c.bytes, Limit: image.SDRAM},
		ir.Usage{Resource: resCycles, Used: load, Limit: l.budget()}), v.perCore > 1 && rows < l.budget()/2
}

// frame is how large a core is without its rows being filled.
type frame struct{ dtcm, bytes int64 }

// frame measures slice k of a vertex, exactly as it will be encoded, and
// estimates its load and the part of it that is for fetching rows.
func (l *layout) frame(v *vertex, k int) (f frame, load, rows int64) {
	c := l.shell(v, k)
	var words, blocks int64
	lengths, synapses := rowLengths(l, v, k)
	for _, src := range v.inputs() {
		for _, g := range groups(src, lengths[src.id]) {
			c.Populations = append(c.Populations, image.PopEntry{})
			for lo := 0; lo < g.longest; lo += image.MaxRow {
				words = (words+image.BlockWords-1)/image.BlockWords*image.BlockWords + int64(g.count)*int64(image.HeaderWords+min(image.MaxRow, g.longest-lo))
				blocks++
			}
		}
	}
	c.Addresses = make([]uint32, blocks)
	load, rows = l.load(v, k, synapses)
	return frame{c.DTCM(), c.BytesWith(words)}, load, rows
}

// group is a run of rows for the elements of a source that have one entry of
// the master population table.
type group struct {
	slice        int // of the source, -1 for all
	first, count int // elements
	longest      int // synapses of the longest row
}

// groups returns the groups of a source from the longest row of each of its
// slices: one if all have synapses, else one for each that has.
func groups(src *vertex, longest []int) []group {
	var out []group
	for k, n := range longest {
		if n > 0 {
			out = append(out, group{k, k * src.perCore, src.count(k), n})
		}
	}
	if len(out) == src.slices() {
		return []group{{-1, 0, src.size, slices.Max(longest)}}
	}
	return out
}

// rowLengths returns, by source and its slices, the longest row onto slice k of
// a vertex, and by source how many synapses there are.
func rowLengths(l *layout, v *vertex, k int) (longest [][]int, synapses []int64) {
	longest, synapses = make([][]int, len(l.vertices)), make([]int64, len(l.vertices))
	counts := make([][]int32, len(l.vertices))
	for _, src := range v.inputs() {
		counts[src.id] = make([]int32, src.size)
		longest[src.id] = make([]int, src.slices())
	}
	var buf []synapse
	for j := range v.count(k) {
		buf = v.synapses(k*v.perCore+j, buf[:0])
		for _, s := range buf {
			counts[s.src][s.elem]++
			at := &longest[s.src][int(s.elem)/l.vertices[s.src].perCore]
			*at = max(*at, int(counts[s.src][s.elem]))
			synapses[s.src]++
		}
	}
	return longest, synapses
}

// demand sums up what the slices of a population take.
func demand(usage [][]ir.Usage) []ir.Usage {
	total := map[string]*ir.Usage{}
	var names []string
	for _, u := range usage {
		for _, x := range u {
			if x.Resource == resRing || x.Resource == resCycles {
				continue // do not add up, and are no limit
			}
			t := total[x.Resource]
			if t == nil {
				t = &ir.Usage{Resource: x.Resource, Limit: x.Limit}
				total[x.Resource], names = t, append(names, x.Resource)
			}
			t.Used += x.Used
		}
	}
	var out []ir.Usage
	for _, n := range names {
		out = append(out, *total[n])
	}
	return out
}
