package ir

// Op names what a node does. Facts about ops live in the table below and
// nowhere else.
type Op uint8

// The ops. Maps are linear, neurons hold state, ports join a network to the
// outside.
const (
	OpInvalid   Op = iota
	OpInput        // port: what comes in
	OpOutput       // port: what goes out
	OpBias         // source: one channel that is 1 in every step
	OpDense        // map: y = W x + b, W of shape out x in
	OpSparse       // map: y = W x + b, W in compressed rows by source
	OpConnect      // map: W made by a rule (Node.Rule), not stored
	OpConv1d       // map: cross-correlation over one axis
	OpConv2d       // map: cross-correlation over two axes
	OpScale        // map: y = s * x by element
	OpSumPool2d    // map: sum over windows
	OpAvgPool2d    // map: mean over windows, padding counted
	OpFlatten      // map: joins axes
	OpDelay        // map: y(t) = x(t - delay) by element
	OpThreshold    // neuron without memory: 1 if x > threshold
	OpI            // neuron: v' = R I
	OpIF           // neuron: v' = R I, spikes
	OpLI           // neuron: tau v' = (v_leak - v) + R I
	OpLIF          // neuron: LI, spikes
	OpCubaLI       // neuron: tau_syn i' = -i + w_in S, then LI of i
	OpCubaLIF      // neuron: CubaLI, spikes
	OpIntLIF       // neuron: integer current-based LIF of a chip (see IntLIF)
	OpFixLIF       // neuron: fixed-point current-based LIF of a program (see FixLIF)
	OpGraph        // a nested network (Node.Sub)
	numOps
)

// Class groups ops by how they take part in a step.
type Class uint8

// The classes of ops.
const (
	ClassPort   Class = iota // Input, Output
	ClassSource              // makes spikes of its own
	ClassMap                 // linear, no memory but delays
	ClassNeuron              // state, or a non-linear output
	ClassGraph               // nested network
)

// Extent says what shape a parameter has.
type Extent uint8

// The extents of parameters.
const (
	PerNeuron Extent = iota // the node's output shape, or uniform
	PerOutput               // one a row or output channel: a bias
	Weights                 // the shape that the op defines
	Synapses                // one entry a stored synapse, or uniform
	Index                   // integers that lay out a sparse matrix
)

// ParamSpec is what the op table says of one parameter of an op.
type ParamSpec struct {
	Key      Param
	Extent   Extent
	Required bool
	Default  float64 // where not Required
}

// OpInfo is one row of the op table.
type OpInfo struct {
	Name   string // in the text form
	NIR    string // NIR node type; "" if NIR has none. Affine is dense with a bias
	Class  Class
	Spikes bool // output is 0 or 1
	Params []ParamSpec
}

var neuronCommon = []ParamSpec{
	{PV0, PerNeuron, false, 0},
}

var spikingCommon = []ParamSpec{
	{PVThreshold, PerNeuron, true, 0},
	{PVReset, PerNeuron, false, 0},
	{PV0, PerNeuron, false, 0},
	{PVMin, PerNeuron, false, 0},
	{PRefractory, PerNeuron, false, 0},
	{PRefSteps, PerNeuron, false, 0},
}

func join(lists ...[]ParamSpec) []ParamSpec {
	var out []ParamSpec
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

var (
	biasSpec  = []ParamSpec{{PBias, PerOutput, false, 0}, {PDelay, PerNeuron, false, 0}}
	leakSpec  = []ParamSpec{{PTau, PerNeuron, true, 0}, {PR, PerNeuron, true, 0}, {PVLeak, PerNeuron, false, 0}}
	cubaSpec  = []ParamSpec{{PTauSyn, PerNeuron, true, 0}, {PTauMem, PerNeuron, true, 0}, {PR, PerNeuron, true, 0}, {PVLeak, PerNeuron, false, 0}, {PWIn, PerNeuron, false, 1}}
	firstOnly = func(k Param, e Extent) []ParamSpec { return []ParamSpec{{k, e, true, 0}} }
)

// opTable is the one place for facts about ops.
var opTable = [numOps]OpInfo{
	OpInvalid:   {Name: "invalid"},
	OpInput:     {Name: "in", NIR: "Input", Class: ClassPort},
	OpOutput:    {Name: "out", NIR: "Output", Class: ClassPort},
	OpBias:      {Name: "one", Class: ClassSource, Spikes: true},
	OpDense:     {Name: "dense", NIR: "Linear", Class: ClassMap, Params: join(firstOnly(PWeight, Weights), biasSpec)},
	OpSparse:    {Name: "sparse", Class: ClassMap, Params: join([]ParamSpec{{PIndptr, Index, true, 0}, {PIndices, Index, true, 0}, {PWeight, Synapses, true, 0}, {PDelaySteps, Synapses, false, 0}}, biasSpec)},
	OpConnect:   {Name: "connect", Class: ClassMap, Params: join(firstOnly(PWeight, Synapses), biasSpec)},
	OpConv1d:    {Name: "conv1d", NIR: "Conv1d", Class: ClassMap, Params: join(firstOnly(PWeight, Weights), biasSpec)},
	OpConv2d:    {Name: "conv2d", NIR: "Conv2d", Class: ClassMap, Params: join(firstOnly(PWeight, Weights), biasSpec)},
	OpScale:     {Name: "scale", NIR: "Scale", Class: ClassMap, Params: join(firstOnly(PScale, PerNeuron), biasSpec)},
	OpSumPool2d: {Name: "sumpool2d", NIR: "SumPool2d", Class: ClassMap},
	OpAvgPool2d: {Name: "avgpool2d", NIR: "AvgPool2d", Class: ClassMap},
	OpFlatten:   {Name: "flatten", NIR: "Flatten", Class: ClassMap},
	OpDelay:     {Name: "delay", NIR: "Delay", Class: ClassMap, Params: []ParamSpec{{PDelay, PerNeuron, false, 0}, {PDelaySteps, PerNeuron, false, 0}}},
	OpThreshold: {Name: "threshold", NIR: "Threshold", Class: ClassNeuron, Spikes: true, Params: firstOnly(PThreshold, PerNeuron)},
	OpI:         {Name: "i", NIR: "I", Class: ClassNeuron, Params: join(firstOnly(PR, PerNeuron), neuronCommon)},
	OpIF:        {Name: "if", NIR: "IF", Class: ClassNeuron, Spikes: true, Params: join(firstOnly(PR, PerNeuron), spikingCommon)},
	OpLI:        {Name: "li", NIR: "LI", Class: ClassNeuron, Params: join(leakSpec, neuronCommon)},
	OpLIF:       {Name: "lif", NIR: "LIF", Class: ClassNeuron, Spikes: true, Params: join(leakSpec, spikingCommon)},
	OpCubaLI:    {Name: "cubali", NIR: "CubaLI", Class: ClassNeuron, Params: join(cubaSpec, neuronCommon)},
	OpCubaLIF:   {Name: "cubalif", NIR: "CubaLIF", Class: ClassNeuron, Spikes: true, Params: join(cubaSpec, spikingCommon)},
	OpIntLIF: {Name: "intlif", Class: ClassNeuron, Spikes: true, Params: []ParamSpec{
		{PDecayU, PerNeuron, true, 0},
		{PDecayV, PerNeuron, true, 0},
		{PVThreshold, PerNeuron, true, 0},
		{PBias, PerNeuron, false, 0},
		{PV0, PerNeuron, false, 0},
		{PRefSteps, PerNeuron, false, 0},
	}},
	OpFixLIF: {Name: "fixlif", Class: ClassNeuron, Spikes: true, Params: []ParamSpec{
		{PTauSyn, PerNeuron, true, 0},
		{PTauMem, PerNeuron, true, 0},
		{PCMem, PerNeuron, true, 0},
		{PVLeak, PerNeuron, false, 0},
		{PVThreshold, PerNeuron, true, 0},
		{PBias, PerNeuron, false, 0},
		{PVReset, PerNeuron, false, 0},
		{PV0, PerNeuron, false, 0},
		{PRefSteps, PerNeuron, false, 0},
	}},
	OpGraph: {Name: "graph", NIR: "NIRGraph", Class: ClassGraph},
}

// Info returns the row of the op table.
func (o Op) Info() *OpInfo {
	if o >= numOps {
		return &opTable[OpInvalid]
	}
	return &opTable[o]
}

func (o Op) String() string { return o.Info().Name }

// IsMap tells whether the op is a linear map.
func (o Op) IsMap() bool { return o.Info().Class == ClassMap }

// IsNeuron tells whether the op is a population of neurons.
func (o Op) IsNeuron() bool { return o.Info().Class == ClassNeuron }

// Weighted tells whether the op multiplies by weights of its own.
func (o Op) Weighted() bool {
	switch o {
	case OpDense, OpSparse, OpConnect, OpConv1d, OpConv2d, OpScale:
		return true
	}
	return false
}

// IsInteger tells whether the op is a population that computes in a target's
// integers: what the quantize pass makes of one.
func (o Op) IsInteger() bool { return o == OpIntLIF || o == OpFixLIF }

// Spec returns what the table says of parameter k of this op, nil if the op
// has no such parameter.
func (o Op) Spec(k Param) *ParamSpec {
	ps := o.Info().Params
	for i := range ps {
		if ps[i].Key == k {
			return &ps[i]
		}
	}
	return nil
}

// OpByName returns the op with the given name in the text form, OpInvalid if
// there is none.
func OpByName(name string) Op {
	for o := OpInput; o < numOps; o++ {
		if opTable[o].Name == name {
			return o
		}
	}
	return OpInvalid
}

// OpByNIR returns the op of a NIR node type, OpInvalid if there is none.
func OpByNIR(nir string) Op {
	if nir == "Affine" {
		return OpDense
	}
	for o := OpInput; o < numOps; o++ {
		if opTable[o].NIR == nir && nir != "" {
			return o
		}
	}
	return OpInvalid
}
