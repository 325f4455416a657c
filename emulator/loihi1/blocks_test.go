package loihi1

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// randomCore returns the state of n compartments, now and then with sums and
// currents at the edges of their registers.
func randomCore(rng *rand.Rand, n int) (x *coreState, due []int32) {
	x = &coreState{u: make([]int32, n), v: make([]int32, n), ref: make([]uint8, n), fired: make([]uint16, n), over: make([]uint8, n/block+1)}
	due = make([]int32, n)
	edges := []int32{0, 1, -1, 1<<23 - 1, -1 << 23, 1<<22 + 1, -1<<22 - 1}
	for i := range n {
		x.u[i], x.v[i], due[i] = rng.Int32N(1<<20)-1<<19, rng.Int32N(1<<20)-1<<19, rng.Int32N(1<<10)-1<<9
		if rng.IntN(20) == 0 {
			x.u[i] = edges[rng.IntN(len(edges))]
		}
		if rng.IntN(20) == 0 {
			x.v[i] = edges[rng.IntN(len(edges))]
		}
		if rng.IntN(40) == 0 {
			due[i] = rng.Int32N(1<<18) - 1<<17
		}
	}
	return x, due
}

// TestBlocksEqualPlain compares the update by blocks with the plain loop on
// random states, step after step: currents, voltages, spikes in order, and
// counts of overflows.
func TestBlocksEqualPlain(t *testing.T) {
	if !hasBlocks {
		t.Skip("this machine updates one compartment at a time")
	}
	rng := rand.New(rand.NewPCG(8, 8))
	fired, wraps := 0, int64(0)
	for range 3000 {
		n := 1 + rng.IntN(70)
		a, due := randomCore(rng, n+5)
		b := &coreState{u: slices.Clone(a.u), v: slices.Clone(a.v), ref: slices.Clone(a.ref), fired: make([]uint16, n+5), over: make([]uint8, n)}
		r := run{
			lo: rng.IntN(5), keepU: int64(rng.IntN(4096)), keepV: int64(1 + rng.IntN(4096)), vth: rng.Int32N(1 << 18),
			vmin: -rng.Int32N(1 << 20), vmax: rng.Int32N(1 << 19),
		}
		r.hi = r.lo + n
		a.updateInBlocks(&r, due[r.lo:r.hi])
		b.updatePlain(&r, r.lo, r.hi, due[r.lo:r.hi])
		if !slices.Equal(a.u, b.u) || !slices.Equal(a.v, b.v) || a.nfired != b.nfired ||
			!slices.Equal(a.fired[:a.nfired], b.fired[:b.nfired]) || a.accWraps != b.accWraps || a.uWraps != b.uWraps {
			t.Fatalf("run %+v of %d: blocks and the plain loop differ", r, n)
		}
		fired, wraps = fired+a.nfired, wraps+a.accWraps+a.uWraps
	}
	if fired == 0 || wraps == 0 {
		t.Errorf("%d spikes and %d overflows: the rare cases were not met", fired, wraps)
	}
}
