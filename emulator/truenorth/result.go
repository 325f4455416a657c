package truenorth

import (
	"fmt"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/spike"
)

// Result is what a run returns.
type Result struct {
	Ticks int
	// Output is what the output bus received, ticks x outputs: row k is what
	// RANC prints in tick k+1, the spikes of tick k.
	Output *spike.Raster
	// Traces has one trace for each probe, in the order asked for; row k is the
	// state after tick k+1.
	Traces []emulator.Trace
	Stats  Stats
}

// Stats counts the work of a run.
type Stats struct {
	Ticks     int
	Packets   int64 // spikes from outside
	Spikes    int64 // fired by neurons
	SynEvents int64 // connections that a spike reached
	Updates   int64 // neurons x ticks, what RANC computes
	Evaluated int64 // of them, those that had to be computed
	// Spikes that did not arrive as they were meant, of both kinds.
	Dropped   int64 // the delay addressed the word being read
	Merged    int64 // the axon had a spike for that tick already
	BusMerged int64 // the same for an output of the bus
	Lost      int64 // sent to a core that is not defined
}

// Add adds the counts of another run.
func (s *Stats) Add(o Stats) {
	s.Ticks += o.Ticks
	s.Packets += o.Packets
	s.Spikes += o.Spikes
	s.SynEvents += o.SynEvents
	s.Updates += o.Updates
	s.Evaluated += o.Evaluated
	s.Dropped += o.Dropped
	s.Merged += o.Merged
	s.BusMerged += o.BusMerged
	s.Lost += o.Lost
}

// Warnings says what was lost in the run, in words; nil if nothing.
func (s *Stats) Warnings() []string {
	var all []string
	warn := func(n int64, what string) {
		if n > 0 {
			all = append(all, fmt.Sprintf("%d spikes %s", n, what))
		}
	}
	warn(s.Dropped, "were dropped: their delay is that of the word being read (the largest useful destination_tick is max_tick_offset - 2)")
	warn(s.Merged, "were merged: their axon already had one for the same tick")
	warn(s.BusMerged, "were merged on the output bus: the output already had one in that tick")
	warn(s.Lost, "were lost: no core is defined at their destination")
	return all
}
