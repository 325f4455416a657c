// Package vector computes with rows of float64. The terms of every sum have one
// order, and no product is fused with a sum, so results are the same on every
// machine.
package vector

// Dot returns the inner product, in an order that depends on the length of a
// alone.
func Dot(a, b []float64) float64 {
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

// AddScaled adds c*x to y. The length of y counts.
func AddScaled(y, x []float64, c float64) {
	x = x[:len(y)]
	for i := range y {
		y[i] += float64(c * x[i])
	}
}

// Sum adds scaled rows to Y, one after the other: it leaves the same bits as
// AddScaled of each in turn. What bounds AddScaled is that it loads and stores Y
// for every product; the rows of a Sum wait until there are four, which do so
// once.
type Sum struct {
	Y []float64 // complete after Flush
	x [4][]float64
	c [4]float64
	n int // rows that wait
}

// Add adds c*x, which must not change before Flush. The length of Y counts.
func (s *Sum) Add(x []float64, c float64) {
	s.x[s.n], s.c[s.n] = x, c
	if s.n++; s.n == len(s.x) {
		s.n = 0
		s.addFour()
	}
}

// Flush adds the rows that wait.
func (s *Sum) Flush() {
	for k := range s.n {
		AddScaled(s.Y, s.x[k], s.c[k])
	}
	s.n = 0
}

// addFour adds four rows, in blocks of four numbers where the machine can. Each
// number gets its products in the order of the rows.
func (s *Sum) addFour() {
	y := s.Y
	x0, x1, x2, x3 := s.x[0][:len(y)], s.x[1][:len(y)], s.x[2][:len(y)], s.x[3][:len(y)]
	if n := len(y) &^ 3; hasBlocks && n > 0 {
		addBlocks(&y[0], &x0[0], &x1[0], &x2[0], &x3[0], n, &s.c)
		y, x0, x1, x2, x3 = y[n:], x0[n:], x1[n:], x2[n:], x3[n:]
	}
	addPlain(y, x0, x1, x2, x3, &s.c)
}

// addPlain adds four rows that are as long as y.
func addPlain(y, x0, x1, x2, x3 []float64, c *[4]float64) {
	x0, x1, x2, x3 = x0[:len(y)], x1[:len(y)], x2[:len(y)], x3[:len(y)]
	c0, c1, c2, c3 := c[0], c[1], c[2], c[3]
	for i, v := range y {
		v += float64(c0 * x0[i])
		v += float64(c1 * x1[i])
		v += float64(c2 * x2[i])
		v += float64(c3 * x3[i])
		y[i] = v
	}
}
