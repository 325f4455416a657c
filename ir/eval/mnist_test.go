package eval

import (
	"context"
	"testing"

	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/ir"
)

const (
	mnistSteps, mnistDigits = 25, 20
	idHidden, idDigit       = ir.NodeID(2), ir.NodeID(4)
)

// mnist builds the network lifs_mnist of the conformance data folder: 784,
// 128 and 10 neurons.
func mnist(t testing.TB) *ir.Network {
	file := readNIR(t, "nets/lifs_mnist.nir")
	n := chain(
		node1(ir.OpInput, 784, 784),
		node1(ir.OpDense, 784, 128), node1(ir.OpLIF, 128, 128),
		node1(ir.OpDense, 128, 10), node1(ir.OpLIF, 10, 10),
	)
	for id, name := range []string{1: "fc1", 2: "lif1", 3: "fc2", 4: "lif2"} {
		if name == "" {
			continue
		}
		node := n.Node(ir.NodeID(id))
		setField(t, node, nirNode(t, file, name))
		if node.Op == ir.OpLIF {
			node.Neuron = ir.Neuron{Integrator: ir.Euler, Reset: ir.ResetValue, Compare: ir.Greater}
		}
	}
	return n
}

// mnistRaster reads one array of the reference (steps x digits x packed
// channels, first channel in the lowest bit) as one raster per digit.
func mnistRaster(t testing.TB, name string, channels int) []*spike.Raster {
	t.Helper()
	z, err := npy.OpenNPZ(testenv.Shared(t, "golden/quant/lifs_mnist_ref.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	a, err := z.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	rasters := make([]*spike.Raster, mnistDigits)
	for k := range rasters {
		r, err := spike.New(mnistSteps, channels)
		if err != nil {
			t.Fatal(err)
		}
		for step := range mnistSteps {
			row := a.Bytes[(step*mnistDigits+k)*a.Shape[2]:]
			for i := range channels {
				if mnistBit(row, i, a.Shape[2] == channels) {
					r.Set(step, i)
				}
			}
		}
		rasters[k] = r
	}
	return rasters
}

func mnistBit(row []byte, i int, bytewise bool) bool {
	if bytewise {
		return row[i] != 0
	}
	return row[i/8]>>(i%8)&1 == 1
}

// TestMNIST compares all spikes of 20 digits with a float64 reference. It
// sums in another order, which can flip a spike only where a potential comes
// within 1e-6 of the threshold; it does not for these digits.
func TestMNIST(t *testing.T) {
	p := mustCompile(t, mnist(t))
	in := mnistRaster(t, "raster_in", 784)
	hidden, digit := mnistRaster(t, "raster_hidden", 128), mnistRaster(t, "raster_out", 10)
	opt := Options{Steps: mnistSteps, Probes: []Probe{{idHidden, Spikes}, {idDigit, Spikes}}}
	seen := 0
	err := RunBatch(context.Background(), p, mnistDigits, 2, opt,
		func(k int, to Stimulus) error {
			to[0].Raster = in[k]
			return nil
		},
		func(k int, res *Result) error {
			if k != seen {
				t.Fatalf("result %d arrived as number %d", k, seen)
			}
			seen++
			wantRaster(t, res.Recordings[0].Raster, hidden[k])
			wantRaster(t, res.Recordings[1].Raster, digit[k])
			return nil
		})
	if err != nil || seen != mnistDigits {
		t.Fatalf("%d results, error %v", seen, err)
	}
}

// BenchmarkMNIST times one digit: 25 steps, about 2600 input spikes onto 128
// neurons.
func BenchmarkMNIST(b *testing.B) {
	p := mustCompile(b, mnist(b))
	in := mnistRaster(b, "raster_in", 784)
	s := p.NewState()
	opt := Options{Steps: mnistSteps, Probes: []Probe{{idDigit, Spikes}}}
	events, k := 0, 0
	for b.Loop() {
		if _, err := s.run(context.Background(), Stimulus{{Raster: in[k%len(in)]}}, opt, 0); err != nil {
			b.Fatal(err)
		}
		events += in[k%len(in)].Count()
		k++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
}

// TestStepDoesNotAllocate checks the hot loop.
func TestStepDoesNotAllocate(t *testing.T) {
	s := mustCompile(t, mnist(t)).NewState()
	row := make([]float64, 784)
	row[3], row[500] = 1, 0.5
	in := [][]float64{row}
	if n := testing.AllocsPerRun(20, func() {
		if err := s.Step(in); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("a step allocates %v times", n)
	}
}
