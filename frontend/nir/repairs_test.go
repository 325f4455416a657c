package nir

import (
	"slices"
	"strings"
	"testing"

	"github.com/synfire/synfire/internal/hdf5"
	"github.com/synfire/synfire/ir"
)

var chain = []string{"input", "fc", "fc", "lif", "lif", "output"}

// simple is input [3] -> fc -> lif [2] -> output, with parts replaced.
func simple(edges []string, replace ...*hdf5.Group) *hdf5.Group {
	nodes := []*hdf5.Group{
		nodeOf("input", "Input", list("shape", 3)), linear("fc", 2, 3),
		lif("lif", 2), nodeOf("output", "Output", list("shape", 2)),
	}
	for _, r := range replace {
		i := slices.IndexFunc(nodes, func(g *hdf5.Group) bool { return g.Name == r.Name })
		if i < 0 {
			nodes = append(nodes, r)
		} else {
			nodes[i] = r
		}
	}
	return graphOf("node", edges, nodes...)
}

// without removes nodes or datasets by name.
func without(g *hdf5.Group, names ...string) *hdf5.Group {
	g.Datasets = slices.DeleteFunc(g.Datasets, func(d *hdf5.Dataset) bool { return slices.Contains(names, d.Name) })
	for _, sub := range g.Groups {
		sub.Groups = slices.DeleteFunc(sub.Groups, func(c *hdf5.Group) bool { return slices.Contains(names, c.Name) })
	}
	return g
}

func conv2d(fields ...*hdf5.Dataset) *hdf5.Group {
	g := nodeOf("conv", "Conv2d", arr("weight", []int{4, 2, 3, 3}, 1, 2), arr("bias", []int{4}, 0),
		list("input_shape", 6, 6), list("stride", 1, 1), list("padding", 1, 1), list("dilation", 1, 1), intScalar("groups", 1))
	for _, f := range fields {
		g = without(g, f.Name)
		g.Datasets = append(g.Datasets, f)
	}
	return g
}

func convNet(conv *hdf5.Group, in *hdf5.Group, rest ...*hdf5.Group) *hdf5.Group {
	return graphOf("node", []string{"input", "conv", "conv", "output"}, append(rest, in, conv, nodeOf("output", "Output", list("shape", 4, 6, 6)))...)
}

func flatNet(flat *hdf5.Group) *hdf5.Group {
	return graphOf("node", []string{"input", "flat", "flat", "fc", "fc", "output"},
		nodeOf("input", "Input", list("shape", 2, 3, 3)), flat, linear("fc", 5, 18), nodeOf("output", "Output", list("shape", 5)))
}

// TestRepairs checks sloppy trees: the codes that are given beside N0121 (no
// time step), the text that one of them must hold, and a property of the
// result. Codes that begin with E mean that there is no result.
func TestRepairs(t *testing.T) {
	input := nodeOf("input", "Input", list("shape", 2, 6, 6))
	tests := []struct {
		name  string
		tree  *hdf5.Group
		codes []string
		text  string
		check func(*ir.Network) bool
	}{
		{name: "clean", tree: simple(chain)},
		{
			"no v_reset", simple(chain, without(lif("lif", 2), "v_reset")),
			[]string{noteReset},
			"0 is assumed", func(n *ir.Network) bool { return n.Node(n.Lookup("lif")).Has(ir.PVReset) },
		},
		{
			"scalar population", simple(chain, lif("lif")),
			[]string{noteScalar},
			"tau, r, v_leak, v_threshold, v_reset", func(n *ir.Network) bool { return n.Node(n.Lookup("lif")).Out.Equal(ir.Shape{2}) },
		},
		{
			"one value for many", simple(chain, lif("lif", 1)),
			[]string{noteScalar},
			"all neurons of [2]", nil,
		},
		{
			"a scalar among arrays", simple(chain, func() *hdf5.Group {
				g := without(lif("lif", 2), "tau")
				g.Datasets = append(g.Datasets, arr("tau", nil, 0.5))
				return g
			}()),
			[]string{noteScalar},
			"one value of tau stands", nil,
		},
		{
			"scalar between ports only",
			graphOf("node", []string{"input", "lif", "lif", "output"}, nodeOf("input", "Input", list("shape", 9)), lif("lif"), nodeOf("output", "Output", list("shape", 9))),
			[]string{noteScalar},
			"[9]", nil,
		},
		{
			"nobody knows the shape", graphOf("node", []string{"a", "b"}, lif("a"), lif("b")),
			[]string{errUnknown, notePort},
			"neither the node nor its neighbours", nil,
		},
		{
			"batched input", simple(chain, nodeOf("input", "Input", list("shape", 256, 3))),
			[]string{noteAxes},
			"[256, 3]", func(n *ir.Network) bool { return n.Node(n.Lookup("input")).Out.Equal(ir.Shape{3}) },
		},
		{
			"batched population", simple(chain, lif("lif", 1, 2)),
			[]string{noteAxes},
			"left out", nil,
		},
		{
			"wrong input", simple(chain, nodeOf("input", "Input", list("shape", 4))),
			[]string{errMismatch},
			"the shape is [4], but the connected nodes have [3]", nil,
		},
		{
			"transposed input", simple(chain, nodeOf("input", "Input", list("shape", 3, 256))),
			[]string{errMismatch},
			"[3, 256]", nil,
		},
		{
			"wrong population", simple(chain, lif("lif", 5)),
			[]string{errMismatch},
			"make it [2]", nil,
		},
		{
			"no ports", graphOf("node", []string{"fc", "lif"}, linear("fc", 2, 3), lif("lif", 2)),
			[]string{notePort, noteShape},
			"", func(n *ir.Network) bool { return len(n.Nodes) == 4 && len(n.Edges) == 3 },
		},
		{
			"two sources, no input", without(simple([]string{"fc", "lif", "fc2", "lif", "lif", "output"}, linear("fc2", 2, 3)), "input"),
			[]string{errPorts},
			`2 nodes have no predecessor: ["fc" "fc2"]`, nil,
		},
		{
			"twice", simple(append([]string{"fc", "lif"}, chain...)),
			[]string{noteTwice},
			"counts once", func(n *ir.Network) bool { return len(n.Edges) == 3 },
		},
		{
			"similar name", simple([]string{"input", "fc", "fc", "li", "li", "output"}),
			[]string{noteName},
			`read as "lif"`, nil,
		},
		{
			"two similar names", simple([]string{"input", "fc", "fc", "li", "li", "output"}, lif("lif2", 2)),
			[]string{errName},
			"not a node", nil,
		},
		{
			"unlike name", simple([]string{"input", "fc", "fc", "cell", "cell", "output"}),
			[]string{errName},
			"not a node", nil,
		},
		{
			"input in the middle only", simple(append([]string{"lif", "input"}, chain...)),
			[]string{errPorts},
			"lies in its middle", nil,
		},
		{"no input shape", convNet(without(conv2d(), "input_shape"), input), []string{noteConvInput}, "[6, 6]", nil},
		{
			"batched image", convNet(without(conv2d(), "input_shape"), nodeOf("input", "Input", list("shape", 7, 2, 6, 6))),
			[]string{noteConvInput, noteAxes},
			"", nil,
		},
		{"input shape with channels", convNet(conv2d(list("input_shape", 2, 6, 6)), input), []string{noteAxes}, "channels", nil},
		{"scalar attributes", convNet(conv2d(intScalar("stride", 1), intScalar("padding", 1)), input), nil, "", nil},
		{"same", convNet(conv2d(stringData("padding", "same")), input), nil, "", nil},
		{"same with stride", convNet(conv2d(stringData("padding", "same"), intScalar("stride", 2)), input), []string{errValue}, "stride of 2", nil},
		{"full", convNet(conv2d(stringData("padding", "full")), input), []string{errValue}, `unknown padding "full"`, nil},
		{"three strides", convNet(conv2d(list("stride", 1, 1, 1)), input), []string{errShape}, "3 values", nil},
		{"no stride", convNet(conv2d(list("stride", 0, 1)), input), []string{errValue}, "at least 1", nil},
		{"groups", convNet(conv2d(intScalar("groups", 3)), input), []string{errValue}, "divide", nil},
		{"channels", convNet(conv2d(), nodeOf("input", "Input", list("shape", 3, 6, 6))), []string{errMismatch}, "", nil},
		{"kernel beyond", convNet(conv2d(list("dilation", 9, 9)), input), []string{errMismatch}, "larger than the padded input", nil},
		{
			"flatten with the default axis", flatNet(nodeOf("flat", "Flatten", intScalar("start_dim", 1), intScalar("end_dim", -1), list("input_type", 2, 3, 3))),
			[]string{noteFlatAxes},
			"only so does the next node fit", nil,
		},
		{
			"flatten with a batch axis", flatNet(nodeOf("flat", "Flatten", intScalar("start_dim", 1), intScalar("end_dim", 3), list("input_type", 1, 2, 3, 3))),
			[]string{noteAxes, noteFlatAxes},
			"one axis more", nil,
		},
		{
			"flatten without input_type", flatNet(nodeOf("flat", "Flatten", intScalar("start_dim", 0), intScalar("end_dim", -1))),
			[]string{noteFlatInput},
			"[2, 3, 3]", nil,
		},
		{
			"flatten of another shape", flatNet(nodeOf("flat", "Flatten", intScalar("start_dim", 0), intScalar("end_dim", -1), list("input_type", 2, 9))),
			[]string{errMismatch},
			"[2, 9]", nil,
		},
		{"unknown type", simple(chain, nodeOf("lif", "Alif")), []string{errType}, `"Alif"`, nil},
		{"unknown field", simple(chain, nodeOf("fc", "Linear", arr("weight", []int{2, 3}, 1), arr("gain", nil, 1))), []string{errField}, "no field gain", nil},
		{"missing field", simple(chain, without(lif("lif", 2), "tau")), []string{errMissing}, "tau is missing", nil},
		{"text for numbers", simple(chain, nodeOf("fc", "Linear", stringData("weight", "big"))), []string{errKind}, "must be numbers", nil},
		{"weights not finite", simple(chain, nodeOf("fc", "Linear", arr("weight", []int{2, 3}, nan()))), []string{errValue}, "NaN", nil},
		{"stack of matrices", simple(chain, nodeOf("fc", "Linear", arr("weight", []int{2, 2, 3}, 1))), []string{errShape}, "must be a matrix", nil},
		{"matrix in brackets", simple(chain, nodeOf("fc", "Linear", arr("weight", []int{1, 2, 3}, 1))), []string{noteAxes}, "", nil},
		{"bias of another size", simple(chain, nodeOf("fc", "Affine", arr("weight", []int{2, 3}, 1), arr("bias", []int{3}, 1))), []string{errShape}, "2 outputs", nil},
		{"scalar bias", simple(chain, nodeOf("fc", "Affine", arr("weight", []int{2, 3}, 1), arr("bias", nil, 1))), []string{noteScalar}, "", nil},
		{"shape in floats", simple(chain, nodeOf("input", "Input", arr("shape", []int{1}, 3))), []string{errKind}, "must be integers", nil},
		{"shape of zeros", simple(chain, nodeOf("input", "Input", list("shape", 0))), []string{noteShape}, "[3]", nil},
		{"shape of a matrix", simple(chain, nodeOf("input", "Input", &hdf5.Dataset{Name: "shape", Kind: hdf5.Int, Shape: []int{1, 1}, Ints: []int64{3}})), []string{errShape}, "one integer or a list", nil},
		{"type of two words", simple(chain, &hdf5.Group{Name: "fc", Datasets: []*hdf5.Dataset{{Name: "type", Kind: hdf5.String, Shape: []int{2}, Strings: []string{"a", "b"}}}}), []string{errKind}, "one string", nil},
		{"edges of numbers", func() *hdf5.Group {
			g := without(simple(chain), "edges")
			g.Datasets = append(g.Datasets, arr("edges", []int{1, 2}, 0, 1))
			return g
		}(), []string{errKind}, "strings of shape [E, 2]", nil},
		{"time constant of 0", simple(chain, nodeOf("lif", "LI", arr("tau", []int{2}, 0), arr("r", []int{2}, 1), arr("v_leak", []int{2}, 0))), []string{errValue}, "must be positive", nil},
		{"negative delay", simple(chain, nodeOf("lif", "Delay", arr("delay", []int{2}, -1))), []string{errValue}, "must not be negative", nil},
		{"unfilled input shape", convNet(conv2d(list("input_shape", 0, 0)), input), []string{noteConvInput}, "[6, 6]", nil},
		{
			"inner graph with two inputs", simple(chain, graphOf("lif", []string{"i", "o", "j", "o"},
				nodeOf("i", "Input", list("shape", 2)), nodeOf("j", "Input", list("shape", 2)), nodeOf("o", "Output", list("shape", 2)))),
			[]string{errPorts},
			"2 Input nodes is ambiguous", nil,
		},
		{
			"inner graph without ports", simple(chain, graphOf("lif", []string{"a", "b"}, lif("a", 2), lif("b"))),
			[]string{notePort, noteShape, noteScalar},
			"", func(n *ir.Network) bool { return n.Node(n.Lookup("lif")).In.Equal(ir.Shape{2}) },
		},
		{
			"two time steps", simple([]string{"input", "fc", "fc", "lif", "lif", "lif2", "lif2", "output"},
				withMeta(lif("lif", 2), arr("dt", nil, 1e-3)), withMeta(lif("lif2", 2), arr("dt", nil, 1e-4))),
			[]string{noteDT, errDT},
			"dt = 0.0001 s, but", nil,
		},
		{
			"odd reset", simple(chain, withMeta(lif("lif", 2), stringData("reset", "soft"))),
			[]string{noteMetaOdd},
			"reset = soft is not understood", func(n *ir.Network) bool { return len(n.Node(n.Lookup("lif")).Meta) == 1 },
		},
		{
			"slash in a name", simple(chain, &hdf5.Group{Name: "a", Groups: []*hdf5.Group{lif("b", 2)}}),
			[]string{errMissing},
			"no type", nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, diags, err := read(t, tt.tree)
			got := slices.DeleteFunc(codes(diags), func(c string) bool { return c == noteDTUnknown })
			want := slices.Compact(slices.Sorted(slices.Values(tt.codes)))
			if !slices.Equal(got, want) {
				t.Fatalf("codes %q, want %q\n%v", got, want, diags)
			}
			fails := slices.ContainsFunc(tt.codes, func(c string) bool { return c[0] == 'E' })
			if (err != nil) != fails || (n == nil) != fails {
				t.Fatalf("error %v", err)
			}
			said := false
			for i := range diags {
				said = said || strings.Contains(diags[i].Msg, tt.text)
			}
			if !said && tt.text != "" {
				t.Errorf("nothing says %q: %v", tt.text, diags)
			}
			if n == nil {
				return
			}
			if broken := ir.Verify(n); len(broken) > 0 {
				t.Errorf("verifier: %v", broken)
			}
			if tt.check != nil && !tt.check(n) {
				t.Errorf("unexpected network %+v", n)
			}
			testRoundTrip(t, n)
		})
	}
}

func TestNotNetworks(t *testing.T) {
	tests := []struct {
		name, text string
		root       *hdf5.Group
	}{
		{"no node", "not a NIR network", &hdf5.Group{Datasets: []*hdf5.Dataset{arr("x", nil, 1)}}},
		{"data", "NIRData", &hdf5.Group{Attrs: []*hdf5.Dataset{stringData("__type__", "NIRGraphData")}}},
		{"bare node", "must be a NIRGraph", &hdf5.Group{Groups: []*hdf5.Group{func() *hdf5.Group { g := lif("node", 1); return g }()}}},
	}
	for _, tt := range tests {
		_, diags, err := Read(tt.root)
		if err == nil || !strings.Contains(err.Error(), tt.text) || diags[len(diags)-1].Hint == "" && diags[0].Hint == "" {
			t.Errorf("%s: error %v, want %q and a hint", tt.name, err, tt.text)
		}
	}
}
