package fixed

// LIFParams are the parameters of a leaky integrate-and-fire neuron as the host
// sends them: s16.15 in ms, mV, nA and nF, or whatever units make
// tau/c a resistance.
type LIFParams struct {
	VRest, VReset, Threshold int32
	C, TauM                  int32 // membrane capacitance, time constant
	Offset                   int32 // a constant current
	Refractory               int32 // time after a spike
	Step                     int32 // length of a tick
}

// SynapseParams are those of one synaptic current, in s16.15.
type SynapseParams struct {
	Tau  int32 // time constant
	Step int32 // length of a tick
}

// LIF is what the chip derives from LIFParams at the start: the constants of a
// sub-step.
type LIF struct {
	VRest, VReset, Threshold int32
	R, Exp, Offset           int32 // s16.15
	Refractory               int32 // sub-steps after a spike
}

// Synapse holds the constants of a synaptic current, in u0.32: what is left
// after a sub-step, and the part of an input that reaches the current, which
// makes the sum over the decay equal to the input.
type Synapse struct {
	Decay, Init uint32
}

// NewLIF derives the constants for substeps steps a tick, at least 1.
func NewLIF(p *LIFParams, substeps int32) LIF {
	step := DivInt(p.Step, substeps)
	return LIF{
		VRest: p.VRest, VReset: p.VReset, Threshold: p.Threshold,
		R:          Div(p.TauM, p.C),
		Exp:        Exp(-Div(step, p.TauM)),
		Offset:     p.Offset,
		Refractory: ceil(Div(p.Refractory, step)),
	}
}

// ceil returns the least integer at or above an s16.15.
func ceil(a int32) int32 {
	n := a >> 15
	if a&(One-1) != 0 {
		n++
	}
	return n
}

// NewSynapse derives the constants of a current for substeps steps a tick.
func NewSynapse(p *SynapseParams, substeps int32) Synapse {
	step := DivInt(p.Step, substeps)
	decay := ExpDecay(-Div(step, p.Tau))
	// 1 - decay, with the largest u0.32 for 1.
	init := int64(Div(p.Tau, step)) * int64(^decay) >> 15
	return Synapse{Decay: decay, Init: uint32(init)}
}

// State is the state of a neuron: the potential, both synaptic currents, and
// the sub-steps until it integrates again (at most 0 when it does).
type State struct {
	V, Exc, Inh int32
	Refract     int32
}

// Update advances the potential by one sub-step and tells whether the neuron
// spikes. A refractory neuron does not integrate, but is compared with the
// threshold all the same. The currents are left as they are.
func (n *LIF) Update(s *State) bool {
	if s.Refract <= 0 {
		s.V = n.Integrate(s.V, s.Exc-s.Inh)
	} else {
		s.Refract--
	}
	if s.V < n.Threshold {
		return false
	}
	s.V, s.Refract = n.VReset, n.Refractory
	return true
}

// Integrate returns the potential after a sub-step with a synaptic current.
func (n *LIF) Integrate(v, current int32) int32 {
	alpha := Mul(current+n.Offset, n.R) + n.VRest
	return alpha - Mul(n.Exp, alpha-v)
}

// Add returns a current after an input that the ring buffer summed to x, at a
// scale of 2^shift units of s16.15.
func (s Synapse) Add(current int32, x uint16, shift uint32) int32 {
	return current + Decay(int32(uint32(x)<<shift), s.Init)
}

// Shape returns a current after a sub-step.
func (s Synapse) Shape(current int32) int32 { return Decay(current, s.Decay) }
