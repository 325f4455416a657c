// Package loihi1 compiles to chips in the style of Intel's first Loihi: cores
// of up to 1024 compartments with 12-bit decays and 8-bit weights, joined by
// a mesh (Davies et al., IEEE Micro 38(1) 2018).
//
// The arithmetic and the limits are those of specs/loihi1.md, written from
// the behaviour of three public emulators; nothing here was measured on
// silicon. The configuration that Encode emits is described in
// docs/formats.md and in package image.
package loihi1

import (
	"errors"
	"fmt"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/ir"
)

// Target is the Loihi 1-style chip.
type Target struct{}

var _ backend.Metered = Target{}

// Name returns "loihi1".
func (Target) Name() string { return "loihi1" }

// Title describes the target in a line.
func (Target) Title() string {
	return "Loihi 1-style chip: 128 cores of 1024 compartments, 8-bit weights, 24-bit state"
}

// The chip's arithmetic, specs/loihi1.md 1.1.
const (
	thresholdUnit = 64
	thresholdMax  = 1<<17 - 1
	biasMantMax   = 1<<12 - 1
	biasExpMax    = 7
	maxDelay      = 62
	maxRefract    = 63
	weightLimit   = 1<<21 - 64
)

// Caps describes the chip's neurons and synapses.
func (Target) Caps(backend.Options) *backend.Caps {
	return &backend.Caps{
		Int:       ir.IntLIF{DecayBits: 12, AccBits: 21, CurrentBits: 23, VMin: -(1 << 23) + 1, VMax: 1<<23 - 1},
		MinDecayU: 1, MaxDecayU: 4096, MinDecayV: 0, MaxDecayV: 4095,
		ThresholdUnit: thresholdUnit, ThresholdMax: thresholdMax,
		BiasMantMax: biasMantMax, BiasExpMax: biasExpMax,
		WeightBits: []int{1, 2, 3, 4, 5, 6, 8}, WeightGrid: 8, ExpMax: 7,
		WeightUnit: 64, WeightLimit: weightLimit,
		MaxRefractory: maxRefract - 1, AxonLatency: 1, MaxDelay: maxDelay, MaxStartDelay: 63,
		Compare: ir.Greater, Resets: []ir.Reset{ir.ResetZero, ir.ResetValue},
	}
}

// Per-core and per-chip limits, specs/loihi1.md 2.1.
const (
	coresPerChip = 128
	maxChips     = 16384

	maxCompartments = 1024
	maxInAxons      = 4096
	maxOutAxons     = 4096
	maxSynapseWords = 16384
	maxCxProfiles   = 31
	maxVthProfiles  = 7
	maxSynFmts      = 7
	delaySlots      = 8192 // compartments x accumulator slots
	popAtoms        = 32
)

// Limits lists what fit checks.
func (Target) Limits() []backend.Limit {
	const nengo, davies = "nengo-loihi e564f66", "Davies et al., IEEE Micro 38(1) 2018"
	return []backend.Limit{
		{Resource: "cores", Value: coresPerChip, Per: "chip", Source: davies + ", p. 86"},
		{Resource: "chips", Value: maxChips, Per: "system", Source: davies + ", p. 86"},
		{Resource: "compartments", Value: maxCompartments, Per: "core", Source: davies + "; " + nengo + " block.py MAX_COMPARTMENTS"},
		{Resource: "in-axons", Value: maxInAxons, Per: "core", Source: nengo + " block.py MAX_IN_AXONS"},
		{Resource: "out-axons", Value: maxOutAxons, Per: "core", Source: nengo + " block.py MAX_OUT_AXONS; a population axon counted once per target core", Inferred: true},
		{Resource: "synapse words", Value: maxSynapseWords, Per: "core", Source: nengo + " block.py MAX_SYNAPSE_BITS = 16384 x 64 bits; " + davies + ": 128 KB"},
		{Resource: "compartment profiles", Value: maxCxProfiles, Per: "core", Source: nengo + " builder.py asserts fewer than 32"},
		{Resource: "threshold profiles", Value: maxVthProfiles, Per: "core", Source: nengo + " builder.py asserts fewer than 8"},
		{Resource: "synapse formats", Value: maxSynFmts, Per: "core", Source: nengo + " block.py MAX_SYNAPSE_CFGS = 8, index 0 unused"},
		{Resource: "delay slots", Value: delaySlots, Per: "core", Source: davies + ", p. 92: 8 delays for 1024 compartments, up to 62 with fewer; the product is taken as constant", Inferred: true},
		{Resource: "synaptic delay", Value: maxDelay, Per: "synapse", Source: davies + ", p. 92; Brian2Loihi 0.5.2"},
		{Resource: "threshold mantissa", Value: thresholdMax, Per: "neuron", Source: nengo + " discretize.py VTH_MAN_MAX"},
		{Resource: "bias mantissa", Value: biasMantMax, Per: "neuron", Source: nengo + " discretize.py BIAS_MAN_MAX"},
		{Resource: "refractory steps", Value: maxRefract, Per: "neuron", Source: nengo + " validate.py REFRACT_DELAY_MAX"},
		{Resource: "population axon atoms", Value: popAtoms, Per: "axon", Source: nengo + " (pop16 with 5 atom bits)"},
	}
}

// Cores returns the chips and cores per chip that the options name.
func (Target) Cores(opt backend.Options) (chips, perChip int, err error) {
	if err := opt.NoBoards(); err != nil {
		return 0, 0, err
	}
	if opt.CoreAxons != 0 || opt.CoreNeurons != 0 {
		return 0, 0, errors.New("--core-axons and --core-neurons mean nothing here: all cores are of one size")
	}
	chips, perChip = max(opt.Chips, 1), opt.Cores
	if perChip == 0 {
		perChip = coresPerChip
	}
	if opt.Chips < 0 || chips > maxChips {
		return 0, 0, fmt.Errorf("%d chips: a system has 1 to %d", opt.Chips, maxChips)
	}
	if opt.Cores < 0 || perChip > coresPerChip {
		return 0, 0, fmt.Errorf("%d cores: a chip has 1 to %d", opt.Cores, coresPerChip)
	}
	return chips, perChip, nil
}

// Mesh returns the chip's geometry: 8 x 4 tiles of 4 cores (the cores per
// tile are inferred from 128 cores and 32 tiles, specs/loihi1.md section 3).
func (Target) Mesh() (width, height, coresPerTile int) { return 8, 4, 4 }

// MaxChips returns how many chips a system joins.
func (Target) MaxChips() int { return maxChips }

// The kinds of axons that Options.Axon names.
const (
	axonDiscrete = "discrete" // one in-axon an element
	axonPop16    = "pop16"    // one in-axon for up to 32 neighbouring elements
)

func axonKind(opt backend.Options) (string, error) {
	switch opt.Axon {
	case "", axonDiscrete:
		return axonDiscrete, nil
	case axonPop16:
		return axonPop16, nil
	}
	return "", fmt.Errorf("unknown kind of axon %q (%s, %s)", opt.Axon, axonDiscrete, axonPop16)
}

// Variants returns the other kind of axons.
func (Target) Variants(opt backend.Options) []backend.Variant {
	if kind, err := axonKind(opt); err != nil || kind == axonPop16 {
		return nil
	}
	v := opt
	v.Axon = axonPop16
	return []backend.Variant{{
		Flags: "--axon " + axonPop16, Options: v,
		Effect: "one in-axon for up to 32 sources; spikes are unchanged",
	}}
}
