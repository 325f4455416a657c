package ir

import "math"

// scope is a network that is being read. Edges, and all that follows from
// nodes declared further down, wait until its closing brace.
type scope struct {
	*parser
	net    *Network
	parent *scope
	names  *namer
	byName map[string]NodeID
	nodes  []pendingNode
	edges  []pendingEdge
}

// pendingNode is what is to be done for a node at the end of its network.
type pendingNode struct {
	at         token
	lits       []paramLit
	sugar      bool // declared by proj or out, with its edges
	openShapes bool // shapes follow from the neighbours
	from, to   end
}

// end is an end of an edge: a name, or the id of a node without one.
type end struct {
	name token
	id   NodeID
}

type pendingEdge struct {
	src, dst end
	delay    int32
}

func newScope(p *parser, net *Network, parent *scope) *scope {
	return &scope{parser: p, net: net, parent: parent, names: newNamer(), byName: map[string]NodeID{}}
}

// level returns how many networks are around this one.
func (s *scope) level() int {
	d := 0
	for q := s.parent; q != nil; q = q.parent {
		d++
	}
	return d
}

// dt returns the time step of this network or of the nearest one around it
// that has one, 0 if none has.
func (s *scope) dt() float64 {
	for q := s; q != nil; q = q.parent {
		if q.net.DT > 0 {
			return q.net.DT
		}
	}
	return 0
}

// body reads the statements up to the closing brace.
func (s *scope) body() {
	depth := s.parser.depth
	for !s.stopped {
		if s.tok.kind == tokEOF {
			s.errorAt(s.tok, codeSyntax, "close it with }", "the network %q does not end", s.net.Name)
			return
		}
		if s.accept("}") {
			break
		}
		start := s.tok
		s.statement()
		if !s.failed && !s.tok.first && !s.is(tokPunct, "}") && s.tok.kind != tokEOF {
			s.fail(s.tok, codeSyntax, "statements stand on lines of their own or are parted by semicolons", "%s does not belong to the statement before it", s.tok)
		}
		if s.failed {
			if s.tok == start {
				s.failed = false
				s.take()
			}
			s.recover(depth)
		}
	}
	s.resolve()
}

// statementWords are the words that statements begin with.
var statementWords = []string{"dt", "discrete", "note", "meta", "in", "out", "output", "pop", "one", "map", "proj", "graph", "edge"}

func (s *scope) statement() {
	t := s.tok
	if t.kind != tokWord {
		s.fail(t, codeSyntax, "", "expected a statement, found %s", t)
		return
	}
	s.take()
	switch t.text {
	case "dt":
		s.timeStep(t)
	case "discrete":
		s.net.Discrete = true
	case "note":
		s.net.Notes = append(s.net.Notes, Note{s.str("the code of the note"), s.str("the text of the note")})
	case "meta":
		s.net.Meta = append(s.net.Meta, s.meta())
	case "in":
		s.port(OpInput)
	case "output":
		s.port(OpOutput)
	case "one":
		s.port(OpBias)
	case "out":
		s.tap()
	case "pop":
		s.population()
	case "map":
		s.linearMap()
	case "proj":
		s.projection()
	case "graph":
		s.graph()
	case "edge":
		s.edge()
	default:
		s.fail(t, codeWord, suggest(t.text, statementWords), "unknown statement %s", t)
	}
}

func (s *scope) timeStep(t token) {
	at := s.tok
	x := s.quantity("s")
	if !s.failed && (!(x > 0) || math.IsInf(x, 0)) {
		s.fail(at, codeNumber, "", "the time step must be positive")
	}
	if s.net.DT != 0 {
		s.fail(t, codeTwice, "", "dt is given twice")
	}
	s.net.DT = x
}

// declare appends a node that was called at token t.
func (s *scope) declare(t token, node Node) NodeID {
	node.Origin = t.origin()
	id := s.net.Add(node)
	s.nodes = append(s.nodes, pendingNode{at: t})
	if s.names.taken[node.Name] {
		hint := "rename one of them"
		s.fail(t, codeTwice, hint, "a node called %q exists already", node.Name)
		return id
	}
	if node.Name == "" {
		s.fail(t, codeSyntax, "", "a node needs a name that is not empty")
	}
	s.names.taken[node.Name] = true
	s.byName[node.Name] = id
	return id
}

func (s *scope) port(op Op) {
	name := s.name("the name of the node")
	if s.failed {
		return
	}
	id := s.declare(name, Node{Name: name.text, Op: op})
	n := s.net.Node(id)
	n.In, n.Out, _ = s.shapes()
	s.braces(id)
}

// tap reads an output that is fed by one node: out [NAME:] NODE.
func (s *scope) tap() {
	at := s.tok
	src := s.name("the node to put out")
	name := outName
	if s.accept(":") {
		name = src.text
		src = s.name("the node to put out")
	} else {
		name = s.names.derive(name, "#")
	}
	if s.failed {
		return
	}
	id := s.declare(at, Node{Name: name, Op: OpOutput})
	var given bool
	n := s.net.Node(id)
	n.In, n.Out, given = s.shapes()
	pending := &s.nodes[id]
	pending.sugar, pending.openShapes = true, !given
	pending.from = end{src, NoNode}
	s.edges = append(s.edges, pendingEdge{src: pending.from, dst: end{id: id}})
	s.braces(id)
}

func (s *scope) population() {
	name := s.name("the name of the population")
	if s.failed {
		return
	}
	id := s.declare(name, Node{Name: name.text})
	in, out, _ := s.shapes()
	op := s.op(Op.IsNeuron, "a neuron model")
	if s.failed {
		return
	}
	n := s.net.Node(id)
	fresh := newNode(op)
	fresh.ID, fresh.Name, fresh.Origin, fresh.In, fresh.Out = n.ID, n.Name, n.Origin, in, out
	*n = fresh
	var model NodeID = NoNode
	if s.acceptWord("like") {
		model = s.like(id)
	}
	s.braces(id)
	s.inherit(id, model)
	s.defaultR(id)
}

func (s *scope) linearMap() {
	name := s.name("the name of the map")
	if s.failed {
		return
	}
	id := s.declare(name, Node{Name: name.text})
	in, out, _ := s.shapes()
	node, lit := s.mapOp()
	if s.failed {
		return
	}
	n := s.net.Node(id)
	node.ID, node.Name, node.Origin, node.In, node.Out = n.ID, n.Name, n.Origin, in, out
	*n = node
	s.leading(id, lit)
	s.braces(id)
}

// graph reads a nested network: graph NAME [in] -> [out] { ... }.
func (s *scope) graph() {
	name := s.name("the name of the graph")
	if s.failed {
		return
	}
	id := s.declare(name, Node{Name: name.text, Op: OpGraph})
	in, out, _ := s.shapes()
	sub := &Network{Name: name.text}
	if s.acceptWord("named") {
		sub.Name = s.name("the name of the nested network").text
	}
	n := s.net.Node(id)
	n.In, n.Out, n.Sub = in, out, sub
	open := s.tok
	s.expect("{", "before the statements of the graph")
	if s.level() >= MaxDepth {
		s.fail(open, codeLimit, "flatten the inner graphs", "graphs nest deeper than %d levels", MaxDepth)
	}
	if s.failed {
		return
	}
	newScope(s.parser, sub, s).body()
	if s.acceptWord("with") {
		s.braces(id)
	}
}

func (s *scope) edge() {
	src := s.name("the node where the edge starts")
	s.expect("->", "between the ends of an edge")
	dst := s.name("the node where the edge ends")
	delay := s.delay()
	if !s.failed {
		s.edges = append(s.edges, pendingEdge{end{src, NoNode}, end{dst, NoNode}, delay})
	}
}

// delay reads an optional delay in steps. Without a number behind it, the
// word is the op of that name.
func (s *scope) delay() int32 {
	if ahead := *s.lex; !s.is(tokWord, "delay") || ahead.next().kind != tokNumber {
		return 0
	}
	s.take()
	at := s.tok
	d := s.integer("a delay in steps")
	if !s.failed && (d < 0 || d > MaxDelay) {
		s.fail(at, codeNumber, "", "a delay of %d steps (0 to %d are possible)", d, MaxDelay)
	}
	return int32(d)
}
