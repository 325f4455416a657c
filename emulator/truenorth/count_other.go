//go:build !amd64

package truenorth

// hasCountRows tells whether this machine has countRows.
const hasCountRows = false

// countRows does nothing: only amd64 has a version of it.
func countRows(rows *uint64, list *int32, n int, planes *[8][4]uint64) {}
