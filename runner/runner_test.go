package runner

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/backend/loihi1"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/quantize"
)

var chip = &Target{
	Target: loihi1.Target{}, Claim: "emulated", IsImage: IsLoihi1,
	Load: LoadLoihi1, JSON: JSONLoihi1, Describe: DescribeLoihi1,
}

func parse(t *testing.T, text string) *ir.Network {
	t.Helper()
	n, err := ir.Parse("test.snn", []byte(text), ir.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestArgmax(t *testing.T) {
	tests := []struct {
		counts []int
		best   int
		tied   bool
	}{
		{[]int{0, 3, 1}, 1, false},
		{[]int{2, 3, 3}, 1, true},
		{[]int{3, 3, 4}, 2, false},
		{[]int{0, 0}, 0, true},
		{[]int{5}, 0, false},
		{nil, 0, false},
	}
	for _, x := range tests {
		if best, tied := Argmax(x.counts); best != x.best || tied != x.tied {
			t.Errorf("%v: %d, %v", x.counts, best, tied)
		}
	}
}

func TestParseTime(t *testing.T) {
	for in, want := range map[string]float64{
		"1ms": 1e-3, "0.1ms": 1e-4, "100us": 1e-4, "100µs": 1e-4, "1e-3": 1e-3, "1e-3s": 1e-3, "2e3ns": 2e-6, "1 ms": 1e-3, "0.5": 0.5,
	} {
		if got, err := ParseTime(in); err != nil || got != want {
			t.Errorf("%q: %g (%v), want %g", in, got, err, want)
		}
	}
	for _, bad := range []string{"", "ms", "0", "-1ms", "1min", "nan", "inf", "1e", "1e999", "0x1p3", "1_0", "1e-3e", "--"} {
		if got, err := ParseTime(bad); err == nil {
			t.Errorf("%q was read as %g", bad, got)
		}
	}
}

const twoPorts = `network two {
  dt 1ms
  in   x [2]
  in   y [3]
  pop  a [2] lif { tau 2ms, threshold 1, reset zero }
  proj x -> a one-to-one { weight 1.5V }
  proj y -> a all-to-all { weight 0.1V }
  out  a
}`

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPorts checks which file feeds which port, on both kinds of machine.
func TestPorts(t *testing.T) {
	x, y := write(t, "x.csv", "1,0\n0,1\n0,0\n"), write(t, "y.csv", "0,0,0\n0,0,1\n0,0,0\n")
	raster := spike.Options{Form: spike.FormRaster}
	for _, target := range []*Target{nil, chip} {
		q := &Request{Net: parse(t, twoPorts), Target: target, Random: -1, Inputs: []string{"y=" + y, "x=" + x}, Spikes: raster, Output: filepath.Join(t.TempDir(), "out.npz")}
		rep, _, err := Run(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		arrays, err := npy.ReadNPZ(q.Output)
		if err != nil {
			t.Fatal(err)
		}
		spikes := npy.Find(arrays, "a.spikes")
		if spikes == nil || !cmp.Equal(spikes.Bytes, []uint8{1, 0, 0, 1, 0, 0}) {
			t.Errorf("%s: spikes %+v", rep.Target, spikes)
		}
	}
	for _, x := range []struct {
		inputs []string
		want   string
	}{
		{[]string{x}, "the input ports"},
		{[]string{"x=" + x}, `input port "y" is not fed`},
		{[]string{"x=" + x, "x=" + x}, "given twice"},
		{[]string{"x=" + x, "y=" + x}, "x.csv"},
		{[]string{"x=" + x, "y=" + write(t, "short.csv", "0,0,0\n0,0,0\n")}, "samples of"},
		{nil, "no input is given"},
	} {
		_, _, err := Run(t.Context(), &Request{Net: parse(t, twoPorts), Random: -1, Inputs: x.inputs, Spikes: raster})
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%q: %v, want %q", x.inputs, err, x.want)
		}
	}
}

// TestMeasure checks counts, accuracy and ties against a data set whose
// outcome is known by hand: each class has its own input, one sample has none.
func TestMeasure(t *testing.T) {
	net := parse(t, `network classes {
  dt 1ms
  in   x [3]
  pop  a [3] lif { tau 2ms, threshold 1, reset zero }
  proj x -> a one-to-one { weight 1.5V }
  out  a
}`)
	dir := t.TempDir()
	spikes := &npy.Array{Name: "spikes", Shape: []int{4, 2, 3}, Kind: npy.Uint, Bits: 8, Bytes: []uint8{
		0, 1, 0, 0, 1, 0, // class 1, right
		0, 0, 0, 0, 0, 0, // silent: class 0 by the tie, right
		1, 0, 1, 0, 0, 0, // a tie of 0 and 2, label 2: wrong
		0, 0, 1, 1, 0, 1, // class 2, right
	}}
	labels := &npy.Array{Name: "label", Shape: []int{4}, Kind: npy.Int, Bits: 64, Ints: []int64{1, 0, 2, 2}}
	path := filepath.Join(dir, "data.npz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(npy.WriteNPZ(f, []*npy.Array{spikes, labels}), f.Close()); err != nil {
		t.Fatal(err)
	}
	var hashes []string
	for _, threads := range []int{1, 2, 5} {
		rep, _, err := Run(t.Context(), &Request{Net: net, Target: chip, Inputs: []string{path}, Threads: threads, Random: -1})
		if err != nil {
			t.Fatal(err)
		}
		want := Accuracy{Correct: 3, Total: 4, Percent: 75, Ties: 2}
		for _, s := range []*Summary{rep.Result, rep.Reference} {
			if diff := cmp.Diff(&want, s.Accuracy); diff != "" {
				t.Errorf("%s: accuracy: %s", s.Target, diff)
			}
			if !cmp.Equal(s.Predicted, []int{1, 0, 0, 2}) || s.Populations[0].Spikes != 7 || s.Populations[0].Rate != 7.0/24 {
				t.Errorf("%s: predicted %v, spikes %+v", s.Target, s.Predicted, s.Populations)
			}
		}
		if rep.Agree != 4 {
			t.Errorf("%d samples agree", rep.Agree)
		}
		hashes = append(hashes, rep.Result.SpikeHash)
		if rep.Result.SpikeHash != rep.Reference.SpikeHash {
			t.Error("equal spikes have different hashes on the chip and in float")
		}
	}
	if hashes[0] != hashes[1] || hashes[0] != hashes[2] {
		t.Errorf("the spikes depend on the number of threads: %q", hashes)
	}
	rep, _, err := Run(t.Context(), &Request{Net: net, Target: chip, Inputs: []string{path}, Random: -1, Spikes: spike.Options{Limit: 1}})
	if err != nil || rep.Result.SpikeHash == hashes[0] {
		t.Errorf("other spikes have the same hash (%v)", err)
	}
}

// TestFixes applies every fix that is offered for a network that does not
// fit: it must fit, and where spikes are said to be unchanged they are.
func TestFixes(t *testing.T) {
	net := parse(t, `network wide {
  dt 1ms
  in   x [5000]
  pop  a [300] lif { tau 10ms, threshold 1, reset zero }
  proj x -> a indegree 500 seed 1 { weight 0.02V }
  out  a
}`)
	tight := passes.Options{}
	tight.Target.Cores = 1
	_, err := Compile(t.Context(), net, "wide.snn", chip, tight, &Watch{})
	var nofit *NoFitError
	if !errors.As(err, &nofit) {
		t.Fatalf("got %v, want that it does not fit", err)
	}
	if len(nofit.Fit.Fixes) == 0 {
		t.Fatalf("no fix is offered:\n%s", nofit.Text())
	}
	run := func(opt passes.Options) *RunReport {
		q := &Request{Net: net, Target: chip, Random: 0.02, Seed: 1, Spikes: spike.Options{Steps: 20}, Passes: opt}
		rep, _, err := Run(t.Context(), q)
		if err != nil {
			t.Fatalf("with %+v: %v", opt, err)
		}
		return rep
	}
	var hash string
	for _, fix := range nofit.Fit.Fixes {
		rep := run(applied(t, tight, fix.Flags))
		if rep.Fit.Cores != fix.Cores {
			t.Errorf("%s takes %d cores, %d were promised", fix.Flags, rep.Fit.Cores, fix.Cores)
		}
		if !strings.Contains(fix.Effect, "unchanged") {
			continue
		}
		if hash != "" && rep.Result.SpikeHash != hash {
			t.Errorf("%s changes the spikes", fix.Flags)
		}
		hash = rep.Result.SpikeHash
		if rep.Result.Populations[0].Spikes == 0 {
			t.Error("no spikes to compare")
		}
	}
	if hash == "" {
		t.Error("no fix leaves the spikes unchanged")
	}
}

// applied reads the flags of a fix.
func applied(t *testing.T, opt passes.Options, flags string) passes.Options {
	t.Helper()
	words := strings.Fields(flags)
	for i := 0; i+1 < len(words); i += 2 {
		number := 0
		for _, c := range words[i+1] {
			number = 10*number + int(c-'0')
		}
		switch words[i] {
		case "--cores":
			opt.Target.Cores = number
		case "--chips":
			opt.Target.Chips = number
		case "--bits":
			opt.Bits = quantize.Bits(number)
		case "--axon":
			opt.Target.Axon = words[i+1]
		default:
			t.Fatalf("unknown flag in the fix %q", flags)
		}
	}
	return opt
}

func TestRecorderLimits(t *testing.T) {
	d := &Data{Samples: 2, Steps: 1 << 20}
	r, err := NewRecorder("x.npz", d, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := &Sample{Traces: []Trace{{Probe: emulator.Probe{Population: "a", Var: emulator.Voltage, Hi: -1, Step: 1}, Neurons: 257}}}
	if err := r.Sample(nil, s); err == nil || !strings.Contains(err.Error(), "--limit") {
		t.Errorf("a recording of 2^28 numbers and more: %v", err)
	}
	for _, path := range []string{"x.csv", "x", "x.png"} {
		if _, err := NewRecorder(path, d, 1); err == nil {
			t.Errorf("%s is accepted for two samples", path)
		}
	}
}

func TestRunStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := Run(ctx, &Request{Net: parse(t, twoPorts), Target: chip, Random: 0.5, Spikes: spike.Options{Steps: 5}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run ends with %v", err)
	}
}

// TestNoFitText pins the form of the report.
func TestNoFitText(t *testing.T) {
	fit := &passes.Fit{
		Target: "loihi1", Available: 2, Cores: 3, Chips: 1, PerChip: 2,
		Layers: []passes.LayerFit{
			{Name: "small", Op: "intlif", Shape: ir.Shape{10}, Cores: 1},
			{Name: "big", Origin: "/node/nodes/big", Op: "intlif", Shape: ir.Shape{64, 40}, Cores: 3, Binding: "in-axons", Rows: []passes.FitRow{
				{Resource: "compartments", Used: 2560, PerCore: 1024, MinCores: 3},
				{Resource: "in-axons", Used: 9000, PerCore: 4096, MinCores: 3},
			}},
		},
		Violations: []passes.Violation{{Layer: "big", Resource: "in-axons", Used: 9000, Limit: 4096, Text: "one neuron of big needs 9000 in-axons, a core has 4096"}},
		Fixes:      []passes.Fix{{Flags: "--axon pop16", Cores: 2, Effect: "spikes are unchanged"}, {Flags: "--chips 2", Cores: 3, Effect: "more chips"}},
	}
	want := `error[E0312]: network does not fit on loihi1 (2 cores): 1 of 2 layers over budget
  one neuron of big needs 9000 in-axons, a core has 4096
  --> net.nir : /node/nodes/big (intlif [64, 40], on 3 cores)
   resource       used  limit/core  min cores
   compartments  2 560       1 024          3
   in-axons      9 000       4 096          3  <- binding
  fixes, cheapest first (each compiled and found to fit):
   1.  --axon pop16  -> 2 cores  spikes are unchanged
   2.  --chips 2     -> 3 cores  more chips
  help: ` + "`synfire target show loihi1` lists every limit with its source\n"
	if diff := cmp.Diff(want, (&NoFitError{Fit: fit, File: "net.nir"}).Text()); diff != "" {
		t.Error(diff)
	}
	fit.Fixes = nil
	if text := (&NoFitError{Fit: fit}).Text(); !strings.Contains(text, "no change of options") || strings.Contains(text, "fixes,") {
		t.Errorf("without fixes:\n%s", text)
	}
}
