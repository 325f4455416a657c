//go:build unix

package tile_test

import (
	"context"
	"syscall"
	"testing"

	"github.com/synfire/synfire/emulator/tile"
)

// cpuSeconds returns the processor time of this process, which other processes
// on the machine do not change as they do the time on the clock.
func cpuSeconds(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// BenchmarkWorkload runs the 100 steps of rand10k_100 (10,000 neurons on 127
// cores, 65.1 M synaptic events, 45.3 M messages over 174.6 M links) and reports
// seconds of processor time, events and messages a second.
//
// What bounds each model, by profile and by the sizes of what it touches:
//
//   - simple: memory. An event reads 12 bytes of synapse in sequence (the rows,
//     12 MB, come from the third-level cache) and adds to one of 10,000 sums
//     (80 KB, second-level); a message reads 4 bytes and adds to a table of 2 KB.
//     An event and its 0.7 messages take 2.6 ns.
//   - detailed: latency. A message is two walks over a path of 4.9 buffers on
//     average, three changes in tournament trees of 7 levels and two 128-bit
//     divisions, some 400 instructions in 65 ns. Each message waits for the time
//     at which the one before was sent, and how many arrived between the two
//     cannot be predicted. The state, 70 KB, is in the second level.
//   - cycle: branches. A message is 5.9 services of about 55 ns: the end of
//     one wakes up to four servers, each of which may or may not start. The
//     state, 70 KB, fits the second level.
func BenchmarkWorkload(b *testing.B) {
	prog := golden(b, "rand10k_100")
	for _, timing := range models {
		b.Run(timing, func(b *testing.B) {
			checked := false
			start := cpuSeconds(b)
			for b.Loop() {
				res, err := tile.Run(context.Background(), prog, tile.Options{Steps: 100, Timing: timing})
				if err != nil {
					b.Fatal(err)
				}
				if !checked {
					checkWorkload(b, res, timing)
					checked = true
				}
			}
			cpu := (cpuSeconds(b) - start) / float64(b.N)
			b.ReportMetric(cpu, "cpu-s/op")
			b.ReportMetric(65142800/cpu, "events/cpu-s")
			b.ReportMetric(45278756/cpu, "messages/cpu-s")
		})
	}
}
