//go:build !amd64

package loihi1

// hasBlocks tells whether this machine has updateBlocks.
const hasBlocks = false

// updateBlocks does nothing: only amd64 has a version of it.
func updateBlocks(u, v, due *int32, over *uint8, blocks int, c *constants) int { return 0 }
