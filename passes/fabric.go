package passes

import (
	"context"
	"errors"
	"fmt"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes/multicast"
	"github.com/synfire/synfire/passes/placement"
	"github.com/synfire/synfire/passes/tcam"
	"github.com/synfire/synfire/passes/topology"
)

// fabric is a target's machine and what the cores of a network send over it.
type fabric struct {
	*backend.Fabric
	grid  *topology.Grid
	flows []backend.Flow
}

func newFabric(s *State, t backend.Networked) (*fabric, error) {
	f, err := t.Fabric(s.Opt.Target)
	if err != nil {
		return nil, err
	}
	flows, err := t.Flows(s.Net, s.Map, s.Opt.Target)
	if err != nil {
		return nil, err
	}
	grid, err := topology.Hex(f.Width, f.Height, f.Wrap)
	if err != nil {
		return nil, err
	}
	for i := range f.Chips {
		c := int32(i)
		if len(f.Chips[i].Cores) == 0 {
			grid.KillChip(c)
		}
		for l, next := range f.Chips[i].Next {
			if next < 0 {
				grid.KillLink(c, l)
			}
		}
	}
	return &fabric{f, grid, flows}, nil
}

// placeOnFabric gives each core a chip near to those that it talks to, and a
// number on that chip by the order of the cores.
func placeOnFabric(ctx context.Context, s *State, t backend.Networked) error {
	f, err := newFabric(s, t)
	if err != nil {
		return err
	}
	p := f.problem(s.Map)
	got, err := placement.Place(ctx, p, placement.Options{Effort: s.Opt.PlaceEffort, Seed: s.Opt.PlaceSeed})
	var full *placement.NoRoom
	switch {
	case errors.As(err, &full):
		f.noRoom(s, full)
		return nil
	case errors.Is(err, placement.ErrScattered):
		f.scattered(s)
		return nil
	case err != nil:
		return err
	}
	used := make([]int, len(f.Chips))
	for i, chip := range got.Chip {
		c := &s.Map.Cores[i]
		c.Chip, c.Core = chip, f.Chips[chip].Cores[used[chip]]
		used[chip]++
	}
	return nil
}

// The resources of a chip, as a placement counts them.
const (
	needCores = iota
	needMemory
	needs
)

// problem returns the placement problem of a partitioned network.
func (f *fabric) problem(m *ir.Mapping) *placement.Problem {
	p := &placement.Problem{Grid: f.grid, Need: make([][]int32, needs), Room: make([][]int32, needs)}
	for i := range m.Cores {
		p.Need[needCores] = append(p.Need[needCores], 1)
		p.Need[needMemory] = append(p.Need[needMemory], int32(memoryOf(&m.Cores[i], f.Memory)))
	}
	for i := range f.Chips {
		p.Room[needCores] = append(p.Room[needCores], int32(len(f.Chips[i].Cores)))
		p.Room[needMemory] = append(p.Room[needMemory], f.Chips[i].Memory)
	}
	for _, flow := range f.flows {
		p.Nets = append(p.Nets, placement.Net{Source: flow.Core, Sinks: flow.To, Weight: flow.Weight})
	}
	return p
}

func memoryOf(c *ir.CoreMap, resource string) int64 {
	for _, u := range c.Usage {
		if u.Resource == resource {
			return u.Used
		}
	}
	return 0
}

// noRoom reports a resource of which the chips have too little in all.
func (f *fabric) noRoom(s *State, e *placement.NoRoom) {
	name := "cores"
	if e.Resource == needMemory {
		name = f.Memory
	}
	s.unfit(name, e.Needed, e.Have, fmt.Sprintf("the network takes %d %s, the chips of the machine have %d in all", e.Needed, name, e.Have))
}

// scattered reports that no order was found in which all cores fit the memory
// of their chips, though there is enough of it in all.
func (f *fabric) scattered(s *State) {
	var used, have int64
	for i := range s.Map.Cores {
		used += memoryOf(&s.Map.Cores[i], f.Memory)
	}
	for i := range f.Chips {
		have += int64(f.Chips[i].Memory)
	}
	s.unfit(f.Memory, used, have, fmt.Sprintf("the network takes %d of the %d %s of the machine, but in pieces that do not go on its chips of %d each", used, have, f.Memory, f.largest()))
}

// largest returns the most memory of a chip.
func (f *fabric) largest() (most int32) {
	for i := range f.Chips {
		most = max(most, f.Chips[i].Memory)
	}
	return most
}

// unfit adds a violation to the report of a network that seemed to fit. A limit
// of 0 says that the text alone tells what is amiss.
func (s *State) unfit(resource string, used, limit int64, text string) {
	fit := s.Report.Fit
	fit.Fits = false
	fit.Violations = append(fit.Violations, Violation{Resource: resource, Used: used, Limit: limit, Text: text})
}

// routeOnFabric finds the ways of all packets and the tables of the routers.
// Tables that are too long are compressed until they fit; each compressed one
// has been verified equal to its original for every key.
func routeOnFabric(ctx context.Context, s *State, t backend.Networked) error {
	f, err := newFabric(s, t)
	if err != nil {
		return err
	}
	tables := make([][]tcam.Entry, len(f.Chips))
	router := multicast.NewRouter(f.grid)
	for i := range f.flows {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := f.route(s.Map, router, &f.flows[i], tables)
		if cut := (*multicast.Unreachable)(nil); errors.As(err, &cut) {
			s.unfit("links", 0, 0, fmt.Sprintf("%v; leave the chips out that are cut off (--dead chip:x,y), so that nothing is placed there", err))
			return nil
		}
		if err != nil {
			return err
		}
	}
	return f.compress(ctx, s, tables)
}

// route adds the entries of a flow to the tables.
func (f *fabric) route(m *ir.Mapping, router *multicast.Router, flow *backend.Flow, tables [][]tcam.Entry) error {
	from := &m.Cores[flow.Core]
	sinks := make([]int32, len(flow.To))
	cores := map[int32]uint32{} // by chip: the cores that listen, as bits of a route
	for i, k := range flow.To {
		sinks[i] = m.Cores[k].Chip
		cores[sinks[i]] |= 1 << (backend.Links + m.Cores[k].Core)
	}
	tree, err := router.Route(from.Chip, sinks)
	if err != nil {
		return err
	}
	for _, n := range tree {
		e := tcam.Entry{Key: flow.Key, Mask: flow.Mask, Route: n.Out | cores[n.Chip]}
		if n.In >= 0 {
			e.Sources = 1 << n.In
		} else {
			e.Sources = 1 << (backend.Links + from.Core)
		}
		tables[n.Chip] = append(tables[n.Chip], e)
	}
	return nil
}

// compress fills in the mapping's tables.
func (f *fabric) compress(ctx context.Context, s *State, tables [][]tcam.Entry) error {
	s.Map.Tables = nil
	report := &RouteReport{}
	for chip, table := range tables {
		r, err := tcam.Compress(ctx, table, tcam.Options{Rules: tcam.Rules{Links: backend.Links}, Target: f.Entries})
		if err != nil {
			return err
		}
		report.add(f.grid.Name(int32(chip)), len(table), r)
		if len(r.Entries) > f.Entries {
			s.unfit("routing entries", int64(len(r.Entries)), int64(f.Entries),
				fmt.Sprintf("chip %s needs %d routing entries, which compression brought down to %d; its router has %d", f.grid.Name(int32(chip)), len(table), len(r.Entries), f.Entries))
		}
		if len(r.Entries) == 0 {
			continue
		}
		out := ir.Table{Chip: int32(chip)}
		for _, e := range r.Entries {
			out.Entries = append(out.Entries, ir.TableEntry{Key: e.Key, Mask: e.Mask, Route: e.Route})
		}
		s.Map.Tables = append(s.Map.Tables, out)
	}
	s.Report.Routing = report
	return nil
}

func (r *RouteReport) add(chip string, before int, c *tcam.Result) {
	n := len(c.Entries)
	if n > 0 {
		r.Chips++
	}
	r.Entries += n
	if n > r.Most {
		r.Most, r.MostOn = n, chip
	}
	if n < before {
		r.Compressed = append(r.Compressed, TableReport{chip, before, n, c.Method})
	}
}
