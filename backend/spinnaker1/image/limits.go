package image

import "math/bits"

// Limits of the chip and of sPyNNaker's structures (specs/spinnaker1.md 1 and 2).
const (
	MaxEntries    = 1023        // entries of a routing table that software may use
	MaxRow        = 256         // synapses of a row
	MaxRingBits   = 14          // of an index into the ring buffer
	MaxPopStart   = 1<<13 - 1   // of the master population table
	MaxShift      = 15          // of a ring buffer: 16 bits stay inside s16.15
	SDRAM         = 123_469_792 // bytes of a chip that applications may use
	DTCM          = 1 << 16     // bytes of a core
	MallocBytes   = 8           // overhead of a block in SDRAM
	HeaderWords   = 3           // of a row
	BlockWords    = 4           // blocks of rows start at a multiple
	maxColourBits = 7
)

// Bits returns how many bits number n things, as sPyNNaker counts them: at
// least 1, but 0 for none.
func Bits(n int) int {
	switch n {
	case 0, 1:
		return n
	}
	return bits.Len(uint(n - 1))
}
