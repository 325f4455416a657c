package quantize

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/synfire/synfire/internal/vector"
)

// TestCholesky multiplies the factor out, for sizes around the block size.
func TestCholesky(t *testing.T) {
	for _, n := range []int{1, 2, blockSize - 1, blockSize, blockSize + 1, 3*blockSize + 5} {
		rng := rand.New(rand.NewPCG(uint64(n), 1))
		m, err := NewSquare(n)
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float64, n)
		for range 2 * n {
			for i := range x {
				x[i] = rng.NormFloat64()
			}
			for i := range n {
				vector.AddScaled(m.Row(i), x, x[i])
			}
		}
		l := &Square{n, slices.Clone(m.A)}
		if err := l.Cholesky(); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			for j := range i + 1 {
				got := vector.Dot(l.Row(i)[:j+1], l.Row(j)[:j+1])
				if math.Abs(got-m.At(i, j)) > 1e-9*float64(n) {
					t.Fatalf("n %d: element %d, %d is %g, not %g", n, i, j, got, m.At(i, j))
				}
			}
		}
		b := make([]float64, n)
		copy(b, x)
		l.solveRow(b)
		for i := range n {
			if got := vector.Dot(m.Row(i), b); math.Abs(got-x[i]) > 1e-6*float64(n) {
				t.Fatalf("n %d: the solution gives %g, not %g", n, got, x[i])
			}
		}
	}
}

// TestMoments compares with the definition, zeros and batches included.
func TestMoments(t *testing.T) {
	const n, rows, vectors = 9, 3, 2*batch + 7
	rng := rand.New(rand.NewPCG(2, 2))
	m, err := NewMoments(n, rows)
	if err != nil {
		t.Fatal(err)
	}
	h, cross := make([]float64, n*n), make([]float64, rows*n)
	for range vectors {
		x, y := make([]float64, n), make([]float64, rows)
		for i := range x {
			if rng.Float64() < 0.4 {
				x[i] = rng.NormFloat64()
			}
		}
		for r := range y {
			y[r] = rng.NormFloat64()
		}
		for i := range n {
			vector.AddScaled(h[i*n:(i+1)*n], x, x[i]/vectors)
		}
		for r := range rows {
			vector.AddScaled(cross[r*n:(r+1)*n], x, y[r]/vectors)
		}
		if err := m.Add(x, y); err != nil {
			t.Fatal(err)
		}
	}
	m.Finish()
	for i := range h {
		if math.Abs(h[i]-m.H.A[i]) > 1e-12 {
			t.Fatalf("element %d of H is %g, not %g", i, m.H.A[i], h[i])
		}
	}
	for i := range cross {
		if math.Abs(cross[i]-m.Cross[i]) > 1e-12 {
			t.Fatalf("element %d of the cross moments is %g, not %g", i, m.Cross[i], cross[i])
		}
	}
	if m.Add(make([]float64, n-1), make([]float64, rows)) == nil {
		t.Error("a short trace: no error")
	}
	if m.Add(append(make([]float64, n-1), math.NaN()), make([]float64, rows)) == nil {
		t.Error("a trace that is not a number: no error")
	}
}

// TestRetarget finds weights that undo a known mixing of the inputs: if the
// traces are A*x, the weights that give the potentials of w on x are w*A^-1.
func TestRetarget(t *testing.T) {
	const n = 4
	rng := rand.New(rand.NewPCG(4, 4))
	w, want := []float64{1, -2, 3, 0.5}, []float64{0.5, -2, 3, 0.5}
	m, err := NewMoments(n, 1)
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		x, y := make([]float64, n), 0.0
		for i := range x {
			x[i] = rng.NormFloat64()
			y += w[i] * x[i]
		}
		x[0] *= 2
		if err := m.Add(x, []float64{y}); err != nil {
			t.Fatal(err)
		}
	}
	m.Finish()
	got, err := m.Retarget(w, 1e-9)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-6 {
			t.Errorf("weight %d is %g, not %g", i, got[i], want[i])
		}
	}
}

// BenchmarkSearch solves the larger layer of mlp_mnist: 256 rows of 784.
func BenchmarkSearch(b *testing.B) {
	p := randomProblem(b, 1, 256, 784, 2)
	for b.Loop() {
		s, err := NewSolver(p)
		if err != nil {
			b.Fatal(err)
		}
		s.Search()
	}
}
