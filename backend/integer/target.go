// Package integer describes a neuron in plain integers that belongs to no
// chip: what a network loses to whole numbers alone, before a chip's limits.
//
// A weight is a whole number of steps, each worth 64 units of the potential,
// so that thresholds have six binary places more than weights, as the integer
// goldens of specs/quantization.md section 2 have; every neuron has a threshold
// of its own. States have 32 bits and do not wrap, decays are parts of 2^12.
// ir/eval executes the quantized network; there is nothing to place or encode.
package integer

import (
	"errors"
	"math"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/ir"
)

// Target is the plain integer neuron.
type Target struct{}

var _ backend.Target = Target{}

// Name returns "ref-int".
func (Target) Name() string { return "ref-int" }

// Title describes the target in a line.
func (Target) Title() string {
	return "plain integers without a chip: weights of 1 to 16 bits, a threshold for each neuron, 32-bit states"
}

const (
	weightUnit = 64
	// noLimit is more than any network asks for and leaves room to add.
	noLimit = math.MaxInt32 / 4
)

// Caps describes the neuron.
func (Target) Caps(backend.Options) *backend.Caps {
	caps := &backend.Caps{
		Int:       ir.IntLIF{DecayBits: 12, VMin: -math.MaxInt32, VMax: math.MaxInt32},
		MaxDecayU: 1 << 12, MaxDecayV: 1 << 12,
		ThresholdUnit: 1, ThresholdMax: 1<<30 - 1, Compare: ir.GreaterEqual,
		Resets:      []ir.Reset{ir.ResetZero, ir.ResetValue, ir.ResetSubtract},
		BiasMantMax: 1<<30 - 1, WeightUnit: weightUnit,
		MaxRefractory: noLimit, MaxDelay: noLimit, MaxStartDelay: noLimit, LatePotential: true,
	}
	for bits := 1; bits <= 16; bits++ {
		caps.WeightBits = append(caps.WeightBits, bits)
	}
	return caps
}

// Limits returns none.
func (Target) Limits() []backend.Limit { return nil }

// Cores says that there are none.
func (Target) Cores(backend.Options) (chips, perChip int, err error) { return 0, 0, errNoChip }

// Mesh says that there is none.
func (Target) Mesh() (width, height, coresPerTile int) { return 0, 0, 0 }

// MaxChips returns 0.
func (Target) MaxChips() int { return 0 }

// Variants returns none.
func (Target) Variants(backend.Options) []backend.Variant { return nil }

var errNoChip = errors.New("ref-int is no chip: there is nothing to place or encode")

// Encode refuses.
func (Target) Encode(*ir.Network, *ir.Mapping, backend.Options) ([]byte, error) {
	return nil, errNoChip
}
