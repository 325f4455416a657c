package runner

import (
	"fmt"
	"io"
	"strings"

	"github.com/synfire/synfire/internal/term"
	"github.com/synfire/synfire/ir"
)

// NetworkInfo is what a network holds.
type NetworkInfo struct {
	Network  string     `json:"network"`
	File     string     `json:"file"`
	DT       float64    `json:"dt"` // s; 0 = unknown
	Nodes    []NodeInfo `json:"nodes"`
	Edges    []EdgeInfo `json:"edges"`
	Neurons  int64      `json:"neurons"`
	Numbers  int64      `json:"numbers"`  // parameters stored
	Synapses int64      `json:"synapses"` // of maps whose weights are stored
}

// NodeInfo is one node; nested ones have their parent's name and "/" before
// theirs.
type NodeInfo struct {
	Name    string   `json:"name"`
	Op      string   `json:"op"`
	In      ir.Shape `json:"in,omitempty"`
	Out     ir.Shape `json:"out,omitempty"`
	Numbers int64    `json:"numbers"`
	Detail  string   `json:"detail,omitempty"` // parameters and attributes
}

// EdgeInfo is one edge.
type EdgeInfo struct {
	Src   string `json:"src"`
	Dst   string `json:"dst"`
	Delay int32  `json:"delay,omitempty"`
}

// Inspect lists what a network holds.
func Inspect(n *ir.Network, file string) *NetworkInfo {
	info := &NetworkInfo{Network: n.Name, File: file, DT: n.DT, Nodes: []NodeInfo{}, Edges: []EdgeInfo{}}
	info.collect(n, "")
	return info
}

func (info *NetworkInfo) collect(n *ir.Network, prefix string) {
	adj := n.Adjacency()
	for _, id := range flow(n, &adj) {
		node := n.Node(id)
		x := NodeInfo{Name: prefix + node.Name, Op: node.Op.String(), In: node.In, Out: node.Out, Detail: detail(node)}
		for _, p := range node.Params {
			x.Numbers += int64(p.T.Stored())
		}
		info.Numbers += x.Numbers
		if node.Op.IsNeuron() {
			info.Neurons += int64(node.Out.Size())
		}
		if w := node.P(ir.PWeight); node.Op.IsMap() && w.Valid() {
			info.Synapses += int64(w.Stored())
		}
		info.Nodes = append(info.Nodes, x)
		for _, k := range adj.Out[id] {
			e := &n.Edges[k]
			info.Edges = append(info.Edges, EdgeInfo{x.Name, prefix + n.Node(e.Dst).Name, e.Delay})
		}
	}
	for i := range n.Nodes {
		if sub := n.Nodes[i].Sub; sub != nil {
			info.collect(sub, prefix+n.Nodes[i].Name+"/")
		}
	}
}

// flow returns the nodes as a person would tell them: from the inputs along
// the edges, then what no input reaches.
func flow(n *ir.Network, adj *ir.Adjacency) []ir.NodeID {
	seen := make([]bool, len(n.Nodes))
	var order []ir.NodeID
	visit := func(id ir.NodeID) {
		if !seen[id] {
			seen[id] = true
			order = append(order, id)
		}
	}
	next := 0
	for _, pick := range []func(*ir.Node) bool{
		func(x *ir.Node) bool { return x.Op == ir.OpInput },
		func(*ir.Node) bool { return true },
	} {
		for i := range n.Nodes {
			if pick(&n.Nodes[i]) {
				visit(ir.NodeID(i))
			}
			for ; next < len(order); next++ {
				for _, e := range adj.Out[order[next]] {
					visit(n.Edges[e].Dst)
				}
			}
		}
	}
	return order
}

// detail lists the parameters of a node: values of uniform ones, ranges of
// others.
func detail(n *ir.Node) string {
	var parts []string
	for _, p := range n.Params {
		parts = append(parts, fmt.Sprintf("%s %s", p.Key.Info().Name, valueText(p.T, p.Key.Info().Unit)))
	}
	if n.Neuron.Reset != ir.ResetUnset {
		parts = append(parts, "reset "+n.Neuron.Reset.String())
	}
	if n.Neuron.Integrator != ir.IntegratorUnset {
		parts = append(parts, n.Neuron.Integrator.String())
	}
	return strings.Join(parts, ", ")
}

func valueText(t ir.Tensor, unit string) string {
	if !t.Valid() || t.Stored() == 0 {
		return "empty"
	}
	if unit != "" {
		unit = " " + unit
	}
	if t.IsUniform() {
		return fmt.Sprintf("%.4g%s", t.At(0), unit)
	}
	lo, hi := t.Range()
	if lo == hi {
		return fmt.Sprintf("%.4g%s", lo, unit)
	}
	return fmt.Sprintf("%v of %.4g to %.4g%s", t.Shape, lo, hi, unit)
}

// Text writes the network for people.
func (info *NetworkInfo) Text(w io.Writer) error {
	var b strings.Builder
	dt := "dt unknown"
	if info.DT > 0 {
		dt = fmt.Sprintf("dt %g s", info.DT)
	}
	fmt.Fprintf(&b, "%s: %s, %s, %s neurons, %s weights stored, %s\n", info.Network,
		plural(len(info.Nodes), "node"), plural(len(info.Edges), "edge"), term.Count(info.Neurons), term.Count(info.Synapses), dt)
	t := term.Table{}
	t.Add("node", "op", "shape", "parameters")
	for _, n := range info.Nodes {
		t.Add(n.Name, n.Op, shapeText(n.In, n.Out), n.Detail)
	}
	b.WriteString(t.Indent("  "))
	for _, e := range info.Edges {
		delay := ""
		if e.Delay > 0 {
			delay = fmt.Sprintf("  after %s", plural(int(e.Delay), "step"))
		}
		fmt.Fprintf(&b, "  %s -> %s%s\n", e.Src, e.Dst, delay)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func shapeText(in, out ir.Shape) string {
	switch {
	case in == nil && out == nil:
		return "?"
	case in == nil || in.Equal(out):
		return fmt.Sprint(out)
	case out == nil:
		return fmt.Sprint(in)
	}
	return fmt.Sprintf("%v -> %v", in, out)
}

// ImageInfo is what a chip image holds.
type ImageInfo struct {
	Name        string     `json:"name"`
	File        string     `json:"file"`
	Target      string     `json:"target"`
	Bytes       int        `json:"bytes"`
	SHA256      string     `json:"sha256"`
	DT          float64    `json:"dt"`
	Notes       []string   `json:"notes,omitempty"`
	Inputs      []Port     `json:"inputs"`
	Populations []Place    `json:"populations"`
	Cores       []CoreInfo `json:"cores"`
	// Machine and Chips are of targets whose chips are places of a mesh.
	Machine string     `json:"machine,omitempty"`
	Chips   []ChipInfo `json:"chips,omitempty"`
}

// ChipInfo counts the entries of a chip's routing table.
type ChipInfo struct {
	Place   string `json:"place"`
	Entries int    `json:"entries"`
}

// Place says where a population is.
type Place struct {
	Port
	Latency int32 `json:"latency"`
	Cores   int   `json:"cores"`
}

// CoreInfo counts what a core holds.
type CoreInfo struct {
	Chip         int32 `json:"chip"`
	Core         int32 `json:"core"`
	Compartments int   `json:"compartments"`
	InAxons      int   `json:"in_axons"`
	OutAxons     int   `json:"out_axons"`
	SynapseWords int   `json:"synapse_words"`

	Place    string `json:"place,omitempty"`
	Model    string `json:"model,omitempty"`
	Synapses int    `json:"synapses,omitempty"`
	Bytes    int64  `json:"bytes,omitempty"` // of memory outside the core
}

// DescribeLoihi1 lists what an image of a Loihi 1-style chip holds.
func DescribeLoihi1(data []byte) (*ImageInfo, error) {
	img, err := decodeLoihi1(data)
	if err != nil {
		return nil, err
	}
	info := &ImageInfo{
		Name: img.Name, Target: "loihi1", Bytes: len(data), SHA256: Digest(data), DT: img.DT,
		Inputs: []Port{}, Populations: []Place{}, Cores: []CoreInfo{},
	}
	for _, n := range img.Notes {
		info.Notes = append(info.Notes, n.Key+": "+n.Value)
	}
	for _, in := range img.Inputs {
		info.Inputs = append(info.Inputs, Port{Name: in.Name, Size: len(in.Ptr) - 1})
	}
	for i := range img.Populations {
		p := &img.Populations[i]
		cores := map[int32]bool{}
		for _, s := range p.Slices {
			cores[s.Core] = true
		}
		info.Populations = append(info.Populations, Place{Port{p.Name, neurons(p), p.Output}, p.Latency, len(cores)})
	}
	for i := range img.Cores {
		c := &img.Cores[i]
		info.Cores = append(info.Cores, CoreInfo{
			Chip: c.Chip, Core: c.ID, Compartments: len(c.Compartments),
			InAxons: len(c.InAxons), OutAxons: len(c.OutAxons), SynapseWords: len(c.SynMem),
		})
	}
	return info, nil
}

// maxCores is how many cores are listed for people.
const maxCores = 16

// Text writes the image for people.
func (info *ImageInfo) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: image for %s, %s, %s bytes, sha256 %s\n", info.Name, info.Target, plural(len(info.Cores), "core"),
		term.Count(int64(info.Bytes)), info.SHA256)
	for _, n := range info.Notes {
		fmt.Fprintf(&b, "  %s\n", n)
	}
	if info.Machine != "" {
		fmt.Fprintf(&b, "  machine: %s%s\n", info.Machine, info.tables())
	}
	for _, p := range info.Inputs {
		fmt.Fprintf(&b, "  input %s [%d]\n", p.Name, p.Size)
	}
	for _, p := range info.Populations {
		out := ""
		if p.Output {
			out = ", output"
		}
		fmt.Fprintf(&b, "  population %s [%d] on %s, runs %s behind%s\n", p.Name, p.Size, plural(p.Cores, "core"), plural(int(p.Latency), "step"), out)
	}
	t := info.coreTable()
	b.WriteString(t.Indent("  "))
	if n := len(info.Cores) - maxCores; n > 0 {
		fmt.Fprintf(&b, "  … and %s (--json lists all)\n", plural(n, "more core"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// coreTable lists the first cores.
func (info *ImageInfo) coreTable() *term.Table {
	first := info.Cores[:min(maxCores, len(info.Cores))]
	if info.Machine != "" {
		t := &term.Table{Right: []bool{false, false, true, true, true, true, true}}
		t.Add("core", "runs", "neurons", "sources", "keys", "synapses", "SDRAM bytes")
		for _, c := range first {
			t.Add(c.Place, c.Model, fmt.Sprint(c.Compartments), fmt.Sprint(c.InAxons), fmt.Sprint(c.OutAxons), term.Count(int64(c.Synapses)), term.Count(c.Bytes))
		}
		return t
	}
	t := &term.Table{Right: []bool{true, true, true, true, true, true}}
	t.Add("chip", "core", "compartments", "in-axons", "out-axons", "synapse words")
	for _, c := range first {
		t.Add(fmt.Sprint(c.Chip), fmt.Sprint(c.Core), fmt.Sprint(c.Compartments), fmt.Sprint(c.InAxons), fmt.Sprint(c.OutAxons), fmt.Sprint(c.SynapseWords))
	}
	return t
}

// tables says how full the routing tables are.
func (info *ImageInfo) tables() string {
	if len(info.Chips) == 0 {
		return ""
	}
	most, total := info.Chips[0], 0
	for _, c := range info.Chips {
		if total += c.Entries; c.Entries > most.Entries {
			most = c
		}
	}
	return fmt.Sprintf("; routing tables on %s, %d entries in all, most on chip %s: %d", plural(len(info.Chips), "chip"), total, most.Place, most.Entries)
}
