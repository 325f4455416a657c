package quantize

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// maxPalette bounds the points of a palette: its search takes k*n^2 steps.
const maxPalette = 1 << 13

// Palette returns the k values that stand for the points x with the least
// sum of weight*(x-value)^2, ascending, and the index of the value of each
// point. It is the optimum, found by dynamic programming over the sorted
// points (k-means in one dimension).
func Palette(x, weight []float64, k int) (values []float64, of []int, err error) {
	n := len(x)
	if n == 0 || n > maxPalette || len(weight) != n || k < 1 {
		return nil, nil, fmt.Errorf("a palette of %d values for %d points with %d weights", k, n, len(weight))
	}
	for i := range x {
		if math.IsNaN(x[i]) || math.IsInf(x[i], 0) || !(weight[i] >= 0) || math.IsInf(weight[i], 0) {
			return nil, nil, fmt.Errorf("point %d of a palette is %g with weight %g", i, x[i], weight[i])
		}
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	p := newPalette(x, weight, order)
	values, of = p.read(order, p.split(min(k, n)))
	return values, of, nil
}

// palette holds sums over the first i sorted points: of weights, of weighted
// distances from the first point, and of their squares.
type palette struct {
	base       float64
	w, wx, wxx []float64
}

func newPalette(x, weight []float64, order []int) *palette {
	n := len(order)
	p := &palette{x[order[0]], make([]float64, n+1), make([]float64, n+1), make([]float64, n+1)}
	for i, o := range order {
		d, w := x[o]-p.base, max(weight[o], 1e-300)
		p.w[i+1] = p.w[i] + w
		p.wx[i+1] = p.wx[i] + w*d
		p.wxx[i+1] = p.wxx[i] + w*d*d
	}
	return p
}

// mean returns the best value for points first to last-1.
func (p *palette) mean(first, last int) float64 {
	return p.base + (p.wx[last]-p.wx[first])/(p.w[last]-p.w[first])
}

// cost returns the error of points first to last-1 around their mean.
func (p *palette) cost(first, last int) float64 {
	s := p.wx[last] - p.wx[first]
	return max(0, p.wxx[last]-p.wxx[first]-s*s/(p.w[last]-p.w[first]))
}

// split returns where each of k runs of sorted points begins.
func (p *palette) split(k int) []int {
	n := len(p.w) - 1
	best := make([]float64, n+1) // of the first i points in the runs so far
	for i := 1; i <= n; i++ {
		best[i] = p.cost(0, i)
	}
	from := make([][]int32, k)
	for r := 1; r < k; r++ {
		from[r] = make([]int32, n+1)
		next := make([]float64, n+1)
		for i := range next {
			next[i] = math.Inf(1)
			for j := r; j < i; j++ {
				if c := best[j] + p.cost(j, i); c < next[i] {
					next[i], from[r][i] = c, int32(j)
				}
			}
		}
		best = next
	}
	starts := make([]int, k)
	end := n
	for r := k - 1; r > 0; r-- {
		starts[r] = int(from[r][end])
		end = starts[r]
	}
	return starts
}

// read returns the values and whose they are.
func (p *palette) read(order, starts []int) (values []float64, of []int) {
	of = make([]int, len(order))
	for r, first := range starts {
		last := len(order)
		if r+1 < len(starts) {
			last = starts[r+1]
		}
		values = append(values, p.mean(first, last))
		for _, o := range order[first:last] {
			of[o] = r
		}
	}
	return values, of
}
