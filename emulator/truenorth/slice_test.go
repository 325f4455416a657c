package truenorth

import (
	"math/rand/v2"
	"testing"
)

// TestCountBlocksEqualsCounting compares four blocks at once with one after the
// other, and both with counting bit by bit.
func TestCountBlocksEqualsCounting(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for range 300 {
		const blocks = 4
		rows := make([]uint64, blocks*(1+rng.IntN(40)))
		for i := range rows {
			rows[i] = rng.Uint64() & rng.Uint64()
		}
		list := make([]int32, 4*rng.IntN(chunk/4+1))
		for i := range list {
			list[i] = int32(blocks * rng.IntN(len(rows)/blocks))
		}
		var x [4]counts
		touched := make([]uint64, blocks)
		countBlocks(&x, rows, list, blocks, touched)
		for k := range blocks {
			var alone counts
			if any := alone.count(rows[k:], list); any != touched[k] || alone != x[k] {
				t.Fatalf("block %d of %d rows: four at once differ from one alone", k, len(list))
			}
			for n := range 64 {
				want := 0
				for _, r := range list {
					want += int(rows[int(r)+k] >> lane(n) & 1)
				}
				// Neuron n is byte n%8 of word n/8.
				if got := int(x[k][n/8] >> (8 * (n % 8)) & 0xff); got != want {
					t.Fatalf("block %d, neuron %d: %d, want %d", k, n, got, want)
				}
			}
		}
	}
}
