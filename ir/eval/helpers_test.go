package eval

import (
	"context"
	"strconv"
	"testing"

	"github.com/synfire/synfire/internal/hdf5"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/ir"
)

// network collects nodes for a test; add makes a node of one axis.
func network(nodes ...ir.Node) *ir.Network {
	n := &ir.Network{DT: 1e-3, Discrete: true}
	for i, node := range nodes {
		node.Name += strconv.Itoa(i)
		n.Add(node)
	}
	return n
}

// node returns a node of that many inputs and outputs.
func node1(op ir.Op, in, out int) ir.Node {
	return ir.Node{Name: op.String(), Op: op, In: ir.Shape{in}, Out: ir.Shape{out}}
}

func with(n ir.Node, k ir.Param, t ir.Tensor) ir.Node {
	n.Set(k, t)
	return n
}

// chain joins the nodes in their order, without delay.
func chain(nodes ...ir.Node) *ir.Network {
	n := network(nodes...)
	for i := range len(nodes) - 1 {
		n.Connect(ir.NodeID(i), ir.NodeID(i+1), 0)
	}
	return n
}

func mustCompile(t testing.TB, n *ir.Network) *Program {
	t.Helper()
	p, err := Compile(n)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// outputs runs a network of one input port and returns the output of a node
// in every step.
func outputs(t testing.TB, n *ir.Network, id ir.NodeID, rows [][]float64) [][]float64 {
	t.Helper()
	opt := Options{Steps: len(rows), Probes: []Probe{{id, Output}}}
	res, err := Run(context.Background(), mustCompile(t, n), Stimulus{{Rows: rows}}, opt)
	if err != nil {
		t.Fatal(err)
	}
	return res.Recordings[0].Trace
}

// column turns values over time into rows of one neuron.
func column(values ...float64) [][]float64 {
	rows := make([][]float64, len(values))
	for i := range values {
		rows[i] = values[i : i+1]
	}
	return rows
}

// first returns the first element of each row.
func first(rows [][]float64) []float64 {
	out := make([]float64, len(rows))
	for i := range rows {
		out[i] = rows[i][0]
	}
	return out
}

// nirNode returns the group of a node of a NIR file.
func nirNode(t testing.TB, file *hdf5.Group, name string) *hdf5.Group {
	t.Helper()
	g := file
	for _, part := range []string{"node", "nodes", name} {
		if g = g.Group(part); g == nil {
			t.Fatalf("the file has no node %q", name)
		}
	}
	return g
}

func readNIR(t testing.TB, rel string) *hdf5.Group {
	t.Helper()
	g, err := hdf5.ReadFile(testenv.Shared(t, rel))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// setField stores a field of a NIR node, if it is there.
func setField(t testing.TB, n *ir.Node, g *hdf5.Group) {
	t.Helper()
	for _, s := range n.Op.Info().Params {
		d := g.Dataset(s.Key.Info().NIR)
		if d == nil {
			continue
		}
		f, err := d.AsFloat64()
		if err != nil {
			t.Fatal(err)
		}
		n.Set(s.Key, ir.Floats(d.Shape, f))
	}
}

// rasterOf makes a raster of a matrix of bytes (steps x n).
func rasterOf(t testing.TB, a *npy.Array) *spike.Raster {
	t.Helper()
	r, err := spike.New(a.Shape[0], a.Shape[1])
	if err != nil {
		t.Fatal(err)
	}
	for k, b := range a.Bytes {
		if b != 0 {
			r.Set(k/r.N, k%r.N)
		}
	}
	return r
}

func readRaster(t testing.TB, rel string) *spike.Raster {
	t.Helper()
	a, err := npy.ReadFile(testenv.Shared(t, rel))
	if err != nil {
		t.Fatal(err)
	}
	return rasterOf(t, a)
}

// wantRaster compares spikes with a reference, step by step.
func wantRaster(t testing.TB, got, want *spike.Raster) {
	t.Helper()
	wrong, step, i, err := spike.Diff(got, want)
	if err != nil {
		t.Fatal(err)
	}
	if wrong != 0 {
		t.Errorf("%d of %d bits differ, the first in step %d, neuron %d", wrong, got.Steps*got.N, step, i)
	}
	if want.Count() == 0 {
		t.Error("the reference has no spikes, so it shows nothing")
	}
}
