package nir

import (
	"testing"

	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/internal/hdf5"
	"github.com/synfire/synfire/ir"
)

// Helpers that build NIR trees by hand, as exporters would.

func arr(name string, shape []int, x ...float64) *hdf5.Dataset {
	d := &hdf5.Dataset{Name: name, Kind: hdf5.Float, Bits: 64, Shape: shape}
	n := 1
	for _, s := range shape {
		n *= s
	}
	for i := range n {
		d.Floats = append(d.Floats, x[i%len(x)])
	}
	return d
}

func list(name string, x ...int) *hdf5.Dataset { return intData(name, x) }

func nodeOf(name, typ string, fields ...*hdf5.Dataset) *hdf5.Group {
	return &hdf5.Group{Name: name, Datasets: append([]*hdf5.Dataset{stringData("type", typ)}, fields...)}
}

func withMeta(g *hdf5.Group, entries ...*hdf5.Dataset) *hdf5.Group {
	g.Groups = append(g.Groups, &hdf5.Group{Name: "metadata", Datasets: entries})
	return g
}

// lif is a complete LIF population; gain 1 keeps the time step open.
func lif(name string, shape ...int) *hdf5.Group {
	return nodeOf(name, "LIF", arr("tau", shape, 0.02), arr("r", shape, 1), arr("v_leak", shape, 0),
		arr("v_threshold", shape, 1), arr("v_reset", shape, 0))
}

func linear(name string, out, in int) *hdf5.Group {
	return nodeOf(name, "Linear", arr("weight", []int{out, in}, 0.5, -0.25, 1))
}

func graphOf(name string, edges []string, nodes ...*hdf5.Group) *hdf5.Group {
	s := &sheet{edges: edges}
	return &hdf5.Group{
		Name: name, Groups: []*hdf5.Group{{Name: "nodes", Groups: nodes}},
		Datasets: []*hdf5.Dataset{stringData("type", graphType), s.edgeData()},
	}
}

// read encodes the tree of a file with the given outermost graph and reads it.
func read(t testing.TB, g *hdf5.Group) (*ir.Network, diag.List, error) {
	t.Helper()
	root := &hdf5.Group{Groups: []*hdf5.Group{g}, Datasets: []*hdf5.Dataset{stringData("version", "1.0.6")}}
	data, err := root.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if root, err = hdf5.Read(data); err != nil {
		t.Fatal(err)
	}
	return Read(root)
}
