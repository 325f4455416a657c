package nir

import (
	"fmt"
	"slices"
	"strings"

	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/internal/hdf5"
	"github.com/synfire/synfire/ir"
)

// reader collects what is found on the way; both lists are in file order.
type reader struct {
	errs    diag.List
	repairs repairs
	dt      float64 // from metadata, 0 = none
	dtPlace string
}

// ReadFile reads the NIR file at path; see [Read].
func ReadFile(path string) (*ir.Network, diag.List, error) {
	root, err := hdf5.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	n, diags, err := Read(root)
	diags.SetFile(path)
	return n, diags, err
}

// Read builds the network that the tree of a NIR file holds. The nodes are in
// the order of the tree, which is by name, the edges in the order of the file.
// Every node's In and Out are known afterwards, and every parameter has the
// shape that the op table asks for.
//
// The diagnostics hold all repairs and all errors; if there is an error, it is
// returned as a *diag.ListError and the network is nil.
func Read(root *hdf5.Group) (*ir.Network, diag.List, error) {
	r := &reader{}
	n := r.file(root)
	if n != nil && !r.errs.HasErrors() {
		r.solve(n)
	}
	diags := append(r.errs, r.repairs.diagnostics()...)
	if err := diags.Err(); err != nil {
		return nil, diags, err
	}
	record(n, diags)
	n.DT = r.dt
	diags = append(diags, InferDT(n)...)
	return n, diags, nil
}

// file checks the outermost level and reads the graph below it.
func (r *reader) file(root *hdf5.Group) *ir.Network {
	if root.Attr("__type__") != nil {
		r.errs.Errorf(errFile, "/", "open the .nir file of the network; data files are input, not networks",
			"this is a NIRData file: recorded data, not a network")
		return nil
	}
	g := root.Group("node")
	if g == nil {
		r.errs.Errorf(errFile, "/", "write the network with nir.write of the Python package nir",
			"this HDF5 file is not a NIR network: it has no group /node")
		return nil
	}
	if v := root.Dataset("version"); v == nil || v.Kind != hdf5.String {
		r.repairs.note(noteFile, "/", "", "there is no version; fields are read as of the newest one")
	}
	typ, ok := r.text(g, "type")
	if !ok {
		return nil
	}
	if typ != graphType {
		r.errs.Errorf(errFile, "/node/type", "wrap the node in a NIRGraph between an Input and an Output",
			"the outermost node is %q; it must be a NIRGraph", typ)
		return nil
	}
	return r.graph(g, 0, true, true)
}

// graph reads one graph. asSource and asTarget say whether the level above
// needs its output and its input.
func (r *reader) graph(g *hdf5.Group, depth int, asSource, asTarget bool) *ir.Network {
	if depth >= ir.MaxDepth {
		r.errs.Errorf(errFile, g.Path, "flatten the inner graphs", "graphs are nested deeper than %d levels", ir.MaxDepth)
		return nil
	}
	r.known(g, graphType, []string{"edges"})
	nodes := g.Group("nodes")
	if nodes == nil {
		r.errs.Errorf(errFile, g.Path, "", "the graph has no group nodes")
		return nil
	}
	if len(nodes.Datasets) > 0 {
		r.errs.Errorf(errFile, nodes.Datasets[0].Path, "nodes are groups", "a dataset stands where only nodes belong")
	}
	l := &level{r: r, path: g.Path, index: map[string]ir.NodeID{}}
	l.readEdges(g)
	for _, child := range nodes.Groups {
		l.addNode(child)
	}
	l.resolve()
	in, out := l.degrees()
	for _, child := range nodes.Groups {
		id := l.index[child.Name]
		if l.node(id).Op != ir.OpGraph {
			continue
		}
		sub := r.graph(child, depth+1, out[id] > 0, in[id] > 0)
		if sub != nil {
			sub.Name = child.Name
			l.node(id).Sub = sub
		}
	}
	l.completePorts(asSource, asTarget, depth > 0)
	l.joinInnerPorts()
	l.net.Meta = r.graphMeta(g, depth)
	return l.finish()
}

// level is one graph while it is being read.
type level struct {
	r     *reader
	path  string
	net   ir.Network
	index map[string]ir.NodeID // by name
	names [][2]string          // edges as they stand in the file
	edges [][2]ir.NodeID       // the same, resolved
}

func (l *level) node(id ir.NodeID) *ir.Node { return &l.net.Nodes[id] }

func (l *level) addNode(g *hdf5.Group) {
	n := ir.Node{Name: g.Name, Origin: g.Path}
	if g.Dataset("type") == nil {
		hint := "write the network again with the exporter"
		if len(g.Groups) > 0 && g.Groups[0].Dataset("type") != nil {
			hint = fmt.Sprintf("the name %q was probably meant: node names must not contain a slash", g.Name+"/"+g.Groups[0].Name)
		}
		l.r.errs.Errorf(errMissing, g.Path, hint, "the node has no type")
	} else if typ, ok := l.r.text(g, "type"); ok {
		l.r.fillNode(&n, g, typ)
	}
	l.index[n.Name] = l.net.Add(n)
}

// finish returns the network of the level with its edges. Nodes are ordered by
// name again where ports were added.
func (l *level) finish() *ir.Network {
	slices.SortStableFunc(l.net.Nodes, func(a, b ir.Node) int { return strings.Compare(a.Name, b.Name) })
	to := make([]ir.NodeID, len(l.net.Nodes))
	for i := range l.net.Nodes {
		to[l.net.Nodes[i].ID] = ir.NodeID(i)
		l.net.Nodes[i].ID = ir.NodeID(i)
	}
	for _, e := range l.edges {
		l.net.Connect(to[e[0]], to[e[1]], 0)
	}
	return &l.net
}
