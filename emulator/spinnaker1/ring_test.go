package spinnaker1

import (
	"testing"

	"pgregory.net/rapid"
)

// dueAt is a sum that is due.
type dueAt struct {
	tick uint32
	at   int // type and neuron
}

// TestRing compares with a table of what is due when, from the text of the
// specification: a spike sent in tick s with delay d is due in tick s+d, and
// skipped if that has passed when it is taken in tick t.
func TestRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		neurons, types := rapid.IntRange(0, 3).Draw(t, "neuron bits"), rapid.IntRange(0, 1).Draw(t, "type bits")
		delays := rapid.IntRange(1, 4).Draw(t, "delay bits")
		r := NewRing(neurons, types, delays)
		due := map[dueAt]uint32{}
		var saturated, skipped, wantSaturated, wantSkipped int
		for tick := uint32(0); tick < 40; tick++ {
			for at, sum := range r.Slot(tick) {
				if want := due[dueAt{tick, at}]; uint32(sum) != want {
					t.Fatalf("tick %d: sum %d is %d, want %d", tick, at, sum, want)
				}
			}
			clear(r.Slot(tick))
			for range rapid.IntRange(0, 3).Draw(t, "spikes") {
				late := rapid.Uint32Range(0, min(tick, 3)).Draw(t, "late")
				delay := rapid.Uint32Range(1, 1<<delays).Draw(t, "delay")
				at := rapid.IntRange(0, 1<<(neurons+types)-1).Draw(t, "at")
				weight := rapid.Uint32Range(0, 0xffff).Draw(t, "weight")
				field := delay & (1<<delays - 1)
				word := weight<<16 | field<<(neurons+types) | uint32(at)
				sat, skip := r.AddLate([]uint32{word}, tick, late)
				saturated, skipped = saturated+sat, skipped+skip
				if delay <= late && field != 0 {
					wantSkipped++
					continue
				}
				// A late spike may mean the slot that was just emptied: it
				// goes round the ring once more.
				when := tick - late + delay
				if when <= tick {
					when += 1 << delays
				}
				sum := due[dueAt{when, at}] + weight
				if sum > 0xffff {
					sum = 0xffff
					wantSaturated++
				}
				due[dueAt{when, at}] = sum
			}
		}
		if saturated != wantSaturated || skipped != wantSkipped {
			t.Errorf("%d sums saturated and %d synapses skipped, want %d and %d", saturated, skipped, wantSaturated, wantSkipped)
		}
	})
}
