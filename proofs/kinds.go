package proofs

import (
	"context"
	"encoding/json"
	"fmt"
)

// kind is how cases of one kind are run.
type kind struct {
	compared string // what is compared, for the table
	run      func(ctx context.Context, dir string, raw json.RawMessage) (tally, error)
}

// kinds lists the kinds that are built.
var kinds = map[string]kind{
	"cost-trace":       {"spikes, and every count, energy and time of every step", costTrace},
	"hdf5-datasets":    {"kind, shape and value of every dataset", hdf5Datasets},
	"loihi1-trace":     {"spikes, u and v of every step, by the emulator and by ir/eval", loihi1Trace},
	"nir-raster":       {"spikes of one population", nirRaster},
	"nir-trace":        {"spikes, and v within the tolerance", nirTrace},
	"spinnaker1-arith": {"each function of the s16.15 and u0.32 arithmetic", spinnaker1Arith},
	"spinnaker1-lif":   {"the derived constants, every potential, current and spike, and the counts", spinnaker1LIF},
	"truenorth-ranc":   {"the output bus line by line; traced potentials, spikes and warnings", truenorthRANC},
}

// tally counts comparisons.
type tally struct {
	values, mismatches int64
	first              string // the first mismatch
}

// add notes n comparisons of which bad differ; where describes the first.
func (t *tally) add(n, bad int, where func() string) {
	t.values += int64(n)
	t.mismatches += int64(bad)
	if bad > 0 && t.first == "" {
		t.first = where()
	}
}

// check notes one comparison.
func (t *tally) check(ok bool, format string, args ...any) {
	bad := 0
	if !ok {
		bad = 1
	}
	t.add(1, bad, func() string { return fmt.Sprintf(format, args...) })
}
