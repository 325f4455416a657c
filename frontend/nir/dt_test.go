package nir

import (
	"math"
	"testing"

	"github.com/synfire/synfire/ir"
)

func nan() float64 { return math.NaN() }

// single rounds to single precision, as files hold it.
func single(x float64) float64 { return float64(float32(x)) }

// population returns a LIF of n neurons with the given constants.
func population(name string, n int, tau, r float64) ir.Node {
	shape := ir.Shape{n}
	node := ir.Node{Name: name, Op: ir.OpLIF, In: shape, Out: shape, Origin: name}
	node.Set(ir.PTau, ir.Uniform(shape, tau))
	node.Set(ir.PR, ir.Uniform(shape, r))
	node.Set(ir.PVThreshold, ir.Uniform(shape, 1))
	return node
}

// cuba returns a CubaLIF with the gains that snnTorch writes for the decays.
func cuba(n int, alpha, beta, dt float64) ir.Node {
	node := population("cuba", n, 1, 1)
	node.Op, node.Params = ir.OpCubaLIF, nil
	tauSyn, tauMem := single(dt/(1-alpha)), single(dt/(1-beta))
	shape := node.Out
	node.Set(ir.PTauSyn, ir.Uniform(shape, tauSyn))
	node.Set(ir.PTauMem, ir.Uniform(shape, tauMem))
	node.Set(ir.PR, ir.Uniform(shape, single(tauMem/dt)))
	node.Set(ir.PWIn, ir.Uniform(shape, single(tauSyn/dt)))
	node.Set(ir.PVThreshold, ir.Uniform(shape, 1))
	return node
}

func integrator(r float64) ir.Node {
	node := population("if", 4, 1, 1)
	node.Op, node.Params = ir.OpIF, nil
	node.Set(ir.PR, ir.Uniform(node.Out, r))
	node.Set(ir.PVThreshold, ir.Uniform(node.Out, 1))
	return node
}

func TestInferDT(t *testing.T) {
	rockpoolGain := func(tau, dt float64) float64 { return single(tau / dt * math.Exp(-dt/tau)) }
	tests := []struct {
		name  string
		nodes []ir.Node
		known float64
		want  float64
		code  string
	}{
		{"snntorch", []ir.Node{cuba(10, .55, .9, 1e-4), cuba(5, .75, .85, 1e-4)}, 0, 1e-4, noteDT},
		{"snntorch at 1 ms", []ir.Node{population("a", 3, single(.02), 20)}, 0, 1e-3, noteDT},
		{"six digits", []ir.Node{population("a", 3, .02, .02/1.23457e-3)}, 0, 1.23457e-3, noteDT},
		{"rockpool", []ir.Node{population("a", 3, single(.0025), rockpoolGain(.0025, 1e-4))}, 0, 1e-4, noteDT},
		{"rockpool, long steps", []ir.Node{population("a", 3, single(.01), rockpoolGain(.01, 5e-3))}, 0, 5e-3, noteDT},
		{"spikingjelly", []ir.Node{integrator(1000), population("a", 2, .002, 2)}, 0, 1e-3, noteDT},
		{"some neurons say nothing", []ir.Node{integrator(1), cuba(5, .5, .9, 1e-4)}, 0, 1e-4, noteDT},
		{"norse", []ir.Node{population("a", 3, .02, 1)}, 0, 0, noteDTUnknown},
		{"gain below 1", []ir.Node{population("a", 3, 2.2222223, .9)}, 0, 0, noteDTUnknown},
		{"conflict", []ir.Node{cuba(5, .5, .9, 1e-4), cuba(5, .5, .9, 1e-3)}, 0, 0, noteDTConflict},
		{"metadata agrees", []ir.Node{cuba(5, .5, .9, 1e-4)}, 1e-4, 1e-4, ""},
		{"metadata wins", []ir.Node{cuba(5, .5, .9, 1e-4)}, 1e-3, 1e-3, noteDTConflict},
		{"no neurons", nil, 0, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := &ir.Network{DT: tt.known}
			for _, node := range tt.nodes {
				n.Add(node)
			}
			diags := InferDT(n)
			if n.DT != tt.want {
				t.Errorf("dt = %g, want %g", n.DT, tt.want)
			}
			switch {
			case tt.code == "" && len(diags) > 0:
				t.Errorf("unexpected %s", diags[0].Error())
			case tt.code != "" && (len(diags) != 1 || diags[0].Code != tt.code):
				t.Errorf("diagnostics %v, want %s", diags, tt.code)
			case len(n.Notes) != len(diags):
				t.Errorf("%d notes on record, %d diagnostics", len(n.Notes), len(diags))
			}
		})
	}
}

// TestInferDTInside checks that neurons of nested graphs count.
func TestInferDTInside(t *testing.T) {
	sub := &ir.Network{}
	sub.Add(cuba(7, .5, .9, 1e-4))
	n := &ir.Network{}
	n.Add(ir.Node{Name: "sub", Op: ir.OpGraph, Sub: sub})
	n.Add(cuba(3, .6, .8, 1e-4))
	const want = "dt inferred 0.0001 s from 10 of 10 neurons (snnTorch convention: r is tau/dt)"
	if diags := InferDT(n); len(diags) != 1 || diags[0].Msg != want {
		t.Errorf("diagnostics %v, want %q", diags, want)
	}
}

// TestLambert checks the inverse against its definition.
func TestLambert(t *testing.T) {
	for y := 1e-9; y < 1; y *= 1.7 {
		x := lambert(y)
		if got := x * math.Exp(x); math.Abs(got-y) > 1e-14+1e-13*y {
			t.Errorf("lambert(%g) = %g, which gives %g", y, x, got)
		}
	}
}
