package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/ir"
)

// loihiTrace is a file of the conformance data folder, golden/loihi: networks
// of integer neurons with the states that public emulators computed
// (specs/loihi1.md section 1).
type loihiTrace struct {
	Steps       int
	Groups      map[string]loihiGroup
	Inputs      map[string]loihiInput
	Projections []loihiProjection
	Spikes      [][3]any
	Neurons     map[string][]int `json:"trace_neurons"`
	U, V        map[string][][]float64
}

type loihiGroup struct {
	N          int
	DecayU     int32 `json:"decay_u"`
	DecayV     int32 `json:"decay_v"`
	Threshold  int32 `json:"vth_mant"`
	Refractory int32 `json:"refract"`
	BiasMant   any   `json:"bias_mant"`
	BiasExp    any   `json:"bias_exp"`
	VMin, VMax int64
}

type loihiInput struct {
	N      int
	Spikes [][2]int
}

type loihiProjection struct {
	Pre, Post string
	Sign      string  `json:"sign_mode"`
	Bits      int     `json:"num_weight_bits"`
	Exp       int8    `json:"w_exp"`
	Delay     int32   `json:"delay"`
	Synapses  [][]int `json:"syn"` // pre, post, mantissa, effective weight
}

// TestLoihiTraces compares spikes, currents and potentials in every step.
func TestLoihiTraces(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testenv.Shared(t, "golden/loihi"), "[0-9]*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no traces found: %v", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var trace loihiTrace
			if err := json.Unmarshal(data, &trace); err != nil {
				t.Fatal(err)
			}
			trace.compare(t)
		})
	}
}

func (l *loihiTrace) compare(t *testing.T) {
	n := &ir.Network{DT: 1e-3, Discrete: true}
	var in Stimulus
	for _, name := range sortedKeys(l.Inputs) {
		node := node1(ir.OpInput, l.Inputs[name].N, l.Inputs[name].N)
		node.Name = name
		n.Add(node)
		in = append(in, Signal{Raster: l.input(t, name)})
	}
	opt := Options{Steps: l.Steps}
	groups := sortedKeys(l.Groups)
	for _, name := range groups {
		id := n.Add(l.Groups[name].node(name))
		opt.Probes = append(opt.Probes, Probe{id, Spikes}, Probe{id, Current}, Probe{id, Potential})
	}
	for _, p := range l.Projections {
		p.connect(n)
	}
	res, err := Run(context.Background(), mustCompile(t, n), in, opt)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range groups {
		got := res.Recordings[3*i : 3*i+3]
		wrong, _, _, err := spike.Diff(got[0].Raster, l.raster(t, name))
		if err != nil || wrong != 0 {
			t.Errorf("%s: %d spikes differ, error %v", name, wrong, err)
		}
		for k, neuron := range l.Neurons[name] {
			for step := range l.Steps {
				u, v := got[1].Trace[step][neuron], got[2].Trace[step][neuron]
				if u != l.U[name][k][step] || v != l.V[name][k][step] {
					t.Fatalf("%s[%d], step %d: u, v = %g, %g, want %g, %g", name, neuron, step, u, v, l.U[name][k][step], l.V[name][k][step])
				}
			}
		}
	}
}

func sortedKeys[T any](m map[string]T) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (l *loihiTrace) input(t *testing.T, name string) *spike.Raster {
	r, err := spike.New(l.Steps, l.Inputs[name].N)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range l.Inputs[name].Spikes {
		if s[0] < l.Steps {
			r.Set(s[0], s[1])
		}
	}
	return r
}

// raster returns the reference spikes of a group.
func (l *loihiTrace) raster(t *testing.T, name string) *spike.Raster {
	r, err := spike.New(l.Steps, l.Groups[name].N)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range l.Spikes {
		if s[1] == name {
			r.Set(int(s[0].(float64)), int(s[2].(float64)))
		}
	}
	return r
}

func (g loihiGroup) node(name string) ir.Node {
	n := node1(ir.OpIntLIF, g.N, g.N)
	n.Name = name
	n.IntLIF = &ir.IntLIF{DecayBits: 12, AccBits: 21, CurrentBits: 23, VMin: g.VMin, VMax: g.VMax}
	n.Set(ir.PDecayU, ir.UniformInt(n.Out, g.DecayU+1))
	n.Set(ir.PDecayV, ir.UniformInt(n.Out, g.DecayV))
	n.Set(ir.PVThreshold, ir.UniformInt(n.Out, g.Threshold<<6))
	n.Set(ir.PRefSteps, ir.UniformInt(n.Out, g.Refractory-1))
	bias := make([]int32, g.N)
	for i := range bias {
		bias[i] = element(g.BiasMant, i) << element(g.BiasExp, i)
	}
	n.Set(ir.PBias, ir.Ints(n.Out, bias))
	return n
}

// element returns element i of a number or a list of numbers.
func element(x any, i int) int32 {
	if list, ok := x.([]any); ok {
		x = list[i]
	}
	return int32(x.(float64))
}

// connect adds the projection as a sparse map; its delay follows the map, and
// the spike of a compartment takes a step more.
func (p loihiProjection) connect(n *ir.Network) {
	src, dst := n.Lookup(p.Pre), n.Lookup(p.Post)
	slices.SortFunc(p.Synapses, func(a, b []int) int { return slices.Compare(a[:2], b[:2]) })
	m := node1(ir.OpSparse, n.Node(src).Out.Size(), n.Node(dst).Out.Size())
	ptr := make([]int32, n.Node(src).Out.Size()+1)
	var target, w []int32
	for _, s := range p.Synapses {
		ptr[s[0]+1]++
		target = append(target, int32(s[1]))
		w = append(w, int32(p.truncate(s[2])))
	}
	for i := range len(ptr) - 1 {
		ptr[i+1] += ptr[i]
	}
	m.Name = fmt.Sprintf("projection %d", len(n.Nodes))
	m.Q = &ir.QFormat{Exp: p.Exp, Unit: 64, Limit: 1<<21 - 64}
	m.Set(ir.PIndptr, ir.Ints(ir.Shape{len(ptr)}, ptr))
	m.Set(ir.PIndices, ir.Ints(ir.Shape{len(target)}, target))
	m.Set(ir.PWeight, ir.Ints(ir.Shape{len(w)}, w))
	id := n.Add(m)
	delay := p.Delay
	if n.Node(src).Op != ir.OpInput {
		delay++
	}
	n.Connect(src, id, 0)
	n.Connect(id, dst, delay)
}

// truncate rounds a mantissa toward zero to the grid of the synapse format.
func (p loihiProjection) truncate(w int) int {
	shift := 8 - p.Bits
	if p.Sign == "mixed" {
		shift++
	}
	grid := 1 << shift
	return w / grid * grid
}
