package passes

import (
	"context"
	"fmt"
	"slices"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/ir"
)

// partition fills cores: it walks the populations along the network and adds
// neurons to the current core until the target's meter says that a resource
// is used up, then begins the next core. A population may spread over many
// cores, and small ones share a core. All limits are checked, and everything
// that is broken is reported at once in Report.Fit.
func partition(ctx context.Context, s *State) error {
	chips, perChip, err := s.Target.Cores(s.Opt.Target)
	if err != nil {
		s.Diags.Errorf("E0310", "", "", "%v", err)
		return nil
	}
	fit := &Fit{Target: s.Target.Name(), Chips: chips, PerChip: perChip, Available: chips * perChip}
	p := partitioner{s: s, fit: fit, caps: map[ir.NodeID]int32{}}
	switch t := s.Target.(type) {
	case backend.Metered:
		err = p.metered(ctx, t)
	case backend.Partitioner:
		err = p.byTarget(t)
	default:
		err = fmt.Errorf("%s cannot partition a network", s.Target.Name())
	}
	if err != nil {
		return err
	}
	p.countCores(chipsText(chips, perChip))
	fit.Fits = len(fit.Violations) == 0
	s.Report.Fit = fit
	return nil
}

// metered fills cores with the target's meter, again with fewer neurons to a
// core while some core would send to too many places.
func (p *partitioner) metered(ctx context.Context, t backend.Metered) error {
	s := p.s
	var err error
	if p.meter, err = t.NewMeter(s.Net, s.Map, s.Opt.Target); err != nil {
		return err
	}
	for try := 0; ; try++ {
		if err := p.fill(ctx); err != nil {
			return err
		}
		short := p.meter.Outgoing(s.Map.Cores)
		if len(short) == 0 {
			break
		}
		if !p.shrink(short) || try == maxRefills {
			for _, sh := range short {
				p.violate("", sh.Use, fmt.Sprintf("core %d sends to too many places: %d %s, a core has %d", sh.Core, sh.Use.Used, sh.Use.Resource, sh.Use.Limit))
			}
			break
		}
	}
	p.layers(func(id ir.NodeID) []ir.Usage {
		if !s.Net.Node(id).Op.IsNeuron() {
			return nil
		}
		return p.meter.Demand(id)
	})
	return nil
}

// byTarget lets the target distribute the neurons.
func (p *partitioner) byTarget(t backend.Partitioner) error {
	s := p.s
	r, err := t.Partition(s.Net, s.Map, s.Opt.Target)
	if err != nil {
		return err
	}
	s.Map.Cores = r.Cores
	for _, pr := range r.Problems {
		p.violate(s.Net.Node(pr.Node).Name, pr.Use, pr.Text)
	}
	for _, w := range r.Warnings {
		s.Diags.Warnf("W0314", place(s.Net.Node(w.Node)), "", "%s", w.Text)
	}
	if r.Available > 0 {
		p.fit.Available = r.Available
	}
	p.layers(func(id ir.NodeID) []ir.Usage { return r.Demand[id] })
	return nil
}

func chipsText(chips, perChip int) string {
	if chips == 1 {
		return fmt.Sprintf("1 chip of %d cores", perChip)
	}
	return fmt.Sprintf("%d chips of %d cores", chips, perChip)
}

// maxRefills bounds how often the cores are filled anew because a core would
// send to too many places.
const maxRefills = 12

type partitioner struct {
	s     *State
	meter backend.Meter
	fit   *Fit
	// caps limits, by population, how many neurons share a core.
	caps map[ir.NodeID]int32
}

// fill distributes all populations anew.
func (p *partitioner) fill(ctx context.Context) error {
	s := p.s
	s.Map.Cores = nil
	p.fit.Violations = nil
	p.meter.Begin()
	for _, id := range canonical(s.Net) {
		node := s.Net.Node(id)
		if !node.Op.IsNeuron() && node.Op != ir.OpBias {
			continue
		}
		if err := p.population(ctx, node); err != nil {
			return err
		}
	}
	p.close()
	return nil
}

// population adds the neurons of one population.
func (p *partitioner) population(ctx context.Context, node *ir.Node) error {
	size := int32(node.Out.Size())
	grain := p.meter.Grain(node.ID)
	onCore := int32(0)
	for at := int32(0); at < size; {
		if at%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		count := min(grain, size-at)
		limit, capped := p.caps[node.ID]
		if !capped || onCore+count <= limit || onCore == 0 {
			ok, short := p.meter.Add(node.ID, at, count)
			if ok {
				at, onCore = at+count, onCore+count
				continue
			}
			if len(p.meter.Parts()) == 0 && count > 1 {
				grain = (count + 1) / 2 // neurons that should stay together do not fit one core
				continue
			}
			if len(p.meter.Parts()) == 0 {
				p.violate(node.Name, short, fmt.Sprintf("one neuron of %s needs %d %s, a core has %d", node.Name, short.Used, short.Resource, short.Limit))
				return nil
			}
		}
		p.close()
		onCore = 0
	}
	return nil
}

// close ends the current core.
func (p *partitioner) close() {
	if parts := p.meter.Parts(); len(parts) > 0 {
		p.s.Map.Cores = append(p.s.Map.Cores, ir.CoreMap{
			Parts: slices.Clone(parts), Axons: slices.Clone(p.meter.Axons()), Usage: p.meter.Usage(),
		})
	}
	p.meter.Begin()
}

// shrink lowers how many neurons of the populations on overfull cores may
// share a core; it reports false if that is not possible.
func (p *partitioner) shrink(short []backend.Shortage) bool {
	changed := false
	for _, sh := range short {
		for _, part := range p.s.Map.Cores[sh.Core].Parts {
			next := int32(int64(part.Count) * sh.Use.Limit / sh.Use.Used)
			next = min(next, part.Count-1)
			grain := p.meter.Grain(part.Node)
			next = max(next/grain*grain, grain)
			if old, ok := p.caps[part.Node]; (!ok || next < old) && next < part.Count {
				p.caps[part.Node] = next
				changed = true
			}
		}
	}
	return changed
}

func (p *partitioner) violate(layer string, u ir.Usage, text string) {
	p.fit.Violations = append(p.fit.Violations, Violation{Layer: layer, Resource: u.Resource, Used: u.Used, Limit: u.Limit, Text: text})
}

// layers fills in what each population needs.
func (p *partitioner) layers(demand func(ir.NodeID) []ir.Usage) {
	s := p.s
	for _, id := range canonical(s.Net) {
		node := s.Net.Node(id)
		rows := demand(id)
		if !node.Op.IsNeuron() && rows == nil {
			continue
		}
		l := LayerFit{Name: node.Name, Origin: node.Origin, Op: s.Report.opOf(node), Shape: node.Out, Latency: s.Map.Latency[id]}
		for i := range s.Map.Cores {
			if slices.ContainsFunc(s.Map.Cores[i].Parts, func(pt ir.Part) bool { return pt.Node == id }) {
				l.Cores++
			}
		}
		most := int64(0)
		for _, u := range rows {
			row := FitRow{Resource: u.Resource, Used: u.Used, PerCore: u.Limit}
			if u.Limit > 0 {
				row.MinCores = (u.Used + u.Limit - 1) / u.Limit
			}
			if row.MinCores > most {
				most, l.Binding = row.MinCores, u.Resource
			}
			l.Rows = append(l.Rows, row)
		}
		p.fit.Layers = append(p.fit.Layers, l)
	}
}
