// Package spike holds spike rasters: which of N channels spiked in which time
// step. A raster is the common currency of stimuli, probes and references.
package spike

import (
	"fmt"
	"math/bits"
)

// MaxBits bounds the size of one raster (steps x channels rounded up to
// words), so that a hostile header cannot make us allocate more than 1 GiB.
const MaxBits = 1 << 33

// Raster is a binary matrix of Steps rows and N columns. Row t is stored as
// Stride 64-bit words, channel i in bit i%64 of word i/64; bits at and above
// N are zero.
type Raster struct {
	Steps, N, Stride int
	Words            []uint64
}

// New returns an empty raster of steps x n, or an error if a dimension is
// negative or the raster would exceed MaxBits.
func New(steps, n int) (*Raster, error) {
	if steps < 0 || n < 0 {
		return nil, fmt.Errorf("raster of %d steps x %d channels: negative dimension", steps, n)
	}
	stride := n / 64
	if n%64 != 0 {
		stride++
	}
	if stride > 0 && steps > MaxBits/64/stride {
		return nil, fmt.Errorf("raster of %d steps x %d channels is over the limit of %d bits", steps, n, MaxBits)
	}
	return &Raster{Steps: steps, N: n, Stride: stride, Words: make([]uint64, steps*stride)}, nil
}

// Row returns the words of step t, a view into the raster.
func (r *Raster) Row(t int) []uint64 { return r.Words[t*r.Stride : (t+1)*r.Stride] }

// Set marks a spike of channel i in step t.
func (r *Raster) Set(t, i int) { r.Words[t*r.Stride+i>>6] |= 1 << (i & 63) }

// Get tells whether channel i spiked in step t.
func (r *Raster) Get(t, i int) bool { return r.Words[t*r.Stride+i>>6]>>(i&63)&1 == 1 }

// Clear removes all spikes.
func (r *Raster) Clear() { clear(r.Words) }

// Count returns the number of spikes.
func (r *Raster) Count() int {
	n := 0
	for _, w := range r.Words {
		n += bits.OnesCount64(w)
	}
	return n
}

// Counts returns the number of spikes of each channel, length N.
func (r *Raster) Counts() []int {
	c := make([]int, r.N)
	for t := range r.Steps {
		r.Each(t, func(i int) { c[i]++ })
	}
	return c
}

// Each calls f with each channel that spiked in step t, in ascending order.
func (r *Raster) Each(t int, f func(i int)) {
	for k, w := range r.Row(t) {
		for ; w != 0; w &= w - 1 {
			f(k<<6 + bits.TrailingZeros64(w))
		}
	}
}

// Diff returns how many bits differ between two rasters of equal shape, and
// the first step and channel that do (-1, -1 if none). Rasters of different
// shape are an error.
func Diff(a, b *Raster) (n, t, i int, err error) {
	if a.Steps != b.Steps || a.N != b.N {
		return 0, -1, -1, fmt.Errorf("rasters of %d x %d and %d x %d cannot be compared", a.Steps, a.N, b.Steps, b.N)
	}
	t, i = -1, -1
	for k := range a.Words {
		x := a.Words[k] ^ b.Words[k]
		if x != 0 && n == 0 {
			t, i = k/a.Stride, k%a.Stride*64+bits.TrailingZeros64(x)
		}
		n += bits.OnesCount64(x)
	}
	return n, t, i, nil
}
