package runner

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/synfire/synfire/frontend"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/quantize"
)

const quantizeNet = `network q {
	dt 1ms
	in   x [6]
	pop  a [5] lif { tau [3ms, 4ms, 5ms, 6ms, 7ms], threshold 1, v_leak 0.1, reset zero, r 2 }
	pop  b [3] cubalif { tau_syn 2ms, tau_mem 9ms, threshold 0.5, reset zero, refractory 2ms }
	proj x -> a dense [[1.1, 0.7, -0.3, 0.2, 0.9, 0.4], [0.3, 1.7, 0.6, -0.8, 0.1, 0.5], [-0.6, 0.2, 1.9, 0.8, 0.3, -0.1], [0.5, 0.5, -0.7, 1.3, 0.2, 0.6], [0.9, -0.2, 0.4, 0.1, 1.5, 0.3]]
	proj a -> b dense [[2, -0.5, 1, 0.3, 0.7], [0.4, 3, -1, 0.8, 0.2], [-0.2, 0.6, 1.1, 2.5, -0.9]] { bias [0.02, -0.01, 0.03] }
	proj a -> a delay 1 dense [[0, -0.3, 0.1, 0.2, -0.1], [0.2, 0, -0.2, 0.1, 0.3], [-0.1, 0.2, 0, 0.3, -0.2], [0.1, -0.1, 0.2, 0, 0.1], [0.3, 0.1, -0.1, 0.2, 0]]
	out  b
}`

// hashOf runs a network in the reference and returns the hash of its spikes.
func hashOf(t *testing.T, n *ir.Network, d *Data) (string, int64) {
	t.Helper()
	s, err := Discretize(t.Context(), n, passes.Options{}, &Watch{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewReference(s.Net)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := Measure(t.Context(), m, "", d, Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	spikes := int64(0)
	for _, p := range sum.Populations {
		spikes += p.Spikes
	}
	return sum.SpikeHash, spikes
}

// TestQuantizeSaves checks that a quantized network, written and read again,
// is the network that eval measures at that width: in float with weights on
// levels, and in the chip's integers as the emulator runs them.
func TestQuantizeSaves(t *testing.T) {
	n := parse(t, quantizeNet)
	d, err := RandomData([]Port{{Name: "x", Size: 6}}, 60, 0.3, 7)
	if err != nil {
		t.Fatal(err)
	}
	float, _ := hashOf(t, n, d)
	for _, x := range []struct {
		name   string
		target *Target
		bits   quantize.Bits
	}{{"ref.snn", nil, 3}, {"ref.nir", nil, 3}, {"chip.snn", chip, 4}} {
		opt := passes.Options{Bits: x.bits, MaxUnderflow: 1, Calibration: d.Calibration(0)}
		net, r, _, err := Quantize(t.Context(), n, x.target, opt)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Projections) < 3 || r.Memory > r.Float/4 || (x.target != nil) != (len(r.Parameters) > 0) {
			t.Errorf("%s: %+v", x.name, r)
		}
		path := filepath.Join(t.TempDir(), x.name)
		if _, err := frontend.Save(path, net); err != nil {
			t.Fatal(err)
		}
		again, _, err := frontend.Open(path, frontend.Options{})
		if err != nil {
			t.Fatal(err)
		}
		want, spikes := measuredHash(t, n, x.target, opt, d)
		if got, _ := hashOf(t, again, d); got != want {
			t.Errorf("%s: the saved network spikes otherwise than the one measured", x.name)
		}
		if want == float || spikes < 50 {
			t.Errorf("%s: %d spikes, as in float: nothing is tested", x.name, spikes)
		}
	}
}

// measuredHash is the hash of the spikes that eval sees.
func measuredHash(t *testing.T, n *ir.Network, target *Target, opt passes.Options, d *Data) (string, int64) {
	t.Helper()
	e := &evaluation{EvalRequest: &EvalRequest{Net: n, Passes: opt}, data: d}
	c, err := e.candidate(context.Background(), target, opt)
	if err != nil {
		t.Fatal(err)
	}
	m, err := e.all(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	spikes := int64(0)
	for _, p := range m.Populations {
		spikes += p.Spikes
	}
	return m.SpikeHash, spikes
}

// TestDecayProfiles checks that neurons share as many decays as they may and
// that the report says what that costs.
func TestDecayProfiles(t *testing.T) {
	for profiles, most := range map[int]int{0: 5, 1: 1, 2: 2, 3: 3, 9: 5} {
		_, r, _, err := Quantize(t.Context(), parse(t, quantizeNet), chip, passes.Options{DecayProfiles: profiles})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, p := range r.Parameters {
			if p.Population != "a" || p.Name != "decay_v" {
				continue
			}
			found = true
			if p.Values != most {
				t.Errorf("%d profiles: %d decays, want %d", profiles, p.Values, most)
			}
			// A palette of one for 3 to 7 ms is off by more than a fifth.
			if exact := most == 5; exact != (p.MaxError < 0.01) || most == 1 && p.MaxError < 0.2 {
				t.Errorf("%d profiles: error %g", profiles, p.MaxError)
			}
		}
		if !found {
			t.Error("the decays of a are not reported")
		}
	}
}
