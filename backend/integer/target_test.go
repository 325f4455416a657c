package integer_test

import (
	"context"
	"testing"

	"github.com/synfire/synfire/backend/integer"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
)

// TestQuantizedByHand compares integers with those of the scheme of
// specs/quantization.md section 2: a step of s makes a threshold of 64/s.
func TestQuantizedByHand(t *testing.T) {
	n, err := ir.Parse("net.snn", []byte(`network net {
  dt 1ms
  in   x [2]
  pop  a [2] if { threshold 1, v0 0.5, reset subtract, compare >=, r 1000, integrator euler }
  pop  b [1] lif { tau 16ms, threshold 2, reset zero, r 16, integrator euler }
  proj x -> a dense [[0.254, 0.1], [-0.0635, 0.03]]
  proj a -> b dense [[1.27, -0.5]]
  out  b
}`), ir.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s := &passes.State{Net: n, Target: integer.Target{}, Opt: passes.Options{Bits: 8}}
	if err := passes.Run(context.Background(), s, passes.ToInteger, passes.Hooks{}); err != nil {
		t.Fatal(err)
	}
	node := func(name string) *ir.Node { return s.Net.Node(s.Net.Lookup(name)) }
	a, b := node("a"), node("b")
	for name, got := range map[string][2]int32{
		"threshold of a[0]": {a.P(ir.PVThreshold).IntAt(0), 32000}, // steps of 0.002
		"threshold of a[1]": {a.P(ir.PVThreshold).IntAt(1), 128000},
		"start of a[0]":     {a.P(ir.PV0).IntAt(0), 16000},
		"threshold of b":    {b.P(ir.PVThreshold).IntAt(0), 12801}, // steps of 0.01; fires above 2
		"decay of b":        {b.P(ir.PDecayV).IntAt(0), 256},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %d, not %d", name, got[0], got[1])
		}
	}
}
