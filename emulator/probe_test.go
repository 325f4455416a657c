package emulator_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/emulator"
	"pgregory.net/rapid"
)

func TestParseProbe(t *testing.T) {
	tests := []struct {
		in, canonical string
		neurons       []int // of a population of 6
	}{
		{"h", "h.spikes", []int{0, 1, 2, 3, 4, 5}},
		{"h.v", "h.v", []int{0, 1, 2, 3, 4, 5}},
		{"h.u[1:3]", "h.u[1:3]", []int{1, 2}},
		{"h.spikes[3]", "h.spikes[3]", []int{3}},
		{"h[:2]", "h.spikes[0:2]", []int{0, 1}},
		{"h.v[4:]", "h.v[4:]", []int{4, 5}},
		{"h.v[1:6:2]", "h.v[1:6:2]", []int{1, 3, 5}},
		{"a.b[0].v[5]", "a.b[0].v[5]", []int{5}},
		{"a.v.v", "a.v.v", []int{0, 1, 2, 3, 4, 5}},
		{"h[2:2]", "h.spikes[2:2]", nil},
	}
	for _, x := range tests {
		p, err := emulator.ParseProbe(x.in)
		if err != nil {
			t.Errorf("%q: %v", x.in, err)
			continue
		}
		got, err := p.Neurons(6)
		if err != nil || !cmp.Equal(got, x.neurons) || p.String() != x.canonical {
			t.Errorf("%q: %s, neurons %v (%v), want %s, %v", x.in, p, got, err, x.canonical, x.neurons)
		}
	}
	for _, bad := range []string{"", ".v", "h[", "h[-1]x[]", "h[]", "h[a]", "h[-1]", "h[3:2]", "h[0:2:0]", "h[1:2:3:4]", "h[99999999999]", "[3]"} {
		p, err := emulator.ParseProbe(bad)
		if bad == "h[" { // an odd name, but a name
			continue
		}
		if err == nil {
			t.Errorf("%q was accepted as %+v", bad, p)
		}
	}
	for _, far := range []string{"h[6]", "h[0:7]", "h[7:]"} {
		p, err := emulator.ParseProbe(far)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Neurons(6); err == nil {
			t.Errorf("%q of 6 neurons is %v", far, got)
		}
	}
}

func TestProbeStringParsesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, err := emulator.ParseProbe(rapid.StringMatching(`[a.uv]{1,6}(\.(u|v|spikes))?(\[[0-9]{0,2}:?[0-9]{0,2}:?[0-9]?\])?`).Draw(t, "s"))
		if err != nil {
			return
		}
		back, err := emulator.ParseProbe(p.String())
		if err != nil || back != p {
			t.Fatalf("%+v prints as %s, which reads as %+v (%v)", p, p, back, err)
		}
	})
}
