package spinnaker1

import "testing"

// Tests are of small networks, and are to run on as many threads as they ask for.
func init() { workOfThread = 1 }

// ThreadsByWork lets a benchmark use threads as a run does.
func ThreadsByWork(b *testing.B) {
	workOfThread = defaultWork
	b.Cleanup(func() { workOfThread = 1 })
}

// LimitTrees bounds the links and ends of all trees for a test.
func LimitTrees(t *testing.T, n int) {
	before := maxTrees
	maxTrees = n
	t.Cleanup(func() { maxTrees = before })
}
