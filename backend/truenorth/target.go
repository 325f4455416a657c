// Package truenorth compiles to cores in the style of IBM's TrueNorth, as the
// open architecture RANC defines them: a binary crossbar between axons of a
// few types and integrate-and-fire neurons that send to one axon each
// (specs/truenorth.md). What it emits are RANC's own config.json and
// input.json, with a manifest that says where the network's parts are.
//
// A weight of b bits takes b axons of a source: the crossbar says which bits
// of it are set, and each neuron's weights by axon type say what a bit is
// worth. A neuron that has to reach several axons is copied: every copy has
// the same inputs, so all spike alike, and nothing is added to the latency.
package truenorth

import (
	"errors"
	"fmt"
	"math"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/ir"
)

// Target is the TrueNorth-style chip.
type Target struct{}

var _ backend.Partitioner = Target{}

// Name returns "truenorth".
func (Target) Name() string { return "truenorth" }

// Title describes the target in a line.
func (Target) Title() string {
	return "TrueNorth-style cores (RANC): 256 axons x 256 neurons, binary crossbar, weights by axon type"
}

// The architecture, specs/truenorth.md 2.2 and 2.6.
const (
	defaultSize = 256
	gridSide    = 64
	axonTypes   = 4
	maxDelay    = 14 // 15 hits the word that is being read
	maxSize     = 1 << 16
	// unit is what one step of a weight is worth, so that thresholds have
	// finer steps than weights.
	unit = 16
)

// Caps describes RANC's neuron: it integrates without decay in 32 bits, fires
// at the threshold, and resets to a value or by subtraction.
func (Target) Caps(opt backend.Options) *backend.Caps {
	axons, _ := size(opt)
	return &backend.Caps{
		Int:       ir.IntLIF{DecayBits: 12, VMin: math.MinInt32, VMax: math.MaxInt32},
		MinDecayU: 4096, MaxDecayU: 4096,
		ThresholdUnit: 1, ThresholdMax: 1<<30 - 1, Compare: ir.GreaterEqual,
		Resets:      []ir.Reset{ir.ResetZero, ir.ResetValue, ir.ResetSubtract},
		BiasMantMax: 1 << 24,
		WeightBits:  []int{1, 2, 3, 4}, WeightUnit: unit,
		AxonLatency: 1, MaxDelay: maxDelay, MaxStartDelay: math.MaxInt32, LatePotential: true,
		FanIn: func(bits int) (signed, oneSigned int) { return axons / axonsPerWeight(bits), axons / max(bits-1, 1) },
	}
}

// axonsPerWeight is how many axons a source takes for weights of b bits.
func axonsPerWeight(bits int) int { return max(bits, 2) }

// bitValues returns what each axon type is worth to neurons with weights of b
// bits, in units: ternary weights are a plus and a minus, wider ones are two's
// complement.
func bitValues(bits int) []int32 {
	if bits <= 2 {
		return []int32{1, -1}
	}
	v := make([]int32, bits)
	for i := range v {
		v[i] = 1 << i
	}
	v[bits-1] = -v[bits-1]
	return v
}

// bitsOf returns the set of axon types that make up weight k, as a bit mask.
func bitsOf(k int32, bits int) uint32 {
	if bits <= 2 {
		switch {
		case k > 0:
			return 1
		case k < 0:
			return 2
		}
		return 0
	}
	return uint32(k) & (1<<bits - 1)
}

// Limits lists what fit checks.
func (Target) Limits() []backend.Limit {
	const ranc, ibm = "RANC simulator 08ae4bd", "Merolla et al., Science 345 (2014)"
	return []backend.Limit{
		{Resource: "cores", Value: gridSide * gridSide, Per: "chip", Source: ibm + ": 4096 cores; RANC's grid has any size"},
		{Resource: "axons", Value: defaultSize, Per: "core", Source: ibm + "; RANC num_axons, --core-axons"},
		{Resource: "neurons", Value: defaultSize, Per: "core", Source: ibm + "; RANC num_neurons, --core-neurons"},
		{Resource: "axon types", Value: axonTypes, Per: "core", Source: ibm + "; RANC num_weights"},
		{Resource: "destinations", Value: 1, Per: "neuron", Source: ibm + "; " + ranc},
		{Resource: "synaptic delay", Value: maxDelay, Per: "neuron", Source: ranc + ": destination_tick 15 is dropped"},
		{Resource: "weight bits", Value: axonTypes, Per: "projection", Source: "an axon of each type for each source"},
	}
}

// Cores returns the chips and cores per chip that the options name.
func (Target) Cores(opt backend.Options) (chips, perChip int, err error) {
	if err := opt.NoBoards(); err != nil {
		return 0, 0, err
	}
	if opt.Axon != "" {
		return 0, 0, errors.New("--axon means nothing here: there is one kind of axon")
	}
	perChip = opt.Cores
	if perChip == 0 {
		perChip = gridSide * gridSide
	}
	if opt.Chips > 1 || opt.Chips < 0 {
		return 0, 0, fmt.Errorf("%d chips: one grid of cores is one chip", opt.Chips)
	}
	if perChip < 0 || perChip > gridSide*gridSide {
		return 0, 0, fmt.Errorf("%d cores: a grid has 1 to %d", opt.Cores, gridSide*gridSide)
	}
	for _, x := range []int{opt.CoreAxons, opt.CoreNeurons} {
		if x < 0 || x > maxSize {
			return 0, 0, fmt.Errorf("a core of %d: axons and neurons are 1 to %d", x, maxSize)
		}
	}
	if opt.Axon != "" {
		return 0, 0, fmt.Errorf("--axon means nothing here: there is one kind of axon")
	}
	return 1, perChip, nil
}

// size returns the axons and neurons of a core.
func size(opt backend.Options) (axons, neurons int) {
	axons, neurons = opt.CoreAxons, opt.CoreNeurons
	if axons == 0 {
		axons = defaultSize
	}
	if neurons == 0 {
		neurons = defaultSize
	}
	return axons, neurons
}

// Mesh returns the grid: one core a tile.
func (Target) Mesh() (width, height, coresPerTile int) { return gridSide, gridSide, 1 }

// MaxChips returns 1: cores beyond one grid cannot be addressed.
func (Target) MaxChips() int { return 1 }

// Variants returns larger cores, which RANC can be built with.
func (Target) Variants(opt backend.Options) []backend.Variant {
	var out []backend.Variant
	axons, neurons := size(opt)
	for side := 2 * max(axons, neurons); side <= 16*defaultSize; side *= 2 {
		v := opt
		v.CoreAxons, v.CoreNeurons = side, side
		out = append(out, backend.Variant{
			Flags: fmt.Sprintf("--core-axons %d --core-neurons %d", side, side), Options: v,
			Effect: "a RANC built with larger cores; the TrueNorth chip has 256 x 256",
		})
	}
	return out
}
