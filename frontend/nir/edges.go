package nir

import (
	"fmt"
	"slices"
	"strings"

	"github.com/synfire/synfire/internal/hdf5"
	"github.com/synfire/synfire/ir"
)

// readEdges reads the edge list as names. An empty list is stored as an empty
// array of any kind.
func (l *level) readEdges(g *hdf5.Group) {
	d := l.r.get(g, "edges")
	if d == nil || d.Null || len(d.Shape) > 0 && d.Len() == 0 {
		return
	}
	if d.Kind != hdf5.String || len(d.Shape) != 2 || d.Shape[1] != 2 {
		l.r.errs.Errorf(errKind, d.Path, "store one row (source, target) of node names an edge",
			"edges must be strings of shape [E, 2], they are %s of shape %v", d.Kind, ir.Shape(d.Shape))
		return
	}
	for i := 0; i+1 < len(d.Strings); i += 2 {
		l.names = append(l.names, [2]string{d.Strings[i], d.Strings[i+1]})
	}
}

// resolve turns the names of the edges into nodes, repairs names that can
// only mean one node and drops repeated edges.
func (l *level) resolve() {
	free := l.unusedNodes()
	found := map[[2]string]ir.NodeID{} // name and end -> node
	seen := map[[2]ir.NodeID]bool{}
	for _, names := range l.names {
		var e [2]ir.NodeID
		for end, name := range names {
			e[end] = l.lookup(name, end, free, found)
		}
		switch {
		case e[0] == ir.NoNode || e[1] == ir.NoNode:
		case seen[e]:
			l.r.repairs.warn(noteTwice, l.path+"/edges", "to add an input twice, double the weights",
				"edge %s -> %s is listed more than once and counts once", names[0], names[1])
		default:
			seen[e] = true
			l.edges = append(l.edges, e)
		}
	}
}

// unusedNodes lists the nodes that no edge names.
func (l *level) unusedNodes() []ir.NodeID {
	used := map[string]bool{}
	for _, names := range l.names {
		used[names[0]], used[names[1]] = true, true
	}
	var free []ir.NodeID
	for i := range l.net.Nodes {
		if !used[l.net.Nodes[i].Name] {
			free = append(free, ir.NodeID(i))
		}
	}
	return free
}

// maxGuesses bounds how many wrong names are looked into.
const maxGuesses = 100

var endNames = [2]string{"source", "target"}

// lookup returns the node that an edge means by name; end is 0 for the source
// of the edge and 1 for its target.
func (l *level) lookup(name string, end int, free []ir.NodeID, found map[[2]string]ir.NodeID) ir.NodeID {
	if id, ok := l.index[name]; ok {
		return id
	}
	key := [2]string{name, endNames[end]}
	if id, ok := found[key]; ok {
		return id
	}
	if len(found) == maxGuesses {
		l.r.errs.Errorf(errName, l.path+"/edges", "", "more than %d names in the edge list are not nodes of this graph", maxGuesses)
	}
	if len(found) >= maxGuesses {
		found[key] = ir.NoNode
		return ir.NoNode
	}
	id, why := l.guess(name, end, free)
	found[key] = id
	place := l.path + "/edges"
	if id != ir.NoNode {
		what := endNames[end] + " of an edge"
		if l.node(id).Op.IsNeuron() { // the same at both ends
			what = "name"
			found[[2]string{name, endNames[1-end]}] = id
		}
		l.r.repairs.warn(noteName, place, fmt.Sprintf("write %q in the edge list", l.node(id).Name),
			"the %s %q is not a node; it is read as %q, %s", what, name, l.node(id).Name, why)
		return id
	}
	l.r.errs.Errorf(errName, place, l.similar(name, free), "the %s %q of an edge is not a node of this graph", endNames[end], name)
	return ir.NoNode
}

// guess finds the one node that a name can mean:
//
//   - lif1 of the flattened subgraph lif1.input, lif1.lif, lif1.output means
//     its port, or without ports its only population;
//   - lif means lif1 if that is the only node with a name like it that no edge
//     uses.
func (l *level) guess(name string, end int, free []ir.NodeID) (ir.NodeID, string) {
	port := [2]ir.Op{ir.OpOutput, ir.OpInput}[end]
	var ports, cells, akin []ir.NodeID
	for i := range l.net.Nodes {
		n := &l.net.Nodes[i]
		if !strings.HasPrefix(n.Name, name+".") {
			continue
		}
		switch {
		case n.Op == port:
			ports = append(ports, n.ID)
		case n.Op.IsNeuron():
			cells = append(cells, n.ID)
		}
	}
	if len(ports) == 1 {
		return ports[0], "the port of the flattened graph of that name"
	}
	if len(ports) == 0 && len(cells) == 1 {
		return cells[0], "the only population of the flattened graph of that name"
	}
	for _, id := range free {
		if alike(l.node(id).Name, name) {
			akin = append(akin, id)
		}
	}
	if len(akin) == 1 && len(ports)+len(cells) == 0 {
		return akin[0], "the only node of a similar name that no edge uses"
	}
	return ir.NoNode, ""
}

// alike tells whether one name begins with the other.
func alike(a, b string) bool {
	return a != "" && b != "" && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a))
}

// similar lists what a wrong name may have meant.
func (l *level) similar(name string, free []ir.NodeID) string {
	const most = 5
	var names []string
	for i := range l.net.Nodes {
		if alike(l.net.Nodes[i].Name, name) && len(names) < most {
			names = append(names, l.net.Nodes[i].Name)
		}
	}
	for _, id := range free {
		if len(names) < most && !slices.Contains(names, l.node(id).Name) {
			names = append(names, l.node(id).Name)
		}
	}
	for i := range l.net.Nodes {
		if len(names) < most && !slices.Contains(names, l.net.Nodes[i].Name) {
			names = append(names, l.net.Nodes[i].Name)
		}
	}
	return fmt.Sprintf("correct the edge list; nodes that may be meant: %q", names)
}
