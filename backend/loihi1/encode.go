package loihi1

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/loihi1/image"
	"github.com/synfire/synfire/ir"
)

// A bias source is a compartment whose own bias exceeds its threshold, so
// that it spikes in every step.
var biasProfile = image.CxProfile{DecayU: 4095, DecayV: 4095, Refract: 1}

const biasThreshold = 1

// Encode emits the binary image of a placed network.
func (Target) Encode(n *ir.Network, m *ir.Mapping, opt backend.Options) ([]byte, error) {
	img, err := buildImage(n, m, opt)
	if err != nil {
		return nil, err
	}
	return image.Encode(img)
}

// builder assembles an image.
type builder struct {
	net  *ir.Network
	m    *ir.Mapping
	mt   *meter
	img  *image.Image
	home [][]slot // by population: where each neuron is
	// Of the core at work: its synapses, and those of one element.
	entries []entry
	syns    []image.Synapse
}

// slot is a place on the chip.
type slot struct{ core, comp int32 }

func buildImage(n *ir.Network, m *ir.Mapping, opt backend.Options) (*image.Image, error) {
	mt, err := newMeter(n, m, opt)
	if err != nil {
		return nil, err
	}
	b := builder{net: n, m: m, mt: mt, home: make([][]slot, len(n.Nodes)), img: &image.Image{Name: n.Name, DT: n.DT}}
	for _, note := range n.Notes {
		b.img.Notes = append(b.img.Notes, image.Note{Key: note.Code, Value: note.Text})
	}
	b.img.Cores = make([]image.Core, len(m.Cores))
	for c := range m.Cores {
		b.place(c)
	}
	for c := range m.Cores {
		if err := b.core(c); err != nil {
			return nil, fmt.Errorf("core %d: %w", c, err)
		}
	}
	b.sendSpikes()
	b.ports()
	return b.img, nil
}

// place notes where each neuron of a core is.
func (b *builder) place(c int) {
	for _, p := range b.m.Cores[c].Parts {
		if b.home[p.Node] == nil {
			b.home[p.Node] = make([]slot, b.net.Node(p.Node).Out.Size())
		}
		for k := range p.Count {
			b.home[p.Node][p.First+k] = slot{int32(c), p.Offset + k}
		}
	}
}

// core fills one core: compartments, then synapses.
func (b *builder) core(c int) error {
	cm, core := &b.m.Cores[c], &b.img.Cores[c]
	core.Chip, core.ID = cm.Chip, cm.Core
	if err := b.compartments(cm, core); err != nil {
		return err
	}
	return b.synapses(cm, core)
}

func (b *builder) compartments(cm *ir.CoreMap, core *image.Core) error {
	vmin, vmax := int64(-(1<<23)+1), int64(1<<23-1)
	for _, part := range cm.Parts {
		node := b.net.Node(part.Node)
		for len(core.Compartments) < int(part.Offset) { // unused ones, for alignment
			core.Compartments = append(core.Compartments, core.Compartments[len(core.Compartments)-1])
			last := &core.Compartments[len(core.Compartments)-1]
			last.BiasMant, last.BiasExp, last.InitV, last.InitRef = 0, 0, 0, 0
		}
		if node.Op == ir.OpIntLIF {
			vmin, vmax = node.IntLIF.VMin, node.IntLIF.VMax
		}
		for j := part.First; j < part.First+part.Count; j++ {
			comp, err := b.compartment(core, node, int(j))
			if err != nil {
				return fmt.Errorf("%s: %w", node.Name, err)
			}
			core.Compartments = append(core.Compartments, comp)
		}
	}
	var err error
	core.VMinExp, core.VMaxExp, err = vLimits(vmin, vmax)
	return err
}

// compartment returns the tables' entry for neuron j.
func (b *builder) compartment(core *image.Core, node *ir.Node, j int) (image.Compartment, error) {
	var comp image.Compartment
	prof, th := biasProfile, uint32(biasThreshold)
	if node.Op == ir.OpBias {
		comp.BiasMant = biasMantMax
	} else {
		var err error
		if prof, err = profile(node, j); err != nil {
			return comp, err
		}
		th = uint32(node.P(ir.PVThreshold).IntAt(j) / thresholdUnit)
		bias := node.P(ir.PBias).IntAt(j)
		if comp.BiasMant, comp.BiasExp, err = splitBias(bias); err != nil {
			return comp, fmt.Errorf("neuron %d: %w", j, err)
		}
		comp.InitV = node.P(ir.PV0).IntAt(j)
		if bias != 0 {
			// A bias must not act before the population's first step.
			comp.InitRef = uint8(b.m.Latency[node.ID])
		}
	}
	comp.CxProfile = uint8(index(&core.CxProfiles, prof))
	comp.VthProfile = uint8(index(&core.VthProfiles, th))
	return comp, nil
}

// index returns the place of x in a list, appending it if it is new.
func index[T comparable](list *[]T, x T) int {
	i := slices.Index(*list, x)
	if i < 0 {
		i = len(*list)
		*list = append(*list, x)
	}
	return i
}

// entry is a synapse on its way into memory.
type entry struct {
	proj  int32 // rank among the source's projections
	comp  uint16
	mant  int16
	delay uint8
}

// synapses fills synapse memory, the synapse map and the formats.
func (b *builder) synapses(cm *ir.CoreMap, core *image.Core) error {
	mt := b.mt
	mt.Begin()
	mt.axons = append(mt.axons[:0], cm.Axons...)
	mt.longest = append(mt.longest[:0], make([]int32, len(cm.Axons))...)
	for i, a := range cm.Axons {
		mt.axonOf[a.Src][a.First/mt.atoms] = int32(i)
	}
	mt.parts = append(mt.parts[:0], cm.Parts...)
	for _, p := range cm.Parts {
		mt.setBase(p.Node, p.Offset)
	}
	if err := b.collect(cm); err != nil {
		return err
	}
	// Index 0 of the formats stays unused, as nengo-loihi leaves it.
	core.SynFmts = []image.SynFmt{{WgtBits: 8, Sign: image.Mixed, IdxBits: idxBits}}
	core.DelayBits = delayBits(mt.maxDelay)
	at := 0
	for i := range cm.Axons {
		n, err := b.axon(core, cm.Axons[i], b.entries[at:])
		if err != nil {
			return err
		}
		at += n
	}
	if len(core.SynMem) > maxSynapseWords || len(core.SynFmts) > maxSynFmts+1 {
		return fmt.Errorf("%d synapse words and %d formats are more than the core has", len(core.SynMem), len(core.SynFmts)-1)
	}
	return nil
}

// collect lists the core's synapses by axon, atom, projection and target in
// b.entries. It counts them with the meter first, so that each finds its
// place without a sort.
func (b *builder) collect(cm *ir.CoreMap) error {
	mt := b.mt
	missing := 0
	b.eachSynapse(cm, func(p *projection, src, comp int32, _ int16, delay int32) {
		if mt.axonOf[p.src][src/mt.atoms] < 0 {
			missing++
			return
		}
		mt.synapse(p, src, comp, delay)
	})
	if missing > 0 {
		return fmt.Errorf("%d synapses have no in-axon", missing)
	}
	total := int32(0)
	for _, a := range cm.Axons {
		for element := a.First; element < a.First+a.Count; element++ {
			for _, p := range mt.from[a.Src] {
				if p.at == nil {
					p.at = make([]int32, len(p.use))
				}
				p.at[element] = total
				total += p.use[element].n
			}
		}
	}
	b.entries = slices.Grow(b.entries[:0], int(total))[:total]
	b.eachSynapse(cm, func(p *projection, src, comp int32, m int16, delay int32) {
		b.entries[p.at[src]] = entry{p.rank, uint16(comp), m, uint8(delay)}
		p.at[src]++
	})
	return nil
}

// eachSynapse calls f with the synapses onto the core's compartments, by
// ascending compartment.
func (b *builder) eachSynapse(cm *ir.CoreMap, f func(p *projection, src, comp int32, m int16, delay int32)) {
	for _, part := range cm.Parts {
		for j := part.First; j < part.First+part.Count; j++ {
			comp := part.Offset + j - part.First
			b.mt.begin() // nothing here is ever taken back
			for _, p := range b.mt.into[part.Node] {
				p.conn.In(int(j), func(src int, k int32) {
					if m := p.conn.W.IntAt(int(k)); m != 0 {
						f(p, int32(src), comp, int16(m), p.conn.Delay(src, int(j), k)+p.shift)
					}
				})
			}
		}
	}
}

// axon packs the synapses of one in-axon, which stand first in entries, and
// returns how many they are.
func (b *builder) axon(core *image.Core, a ir.AxonSource, entries []entry) (int, error) {
	ps := b.mt.from[a.Src]
	ax := image.InAxon{Ptr: uint32(len(core.SynMem)), Atoms: uint16(a.Count)}
	low := lowest(ps)
	if low == nil {
		return 0, fmt.Errorf("an axon of %s has no target", b.net.Node(a.Src).Name)
	}
	ax.Base = uint16(low.base)
	// All atoms of an axon have lists of one length.
	lists := make([][]uint64, a.Count)
	longest, total := 0, 0
	for k := range a.Count {
		n := 0
		for _, p := range ps {
			n += int(p.use[a.First+k].n)
		}
		dense, _ := plan(ps, a.First+k)
		b.syns = order(b.syns[:0], core, ps, low, dense, entries[:n])
		var err error
		if lists[k], err = image.PackAxon(core.SynFmts, int(low.base), b.syns); err != nil {
			return 0, fmt.Errorf("axon of %s, element %d: %w", b.net.Node(a.Src).Name, a.First+k, err)
		}
		entries, total = entries[n:], total+n
		longest = max(longest, len(lists[k]))
	}
	ax.Len = uint16(longest)
	for _, words := range lists {
		core.SynMem = append(core.SynMem, words...)
		core.SynMem = append(core.SynMem, make([]uint64, longest-len(words))...)
	}
	core.InAxons = append(core.InAxons, ax)
	return total, nil
}

// order appends the synapses of one element as the packer wants them: the
// dense run first, with zeros in its gaps, then the sparse ones.
func order(syns []image.Synapse, core *image.Core, ps []*projection, low *projection, dense bool, entries []entry) []image.Synapse {
	isDense := func(e *entry) bool { return dense && ps[e.proj] == low }
	next := low.base
	for i := range entries {
		e := &entries[i]
		if !isDense(e) {
			continue
		}
		f := uint8(index(&core.SynFmts, low.fmts[1]))
		for ; next < int32(e.comp); next++ {
			syns = append(syns, image.Synapse{Target: uint16(next), Fmt: f})
		}
		syns = append(syns, image.Synapse{Target: e.comp, Mantissa: e.mant, Delay: e.delay, Fmt: f})
		next++
	}
	for i := range entries {
		if e := &entries[i]; !isDense(e) {
			f := uint8(index(&core.SynFmts, ps[e.proj].fmts[0]))
			syns = append(syns, image.Synapse{Target: e.comp, Mantissa: e.mant, Delay: e.delay, Fmt: f})
		}
	}
	return syns
}

// sendSpikes fills the out-axons: each axon that listens to a population gets
// an entry on the cores of its neurons.
func (b *builder) sendSpikes() {
	for c := range b.m.Cores {
		for i, a := range b.m.Cores[c].Axons {
			home := b.home[a.Src]
			for k := range a.Count {
				if home == nil {
					break // an input
				}
				at := home[a.First+k]
				core := &b.img.Cores[at.core]
				core.OutAxons = append(core.OutAxons, image.OutAxon{Src: uint16(at.comp), AxonRef: image.AxonRef{Core: int32(c), Axon: uint16(i), Atom: uint16(k)}})
			}
		}
	}
	for c := range b.img.Cores {
		slices.SortStableFunc(b.img.Cores[c].OutAxons, func(x, y image.OutAxon) int { return cmp.Compare(x.Src, y.Src) })
	}
}

// ports fills the input ports and the table of populations, by name.
func (b *builder) ports() {
	outputs := make([]bool, len(b.net.Nodes))
	for _, e := range b.net.Edges {
		if b.net.Node(e.Dst).Op == ir.OpOutput {
			outputs[e.Src] = true
		}
	}
	for i := range b.net.Nodes {
		node := &b.net.Nodes[i]
		switch node.Op {
		case ir.OpInput:
			b.img.Inputs = append(b.img.Inputs, b.input(node))
		case ir.OpIntLIF:
			b.img.Populations = append(b.img.Populations, b.population(node, outputs[i]))
		}
	}
	slices.SortFunc(b.img.Inputs, func(x, y image.Input) int { return cmp.Compare(x.Name, y.Name) })
	slices.SortFunc(b.img.Populations, func(x, y image.Population) int { return cmp.Compare(x.Name, y.Name) })
}

func shape32(s ir.Shape) []int32 {
	out := make([]int32, len(s))
	for i, d := range s {
		out[i] = int32(d)
	}
	return out
}

func (b *builder) input(node *ir.Node) image.Input {
	in := image.Input{Name: node.Name, Shape: shape32(node.Out)}
	byElement := make([][]image.AxonRef, node.Out.Size())
	for c := range b.m.Cores {
		for i, a := range b.m.Cores[c].Axons {
			if a.Src != node.ID {
				continue
			}
			for k := range a.Count {
				byElement[a.First+k] = append(byElement[a.First+k], image.AxonRef{Core: int32(c), Axon: uint16(i), Atom: uint16(k)})
			}
		}
	}
	in.Ptr = append(in.Ptr, 0)
	for _, refs := range byElement {
		in.Targets = append(in.Targets, refs...)
		in.Ptr = append(in.Ptr, int32(len(in.Targets)))
	}
	return in
}

func (b *builder) population(node *ir.Node, output bool) image.Population {
	p := image.Population{Name: node.Name, Shape: shape32(node.Out), Latency: b.m.Latency[node.ID], Output: output, Scale: 1}
	if s := b.m.Scale[node.ID]; s > 0 {
		p.Scale, p.VOffset = s, b.m.Offset[node.ID]
	}
	for c := range b.m.Cores {
		for _, part := range b.m.Cores[c].Parts {
			if part.Node == node.ID {
				p.Slices = append(p.Slices, image.Slice{First: part.First, Count: part.Count, Core: int32(c), Compartment: part.Offset})
			}
		}
	}
	slices.SortFunc(p.Slices, func(x, y image.Slice) int { return cmp.Compare(x.First, y.First) })
	return p
}
