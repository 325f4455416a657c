package quantize

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
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
				row[j] -= dot(row[first:last], m.Row(j)[first:last])
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
		d := row[i] - dot(row[first:i], row[first:i])
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
		row[j] = (row[j] - dot(row[first:j], lj[first:j])) / lj[j]
	}
}

// solveRow replaces b by x with x*(L*L^T) = b, for the lower triangle L.
func (m *Square) solveRow(b []float64) {
	for i := range b {
		row := m.Row(i)
		b[i] = (b[i] - dot(row[:i], b[:i])) / row[i]
	}
	for i := len(b) - 1; i >= 0; i-- {
		row := m.Row(i)
		b[i] /= row[i]
		addScaled(b[:i], row[:i], -b[i])
	}
}

// dot returns the inner product in an order that depends on the length alone.
func dot(a, b []float64) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += float64(a[i] * b[i])
		s1 += float64(a[i+1] * b[i+1])
		s2 += float64(a[i+2] * b[i+2])
		s3 += float64(a[i+3] * b[i+3])
	}
	for ; i < len(a); i++ {
		s0 += float64(a[i] * b[i])
	}
	return (s0 + s1) + (s2 + s3)
}

// addScaled adds c*x to y.
func addScaled(y, x []float64, c float64) {
	x = x[:len(y)]
	for i := range y {
		y[i] += float64(c * x[i])
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
