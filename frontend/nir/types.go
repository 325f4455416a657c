package nir

import "github.com/synfire/synfire/ir"

// nodeType is one row of the table of NIR node types: parameters are arrays
// of numbers, attrs are the integers and strings of maps and ports.
type nodeType struct {
	name   string
	op     ir.Op
	params []ir.Param
	attrs  []string
}

var (
	convAttrs = []string{"input_shape", "stride", "padding", "dilation", "groups"}
	poolAttrs = []string{"kernel_size", "stride", "padding"}
)

// nodeTypes lists all node types but NIRGraph. Source: specs/nir.md 1.1.
var nodeTypes = []nodeType{
	{"Input", ir.OpInput, nil, []string{"shape"}},
	{"Output", ir.OpOutput, nil, []string{"shape"}},
	{"Affine", ir.OpDense, []ir.Param{ir.PWeight, ir.PBias}, nil},
	{"Linear", ir.OpDense, []ir.Param{ir.PWeight}, nil},
	{"Scale", ir.OpScale, []ir.Param{ir.PScale}, nil},
	{"Conv1d", ir.OpConv1d, []ir.Param{ir.PWeight, ir.PBias}, convAttrs},
	{"Conv2d", ir.OpConv2d, []ir.Param{ir.PWeight, ir.PBias}, convAttrs},
	{"SumPool2d", ir.OpSumPool2d, nil, poolAttrs},
	{"AvgPool2d", ir.OpAvgPool2d, nil, poolAttrs},
	{"Flatten", ir.OpFlatten, nil, []string{"start_dim", "end_dim", "input_type"}},
	{"Delay", ir.OpDelay, []ir.Param{ir.PDelay}, nil},
	{"Threshold", ir.OpThreshold, []ir.Param{ir.PThreshold}, nil},
	{"I", ir.OpI, []ir.Param{ir.PR}, nil},
	{"IF", ir.OpIF, []ir.Param{ir.PR, ir.PVThreshold, ir.PVReset}, nil},
	{"LI", ir.OpLI, []ir.Param{ir.PTau, ir.PR, ir.PVLeak}, nil},
	{"LIF", ir.OpLIF, []ir.Param{ir.PTau, ir.PR, ir.PVLeak, ir.PVThreshold, ir.PVReset}, nil},
	{"CubaLI", ir.OpCubaLI, []ir.Param{ir.PTauSyn, ir.PTauMem, ir.PR, ir.PVLeak, ir.PWIn}, nil},
	{"CubaLIF", ir.OpCubaLIF, []ir.Param{ir.PTauSyn, ir.PTauMem, ir.PR, ir.PVLeak, ir.PWIn, ir.PVThreshold, ir.PVReset}, nil},
}

const graphType = "NIRGraph"

func findType(name string) *nodeType {
	for i := range nodeTypes {
		if nodeTypes[i].name == name {
			return &nodeTypes[i]
		}
	}
	return nil
}

// typeFor returns the node type that writes an op, nil if there is none.
func typeFor(n *ir.Node) *nodeType {
	if n.Op == ir.OpDense && !n.Has(ir.PBias) {
		return findType("Linear")
	}
	for i := range nodeTypes {
		if nodeTypes[i].op == n.Op {
			return &nodeTypes[i]
		}
	}
	return nil
}

func typeNames() []string {
	names := make([]string, len(nodeTypes))
	for i := range nodeTypes {
		names[i] = nodeTypes[i].name
	}
	return append(names, graphType)
}

// fields returns the names of all datasets of the node type but "type".
func (t *nodeType) fields() []string {
	var names []string
	for _, p := range t.params {
		names = append(names, p.Info().NIR)
	}
	return append(names, t.attrs...)
}
