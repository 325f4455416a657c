package nir

import (
	"fmt"

	"github.com/synfire/synfire/ir"
)

// Bounds of what joining inner ports may cost: edges created at one port, and
// ports times edges looked at in all.
const (
	maxJoined   = 1 << 20
	maxJoinWork = 1 << 26
)

// degrees counts the edges into and out of every node.
func (l *level) degrees() (in, out []int) {
	in, out = make([]int, len(l.net.Nodes)), make([]int, len(l.net.Nodes))
	for _, e := range l.edges {
		out[e[0]]++
		in[e[1]]++
	}
	return in, out
}

func (l *level) withOp(op ir.Op) []ir.NodeID {
	var ids []ir.NodeID
	for i := range l.net.Nodes {
		if l.net.Nodes[i].Op == op {
			ids = append(ids, ir.NodeID(i))
		}
	}
	return ids
}

// completePorts adds an Input before the only node without predecessor and an
// Output after the only one without successor where the graph has none. The
// ports of a nested graph are needed only if the level above uses them.
func (l *level) completePorts(needOut, needIn, nested bool) {
	in, out := l.degrees()
	if needIn && len(l.withOp(ir.OpInput)) == 0 {
		l.addPort(ir.OpInput, in, "predecessor")
	}
	if needOut && len(l.withOp(ir.OpOutput)) == 0 {
		l.addPort(ir.OpOutput, out, "successor")
	}
	if !nested {
		return
	}
	for _, op := range []ir.Op{ir.OpInput, ir.OpOutput} {
		if ids := l.withOp(op); len(ids) > 1 {
			l.r.errs.Errorf(errPorts, l.path, "flatten the inner graph, or split it",
				"a nested graph with %d %s nodes is ambiguous: edges name the graph, not the port", len(ids), op.Info().NIR)
		}
	}
}

func (l *level) addPort(op ir.Op, degree []int, missing string) {
	var ends []ir.NodeID
	for i := range degree {
		if degree[i] == 0 && l.net.Nodes[i].Op != ir.OpInput && l.net.Nodes[i].Op != ir.OpOutput {
			ends = append(ends, ir.NodeID(i))
		}
	}
	kind := op.Info().NIR
	if len(ends) != 1 {
		var names []string
		for _, id := range ends[:min(5, len(ends))] {
			names = append(names, l.node(id).Name)
		}
		l.r.errs.Errorf(errPorts, l.path, fmt.Sprintf("add an %s node and its edge", kind),
			"the graph has no %s, and %d nodes have no %s: %q", kind, len(ends), missing, names)
		return
	}
	name := map[ir.Op]string{ir.OpInput: "input", ir.OpOutput: "output"}[op]
	for base, k := name, 1; ; k++ {
		if _, taken := l.index[name]; !taken {
			break
		}
		name = fmt.Sprintf("%s_%d", base, k)
	}
	end := ends[0]
	id := l.net.Add(ir.Node{Name: name, Op: op, Origin: l.path + "/nodes/" + name})
	l.index[name] = id
	edge := [2]ir.NodeID{id, end}
	if op == ir.OpOutput {
		edge = [2]ir.NodeID{end, id}
	}
	l.edges = append(l.edges, edge)
	l.r.repairs.warn(notePort, l.path, "", "the graph has no %s; %q is added at %q, the only node without %s",
		kind, name, l.node(end).Name, missing)
}

// joinInnerPorts removes the ports of flattened subgraphs: an Input that has
// predecessors, or an Output that has successors, hands on what it gets. The
// graph must have other ports of that kind at its rim.
func (l *level) joinInnerPorts() {
	in, out := l.degrees()
	inner := make([]bool, len(l.net.Nodes))
	found := 0
	for _, op := range []ir.Op{ir.OpInput, ir.OpOutput} {
		degree := in
		if op == ir.OpOutput {
			degree = out
		}
		ids, rim := l.withOp(op), 0
		for _, id := range ids {
			if degree[id] == 0 {
				rim++
			}
		}
		for _, id := range ids {
			if degree[id] == 0 {
				continue
			}
			if rim == 0 {
				l.r.errs.Errorf(errPorts, l.node(id).Origin, "let it end the graph, or add another one",
					"the %s of the graph lies in its middle, so where the graph begins or ends is unclear", op.Info().NIR)
				continue
			}
			l.r.repairs.note(noteInnerPort, l.node(id).Origin, "",
				"an %s in the middle of a graph is the port of a flattened subgraph; its edges are joined", op.Info().NIR)
			inner[id] = true
			found++
		}
	}
	if found == 0 || l.r.errs.HasErrors() {
		return
	}
	if len(l.edges) > maxJoinWork/found {
		l.r.errs.Errorf(errPorts, l.path, "remove them with the tool that flattened the graph",
			"%d ports in the middle of a graph with %d edges are too many to join", found, len(l.edges))
		return
	}
	for id := range inner {
		if inner[id] && !l.join(ir.NodeID(id)) {
			return
		}
	}
	l.remove(inner)
}

// join replaces the edges through a node by edges around it. An edge that
// exists already is not doubled, as in the edge list.
func (l *level) join(id ir.NodeID) bool {
	var targets []ir.NodeID
	sources := 0
	seen := map[[2]ir.NodeID]bool{}
	for _, e := range l.edges {
		if e[0] == id && e[1] != id {
			targets = append(targets, e[1])
		}
		if e[1] == id {
			sources++
		}
		seen[e] = true
	}
	if sources*len(targets) > maxJoined {
		l.r.errs.Errorf(errPorts, l.node(id).Origin, "", "%d edges come in and %d go out, too many to join", sources, len(targets))
		return false
	}
	var edges [][2]ir.NodeID
	for _, e := range l.edges {
		switch {
		case e[0] == id:
		case e[1] != id:
			edges = append(edges, e)
		default:
			for _, t := range targets {
				f := [2]ir.NodeID{e[0], t}
				if seen[f] {
					l.r.repairs.warn(noteTwice, l.node(id).Origin, "to add an input twice, double the weights",
						"%s -> %s exists beside this port too and counts once", l.node(e[0]).Name, l.node(t).Name)
					continue
				}
				seen[f] = true
				edges = append(edges, f)
			}
		}
	}
	l.edges = edges
	return true
}

// remove deletes the marked nodes, which have no edges any more.
func (l *level) remove(gone []bool) {
	to := make([]ir.NodeID, len(gone))
	var kept []ir.Node
	for i := range l.net.Nodes {
		if gone[i] {
			continue
		}
		n := l.net.Nodes[i]
		n.ID = ir.NodeID(len(kept))
		to[i] = n.ID
		kept = append(kept, n)
	}
	l.net.Nodes = kept
	for i, e := range l.edges {
		l.edges[i] = [2]ir.NodeID{to[e[0]], to[e[1]]}
	}
}
