package runner

import (
	"context"
	"fmt"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
)

// reference is a Machine that executes a discrete network as ir/eval does.
type reference struct {
	net  *ir.Network
	prog *eval.Program
	pops []Port
	ids  []ir.NodeID // of pops
	drop *eval.Drop  // nil loses no spikes
}

// NewReference returns the machine that executes a discrete network in the
// network's own numbers.
func NewReference(n *ir.Network) (Machine, error) { return newChanged(n, &eval.Changes{}) }

// newChanged is NewReference with other numbers than the network holds.
func newChanged(n *ir.Network, c *eval.Changes) (*reference, error) {
	prog, err := eval.CompileChanged(n, c)
	if err != nil {
		return nil, err
	}
	r := &reference{net: n, prog: prog}
	outputs := outputNodes(n)
	for i := range n.Nodes {
		node := &n.Nodes[i]
		if node.Op.IsNeuron() && node.Op.Info().Spikes {
			r.pops = append(r.pops, Port{node.Name, node.Out.Size(), outputs[i]})
			r.ids = append(r.ids, node.ID)
		}
	}
	return r, nil
}

// outputNodes marks the nodes from which an output port reads, if only by way
// of maps that reorder elements.
func outputNodes(n *ir.Network) []bool {
	adj := n.Adjacency()
	marked := make([]bool, len(n.Nodes))
	var mark func(id ir.NodeID)
	mark = func(id ir.NodeID) {
		for _, e := range adj.In[id] {
			src := n.Edges[e].Src
			if marked[src] {
				continue
			}
			marked[src] = true
			switch n.Node(src).Op {
			case ir.OpFlatten, ir.OpDelay:
				mark(src)
			}
		}
	}
	for i := range n.Nodes {
		if n.Nodes[i].Op == ir.OpOutput {
			mark(ir.NodeID(i))
		}
	}
	return marked
}

func (r *reference) Inputs() []Port {
	var ports []Port
	for _, id := range r.prog.Inputs() {
		ports = append(ports, Port{Name: r.net.Node(id).Name, Size: r.prog.Size(id)})
	}
	return ports
}

func (r *reference) Populations() []Port { return r.pops }

func (r *reference) Run(ctx context.Context, d *Data, opt Options, sink func(k int, s *Sample) error) error {
	eopt := eval.Options{Steps: d.Steps}
	if r.drop != nil {
		drop := *r.drop
		drop.First = d.first
		eopt.Drop = &drop
	}
	for _, id := range r.ids {
		eopt.Probes = append(eopt.Probes, eval.Probe{Node: id, What: eval.Spikes})
	}
	for _, p := range opt.Probes {
		ep, err := r.probe(p)
		if err != nil {
			return err
		}
		eopt.Probes = append(eopt.Probes, ep)
	}
	inputs := r.Inputs()
	fill := func(k int, in eval.Stimulus) error {
		for i := range in {
			if in[i].Raster == nil {
				raster, err := d.newRaster(inputs[i])
				if err != nil {
					return err
				}
				in[i].Raster = raster
			}
			if err := d.fill(k, inputs[i].Name, in[i].Raster); err != nil {
				return err
			}
		}
		return nil
	}
	if d.Samples == 1 {
		eopt.Progress = opt.Progress
		in := make(eval.Stimulus, len(inputs))
		if err := fill(0, in); err != nil {
			return err
		}
		res, err := eval.Run(ctx, r.prog, in, eopt)
		if err != nil {
			return err
		}
		return r.deliver(0, res, opt, sink)
	}
	return eval.RunBatch(ctx, r.prog, d.Samples, opt.Threads, eopt, fill, func(k int, res *eval.Result) error {
		if opt.Progress != nil {
			opt.Progress(k + 1)
		}
		return r.deliver(k, res, opt, sink)
	})
}

// probe translates a probe; u and v are the current and the potential.
func (r *reference) probe(p emulator.Probe) (eval.Probe, error) {
	id := r.net.Lookup(p.Population)
	if id == ir.NoNode || !r.net.Node(id).Op.IsNeuron() {
		return eval.Probe{}, fmt.Errorf("probe %s: no population %q in the network (it has %q)", p, p.Population, names(r.pops))
	}
	if _, err := p.Neurons(r.prog.Size(id)); err != nil {
		return eval.Probe{}, err
	}
	what := map[emulator.Var]eval.Quantity{emulator.Spikes: eval.Spikes, emulator.Current: eval.Current, emulator.Voltage: eval.Potential}
	return eval.Probe{Node: id, What: what[p.Var]}, nil
}

func names(ports []Port) []string {
	var out []string
	for _, p := range ports {
		out = append(out, p.Name)
	}
	return out
}

// deliver hands a result to the sink.
func (r *reference) deliver(k int, res *eval.Result, opt Options, sink func(int, *Sample) error) error {
	var s Sample
	for i, p := range r.pops {
		s.Spikes = append(s.Spikes, emulator.Named{Name: p.Name, Raster: res.Recordings[i].Raster})
	}
	for i, p := range opt.Probes {
		t, err := sliceRecording(p, &res.Recordings[len(r.pops)+i], r.prog)
		if err != nil {
			return err
		}
		s.Traces = append(s.Traces, t)
	}
	return sink(k, &s)
}

// sliceRecording keeps the neurons that a probe asks for.
func sliceRecording(p emulator.Probe, rec *eval.Recording, prog *eval.Program) (Trace, error) {
	at, err := p.Neurons(prog.Size(rec.Node))
	if err != nil {
		return Trace{}, err
	}
	t := Trace{Probe: p, Neurons: len(at)}
	if rec.Raster == nil {
		for _, row := range rec.Trace {
			for _, i := range at {
				t.Floats = append(t.Floats, row[i])
			}
		}
		return t, nil
	}
	t.Ints = make([]int32, rec.Raster.Steps*len(at))
	for step := range rec.Raster.Steps {
		for j, i := range at {
			if rec.Raster.Get(step, i) {
				t.Ints[step*len(at)+j] = 1
			}
		}
	}
	return t, nil
}
