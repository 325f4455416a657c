package eval

import (
	"context"
	"testing"

	"github.com/synfire/synfire/internal/fixed"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"pgregory.net/rapid"
)

// fixNet is in -> pop with weights w[target][source], and pop -> pop with back
// a step later, through a flatten as the lower pass leaves it.
func fixNet(w, back [][]int32, pop ir.Node) *ir.Network {
	matrix := func(m [][]int32) ir.Tensor {
		var all []int32
		for _, row := range m {
			all = append(all, row...)
		}
		return ir.Ints(ir.Shape{len(m), len(m[0])}, all)
	}
	n := &ir.Network{DT: 1e-3, Discrete: true}
	in := ir.Shape{len(w[0])}
	out := ir.Shape{len(w)}
	a := n.Add(ir.Node{Name: "in", Op: ir.OpInput, In: in, Out: in})
	q := &ir.QFormat{Bits: 16, Sign: ir.SignMixed, Unit: 1, Scale: 1}
	d := ir.Node{Name: "w", Op: ir.OpDense, In: in, Out: out, Q: q}
	d.Set(ir.PWeight, matrix(w))
	b := n.Add(d)
	pop.Name, pop.In, pop.Out = "pop", out, out
	p := n.Add(pop)
	r := ir.Node{Name: "back", Op: ir.OpDense, In: out, Out: out, Q: q}
	r.Set(ir.PWeight, matrix(back))
	c := n.Add(r)
	f := n.Add(ir.Node{Name: "flat", Op: ir.OpFlatten, In: out, Out: out, Flatten: &ir.Flatten{End: -1}})
	n.Connect(a, b, 0)
	n.Connect(b, p, 0)
	n.Connect(p, c, 1)
	n.Connect(c, f, 0)
	n.Connect(f, p, 0)
	return n
}

// TestFixLIF steps random populations by hand: inputs by sign, saturated.
func TestFixLIF(t *testing.T) {
	saturated, spikes := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		const sources, size, steps = 5, 3, 40
		weight := rapid.OneOf(rapid.Int32Range(-60000, 60000), rapid.Int32Range(-300, 300))
		rows := func(name string, n int) [][]int32 {
			return rapid.SliceOfN(rapid.SliceOfN(weight, n, n), size, size).Draw(t, name)
		}
		w, back := rows("w", sources), rows("back", size)
		shift := rapid.Int8Range(0, 8)
		node := ir.Node{Op: ir.OpFixLIF, FixLIF: &ir.FixLIF{Arith: ir.ArithS1615, ShiftExc: shift.Draw(t, "exc"), ShiftInh: shift.Draw(t, "inh")}}
		tauSyn := rapid.SampledFrom([]int32{0, 3151, 5 * fixed.One}).Draw(t, "tau_syn")
		shape := ir.Shape{size}
		node.Set(ir.PTauSyn, ir.UniformInt(shape, tauSyn))
		node.Set(ir.PTauMem, ir.UniformInt(shape, rapid.Int32Range(1<<12, 1<<24).Draw(t, "tau_mem")))
		node.Set(ir.PCMem, ir.UniformInt(shape, rapid.Int32Range(1<<14, 1<<20).Draw(t, "c")))
		node.Set(ir.PVThreshold, ir.UniformInt(shape, rapid.Int32Range(100, 1<<20).Draw(t, "threshold")))
		node.Set(ir.PVLeak, ir.UniformInt(shape, rapid.Int32Range(-99, 99).Draw(t, "rest")))
		node.Set(ir.PRefSteps, ir.UniformInt(shape, rapid.Int32Range(0, 3).Draw(t, "refractory")))
		in, err := spike.New(steps, sources)
		if err != nil {
			t.Fatal(err)
		}
		for s := range steps {
			for i := range sources {
				if rapid.Bool().Draw(t, "spike") {
					in.Set(s, i)
				}
			}
		}
		n := fixNet(w, back, node)
		prog, err := Compile(n)
		if err != nil {
			t.Fatal(err)
		}
		pop := n.Lookup("pop")
		res, err := Run(context.Background(), prog, Stimulus{{Raster: in}}, Options{Steps: steps, Probes: []Probe{{pop, Spikes}, {pop, Potential}}})
		if err != nil {
			t.Fatal(err)
		}
		at := func(k ir.Param) int32 { return n.Node(pop).P(k).IntAt(0) }
		lif := fixed.NewLIF(&fixed.LIFParams{VRest: at(ir.PVLeak), C: at(ir.PCMem), TauM: at(ir.PTauMem), Step: fixed.One, Threshold: at(ir.PVThreshold)}, 1)
		lif.Refractory = at(ir.PRefSteps)
		syn := fixed.NewSynapse(&fixed.SynapseParams{Tau: tauSyn, Step: fixed.One}, 1)
		state, last := make([]fixed.State, size), make([]bool, size)
		for s := range steps {
			now := make([]bool, size)
			for j := range size {
				var sum [2]int64 // excitatory, inhibitory
				add := func(x int32) {
					if x > 0 {
						sum[0] += int64(x)
					} else {
						sum[1] -= int64(x)
					}
				}
				for i := range sources {
					if in.Get(s, i) {
						add(w[j][i])
					}
				}
				for i := range size {
					if last[i] {
						add(back[j][i])
					}
				}
				for i := range sum {
					if sum[i] > 65535 {
						sum[i] = 65535
						saturated++
					}
				}
				x := &state[j]
				if tauSyn == 0 {
					x.Exc, x.Inh = int32(sum[0])<<node.FixLIF.ShiftExc, int32(sum[1])<<node.FixLIF.ShiftInh
				} else {
					x.Exc = syn.Add(x.Exc, uint16(sum[0]), uint32(node.FixLIF.ShiftExc))
					x.Inh = syn.Add(x.Inh, uint16(sum[1]), uint32(node.FixLIF.ShiftInh))
				}
				now[j] = lif.Update(x)
				x.Exc, x.Inh = syn.Shape(x.Exc), syn.Shape(x.Inh)
				if now[j] != res.Recordings[0].Raster.Get(s, j) || float64(x.V) != res.Recordings[1].Trace[s][j] {
					t.Fatalf("step %d, neuron %d: spike %v at %d, the interpreter says %v at %g", s, j, now[j], x.V, res.Recordings[0].Raster.Get(s, j), res.Recordings[1].Trace[s][j])
				}
				if now[j] {
					spikes++
				}
			}
			last = now
		}
	})
	if saturated == 0 || spikes == 0 {
		t.Errorf("%d inputs saturated, %d spikes: nothing was tested", saturated, spikes)
	}
}

// TestSplitRefusals looks for what cannot be summed by sign.
func TestSplitRefusals(t *testing.T) {
	pop := ir.Node{Op: ir.OpFixLIF, FixLIF: &ir.FixLIF{Arith: ir.ArithS1615}}
	for _, k := range []ir.Param{ir.PTauSyn, ir.PTauMem, ir.PCMem, ir.PVThreshold} {
		pop.Set(k, ir.UniformInt(ir.Shape{1}, 1<<15))
	}
	for name, change := range map[string]func(n *ir.Network){
		"no weights": func(n *ir.Network) { n.Connect(n.Lookup("in"), n.Lookup("pop"), 0) },
		"bias":       func(n *ir.Network) { n.Node(n.Lookup("w")).Set(ir.PBias, ir.UniformInt(ir.Shape{1}, 1)) },
		"shared map": func(n *ir.Network) {
			out := n.Add(ir.Node{Name: "out", Op: ir.OpOutput, In: ir.Shape{1}, Out: ir.Shape{1}})
			n.Connect(n.Lookup("w"), out, 0)
		},
		"reset":   func(n *ir.Network) { n.Node(n.Lookup("pop")).Neuron.Reset = ir.ResetSubtract },
		"compare": func(n *ir.Network) { n.Node(n.Lookup("pop")).Neuron.Compare = ir.Greater },
	} {
		n := fixNet([][]int32{{1}}, [][]int32{{1}}, pop)
		if _, err := Compile(n); err != nil {
			t.Fatal(err)
		}
		change(n)
		if _, err := Compile(n); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
