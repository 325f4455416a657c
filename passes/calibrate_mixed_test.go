package passes_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/synfire/synfire/backend/loihi1"
	"github.com/synfire/synfire/emulator"
	engine "github.com/synfire/synfire/emulator/loihi1"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/eval"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/quantize"
)

const mixedSteps = 40

// mixed is a network with what a calibration meets: a convolution that it
// leaves alone, neurons that differ, currents, a bias, feedback, a delay.
func mixed(t testing.TB) *ir.Network {
	rng := rand.New(rand.NewPCG(8, 8))
	list := func(n int, mean, spread float64) string {
		var s []string
		for range n {
			s = append(s, fmt.Sprintf("%.4f", mean+spread*rng.NormFloat64()))
		}
		return "[" + strings.Join(s, ", ") + "]"
	}
	matrix := func(rows, cols int, mean, spread float64) string {
		var s []string
		for range rows {
			s = append(s, list(cols, mean, spread))
		}
		return "[" + strings.Join(s, ", ") + "]"
	}
	return parse(t, `network mixed {
	dt 1ms
	in image [1, 4, 4]
	pop c [2, 3, 3] lif { tau 8ms, r 8, threshold 1, reset zero }
	proj image -> c conv2d fill [2, 1, 2, 2] 0.35 { bias [0.05, -0.05] }
	map flat [2, 3, 3] -> [18] flatten
	edge c -> flat
	pop hidden [12] cubalif { tau_syn 4ms, tau_mem [5ms, 6ms, 7ms, 8ms, 9ms, 10ms, 11ms, 12ms, 13ms, 14ms, 15ms, 16ms], threshold [1, 1.2, 1.4, 1.6, 1, 1.2, 1.4, 1.6, 1, 1.2, 1.4, 1.6], reset zero, refractory 2ms }
	proj flat -> hidden dense `+matrix(12, 18, 1, 3)+` { delay 2ms }
	proj hidden -> hidden delay 1 dense `+matrix(12, 12, -0.2, 0.5)+`
	pop digit [3] lif { tau 10ms, r 10, threshold 1, v_leak 0.1, reset zero }
	proj hidden -> digit dense `+matrix(3, 12, 0.1, 0.3)+` { bias [0.01, -0.01, 0.02] }
	out digit
}`)
}

// mixedInput draws sample k: some rows of the image spike often.
func mixedInput(k int, r *spike.Raster) error {
	empty, err := spike.New(mixedSteps, 16)
	if err != nil {
		return err
	}
	*r = *empty
	rng := rand.New(rand.NewPCG(uint64(k), 77))
	for s := range mixedSteps {
		for i := range 16 {
			if rng.Float64() < 0.1+0.5*float64((i/4+k)%2) {
				r.Set(s, i)
			}
		}
	}
	return nil
}

func mixedCalibration() *passes.Calibration {
	return &passes.Calibration{Samples: 12, Steps: mixedSteps, Fill: func(k int, in eval.Stimulus) error {
		if in[0].Raster == nil {
			in[0].Raster = &spike.Raster{}
		}
		return mixedInput(k, in[0].Raster)
	}}
}

// spikesOf runs samples in the interpreter and returns the spikes of all
// populations, by sample.
func spikesOf(t testing.TB, n *ir.Network, first, samples int) []map[string]*spike.Raster {
	t.Helper()
	prog, err := eval.Compile(n)
	if err != nil {
		t.Fatal(err)
	}
	opt := eval.Options{Steps: mixedSteps}
	for i := range n.Nodes {
		if n.Nodes[i].Op.IsNeuron() {
			opt.Probes = append(opt.Probes, eval.Probe{Node: ir.NodeID(i), What: eval.Spikes})
		}
	}
	var out []map[string]*spike.Raster
	for k := range samples {
		r := &spike.Raster{}
		if err := mixedInput(first+k, r); err != nil {
			t.Fatal(err)
		}
		res, err := eval.Run(context.Background(), prog, eval.Stimulus{{Raster: r}}, opt)
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]*spike.Raster{}
		for _, rec := range res.Recordings {
			m[n.Node(rec.Node).Name] = rec.Raster
		}
		out = append(out, m)
	}
	return out
}

// TestQuantizeWeightsConverges checks that wide weights leave the spikes as
// they are, and narrow ones do not: with and without a calibration.
func TestQuantizeWeightsConverges(t *testing.T) {
	ref := &passes.State{Net: mixed(t)}
	if err := passes.Run(context.Background(), ref, passes.ToReference, passes.Hooks{}); err != nil {
		t.Fatal(err)
	}
	want := spikesOf(t, ref.Net, 100, 10)
	for _, cal := range []*passes.Calibration{nil, mixedCalibration()} {
		differ := map[quantize.Bits]int{}
		for _, bits := range []quantize.Bits{16, 2} {
			s := &passes.State{Net: mixed(t), Opt: passes.Options{Bits: bits, Calibration: cal}}
			if err := passes.QuantizeWeights(context.Background(), s); err != nil {
				t.Fatal(err)
			}
			if n := len(s.Report.Projections); n != 4 {
				t.Errorf("%d projections are reported, not 4", n)
			}
			spikes := 0
			for k, got := range spikesOf(t, s.Net, 100, 10) {
				for name, w := range want[k] {
					n, _, _, err := spike.Diff(w, got[name])
					if err != nil {
						t.Fatal(err)
					}
					differ[bits] += n
					spikes += w.Count()
				}
			}
			if spikes < 500 {
				t.Fatalf("only %d spikes", spikes)
			}
			if bits == 16 && differ[16] > spikes/100 {
				t.Errorf("16 bits: %d of %d spikes differ", differ[16], spikes)
			}
		}
		if differ[2] <= differ[16] {
			t.Errorf("2 bits: %d spikes differ, with 16 bits %d", differ[2], differ[16])
		}
	}
}

// TestCalibratedMixedOnChip checks the calibrated integers of unlike neurons:
// the emulator spikes as the interpreter does, thresholds are few, and what
// could not be calibrated is still quantized.
func TestCalibratedMixedOnChip(t *testing.T) {
	for _, bits := range []quantize.Bits{8, 4, 1} {
		s := &passes.State{Net: mixed(t), Target: loihi1.Target{}, Opt: passes.Options{
			Bits: bits, BitsBy: map[string]quantize.Bits{"digit": 8}, AllowApproximate: true, MaxUnderflow: 1, Calibration: mixedCalibration(),
		}}
		if err := passes.Run(context.Background(), s, passes.ToImage, passes.Hooks{}); err != nil {
			t.Fatal(err)
		}
		for _, p := range s.Report.Projections {
			if p.Stats.Method == "" {
				t.Errorf("projection %s -> %s: method %q", p.Src, p.Dst, p.Stats.Method)
			}
		}
		th := map[int32]bool{}
		hidden := s.Net.Node(s.Net.Lookup("hidden"))
		for j := range hidden.Out.Size() {
			th[hidden.P(ir.PVThreshold).IntAt(j)] = true
		}
		if len(th) < 2 || len(th) > 3 { // half of loihi1's 7
			t.Errorf("%d different thresholds", len(th))
		}
		data, err := s.Target.Encode(s.Net, s.Map, s.Opt.Target)
		if err != nil {
			t.Fatal(err)
		}
		prog, err := engine.Load(data)
		if err != nil {
			t.Fatal(err)
		}
		for k, want := range spikesOf(t, s.Net, 200, 5) {
			r := &spike.Raster{}
			if err := mixedInput(200+k, r); err != nil {
				t.Fatal(err)
			}
			got, err := engine.Run(context.Background(), prog, emulator.Stimulus{{Name: "image", Raster: r}}, engine.Options{Steps: mixedSteps})
			if err != nil {
				t.Fatal(err)
			}
			for name, w := range want {
				if n, step, i, err := spike.Diff(w, got.Raster(name)); err != nil || n > 0 {
					t.Errorf("%v bits, %s: %d spikes differ, first in step %d, neuron %d (%v)", bits, name, n, step, i, err)
				}
			}
		}
	}
}

// TestCalibrationThreadsDoNotShow calibrates on one and on several threads.
func TestCalibrationThreadsDoNotShow(t *testing.T) {
	run := func(procs, threads int) string {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		cal := mixedCalibration()
		cal.Threads, cal.Thresholds = threads, 4
		s := &passes.State{Net: mixed(t), Opt: passes.Options{Bits: 3, Calibration: cal}}
		if err := passes.QuantizeWeights(context.Background(), s); err != nil {
			t.Fatal(err)
		}
		return ir.Format(s.Net) + fmt.Sprint(s.Report)
	}
	if run(1, 1) != run(4, 3) {
		t.Error("the number of threads changes the network")
	}
}

// TestCalibrationRefuses checks samples and widths that make no sense.
func TestCalibrationRefuses(t *testing.T) {
	broken := errors.New("broken sample")
	for name, c := range map[string]struct {
		spoil func(c *passes.Calibration, o *passes.Options)
		want  string
	}{
		"no samples":      {func(c *passes.Calibration, _ *passes.Options) { c.Samples = 0 }, "0 samples"},
		"no steps":        {func(c *passes.Calibration, _ *passes.Options) { c.Steps = 0 }, "0 steps"},
		"nothing to fill": {func(c *passes.Calibration, _ *passes.Options) { c.Fill = nil }, "no samples to fill"},
		"thresholds":      {func(c *passes.Calibration, _ *passes.Options) { c.Thresholds = -1 }, "at least one"},
		"broken sample": {func(c *passes.Calibration, _ *passes.Options) {
			c.Fill = func(int, eval.Stimulus) error { return broken }
		}, broken.Error()},
		"infinite input": {func(c *passes.Calibration, _ *passes.Options) {
			c.Fill = func(_ int, in eval.Stimulus) error {
				row := make([]float64, 16)
				row[3] = math.Inf(1)
				in[0].Rows = [][]float64{row}
				return nil
			}
		}, "not finite"},
		"17 bits": {func(_ *passes.Calibration, o *passes.Options) { o.Bits = 17 }, "17 bits"},
		"nobody":  {func(_ *passes.Calibration, o *passes.Options) { o.BitsBy = map[string]quantize.Bits{"nobody": 3} }, "nobody"},
	} {
		cal := mixedCalibration()
		opt := passes.Options{Bits: 4, Calibration: cal}
		c.spoil(cal, &opt)
		n := mixed(t)
		if name == "infinite input" {
			n = parse(t, "network direct {\n dt 1ms\n in image [16]\n pop p [2] lif { tau 4ms, threshold 1, reset zero }\n proj image -> p dense fill [2, 16] 0.5\n out p\n}")
		}
		err := passes.QuantizeWeights(context.Background(), &passes.State{Net: n, Opt: opt})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := &passes.State{Net: mixed(t), Opt: passes.Options{Calibration: mixedCalibration()}}
	if err := passes.QuantizeWeights(ctx, s); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}

// TestCalibrationInputs feeds two ports by name: the order of the names is
// that of the signals, whatever the order of the ports.
func TestCalibrationInputs(t *testing.T) {
	const text = `network two {
	dt 1ms
	in zebra [2]
	in ape [3]
	pop p [2] lif { tau 8ms, r 8, threshold 1, reset zero }
	proj zebra -> p dense [[0.7, -0.2], [0.1, 0.4]]
	proj ape -> p dense [[0.3, 0.2, -0.3], [0.5, 0.1, 0.6]]
	out p
}`
	run := func(names []string) (string, error) {
		cal := &passes.Calibration{Samples: 8, Steps: 10, Inputs: names, Fill: func(k int, in eval.Stimulus) error {
			for i, name := range names {
				width := map[string]int{"zebra": 2, "ape": 3}[name]
				r, err := spike.New(10, width)
				if err != nil {
					return err
				}
				for s := range 10 {
					r.Set(s, (s*(k+3)+len(name))%width)
				}
				in[i].Raster = r
			}
			return nil
		}}
		s := &passes.State{Net: parse(t, text), Opt: passes.Options{Bits: 3, Calibration: cal}}
		err := passes.QuantizeWeights(context.Background(), s)
		return ir.Format(s.Net), err
	}
	a, err := run([]string{"zebra", "ape"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := run([]string{"ape", "zebra"})
	if err != nil {
		t.Fatal(err)
	}
	if a != b {
		t.Error("the order of the names changes the network")
	}
	for _, names := range [][]string{nil, {"zebra"}} {
		if _, err := run(names); err == nil || !strings.Contains(err.Error(), "ape") && !strings.Contains(err.Error(), "zebra") {
			t.Errorf("names %q: error %v", names, err)
		}
	}
}

// TestCalibrationOnSilence takes samples without a spike.
func TestCalibrationOnSilence(t *testing.T) {
	cal := mixedCalibration()
	cal.Fill = func(int, eval.Stimulus) error { return nil }
	s := &passes.State{Net: mixed(t), Opt: passes.Options{Bits: 2, Calibration: cal}}
	if err := passes.QuantizeWeights(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	if _, err := eval.Compile(s.Net); err != nil {
		t.Error(err)
	}
}
