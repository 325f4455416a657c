package ir

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// PrintOptions says which tensors Print writes by value.
type PrintOptions struct {
	// Arrays takes the tensors that are written as @name. Names are unique,
	// made of letters, digits, "_", "." and "-", and depend on the network
	// only. If nil, every tensor is written by value.
	Arrays func(name string, t Tensor) error
	// Inline is the largest number of elements written by value where Arrays
	// is set; 0 means 16. Uniform tensors always are.
	Inline int
}

// Print writes a network in the text form (docs/snn.md). Parse reads it back
// to an equal network. What Verify refuses is not printed but an error.
func Print(w io.Writer, n *Network, opt PrintOptions) error {
	if err := Verify(n).Err(); err != nil {
		return err
	}
	if opt.Inline == 0 {
		opt.Inline = 16
	}
	p := &printer{opt: opt, arrays: newNamer()}
	p.line("network " + quoteName(n.Name) + " {")
	p.network(n, "")
	p.line("}")
	if p.err != nil {
		return p.err
	}
	_, err := w.Write(p.out.Bytes())
	return err
}

// Format returns the network in the text form with all tensors by value. A
// network that Verify refuses gives a comment with the reason.
func Format(n *Network) string {
	var b strings.Builder
	if err := Print(&b, n, PrintOptions{}); err != nil {
		return "// not a well-formed network: " + strings.ReplaceAll(err.Error(), "\n", " ") + "\n"
	}
	return b.String()
}

type printer struct {
	out    bytes.Buffer
	indent int
	opt    PrintOptions
	arrays *namer
	err    error
}

func (p *printer) line(text string) {
	p.out.WriteString(strings.Repeat("  ", p.indent))
	p.out.WriteString(text)
	p.out.WriteByte('\n')
}

// lineWidth is where the braces of a node are broken over several lines.
const lineWidth = 100

// statement writes a line with the items of a node in braces behind it.
func (p *printer) statement(head string, items []string) {
	if len(items) == 0 {
		p.line(head)
		return
	}
	short := head + " { " + strings.Join(items, ", ") + " }"
	if utf8.RuneCountInString(short)+2*p.indent <= lineWidth {
		p.line(short)
		return
	}
	p.line(head + " {")
	p.indent++
	for _, item := range items {
		p.line(item)
	}
	p.indent--
	p.line("}")
}

// network writes the statements of a network. arrayPrefix begins the names of
// its arrays.
//
// Nodes stand in the order of their ids and edges in their own order, so that
// a parser that counts statements gets both back. A proj or an out declares a
// node together with its edges where both orders allow it.
func (p *printer) network(n *Network, arrayPrefix string) {
	p.indent++
	defer func() { p.indent-- }()
	if n.DT != 0 {
		p.line("dt " + formatQuantity(n.DT, "s"))
	}
	if n.Discrete {
		p.line("discrete")
	}
	for _, note := range n.Notes {
		p.line("note " + strconv.Quote(note.Code) + " " + strconv.Quote(note.Text))
	}
	for i := range n.Meta {
		p.line(p.meta(&n.Meta[i], arrayPrefix))
	}
	np := networkPrinter{p, n, newNamer(), arrayPrefix}
	node, edge := 0, 0
	for _, s := range sugars(n) {
		for ; node < int(s.node); node++ {
			np.node(n.Node(NodeID(node)))
		}
		for ; edge < s.edge; edge++ {
			np.edge(n.Edges[edge])
		}
		np.sugar(s)
		node, edge = node+1, edge+s.edges
	}
	for ; node < len(n.Nodes); node++ {
		np.node(n.Node(NodeID(node)))
	}
	for ; edge < len(n.Edges); edge++ {
		np.edge(n.Edges[edge])
	}
}

// sugar is a node that may be declared together with its edges, which are
// edges of them from index edge on.
type sugar struct {
	node        NodeID
	edge, edges int
}

// sugars returns the nodes that are declared together with their edges: the
// longest sequence of candidates that rises in nodes and in edges. Of two
// candidates that share an edge, only the first is one.
func sugars(n *Network) []sugar {
	var all []sugar
	in, out := make([]int, len(n.Nodes)), make([]int, len(n.Nodes))
	for _, e := range n.Edges {
		in[e.Dst]++
		out[e.Src]++
	}
	free := 0 // edges below belong to a candidate
	for i, e := range n.Edges {
		op := n.Nodes[e.Dst].Op
		switch {
		case i < free || e.Delay != 0 || in[e.Dst] != 1:
		case op == OpOutput && out[e.Dst] == 0:
			all = append(all, sugar{e.Dst, i, 1})
		case op.IsMap() && out[e.Dst] == 1 && i+1 < len(n.Edges) && n.Edges[i+1].Src == e.Dst:
			all = append(all, sugar{e.Dst, i, 2})
			free = i + 2
		}
	}
	slices.SortFunc(all, func(a, b sugar) int { return cmp.Compare(a.node, b.node) })
	return rising(all)
}

// rising returns the longest subsequence of s with rising edges, by patience
// sorting.
func rising(s []sugar) []sugar {
	var tops []int // index in s of the smallest end of a sequence of each length
	before := make([]int, len(s))
	for i := range s {
		at, _ := slices.BinarySearchFunc(tops, s[i].edge, func(k, edge int) int { return cmp.Compare(s[k].edge, edge) })
		before[i] = -1
		if at > 0 {
			before[i] = tops[at-1]
		}
		if at == len(tops) {
			tops = append(tops, i)
		} else {
			tops[at] = i
		}
	}
	out := make([]sugar, len(tops))
	for k, i := len(tops)-1, -1; k >= 0; k-- {
		if i < 0 {
			i = tops[k]
		}
		out[k] = s[i]
		i = before[i]
	}
	return out
}

// networkPrinter writes the nodes and edges of one network.
type networkPrinter struct {
	*printer
	n           *Network
	names       *namer
	arrayPrefix string
}

func (p *networkPrinter) edge(e Edge) {
	text := "edge " + quoteName(p.n.Node(e.Src).Name) + " -> " + quoteName(p.n.Node(e.Dst).Name)
	p.line(text + delayText(e.Delay))
}

func delayText(steps int32) string {
	if steps == 0 {
		return ""
	}
	return fmt.Sprintf(" delay %d", steps)
}
