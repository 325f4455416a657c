// Package passes takes a network as a frontend read it to a network and a
// mapping that a backend can encode.
//
// The pipeline is an ordered table (table.go): each row is a pass, why it
// exists, and constraints on its place with their reasons, which are checked
// when the program starts. Passes are deterministic and independent of the
// order of nodes: where an order matters they use names (see canonical).
// With the build tag "invariants" the network is verified after every pass
// and its nodes are shuffled, so that a test that compares results also
// proves that independence.
package passes

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/internal/invariants"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

// Options are the user's choices. Zero values mean "not chosen".
type Options struct {
	DT         float64 // s
	Reset      ir.Reset
	Integrator ir.Integrator
	Compare    ir.Compare
	Current    ir.CurrentOrder
	Compat     string // name of a framework whose stepping to follow
	LayerDelay int32  // steps added to each connection that is not a feedback
	Keep       []string
	// Bits is the weight width; 0 = the target's widest. ReadoutBits, if not
	// 0, is that of projections onto populations that an output reads. BitsBy
	// overrides both for projections by the name of their map or target
	// population. A mean (quantize.Bits) takes a Calibration.
	Bits, ReadoutBits quantize.Bits
	BitsBy            map[string]quantize.Bits
	// DecayBits makes the decays of populations, by name ("" = all others),
	// multiples of 2^-bits, coarser than the target has them.
	DecayBits map[string]int
	// KeepExact asks for State.Exact.
	KeepExact bool
	// MaxUnderflow is the fraction of a projection's weights that may
	// quantize to zero before it is an error; 0 = DefaultMaxUnderflow.
	MaxUnderflow     float64
	AllowApproximate bool
	// DecayProfiles bounds how many different decays (pairs, of neurons with
	// a current) the neurons of a population get; 0 = any number.
	DecayProfiles int
	// Scheme, if set, says how weights are rounded. Without it they are
	// rounded to nearest, or as the calibration finds best. On a target it
	// takes a calibration, and rounds what that covers.
	Scheme *quantize.Scheme
	// Calibration, if set, lets the quantize pass choose weights and
	// thresholds by what the network does on samples.
	Calibration *Calibration `json:"-"`
	// Ring is how the largest input of a step is found where inputs have few
	// bits; unset is RingMeasured with a Calibration, else RingWorst. RingMax, if
	// positive, is the largest input that matters, in thresholds of the neuron
	// that takes most: larger ones saturate.
	Ring    quantize.RingRule
	RingMax float64
	// PlaceEffort is how long to look for a placement, 0 = the fast form, and
	// PlaceSeed starts its random numbers.
	PlaceEffort float64
	PlaceSeed   uint64
	Target      backend.Options
}

// DefaultMaxUnderflow is the fraction of non-zero weights of a projection
// that may become zero without an error.
const DefaultMaxUnderflow = 0.9

// State is what the passes work on.
type State struct {
	Net    *ir.Network
	Map    *ir.Mapping    // from retime on
	Target backend.Target // nil when only the reference is wanted
	Opt    Options
	Diags  diag.List
	Report Report
	// Exact is what the quantize pass rounded, if Options.KeepExact.
	Exact *Exact
}

// caps returns what the target can do under the user's options.
func (s *State) caps() *backend.Caps { return s.Target.Caps(s.Opt.Target) }

// Hooks let a caller watch the pipeline; any may be nil.
type Hooks struct {
	After func(pass string, s *State) error
	Time  func(pass string, d time.Duration)
}

// Stage says how far to run the pipeline.
type Stage uint8

// The stages.
const (
	// ToReference ends with a network that ir/eval executes in float.
	ToReference Stage = iota
	// ToInteger ends with the quantized network, which ir/eval executes in
	// the target's integers.
	ToInteger
	// ToImage ends with a placed and routed network, ready to encode.
	ToImage
)

// Run executes the passes up to a stage. Errors in the network are collected
// in s.Diags and returned as one error; the rest of the pipeline is skipped.
// A network that does not fit is no error here: see Report.Fit.
func Run(ctx context.Context, s *State, stage Stage, h Hooks) error {
	if errOrder != nil {
		return errOrder
	}
	s.Net = s.Net.Clone()
	for i := range pipeline {
		p := &pipeline[i]
		if p.stage > stage {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		start := time.Now()
		err := p.run(ctx, s)
		if h.Time != nil {
			h.Time(p.name, time.Since(start))
		}
		if err != nil {
			return fmt.Errorf("pass %s: %w", p.name, err)
		}
		if err := s.Diags.Err(); err != nil {
			return err
		}
		if invariants.Enabled {
			if err := check(p.name, s); err != nil {
				return err
			}
		}
		if h.After != nil {
			if err := h.After(p.name, s); err != nil {
				return err
			}
		}
		if s.Report.Fit != nil && !s.Report.Fit.Fits {
			return nil
		}
	}
	return nil
}

// check verifies the network after a pass and shuffles its nodes.
func check(pass string, s *State) error {
	if l := ir.Verify(s.Net); l.HasErrors() {
		return fmt.Errorf("after pass %s: %w", pass, l.Err())
	}
	if s.Map == nil {
		shuffle(s.Net, uint64(len(pass)))
	}
	return nil
}

// shuffle renumbers the nodes of n in a pseudo-random order.
func shuffle(n *ir.Network, seed uint64) {
	perm := rand.New(rand.NewPCG(seed, 0x5eed)).Perm(len(n.Nodes))
	nodes := make([]ir.Node, len(n.Nodes))
	for old, id := range perm {
		nodes[id] = n.Nodes[old]
		nodes[id].ID = ir.NodeID(id)
	}
	n.Nodes = nodes
	for i := range n.Edges {
		e := &n.Edges[i]
		e.Src, e.Dst = ir.NodeID(perm[e.Src]), ir.NodeID(perm[e.Dst])
	}
}

// Names lists the passes in order.
func Names() []string {
	names := make([]string, len(pipeline))
	for i := range pipeline {
		names[i] = pipeline[i].name
	}
	return names
}

// Describe writes the pass table for people.
func Describe(w io.Writer) error {
	for i := range pipeline {
		if _, err := fmt.Fprintf(w, "%-11s %s\n", pipeline[i].name, pipeline[i].why); err != nil {
			return err
		}
	}
	return nil
}

// canonical returns the node ids in an order that does not depend on how the
// nodes are numbered: along edges without delay, ties by name.
func canonical(n *ir.Network) []ir.NodeID {
	byName := make([]ir.NodeID, len(n.Nodes))
	for i := range byName {
		byName[i] = ir.NodeID(i)
	}
	slices.SortFunc(byName, func(a, b ir.NodeID) int {
		return cmp.Compare(n.Node(a).Name, n.Node(b).Name)
	})
	rank := make([]int, len(byName)) // node -> place by name
	sorted := &ir.Network{Nodes: make([]ir.Node, len(byName))}
	for r, id := range byName {
		rank[id] = r
	}
	for _, e := range n.Edges {
		sorted.Edges = append(sorted.Edges, ir.Edge{Src: ir.NodeID(rank[e.Src]), Dst: ir.NodeID(rank[e.Dst]), Delay: e.Delay})
	}
	order, err := sorted.Order()
	if err != nil { // a cycle without delay: names alone
		return byName
	}
	for i, r := range order {
		order[i] = byName[r]
	}
	return order
}

// place returns where a node comes from, for messages.
func place(n *ir.Node) string {
	if n.Origin != "" {
		return n.Origin
	}
	return n.Name
}

// names is a set of names that are taken.
type names map[string]bool

// unique returns name, or name with a number appended if it is taken, and
// takes it.
func (n names) unique(name string) string {
	free := name
	for i := 2; n[free]; i++ {
		free = fmt.Sprintf("%s_%d", name, i)
	}
	n[free] = true
	return free
}
