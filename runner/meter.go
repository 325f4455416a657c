package runner

import (
	"slices"

	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
)

// meter counts the synaptic operations of a data set from the spikes of the
// inputs and of the populations.
type meter struct {
	data   *Data
	inputs []*spike.Raster // one a port
	layers []synapses
	result Metrics

	places, spikes   int64 // places: neurons x steps x samples
	acs, macs, dense int64 // dense: of a step
}

// synapses are the weights of a projection, as its source's spikes see them.
type synapses struct {
	port, population int           // the source; -1 = the other kind
	pool             *ir.Connector // from the source to the weights' input; nil = itself
	weights          *ir.Connector
	fan              []int64 // weights that are not zero, by input
	name             string  // of the weighted map
	width            []int64 // of its weights in bits, by input
	fetched          int64   // bits of weights that are not zero so far
	dense            int64
	first, last      int32 // steps from a spike to its synapses, in the network's time

	sum     []int32 // pooled spikes of a step, by input
	touched []int
}

// newMeter prepares to count what a machine with these populations does.
func newMeter(w *wiring, d *Data, pops []Port) (*meter, error) {
	m := &meter{data: d}
	if err := w.footprint(&m.result); err != nil {
		return nil, err
	}
	for _, p := range d.ports {
		r, err := d.newRaster(p)
		if err != nil {
			return nil, err
		}
		m.inputs = append(m.inputs, r)
	}
	ps, err := w.net.Projections()
	if err != nil {
		return nil, err
	}
	for i := range ps {
		src, dst := w.net.Node(ps[i].Src), w.net.Node(ps[i].Dst)
		if src.Op == ir.OpBias || !dst.Op.IsNeuron() {
			continue
		}
		s, err := newSynapses(w, &ps[i])
		if err != nil {
			return nil, err
		}
		is := func(p Port) bool { return p.Name == src.Name }
		s.port, s.population = slices.IndexFunc(d.ports, is), slices.IndexFunc(pops, is)
		m.dense += s.dense
		m.layers = append(m.layers, *s)
	}
	return m, checkCount(m.dense, int64(d.Steps), int64(d.Samples))
}

func newSynapses(w *wiring, p *ir.Projection) (*synapses, error) {
	whole, err := ir.NewConnector(w.net, p)
	if err != nil {
		return nil, err
	}
	s := &synapses{weights: whole, name: w.net.Node(p.Maps[weighted(w.net, p)]).Name}
	s.first, s.last = whole.DelayRange()
	inputs := w.net.Node(p.Src).Out.Size()
	if at := weighted(w.net, p); pooled(w.net, p.Maps[:at]) {
		inputs = w.net.Node(p.Maps[at]).In.Size()
		if s.pool, err = poolConnector(w.net, p.Maps[:at], inputs); err != nil {
			return nil, err
		}
		if s.weights, err = ir.NewConnector(w.net, &ir.Projection{Src: p.Src, Dst: p.Dst, Maps: p.Maps[at:]}); err != nil {
			return nil, err
		}
		s.sum = make([]int32, inputs)
	}
	s.fan, s.width = make([]int64, inputs), w.widths(s.name, inputs)
	for i := range inputs {
		s.weights.Out(i, func(_ int, k int32) {
			s.dense++
			if !addsNothing(s.weights.W, s.weights.Q, int(k)) {
				s.fan[i]++
			}
		})
	}
	return s, nil
}

// weighted returns the place of the map of a lowered projection that has
// weights, -1 if none has: one to an output.
func weighted(n *ir.Network, p *ir.Projection) int {
	return slices.IndexFunc(p.Maps, func(id ir.NodeID) bool { return n.Node(id).Op.Weighted() })
}

func pooled(n *ir.Network, maps []ir.NodeID) bool {
	return slices.ContainsFunc(maps, func(id ir.NodeID) bool { return n.Node(id).Op == ir.OpSumPool2d })
}

// poolConnector lists which pooled elements a source's element reaches: the
// connector of the pools with one-to-one weights behind them.
func poolConnector(n *ir.Network, maps []ir.NodeID, outputs int) (*ir.Connector, error) {
	var chain ir.Network
	var p ir.Projection
	for _, id := range maps {
		if node := n.Node(id); node.Op == ir.OpSumPool2d {
			p.Maps = append(p.Maps, chain.Add(node.Clone()))
		}
	}
	one := ir.Node{Op: ir.OpScale, In: ir.Shape{outputs}, Out: ir.Shape{outputs}}
	one.Set(ir.PScale, ir.Uniform(one.Out, 1))
	p.Maps = append(p.Maps, chain.Add(one))
	return ir.NewConnector(&chain, &p)
}

// sample counts sample k.
func (m *meter) sample(k int, s *Sample) error {
	for i, p := range m.data.ports {
		if err := m.data.fill(k, p.Name, m.inputs[i]); err != nil {
			return err
		}
	}
	for _, p := range s.Spikes {
		m.spikes += int64(p.Count())
		m.places += int64(p.N) * int64(p.Steps)
	}
	for i := range m.layers {
		l := &m.layers[i]
		switch {
		case l.port >= 0:
			m.count(l, m.inputs[l.port])
		case l.population >= 0:
			m.count(l, s.Spikes[l.population].Raster)
		default: // a source of numbers, which are hardly ever zero
			for i := range l.fan {
				m.macs += l.fetch(i, l.fan[i]*int64(m.data.Steps))
			}
		}
	}
	return nil
}

// count adds the operations of one layer.
func (m *meter) count(l *synapses, r *spike.Raster) {
	for t := range r.Steps {
		if l.pool != nil {
			m.pooledStep(l, r, t)
			continue
		}
		left := r.Steps - t
		r.Each(t, func(i int) {
			if int(l.last) < left {
				m.acs += l.fetch(i, l.fan[i])
			} else {
				m.acs += l.fetch(i, l.inTime(i, left))
			}
		})
	}
}

// fetch counts n weights of input i as fetched and returns n.
func (l *synapses) fetch(i int, n int64) int64 {
	l.fetched += n * l.width[i]
	return n
}

// inTime counts the synapses that a spike of element i reaches in less than
// left steps.
func (l *synapses) inTime(i, left int) int64 {
	n := int64(0)
	if int(l.first) >= left {
		return n
	}
	l.weights.Out(i, func(o int, k int32) {
		if int(l.weights.Delay(i, o, k)) < left && !addsNothing(l.weights.W, l.weights.Q, int(k)) {
			n++
		}
	})
	return n
}

// pooledStep adds the operations of a step whose spikes are summed before they
// reach the weights: multiplications if a sum is more than 1.
func (m *meter) pooledStep(l *synapses, r *spike.Raster, t int) {
	if int(l.first) >= r.Steps-t {
		return
	}
	l.touched = l.touched[:0]
	r.Each(t, func(i int) {
		l.pool.Out(i, func(o int, _ int32) {
			if l.sum[o] == 0 {
				l.touched = append(l.touched, o)
			}
			l.sum[o]++
		})
	})
	ops, many := int64(0), false
	for _, o := range l.touched {
		ops += l.fetch(o, l.fan[o])
		many = many || l.sum[o] > 1
		l.sum[o] = 0
	}
	if many {
		m.macs += ops
	} else {
		m.acs += ops
	}
}

// operations returns the counts of the samples so far.
func (m *meter) operations() *Operations {
	return &Operations{
		Footprint: m.result.Footprint, Weights: m.result.Weights, ConnectionSparsity: m.result.ConnectionSparsity,
		Dense: m.dense, ACs: m.acs, MACs: m.macs, Spikes: m.spikes, Places: m.places,
	}
}
