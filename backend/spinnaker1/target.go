// Package spinnaker1 compiles to SpiNNaker 1 as sPyNNaker uses it: boards of
// chips of 18 ARM cores joined by a hexagonal mesh, on which each core runs up
// to 256 neurons in s16.15 and fetches its synapses as rows of words from SDRAM
// (specs/spinnaker1.md, written without a look at that software's code).
//
// Encode emits the data of every core and the routing table of every chip
// through package image.
package spinnaker1

import (
	"errors"
	"fmt"
	"math"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/ir"
)

// Target is SpiNNaker 1.
type Target struct{}

var (
	_ backend.Partitioner = Target{}
	_ backend.Networked   = Target{}
)

// Name returns "spinnaker1".
func (Target) Name() string { return "spinnaker1" }

// Title describes the target in a line.
func (Target) Title() string {
	return "SpiNNaker 1: boards of 4 or 48 chips of 18 cores, 16-bit weights, s16.15 state"
}

// Limits of the structures that image does not bound itself.
const (
	maxShift       = 14  // an input of 16 bits, shifted, is at most 2^30
	maxLatency     = 255 // of a population, in an image
	maxNeurons     = 256 // of a core, specs/spinnaker1.md 1.4
	coresPerChip   = 16  // that every chip has left for neurons
	mostCores      = 17  // that most chips have
	maxBoards      = 1200
	maxDelay       = 1 << (image.MaxRingBits - 2) // leaves one bit for neurons
	refractorySpan = math.MaxUint16
)

// Caps describes sPyNNaker's neurons. A delay of d steps takes 2^ceil(log2 d)
// slots of the ring buffer, so longer delays leave room for fewer neurons to a
// core.
func (Target) Caps(backend.Options) *backend.Caps {
	return &backend.Caps{
		Fixed:     &backend.FixedCaps{Arith: ir.ArithS1615, MaxShift: maxShift},
		MaxDecayU: 1, MaxDecayV: 1,
		Compare: ir.GreaterEqual, Resets: []ir.Reset{ir.ResetZero, ir.ResetValue},
		WeightBits:    []int{16},
		MaxRefractory: refractorySpan, AxonLatency: 1, InputLatency: 1, MaxDelay: maxDelay - 1,
		MaxStartDelay: maxLatency, LatePotential: true,
	}
}

// Limits lists what fit checks.
func (Target) Limits() []backend.Limit {
	const spec, spin5 = "specs/spinnaker1.md ", "SpiNNMachine version_5.py"
	return []backend.Limit{
		{Resource: "chips", Value: image.Spin5, Per: "board", Source: spin5 + "; a SpiNN-3 board (--board 4) has 4"},
		{Resource: "boards", Value: maxBoards, Per: "machine", Source: "57,600 chips, SpiNNMachine"},
		{Resource: "cores", Value: coresPerChip, Per: "chip", Source: "18 less the monitor and one for the system; --cores 17 uses that where it works (" + spin5 + ")"},
		{Resource: resNeurons, Value: maxNeurons, Per: "core", Source: "sPyNNaker's default; --core-neurons changes it"},
		{Resource: resRing, Value: image.MaxRingBits, Per: "core", Source: "sPyNNaker MAX_RING_BUFFER_BITS: neurons x synapse types x delay slots"},
		{Resource: "synaptic delay", Value: maxDelay, Per: "synapse", Source: "what the ring buffer has bits for with 2 neurons to a core; longer delays make smaller cores, there are no delay extensions", Inferred: true},
		{Resource: "row length", Value: image.MaxRow, Per: "row", Source: "sPyNNaker POP_TABLE_MAX_ROW_LENGTH; longer rows take several blocks"},
		{Resource: "weight", Value: ir.FixInputMax, Per: "synapse", Source: spec + "2.3: 16 bits, sign by synapse type"},
		{Resource: "input of a tick", Value: ir.FixInputMax, Per: "neuron and type", Source: spec + "2.5: a ring buffer saturates at 16 bits"},
		{Resource: resDTCM, Value: image.DTCM, Per: "core", Source: "SpiNNMachine version_spin1.py"},
		{Resource: "DTCM of the program", Value: programDTCM, Per: "core", Source: "code, stack and row buffers, taken off", Inferred: true},
		{Resource: resSDRAM, Value: image.SDRAM, Per: "chip", Source: "SpiNNMachine version_spin1.py max_sdram_per_chip"},
		{Resource: "routing entries", Value: image.MaxEntries, Per: "chip", Source: "1024 less one, SpiNNMachine version_spin1.py"},
		{Resource: "population entries", Value: image.MaxPopStart, Per: "core", Source: spec + "2.2: 13 bits address the first"},
		{Resource: "refractory steps", Value: refractorySpan, Per: "neuron", Source: spec + "2.1: a time in s16.15, counted in ticks"},
		{Resource: "clock", Value: clockHz / 1e6, Per: "core, MHz", Source: "SpiNNMachine version_spin1.py"},
	}
}

// Cores returns the working chips and the cores of each that are for neurons.
// With 17, some chips have one less: the partition counts them.
func (t Target) Cores(opt backend.Options) (chips, perChip int, err error) {
	f, err := t.Fabric(opt)
	if err != nil {
		return 0, 0, err
	}
	for i := range f.Chips {
		if len(f.Chips[i].Cores) > 0 {
			chips++
		}
	}
	if chips == 0 {
		return 0, 0, errors.New("every chip of the machine is dead")
	}
	return chips, coresOf(opt), nil
}

func coresOf(opt backend.Options) int {
	if opt.Cores == 0 {
		return coresPerChip
	}
	return opt.Cores
}

// neuronsPerCore returns the most neurons of a core.
func neuronsPerCore(opt backend.Options) int {
	if opt.CoreNeurons == 0 {
		return maxNeurons
	}
	return opt.CoreNeurons
}

// Mesh returns the chips of one board of 48; Fabric knows the machine.
func (Target) Mesh() (width, height, coresPerTile int) { return 8, 8, coresPerChip }

// MaxChips returns 1: machines grow by boards, see Larger.
func (Target) MaxChips() int { return 1 }

// Variants returns larger boards, the core that sPyNNaker keeps for the system,
// larger cores, and chips with fewer cores in use, whose tables are simpler.
func (Target) Variants(opt backend.Options) []backend.Variant {
	var out []backend.Variant
	if opt.Board == image.Spin3 {
		v := opt
		v.Board = image.Spin5
		out = append(out, backend.Variant{Flags: "--board 48", Options: v, Effect: "a SpiNN-5 board; spikes are unchanged"})
	}
	if opt.Cores == 0 {
		v := opt
		v.Cores = mostCores
		out = append(out, backend.Variant{Flags: fmt.Sprintf("--cores %d", mostCores), Options: v, Effect: "uses the core that sPyNNaker keeps for the system; spikes are unchanged"})
	}
	if opt.CoreNeurons > 0 && opt.CoreNeurons < maxNeurons {
		v := opt
		v.CoreNeurons = maxNeurons
		out = append(out, backend.Variant{Flags: fmt.Sprintf("--core-neurons %d", maxNeurons), Options: v, Effect: "fewer and larger cores, so fewer keys to route; spikes are unchanged"})
	}
	if few := coresPerChip / 4; coresOf(opt) > few {
		v := opt
		v.Cores = few
		out = append(out, backend.Variant{Flags: fmt.Sprintf("--cores %d", few), Options: v, Effect: "fewer cores on a chip, so fewer and simpler routing entries; spikes are unchanged"})
	}
	return out
}
