// Package backend is what the compiler knows of a target chip: a description
// of its capabilities that the passes read, a table of limits with the source
// of each number, a meter that accounts exactly what a core would hold, and
// an encoder that emits the chip's configuration as bytes.
//
// A target is data plus a lowering (DESIGN.md section 5). No pass knows a
// target by name: what it must know stands in Caps or behind Meter.
package backend

import (
	"errors"

	"github.com/synfire/synfire/ir"
)

// Target is a chip that networks compile to.
type Target interface {
	// Name is the word on the command line, such as "loihi1".
	Name() string
	// Title is one line for people.
	Title() string
	// Caps describes the neurons, weights and delays the chip offers.
	Caps(opt Options) *Caps
	// Limits lists every limit that fit checks, with its source.
	Limits() []Limit
	// Cores returns how many chips, and cores on each, the options name.
	Cores(opt Options) (chips, perChip int, err error)
	// Mesh returns the width and height of a chip's mesh of tiles and the
	// number of cores that share a tile. Core c is in tile t = c/coresPerTile,
	// which lies at x = t/height and y = t%height.
	Mesh() (width, height, coresPerTile int)
	// Encode emits the chip image of a placed and routed network.
	Encode(n *ir.Network, m *ir.Mapping, opt Options) ([]byte, error)
	// Variants returns other options worth trying when opt does not fit,
	// cheapest for the user first. Chips and Cores are left as they are.
	Variants(opt Options) []Variant
	// MaxChips is how many chips can be joined.
	MaxChips() int
}

// Metered is a target whose cores the partition pass fills neuron by neuron.
type Metered interface {
	Target
	// NewMeter returns a meter for the lowered, quantized network n whose
	// mapping m holds latencies.
	NewMeter(n *ir.Network, m *ir.Mapping, opt Options) (Meter, error)
}

// Partitioner is a target that distributes neurons itself, because what a
// core holds depends on where the targets of its neurons are.
type Partitioner interface {
	Target
	// Partition returns the cores that the lowered, quantized network n
	// takes, everything that does not fit, and what each population uses. A
	// mapping that does not fit is not complete.
	Partition(n *ir.Network, m *ir.Mapping, opt Options) (*Partition, error)
}

// Partition is the result of a Partitioner.
type Partition struct {
	Cores    []ir.CoreMap
	Problems []Problem
	Demand   map[ir.NodeID][]ir.Usage // by population, and by input port if those take cores
	Warnings []Problem                // that are no reason not to fit; Text alone counts
	// Available is how many cores the machine has, if that is not the product
	// of what Cores returns.
	Available int
}

// Problem says that a population does not fit, whatever the number of cores.
type Problem struct {
	Node ir.NodeID
	Use  ir.Usage
	Text string
}

// Options are the target's settings a user can change.
type Options struct {
	Chips int    // chips; 0 = 1
	Cores int    // cores used on each chip; 0 = all
	Axon  string // kind of axons, target-specific; "" = the target's default
	// CoreAxons and CoreNeurons are the size of a core where the
	// architecture leaves it open; 0 = the target's default.
	CoreAxons, CoreNeurons int
	// Board is a kind of boards, by the number of their chips, and Boards how
	// many there are; 0 = the target's default.
	Board, Boards int
	// TimeScale is by how much slower than real time a tick is; 0 = 1.
	TimeScale float64
	// Dead is what does not work of the machine.
	Dead Dead
}

// Dead lists what does not work: chips by x and y, links by the chip that they
// leave and their number, cores by their chip and their number.
type Dead struct {
	Chips [][2]int
	Links [][3]int
	Cores [][3]int
}

// NoBoards returns an error if the options describe a machine of boards, for
// targets that have none.
func (o *Options) NoBoards() error {
	if o.Board != 0 || o.Boards != 0 || o.TimeScale != 0 || len(o.Dead.Chips)+len(o.Dead.Links)+len(o.Dead.Cores) > 0 {
		return errors.New("--board, --boards, --dead and --time-scale mean nothing here: there are no boards")
	}
	return nil
}

// Variant is a change of options that may make a network fit.
type Variant struct {
	Flags   string // as typed on the command line
	Options Options
	Effect  string // what it costs the user
}

// Limit is one limit of the chip.
type Limit struct {
	Resource string `json:"resource"`
	Value    int64  `json:"value"`
	Per      string `json:"per"` // core, chip, axon, neuron, projection
	Source   string `json:"source"`
	// Inferred marks a number that no source states as such.
	Inferred bool `json:"inferred,omitempty"`
}

// Caps describes what a chip's neurons, weights and delays can do.
type Caps struct {
	// Fixed, if set, says that the neurons are those of ir.FixLIF: decays come
	// from time constants, every neuron has parameters of its own, and Int and
	// what follows on decays, thresholds, biases and weights goes unread.
	Fixed *FixedCaps
	// Int is the arithmetic of the chip's neuron.
	Int ir.IntLIF
	// MinDecayU and MaxDecayV and so on bound the decay registers' effective
	// values. A MaxDecayV of 0 means that the chip has no leak that is a
	// fraction of the potential.
	MinDecayU, MaxDecayU, MinDecayV, MaxDecayV int32
	// A threshold is a multiple of ThresholdUnit up to ThresholdMax of them.
	ThresholdUnit, ThresholdMax int64
	// Compare is whether a potential at the threshold fires.
	Compare ir.Compare
	// Resets lists what the chip can do at a spike.
	Resets []ir.Reset
	// A bias is a mantissa of at most BiasMantMax shifted by up to BiasExpMax.
	BiasMantMax, BiasExpMax int64
	// Weights: what a mantissa adds is floor(m*2^exp)*WeightUnit. Mantissas
	// of b bits lie on multiples of 2^(WeightGrid-b), one more bit for signs;
	// a WeightGrid of 0 means every whole number.
	WeightBits    []int
	WeightGrid    int
	ExpMax        int
	WeightUnit    int32
	WeightLimit   int64
	MaxRefractory int32 // steps after a spike
	AxonLatency   int32 // steps from a spike to its earliest effect
	InputLatency  int32 // the same for a spike of an input port
	MaxDelay      int32 // steps beyond AxonLatency
	MaxStartDelay int32 // steps by which a biased population can start late
	// LatePotential says that a population can start late with a potential
	// of its own even if a bias acts on it.
	LatePotential bool
	// FanIn, if set, is how many sources a neuron can listen to with weights
	// of the given width, and how many if all have one sign.
	FanIn func(bits int) (signed, oneSigned int)
}

// FixedCaps describes neurons in fixed-point arithmetic.
type FixedCaps struct {
	Arith    ir.Arith
	MaxShift int8 // of an input, see ir.FixLIF
}

// Fidelity says how true a target is to a node.
type Fidelity uint8

// The fidelity words.
const (
	Exact       Fidelity = iota // equal up to the precision chosen
	Approximate                 // runs, with a stated difference
	Unsupported                 // cannot run
)

func (f Fidelity) String() string {
	return [...]string{"exact", "approximate", "unsupported"}[f]
}

// MarshalText writes the fidelity word, for the JSON forms.
func (f Fidelity) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// Meter accounts what one core holds, exactly as Encode will fill it.
type Meter interface {
	// Grain is the number of neurons of a population that stay together, if a
	// core can hold that many.
	Grain(node ir.NodeID) int32
	// Begin empties the core.
	Begin()
	// Add puts neurons first..first+count-1 of a population onto the core.
	// If they do not fit it changes nothing and returns the resource that is
	// short, what would be used of it, and its limit.
	Add(node ir.NodeID, first, count int32) (ok bool, short ir.Usage)
	// Usage lists what the core holds now.
	Usage() []ir.Usage
	// Parts and Axons list what the core holds, in the encoder's order.
	Parts() []ir.Part
	Axons() []ir.AxonSource
	// Demand lists what a whole population needs of each resource over all
	// cores, at best, and the limit of one core.
	Demand(node ir.NodeID) []ir.Usage
	// Outgoing checks limits that depend on where targets lie, once all
	// cores are filled; it returns what is short, by core.
	Outgoing(cores []ir.CoreMap) []Shortage
}

// Shortage says that a core lacks a resource.
type Shortage struct {
	Core int // index into the mapping's cores
	Use  ir.Usage
}
