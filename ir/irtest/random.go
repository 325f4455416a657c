// Package irtest draws random networks for the tests of targets.
package irtest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/synfire/synfire/ir"
)

// generator draws networks that a frontend could have read: continuous time,
// every kind of map between populations, loops, parameters by neuron. The
// structure is drawn by whoever calls, who can shrink it; values come from rng,
// so that shrinking does not put potentials onto thresholds.
type generator struct {
	t    TB
	draw Draw
	rng  *rand.Rand
	n    *ir.Network
	Kind
}

// TB is what the generator needs of a test.
type TB interface {
	Fatalf(format string, args ...any)
}

// Draw returns a number of lo..hi; the name says what it is for.
type Draw func(name string, lo, hi int) int

// Kind says what kind of networks to draw.
type Kind struct {
	// Lossy allows what runs with an approximation only.
	Lossy bool
	// Wide draws populations that may need several cores.
	Wide bool
}

const genDT = 1e-3

func (g *generator) int(name string, lo, hi int) int { return g.draw(name, lo, hi) }

func (g *generator) bool(name string) bool { return g.draw(name, 0, 1) == 1 }

func sample[T any](g *generator, name string, list []T) T { return list[g.draw(name, 0, len(list)-1)] }

// rarely is true in one of k draws.
func (g *generator) rarely(name string, k int) bool { return g.int(name, 0, k-1) == k-1 }

func (g *generator) uniform(lo, hi float64) float64 { return lo + (hi-lo)*g.rng.Float64() }

// Network draws a network, its values from a seed. Unless lossy, every loop has
// enough delay for a chip that takes a step for each hop.
func Network(t TB, draw Draw, values uint64, kind Kind) *ir.Network {
	g := &generator{t: t, draw: draw, rng: rand.New(rand.NewPCG(values, 7)), Kind: kind}
	g.n = &ir.Network{Name: "random", DT: genDT}
	var sources, pops []ir.NodeID
	for i := range g.int("inputs", 1, 3) {
		shape := g.shape()
		sources = append(sources, g.n.Add(ir.Node{Name: fmt.Sprintf("in%d", i), Op: ir.OpInput, In: shape, Out: shape}))
	}
	for range g.int("populations", 1, 4) {
		src := sample(g, "main source", sources)
		pop := g.population(src)
		sources, pops = append(sources, pop), append(pops, pop)
	}
	for range g.int("extra projections", 0, 4) {
		src := sample(g, "source", sources)
		dst := sample(g, "target", pops)
		delay := int32(g.int("delay", 0, 3))
		if back := slices.Index(pops, src) - slices.Index(pops, dst); src >= pops[0] && back >= 0 && !g.Lossy {
			// As many steps as the loop can have hops.
			delay += int32(back + 1)
		}
		g.join(src, dst, delay)
	}
	for i, pop := range pops {
		if i == len(pops)-1 || g.rarely("output", 3) {
			shape := g.n.Node(pop).Out
			g.n.Connect(pop, g.n.Add(ir.Node{Name: fmt.Sprintf("out%d", i), Op: ir.OpOutput, In: shape, Out: shape}), 0)
		}
	}
	return g.n
}

func (g *generator) shape() ir.Shape {
	switch g.int("axes", 0, 3) {
	case 1:
		return ir.Shape{g.int("channels", 1, 2), g.int("length", 3, 6)}
	case 2:
		return ir.Shape{g.int("channels", 1, 2), g.int("rows", 3, 5), g.int("columns", 3, 5)}
	}
	if g.Wide {
		return ir.Shape{g.int("size", 20, 150)}
	}
	return ir.Shape{g.int("size", 1, 12)}
}

// population adds a path of maps from src and a population at its end.
func (g *generator) population(src ir.NodeID) ir.NodeID {
	last, shape := g.path(src)
	pop := g.n.Add(g.neurons(shape))
	g.n.Connect(last, pop, 0)
	return pop
}

// add appends a map behind last and returns its id and output shape.
func (g *generator) add(last ir.NodeID, delay int32, node ir.Node) (ir.NodeID, ir.Shape) {
	node.In = g.n.Node(last).Out
	node.Name = fmt.Sprintf("m%d", len(g.n.Nodes))
	if node.Op.Weighted() && g.rarely("bias", 3) {
		size := node.P(ir.WeightKey(node.Op)).Shape
		switch node.Op {
		case ir.OpSparse, ir.OpConnect, ir.OpScale:
			node.Set(ir.PBias, g.values(node.Out, -0.1, 0.3))
		default:
			node.Set(ir.PBias, g.values(size[:1:1], -0.1, 0.3))
		}
	}
	if node.Op.Weighted() && g.rarely("delay of the map", 5) {
		node.Set(ir.PDelay, ir.Uniform(node.Out, genDT*float64(g.int("steps", 1, 4))))
	}
	out, err := node.OutShape(node.In)
	if err != nil {
		g.t.Fatalf("the generator drew what has no shape: %s: %v", node.Op, err)
	}
	node.Out = out
	id := g.n.Add(node)
	g.n.Connect(last, id, delay)
	return id, out
}

// path adds maps behind a population or an input and returns the last one.
func (g *generator) path(src ir.NodeID) (ir.NodeID, ir.Shape) {
	last, shape := src, g.n.Node(src).Out
	if g.rarely("delays by element", 6) {
		d := make([]float64, shape.Size())
		for i := range d {
			d[i] = genDT * float64(g.rng.IntN(6))
		}
		last, _ = g.add(last, 0, ir.Node{Op: ir.OpDelay, Params: []ir.ParamValue{{Key: ir.PDelay, T: ir.Floats(shape, d)}}, Out: shape})
	}
	for range g.int("maps", 1, 2) {
		last, shape = g.mapNode(last, shape)
	}
	return last, shape
}

// mapNode adds one map that suits the shape, sometimes with pooling around.
func (g *generator) mapNode(last ir.NodeID, shape ir.Shape) (ir.NodeID, ir.Shape) {
	switch kind := g.int("map", 0, 7); {
	case kind == 0:
		return g.scale(last, shape)
	case kind == 1:
		return g.sparse(last, g.shape(), 0)
	case kind == 2:
		return g.rule(last, g.shape(), 0)
	case kind == 3:
		return last, shape // nothing: spikes go straight on
	case len(shape) == 1:
		return g.dense(last, g.targets(), 0)
	case len(shape) == 2:
		return g.conv1d(last, shape)
	case kind == 4 && min(shape[1], shape[2]) >= 2:
		return g.pool(last)
	case kind == 5:
		last, _ = g.add(last, 0, ir.Node{Op: ir.OpFlatten, Flatten: &ir.Flatten{End: -1}})
		return g.dense(last, g.targets(), 0)
	}
	return g.conv2d(last, shape)
}

// join adds a projection between given ends.
func (g *generator) join(src, dst ir.NodeID, delay int32) {
	from, to := g.n.Node(src).Out, g.n.Node(dst).Out
	kind := g.int("join", 0, 3)
	var last ir.NodeID
	switch {
	case kind == 0 && len(from) == 1 && len(to) == 1:
		last, _ = g.dense(src, to[0], delay)
	case kind == 1:
		last, _ = g.rule(src, to, delay)
	case kind == 2 && from.Equal(to):
		g.n.Connect(src, dst, delay)
		return
	default:
		last, _ = g.sparse(src, to, delay)
	}
	g.n.Connect(last, dst, 0)
}

// weights draws n weights around what makes a target of so many inputs fire.
func (g *generator) weights(n, fanIn int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = g.uniform(-0.6, 1) * 1.6 / float64(1+fanIn/3)
		if g.rng.IntN(6) == 0 {
			w[i] = 0
		}
	}
	w[g.rng.IntN(n)] = 1 // a path whose weights are all zero is refused
	return w
}

func (g *generator) targets() int {
	if g.Wide {
		return g.int("targets", 20, 100)
	}
	return g.int("targets", 1, 10)
}

func (g *generator) dense(last ir.NodeID, to int, delay int32) (ir.NodeID, ir.Shape) {
	from := g.n.Node(last).Out.Size()
	node := ir.Node{Op: ir.OpDense}
	node.Set(ir.PWeight, ir.Floats(ir.Shape{to, from}, g.weights(to*from, from)))
	return g.add(last, delay, node)
}

func (g *generator) scale(last ir.NodeID, shape ir.Shape) (ir.NodeID, ir.Shape) {
	node := ir.Node{Op: ir.OpScale, Out: shape}
	node.Set(ir.PScale, g.values(shape, 0.3, 1.5))
	return g.add(last, 0, node)
}

func (g *generator) sparse(last ir.NodeID, to ir.Shape, delay int32) (ir.NodeID, ir.Shape) {
	from := g.n.Node(last).Out.Size()
	ptr, idx, steps := []int32{0}, []int32{}, []int32{}
	for i := range from {
		for j := range to.Size() {
			if g.rng.IntN(3) == 0 || i == 0 && j == 0 {
				idx = append(idx, int32(j))
				steps = append(steps, int32(g.rng.IntN(5)))
			}
		}
		ptr = append(ptr, int32(len(idx)))
	}
	node := ir.Node{Op: ir.OpSparse, Out: to}
	node.Set(ir.PIndptr, ir.Ints(ir.Shape{len(ptr)}, ptr))
	node.Set(ir.PIndices, ir.Ints(ir.Shape{len(idx)}, idx))
	node.Set(ir.PWeight, ir.Floats(ir.Shape{len(idx)}, g.weights(len(idx), 1+len(idx)/to.Size())))
	if g.rarely("delays by synapse", 4) {
		node.Set(ir.PDelaySteps, ir.Ints(ir.Shape{len(steps)}, steps))
	}
	return g.add(last, delay, node)
}

func (g *generator) rule(last ir.NodeID, to ir.Shape, delay int32) (ir.NodeID, ir.Shape) {
	from := g.n.Node(last).Out.Size()
	r := &ir.Rule{Kind: ir.RuleAllToAll, Seed: g.rng.Uint64()}
	switch g.int("rule", 0, 2) {
	case 1:
		r.Kind, r.P = ir.RuleProbability, 0.9
	case 2:
		r.Kind, r.N = ir.RuleInDegree, 1+g.rng.IntN(from)
	}
	node := ir.Node{Op: ir.OpConnect, Rule: r, Out: to}
	node.Set(ir.PWeight, ir.Uniform(ir.Shape{}, g.uniform(0.5, 2)/float64(1+from/4)))
	return g.add(last, delay, node)
}

func (g *generator) pool(last ir.NodeID) (ir.NodeID, ir.Shape) {
	op := ir.OpSumPool2d
	if g.bool("average") {
		op = ir.OpAvgPool2d
	}
	return g.add(last, 0, ir.Node{Op: op, Pool: &ir.Pool{
		Kernel: [2]int{2, g.int("kernel", 1, 2)}, Stride: [2]int{g.int("stride", 1, 2), 1}, Padding: [2]int{0, g.int("padding", 0, 1)},
	}})
}

func (g *generator) conv1d(last ir.NodeID, shape ir.Shape) (ir.NodeID, ir.Shape) {
	out, k := g.int("channels", 1, 2), g.int("kernel", 1, min(3, shape[1]))
	node := ir.Node{Op: ir.OpConv1d, Conv: &ir.Conv{
		Input: [2]int{shape[1], 1}, Stride: [2]int{g.int("stride", 1, 2), 1}, Dilation: [2]int{1, 1}, PadEnd: [2]int{g.int("padding", 0, 1), 0}, Groups: 1,
	}}
	node.Set(ir.PWeight, ir.Floats(ir.Shape{out, shape[0], k}, g.weights(out*shape[0]*k, shape[0]*k)))
	return g.add(last, 0, node)
}

func (g *generator) conv2d(last ir.NodeID, shape ir.Shape) (ir.NodeID, ir.Shape) {
	groups := 1
	if shape[0] == 2 && g.bool("groups") {
		groups = 2
	}
	pad := [2]int{g.int("padding", 0, 1), g.int("padding", 0, 1)}
	ky, kx := g.int("kernel", 1, min(3, shape[1])), g.int("kernel", 1, min(3, shape[2]))
	out, in := 2*g.int("channels", 1, 2), shape[0]/groups
	node := ir.Node{Op: ir.OpConv2d, Conv: &ir.Conv{
		Input: [2]int{shape[1], shape[2]}, Stride: [2]int{g.int("stride", 1, 2), 1}, Padding: pad, PadEnd: pad, Dilation: [2]int{1, 1}, Groups: groups,
	}}
	node.Set(ir.PWeight, ir.Floats(ir.Shape{out, in, ky, kx}, g.weights(out*in*ky*kx, in*ky*kx)))
	return g.add(last, 0, node)
}

// values draws a tensor, the same for all elements or not.
func (g *generator) values(shape ir.Shape, lo, hi float64) ir.Tensor {
	if g.bool("uniform") {
		return ir.Uniform(shape, g.uniform(lo, hi))
	}
	x := make([]float64, shape.Size())
	for i := range x {
		x[i] = g.uniform(lo, hi)
	}
	return ir.Floats(shape, x)
}

// neurons draws a population.
func (g *generator) neurons(shape ir.Shape) ir.Node {
	op := sample(g, "model", []ir.Op{ir.OpLIF, ir.OpCubaLIF, ir.OpIF})
	node := ir.Node{Name: fmt.Sprintf("pop%d", len(g.n.Nodes)), Op: op, In: shape, Out: shape}
	node.Neuron.Integrator = ir.Integrator(g.int("integrator", 0, int(ir.ExpUnit)))
	gain := g.values(shape, 0.6, 1.5)
	tau := g.values(shape, 2e-3, 30e-3)
	unit := node.Neuron.Integrator == ir.ExpUnit
	times := func(f func(x, tau float64) float64) ir.Tensor {
		x := make([]float64, max(gain.Stored(), tau.Stored()))
		for i := range x {
			x[i] = f(gain.At(i), tau.At(i))
		}
		return ir.Floats(shape, x)
	}
	switch {
	case op == ir.OpIF && unit:
		node.Set(ir.PR, gain)
	case op == ir.OpIF:
		node.Set(ir.PR, gain.Map(func(x float64) float64 { return x / genDT }))
		if g.rarely("unit gain", 2) {
			node.Set(ir.PR, ir.Uniform(shape, 1))
		}
	case unit:
		node.Set(ir.PR, gain)
	default:
		node.Set(ir.PR, times(func(x, tau float64) float64 { return x * tau / genDT }))
	}
	switch op {
	case ir.OpLIF:
		node.Set(ir.PTau, tau)
	case ir.OpCubaLIF:
		node.Set(ir.PTauMem, tau)
		node.Set(ir.PTauSyn, g.values(shape, 1.5e-3, 8e-3))
		if g.bool("w_in") {
			node.Set(ir.PWIn, g.values(shape, 0.5, 2))
		}
		if g.rarely("old current", 3) {
			node.Neuron.Current = ir.CurrentOld
		}
	}
	g.firing(&node)
	return node
}

// firing draws what concerns spikes.
func (g *generator) firing(node *ir.Node) {
	shape := node.Out
	node.Set(ir.PVThreshold, g.values(shape, 0.6, 1.4))
	if g.rarely("reset to a value", 3) {
		node.Neuron.Reset = ir.ResetValue
		node.Set(ir.PVReset, g.values(shape, -0.4, 0.3))
	}
	if g.rarely("resting potential", 3) && node.Op != ir.OpIF {
		node.Set(ir.PVLeak, g.values(shape, -0.3, 0.5))
	}
	if g.rarely("refractory", 3) {
		t := g.values(shape, 0, 5)
		node.Set(ir.PRefractory, t.Map(func(x float64) float64 { return genDT * float64(int(x)) }))
	}
	if !g.Lossy {
		return
	}
	if g.rarely("initial potential", 3) {
		node.Set(ir.PV0, g.values(shape, -0.4, 0.5))
	}
	if g.rarely("compare", 4) {
		node.Neuron.Compare = ir.GreaterEqual
	}
	if g.rarely("subtract", 4) {
		node.Neuron.Reset = ir.ResetSubtract
	}
}
