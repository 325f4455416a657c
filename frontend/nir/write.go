package nir

import (
	"fmt"
	"io"

	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/internal/hdf5"
	"github.com/synfire/synfire/ir"
)

// version is what Write stores as the version of the Python package: 1.0.6 is
// the first one whose fields are those that Write uses (v_reset is among
// them). No reader checks it.
const version = "1.0.6"

// Bounds of an export, in numbers: of all arrays together, and of one matrix
// that is made from sparse connections.
const (
	maxNumbers = 1 << 27
	maxMatrix  = 1 << 24
)

// Write writes the network as a NIR file that the Python packages nir and h5py
// read. Every field has the name, type and full shape that NIR asks for;
// numbers are float32 where that is exact for the whole array, else float64.
// There are no attributes and nothing is compressed. The same network gives
// the same bytes.
//
// What NIR has no word for goes to metadata (see the package comment) or
// becomes other nodes (delays, sparse and rule-made connections), each with a
// diagnostic; what neither can say is an error, returned as *diag.ListError
// before anything is written. The name of the network and its notes are not
// part of a NIR file. Shapes must be known and weights not quantized.
func Write(w io.Writer, n *ir.Network) (diag.List, error) {
	x := &exporter{list: ir.Verify(n), dt: n.DT, left: maxNumbers}
	if err := x.list.Err(); err != nil {
		return x.list, err
	}
	x.timed = hasNeurons(n)
	node := x.graph("node", n, true)
	if err := x.list.Err(); err != nil {
		return x.list, err
	}
	root := &hdf5.Group{Groups: []*hdf5.Group{node}, Datasets: []*hdf5.Dataset{stringData("version", version)}}
	data, err := root.Encode()
	if err != nil {
		return x.list, fmt.Errorf("the network cannot be stored as HDF5: %w", err)
	}
	_, err = w.Write(data)
	return x.list, err
}

// exporter is the state of one Write.
type exporter struct {
	list  diag.List
	dt    float64
	timed bool // some population carries dt
	left  int  // numbers that may still be written
}

func hasNeurons(n *ir.Network) bool {
	for i := range n.Nodes {
		if n.Nodes[i].Op.IsNeuron() || n.Nodes[i].Sub != nil && hasNeurons(n.Nodes[i].Sub) {
			return true
		}
	}
	return false
}

// place names a node for messages.
func place(n *ir.Node) string {
	if n.Origin != "" {
		return n.Origin
	}
	return n.Name
}

func (x *exporter) fail(n *ir.Node, hint, format string, args ...any) {
	x.list.Errorf(errExport, place(n), hint, format, args...)
}

func (x *exporter) say(n *ir.Node, format string, args ...any) {
	x.list.Notef(noteExport, place(n), "", format, args...)
}

// sheet is one graph while it is being written.
type sheet struct {
	*exporter
	net   *ir.Network
	taken map[string]bool
	tails []string // by node: the name that its output edges start from
	nodes []*hdf5.Group
	edges []string      // pairs
	next  [][]ir.NodeID // by node: where its edges without delay lead
}

// graph returns the group of a network.
func (x *exporter) graph(name string, n *ir.Network, root bool) *hdf5.Group {
	s := &sheet{exporter: x, net: n, taken: map[string]bool{}, tails: make([]string, len(n.Nodes))}
	for i := range n.Nodes {
		s.taken[n.Nodes[i].Name] = true
	}
	for i := range n.Nodes {
		s.node(&n.Nodes[i])
	}
	s.connect()
	g := &hdf5.Group{
		Name:     name,
		Groups:   []*hdf5.Group{{Name: "nodes", Groups: s.nodes}},
		Datasets: []*hdf5.Dataset{stringData("type", graphType), s.edgeData()},
	}
	meta := n.Meta
	if root && !x.timed && x.dt > 0 {
		meta = append([]ir.Meta{number("dt", ir.MetaFloat, x.dt)}, meta...)
	}
	x.metadata(g, meta, name)
	return g
}

func (s *sheet) edgeData() *hdf5.Dataset {
	if len(s.edges) == 0 {
		// So the reference writes an empty list.
		return &hdf5.Dataset{Name: "edges", Kind: hdf5.Float, Shape: []int{0}}
	}
	return &hdf5.Dataset{Name: "edges", Kind: hdf5.String, Shape: []int{len(s.edges) / 2, 2}, Strings: s.edges}
}

// node writes a node, and behind it a Delay if its output is delayed.
func (s *sheet) node(n *ir.Node) {
	s.tails[n.ID] = n.Name
	if !isName(n.Name) {
		s.fail(n, "rename the node", "the name %q has a meaning in HDF5 and cannot be used", n.Name)
		return
	}
	g := &hdf5.Group{Name: n.Name}
	if n.Op == ir.OpGraph {
		g = s.graph(n.Name, n.Sub, false)
		s.metadata(g, n.Meta, place(n))
	} else {
		s.fields(g, n)
		s.metadata(g, append(s.attributes(n), n.Meta...), place(n))
	}
	s.nodes = append(s.nodes, g)
	if d := n.P(ir.PDelay); n.Op != ir.OpDelay && n.Has(ir.PDelay) {
		s.say(n, "the delay of %s becomes a Delay node", n.Op)
		s.tails[n.ID] = s.delay(n, n.Name+".delay", d)
	}
}

// delay adds a Delay node behind n and returns its name.
func (s *sheet) delay(n *ir.Node, base string, seconds ir.Tensor) string {
	name := base
	for k := 1; s.taken[name]; k++ {
		name = fmt.Sprintf("%s_%d", base, k)
	}
	s.taken[name] = true
	g := &hdf5.Group{Name: name, Datasets: []*hdf5.Dataset{stringData("type", "Delay")}}
	s.floats(g, n, "delay", seconds, n.Out)
	s.nodes = append(s.nodes, g)
	s.edges = append(s.edges, s.tails[n.ID], name)
	return name
}

// connect writes the edges. A delay in steps becomes a Delay node, except for
// the single step that every cycle has by convention.
func (s *sheet) connect() {
	for _, e := range s.net.Edges {
		src, dst := s.net.Node(e.Src), s.net.Node(e.Dst)
		from := s.tails[e.Src]
		switch {
		case e.Delay == 0:
		case e.Delay == 1 && s.leadsBack(e):
			s.say(src, "the edge to %q closes a cycle; its delay of one step is not written, as every NIR cycle has it", dst.Name)
		case !(s.dt > 0):
			s.fail(src, "set dt", "the edge to %q is delayed by %d steps, but the time step is not known", dst.Name, e.Delay)
		default:
			s.say(src, "the delay of %d steps to %q becomes a Delay node", e.Delay, dst.Name)
			from = s.delay(src, src.Name+"."+dst.Name+".delay", ir.Uniform(src.Out, float64(e.Delay)*s.dt))
		}
		s.edges = append(s.edges, from, dst.Name)
	}
}

// leadsBack tells whether an edge closes a cycle that has no other delay.
func (s *sheet) leadsBack(e ir.Edge) bool {
	if s.next == nil {
		s.next = make([][]ir.NodeID, len(s.net.Nodes))
		for _, f := range s.net.Edges {
			if f.Delay == 0 {
				s.next[f.Src] = append(s.next[f.Src], f.Dst)
			}
		}
	}
	seen := make([]bool, len(s.net.Nodes))
	stack := []ir.NodeID{e.Dst}
	for len(stack) > 0 {
		id := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if id == e.Src {
			return true
		}
		if !seen[id] {
			seen[id] = true
			stack = append(stack, s.next[id]...)
		}
	}
	return false
}
