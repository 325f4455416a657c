package eval

import (
	"slices"
	"testing"

	"github.com/synfire/synfire/ir"
)

// counter is an integrate-and-fire neuron whose potential is the sum of its
// input, with the given threshold.
func counter(threshold float64, reset ir.Reset) ir.Node {
	n := with(node1(ir.OpIF, 1, 1), ir.PR, ir.Uniform(ir.Shape{1}, 1))
	n.Neuron = ir.Neuron{Integrator: ir.ExpUnit, Reset: reset, Compare: ir.Greater}
	return with(n, ir.PVThreshold, ir.Uniform(n.Out, threshold))
}

func number(n ir.Node, k ir.Param, x float64) ir.Node { return with(n, k, ir.Uniform(n.Out, x)) }

func refractory(n ir.Node, steps int32) ir.Node {
	return with(n, ir.PRefSteps, ir.UniformInt(n.Out, steps))
}

func attributes(n ir.Node, f func(*ir.Neuron)) ir.Node {
	f(&n.Neuron)
	return n
}

// TestSpiking checks what follows a spike, worked out by hand.
func TestSpiking(t *testing.T) {
	greaterEqual := func(n *ir.Neuron) { n.Compare = ir.GreaterEqual }
	tests := []struct {
		name    string
		neuron  ir.Node
		in      []float64
		v, want []float64
	}{
		{"zero", counter(2, ir.ResetZero), []float64{1, 2, 1}, []float64{1, 0, 1}, []float64{0, 1, 0}},
		{"value", number(counter(2, ir.ResetValue), ir.PVReset, -1), []float64{1, 2, 1}, []float64{1, -1, 0}, []float64{0, 1, 0}},
		{"subtract", counter(2, ir.ResetSubtract), []float64{1, 2, 0, 1.5}, []float64{1, 1, 1, 0.5}, []float64{0, 1, 0, 1}},
		{"subtract keeps firing", counter(1, ir.ResetSubtract), []float64{3.5, 0, 0, 0}, []float64{2.5, 1.5, 0.5, 0.5}, []float64{1, 1, 1, 0}},
		// Step 1: 2.5 > 1 before, so 1 is subtracted once, and 1.5 fires.
		// Steps 2 and 3: 1 is subtracted from 1.5, which does not fire, so it
		// is given back.
		{"subtract-delayed", counter(1, ir.ResetSubtractDelayed), []float64{3.5, 0, 0, 0}, []float64{2.5, 1.5, 1.5, 1.5}, []float64{1, 1, 0, 0}},
		{"subtract-delayed, input", counter(1, ir.ResetSubtractDelayed), []float64{3.5, 0, 1, 1}, []float64{2.5, 1.5, 1.5, 1.5}, []float64{1, 1, 1, 1}},
		{"equality does not fire", counter(2, ir.ResetZero), []float64{2, 0}, []float64{2, 2}, []float64{0, 0}},
		{"equality fires", attributes(counter(2, ir.ResetZero), greaterEqual), []float64{2, 0}, []float64{0, 0}, []float64{1, 0}},
		{"refractory", refractory(counter(0, ir.ResetZero), 2), []float64{1, 1, 1, 1, 0, 1, 1}, []float64{0, 0, 0, 0, 0, 0, 0}, []float64{1, 0, 0, 1, 0, 0, 1}},
		{"refractory above zero", refractory(counter(2, ir.ResetSubtract), 1), []float64{5, 1, 0}, []float64{3, 3, 1}, []float64{1, 0, 1}},
		{"initial", number(counter(2, ir.ResetZero), ir.PV0, 2), []float64{0.5, 0}, []float64{0, 0}, []float64{1, 0}},
		{"lower bound", number(counter(2, ir.ResetZero), ir.PVMin, -1), []float64{-5, 3.5}, []float64{-1, 0}, []float64{0, 1}},
		{"no lower bound", counter(2, ir.ResetZero), []float64{-5, 3.5}, []float64{-5, -1.5}, []float64{0, 0}},
		{
			"state bits", attributes(counter(2, ir.ResetZero), func(n *ir.Neuron) { n.StateBits = 2 }),
			[]float64{0.9, -0.8},
			[]float64{0.75, -0.25},
			[]float64{0, 0},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := mustCompile(t, chain(node1(ir.OpInput, 1, 1), test.neuron)).NewState()
			for run := range 2 { // a reset must bring everything back
				var v, out []float64
				for _, x := range test.in {
					if err := s.Step([][]float64{{x}}); err != nil {
						t.Fatal(err)
					}
					v, out = append(v, s.V(1)[0]), append(out, s.Out(1)[0])
				}
				if !slices.Equal(v, test.v) || !slices.Equal(out, test.want) {
					t.Errorf("run %d: v %v, output %v, want %v, %v", run, v, out, test.v, test.want)
				}
				s.Reset()
			}
		})
	}
}

// TestCurrent checks the two states of a current-based neuron: with Euler
// steps of half the time constants, i = i/2 + x/2 and v = v/2 + i/2.
func TestCurrent(t *testing.T) {
	tests := []struct {
		order ir.CurrentOrder
		u, v  []float64
	}{
		{ir.CurrentNew, []float64{4, 2, 1}, []float64{2, 2, 1.5}},
		{ir.CurrentOld, []float64{4, 2, 1}, []float64{0, 2, 2}},
	}
	for _, test := range tests {
		t.Run(test.order.String(), func(t *testing.T) {
			n := node1(ir.OpCubaLI, 1, 1)
			n.Neuron = ir.Neuron{Integrator: ir.Euler, Current: test.order}
			n = number(number(number(n, ir.PTauSyn, 2e-3), ir.PTauMem, 2e-3), ir.PR, 1)
			s := mustCompile(t, chain(node1(ir.OpInput, 1, 1), n)).NewState()
			var u, v []float64
			for _, x := range []float64{8, 0, 0} {
				if err := s.Step([][]float64{{x}}); err != nil {
					t.Fatal(err)
				}
				u, v = append(u, s.U(1)[0]), append(v, s.V(1)[0])
				if s.Out(1)[0] != s.V(1)[0] {
					t.Errorf("output %v, potential %v", s.Out(1)[0], s.V(1)[0])
				}
			}
			if !slices.Equal(u, test.u) || !slices.Equal(v, test.v) {
				t.Errorf("u %v, v %v, want %v, %v", u, v, test.u, test.v)
			}
		})
	}
}

// TestCurrentWhileRefractory checks that the current goes on while the
// potential stands still.
func TestCurrentWhileRefractory(t *testing.T) {
	n := node1(ir.OpCubaLIF, 1, 1)
	n.Neuron = ir.Neuron{Integrator: ir.Euler, Current: ir.CurrentNew, Reset: ir.ResetZero, Compare: ir.Greater}
	n = number(number(number(number(n, ir.PTauSyn, 2e-3), ir.PTauMem, 2e-3), ir.PR, 1), ir.PVThreshold, 1)
	s := mustCompile(t, chain(node1(ir.OpInput, 1, 1), refractory(n, 1))).NewState()
	var u, v []float64
	for _, x := range []float64{8, 0, 0} { // i = i/2 + x/2, v = v/2 + i/2
		if err := s.Step([][]float64{{x}}); err != nil {
			t.Fatal(err)
		}
		u, v = append(u, s.U(1)[0]), append(v, s.V(1)[0])
	}
	if want := []float64{4, 2, 1}; !slices.Equal(u, want) {
		t.Errorf("u %v, want %v", u, want)
	}
	if want := []float64{0, 0, 0.5}; !slices.Equal(v, want) {
		t.Errorf("v %v, want %v", v, want)
	}
}

// TestLeak checks the resting potential.
func TestLeak(t *testing.T) {
	n := node1(ir.OpLI, 1, 1)
	n.Neuron.Integrator = ir.Euler
	n = number(number(number(n, ir.PTau, 2e-3), ir.PR, 2), ir.PVLeak, 8)
	got := first(outputs(t, chain(node1(ir.OpInput, 1, 1), n), 1, column(0, 4, 0)))
	if want := []float64{4, 10, 9}; !slices.Equal(got, want) { // v = v/2 + 4 + x
		t.Errorf("%v, want %v", got, want)
	}
}

// TestSmallOps checks the ops without state.
func TestSmallOps(t *testing.T) {
	connect := with(node1(ir.OpConnect, 2, 2), ir.PWeight, ir.Uniform(ir.Shape{2}, 3))
	connect.Rule = &ir.Rule{Kind: ir.RuleAllToAll, NoSelf: true}
	flatten := ir.Node{Name: "flatten", Op: ir.OpFlatten, In: ir.Shape{2, 1}, Out: ir.Shape{2}, Flatten: &ir.Flatten{End: -1}}
	ge := number(node1(ir.OpThreshold, 2, 2), ir.PThreshold, 2)
	gt := ge
	ge.Neuron.Compare, gt.Neuron.Compare = ir.GreaterEqual, ir.Greater
	scale := with(node1(ir.OpScale, 2, 2), ir.PScale, ir.Floats(ir.Shape{2}, []float64{2, -1}))
	tests := []struct {
		name string
		node ir.Node
		want []float64 // for an input of 2, 5
	}{
		{"connect", connect, []float64{15, 6}},
		{"flatten", flatten, []float64{2, 5}},
		{"threshold", gt, []float64{0, 1}},
		{"threshold >=", ge, []float64{1, 1}},
		{"scale", scale, []float64{4, -5}},
		{"output", node1(ir.OpOutput, 2, 2), []float64{2, 5}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := ir.Node{Name: "input", Op: ir.OpInput, In: test.node.In, Out: test.node.In}
			got := outputs(t, chain(in, test.node), 1, [][]float64{{2, 5}})[0]
			if !slices.Equal(got, test.want) {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

// TestBiasSource checks that the constant source is 1 from the first step on,
// and that an input port which is silent stays silent.
func TestBiasSource(t *testing.T) {
	n := network(node1(ir.OpBias, 1, 1), node1(ir.OpInput, 1, 1), node1(ir.OpOutput, 1, 1))
	n.Connect(0, 2, 1)
	n.Connect(1, 2, 0)
	got := first(outputs(t, n, 2, [][]float64{{5}, nil, {2}}))
	if want := []float64{5, 1, 3}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestSubtractNext follows Spyx's LIF by hand: a = 1/2, threshold 1. The
// potential stays above the threshold in the step of the spike; the next step
// subtracts after the decay.
func TestSubtractNext(t *testing.T) {
	node := node1(ir.OpLIF, 1, 1)
	node.Neuron = ir.Neuron{Integrator: ir.Euler, Reset: ir.ResetSubtractNext, Compare: ir.Greater}
	node.Set(ir.PTau, ir.Uniform(node.Out, 2))
	node.Set(ir.PR, ir.Uniform(node.Out, 2))
	node.Set(ir.PVThreshold, ir.Uniform(node.Out, 1))
	n := chain(node1(ir.OpInput, 1, 1), node)
	n.DT = 1
	s := mustCompile(t, n).NewState()
	for i, c := range []struct{ x, v, spike float64 }{
		{1.5, 1.5, 1},    // above: spikes, and stays
		{1, 0.75, 0},     // 0.75 + 1 - 1
		{1, 1.375, 1},    // 0.375 + 1
		{0, -0.3125, 0},  // 0.6875 - 1
		{0, -0.15625, 0}, // decays
	} {
		if err := s.Step([][]float64{{c.x}}); err != nil {
			t.Fatal(err)
		}
		if s.V(1)[0] != c.v || s.Out(1)[0] != c.spike {
			t.Errorf("step %d: v %g, spike %g, want %g, %g", i, s.V(1)[0], s.Out(1)[0], c.v, c.spike)
		}
	}
}
