package passes

import (
	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

// Report is what the pipeline found out on its way, for people and for JSON.
type Report struct {
	Fidelity    []NodeFidelity     `json:"fidelity,omitempty"`
	Projections []ProjectionReport `json:"projections,omitempty"`
	Populations []PopulationReport `json:"populations,omitempty"`
	Parameters  []ParameterReport  `json:"parameters,omitempty"`
	Fit         *Fit               `json:"fit,omitempty"`
	Routing     *RouteReport       `json:"routing,omitempty"`
}

// NodeFidelity says how true the target is to a population.
type NodeFidelity struct {
	Node     string           `json:"node"`
	Fidelity backend.Fidelity `json:"fidelity"`
	Reason   string           `json:"reason,omitempty"`
}

// Least returns the least fidelity of all populations. Where weights are clipped
// none is exact.
func (r *Report) Least() backend.Fidelity {
	f := backend.Exact
	if r.Clipped() > 0 {
		f = backend.Approximate
	}
	for _, n := range r.Fidelity {
		f = max(f, n.Fidelity)
	}
	return f
}

// Clipped counts the stored weights that lie outside of what the target holds.
func (r *Report) Clipped() int {
	n := 0
	for i := range r.Projections {
		n += r.Projections[i].Stats.Clipped
	}
	return n
}

// ProjectionReport says what became of a projection's weights and delay.
type ProjectionReport struct {
	Name string        `json:"name"`
	Src  string        `json:"src"`
	Dst  string        `json:"dst"`
	Bits quantize.Bits `json:"bits"`
	// Widths are those of each input, and Inputs says how many have which, if
	// Bits is a mean. Overhead is the bits that say which width an input has,
	// and by which power of two its step differs.
	Widths   []int          `json:"-"`
	Inputs   []InputWidth   `json:"inputs,omitempty"`
	Overhead int64          `json:"overhead_bits,omitempty"`
	Exp      int            `json:"exp"`
	Synapses int64          `json:"synapses"`
	Stats    quantize.Stats `json:"stats"`
	Ring     *RingReport    `json:"ring,omitempty"`
}

// InputWidth says how many inputs of a projection have weights of a width.
type InputWidth struct {
	Bits   int   `json:"bits"`
	Inputs int64 `json:"inputs"`
}

// Stored returns how many bits the weights of a projection take, of which there
// are so many, with what says how they are stored.
func (r *ProjectionReport) Stored(weights int64) int64 {
	if r.Widths == nil {
		return int64(r.Bits)*weights + r.Overhead
	}
	bits := int64(0)
	for _, b := range r.Widths {
		bits += int64(b)
	}
	return weights/int64(len(r.Widths))*bits + r.Overhead
}

// RingReport says what the inputs of 16 bits of a fixed-point population hold.
// Exc and Inh are in units of the weights.
type RingReport struct {
	Rule string `json:"rule"`
	// Unit is the smallest weight that is not 0, by sign, and Max the largest
	// input of a step.
	UnitExc float64 `json:"unit_exc"`
	UnitInh float64 `json:"unit_inh"`
	MaxExc  float64 `json:"max_exc"`
	MaxInh  float64 `json:"max_inh"`
	// WorstExc and WorstInh are the inputs if all sources spike in one step;
	// they saturate if they are above Max.
	WorstExc float64 `json:"worst_exc"`
	WorstInh float64 `json:"worst_inh"`
	ShiftExc int8    `json:"shift_exc"`
	ShiftInh int8    `json:"shift_inh"`
	// Relative is the sum of the errors of the weights in the sum of the weights.
	Relative float64 `json:"relative_error"`
}

// ParameterReport says what became of a parameter of a population's neurons.
type ParameterReport struct {
	Population string `json:"population"`
	Name       string `json:"name"`
	Values     int    `json:"values"` // different ones, in the target's integers
	// The errors are of the magnitude: of a decay and a threshold in parts of
	// their value, of a bias and a start potential in thresholds.
	MeanError float64 `json:"mean_error"`
	MaxError  float64 `json:"max_error"`
}

// PopulationReport says what became of a population's state.
type PopulationReport struct {
	Name    string  `json:"name"`
	Op      string  `json:"op"` // before it was quantized
	Neurons int     `json:"neurons"`
	Latency int32   `json:"latency"`
	Scale   float64 `json:"scale"`
	MayWrap bool    `json:"may_wrap,omitempty"`
}

// opOf returns what a population was before it was quantized.
func (r *Report) opOf(node *ir.Node) string {
	for i := range r.Populations {
		if r.Populations[i].Name == node.Name {
			return r.Populations[i].Op
		}
	}
	return node.Op.String()
}

// RouteReport says what the routing tables hold.
type RouteReport struct {
	Chips      int           `json:"chips"`   // with a table
	Entries    int           `json:"entries"` // in all
	Most       int           `json:"most"`    // on one chip
	MostOn     string        `json:"most_on,omitempty"`
	Compressed []TableReport `json:"compressed,omitempty"`
}

// TableReport is a table that was compressed, and verified equal to what it was
// for every key.
type TableReport struct {
	Chip   string `json:"chip"`
	Before int    `json:"before"`
	After  int    `json:"after"`
	Method string `json:"method"`
}

// Fit says whether the network fits the target and what it uses.
type Fit struct {
	Target     string      `json:"target"`
	Fits       bool        `json:"fits"`
	Cores      int         `json:"cores"`
	Available  int         `json:"available"`
	Chips      int         `json:"chips"`
	PerChip    int         `json:"cores_per_chip"`
	Layers     []LayerFit  `json:"layers"`
	Violations []Violation `json:"violations,omitempty"`
	Fixes      []Fix       `json:"fixes,omitempty"`
}

// LayerFit is what one population needs.
type LayerFit struct {
	Name    string   `json:"name"`
	Origin  string   `json:"origin,omitempty"`
	Op      string   `json:"op"`
	Shape   ir.Shape `json:"shape"`
	Cores   int      `json:"cores"`   // cores that hold a part of it
	Latency int32    `json:"latency"` // steps behind the network's time
	Rows    []FitRow `json:"resources"`
	Binding string   `json:"binding,omitempty"`
}

// FitRow is one resource of a layer.
type FitRow struct {
	Resource string `json:"resource"`
	Used     int64  `json:"used"`
	PerCore  int64  `json:"limit_per_core"`
	MinCores int64  `json:"min_cores"`
}

// Violation is a limit that the network breaks.
type Violation struct {
	Layer    string `json:"layer,omitempty"`
	Resource string `json:"resource"`
	Used     int64  `json:"used"`
	Limit    int64  `json:"limit"`
	Text     string `json:"text"`
}

// Fix is a change that makes the network fit, found by compiling with it.
type Fix struct {
	Flags  string `json:"flags"`
	Cores  int    `json:"cores"`
	Effect string `json:"effect"`
}
