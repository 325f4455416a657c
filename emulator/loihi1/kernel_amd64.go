package loihi1

import "golang.org/x/sys/cpu"

// hasBlocks tells whether this machine has updateBlocks.
var hasBlocks = cpu.X86.HasAVX2

// updateBlocks is updatePlain for blocks of eight compartments: it updates
// their currents and voltages and writes a byte for each block, in which a bit
// says that a voltage is above c.top. It stops before a block in which a sum
// of input or a current overflows, and returns how many blocks it did.
//
//go:noescape
func updateBlocks(u, v, due *int32, over *uint8, blocks int, c *constants) int
