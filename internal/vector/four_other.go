//go:build !amd64

package vector

// hasBlocks tells whether this machine has addBlocks.
const hasBlocks = false

// addBlocks is for amd64 only.
func addBlocks(y, x0, x1, x2, x3 *float64, n int, c *[4]float64) {}
