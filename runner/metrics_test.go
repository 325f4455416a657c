package runner

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/synfire/synfire/frontend"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/ir"
)

// evalMetrics evaluates a network with metrics on one csv raster.
func evalMetrics(t *testing.T, net, raster string, widths ...Width) []EvalRow {
	t.Helper()
	r, _, err := Eval(t.Context(), &EvalRequest{
		Net: parse(t, net), Targets: []*Target{nil}, Widths: widths, Metrics: true,
		Inputs: []string{write(t, "in.csv", raster)}, Spikes: spike.Options{Form: spike.FormRaster},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r.Rows
}

// TestSynapticOperations counts by hand.
func TestSynapticOperations(t *testing.T) {
	const never = "{ tau 2ms, threshold 1000, reset zero, r 2, integrator euler }"
	for _, x := range []struct {
		name, net, raster string
		macs, acs, dense  float64
	}{
		{"the example of NeuroBench", `
  in   x [3]
  pop  a [3] lif ` + never + `
  proj x -> a dense [[1, 0, 2], [0, 3, 1], [4, 5, 1]]
  out  a`, "1,1,0\n", 0, 4, 9},
		{"all of the steps", `
  in   x [3]
  pop  a [2] lif ` + never + `
  proj x -> a dense [[1, 0, 2], [0, 3, 1]]
  out  a`, "1,0,0\n0,0,1\n0,0,0\n1,1,1\n", 0, 1 + 2 + 0 + 4, 24},
		{"no bias", `
  in   x [2]
  pop  a [1] lif ` + never + `
  proj x -> a dense [[1, 2]] { bias [3] }
  out  a`, "1,0\n0,0\n", 0, 1, 4},
		{"a convolution at its borders", `
  in   x [1, 3, 3]
  pop  a [1, 3, 3] lif ` + never + `
  proj x -> a conv2d fill [1, 1, 3, 3] 0.5 { padding 1 }
  out  a`, "1,0,0,0,1,0,0,0,0\n", 0, 4 + 9, 4*4 + 4*6 + 9},
		{"two spikes in a pool are one number", `
  in   x [1, 2, 4]
  map  pool [1, 2, 4] -> [1, 1, 2] sumpool2d { kernel 2 }
  map  flat [1, 1, 2] -> [2] flatten
  pop  a [3] lif ` + never + `
  edge x -> pool
  edge pool -> flat
  proj flat -> a dense [[1, 1], [0, 1], [1, 1]]
  out  a`, "1,1,0,0,0,0,0,0\n0,0,0,1,0,0,0,0\n1,0,0,1,0,0,0,0\n", 2, 3 + 5, 18},
		{"a spike that arrives too late", `
  in   x [2]
  pop  a [1] lif ` + never + `
  proj x -> a delay 2 dense [[1, 2]]
  out  a`, "1,1\n1,0\n1,1\n1,0\n", 0, 3, 8},
		{"feedback of the last step", `
  in   x [1]
  pop  a [2] lif { tau 2ms, threshold 1, reset zero, r 2, integrator euler }
  proj x -> a dense [[9], [9]]
  proj a -> a delay 1 dense [[1, 1], [1, 1]]
  out  a`, "1\n0\n1\n", 0, 4 + 4 + 4, 18},
		{"numbers from a leaky integrator", `
  in   x [1]
  pop  l [2] li { tau 2ms, r 2, integrator euler }
  pop  a [2] lif ` + never + `
  proj x -> l dense [[1], [1]]
  proj l -> a dense [[1, 0], [1, 1]]
  out  a`, "1\n0\n", 6, 2, 12},
	} {
		t.Run(x.name, func(t *testing.T) {
			got := evalMetrics(t, "network n {\n  dt 1ms"+x.net+"\n}", x.raster)[0].Metrics
			if want := (SynapticOperations{x.macs, x.acs, x.dense}); got.PerSample != want {
				t.Errorf("%+v, want %+v", got.PerSample, want)
			}
		})
	}
}

// TestFootprint adds up bytes and sparsities by hand.
func TestFootprint(t *testing.T) {
	rows := evalMetrics(t, `network n {
  dt 1ms
  in   x [3]
  pop  a [2] lif { tau 2ms, threshold [1, 2], reset zero, r 2, integrator euler }
  proj x -> a dense [[1, 0, 0], [0, 3, 0]] { bias [0.5, 0.5] }
  out  a
}`, "1,0,0\n0,0,0\n0,1,0\n0,0,0\n", Width{Bits: 3})
	float, three := rows[0].Metrics, rows[1].Metrics
	if float.Weights != 6 || float.ConnectionSparsity != 0.6667 || float.Footprint.Weights != 24 || float.Footprint.State != 8 {
		t.Errorf("in float %+v", float)
	}
	if three.Footprint.Weights != 3 { // 18 bits
		t.Errorf("at 3 bits %+v", three.Footprint)
	}
	for _, m := range []*Metrics{float, three} {
		if f := m.Footprint; f.Bytes != f.Weights+f.Parameters+f.State || f.Parameters != float.Footprint.Parameters {
			t.Errorf("%+v", f)
		}
	}
	// Neuron 0 has two steps of bias 0.5 and spikes with the input; neuron 1
	// needs its input.
	spikes := rows[0].Layers[0].Spikes
	if want := 1 - float64(spikes)/8; float.ActivationSparsity != want || spikes == 0 {
		t.Errorf("activation sparsity %g with %d spikes in 8 places", float.ActivationSparsity, spikes)
	}
}

// TestChipOperations checks that the time a spike travels on the chip does not
// count: a network that quantization leaves as it is has the same operations
// on the chip, whose weights are those of the image.
func TestChipOperations(t *testing.T) {
	net := parse(t, `network n {
  dt 1ms
  in   x [2]
  pop  a [2] lif { tau 2ms, threshold 1, reset zero, r 2, integrator euler }
  pop  b [2] lif { tau 2ms, threshold 1, reset zero, r 2, integrator euler }
  proj x -> a dense [[1.5, 0], [0, 1.5]]
  proj a -> b dense [[1.5, 0], [1.5, 1.5]]
  proj b -> a delay 2 dense [[1.5, 1.5], [0, 1.5]]
  out  b
}`)
	r, _, err := Eval(t.Context(), &EvalRequest{
		Net: net, Targets: []*Target{chip}, Metrics: true,
		Inputs: []string{write(t, "in.csv", "1,0\n0,0\n0,1\n0,0\n0,0\n1,0\n")}, Spikes: spike.Options{Form: spike.FormRaster},
	})
	if err != nil {
		t.Fatal(err)
	}
	float, loihi := r.Rows[0], r.Rows[1]
	if float.Layers[1].Spikes != loihi.Layers[1].Spikes || float.Metrics.PerSample.EffectiveACs == 0 {
		t.Fatalf("spikes %d and %d", float.Layers[1].Spikes, loihi.Layers[1].Spikes)
	}
	if d := cmp.Diff(float.Metrics, loihi.Metrics, cmpopts.IgnoreFields(Metrics{}, "Footprint")); d != "" {
		t.Error(d)
	}
}

// goldenMetrics are figures that were computed with NeuroBench's definitions on
// integer networks, for the first 1000 test samples (300 for the spoken
// digits). Their weights were rounded as passes.QuantizeWeights does it, but for
// 8 bits, where the maximum set the scale, and for the recurrent network, where
// one scale served both projections of the hidden neurons; that is what the
// tolerances are for. The spikes are those of integer states there and of
// float states here.
var goldenMetrics = []struct {
	net                             string
	bits                            int
	weights, packed                 int64
	connections, activations        float64
	acs, dense, acsStep, denseStep  float64
	sparsityTolerance, acsTolerance float64
}{
	{"lif_mnist", 8, 101632, 101632, 0.1419, 0.5881, 317442, 2540800, 12698, 101632, 2e-4, 2e-4},
	{"lif_mnist", 4, 101632, 50816, 0.2914, 0.5883, 266987, 2540800, 10680, 101632, 0, 1e-4},
	{"lif_mnist", 3, 101632, 38112, 0.4010, 0.5883, 225600, 2540800, 9024, 101632, 0, 1e-4},
	{"lifs_mnist", 8, 101632, 101632, 0.1361, 0.9671, 304328, 2540800, 12173, 101632, 2e-4, 2e-4},
	{"lifs_mnist", 4, 101632, 50816, 0.2988, 0.9665, 248956, 2540800, 9958, 101632, 0, 1e-4},
	{"lifs_mnist", 3, 101632, 38112, 0.4111, 0.9647, 205753, 2540800, 8230, 101632, 0, 1e-4},
	{"mlp_mnist_if", 8, 203264, 203264, 0.1603, 0.9160, 783932, 6504448, 24498, 203264, 2e-4, 2e-4},
	{"mlp_mnist_if", 4, 203264, 101632, 0.3259, 0.9158, 649108, 6504448, 20285, 203264, 0, 1e-4},
	{"mlp_mnist_if", 3, 203264, 76224, 0.4383, 0.9145, 539180, 6504448, 16849, 203264, 0, 1e-4},
	{"rlif_fsdd", 8, 25856, 25856, 0.0231, 0.9268, 97727, 1292800, 1954, 25856, 5e-3, 5e-3},
	{"rlif_fsdd", 4, 25856, 12928, 0.2054, 0.9268, 79453, 1292800, 1589, 25856, 5e-2, 5e-2},
	{"rlif_fsdd", 3, 25856, 9696, 0.3442, 0.9276, 65301, 1292800, 1306, 25856, 7e-2, 7e-2},
}

// goldenRequest asks for the samples of goldenMetrics.
func goldenRequest(t *testing.T, name string) *EvalRequest {
	t.Helper()
	net, _, err := frontend.Open(testenv.Shared(t, "nets/"+name+".nir"), frontend.Options{})
	if err != nil {
		t.Fatal(err)
	}
	q := &EvalRequest{Net: net, Targets: []*Target{nil}, Metrics: true}
	if name == "rlif_fsdd" {
		q.Inputs = []string{testenv.Shared(t, "data/fsdd/fsdd_spikes.npz")}
		q.Spikes = spike.Options{Subset: "test"}
		return q
	}
	q.Inputs = []string{testenv.Shared(t, "data/mnist/t10k-images-idx3-ubyte.gz")}
	q.Spikes = spike.Options{Encode: "if", Limit: 1000, Steps: 25}
	if name == "mlp_mnist_if" {
		q.Spikes.Steps = 32
	}
	return q
}

func TestGoldenMetrics(t *testing.T) {
	for i := 0; i < len(goldenMetrics); i += 3 {
		q := goldenRequest(t, goldenMetrics[i].net)
		q.Widths = []Width{{Bits: 8}, {Bits: 4}, {Bits: 3}}
		r, _, err := Eval(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for j, row := range r.Rows[1:] {
			t.Run(fmt.Sprintf("%s_q%v", q.Net.Name, row.Bits), func(t *testing.T) { compareGolden(t, i+j, row.Metrics) })
		}
	}
}

func compareGolden(t *testing.T, i int, m *Metrics) {
	x := &goldenMetrics[i]
	if m.Weights != x.weights || m.Footprint.Weights != x.packed {
		t.Errorf("%d weights in %d bytes, want %d in %d", m.Weights, m.Footprint.Weights, x.weights, x.packed)
	}
	if m.PerSample.Dense != x.dense || m.PerStep.Dense != x.denseStep || m.PerSample.EffectiveMACs != 0 {
		t.Errorf("%+v and %+v, want %g and %g dense operations", m.PerSample, m.PerStep, x.dense, x.denseStep)
	}
	if !near(m.ConnectionSparsity, x.connections, x.sparsityTolerance+1e-9) {
		t.Errorf("connection sparsity %.4f, want %.4f", m.ConnectionSparsity, x.connections)
	}
	if !near(m.ActivationSparsity, x.activations, 1.6e-4+x.acsTolerance/10) {
		t.Errorf("activation sparsity %.4f, want %.4f", m.ActivationSparsity, x.activations)
	}
	if !near(m.PerSample.EffectiveACs, x.acs, x.acs*x.acsTolerance) || !near(m.PerStep.EffectiveACs, x.acsStep, x.acsStep*x.acsTolerance+1) {
		t.Errorf("%.0f and %.0f effective ACs, want %.0f and %.0f", m.PerSample.EffectiveACs, m.PerStep.EffectiveACs, x.acs, x.acsStep)
	}
}

// TestGoldenFeedback puts the integer weights of the recurrent network in
// place, scaled by its thresholds: only whether a spike's feedback after the
// last step counts can then explain a difference of half a percent.
func TestGoldenFeedback(t *testing.T) {
	q := goldenRequest(t, "rlif_fsdd")
	z, err := npy.OpenNPZ(testenv.Shared(t, "golden/quant/golden_rlif_fsdd_q8.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	load := func(name string) *npy.Array {
		a, err := z.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, x := range []struct{ node, weights, thresholds string }{{"fc_in", "q1", "th1"}, {"fc_rec", "qr", "th1"}, {"fc_out", "q2", "th2"}} {
		id := q.Net.Lookup(x.node)
		if id == ir.NoNode {
			t.Fatalf("no node %s", x.node)
		}
		w, th := load(x.weights), load(x.thresholds)
		values := make([]float64, len(w.Ints))
		for i, v := range w.Ints {
			values[i] = float64(v) * 64 / float64(th.Ints[i/w.Shape[1]])
		}
		q.Net.Node(id).Set(ir.PWeight, ir.Floats(ir.Shape{w.Shape[0], w.Shape[1]}, values))
	}
	r, _, err := Eval(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	m := r.Rows[0].Metrics
	if m.ConnectionSparsity != 0.0231 || !near(m.PerSample.EffectiveACs, 97727, 100) {
		t.Errorf("connection sparsity %.4f, %.0f effective ACs; want 0.0231, 97727", m.ConnectionSparsity, m.PerSample.EffectiveACs)
	}
}
