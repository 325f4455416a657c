package spinnaker1

import "testing"

// Tests are of small networks, and are to run on as many threads as they ask for.
func init() { workOfThread = 1 }

// ThreadsByWork lets a benchmark use threads as a run does.
func ThreadsByWork(b *testing.B) {
	workOfThread = defaultWork
	b.Cleanup(func() { workOfThread = 1 })
}
