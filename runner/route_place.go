package runner

import (
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strings"
	"time"

	"github.com/synfire/synfire/internal/atomicfile"
	"github.com/synfire/synfire/internal/term"
	"github.com/synfire/synfire/passes/multicast"
	"github.com/synfire/synfire/passes/placement"
	"github.com/synfire/synfire/passes/tcam"
	"github.com/synfire/synfire/passes/topology"
)

// PlaceRequest asks for a graph to be placed and routed.
type PlaceRequest struct {
	File, Output string
	Effort       float64 // 0 is the fast form
	Seed         uint64
	Progress     func(part float64) // may be nil
}

// PlaceReport is what became of a graph.
type PlaceReport struct {
	File     string  `json:"file"`
	Name     string  `json:"name,omitempty"`
	Vertices int     `json:"vertices"`
	Nets     int     `json:"nets"`
	Effort   float64 `json:"effort"`
	Seed     uint64  `json:"seed"`
	// Machine has Chips chips that work, of which Used have a vertex.
	Machine PlaceMachine `json:"machine"`
	// Hops are the links in all trees, WeightedHops times the weights of their
	// nets; Unicast are the links if every sink had a packet of its own.
	Hops         int     `json:"hops"`
	WeightedHops float64 `json:"weighted_hops"`
	Unicast      int     `json:"unicast_hops"`
	// BusiestLink is the number of nets on the link that most share.
	BusiestLink int         `json:"busiest_link"`
	Tables      PlaceTables `json:"tables"`
	// Seconds of the parts of the work.
	PlaceSeconds    float64 `json:"place_seconds"`
	RouteSeconds    float64 `json:"route_seconds"`
	CompressSeconds float64 `json:"compress_seconds"`
	Output          string  `json:"output,omitempty"`
}

// PlaceMachine says what the graph was placed on.
type PlaceMachine struct {
	Width  int  `json:"width"`
	Height int  `json:"height"`
	Wrap   bool `json:"wrap"`
	Chips  int  `json:"chips"`
	Used   int  `json:"used"`
}

// PlaceTables sums up the routing tables.
type PlaceTables struct {
	Chips   int `json:"chips"`
	Entries int `json:"entries"`
	// Largest is the longest table as routed, LargestListed without what
	// default-routing does, LargestCompressed as it would be loaded.
	Largest           int  `json:"largest"`
	LargestListed     int  `json:"largest_without_defaults"`
	LargestCompressed int  `json:"largest_compressed"`
	Limit             int  `json:"limit"`
	Over              int  `json:"over"`
	Verified          bool `json:"verified"`
}

// NotPlaced reports whether an error of PlaceGraph says that the graph does not
// fit the machine.
func NotPlaced(err error) bool {
	var room *placement.NoRoom
	var way *multicast.Unreachable
	return errors.As(err, &room) || errors.As(err, &way) || errors.Is(err, placement.ErrScattered)
}

// PlaceHint says what helps against an error that is [NotPlaced].
func PlaceHint(err error) string {
	var way *multicast.Unreachable
	if errors.As(err, &way) {
		return "list the chips that are cut off as dead chips, so that nothing is placed there"
	}
	return "a machine with more chips, or fewer vertices"
}

// PlaceGraph places the graph of a file, finds the tree of every net, and makes
// and compresses the routing tables.
func PlaceGraph(ctx context.Context, q *PlaceRequest) (*PlaceReport, error) {
	p, err := readProblem(q.File)
	if err != nil {
		return nil, err
	}
	r := &PlaceReport{File: q.File, Name: p.name, Vertices: p.Vertices(), Nets: len(p.Nets), Effort: q.Effort, Seed: q.Seed, Output: q.Output}
	start := time.Now()
	placed, err := placement.Place(ctx, &p.Problem, placement.Options{Effort: q.Effort, Seed: q.Seed, Progress: q.Progress})
	if err != nil {
		return nil, At(q.File, roomError(err))
	}
	r.PlaceSeconds = time.Since(start).Seconds()
	g := &routedGraph{p: p, chip: placed.Chip, core: coresOn(p, placed.Chip)}
	start = time.Now()
	if err := g.route(ctx); err != nil {
		return nil, At(q.File, err)
	}
	r.RouteSeconds = time.Since(start).Seconds()
	start = time.Now()
	if err := g.compress(ctx, r); err != nil {
		return nil, At(q.File, err)
	}
	r.CompressSeconds = time.Since(start).Seconds()
	g.measure(r)
	if q.Output != "" {
		return r, g.write(q.Output)
	}
	return r, nil
}

// noCores is a placement.NoRoom whose resource are cores.
type noCores struct{ *placement.NoRoom }

func (e noCores) Error() string {
	return fmt.Sprintf("the graph needs %d cores, the machine has %d", e.Needed, e.Have)
}

func (e noCores) Unwrap() error { return e.NoRoom }

func roomError(err error) error {
	var none *placement.NoRoom
	if errors.As(err, &none) {
		return noCores{none}
	}
	return err
}

// coresOn numbers the vertices of each chip: vertex v has the cores from
// coresOn[v] on. Core 0 is the monitor's.
func coresOn(p *placeProblem, chip []int32) []int32 {
	next := make([]int32, p.Grid.Chips())
	core := make([]int32, len(chip))
	for v, c := range chip {
		core[v] = 1 + next[c]
		next[c] += p.coresPerVertex
	}
	return core
}

// A routedGraph is a graph with its trees and tables.
type routedGraph struct {
	p          *placeProblem
	chip, core []int32
	trees      []multicast.Tree
	tables     [][]tcam.Entry // by chip
}

// keyBits is the number of neurons of a core, as a power of two, in the keys of
// the tables: x << 24 | y << 16 | core << 11 | neuron.
const keyBits = 11

// route finds the trees and enters them in the tables.
func (g *routedGraph) route(ctx context.Context) error {
	router := multicast.NewRouter(g.p.Grid)
	g.trees = make([]multicast.Tree, len(g.p.Nets))
	g.tables = make([][]tcam.Entry, g.p.Grid.Chips())
	keyed := make([]bool, len(g.chip))
	var sinks []int32
	for i, n := range g.p.Nets {
		if err := ctx.Err(); err != nil { // a net with many sinks takes seconds
			return err
		}
		if keyed[n.Source] {
			return fmt.Errorf("net %d has the same source as another: the keys of packets are those of their source", i)
		}
		keyed[n.Source] = true
		sinks = sinks[:0]
		for _, v := range n.Sinks {
			sinks = append(sinks, g.chip[v])
		}
		tree, err := router.Route(g.chip[n.Source], sinks)
		if err != nil {
			return err
		}
		g.trees[i] = tree
		g.enter(i)
	}
	return nil
}

// enter adds the entries of a net.
func (g *routedGraph) enter(net int) {
	n := &g.p.Nets[net]
	x, y := g.p.Grid.XY(g.chip[n.Source])
	key := uint32(x)<<24 | uint32(y)<<16 | uint32(g.core[n.Source])<<keyBits
	local := func(v int32) uint32 { return 1 << (routerLinks + g.core[v]) }
	for _, node := range g.trees[net] {
		e := tcam.Entry{Key: key, Mask: ^uint32(1<<keyBits - 1), Route: node.Out, Sources: local(n.Source)}
		if node.In >= 0 {
			e.Sources = 1 << node.In
		}
		g.tables[node.Chip] = append(g.tables[node.Chip], e)
	}
	for _, v := range n.Sinks {
		t := g.tables[g.chip[v]]
		t[len(t)-1].Route |= local(v)
	}
}

// compress makes the tables fit and fills in what they were and became.
func (g *routedGraph) compress(ctx context.Context, r *PlaceReport) error {
	t := &r.Tables
	*t = PlaceTables{Limit: routerEntries, Verified: true}
	for c, table := range g.tables {
		if len(table) == 0 {
			continue
		}
		listed := 0
		for _, e := range table {
			if !e.Defaultable(routerLinks) {
				listed++
			}
		}
		done, err := tcam.Compress(ctx, table, tcam.Options{Rules: tcam.Rules{Links: routerLinks}, Target: routerEntries})
		if err != nil {
			return err
		}
		g.tables[c] = done.Entries
		t.Chips++
		t.Entries += len(table)
		t.Largest = max(t.Largest, len(table))
		t.LargestListed = max(t.LargestListed, listed)
		t.LargestCompressed = max(t.LargestCompressed, len(done.Entries))
		if len(done.Entries) > routerEntries {
			t.Over++
		}
	}
	return nil
}

// measure fills in the figures of placement and trees.
func (g *routedGraph) measure(r *PlaceReport) {
	grid := g.p.Grid
	used := make([]bool, grid.Chips())
	for _, c := range g.chip {
		used[c] = true
	}
	r.Machine = PlaceMachine{Width: grid.Width, Height: grid.Height, Wrap: grid.Wrap}
	for c := range used {
		if grid.Alive(int32(c)) {
			r.Machine.Chips++
		}
		if used[c] {
			r.Machine.Used++
		}
	}
	nets := make([]int, grid.Chips()*grid.Links)
	for i, tree := range g.trees {
		n := &g.p.Nets[i]
		r.Hops += tree.Hops()
		r.WeightedHops += float64(float64(tree.Hops()) * n.Weight)
		for _, v := range n.Sinks {
			r.Unicast += grid.Distance(g.chip[n.Source], g.chip[v])
		}
		for _, node := range tree {
			for out := node.Out; out != 0; out &= out - 1 {
				at := &nets[int(node.Chip)*grid.Links+bits.TrailingZeros32(out)]
				*at++
				r.BusiestLink = max(r.BusiestLink, *at)
			}
		}
	}
}

// routedFile is what place writes.
type routedFile struct {
	// Placement is [x, y, first core] by vertex.
	Placement [][3]int `json:"placement"`
	// Trees are the links of each net as [x, y, link], outwards from the source.
	Trees  [][][3]int   `json:"trees"`
	Fields []string     `json:"fields"`
	Tables []placeTable `json:"tables"`
}

type placeTable struct {
	X       int        `json:"x"`
	Y       int        `json:"y"`
	Entries []tableRow `json:"entries"`
}

func (g *routedGraph) write(path string) error {
	out := routedFile{
		Placement: make([][3]int, len(g.chip)), Trees: make([][][3]int, len(g.trees)),
		Fields: rowFields, Tables: []placeTable{},
	}
	for v, c := range g.chip {
		x, y := g.p.Grid.XY(c)
		out.Placement[v] = [3]int{x, y, int(g.core[v])}
	}
	for i, tree := range g.trees {
		out.Trees[i] = links(g.p.Grid, tree)
	}
	for c, entries := range g.tables {
		if len(entries) == 0 {
			continue
		}
		x, y := g.p.Grid.XY(int32(c))
		t := placeTable{X: x, Y: y}
		for _, e := range entries {
			t.Entries = append(t.Entries, tableRow{e.Key, e.Mask, e.Route, e.Sources})
		}
		out.Tables = append(out.Tables, t)
	}
	return atomicfile.WriteFile(path, func(w io.Writer) error {
		if !strings.HasSuffix(path, ".gz") {
			return json.NewEncoder(w).Encode(out)
		}
		z := gzip.NewWriter(w)
		return cmp.Or(json.NewEncoder(z).Encode(out), z.Close())
	})
}

func links(grid *topology.Grid, tree multicast.Tree) [][3]int {
	out := make([][3]int, 0, tree.Hops())
	for _, node := range tree {
		x, y := grid.XY(node.Chip)
		for set := node.Out; set != 0; set &= set - 1 {
			out = append(out, [3]int{x, y, bits.TrailingZeros32(set)})
		}
	}
	return out
}

// Text writes the report for people.
func (r *PlaceReport) Text(w io.Writer) error {
	var b strings.Builder
	wrap := ""
	if r.Machine.Wrap {
		wrap = ", edges joined"
	}
	fmt.Fprintf(&b, "%s  %s, %s on %d x %d chips (%d work%s)\n", r.File, plural2(r.Vertices, "vertex", "vertices"),
		plural(r.Nets, "net"), r.Machine.Width, r.Machine.Height, r.Machine.Chips, wrap)
	tab := term.Table{Right: []bool{false, true}}
	for _, row := range []struct {
		name  string
		value int
	}{
		{"links in all trees", r.Hops},
		{"the same, a packet for each sink", r.Unicast},
		{"nets on the busiest link", r.BusiestLink},
		{"chips with vertices", r.Machine.Used},
		{"routing entries", r.Tables.Entries},
		{"largest table", r.Tables.Largest},
		{"  without default routes", r.Tables.LargestListed},
		{"  as loaded, at most " + term.Count(int64(r.Tables.Limit)), r.Tables.LargestCompressed},
	} {
		tab.Add(row.name, term.Count(int64(row.value)))
	}
	b.WriteString(tab.Indent("  "))
	fmt.Fprintf(&b, "placed in %s, routed in %s, tables made and verified in %s\n", took(r.PlaceSeconds),
		took(r.RouteSeconds), took(r.CompressSeconds))
	if r.Output != "" {
		fmt.Fprintf(&b, "wrote %s\n", r.Output)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
