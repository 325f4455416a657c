package passes

import "github.com/synfire/synfire/ir"

// window says what the kernel of a convolution sees at each position: the
// columns of the matrix with which a convolution is a dense map.
type window struct {
	channels, size int // of the output; weights of one of them
	positions      int // neurons of one of them
	inputs         int // elements of the whole input
	// first[p] to first[p+1]-1 are the cells that position p sees: an element
	// of the input and its place in the kernel. Cells beyond a border are none.
	first     []int32
	src, cell []int32
}

// newWindow returns the window of a convolution, nil if its channels do not
// see the same inputs.
func newWindow(node *ir.Node) (*window, error) {
	shape := node.P(ir.PWeight).Shape
	if node.Conv == nil || node.Conv.Groups > 1 || len(shape) < 2 || shape[0] < 1 || node.Out.Size()%shape[0] != 0 {
		return nil, nil
	}
	c, err := singleMap(node)
	if err != nil {
		return nil, err
	}
	w := &window{channels: shape[0], size: shape.Size() / shape[0], positions: node.Out.Size() / shape[0], inputs: node.In.Size(), first: []int32{0}}
	for p := range w.positions {
		c.In(p, func(src int, k int32) { // of the first channel
			w.src = append(w.src, int32(src))
			w.cell = append(w.cell, k)
		})
		w.first = append(w.first, int32(len(w.src)))
	}
	return w, nil
}

// shared returns one number for each channel of numbers for each neuron, nil if
// they differ within one.
func (w *window) shared(x []float64) []float64 {
	out := make([]float64, w.channels)
	for c := range out {
		out[c] = x[c*w.positions]
		for _, y := range x[c*w.positions : (c+1)*w.positions] {
			if y != out[c] {
				return nil
			}
		}
	}
	return out
}

// perStep is at how many positions of a step the window is looked through:
// positions see much the same, and a few spread over the map tell enough.
const perStep = 24

// look appends what the kernel sees of an input at some positions, others in
// each step.
func (w *window) look(out [][]float64, x []float64, step int) [][]float64 {
	n := min(perStep, w.positions)
	for i := range n {
		p := (i*w.positions/n + step*7) % w.positions
		seen := make([]float64, w.size)
		for k := w.first[p]; k < w.first[p+1]; k++ {
			seen[w.cell[k]] = x[w.src[k]]
		}
		out = append(out, seen)
	}
	return out
}
