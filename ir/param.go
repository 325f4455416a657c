package ir

// Param names a parameter of a node.
type Param uint8

// The parameters. Values are SI: seconds, volts where the network has volts
// (NIR networks are unitless), and plain integers for the quantized forms.
const (
	PInvalid    Param = iota
	PWeight           // weights; float, or int32 mantissas after quantize
	PBias             // constant drive per output
	PScale            // factors of OpScale
	PDelay            // s
	PDelaySteps       // delay in steps
	PIndptr           // OpSparse: row starts by source, length in+1
	PIndices          // OpSparse: targets, ascending in each row
	PThreshold        // OpThreshold
	PTau              // s, membrane
	PTauSyn           // s, synaptic current
	PTauMem           // s, membrane
	PR                // gain of the input
	PVLeak            // resting potential
	PVThreshold       // firing threshold
	PVReset           // potential after a spike
	PWIn              // gain of the input to the synaptic current
	PV0               // potential before the first step
	PVMin             // lower bound of the potential
	PRefractory       // s, absolute refractory period
	PRefSteps         // the same in whole steps: after a spike the potential stays reset for this many steps
	PDecayU           // OpIntLIF: current decay, parts of 2^DecayBits lost a step
	PDecayV           // OpIntLIF: voltage decay, likewise
	PCMem             // OpFixLIF: membrane capacitance, which divides tau_mem to give the gain of the input
	numParams
)

// ParamInfo is what is known of a parameter: its name in the text form, its
// name in NIR files ("" where NIR has none), its unit ("s", "V" or "") and
// whether it is always a whole number.
type ParamInfo struct {
	Name, NIR, Unit string
	Int             bool
}

var paramTable = [numParams]ParamInfo{
	PInvalid:    {Name: "invalid"},
	PWeight:     {Name: "weight", NIR: "weight"},
	PBias:       {Name: "bias", NIR: "bias"},
	PScale:      {Name: "scale", NIR: "scale"},
	PDelay:      {Name: "delay", NIR: "delay", Unit: "s"},
	PDelaySteps: {Name: "delay_steps", Int: true},
	PIndptr:     {Name: "indptr", Int: true},
	PIndices:    {Name: "indices", Int: true},
	PThreshold:  {Name: "threshold", NIR: "threshold"},
	PTau:        {Name: "tau", NIR: "tau", Unit: "s"},
	PTauSyn:     {Name: "tau_syn", NIR: "tau_syn", Unit: "s"},
	PTauMem:     {Name: "tau_mem", NIR: "tau_mem", Unit: "s"},
	PR:          {Name: "r", NIR: "r"},
	PVLeak:      {Name: "v_leak", NIR: "v_leak", Unit: "V"},
	PVThreshold: {Name: "threshold", NIR: "v_threshold", Unit: "V"},
	PVReset:     {Name: "v_reset", NIR: "v_reset", Unit: "V"},
	PWIn:        {Name: "w_in", NIR: "w_in"},
	PV0:         {Name: "v0", Unit: "V"},
	PVMin:       {Name: "v_min", Unit: "V"},
	PRefractory: {Name: "refractory", Unit: "s"},
	PRefSteps:   {Name: "refractory_steps", Int: true},
	PDecayU:     {Name: "decay_u", Int: true},
	PDecayV:     {Name: "decay_v", Int: true},
	PCMem:       {Name: "c_mem", Int: true},
}

// Info returns the row of the parameter table.
func (p Param) Info() *ParamInfo {
	if p >= numParams {
		return &paramTable[PInvalid]
	}
	return &paramTable[p]
}

func (p Param) String() string { return p.Info().Name }

// ParamValue is one parameter of a node.
type ParamValue struct {
	Key Param
	T   Tensor
}
