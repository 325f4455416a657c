package passes

import (
	"cmp"
	"slices"

	"github.com/synfire/synfire/ir"
)

// maxFeedback bounds the feedback connections of a network: each costs one
// search of the graph.
const maxFeedback = 2048

// breakCycles gives every cycle at least one step of delay: a spike cannot
// act on what caused it within the same step. The delay goes to an edge that
// only the feedback uses: by default the one that leaves the population, so
// that biases further along act from the first step; with LateBias the last
// one, so that the whole map starts a step late.
func breakCycles(s *State, p *preset) {
	n := s.Net
	added := 0
	for {
		cycle := findCycle(n)
		if cycle == nil {
			break
		}
		e := feedbackEdge(n, cycle, p.LateBias)
		if e < 0 {
			s.Diags.Errorf("E0415", place(n.Node(n.Edges[cycle[0]].Dst)), "put a population or a delay into the cycle",
				"%s is on a cycle of linear maps alone: its value would depend on itself", n.Node(n.Edges[cycle[0]].Dst).Name)
			return
		}
		n.Edges[e].Delay = 1
		if added++; added > maxFeedback {
			s.Diags.Errorf("E0415", "", "", "more than %d feedback connections", maxFeedback)
			return
		}
	}
	switch {
	case added == 1:
		n.Note("recurrent", "the feedback connection takes one step")
	case added > 1:
		n.Note("recurrent", "%d feedback connections take one step each", added)
	}
}

// findCycle returns the edges, in order, of a cycle without delay, or nil.
// It searches from the inputs and then by name, so that what is found does
// not depend on how nodes are numbered.
func findCycle(n *ir.Network) []int32 {
	adj := n.Adjacency()
	byName := func(a, b int32) int {
		return cmp.Or(cmp.Compare(n.Node(n.Edges[a].Dst).Name, n.Node(n.Edges[b].Dst).Name), cmp.Compare(a, b))
	}
	for i := range adj.Out {
		slices.SortFunc(adj.Out[i], byName)
	}
	order := canonical(n)
	slices.SortStableFunc(order, func(a, b ir.NodeID) int {
		rank := func(id ir.NodeID) int {
			if n.Node(id).Op == ir.OpInput {
				return 0
			}
			return 1
		}
		return rank(a) - rank(b)
	})
	const (
		fresh, open, done = 0, 1, 2
	)
	state := make([]uint8, len(n.Nodes))
	type frame struct {
		node ir.NodeID
		next int
	}
	for _, root := range order {
		if state[root] != fresh {
			continue
		}
		stack := []frame{{root, 0}}
		var path []int32 // edges between the frames
		state[root] = open
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == len(adj.Out[top.node]) {
				state[top.node] = done
				stack = stack[:len(stack)-1]
				if len(path) > 0 {
					path = path[:len(path)-1]
				}
				continue
			}
			e := adj.Out[top.node][top.next]
			top.next++
			dst := n.Edges[e].Dst
			if n.Edges[e].Delay > 0 || state[dst] == done {
				continue
			}
			if state[dst] == open {
				at := slices.IndexFunc(stack, func(f frame) bool { return f.node == dst })
				return append(path[at:], e)
			}
			state[dst] = open
			stack = append(stack, frame{dst, 0})
			path = append(path, e)
		}
	}
	return nil
}

// feedbackEdge chooses the edge of a cycle that takes the delay, -1 if no
// population is on it. The cycle closes at the target of its last edge; the
// stretch that is feedback runs from the last population before that.
func feedbackEdge(n *ir.Network, cycle []int32, late bool) int32 {
	from := -1
	for i, e := range cycle {
		if n.Node(n.Edges[e].Src).Op.IsNeuron() {
			from = i
		}
	}
	if from < 0 {
		return -1
	}
	stretch := cycle[from:]
	if late {
		return stretch[len(stretch)-1]
	}
	adj := n.Adjacency()
	// The earliest edge after which nothing but the feedback branches off.
	for i := range stretch {
		private := true
		for _, e := range stretch[i : len(stretch)-1] {
			private = private && len(adj.Out[n.Edges[e].Dst]) == 1
		}
		if private {
			return stretch[i]
		}
	}
	return stretch[len(stretch)-1]
}
