package loihi1

import "math/bits"

// block is how many compartments updateBlocks takes at once.
const block = 8

// constants are what updateBlocks needs of a run, in the layout it expects.
type constants struct {
	keepU, keepV int64
	vmin, top    int32
	sum, current int32 // half the range of a sum of input, and of a current
}

// updateInBlocks is updatePlain with updateBlocks where the machine has it.
// What is left over, and blocks in which something overflows, take the plain
// loop, so both always give the same.
func (x *coreState) updateInBlocks(r *run, due []int32) {
	n := r.hi - r.lo
	if !hasBlocks || n < block {
		x.updatePlain(r, r.lo, r.hi, due)
		return
	}
	c := constants{r.keepU, r.keepV, r.vmin, min(r.vth, r.vmax), 1 << 15, 1 << 23}
	whole := n / block
	for k := 0; k < whole; {
		at := r.lo + k*block
		did := updateBlocks(&x.u[at], &x.v[at], &due[at-r.lo], &x.over[0], whole-k, &c)
		for b, mask := range x.over[:did] {
			for ; mask != 0; mask &= mask - 1 {
				i := at + b*block + bits.TrailingZeros8(mask)
				x.v[i] = x.overTop(r, i-r.lo, x.v[i])
			}
		}
		if k += did; k < whole {
			at = r.lo + k*block
			x.updatePlain(r, at, at+block, due[k*block:])
			k++
		}
	}
	x.updatePlain(r, r.lo+whole*block, r.hi, due[whole*block:])
}
