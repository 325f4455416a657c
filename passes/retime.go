package passes

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/ir"
)

// retime makes up for the time that a spike takes to travel on the chip.
//
// In the network a connection with delay D acts D steps after the spike; on
// the chip the earliest effect is Caps.AxonLatency steps later. Every
// population q may run L(q) steps behind the network's time; a connection
// from p to q then has to wait
//
//	d = D + L(q) - L(p) - latency(p)   steps, 0 <= d <= MaxDelay,
//
// where latency is Caps.AxonLatency, or Caps.InputLatency from an input. The smallest L with all d >= 0 solves a
// system of difference constraints (Bellman-Ford). It has none if a cycle
// has fewer steps of delay than hops; then a spike cannot come round in time.
func retime(ctx context.Context, s *State) error {
	caps := s.caps()
	ps, err := s.Net.Projections()
	if err != nil {
		return err
	}
	edges, err := latencyEdges(s, ps, caps)
	if err != nil {
		s.Diags.Errorf("E0421", "", "", "%v", err)
		return nil
	}
	for tries := 0; ; tries++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		lat, loop := longest(len(s.Net.Nodes), edges)
		if loop == nil {
			s.Map = &ir.Mapping{Latency: lat, Scale: make([]float64, len(lat)), Offset: make([]float64, len(lat))}
			break
		}
		if !s.Opt.AllowApproximate || tries > len(edges) {
			reportLoop(s, edges, loop)
			return nil
		}
		// Slow one connection of the loop down: the one that feeds back.
		slow := loop[0]
		for _, i := range loop {
			if edges[i].delay > edges[slow].delay {
				slow = i
			}
		}
		slowDown(s, edges, slow)
	}
	checkDelays(s, edges)
	startDelays(s)
	return nil
}

// latencyEdge is one projection as a constraint.
type latencyEdge struct {
	src, dst ir.NodeID
	first    int32 // index of the edge of the network that holds the delay
	delay    int32 // smallest delay of its synapses
	most     int32 // largest
	hop      int32 // steps the chip needs at least
}

func latencyEdges(s *State, ps []ir.Projection, caps *backend.Caps) ([]latencyEdge, error) {
	var edges []latencyEdge
	for i := range ps {
		p := &ps[i]
		if s.Net.Node(p.Dst).Op == ir.OpOutput || nativeBias(s.Net, p) {
			continue
		}
		c, err := ir.NewConnector(s.Net, p)
		if err != nil {
			return nil, err
		}
		e := latencyEdge{src: p.Src, dst: p.Dst, hop: caps.AxonLatency}
		e.delay, e.most = c.DelayRange()
		if s.Net.Node(p.Src).Op == ir.OpInput {
			e.hop = caps.InputLatency
		}
		for k, edge := range s.Net.Edges {
			if edge.Src == p.Src && edge.Dst == p.Maps[0] {
				e.first = int32(k)
			}
		}
		edges = append(edges, e)
	}
	// By name, so that the loop that is reported or slowed down does not
	// depend on how nodes are numbered.
	slices.SortStableFunc(edges, func(a, b latencyEdge) int {
		n := s.Net
		return cmp.Or(
			strings.Compare(n.Node(a.src).Name, n.Node(b.src).Name), strings.Compare(n.Node(a.dst).Name, n.Node(b.dst).Name),
			strings.Compare(n.Node(n.Edges[a.first].Dst).Name, n.Node(n.Edges[b.first].Dst).Name))
	})
	return edges, nil
}

// longest returns the smallest latencies that satisfy the constraints, or the
// edges of a loop that cannot be satisfied.
func longest(nodes int, edges []latencyEdge) (lat []int32, loop []int) {
	lat = make([]int32, nodes)
	via := make([]int, nodes)
	for i := range via {
		via[i] = -1
	}
	last := -1
	for range nodes + 1 {
		last = -1
		for i := range edges {
			e := &edges[i]
			if need := lat[e.src] + e.hop - e.delay; need > lat[e.dst] {
				lat[e.dst], via[e.dst] = need, i
				last = i
			}
		}
		if last < 0 {
			return lat, nil
		}
	}
	// Walk back until a node repeats: it lies on the loop.
	at := edges[last].dst
	for range nodes {
		at = edges[via[at]].src
	}
	for start := at; ; {
		loop = append(loop, via[at])
		if at = edges[via[at]].src; at == start {
			return nil, loop
		}
	}
}

func reportLoop(s *State, edges []latencyEdge, loop []int) {
	names, hops, delays := "", int32(0), int32(0)
	for i := len(loop) - 1; i >= 0; i-- {
		e := &edges[loop[i]]
		names += s.Net.Node(e.src).Name + " -> "
		hops += e.hop
		delays += e.delay
	}
	names += s.Net.Node(edges[loop[len(loop)-1]].src).Name
	s.Diags.Errorf("E0504", place(s.Net.Node(edges[loop[0]].dst)),
		"--allow-approximate slows the feedback down; or train with a delay of one step per connection",
		"the loop %s takes %d steps on %s but has %d in the network", names, hops, s.Target.Name(), delays)
}

// slowDown adds one step to the delay of a connection.
func slowDown(s *State, edges []latencyEdge, i int) {
	e := &edges[i]
	s.Net.Edges[e.first].Delay++
	e.delay++
	e.most++
	src, dst := s.Net.Node(e.src).Name, s.Net.Node(e.dst).Name
	s.Diags.Warnf("W0504", place(s.Net.Node(e.dst)), "", "the feedback from %s to %s takes one step more than in the network", src, dst)
}

// checkDelays reports connections that have to wait longer than the chip can.
func checkDelays(s *State, edges []latencyEdge) {
	lat := s.Map.Latency
	limit := s.caps().MaxDelay
	for i := range edges {
		e := &edges[i]
		if d := e.most + lat[e.dst] - lat[e.src] - e.hop; d > limit {
			s.Diags.Errorf("E0505", place(s.Net.Node(e.dst)), "shorten the delay, or relay the spikes through a population in between",
				"the connection from %s to %s has to wait %d steps, %s can wait %d", s.Net.Node(e.src).Name, s.Net.Node(e.dst).Name, d, s.Target.Name(), limit)
		}
	}
}

// startDelays checks that populations which run behind can start late: the
// chip holds the potential at zero until then, so a bias does not act early,
// but a potential set beforehand would be lost unless it stays as it is.
func startDelays(s *State) {
	caps := s.caps()
	for i := range s.Net.Nodes {
		node := &s.Net.Nodes[i]
		lat := s.Map.Latency[i]
		if !node.Op.IsNeuron() || lat == 0 {
			continue
		}
		if lat > caps.MaxStartDelay {
			s.Diags.Errorf("E0505", place(node), "", "%s would start %d steps late, %s can hold a population for %d", node.Name, lat, s.Target.Name(), caps.MaxStartDelay)
		}
		if caps.LatePotential || allZero(startPotential(node)) || keepsPotential(s.Net, node) {
			continue
		}
		what := fmt.Sprintf("%s starts %s late and leaks, so its initial potential is left out", node.Name, stepsText(lat))
		if !s.Opt.AllowApproximate {
			s.Diags.Errorf("E0502", place(node), "--allow-approximate runs it all the same", "%s", what)
			continue
		}
		s.Diags.Warnf("W0502", place(node), "", "%s", what)
		node.Set(ir.PV0, resetPotential(node))
	}
}

func stepsText(n int32) string {
	if n == 1 {
		return "1 step"
	}
	return fmt.Sprintf("%d steps", n)
}

// startPotential returns the potential before the first step, relative to the
// one after a reset, which is the chip's zero.
func startPotential(node *ir.Node) ir.Tensor {
	if node.Op.IsInteger() {
		return node.P(ir.PV0)
	}
	return ir.Zip(node.P(ir.PV0), resetPotential(node), func(a, b float64) float64 { return a - b })
}

// resetPotential returns the potential after a spike.
func resetPotential(node *ir.Node) ir.Tensor {
	if node.Neuron.Reset == ir.ResetValue {
		return node.P(ir.PVReset)
	}
	return ir.Uniform(node.Out, 0)
}

// keepsPotential tells whether a population without input stays as it is.
func keepsPotential(n *ir.Network, node *ir.Node) bool {
	if node.Op == ir.OpIntLIF {
		return allZero(node.P(ir.PDecayV)) && allZero(node.P(ir.PBias))
	}
	return node.Op == ir.OpIF && !biased(n, node.ID)
}

// biased tells whether a constant input reaches a population.
func biased(n *ir.Network, id ir.NodeID) bool {
	for _, e := range n.Edges {
		if e.Dst != id || !n.Node(e.Src).Op.IsMap() {
			continue
		}
		for _, f := range n.Edges {
			if f.Dst == e.Src && n.Node(f.Src).Op == ir.OpBias {
				return true
			}
		}
	}
	return false
}
