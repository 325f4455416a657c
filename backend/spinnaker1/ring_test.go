package spinnaker1_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/synfire/synfire/backend/spinnaker1"
	"github.com/synfire/synfire/internal/fixed"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/quantize"
)

// onePopulation returns x [sources] -> p [size] with random weights.
func onePopulation(t *testing.T, pop string, sources, size int, rng *rand.Rand) *ir.Network {
	t.Helper()
	n, err := ir.Parse("n", []byte("network n {\n dt 1ms\n in x [1]\n pop p [1] "+pop+"\n map w [1] -> [1] dense fill [1, 1] 0\n edge x -> w\n edge w -> p\n out p\n}"), ir.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	weights := make([]float64, size*sources)
	for i := range weights {
		weights[i] = rng.NormFloat64() * 0.3
	}
	in, out := ir.Shape{sources}, ir.Shape{size}
	for _, x := range []struct {
		name    string
		in, out ir.Shape
	}{{"x", in, in}, {"p", out, out}, {"w", in, out}, {"output", out, out}} {
		node := n.Node(n.Lookup(x.name))
		node.In, node.Out = x.in, x.out
		for i := range node.Params {
			if p := &node.Params[i]; p.Key != ir.PWeight {
				p.T = ir.Uniform(out, p.T.At(0))
			}
		}
	}
	n.Node(n.Lookup("w")).Set(ir.PWeight, ir.Floats(ir.Shape{size, sources}, weights))
	return n
}

// quantized compiles a network to integers.
func quantized(t *testing.T, n *ir.Network, opt passes.Options) *passes.State {
	t.Helper()
	opt.MaxUnderflow = 1
	s := &passes.State{Net: n, Target: spinnaker1.Target{}, Opt: opt}
	if err := passes.Run(context.Background(), s, passes.ToInteger, passes.Hooks{}); err != nil {
		t.Fatal(err)
	}
	return s
}

// drives runs a network and returns the inputs and potentials of population p.
func drives(t *testing.T, n *ir.Network, in *spike.Raster) (input, potential [][]float64) {
	t.Helper()
	prog, err := eval.Compile(n)
	if err != nil {
		t.Fatal(err)
	}
	id := n.Lookup("p")
	res, err := eval.Run(context.Background(), prog, eval.Stimulus{{Raster: in}}, eval.Options{Steps: in.Steps, Probes: []eval.Probe{{Node: id, What: eval.Drive}, {Node: id, What: eval.Potential}}})
	if err != nil {
		t.Fatal(err)
	}
	return res.Recordings[0].Trace, res.Recordings[1].Trace
}

func randomSpikes(t *testing.T, steps, n int, rate func(step int) float64, rng *rand.Rand) *spike.Raster {
	t.Helper()
	r, err := spike.New(steps, n)
	if err != nil {
		t.Fatal(err)
	}
	for s := range steps {
		for i := range n {
			if rng.Float64() < rate(s) {
				r.Set(s, i)
			}
		}
	}
	return r
}

// TestNothingWraps drives populations as hard as their inputs can, so that
// these saturate, and repeats the chip's arithmetic in numbers that cannot wrap.
func TestNothingWraps(t *testing.T) {
	for seed, pop := range []string{
		"lif { tau 16ms, threshold 1, reset zero }", "lif { tau 500ms, threshold 1, v_leak 0.5, reset zero }",
		"if { threshold 1, reset zero, v0 0.5 }", "cubalif { tau_syn 20ms, tau_mem 5ms, w_in 3, r 2, threshold 1, reset zero }",
	} {
		rng := rand.New(rand.NewPCG(uint64(seed), 11))
		n := onePopulation(t, pop, 50, 6, rng)
		w := n.Node(n.Lookup("w"))
		w.Set(ir.PWeight, w.P(ir.PWeight).Map(func(x float64) float64 { return 20 * x }))
		s := quantized(t, n, passes.Options{RingMax: 0.7})
		const steps = 2000
		in := randomSpikes(t, steps, 50, func(step int) float64 { return float64(step / 200 % 2) }, rng)
		input, potential := drives(t, s.Net, in)
		node := s.Net.Node(s.Net.Lookup("p"))
		saturated := 0
		for j := range node.Out.Size() {
			at := func(k ir.Param) int64 { return int64(node.P(k).IntAt(j)) }
			tau, r := int32(at(ir.PTauMem)), int64(fixed.Div(int32(at(ir.PTauMem)), int32(at(ir.PCMem))))
			keep := int64(fixed.Exp(-fixed.Div(fixed.One, tau)))
			syn := fixed.NewSynapse(&fixed.SynapseParams{Tau: int32(at(ir.PTauSyn)), Step: fixed.One}, 1)
			var exc, inh int64
			v := at(ir.PV0)
			for step := range steps {
				add := func(current *int64, x float64, shift int8) {
					if x > 65535 {
						x, saturated = 65535, saturated+1
					}
					y := int64(x) << shift
					if at(ir.PTauSyn) > 0 {
						y = y * int64(syn.Init) >> 32
					}
					*current += y
				}
				add(&exc, input[step][j], node.FixLIF.ShiftExc)
				add(&inh, input[step][node.Out.Size()+j], node.FixLIF.ShiftInh)
				alpha := (exc-inh+at(ir.PBias))*r>>15 + at(ir.PVLeak)
				v = alpha - keep*(alpha-v)>>15
				if max(alpha, -alpha, alpha-v, v-alpha) > math.MaxInt32 {
					t.Fatalf("%s: step %d: %d for a potential of %d", pop, step, alpha, v)
				}
				if v >= at(ir.PVThreshold) {
					v = 0
				}
				if float64(v) != potential[step][j] {
					t.Fatalf("%s: step %d, neuron %d: %d, the interpreter has %g", pop, step, j, v, potential[step][j])
				}
				exc, inh = exc*int64(syn.Decay)>>32, inh*int64(syn.Decay)>>32
				if at(ir.PTauSyn) == 0 {
					exc, inh = 0, 0
				}
			}
		}
		if saturated == 0 {
			t.Errorf("%s: no input saturated", pop)
		}
	}
}

// TestWorstNeverSaturates lets all sources spike at once.
func TestWorstNeverSaturates(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for _, sources := range []int{1, 3, 700} {
		n := onePopulation(t, "lif { tau 16ms, threshold 1, reset zero }", sources, 5, rng)
		s := quantized(t, n, passes.Options{})
		input, _ := drives(t, s.Net, randomSpikes(t, 1, sources, func(int) float64 { return 1 }, rng))
		most := 0.0
		for _, x := range input[0] {
			most = max(most, x)
		}
		if most > 65535 || most < 65535/2 && sources < 100 {
			t.Errorf("%d sources: the largest input is %g", sources, most)
		}
	}
}

// TestMeasuredInputs sizes the inputs by samples: what those show fits, with a
// margin, and no more.
func TestMeasuredInputs(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 3))
	const sources, steps, samples = 200, 30, 4
	n := onePopulation(t, "lif { tau 16ms, threshold 1, reset zero }", sources, 5, rng)
	var data []*spike.Raster
	for range samples {
		data = append(data, randomSpikes(t, steps, sources, func(int) float64 { return 0.05 }, rng))
	}
	cal := &passes.Calibration{Samples: samples, Steps: steps, Fill: func(k int, in eval.Stimulus) error {
		in[0].Raster = data[k]
		return nil
	}}
	worst, measured := quantized(t, n, passes.Options{}), quantized(t, n, passes.Options{Calibration: cal})
	rate := quantized(t, n, passes.Options{Calibration: cal, Ring: quantize.RingRate})
	for want, s := range map[string]*passes.State{"worst": worst, "measured": measured, "rate": rate} {
		if r := s.Report.Projections[0].Ring; r.Rule != want {
			t.Errorf("rule %s, want %s", r.Rule, want)
		}
	}
	most := 0.0
	for _, r := range data {
		input, _ := drives(t, measured.Net, r)
		for _, row := range input {
			for _, x := range row {
				most = max(most, x)
			}
		}
	}
	// A quarter of room, and units that differ by powers of two.
	if most > 65535/1.25*1.001 || most < 65535/1.25*0.999 {
		t.Errorf("the largest input of the samples is %g units of 65535", most)
	}
	if w, m := worst.Report.Projections[0].Ring, measured.Report.Projections[0].Ring; !(m.UnitExc < w.UnitExc/3) || !(m.Relative < w.Relative/3) {
		t.Errorf("units of %g and %g, errors of %g and %g: measuring gains little", w.UnitExc, m.UnitExc, w.Relative, m.Relative)
	}
}
