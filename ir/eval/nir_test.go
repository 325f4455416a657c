package eval

import (
	"context"
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/synfire/synfire/internal/hdf5"
	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/ir"
)

const (
	idInput ir.NodeID = iota
	idFC
	idRec
	idLIF
)

// TestBraille compares layer 1 of a recurrent network with the spikes that
// five frameworks published: conformance data folder, golden/nir/braille. The
// attributes are those of specs/nir.md section 3.2.
func TestBraille(t *testing.T) {
	const zero, subtract = "braille_noDelay_bias_zero", "braille_noDelay_noBias_subtract"
	tests := []struct {
		golden, file string
		reset        ir.Reset
		afterMap     bool // the delay of the recurrence follows its map, so its bias is missing in step 0
		int8         bool
	}{
		{"snntorch_noDelay_bias_zero_lag0", zero, ir.ResetZero, false, false},
		{"snntorch_noDelay_noBias_subtract_lag0", subtract, ir.ResetSubtractDelayed, false, false},
		{"norse_noDelay_bias_zero_lag0", zero, ir.ResetZero, true, false},
		{"spyx_noDelay_bias_zero_lag1", zero, ir.ResetSubtract, false, false},
		{"s2_noDelay_noBias_subtract_lag1", subtract, ir.ResetSubtract, false, true},
	}
	for _, test := range tests {
		t.Run(test.golden, func(t *testing.T) {
			n := braille(t, readNIR(t, "golden/nir/braille/"+test.file+".nir"), test.reset, test.afterMap)
			if test.int8 {
				truncateWeights(n)
			}
			in := readRaster(t, "golden/nir/braille/ds_test_0_input_recovered_256x12.npy")
			opt := Options{Steps: in.Steps, Probes: []Probe{{idLIF, Spikes}}}
			res, err := Run(context.Background(), mustCompile(t, n), Stimulus{{Raster: in}}, opt)
			if err != nil {
				t.Fatal(err)
			}
			// The files hold the spikes in the network's own time.
			wantRaster(t, res.Recordings[0].Raster, readRaster(t, "golden/nir/braille/golden_"+test.golden+".npy"))
		})
	}
}

// braille builds layer 1: input, fc1, w_rec and the population.
func braille(t *testing.T, file *hdf5.Group, reset ir.Reset, afterMap bool) *ir.Network {
	fc, rec, lif := nirNode(t, file, "fc1"), nirNode(t, file, "lif1.w_rec"), nirNode(t, file, "lif1.lif")
	size := fc.Dataset("weight").Shape
	n := network(
		node1(ir.OpInput, size[1], size[1]), node1(ir.OpDense, size[1], size[0]),
		node1(ir.OpDense, size[0], size[0]), node1(ir.OpCubaLIF, size[0], size[0]),
	)
	n.DT = 1e-4
	setField(t, n.Node(idFC), fc)
	setField(t, n.Node(idRec), rec)
	setField(t, n.Node(idLIF), lif)
	n.Node(idLIF).Neuron = ir.Neuron{Integrator: ir.Euler, Reset: reset, Compare: ir.Greater, Current: ir.CurrentNew}
	before, after := int32(1), int32(0)
	if afterMap {
		before, after = 0, 1
	}
	n.Connect(idInput, idFC, 0)
	n.Connect(idLIF, idRec, before)
	n.Connect(idFC, idLIF, 0)
	n.Connect(idRec, idLIF, after)
	return n
}

// truncateWeights rounds the weights toward zero to multiples of max/127.
func truncateWeights(n *ir.Network) {
	largest := 0.0
	for _, id := range []ir.NodeID{idFC, idRec} {
		lo, hi := n.Node(id).P(ir.PWeight).Range()
		largest = max(largest, -lo, hi)
	}
	for _, id := range []ir.NodeID{idFC, idRec} {
		w := n.Node(id).P(ir.PWeight)
		n.Node(id).Set(ir.PWeight, w.Map(func(x float64) float64 { return math.Trunc(x*127/largest) * largest / 127 }))
	}
}

// TestTraces compares potentials and spikes of a single neuron with those
// that two frameworks published: conformance data folder, golden/nir/lif.
func TestTraces(t *testing.T) {
	tests := []struct {
		csv              string
		integrator       ir.Integrator
		scale, tolerance float64
	}{
		{"lif_norse.csv", ir.Euler, 1, 1e-6},
		{"lif_snntorch.csv", ir.Euler, 25, 1e-5},
	}
	for _, test := range tests {
		t.Run(test.csv, func(t *testing.T) {
			rows := readCSV(t, "golden/nir/lif/"+test.csv)
			lif := node1(ir.OpLIF, 1, 1)
			setField(t, &lif, nirNode(t, readNIR(t, "golden/nir/lif/lif_norse.nir"), "1"))
			lif.Neuron = ir.Neuron{Integrator: test.integrator, Reset: ir.ResetZero, Compare: ir.Greater}
			n := chain(node1(ir.OpInput, 1, 1), lif)
			n.DT = 1e-4
			in := make([][]float64, len(rows))
			for i := range rows {
				in[i] = rows[i][:1]
			}
			opt := Options{Steps: len(rows), Probes: []Probe{{1, Spikes}, {1, Potential}}}
			res, err := Run(context.Background(), mustCompile(t, n), Stimulus{{Rows: in}}, opt)
			if err != nil {
				t.Fatal(err)
			}
			spikes, v := res.Recordings[0].Raster, res.Recordings[1].Trace
			for i, row := range rows {
				if spikes.Get(i, 0) != (row[2] != 0) {
					t.Fatalf("step %d: spike %v, want %v", i, spikes.Get(i, 0), row[2])
				}
				if want := row[1] / test.scale; math.Abs(v[i][0]-want) > test.tolerance {
					t.Fatalf("step %d: v = %g, want %g", i, v[i][0], want)
				}
			}
			if spikes.Count() == 0 {
				t.Error("no spikes, so the reset was not tested")
			}
		})
	}
}

func readCSV(t *testing.T, rel string) [][]float64 {
	t.Helper()
	f, err := os.Open(testenv.Shared(t, rel))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := make([][]float64, len(records))
	for i, rec := range records {
		for _, field := range rec {
			x, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatal(err)
			}
			rows[i] = append(rows[i], x)
		}
	}
	return rows
}
