package truenorth

import "math/bits"

// Counting with vertical counters: plane b of a block is a word that holds bit
// b of 64 counts, one for each neuron, and a crossbar row is added to all 64 by
// a few logical operations (carry-save adders, four rows at a time).
//
// The planes of a block are an 8 x 64 bit matrix. Turning each 8 x 8 square of
// it over makes byte j of word i the count of bit 8j+i. Neurons are laid out so
// that this is neuron 8i+j: neuron n of a block is bit lane(n) of its word.
//
// The sum over two types is one multiplication of 64 bits. With
//
//	c = c0 + c1<<32 (counts)     w = w1 + w0<<32 (weights)
//
// the product modulo 2^64 is c0 w1 + (c0 w0 + c1 w1)<<32: its upper half is the
// wanted sum as long as the lower one stays within 32 bits, signed. Compile
// sees to that. Sums start at bias = 1<<31, so that the lower half never borrows
// from the upper one.

const (
	// padding is how many times the row of zeros may be appended to a list of
	// rows to make whole fours.
	padding = 3
	// chunk is how many rows a counter of 8 bits takes, in whole fours.
	chunk = 252
	bias  = 1 << 31
)

// lane is the bit of neuron n of a block, and the neuron of a bit.
func lane(n int) int { return n&7<<3 | n>>3 }

// counts are the counts of the 64 neurons of a block: byte j of word i is that
// of neuron 8i+j.
type counts [8]uint64

// count counts, for the neurons of a block, in how many rows they are: at most
// chunk rows, a multiple of four. Row r starts at rows[r]. It returns the
// neurons that are in any.
func (x *counts) count(rows []uint64, list []int32) uint64 {
	var ones, twos, fours, p3, p4, p5, p6, p7 uint64
	for len(list) >= 4 {
		l := (*[4]int32)(list)
		list = list[4:]
		var t0, t1, c uint64
		ones, t0 = add3(ones, rows[l[0]], rows[l[1]])
		ones, t1 = add3(ones, rows[l[2]], rows[l[3]])
		twos, c = add3(twos, t0, t1)
		fours, c = fours^c, fours&c
		p3, c = p3^c, p3&c
		p4, c = p4^c, p4&c
		p5, c = p5^c, p5&c
		p6, c = p6^c, p6&c
		p7 ^= c
	}
	*x = counts{ones, twos, fours, p3, p4, p5, p6, p7}
	x.transpose()
	return ones | twos | fours | p3 | p4 | p5 | p6 | p7
}

// countBlocks counts for n blocks side by side, four at once where the machine
// can, and notes the neurons that are in any row.
func countBlocks(x *[4]counts, rows []uint64, list []int32, n int, touched []uint64) {
	if n < len(x) || !hasCountRows || len(list) == 0 {
		for k := range n {
			touched[k] |= x[k].count(rows[k:], list)
		}
		return
	}
	var planes [8][4]uint64
	countRows(&rows[0], &list[0], len(list), &planes)
	for k := range x {
		any := uint64(0)
		for b := range planes {
			x[k][b] = planes[b][k]
			any |= planes[b][k]
		}
		touched[k] |= any
		x[k].transpose()
	}
}

// add3 is a full adder of three bits in each place.
func add3(a, b, c uint64) (sum, carry uint64) {
	u := a ^ b
	return u ^ c, a&b | u&c
}

// transpose turns each 8 x 8 square of bits over.
func (x *counts) transpose() {
	for i := 0; i < 4; i++ {
		x[i], x[i+4] = swap(x[i], x[i+4], 4, 0x0f0f0f0f0f0f0f0f)
	}
	for _, i := range [4]int{0, 1, 4, 5} {
		x[i], x[i+2] = swap(x[i], x[i+2], 2, 0x3333333333333333)
	}
	for i := 0; i < 8; i += 2 {
		x[i], x[i+1] = swap(x[i], x[i+1], 1, 0x5555555555555555)
	}
}

// swap exchanges the upper bits of a, as mask says, with the lower ones of b.
func swap(a, b uint64, shift uint, mask uint64) (uint64, uint64) {
	t := (a>>shift ^ b) & mask
	return a ^ t<<shift, b ^ t
}

// weigh adds the weighted counts of two types to the sums of a block.
func weigh(acc, pairs *[64]int64, even, odd *counts) {
	const low = 1<<32 - 1
	for i := range 8 {
		a := (*[8]int64)(acc[8*i:])
		w := (*[8]int64)(pairs[8*i:])
		x, y := even[i], odd[i]
		z := x&low | y<<32
		a[0] += int64(z&onesOf2) * w[0]
		a[1] += int64(z>>8&onesOf2) * w[1]
		a[2] += int64(z>>16&onesOf2) * w[2]
		a[3] += int64(z>>24&onesOf2) * w[3]
		z = x>>32 | y&^low
		a[4] += int64(z&onesOf2) * w[4]
		a[5] += int64(z>>8&onesOf2) * w[5]
		a[6] += int64(z>>16&onesOf2) * w[6]
		a[7] += int64(z>>24&onesOf2) * w[7]
	}
}

// onesOf2 keeps the lowest byte of each half.
const onesOf2 = 0xff<<32 | 0xff

// addRow adds the weight of a type to the sums of all neurons of a row.
func addRow(acc []int64, weights []int32, row, touched []uint64) {
	for b, x := range row {
		touched[b] |= x
		for ; x != 0; x &= x - 1 {
			n := b<<6 | lane(bits.TrailingZeros64(x))
			acc[n] += int64(weights[n]) << 32
		}
	}
}
