package proofs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/synfire/synfire/ir"
)

// loihiTrace is a network of Loihi registers with what a public emulator
// computed of it (format loihi-golden-1).
type loihiTrace struct {
	Name        string                `json:"name"`
	Steps       int                   `json:"steps"`
	Groups      map[string]loihiGroup `json:"groups"`
	Inputs      map[string]loihiInput `json:"inputs"`
	Projections []loihiProjection     `json:"projections"`
	Spikes      []loihiSpike          `json:"spikes"`
	Recorded    map[string][]int      `json:"trace_neurons"`
	U           map[string][][]int32  `json:"u"`
	V           map[string][][]int32  `json:"v"`
}

// loihiGroup is a group of compartments; a register is one number or one for
// each compartment.
type loihiGroup struct {
	N        int      `json:"n"`
	DecayU   *numbers `json:"decay_u"`
	DecayV   *numbers `json:"decay_v"`
	VthMant  *numbers `json:"vth_mant"`
	Refract  *numbers `json:"refract"`
	BiasMant *numbers `json:"bias_mant"`
	BiasExp  *numbers `json:"bias_exp"`
	VMin     *int64   `json:"vmin"`
	VMax     *int64   `json:"vmax"`
}

type loihiInput struct {
	N      int      `json:"n"`
	Spikes [][2]int `json:"spikes"`
}

type loihiProjection struct {
	Pre        string    `json:"pre"`
	Post       string    `json:"post"`
	SignMode   string    `json:"sign_mode"`
	WeightBits int       `json:"num_weight_bits"`
	WExp       int       `json:"w_exp"`
	Delay      int32     `json:"delay"`
	Syn        [][]int32 `json:"syn"` // pre, post, mantissa, ...
}

// loihiSpike is [step, group, neuron].
type loihiSpike struct {
	T, I  int
	Group string
}

func (s *loihiSpike) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&s.T, &s.Group, &s.I})
}

// numbers is one number or a list.
type numbers []int32

func (n *numbers) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		return json.Unmarshal(data, (*[]int32)(n))
	}
	*n = make([]int32, 1)
	return json.Unmarshal(data, &(*n)[0])
}

// tensor returns the register of n compartments, mapped by f, or def.
func (n *numbers) tensor(size int, def int32, f func(int32) int32) (ir.Tensor, error) {
	if n == nil {
		return ir.UniformInt(ir.Shape{size}, f(def)), nil
	}
	if len(*n) != 1 && len(*n) != size {
		return ir.Tensor{}, fmt.Errorf("a register has %d values for %d compartments", len(*n), size)
	}
	out := make([]int32, len(*n))
	for i, x := range *n {
		out[i] = f(x)
	}
	return ir.Ints(ir.Shape{size}, out), nil
}

// network returns the trace as a quantized network in which a spike takes one
// step and its delay, an input spike only its delay.
func (tr *loihiTrace) network() (*ir.Network, error) {
	n := &ir.Network{Name: tr.Name, DT: 1e-3, Discrete: true}
	ids := map[string]ir.NodeID{}
	for _, name := range slices.Sorted(maps.Keys(tr.Inputs)) {
		shape := ir.Shape{tr.Inputs[name].N}
		if err := shape.Check(); err != nil {
			return nil, fmt.Errorf("input %s: %w", name, err)
		}
		ids["in "+name] = n.Add(ir.Node{Name: "in " + name, Op: ir.OpInput, In: shape, Out: shape})
	}
	for _, name := range slices.Sorted(maps.Keys(tr.Groups)) {
		g := tr.Groups[name]
		node, err := g.node(name)
		if err != nil {
			return nil, fmt.Errorf("group %s: %w", name, err)
		}
		ids[name] = n.Add(node)
	}
	for i := range tr.Projections {
		p := &tr.Projections[i]
		src, delay := p.Pre, p.Delay+1
		if _, ok := tr.Inputs[p.Pre]; ok {
			src, delay = "in "+p.Pre, p.Delay
		}
		a, ok1 := ids[src]
		b, ok2 := ids[p.Post]
		if !ok1 || !ok2 {
			return nil, fmt.Errorf("projection %d joins %q to %q, which do not exist", i, p.Pre, p.Post)
		}
		maps, err := p.maps(i, n.Node(a).Out.Size(), n.Node(b).Out.Size())
		if err != nil {
			return nil, fmt.Errorf("projection %d: %w", i, err)
		}
		for _, m := range maps {
			id := n.Add(m)
			n.Connect(a, id, delay)
			n.Connect(id, b, 0)
		}
	}
	return n, nil
}

func (g *loihiGroup) node(name string) (ir.Node, error) {
	shape := ir.Shape{g.N}
	node := ir.Node{Name: name, Op: ir.OpIntLIF, In: shape, Out: shape, IntLIF: &ir.IntLIF{
		DecayBits: 12, AccBits: 21, CurrentBits: 23, VMin: -(1 << 23) + 1, VMax: 1<<23 - 1,
	}}
	if err := shape.Check(); err != nil {
		return node, err
	}
	if g.VMin != nil {
		node.IntLIF.VMin = *g.VMin
	}
	if g.VMax != nil {
		node.IntLIF.VMax = *g.VMax
	}
	same := func(x int32) int32 { return x }
	mant, err := g.BiasMant.tensor(g.N, 0, same)
	if err != nil {
		return node, err
	}
	exp, err := g.BiasExp.tensor(g.N, 0, same)
	if err != nil {
		return node, err
	}
	bias := make([]int32, g.N)
	for i := range bias {
		bias[i] = mant.IntAt(i) << (exp.IntAt(i) & 7)
	}
	node.Set(ir.PBias, ir.Ints(shape, bias))
	for _, r := range []struct {
		key ir.Param
		val *numbers
		def int32
		f   func(int32) int32
	}{
		{ir.PDecayU, g.DecayU, 4095, func(x int32) int32 { return x + 1 }},
		{ir.PDecayV, g.DecayV, 0, same},
		{ir.PVThreshold, g.VthMant, 100, func(x int32) int32 { return x << 6 }},
		{ir.PRefSteps, g.Refract, 1, func(x int32) int32 { return x - 1 }},
	} {
		t, err := r.val.tensor(g.N, r.def, r.f)
		if err != nil {
			return node, err
		}
		node.Set(r.key, t)
	}
	return node, nil
}

// maps returns the projection's synapses as sparse maps with mantissas
// truncated to the format's grid (specs/loihi1.md 1.5). An inhibitory weight
// of -256 has no place in an 8-bit magnitude and goes into a mixed format.
func (p *loihiProjection) maps(index, in, out int) ([]ir.Node, error) {
	sign, err := ir.ParseSignMode(p.SignMode)
	if err != nil {
		return nil, err
	}
	if p.WeightBits < 0 || p.WeightBits > 8 {
		return nil, fmt.Errorf("weights of %d bits", p.WeightBits)
	}
	k := 8 - p.WeightBits
	if sign == ir.SignMixed {
		k++
	}
	rows := [2][][]synapse{make([][]synapse, in), make([][]synapse, in)}
	for _, s := range p.Syn {
		if len(s) < 3 || s[0] < 0 || int(s[0]) >= in || s[1] < 0 || int(s[1]) >= out {
			return nil, fmt.Errorf("synapse %v is outside %d x %d", s, in, out)
		}
		m := s[2]
		if m < 0 {
			m = -(-m >> k << k)
		} else {
			m = m >> k << k
		}
		which := 0
		if sign == ir.SignInhibitory && m < -255 {
			which = 1
		}
		rows[which][s[0]] = append(rows[which][s[0]], synapse{s[1], m})
	}
	var nodes []ir.Node
	for which, r := range rows {
		node := sparse(fmt.Sprintf("p%d.%d", index, which), in, out, r)
		node.Q = &ir.QFormat{Bits: int8(p.WeightBits), Exp: int8(p.WExp), Sign: sign, Unit: 64, Limit: 1<<21 - 64, Scale: 1}
		if which == 1 {
			node.Q.Bits, node.Q.Sign = 8, ir.SignMixed
		}
		if node.P(ir.PWeight).Len() > 0 {
			nodes = append(nodes, node)
		}
	}
	return nodes, nil
}

// synapse is a target and a mantissa.
type synapse struct{ target, mantissa int32 }

func sparse(name string, in, out int, rows [][]synapse) ir.Node {
	ptr := []int32{0}
	var idx, w []int32
	for _, row := range rows {
		slices.SortStableFunc(row, func(a, b synapse) int { return int(a.target - b.target) })
		for _, s := range row {
			idx, w = append(idx, s.target), append(w, s.mantissa)
		}
		ptr = append(ptr, int32(len(idx)))
	}
	node := ir.Node{Name: name, Op: ir.OpSparse, In: ir.Shape{in}, Out: ir.Shape{out}}
	node.Set(ir.PIndptr, ir.Ints(ir.Shape{len(ptr)}, ptr))
	node.Set(ir.PIndices, ir.Ints(ir.Shape{len(idx)}, idx))
	node.Set(ir.PWeight, ir.Ints(ir.Shape{len(w)}, w))
	return node
}
