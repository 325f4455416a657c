package emulator_test

import (
	"sync"
	"testing"

	"github.com/synfire/synfire/emulator"
	"pgregory.net/rapid"
)

// TestParallelRunsEveryCoreOfEveryStepOnce notes who ran when: no core may be
// missed or run twice, none before its step begins or after it ends, and next
// is called once a step, alone.
func TestParallelRunsEveryCoreOfEveryStepOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		work := rapid.SliceOfN(rapid.IntRange(0, 50), 0, 40).Draw(t, "work")
		workers := rapid.IntRange(1, 9).Draw(t, "workers")
		from := rapid.IntRange(0, 5).Draw(t, "from")
		to := from + rapid.IntRange(0, 200).Draw(t, "steps")
		stop := rapid.IntRange(0, 400).Draw(t, "stop") // next is false then
		var mu sync.Mutex
		now, failed := from, ""
		ran := make([]int, len(work))
		core := func(worker, k, step int) {
			mu.Lock()
			defer mu.Unlock()
			if step != now || worker < 0 || worker >= workers {
				failed = "a core ran at the wrong time or on no worker"
			}
			ran[k]++
		}
		next := func(step int) bool {
			mu.Lock()
			defer mu.Unlock()
			if step != now {
				failed = "next was called for the wrong step"
			}
			now++
			for k, n := range ran {
				if n != now-from {
					t.Logf("core %d ran %d times by the end of step %d", k, n, step)
					failed = "a core was missed or ran twice"
				}
			}
			return step != stop
		}
		emulator.Parallel(workers, work, from, to, core, next)
		want := to
		if stop >= from && stop < to {
			want = stop + 1
		}
		if len(work) == 0 {
			want = from
		}
		if failed != "" || now != want {
			t.Fatalf("%s; ended before step %d, want %d", failed, now, want)
		}
	})
}
