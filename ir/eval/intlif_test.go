package eval

import (
	"math/big"
	"strings"
	"testing"

	"github.com/synfire/synfire/ir"
	"pgregory.net/rapid"
)

// bigWrap is wrap with numbers without a bound.
func bigWrap(x *big.Int, b int8) *big.Int {
	if b == 0 {
		return x
	}
	half := new(big.Int).Lsh(big.NewInt(1), uint(b))
	y := new(big.Int).Add(x, half)
	y.Mod(y, new(big.Int).Lsh(half, 1)) // Euclidean: never negative
	return y.Sub(y, half)
}

// bigDecay returns x*(D-d)/D rounded toward zero.
func bigDecay(x *big.Int, d int64, bits int8) *big.Int {
	one := new(big.Int).Lsh(big.NewInt(1), uint(bits))
	y := new(big.Int).Mul(x, new(big.Int).Sub(one, big.NewInt(d)))
	return y.Quo(y, one)
}

// TestIntLIF compares an integer neuron with the sentences of ir.IntLIF
// written in unbounded numbers.
func TestIntLIF(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		decayBits := int8(rapid.IntRange(0, 30).Draw(t, "decay bits"))
		m := ir.IntLIF{
			DecayBits:   decayBits,
			AccBits:     rapid.SampledFrom([]int8{0, 1, 8, 21}).Draw(t, "acc"),
			CurrentBits: rapid.SampledFrom([]int8{1, 8, 23, 52}).Draw(t, "current"),
			VMin:        -rapid.Int64Range(0, 1<<26).Draw(t, "vmin"), VMax: rapid.Int64Range(0, 1<<26).Draw(t, "vmax"),
		}
		fraction := rapid.Int64Range(0, int64(1)<<decayBits)
		du, dv := fraction.Draw(t, "du"), fraction.Draw(t, "dv")
		th := rapid.Int64Range(-100, 1<<24).Draw(t, "threshold")
		bias := rapid.Int64Range(-1<<20, 1<<20).Draw(t, "bias")
		ref := rapid.Int32Range(0, 3).Draw(t, "refractory")
		n := node1(ir.OpIntLIF, 1, 1)
		n.IntLIF = &m
		for k, x := range map[ir.Param]int64{ir.PDecayU: du, ir.PDecayV: dv, ir.PVThreshold: th, ir.PBias: bias, ir.PRefSteps: int64(ref)} {
			n.Set(k, ir.UniformInt(n.Out, int32(x)))
		}
		p, err := Compile(chain(node1(ir.OpInput, 1, 1), n))
		if err != nil {
			t.Fatal(err)
		}
		s := p.NewState()
		u, v, wait := new(big.Int), new(big.Int), int32(0)
		for step := range 20 {
			x := rapid.Int64Range(-1<<40, 1<<40).Draw(t, "x") >> rapid.IntRange(0, 40).Draw(t, "shift")
			if err := s.Step([][]float64{{float64(x)}}); err != nil {
				t.Fatal(err)
			}
			u = bigWrap(new(big.Int).Add(bigDecay(u, du, decayBits), bigWrap(big.NewInt(x), m.AccBits)), m.CurrentBits)
			v = new(big.Int).Add(bigDecay(v, dv, decayBits), bigWrap(new(big.Int).Add(u, big.NewInt(bias)), m.CurrentBits))
			if lo := big.NewInt(m.VMin); v.Cmp(lo) < 0 {
				v = lo
			}
			if hi := big.NewInt(m.VMax); v.Cmp(hi) > 0 {
				v = hi
			}
			if wait > 0 {
				wait--
				v = new(big.Int)
			}
			spike := 0.0
			if v.Cmp(big.NewInt(th)) > 0 {
				spike, v, wait = 1, new(big.Int), ref
			}
			if s.Out(1)[0] != spike || s.U(1)[0] != float64(u.Int64()) || s.V(1)[0] != float64(v.Int64()) {
				t.Fatalf("step %d: spike %v, u %v, v %v, want %v, %v, %v", step, s.Out(1)[0], s.U(1)[0], s.V(1)[0], spike, u, v)
			}
		}
	})
}

// intNeuron is an integer neuron without decay that never fires.
func intNeuron(m ir.IntLIF) ir.Node {
	n := node1(ir.OpIntLIF, 1, 1)
	n.IntLIF = &m
	n.Set(ir.PDecayU, ir.UniformInt(n.Out, 0))
	n.Set(ir.PDecayV, ir.UniformInt(n.Out, 0))
	return with(n, ir.PVThreshold, ir.UniformInt(n.Out, 1<<30))
}

// TestInexact makes sure that a sum which float64 might round is an error.
func TestInexact(t *testing.T) {
	m := ir.IntLIF{DecayBits: 12, VMax: 1 << 30}
	quantized := func(w int32) ir.Node {
		n := with(node1(ir.OpDense, 1, 1), ir.PWeight, ir.Ints(ir.Shape{1, 1}, []int32{w}))
		n.Q = &ir.QFormat{Unit: 64}
		return n
	}
	tests := []struct {
		name string
		n    *ir.Network
		x    float64
		want string
	}{
		{"fraction", chain(node1(ir.OpInput, 1, 1), intNeuron(m)), 0.5, "not a whole number"},
		{"large", chain(node1(ir.OpInput, 1, 1), intNeuron(m)), 1 << 53, "at most 53 bits"},
		{"fraction into a map", chain(node1(ir.OpInput, 1, 1), quantized(2), intNeuron(m)), 0.5, "takes whole numbers"},
		{"sum", chain(node1(ir.OpInput, 1, 1), quantized(1<<30), intNeuron(m)), 1 << 10, "more than 2^43"},
		{"current", chain(node1(ir.OpInput, 1, 1), intNeuron(m)), 1<<53 - 1, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := mustCompile(t, test.n).NewState()
			err := s.Step([][]float64{{test.x}})
			if test.want == "" { // the current adds up: one step is fine, two are not
				if err != nil {
					t.Fatal(err)
				}
				err, test.want = s.Step([][]float64{{test.x}}), "above 53 bits"
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// TestIntLIFSubtractsAndFiresAtTheThreshold checks the two attributes by hand:
// with threshold 10 and inputs of 4 from v = 6, v is 10 (a spike, leaving 0),
// 4, 8, 12 (a spike, leaving 2), 6, 10 (a spike).
func TestIntLIFSubtractsAndFiresAtTheThreshold(t *testing.T) {
	node := intNeuron(ir.IntLIF{DecayBits: 12, VMin: -1 << 31, VMax: 1 << 31})
	node.Neuron = ir.Neuron{Reset: ir.ResetSubtract, Compare: ir.GreaterEqual}
	node.Set(ir.PDecayU, ir.UniformInt(node.Out, 4096))
	node.Set(ir.PDecayV, ir.UniformInt(node.Out, 0))
	node.Set(ir.PVThreshold, ir.UniformInt(node.Out, 10))
	node.Set(ir.PV0, ir.UniformInt(node.Out, 6))
	n := chain(node1(ir.OpInput, 1, 1), node)
	p := mustCompile(t, n)
	s := p.NewState()
	wantV, wantS := []float64{0, 4, 8, 2, 6, 0}, []float64{1, 0, 0, 1, 0, 1}
	for i := range wantV {
		if err := s.Step([][]float64{{4}}); err != nil {
			t.Fatal(err)
		}
		const id = ir.NodeID(1)
		if s.Out(id)[0] != wantS[i] || s.V(id)[0] != wantV[i] {
			t.Errorf("step %d: spike %g, v %g, want %g, %g", i, s.Out(id)[0], s.V(id)[0], wantS[i], wantV[i])
		}
	}
}
