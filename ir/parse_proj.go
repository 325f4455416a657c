package ir

import (
	"slices"
	"strings"
)

// projection reads a map with its edges:
// proj [NAME:] SOURCE -> TARGET, ... [delay STEPS] [shapes] OP { ... }.
// Each target has a map of its own.
func (s *scope) projection() {
	at := s.tok
	src := s.name("the source of the projection")
	name := ""
	if s.accept(":") {
		name, src = src.text, s.name("the source of the projection")
	}
	s.expect("->", "between source and target")
	targets := []token{s.name("the target of the projection")}
	for s.accept(",") {
		targets = append(targets, s.name("the next target of the projection"))
	}
	delay := s.delay()
	in, out, given := s.shapes()
	node, lit := s.mapOp()
	if name != "" && len(targets) > 1 {
		s.fail(at, codeSyntax, "write one proj for each target", "a name for %d projections", len(targets))
	}
	if s.failed {
		return
	}
	if name == "" {
		name = s.derived(at, src, targets[0])
	}
	node.Name, node.In, node.Out = name, in, out
	id := s.declare(at, node)
	s.leading(id, lit)
	s.braces(id)
	s.wire(id, src, targets[0], delay, !given)
	for i, dst := range targets[1:] {
		s.sibling(id, i+1, src, dst, delay, !given)
	}
}

// derived returns the name of a projection that was given none.
func (s *scope) derived(at, src, dst token) string {
	base, ok := projName(src.text, dst.text)
	if !ok {
		s.fail(at, codeLimit, "write proj NAME: before the source", "the names at the ends are too long to derive a name from them")
	}
	return s.names.derive(base, "#")
}

// wire gives a projection's map its edges.
func (s *scope) wire(id NodeID, src, dst token, delay int32, openShapes bool) {
	p := &s.nodes[id]
	p.sugar, p.openShapes = true, openShapes
	p.from, p.to = end{src, NoNode}, end{dst, NoNode}
	s.edges = append(s.edges, pendingEdge{p.from, end{id: id}, 0}, pendingEdge{end{id: id}, p.to, delay})
}

// sibling declares the map to the target number i of a projection like that
// to the first, with a seed of its own.
func (s *scope) sibling(first NodeID, i int, src, dst token, delay int32, openShapes bool) {
	if s.failed {
		return
	}
	lits := s.nodes[first].lits
	if k := slices.IndexFunc(lits, func(l paramLit) bool { return !l.lit.lone }); k >= 0 {
		s.fail(lits[k].lit.at, codeDefault, "write one proj for each target", "an array for a projection with several targets")
		return
	}
	node := s.net.Node(first).Clone()
	node.Name = s.derived(dst, src, dst)
	if node.Rule != nil {
		node.Rule.Seed = siblingSeed(node.Rule.Seed, i)
	}
	id := s.declare(dst, node)
	s.nodes[id].lits = slices.Clone(lits)
	s.wire(id, src, dst, delay, openShapes)
}

// siblingSeed returns the seed of target number i: the i-th number behind
// seed of the splitmix64 generator (Steele, Lea and Flood, OOPSLA 2014), so
// that projections to several targets do not draw the same sources.
func siblingSeed(seed uint64, i int) uint64 {
	z := seed + uint64(i)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// resolve completes the network at its closing brace: first names, then
// shapes that follow from neighbours, then parameters.
func (s *scope) resolve() {
	for _, e := range s.edges {
		s.net.Connect(s.find(e.src), s.find(e.dst), e.delay)
	}
	for i := range s.nodes {
		if p := &s.nodes[i]; p.sugar {
			s.neighbours(NodeID(i), p)
		}
	}
	if s.list.HasErrors() {
		return
	}
	for i := range s.nodes {
		s.params(NodeID(i))
	}
}

// find returns the node at an end of an edge.
func (s *scope) find(e end) NodeID {
	if e.name.text == "" && e.name.kind == tokEOF {
		return e.id
	}
	if id, ok := s.byName[e.name.text]; ok {
		return id
	}
	if s.stopped {
		return NoNode
	}
	var names []string
	for i := range s.net.Nodes[:min(len(s.net.Nodes), 1000)] {
		names = append(names, s.net.Nodes[i].Name)
	}
	s.errorAt(e.name, codeUnknown, suggest(e.name.text, names), "no node is called %q", e.name.text)
	return NoNode
}

// neighbours takes the shapes of a proj or out from the nodes around it,
// which must be declared on their own: a proj bears its edges already.
func (s *scope) neighbours(id NodeID, p *pendingNode) {
	n := s.net.Node(id)
	shape := func(e end, pick func(*Node) Shape) Shape {
		other, ok := s.byName[e.name.text]
		if !ok {
			return nil // reported with its edge
		}
		if s.nodes[other].sugar {
			s.errorAt(e.name, codeUnknown, "declare it with map or output, and its edges with edge", "%q has its edges already", e.name.text)
			return nil
		}
		near := pick(s.net.Node(other))
		return append(near[:0:0], near...)
	}
	in := shape(p.from, func(n *Node) Shape { return n.Out })
	out := in
	if n.Op != OpOutput {
		out = shape(p.to, func(n *Node) Shape { return n.In })
	}
	if p.openShapes {
		n.In, n.Out = in, append(out[:0:0], out...)
	}
}

// params makes the parameters of a node from what was written, in the order
// of the op table as shapes of later ones follow from earlier ones.
func (s *scope) params(id NodeID) {
	n := s.net.Node(id)
	lits := s.nodes[id].lits
	slices.SortStableFunc(lits, func(a, b paramLit) int { return n.Op.rank(a.key) - n.Op.rank(b.key) })
	for _, l := range lits {
		shape, ok := n.writtenShape(l.key)
		if l.lit.lone && !ok {
			s.errorAt(l.lit.at, codeDefault, "write fill [2, 3] 0.5 with its shape", "the shape of %s does not follow from the rest", l.key)
			continue
		}
		if t := s.tensor(l.lit, n.writtenInts(l.key), shape); t.Valid() {
			n.Params = append(n.Params, ParamValue{l.key, t})
		}
	}
}

// suggest returns a hint for a word that is not among the known ones.
func suggest(word string, known []string) string {
	best, at := 1+len(word)/3, ""
	for _, k := range known {
		d := distance(word, k)
		if d >= max(len(word), len(k)) {
			continue // not a letter in common
		}
		if d < best || d == best && at == "" {
			best, at = d, k
		}
	}
	switch {
	case at != "":
		return "did you mean " + quoteName(at) + "?"
	case len(known) > 0 && len(known) <= 24:
		quoted := make([]string, len(known))
		for i, k := range known {
			quoted[i] = quoteName(k)
		}
		return "known are " + strings.Join(quoted, ", ")
	}
	return ""
}

// distance is the Levenshtein distance of two words, a large number if one
// is long.
func distance(a, b string) int {
	const long = 64
	if len(a) > long || len(b) > long {
		return long
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
