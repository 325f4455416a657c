package vector

import "golang.org/x/sys/cpu"

// hasBlocks tells whether this machine has addBlocks.
var hasBlocks = cpu.X86.HasAVX2

// addBlocks is addPlain for n numbers, a multiple of 4.
//
//go:noescape
func addBlocks(y, x0, x1, x2, x3 *float64, n int, c *[4]float64)
