package eval

import (
	"fmt"

	"github.com/synfire/synfire/ir"
)

// State is one run of a program. It belongs to one goroutine at a time.
type State struct {
	p     *Program
	t     int // steps done
	nodes []nodeState
	drop  *dropping // nil loses nothing
}

type nodeState struct {
	cell cell
	// ring holds the last outputs: row t%len(ring) that of step t.
	ring [][]float64
	// sum is the summed input; nil if there is none or it is the output of
	// another node as it stands.
	sum []float64
}

// NewState returns a state before the first step.
func (p *Program) NewState() *State {
	s := &State{p: p, nodes: make([]nodeState, len(p.nodes))}
	for i := range p.nodes {
		n := &p.nodes[i]
		s.nodes[i] = nodeState{cell: n.create(), ring: newRows(n.depth, n.size)}
		if len(n.edges) != 1 {
			s.nodes[i].sum = make([]float64, n.in)
		}
	}
	s.Reset()
	return s
}

// Reset returns to the state before the first step.
func (s *State) Reset() {
	s.t = 0
	for i := range s.nodes {
		s.nodes[i].cell.reset()
		for _, row := range s.nodes[i].ring {
			clear(row)
		}
	}
}

// Step computes one step. inputs holds one row for each of Program.Inputs();
// a nil row is silence. After an error the state is only good for Reset: rows
// of a wrong length, or numbers that an integer population cannot take.
func (s *State) Step(inputs [][]float64) error {
	if len(inputs) != len(s.p.inputs) {
		return fmt.Errorf("%d input rows for %d input ports", len(inputs), len(s.p.inputs))
	}
	for _, id := range s.p.order {
		n, st := &s.p.nodes[id], &s.nodes[id]
		x := s.gather(n, st)
		if n.port >= 0 && inputs[n.port] != nil {
			x = inputs[n.port]
			if len(x) != n.size {
				return fmt.Errorf("input %q takes %d values, not %d", n.name, n.size, len(x))
			}
		}
		if err := st.cell.step(x, st.row(s.t)); err != nil {
			return fmt.Errorf("node %q, step %d: %w", n.name, s.t, err)
		}
		if s.drop != nil {
			s.drop.apply(id, n, st.row(s.t), s.t)
		}
	}
	s.t++
	return nil
}

// gather returns the summed input of a node. What stands in sum of a node
// without edges stays zero.
func (s *State) gather(n *node, st *nodeState) []float64 {
	if len(n.edges) == 1 {
		return s.read(n.edges[0])
	}
	for i, e := range n.edges {
		if i == 0 {
			copy(st.sum, s.read(e))
			continue
		}
		for j, a := range s.read(e) {
			st.sum[j] += a
		}
	}
	return st.sum
}

// read returns what an edge hands over in the current step.
func (s *State) read(e edge) []float64 { return s.nodes[e.src].row(s.t - e.delay) }

// row returns the output of step t, which may be negative.
func (st *nodeState) row(t int) []float64 {
	depth := len(st.ring)
	if depth == 1 {
		return st.ring[0]
	}
	return st.ring[(t%depth+depth)%depth]
}

// Steps returns the number of steps done since the last reset.
func (s *State) Steps() int { return s.t }

// Out returns the output of a node in the last step, zeros before the first:
// a view that the next step may overwrite.
func (s *State) Out(id ir.NodeID) []float64 { return s.nodes[id].row(s.t - 1) }

// V returns the potential of a population after the last step, nil if the
// node has none: a view like that of Out.
func (s *State) V(id ir.NodeID) []float64 {
	if c, ok := s.nodes[id].cell.(membrane); ok {
		return c.potential()
	}
	return nil
}

// U returns the synaptic current of a population after the last step, nil if
// the node has none: a view like that of Out.
func (s *State) U(id ir.NodeID) []float64 {
	if c, ok := s.nodes[id].cell.(membrane); ok {
		return c.current()
	}
	return nil
}

// membrane is a cell with a potential, and perhaps a current.
type membrane interface {
	potential() []float64
	current() []float64
}
