package spinnaker1_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/backend/spinnaker1"
	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/ir/irtest"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/proofs/agree"
	"github.com/synfire/synfire/quantize"
	"pgregory.net/rapid"
)

// tryCompile compiles a random network. It returns nil if the network is
// refused, which must be by diagnostics with codes.
func tryCompile(t agree.TB, n *ir.Network, opt passes.Options) *passes.State {
	t.Helper()
	s := &passes.State{Net: n, Target: spinnaker1.Target{}, Opt: opt}
	err := passes.Run(context.Background(), s, passes.ToImage, passes.Hooks{})
	var list *diag.ListError
	switch {
	case errors.As(err, &list):
		for _, d := range list.List {
			if d.Code == "" || d.Msg == "" {
				t.Fatalf("a diagnostic without a code: %v", err)
			}
		}
		return nil
	case err != nil:
		t.Fatalf("refused without a diagnostic: %v\n%s", err, ir.Format(n))
	case !s.Report.Fit.Fits:
		t.Fatalf("does not fit: %v", s.Report.Fit.Violations)
	}
	return s
}

// TestRandomNetworks compares the emulated image of random networks with the
// quantized network in the interpreter, spike for spike. Other machines, cores,
// placements, threads and orders of nodes change nothing.
func TestRandomNetworks(t *testing.T) {
	compiled, runs, spikes, split := 0, 0, 0, 0
	for _, kind := range []irtest.Kind{{}, {Lossy: true}, {Wide: true}} {
		rapid.Check(t, func(t *rapid.T) {
			draw := func(name string, lo, hi int) int { return rapid.IntRange(lo, hi).Draw(t, name) }
			n := irtest.Network(t, draw, rapid.Uint64().Draw(t, "values"), kind)
			opt := passes.Options{
				MaxUnderflow: 1, AllowApproximate: kind.Lossy, LayerDelay: int32(draw("layer delay", 0, 40)),
				Ring:    rapid.SampledFrom([]quantize.RingRule{quantize.RingUnset, quantize.RingRate}).Draw(t, "ring"),
				RingMax: rapid.SampledFrom([]float64{0, 0, 1.5}).Draw(t, "ring max"),
			}
			runs++
			s := tryCompile(t, n, opt)
			if s == nil {
				return
			}
			compiled++
			data := agree.Encode(t, s)
			const steps = 40
			in := agree.RandomRasters(t, s.Net, steps, rapid.Float64Range(0.05, 0.8).Draw(t, "rate"), 5)
			want := agree.Evaluate(t, s.Net, in, steps)
			spikes += agree.RequireEqual(t, want, emulate(t, data, in, steps, 1+draw("threads", 0, 1)))
			p := tryCompile(t, irtest.Shuffled(n, rapid.Uint64().Draw(t, "order")), opt)
			if p == nil || !bytes.Equal(data, agree.Encode(t, p)) {
				t.Fatal("another order of the nodes gives another image")
			}
			if d := cmp.Diff(s.Report, p.Report); d != "" {
				t.Fatalf("another order of the nodes gives another report: %s", d)
			}
			opt.PlaceSeed = rapid.Uint64().Draw(t, "seed of the placement")
			opt.Target = rapid.SampledFrom([]backend.Options{
				{CoreNeurons: 20, Cores: 2},
				{CoreNeurons: 11, Board: 4, Cores: 17, Dead: backend.Dead{Chips: [][2]int{{1, 1}}}},
				{CoreNeurons: 17, Cores: 1, Boards: 3, Dead: backend.Dead{Chips: [][2]int{{1, 1}, {4, 4}}, Links: [][3]int{{0, 0, 0}, {0, 0, 1}}, Cores: [][3]int{{0, 0, 1}}}},
			}).Draw(t, "machine")
			p = tryCompile(t, n, opt)
			if p == nil {
				t.Fatal("another machine does not take the network")
			}
			if len(p.Map.Tables) > 1 {
				split++
			}
			agree.RequireEqual(t, want, emulate(t, agree.Encode(t, p), in, steps, 2))
		})
	}
	t.Logf("%d of %d networks compiled, %d spikes equal, %d on several chips", compiled, runs, spikes, split)
	if compiled < runs/2 || spikes < 20*compiled || split < compiled/4 {
		t.Errorf("%d of %d networks compiled, with %d spikes, %d on several chips: too few to show anything", compiled, runs, spikes, split)
	}
}
