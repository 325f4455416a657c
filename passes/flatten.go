package passes

import (
	"context"
	"slices"
	"strings"

	"github.com/synfire/synfire/ir"
)

// maxNodes bounds how many nodes inlining may make.
const maxNodes = 1 << 20

// flatten inlines nested networks. A node c of nested network g becomes
// "g.c"; the nested ports disappear and their edges are joined, delays added.
func flatten(_ context.Context, s *State) error {
	out, ok := inline(s, s.Net, 0)
	if ok {
		s.Net = out
	}
	return nil
}

// portal is where an edge into or out of a nested network really ends: a node
// of the flat network and the delay from the port to it.
type portal struct {
	node  ir.NodeID
	delay int32
}

// inline returns n without nested networks; ok is false if an error was
// reported.
func inline(s *State, n *ir.Network, depth int) (*ir.Network, bool) {
	if depth > 64 {
		s.Diags.Errorf("E0401", n.Name, "", "networks are nested more than 64 deep")
		return nil, false
	}
	flat := n.Clone()
	flat.Nodes, flat.Edges = nil, nil
	ends := make([][2][]portal, len(n.Nodes)) // by node: portals in, out
	taken := names{}
	var nested []ir.NodeID
	for i := range n.Nodes {
		node := n.Nodes[i].Clone()
		if node.Op == ir.OpGraph {
			nested = append(nested, node.ID)
			continue
		}
		p := []portal{{flat.Add(node), 0}}
		ends[i] = [2][]portal{p, p}
		taken[node.Name] = true
	}
	// By name, so that who gets a number does not depend on their order.
	slices.SortFunc(nested, func(a, b ir.NodeID) int { return strings.Compare(n.Node(a).Name, n.Node(b).Name) })
	for _, i := range nested {
		node := n.Nodes[i].Clone()
		sub, ok := inline(s, node.Sub, depth+1)
		if !ok {
			return nil, false
		}
		if len(flat.Nodes)+len(sub.Nodes) > maxNodes {
			s.Diags.Errorf("E0401", place(&node), "", "inlining nested networks makes more than %d nodes", maxNodes)
			return nil, false
		}
		if ends[i], ok = splice(s, flat, &node, sub, taken); !ok {
			return nil, false
		}
	}
	for _, e := range n.Edges {
		for _, a := range ends[e.Src][1] {
			for _, b := range ends[e.Dst][0] {
				flat.Connect(a.node, b.node, e.Delay+a.delay+b.delay)
			}
		}
	}
	return flat, true
}

// splice copies the nodes of sub, except its ports, into flat and returns
// where edges into and out of the nested network now lead.
func splice(s *State, flat *ir.Network, g *ir.Node, sub *ir.Network, taken names) (ends [2][]portal, ok bool) {
	var ports [2][]ir.NodeID
	ids := make([]ir.NodeID, len(sub.Nodes))
	for i := range sub.Nodes {
		node := sub.Nodes[i].Clone()
		switch node.Op {
		case ir.OpInput:
			ports[0] = append(ports[0], ir.NodeID(i))
			ids[i] = ir.NoNode
			continue
		case ir.OpOutput:
			ports[1] = append(ports[1], ir.NodeID(i))
			ids[i] = ir.NoNode
			continue
		}
		node.Name = taken.unique(g.Name + "." + node.Name)
		ids[i] = flat.Add(node)
	}
	for k, what := range [2]string{"input", "output"} {
		if len(ports[k]) > 1 {
			s.Diags.Errorf("E0402", place(g), "split the nested network so that each part has one "+what,
				"nested network %s has %d %ss: an edge cannot say which one it means", g.Name, len(ports[k]), what)
			return ends, false
		}
	}
	for _, e := range sub.Edges {
		a, b := ids[e.Src], ids[e.Dst]
		switch {
		case a != ir.NoNode && b != ir.NoNode:
			flat.Connect(a, b, e.Delay)
		case a == ir.NoNode && b == ir.NoNode:
			s.Diags.Errorf("E0402", place(g), "add a scale of 1 between the ports",
				"nested network %s leads from its input straight to its output", g.Name)
			return ends, false
		case a == ir.NoNode:
			ends[0] = append(ends[0], portal{b, e.Delay})
		default:
			ends[1] = append(ends[1], portal{a, e.Delay})
		}
	}
	flat.Notes = append(flat.Notes, sub.Notes...)
	return ends, true
}
