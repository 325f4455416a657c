package passes

import "github.com/synfire/synfire/ir"

// Canonical and Shuffle open the order of nodes to the tests.
func Canonical(n *ir.Network) []ir.NodeID { return canonical(n) }
func Shuffle(n *ir.Network, seed uint64)  { shuffle(n, seed) }

// CheckMoved checks the constraints of the pass table with pass i moved to
// place k.
func CheckMoved(i, k int) error {
	table := append([]pass{}, pipeline...)
	p := table[i]
	table = append(table[:i], table[i+1:]...)
	table = append(table[:k], append([]pass{p}, table[k:]...)...)
	return checkOrder(table)
}

// CheckWithout checks the constraints of the pass table without pass i.
func CheckWithout(i int) error {
	return checkOrder(append(append([]pass{}, pipeline[:i]...), pipeline[i+1:]...))
}

// Constraints lists the constraints as pairs of pass names.
func Constraints() [][2]string {
	var out [][2]string
	for _, c := range passOrder {
		out = append(out, [2]string{c.before, c.after})
	}
	return out
}

// Look returns what the kernel of a convolution sees of an input, position by
// position; there may be at most 24 of them.
func Look(node *ir.Node, x []float64) ([][]float64, error) {
	w, err := newWindow(node)
	if err != nil || w == nil {
		return nil, err
	}
	return w.look(nil, x, 0), nil
}
