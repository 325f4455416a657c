// Package image is the configuration of a Loihi 1-style chip as data: what the
// compiler writes and the emulator runs. It follows the public description of
// the registers in specs/loihi1.md 1.1, 1.5 and 2.1: per core a table of
// compartments that point at shared compartment and threshold profiles, a
// synapse map (in-axons) that points into 64-bit words of synapse memory, and
// out-axons that name the core and in-axon a spike goes to.
//
// An image has two forms, both with the same bytes for the same content: a
// binary one (Encode, Decode) and a JSON one (EncodeJSON, DecodeJSON);
// docs/formats.md describes them byte by byte. Every decoder validates, so
// a decoded image has no dangling reference.
package image

import "github.com/synfire/synfire/internal/imagefile"

// Image is a complete chip configuration together with the names needed to
// feed it and to read it in terms of the network it was compiled from.
type Image struct {
	Name        string       `json:"name"`
	DT          float64      `json:"dt"` // seconds per time step, information only; 0 is unknown
	Notes       []Note       `json:"notes,omitempty"`
	Inputs      []Input      `json:"inputs,omitempty"`
	Populations []Population `json:"populations,omitempty"`
	Cores       []Core       `json:"cores,omitempty"`
}

// Note records an assumption or attribute of the compilation.
type Note = imagefile.Note

// AxonRef names one atom of an in-axon of a core. Core is an index into
// Image.Cores; Atom is 0 for a discrete axon.
type AxonRef struct {
	Core int32  `json:"core"`
	Axon uint16 `json:"axon"`
	Atom uint16 `json:"atom,omitempty"`
}

// Input is an input port: element i, counted in row-major order of Shape,
// drives Targets[Ptr[i]:Ptr[i+1]]. An input spike labelled t reaches the
// accumulator in chip step t plus the synaptic delay.
type Input struct {
	Name    string    `json:"name"`
	Shape   []int32   `json:"shape,omitempty"`
	Ptr     []int32   `json:"ptr"`
	Targets []AxonRef `json:"targets,omitempty"`
}

// Population maps the neurons of a network population to compartments.
type Population struct {
	Name string `json:"name"`
	// Shape is the row-major shape; its product is the number of neurons.
	Shape []int32 `json:"shape,omitempty"`
	// Latency is how many steps the population runs after network time: its
	// network step t happens in chip step t+Latency. Range 0..255.
	Latency int32 `json:"latency,omitempty"`
	Output  bool  `json:"output,omitempty"`
	// Scale is chip units of v and u per network unit, VOffset the network
	// value of v at chip zero: v_network = v_chip/Scale + VOffset.
	Scale   float64 `json:"scale"`
	VOffset float64 `json:"v_offset,omitempty"`
	// Slices cover the neurons 0..n-1 in order, without gap or overlap.
	Slices []Slice `json:"slices,omitempty"`
}

// Slice places neurons First..First+Count-1 of a population on compartments
// Compartment..Compartment+Count-1 of Cores[Core].
type Slice struct {
	First       int32 `json:"first"`
	Count       int32 `json:"count"`
	Core        int32 `json:"core"`
	Compartment int32 `json:"compartment"`
}

// Core is the configuration of one neuro core.
type Core struct {
	Chip int32 `json:"chip"`
	ID   int32 `json:"id"` // core id on the chip

	VMinExp   uint8 `json:"vmin_exp"`   // negVmLimit q, 0..23: vmin = -(2^q)+1
	VMaxExp   uint8 `json:"vmax_exp"`   // posVmLimit p, 0..7: vmax = 2^(9+2p)-1
	DelayBits uint8 `json:"delay_bits"` // 3..6: 2^DelayBits accumulator slots, see MaxDelay

	CxProfiles   []CxProfile   `json:"cx_profiles,omitempty"`
	VthProfiles  []uint32      `json:"vth_profiles,omitempty"` // mantissas 0..131071; threshold = mantissa<<6
	SynFmts      []SynFmt      `json:"syn_fmts,omitempty"`
	Compartments []Compartment `json:"compartments,omitempty"`
	InAxons      []InAxon      `json:"in_axons,omitempty"`
	SynMem       Words         `json:"syn_mem,omitempty"`
	OutAxons     []OutAxon     `json:"out_axons,omitempty"` // ascending Src
}

// CxProfile is a compartment profile. The effective current decay is
// DecayU+1, the effective voltage decay DecayV, both in 1/4096 per step.
type CxProfile struct {
	DecayU  uint16 `json:"decay_u"` // register 0..4095
	DecayV  uint16 `json:"decay_v"` // register 0..4095
	Refract uint8  `json:"refract"` // 1..64; r means r-1 steps with v = 0 after a spike
}

// Compartment is one neuron. Its bias is BiasMant<<BiasExp.
type Compartment struct {
	CxProfile  uint8 `json:"cx"`  // index into Core.CxProfiles
	VthProfile uint8 `json:"vth"` // index into Core.VthProfiles
	BiasMant   int16 `json:"bias_mant,omitempty"`
	BiasExp    uint8 `json:"bias_exp,omitempty"` // 0..7
	// InitRef is the start value of the refractory counter: v stays 0 in the
	// first InitRef chip steps. The compiler delays deeper layers with it.
	InitRef uint8 `json:"init_ref,omitempty"`
	InitV   int32 `json:"init_v,omitempty"` // start value of v, 24-bit signed
}

// InAxon is an entry of the synapse map. A discrete axon (Atoms 1) uses the
// synapse list in SynMem[Ptr:Ptr+Len]; atom a of a population axon (Atoms > 1,
// pop16) uses SynMem[Ptr+a*Len:Ptr+(a+1)*Len]. Lists may be shared, but two
// lists that are not the same words may not overlap.
type InAxon struct {
	Ptr   uint32 `json:"ptr"`
	Len   uint16 `json:"len"`
	Atoms uint16 `json:"atoms"`
	// Base (cxBase), a multiple of 4 in 0..1020, is added to every target.
	Base uint16 `json:"base,omitempty"`
}

// OutAxon sends each spike of compartment Src to one atom of an in-axon.
type OutAxon struct {
	Src uint16 `json:"src"`
	AxonRef
}

// MaxDelay is the largest synaptic delay that 2^delayBits accumulator slots
// hold: one slot is being read while delay 0 goes to the next one, hence 2 less
// than the slots. Inferred from the published "up to 62" of the 64 that the
// 6-bit delay field can address; the chip's own rule is not public.
func MaxDelay(delayBits int) int { return 1<<delayBits - 2 }

// VMin and VMax return the limits that the membrane potential is clamped to.
func (c *Core) VMin() int32 { return -(1 << c.VMinExp) + 1 }

// VMax is the upper limit of the membrane potential, see VMin.
func (c *Core) VMax() int32 { return 1<<(9+2*c.VMaxExp) - 1 }
