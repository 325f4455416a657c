package loihi1_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/emulator/loihi1"
)

// TestBatchEqualsSingleRuns: samples one after the other on one state, in any
// number of workers, leave no trace of each other.
func TestBatchEqualsSingleRuns(t *testing.T) {
	for seed := range uint64(8) {
		img, prog, r := randomProgram(t, seed)
		const steps, samples = 40, 9
		var stims []emulator.Stimulus
		for range samples {
			stims = append(stims, randomStimulus(t, r, img, steps))
		}
		fill := func(k int, stim emulator.Stimulus) error {
			for i := range stim {
				copy(stim[i].Words, stims[k][i].Words)
			}
			return nil
		}
		for threads := 1; threads <= 3; threads++ {
			next, last := 0, 0
			opts := loihi1.Options{Steps: steps, Threads: threads, Probes: allProbes(img), Progress: func(done, total int) { last = done }}
			err := loihi1.RunBatch(context.Background(), prog, samples, fill, opts, func(k int, got *emulator.Result) error {
				if k != next {
					t.Errorf("sample %d came when %d was due", k, next)
				}
				next++
				want, err := loihi1.Run(context.Background(), prog, stims[k], loihi1.Options{Steps: steps, Threads: 1, Probes: opts.Probes})
				if err != nil {
					return err
				}
				if !reflect.DeepEqual(want, got) {
					t.Errorf("seed %d sample %d on %d threads: %s", seed, k, threads, cmp.Diff(want, got))
				}
				return nil
			})
			if err != nil || next != samples || last != samples {
				t.Fatalf("%d samples came, %d reported (%v)", next, last, err)
			}
		}
	}
}

func TestBatchEndsAtTheFirstError(t *testing.T) {
	_, prog, _ := randomProgram(t, 1)
	boom := errors.New("boom")
	for threads := 1; threads <= 3; threads++ {
		seen := 0
		fill := func(k int, _ emulator.Stimulus) error {
			if k >= 3 {
				return boom
			}
			return nil
		}
		err := loihi1.RunBatch(context.Background(), prog, 50, fill, loihi1.Options{Steps: 5, Threads: threads}, func(int, *emulator.Result) error { seen++; return nil })
		if !errors.Is(err, boom) || !strings.Contains(err.Error(), "sample 3:") || seen != 3 {
			t.Errorf("%d threads: %d samples, error %v", threads, seen, err)
		}
		err = loihi1.RunBatch(context.Background(), prog, 50, func(int, emulator.Stimulus) error { return nil }, loihi1.Options{Steps: 5, Threads: threads}, func(k int, _ *emulator.Result) error {
			if k == 7 {
				return boom
			}
			return nil
		})
		if !errors.Is(err, boom) {
			t.Errorf("%d threads: the sink's error was lost: %v", threads, err)
		}
	}
}

func TestBatchRefusesBeforeItRuns(t *testing.T) {
	_, prog, _ := randomProgram(t, 1)
	never := func(int, emulator.Stimulus) error { t.Error("a sample was filled"); return nil }
	sink := func(int, *emulator.Result) error { t.Error("a sample came out"); return nil }
	bad := loihi1.Options{Steps: 5, Probes: []emulator.Probe{{Population: "nobody", Var: emulator.Voltage, Hi: -1, Step: 1}}}
	if err := loihi1.RunBatch(context.Background(), prog, 3, never, bad, sink); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("unknown population: %v", err)
	}
	if err := loihi1.RunBatch(context.Background(), prog, 0, never, loihi1.Options{Steps: 5}, sink); err != nil {
		t.Errorf("no samples: %v", err)
	}
}
