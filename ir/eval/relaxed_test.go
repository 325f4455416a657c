package eval

import (
	"math"
	"strings"
	"testing"

	"github.com/synfire/synfire/ir"
	"pgregory.net/rapid"
)

// TestRelaxedNothing: a population that keeps all limits of its integers
// computes what the integers do.
func TestRelaxedNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := ir.IntLIF{
			DecayBits:   12,
			AccBits:     rapid.SampledFrom([]int8{0, 1, 8, 21}).Draw(t, "acc"),
			CurrentBits: rapid.SampledFrom([]int8{0, 8, 23}).Draw(t, "current"),
			VMin:        -rapid.Int64Range(0, 1<<26).Draw(t, "vmin"), VMax: rapid.Int64Range(0, 1<<26).Draw(t, "vmax"),
		}
		node := node1(ir.OpIntLIF, 1, 1)
		node.IntLIF = &m
		node.Neuron.Reset = rapid.SampledFrom([]ir.Reset{ir.ResetZero, ir.ResetSubtract}).Draw(t, "reset")
		node.Neuron.Compare = rapid.SampledFrom([]ir.Compare{ir.Greater, ir.GreaterEqual}).Draw(t, "compare")
		for k, x := range map[ir.Param]*rapid.Generator[int32]{
			ir.PDecayU: rapid.Int32Range(0, 4096), ir.PDecayV: rapid.Int32Range(0, 4096), ir.PVThreshold: rapid.Int32Range(-100, 1<<20),
			ir.PBias: rapid.Int32Range(-1<<16, 1<<16), ir.PV0: rapid.Int32Range(-1<<16, 1<<16), ir.PRefSteps: rapid.Int32Range(0, 3),
		} {
			node.Set(k, ir.UniformInt(node.Out, x.Draw(t, k.String())))
		}
		net := chain(node1(ir.OpInput, 1, 1), node)
		ints, err := Compile(net)
		if err != nil {
			t.Fatal(err)
		}
		relaxed, err := CompileChanged(net, &Changes{Populations: map[ir.NodeID]*Relaxed{1: {}}})
		if err != nil {
			t.Fatal(err)
		}
		a, b := ints.NewState(), relaxed.NewState()
		for step := range 20 {
			x := [][]float64{{float64(rapid.Int64Range(-1<<30, 1<<30).Draw(t, "x") >> rapid.IntRange(0, 30).Draw(t, "shift"))}}
			if err := a.Step(x); err != nil {
				t.Fatal(err)
			}
			if err := b.Step(x); err != nil {
				t.Fatal(err)
			}
			if a.Out(1)[0] != b.Out(1)[0] || a.U(1)[0] != b.U(1)[0] || a.V(1)[0] != b.V(1)[0] {
				t.Fatalf("step %d: spike %v, u %v, v %v; relaxed %v, %v, %v", step, a.Out(1)[0], a.U(1)[0], a.V(1)[0], b.Out(1)[0], b.U(1)[0], b.V(1)[0])
			}
		}
	})
}

// TestRelaxedAll: without any limit a population computes what the float model
// with the same coefficients does, 64 times as large.
func TestRelaxedAll(t *testing.T) {
	const unit = 64.0
	rapid.Check(t, func(t *rapid.T) {
		tau := rapid.SampledFrom([]float64{2e-3, 5e-3, 16e-3}).Draw(t, "tau")
		th := rapid.SampledFrom([]float64{0.5, 1, 1.7}).Draw(t, "threshold")
		vmin := rapid.SampledFrom([]float64{-0.5, math.Inf(-1)}).Draw(t, "vmin")
		ref := rapid.Int32Range(0, 2).Draw(t, "refractory")
		attr := ir.Neuron{
			Integrator: ir.Euler,
			Reset:      rapid.SampledFrom([]ir.Reset{ir.ResetZero, ir.ResetSubtract, ir.ResetSubtractDelayed, ir.ResetSubtractNext}).Draw(t, "reset"),
			Compare:    rapid.SampledFrom([]ir.Compare{ir.Greater, ir.GreaterEqual}).Draw(t, "compare"),
		}
		float := node1(ir.OpLIF, 1, 1)
		float.Neuron = attr
		float.Set(ir.PTau, ir.Uniform(float.Out, tau))
		float.Set(ir.PR, ir.Uniform(float.Out, tau/1e-3))
		float.Set(ir.PVThreshold, ir.Uniform(float.Out, th))
		float.Set(ir.PRefSteps, ir.UniformInt(float.Out, ref))
		rule := &Rule{Reset: attr.Reset, Refractory: []int64{int64(ref)}}
		if !math.IsInf(vmin, 0) {
			float.Set(ir.PVMin, ir.Uniform(float.Out, vmin))
			rule.VMin = []float64{vmin * unit}
		}
		ints := node1(ir.OpIntLIF, 1, 1)
		ints.IntLIF = &ir.IntLIF{DecayBits: 12, AccBits: 4, CurrentBits: 4, VMin: -5, VMax: 5}
		for _, k := range []ir.Param{ir.PDecayU, ir.PDecayV, ir.PVThreshold} {
			ints.Set(k, ir.UniformInt(ints.Out, 3))
		}
		c, err := float.Coefficients(1e-3)
		if err != nil {
			t.Fatal(err)
		}
		free := &Relaxed{
			KeepU: []float64{0}, KeepV: []float64{c.AM.At(0)}, Threshold: []float64{th * unit}, Compare: attr.Compare,
			Bias: []float64{0}, V0: []float64{0}, Reals: true, Unbounded: true, Rule: rule,
		}
		p, err := Compile(chain(node1(ir.OpInput, 1, 1), float))
		if err != nil {
			t.Fatal(err)
		}
		q, err := CompileChanged(chain(node1(ir.OpInput, 1, 1), ints), &Changes{Populations: map[ir.NodeID]*Relaxed{1: free}})
		if err != nil {
			t.Fatal(err)
		}
		a, b := p.NewState(), q.NewState()
		for step := range 30 {
			x := rapid.Float64Range(-0.6, 1.2).Draw(t, "x")
			if err := a.Step([][]float64{{x}}); err != nil {
				t.Fatal(err)
			}
			if err := b.Step([][]float64{{x * unit}}); err != nil {
				t.Fatal(err)
			}
			if va, vb := a.V(1)[0], b.V(1)[0]/unit; a.Out(1)[0] != b.Out(1)[0] || math.Abs(va-vb) > 1e-9 {
				if math.Abs(va-th) < 1e-9 || math.Abs(vb-th) < 1e-9 {
					return // so close to the threshold that rounding decides
				}
				t.Fatalf("step %d: spike %v, v %v; relaxed %v, %v", step, a.Out(1)[0], va, b.Out(1)[0], vb)
			}
		}
	})
}

func TestChangesThatDoNotFit(t *testing.T) {
	net := chain(node1(ir.OpInput, 1, 1), with(node1(ir.OpDense, 1, 1), ir.PWeight, ir.Ints(ir.Shape{1, 1}, []int32{1})), intNeuron(ir.IntLIF{DecayBits: 12, VMax: 1 << 30}))
	for want, c := range map[string]*Changes{
		"2 weights for 1":                        {Weights: map[ir.NodeID][]float64{1: {1, 2}}},
		"weights of node 0":                      {Weights: map[ir.NodeID][]float64{0: {1}}},
		"node 1 is no integer population":        {Populations: map[ir.NodeID]*Relaxed{1: {}}},
		"2 numbers for 1 neurons":                {Populations: map[ir.NodeID]*Relaxed{2: {Bias: []float64{1, 2}}}},
		"2 refractory periods for 1 neurons":     {Populations: map[ir.NodeID]*Relaxed{2: {Rule: &Rule{Refractory: []int64{1, 2}}}}},
		"leads to an integer population: run th": {Weights: map[ir.NodeID][]float64{1: {0.5}}},
	} {
		if _, err := CompileChanged(net, c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, err := CompileChanged(net, &Changes{Weights: map[ir.NodeID][]float64{1: {0.5}}, Populations: map[ir.NodeID]*Relaxed{2: {}}}); err != nil {
		t.Error(err)
	}
}
