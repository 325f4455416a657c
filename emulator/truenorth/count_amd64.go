package truenorth

import "golang.org/x/sys/cpu"

// hasCountRows tells whether this machine has countRows.
var hasCountRows = cpu.X86.HasAVX2

// countRows is counts.count for four blocks that lie side by side, before the
// planes are turned over: plane b of block k is planes[b][k]. n is a multiple
// of four, and at most chunk; each row has four words from rows[list[i]] on.
//
//go:noescape
func countRows(rows *uint64, list *int32, n int, planes *[8][4]uint64)
