package ir

import (
	"math"
	"strconv"
	"strings"
)

// node writes the declaration of a node without its edges.
func (p *networkPrinter) node(n *Node) {
	p.names.taken[n.Name] = true
	name := quoteName(n.Name) + p.shapes(n.In, n.Out)
	switch class := n.Op.Info().Class; {
	case n.Op == OpGraph:
		p.graph(n, name)
	case class == ClassMap:
		p.withItems("map "+name+" ", n)
	case class == ClassNeuron:
		p.statement("pop "+name+" "+n.Op.String(), p.items(n, PInvalid))
	case n.Op == OpOutput:
		p.statement("output "+name, p.items(n, PInvalid))
	default:
		p.statement(n.Op.String()+" "+name, p.items(n, PInvalid))
	}
}

// sugar writes the declaration of a node with its edges.
func (p *networkPrinter) sugar(s sugar) {
	n := p.n.Node(s.node)
	src := p.n.Node(p.n.Edges[s.edge].Src)
	if n.Op == OpOutput {
		text := "out " + p.label(n.Name, outName, true) + quoteName(src.Name)
		if !equalShapes(n.In, src.Out) || !equalShapes(n.Out, src.Out) {
			text += p.openShapes(n.In, n.Out)
		}
		p.statement(text, p.items(n, PInvalid))
		return
	}
	last := p.n.Edges[s.edge+1]
	dst := p.n.Node(last.Dst)
	base, ok := projName(src.Name, dst.Name)
	text := "proj " + p.label(n.Name, base, ok) + quoteName(src.Name) + " -> " + quoteName(dst.Name) + delayText(last.Delay)
	if !equalShapes(n.In, src.Out) || !equalShapes(n.Out, dst.In) {
		text += p.openShapes(n.In, n.Out)
	}
	p.withItems(text+" ", n)
}

// label returns the name of a node and a colon, or nothing if the parser
// derives the same name from base.
func (p *networkPrinter) label(name, base string, derivable bool) string {
	derivable = derivable && name == p.names.derive(base, "#")
	p.names.taken[name] = true
	if derivable {
		return ""
	}
	return quoteName(name) + ": "
}

// shapes writes the shapes of a node, nothing if both are unknown.
func (p *networkPrinter) shapes(in, out Shape) string {
	if in == nil && out == nil {
		return ""
	}
	return p.openShapes(in, out)
}

func (p *networkPrinter) openShapes(in, out Shape) string {
	if equalShapes(in, out) {
		return " " + in.String()
	}
	return " " + in.String() + " -> " + out.String()
}

// withItems writes a map: its op, its leading parameter and its braces.
func (p *networkPrinter) withItems(head string, n *Node) {
	head += opText(n)
	lead := n.Op.leading()
	if lead != PInvalid {
		head += " " + p.param(n, lead)
	}
	p.statement(head, p.items(n, lead))
}

// opText returns the op of a map as it is written.
func opText(n *Node) string {
	if n.Op != OpConnect {
		return n.Op.String()
	}
	text := n.Rule.Kind.String()
	switch n.Rule.Kind {
	case RuleProbability:
		text += " " + formatNumber(n.Rule.P)
	case RuleInDegree:
		text += " " + strconv.Itoa(n.Rule.N)
	}
	if n.Rule.Seed != 0 {
		text += " seed " + strconv.FormatUint(n.Rule.Seed, 10)
	}
	if n.Rule.NoSelf {
		text += " no-self"
	}
	return text
}

// graph writes a nested network.
func (p *networkPrinter) graph(n *Node, name string) {
	if n.Sub.Name != n.Name {
		name += " named " + quoteName(n.Sub.Name)
	}
	p.line("graph " + name + " {")
	p.network(n.Sub, p.arrayPrefix+n.Name+".")
	if items := p.items(n, PInvalid); len(items) > 0 {
		p.statement("} with", items)
		return
	}
	p.line("}")
}

// items lists what stands in the braces of a node: parameters but the leading
// one, attributes, weight format and metadata.
func (p *networkPrinter) items(n *Node, lead Param) []string {
	resetValue := n.Neuron.Reset == ResetValue && p.lone(n, PVReset)
	var items []string
	for i := range n.Params {
		k := n.Params[i].Key
		switch {
		case k == lead:
		case k == PVReset && resetValue:
			items = append(items, "reset "+p.param(n, k))
		default:
			items = append(items, k.String()+" "+p.param(n, k))
		}
	}
	blank := newNode(n.Op)
	items = append(items, p.fields(n.fields(), blank.fields(), resetValue)...)
	if n.Q != nil {
		items = append(items, "format "+p.format(n.Q))
	}
	for i := range n.Meta {
		items = append(items, p.meta(&n.Meta[i], p.arrayPrefix+n.Name+"."))
	}
	return items
}

// lone tells whether parameter k is stored and written as one bare number.
func (p *printer) lone(n *Node, k Param) bool {
	if !n.Has(k) {
		return false
	}
	t := n.P(k).Compact()
	shape, ok := n.writtenShape(k)
	return ok && t.IsUniform() && t.IsInt() == n.writtenInts(k) && t.Shape.Equal(shape)
}

// fields writes the attributes that differ from those of a blank node.
func (p *printer) fields(fields, blank []field, skipReset bool) []string {
	var items []string
	for i, f := range fields {
		switch {
		case f.word != nil:
			if s := f.word.get(); s != "" && (f.name != "reset" || !skipReset) {
				items = append(items, f.name+" "+s)
			}
		case f.number != nil:
			if x := f.number.get(); x != blank[i].number.get() {
				items = append(items, f.name+" "+strconv.FormatInt(x, 10))
			}
		case *f.pair.at != f.pair.omitted():
			items = append(items, f.name+" "+f.pair.String())
		}
	}
	return items
}

func (p *pairField) String() string {
	if *p.at == p.both(p.at[0]) {
		return strconv.Itoa(p.at[0])
	}
	return "[" + strconv.Itoa(p.at[0]) + ", " + strconv.Itoa(p.at[1]) + "]"
}

func (p *printer) format(q *QFormat) string {
	blank := QFormat{}
	items := p.fields(q.fields(), blank.fields(), false)
	if math.Float64bits(q.Scale) != 0 {
		items = append(items, "scale "+formatNumber(q.Scale))
	}
	if len(items) == 0 {
		return "{}"
	}
	return "{ " + strings.Join(items, ", ") + " }"
}
