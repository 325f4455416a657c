package loihi1_test

import (
	"context"
	"slices"
	"testing"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/loihi1"
	"github.com/synfire/synfire/emulator"
	engine "github.com/synfire/synfire/emulator/loihi1"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/proofs/agree"
)

var chip = agree.Chip{Target: loihi1.Target{}, Run: run}

func run(data []byte, stim emulator.Stimulus, steps, threads int) (*emulator.Result, error) {
	prog, err := engine.Load(data)
	if err != nil {
		return nil, err
	}
	return engine.Run(context.Background(), prog, stim, engine.Options{Steps: steps, Threads: threads})
}

// compile takes a network to a state that is ready to encode.
func compile(t agree.TB, n *ir.Network, opt passes.Options) *passes.State {
	t.Helper()
	return agree.Compile(t, chip.Target, n, opt)
}

func emulate(t agree.TB, data []byte, in map[string]*spike.Raster, steps, threads int) *emulator.Result {
	t.Helper()
	return chip.Emulate(t, data, in, steps, threads)
}

// TestEmulatorEqualsInterpreter compares images with discrete and with
// population axons.
func TestEmulatorEqualsInterpreter(t *testing.T) {
	cases := append(slices.Clip(agree.Cases), agree.Case{
		File: "golden/nir/braille/braille_noDelay_bias_zero_subgraph.nir", Rate: 0.1, Steps: 100,
	})
	chip.EqualsInterpreter(t, cases, backend.Options{Axon: "pop16"})
}
