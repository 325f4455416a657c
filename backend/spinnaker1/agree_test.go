package spinnaker1_test

import (
	"context"
	"testing"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/spinnaker1"
	"github.com/synfire/synfire/emulator"
	engine "github.com/synfire/synfire/emulator/spinnaker1"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/proofs/agree"
)

var chip = agree.Chip{Target: spinnaker1.Target{}, Run: run}

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

// TestEmulatorEqualsInterpreter compares images for the default machine and for
// one of small cores with a dead chip.
func TestEmulatorEqualsInterpreter(t *testing.T) {
	chip.EqualsInterpreter(t, agree.Cases, backend.Options{CoreNeurons: 100, Cores: 3, Boards: 2, Dead: backend.Dead{Chips: [][2]int{{1, 0}}}})
}
