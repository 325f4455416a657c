package quantize

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"

	"github.com/synfire/synfire/internal/vector"
)

// MaxInputs bounds the side of a matrix of second moments: 2^13, 512 MiB.
const MaxInputs = 1 << 13

// errSingular says that a matrix has no Cholesky factor.
var errSingular = errors.New("the matrix of second moments is not positive definite")

// Square is a square matrix, rows one after the other.
type Square struct {
	N int
	A []float64
}

// NewSquare returns a matrix of zeros with 1 to MaxInputs rows.
func NewSquare(n int) (*Square, error) {
	if n < 1 || n > MaxInputs {
		return nil, fmt.Errorf("%d inputs: 1 to %d can be calibrated", n, MaxInputs)
	}
	return &Square{n, make([]float64, n*n)}, nil
}

// Row returns row i.
func (m *Square) Row(i int) []float64 { return m.A[i*m.N : (i+1)*m.N] }

// At returns an element.
func (m *Square) At(i, j int) float64 { return m.A[i*m.N+j] }

// blockSize is how many columns Cholesky eliminates at a time: a block of
// rows of that width stays in the cache.
const blockSize = 48

// Cholesky replaces the lower triangle of a symmetric matrix by L with
// L*L^T = m, block by block. The upper triangle is left as it is.
func (m *Square) Cholesky() error {
	for first := 0; first < m.N; first += blockSize {
		last := min(first+blockSize, m.N)
		if err := m.diagonalBlock(first, last); err != nil {
			return err
		}
		Parallel(m.N-last, func(r int) { m.below(last+r, first, last) })
		Parallel(m.N-last, func(r int) {
			i := last + r
			row := m.Row(i)
			for j := last; j <= i; j++ {
				row[j] -= vector.Dot(row[first:last], m.Row(j)[first:last])
			}
		})
	}
	return nil
}

// diagonalBlock factors rows and columns first to last-1.
func (m *Square) diagonalBlock(first, last int) error {
	for i := first; i < last; i++ {
		m.below(i, first, i)
		row := m.Row(i)
		d := row[i] - vector.Dot(row[first:i], row[first:i])
		if !(d > 0) || math.IsInf(d, 0) {
			return errSingular
		}
		row[i] = math.Sqrt(d)
	}
	return nil
}

// below computes columns first to last-1 of row i of L.
func (m *Square) below(i, first, last int) {
	row := m.Row(i)
	for j := first; j < last; j++ {
		lj := m.Row(j)
		row[j] = (row[j] - vector.Dot(row[first:j], lj[first:j])) / lj[j]
	}
}

// solveRow replaces b by x with x*(L*L^T) = b, for the lower triangle L.
func (m *Square) solveRow(b []float64) {
	for i := range b {
		row := m.Row(i)
		b[i] = (b[i] - vector.Dot(row[:i], b[:i])) / row[i]
	}
	for i := len(b) - 1; i >= 0; i-- {
		row := m.Row(i)
		b[i] /= row[i]
		vector.AddScaled(b[:i], row[:i], -b[i])
	}
}

// Parallel calls f(0) to f(n-1), each once, on all processors. Calls must not
// depend on each other, so the number of processors does not show.
func Parallel(n int, f func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers < 2 {
		for i := range n {
			f(i)
		}
		return
	}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			// Interleaved: the rows of a triangle differ in length.
			for i := w; i < n; i += workers {
				f(i)
			}
		})
	}
	wg.Wait()
}
