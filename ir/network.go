// Package ir is the intermediate representation: one graph of populations,
// linear maps and ports, with cycles and without a list of layers.
//
// A Network's nodes have dense ids, so tables beside the graph are slices.
// What a node is, which parameters it has and what NIR calls it stands in the
// op table (op.go); units and names of parameters in param.go. Values are SI.
// Time is continuous until the discretize pass fixes dt, the integrator, the
// reset and every delay in steps as attributes (attr.go); from then on the
// network has one meaning, which package ir/eval executes.
//
// In a step every population reads the sum of its input edges. An edge with
// delay 0 hands over the output of the same step, so a feed-forward chain has
// no latency; a cycle has at least one step of delay.
//
// The design is DESIGN.md section 3; node semantics follow NIR, specs/nir.md
// section 1.1.
package ir

import (
	"fmt"
	"slices"
)

// NodeID is the index of a node in Network.Nodes.
type NodeID int32

// NoNode is the id of no node.
const NoNode NodeID = -1

// Network is a spiking network or a nested part of one.
type Network struct {
	Name  string
	DT    float64 // s per step; 0 = not known
	Nodes []Node
	Edges []Edge
	Notes []Note // what was assumed, and why
	Meta  []Meta
	// Discrete says that the discretize pass has decided every attribute.
	Discrete bool
}

// Node is a population, a map, a port or a nested network.
type Node struct {
	ID   NodeID
	Name string
	Op   Op
	// In and Out are the shapes of one step's input and output, nil while
	// unknown. They differ only for maps and nested networks.
	In, Out Shape
	Params  []ParamValue // in the order of the op table
	Neuron  Neuron
	Conv    *Conv
	Pool    *Pool
	Flatten *Flatten
	Rule    *Rule
	IntLIF  *IntLIF
	FixLIF  *FixLIF
	Q       *QFormat // integer weights
	Sub     *Network
	Meta    []Meta
	Origin  string // place in the source file, for messages
}

// Edge hands the output of Src to Dst, Delay steps later.
type Edge struct {
	Src, Dst NodeID
	Delay    int32
}

// Note is an assumption on record: a code, and a sentence.
type Note struct{ Code, Text string }

// Meta is one entry of user metadata, kept through conversions. Key may hold
// "/" for nested groups. Exactly one of the values is meaningful, by Kind.
type Meta struct {
	Key  string
	Kind MetaKind
	Str  string
	T    Tensor // numbers and arrays; booleans are 0 or 1
}

// MetaKind is the type of a metadata value.
type MetaKind uint8

// The kinds of metadata.
const (
	MetaString MetaKind = iota
	MetaInt
	MetaFloat
	MetaBool
)

// Add appends a node, gives it the next id and returns that.
func (n *Network) Add(node Node) NodeID {
	node.ID = NodeID(len(n.Nodes))
	n.Nodes = append(n.Nodes, node)
	return node.ID
}

// Connect appends an edge.
func (n *Network) Connect(src, dst NodeID, delay int32) {
	n.Edges = append(n.Edges, Edge{src, dst, delay})
}

// Node returns the node with the given id.
func (n *Network) Node(id NodeID) *Node { return &n.Nodes[id] }

// Lookup returns the id of the node with the given name, NoNode if none.
func (n *Network) Lookup(name string) NodeID {
	for i := range n.Nodes {
		if n.Nodes[i].Name == name {
			return NodeID(i)
		}
	}
	return NoNode
}

// Note records an assumption once.
func (n *Network) Note(code, format string, args ...any) {
	note := Note{code, fmt.Sprintf(format, args...)}
	if !slices.Contains(n.Notes, note) {
		n.Notes = append(n.Notes, note)
	}
}

// Param returns parameter k: the stored tensor, or the op table's default as
// a uniform tensor. ok is false if neither exists.
func (n *Node) Param(k Param) (t Tensor, ok bool) {
	for i := range n.Params {
		if n.Params[i].Key == k {
			return n.Params[i].T, true
		}
	}
	spec := n.Op.Spec(k)
	if spec == nil || spec.Required {
		return Tensor{}, false
	}
	if k.Info().Int || n.Op.IsInteger() {
		return UniformInt(n.Out, int32(spec.Default)), true
	}
	return Uniform(n.Out, spec.Default), true
}

// P returns parameter k like Param, an empty tensor if it does not exist.
func (n *Node) P(k Param) Tensor {
	t, _ := n.Param(k)
	return t
}

// Has tells whether parameter k is stored (not a default).
func (n *Node) Has(k Param) bool {
	return slices.ContainsFunc(n.Params, func(p ParamValue) bool { return p.Key == k })
}

// Set stores parameter k, keeping the order of the op table.
func (n *Node) Set(k Param, t Tensor) {
	for i := range n.Params {
		if n.Params[i].Key == k {
			n.Params[i].T = t
			return
		}
	}
	rank := func(k Param) int {
		return slices.IndexFunc(n.Op.Info().Params, func(s ParamSpec) bool { return s.Key == k })
	}
	at := slices.IndexFunc(n.Params, func(p ParamValue) bool { return rank(p.Key) > rank(k) })
	if at < 0 {
		at = len(n.Params)
	}
	n.Params = slices.Insert(slices.Clone(n.Params), at, ParamValue{k, t})
}

// Unset removes parameter k.
func (n *Node) Unset(k Param) {
	n.Params = slices.DeleteFunc(slices.Clone(n.Params), func(p ParamValue) bool { return p.Key == k })
}

// Clone returns a copy that can be changed freely; tensors are shared, as
// they are immutable.
func (n *Network) Clone() *Network {
	c := *n
	c.Nodes = slices.Clone(n.Nodes)
	for i := range c.Nodes {
		c.Nodes[i] = c.Nodes[i].Clone()
	}
	c.Edges = slices.Clone(n.Edges)
	c.Notes = slices.Clone(n.Notes)
	c.Meta = slices.Clone(n.Meta)
	return &c
}

// Clone returns a copy of the node that can be changed freely.
func (n *Node) Clone() Node {
	c := *n
	c.In, c.Out = slices.Clone(n.In), slices.Clone(n.Out)
	c.Params = slices.Clone(n.Params)
	c.Meta = slices.Clone(n.Meta)
	c.Conv, c.Pool, c.Flatten = clonePtr(n.Conv), clonePtr(n.Pool), clonePtr(n.Flatten)
	c.Rule, c.IntLIF, c.FixLIF, c.Q = clonePtr(n.Rule), clonePtr(n.IntLIF), clonePtr(n.FixLIF), clonePtr(n.Q)
	if n.Sub != nil {
		c.Sub = n.Sub.Clone()
	}
	return c
}

func clonePtr[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// Adjacency lists the edges by node: In[id] and Out[id] are indices into
// Edges, ascending.
type Adjacency struct{ In, Out [][]int32 }

// Adjacency builds the edge lists of the network.
func (n *Network) Adjacency() Adjacency {
	a := Adjacency{make([][]int32, len(n.Nodes)), make([][]int32, len(n.Nodes))}
	for i, e := range n.Edges {
		a.Out[e.Src] = append(a.Out[e.Src], int32(i))
		a.In[e.Dst] = append(a.In[e.Dst], int32(i))
	}
	return a
}

// Order returns the nodes so that every edge without delay leads forward:
// the order in which a step computes them. Ties go to the smaller id. A cycle
// without delay is an error that names its nodes.
func (n *Network) Order() ([]NodeID, error) {
	waits := make([]int, len(n.Nodes))
	adj := n.Adjacency()
	for _, e := range n.Edges {
		if e.Delay == 0 {
			waits[e.Dst]++
		}
	}
	var ready nodeHeap
	for i := range n.Nodes {
		if waits[i] == 0 {
			ready.push(NodeID(i))
		}
	}
	order := make([]NodeID, 0, len(n.Nodes))
	for len(ready) > 0 {
		id := ready.pop()
		order = append(order, id)
		for _, e := range adj.Out[id] {
			if n.Edges[e].Delay != 0 {
				continue
			}
			dst := n.Edges[e].Dst
			if waits[dst]--; waits[dst] == 0 {
				ready.push(dst)
			}
		}
	}
	if len(order) == len(n.Nodes) {
		return order, nil
	}
	var stuck []string
	for i := range n.Nodes {
		if waits[i] > 0 && len(stuck) < 5 {
			stuck = append(stuck, n.Nodes[i].Name)
		}
	}
	return nil, fmt.Errorf("nodes %q are on or behind a cycle without delay", stuck)
}

// nodeHeap is a binary min-heap of node ids.
type nodeHeap []NodeID

func (h *nodeHeap) push(id NodeID) {
	*h = append(*h, id)
	s := *h
	for i := len(s) - 1; i > 0; {
		up := (i - 1) / 2
		if s[up] <= s[i] {
			return
		}
		s[up], s[i] = s[i], s[up]
		i = up
	}
}

func (h *nodeHeap) pop() NodeID {
	s := *h
	top := s[0]
	last := len(s) - 1
	s[0] = s[last]
	s = s[:last]
	*h = s
	for i := 0; ; {
		kid := 2*i + 1
		if kid >= len(s) {
			return top
		}
		if kid+1 < len(s) && s[kid+1] < s[kid] {
			kid++
		}
		if s[i] <= s[kid] {
			return top
		}
		s[i], s[kid] = s[kid], s[i]
		i = kid
	}
}
