package quantize

import (
	"errors"
	"math"

	"github.com/synfire/synfire/internal/vector"
)

// Moments are the second moments of what reaches a population, gathered over
// calibration samples: presynaptic traces x, the inputs filtered as the
// neuron's own potential filters them, so that w*x is what a potential would
// be without resets (specs/quantization.md section 3).
type Moments struct {
	H     *Square // mean x*x^T; the lower triangle while it grows, then both
	Cross []float64
	// Cross is the mean of y*x^T, rows x N, for the potentials y that the
	// neurons should have; nil if y is the product of the weights and x.
	Rows    int
	Vectors int // how many were added

	pendX, pendY [][]float64
}

// batch is how many vectors are added at a time, shared among processors.
const batch = 64

// NewMoments returns moments of n inputs, and of rows targets if rows > 0.
func NewMoments(n, rows int) (*Moments, error) {
	h, err := NewSquare(n)
	if err != nil {
		return nil, err
	}
	m := &Moments{H: h, Rows: rows}
	if rows > 0 {
		m.Cross = make([]float64, rows*n)
	}
	return m, nil
}

// Add takes in a trace x and, if there are targets, y. Both are kept until
// Finish. A number that is not finite is an error.
func (m *Moments) Add(x, y []float64) error {
	if len(x) != m.H.N || len(y) != m.Rows {
		return errors.New("a trace does not have the length of the moments")
	}
	for _, v := range [...][]float64{x, y} {
		for _, a := range v {
			if math.IsNaN(a) || math.IsInf(a, 0) {
				return errors.New("a calibration sample leads to a number that is not finite")
			}
		}
	}
	m.pendX = append(m.pendX, x)
	m.pendY = append(m.pendY, y)
	if m.Vectors++; len(m.pendX) == batch {
		m.flush()
	}
	return nil
}

// flush adds the vectors that wait. Every element belongs to one processor,
// which adds in the order of the vectors, so sums do not depend on how many
// processors there are. Zeros are skipped: traces of spikes are sparse.
func (m *Moments) flush() {
	n := m.H.N
	live := make([][]int32, len(m.pendX))
	for k, x := range m.pendX {
		for i, a := range x {
			if a != 0 {
				live[k] = append(live[k], int32(i))
			}
		}
	}
	Parallel(n, func(i int) {
		row := m.H.Row(i)
		for k, x := range m.pendX {
			if a := x[i]; a != 0 {
				for _, j := range live[k] {
					if int(j) > i {
						break
					}
					row[j] += float64(a * x[j])
				}
			}
		}
	})
	Parallel(m.Rows, func(r int) {
		row := m.Cross[r*n : (r+1)*n]
		for k, x := range m.pendX {
			if y := m.pendY[k][r]; y != 0 {
				for _, j := range live[k] {
					row[j] += float64(y * x[j])
				}
			}
		}
	})
	m.pendX, m.pendY = nil, nil
}

// Finish turns the sums into means and fills the upper triangle.
func (m *Moments) Finish() {
	m.flush()
	f := 1 / float64(max(m.Vectors, 1))
	for i := range m.H.N {
		row := m.H.Row(i)
		for j := range i + 1 {
			row[j] *= f
			m.H.Row(j)[i] = row[j]
		}
	}
	for i := range m.Cross {
		m.Cross[i] *= f
	}
}

// Scale multiplies input i by f[i] in all moments.
func (m *Moments) Scale(f []float64) {
	n := m.H.N
	Parallel(n, func(i int) {
		for j := range n {
			m.H.Row(i)[j] *= float64(f[i] * f[j])
		}
	})
	for k := range m.Cross {
		m.Cross[k] *= f[k%n]
	}
}

// Retarget returns the weights w + (Cross - w*H)*(H + damp*mean diagonal)^-1,
// rows x N: the least-squares weights that make the potentials what they
// should be although the inputs have changed, drawn towards w where the
// moments say little.
func (m *Moments) Retarget(w []float64, damp float64) ([]float64, error) {
	n := m.H.N
	if m.Cross == nil || len(w) != len(m.Cross) {
		return nil, errors.New("the moments have no targets for these weights")
	}
	l := &Square{n, append([]float64(nil), m.H.A...)}
	mean := 0.0
	for i := range n {
		mean += m.H.At(i, i) / float64(n)
	}
	for i := range n {
		l.Row(i)[i] += damp*mean + 1e-12
	}
	if err := l.Cholesky(); err != nil {
		return nil, err
	}
	out := make([]float64, len(w))
	Parallel(m.Rows, func(r int) {
		row, old := out[r*n:(r+1)*n], w[r*n:(r+1)*n]
		for i := range row {
			row[i] = m.Cross[r*n+i] - vector.Dot(m.H.Row(i), old)
		}
		l.solveRow(row)
		vector.AddScaled(row, old, 1)
	})
	return out, nil
}
