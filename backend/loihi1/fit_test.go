package loihi1_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/loihi1"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/proofs/agree"
	"github.com/synfire/synfire/quantize"
)

// layer returns a network of one dense layer with random weights.
func layer(inputs, neurons int) *ir.Network {
	rng := rand.New(rand.NewPCG(1, 2))
	n := &ir.Network{Name: "layer", DT: 1e-3}
	in := n.Add(ir.Node{Name: "x", Op: ir.OpInput, In: ir.Shape{inputs}, Out: ir.Shape{inputs}})
	w := make([]float64, inputs*neurons)
	for i := range w {
		w[i] = rng.NormFloat64()
	}
	fc := ir.Node{Name: "fc", Op: ir.OpDense, In: ir.Shape{inputs}, Out: ir.Shape{neurons}}
	fc.Set(ir.PWeight, ir.Floats(ir.Shape{neurons, inputs}, w))
	pop := ir.Node{Name: "y", Op: ir.OpLIF, In: ir.Shape{neurons}, Out: ir.Shape{neurons}}
	pop.Set(ir.PTau, ir.Uniform(pop.Out, 10e-3))
	pop.Set(ir.PR, ir.Uniform(pop.Out, 10))
	pop.Set(ir.PVThreshold, ir.Uniform(pop.Out, 4))
	m, y := n.Add(fc), n.Add(pop)
	out := n.Add(ir.Node{Name: "out", Op: ir.OpOutput, In: pop.Out, Out: pop.Out})
	n.Connect(in, m, 0)
	n.Connect(m, y, 0)
	n.Connect(y, out, 0)
	return n
}

// fixesFor compiles a network that does not fit and returns its report and
// the fixes that are offered.
func fixesFor(t *testing.T, n *ir.Network, opt passes.Options) (*passes.State, []passes.Fix) {
	t.Helper()
	s := &passes.State{Net: n, Target: loihi1.Target{}, Opt: opt}
	if err := passes.Run(context.Background(), s, passes.ToImage, passes.Hooks{}); err != nil {
		t.Fatal(err)
	}
	if s.Report.Fit.Fits || len(s.Report.Fit.Violations) == 0 {
		t.Fatalf("it fits: %+v", s.Report.Fit)
	}
	fixes, err := passes.FindFixes(context.Background(), n, s)
	if err != nil {
		t.Fatal(err)
	}
	return s, fixes
}

// apply returns the options with the flags of a fix, as a user types them.
func apply(t *testing.T, opt passes.Options, flags string) passes.Options {
	t.Helper()
	words := strings.Fields(flags)
	for len(words) >= 2 {
		value, err := strconv.Atoi(words[1])
		switch words[0] {
		case "--axon":
			opt.Target.Axon, err = words[1], nil
		case "--bits":
			opt.Bits = quantize.Bits(value)
		case "--cores":
			opt.Target.Cores = value
		case "--chips":
			opt.Target.Chips = value
		default:
			t.Fatalf("unknown flag in %q", flags)
		}
		if err != nil {
			t.Fatalf("%q: %v", flags, err)
		}
		words = words[2:]
	}
	if len(words) > 0 {
		t.Fatalf("flags %q do not come in pairs", flags)
	}
	return opt
}

// TestDoesNotFit compiles a layer onto two cores that is too much for them in
// every way: a neuron has more sources than a core has axons, the layer more
// than both, and with population axons it takes more cores than a chip has, so
// the fix has to say all three. The report holds all that is wrong, and a fix
// that is offered fits.
func TestDoesNotFit(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: 7 million synapses take seconds")
	}
	n := layer(9000, 800)
	opt := passes.Options{Target: backend.Options{Chips: 1, Cores: 2}}
	s, fixes := fixesFor(t, n, opt)
	fit := s.Report.Fit
	t.Logf("%d cores, violations %+v, fixes %+v, layers %+v", fit.Cores, fit.Violations, fixes, fit.Layers)
	broken := map[string]bool{}
	for _, v := range fit.Violations {
		broken[v.Resource] = true
		if v.Used <= v.Limit || v.Text == "" {
			t.Errorf("a violation that is none: %+v", v)
		}
	}
	// A neuron has more sources than a core has axons, and the synapses take
	// more than two cores: both, and what follows from it, in one report.
	for _, what := range []string{"in-axons", "synapse words", "cores"} {
		if !broken[what] {
			t.Errorf("%s are short, but that is not reported: %+v", what, fit.Violations)
		}
	}
	if len(fixes) == 0 {
		t.Fatal("no fix is offered")
	}
	for _, flag := range []string{"--axon", "--cores", "--chips"} {
		if !strings.Contains(fixes[0].Flags, flag) {
			t.Errorf("%q does not say %s", fixes[0].Flags, flag)
		}
	}
	fixed := compile(t, n, apply(t, opt, fixes[0].Flags))
	if got := len(fixed.Map.Cores); got != fixes[0].Cores {
		t.Errorf("%q takes %d cores, offered with %d", fixes[0].Flags, got, fixes[0].Cores)
	}
}

// TestFixesFit applies every fix that is offered to a small layer on too few
// cores: it fits, and unless bits were given up the spikes are those of a chip
// that is large enough.
func TestFixesFit(t *testing.T) {
	n := layer(300, 700)
	for _, now := range []backend.Options{{Cores: 1}, {Axon: "pop16", Cores: 1}} {
		opt := passes.Options{Target: now}
		const steps = 20
		in := agree.RandomRasters(t, n, steps, 0.3, 1)
		want := emulate(t, agree.Encode(t, compile(t, n, passes.Options{})), in, steps, 1)
		if want.Spikes[0].Count() == 0 {
			t.Fatal("no spikes to compare")
		}
		_, fixes := fixesFor(t, n, opt)
		if len(fixes) == 0 {
			t.Errorf("%+v: no fix", now)
		}
		for _, f := range fixes {
			s := compile(t, n, apply(t, opt, f.Flags))
			if len(s.Map.Cores) != f.Cores {
				t.Errorf("%+v: %q takes %d cores, offered with %d", now, f.Flags, len(s.Map.Cores), f.Cores)
			}
			data := agree.Encode(t, s)
			requireSound(t, s, data)
			if strings.Contains(f.Flags, "--bits") {
				continue
			}
			if d := cmp.Diff(want.Spikes, emulate(t, data, in, steps, 2).Spikes); d != "" {
				t.Errorf("%+v: %q changes the spikes: %s", now, f.Flags, d)
			}
		}
		t.Logf("%+v: %+v", now, fixes)
	}
}
