package truenorth_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/backend/truenorth/image"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/emulator/truenorth"
	"pgregory.net/rapid"
)

// random makes a chip of any size: busy or silent cores, many or few types,
// extreme numbers, rings down to one word, spikes to cores and outputs that are
// there or not.
func random(t *rapid.T) *image.Image {
	small := func(name string, lo, hi int) int32 { return int32(rapid.IntRange(lo, hi).Draw(t, name)) }
	c := image.Config{
		NumNeurons: small("neurons", 0, 140), NumAxons: small("axons", 1, 300), NumWeights: small("weights", 1, 6),
		NumCoresX: small("x", 1, 3), NumCoresY: small("y", 1, 2),
		MaxTickOffset: rapid.SampledFrom([]int32{1, 2, 3, 16}).Draw(t, "slots"), NeuronResetType: small("reset type", 0, 1),
	}
	img := &image.Image{Config: c}
	in := &img.Input
	in.OutputBus = image.OutputBus{X: small("bus x", 0, int(c.NumCoresX)-1), Y: small("bus y", 0, int(c.NumCoresY)-1), NumOutputs: small("outputs", 1, 70)}
	g := generator{
		Rand:    rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)),
		img:     img,
		density: rapid.SampledFrom([]float64{0.01, 0.1, 0.5, 1}).Draw(t, "density"),
		leaks:   rapid.SampledFrom([]float64{0, 0.1, 1}).Draw(t, "leaks"),
		extreme: rapid.SampledFrom([]float64{0, 0, 0.02}).Draw(t, "extreme"),
	}
	for y := range c.NumCoresY {
		for x := range c.NumCoresX {
			if g.IntN(8) > 0 {
				in.Cores = append(in.Cores, g.core(x, y))
			}
		}
	}
	g.Shuffle(len(in.Cores), func(i, j int) { in.Cores[i], in.Cores[j] = in.Cores[j], in.Cores[i] })
	in.Ticks = 12
	busy := g.IntN(300)
	for tick := range in.Ticks {
		for range g.IntN(busy + 1) {
			x, y := g.Int32N(c.NumCoresX), g.Int32N(c.NumCoresY)
			top := c.NumAxons
			if x == in.OutputBus.X && y == in.OutputBus.Y {
				top = min(top, in.OutputBus.NumOutputs)
			}
			in.Packets = append(in.Packets, image.Packet{Tick: int32(tick), X: x, Y: y, Axon: g.Int32N(top), Delay: g.Int32N(c.MaxTickOffset)})
		}
	}
	return img
}

type generator struct {
	*rand.Rand
	img                     *image.Image
	density, leaks, extreme float64
}

// num returns a number around 0, or now and then one at the ends of the range.
func (g *generator) num(lo, hi int32) int32 {
	if g.Float64() < g.extreme {
		return [...]int32{math.MinInt32, math.MinInt32 + 1, -1 << 24, 1 << 24, math.MaxInt32 - 1, math.MaxInt32}[g.IntN(6)]
	}
	return lo + g.Int32N(hi-lo+1)
}

func (g *generator) core(x, y int32) image.Core {
	c, bus := &g.img.Config, &g.img.Input.OutputBus
	core := image.Core{X: x, Y: y}
	for range g.Int32N(c.NumAxons + 1) {
		core.Axons = append(core.Axons, uint16(g.Int32N(c.NumWeights)))
	}
	for i := range int(g.Int32N(c.NumNeurons + 1)) {
		n := image.Neuron{
			ResetPotential: g.num(-3, 3), PositiveThreshold: g.num(-1, 30), NegativeThreshold: g.num(-30, 2),
			Potential: g.num(-5, 5), ResetMode: g.Int32N(2), Delay: g.Int32N(c.MaxTickOffset),
			DX: g.Int32N(c.NumCoresX) - x, DY: g.Int32N(c.NumCoresY) - y,
		}
		if g.Float64() < g.leaks {
			n.Leak = g.num(-3, 3)
		}
		for range g.Int32N(c.NumWeights + 1) {
			n.Weights = append(n.Weights, g.num(-20, 20))
		}
		n.Axon = g.Int32N(c.NumAxons)
		if x+n.DX == bus.X && y+n.DY == bus.Y {
			n.Axon = g.Int32N(bus.NumOutputs)
		}
		core.Neurons, core.Connections = append(core.Neurons, n), append(core.Connections, nil)
		for a := range int(c.NumAxons) {
			if g.Float64() < g.density {
				core.Connect(i, a)
			}
		}
	}
	return core
}

// ports feeds axons of any core, several for an element.
func (g *generator) ports() []truenorth.Port {
	c, bus := &g.img.Config, &g.img.Input.OutputBus
	var ports []truenorth.Port
	for _, name := range []string{"a", "b"} {
		p := truenorth.Port{Name: name, Ptr: []int32{0}}
		for range 1 + g.IntN(5) {
			for range g.IntN(4) {
				a := truenorth.Axon{X: g.Int32N(c.NumCoresX), Y: g.Int32N(c.NumCoresY), Delay: g.Int32N(c.MaxTickOffset)}
				if a.X == bus.X && a.Y == bus.Y {
					a.Axon = g.Int32N(bus.NumOutputs)
				} else {
					a.Axon = g.Int32N(c.NumAxons)
				}
				p.Targets = append(p.Targets, a)
			}
			p.Ptr = append(p.Ptr, int32(len(p.Targets)))
		}
		ports = append(ports, p)
	}
	return ports
}

// fill sets random spikes.
func fill(r *rand.Rand, stim emulator.Stimulus) {
	for _, in := range stim {
		for t := range in.Steps {
			for i := range in.N {
				if r.IntN(3) == 0 {
					in.Set(t, i)
				}
			}
		}
	}
}

// TestAgainstNaive: random chips, fed by packets and by ports, do what the
// specification says in every tick, on any number of threads: the output bus,
// every potential, every spike and every count.
func TestAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		img := random(t)
		g := generator{Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "ports"), 2)), img: img}
		ports := g.ports()
		prog, err := truenorth.Compile(img)
		if err != nil {
			t.Fatal(err)
		}
		if prog, err = prog.WithInputs(ports); err != nil {
			t.Fatal(err)
		}
		ticks := rapid.IntRange(0, 25).Draw(t, "ticks")
		stim, err := prog.NewStimulus(ticks)
		if err != nil {
			t.Fatal(err)
		}
		fill(g.Rand, stim)
		want, stats := runNaive(img, ports, stim, ticks)
		opts := truenorth.Options{Ticks: ticks, Threads: rapid.IntRange(1, 3).Draw(t, "threads")}
		var probed []int
		for k, c := range img.Input.Cores {
			if c.X == img.Input.OutputBus.X && c.Y == img.Input.OutputBus.Y {
				continue
			}
			probed = append(probed, k)
			for _, v := range []emulator.Var{emulator.Voltage, emulator.Spikes} {
				opts.Probes = append(opts.Probes, emulator.Probe{Population: truenorth.CoreName(int(c.X), int(c.Y)), Var: v, Hi: -1, Step: 1})
			}
		}
		res, err := truenorth.Run(context.Background(), prog, stim, opts)
		if err != nil {
			t.Fatal(err)
		}
		for tick, m := range want {
			for i, bit := range m.row {
				if res.Output.Get(tick, i) != bit {
					t.Fatalf("row %d, output %d: want %v", tick, i, bit)
				}
			}
			for i, k := range probed {
				for n, v := range m.v[k] {
					if got := res.Traces[2*i].Row(tick)[n]; got != v {
						t.Fatalf("tick %d, cores[%d], neuron %d: potential %d, want %d", tick+1, k, n, got, v)
					}
					if got := res.Traces[2*i+1].Row(tick)[n] == 1; got != m.fired[k][n] {
						t.Fatalf("tick %d, cores[%d], neuron %d: fired %v", tick+1, k, n, got)
					}
				}
			}
		}
		if res.Stats.Evaluated > res.Stats.Updates {
			t.Fatalf("%d of %d updates were computed", res.Stats.Evaluated, res.Stats.Updates)
		}
		res.Stats.Evaluated = 0
		if diff := cmp.Diff(stats, res.Stats); diff != "" {
			t.Fatal(diff)
		}
	})
}

// relay is a chip of two cores and a bus in a row: axon i of core 0 makes
// neuron i fire to axon i of core 1 after delay d, and that fires to output i.
func relay(n int, d int32) *image.Image {
	img := &image.Image{
		Config: image.Config{NumNeurons: int32(n), NumAxons: int32(n), NumWeights: 1, NumCoresX: 3, NumCoresY: 1, MaxTickOffset: 16},
		Input:  image.Input{OutputBus: image.OutputBus{X: 2, NumOutputs: int32(n)}},
	}
	for x := range int32(2) {
		c := image.Core{X: x, Connections: make([][]uint64, n)}
		for i := range n {
			c.Neurons = append(c.Neurons, image.Neuron{Weights: []int32{1}, PositiveThreshold: 1, DX: 1, Axon: int32(i), Delay: d})
			c.Connect(i, i)
		}
		img.Input.Cores = append(img.Input.Cores, c)
	}
	return img
}

// TestWorkFollowsSpikes: in a chip without leak, the neurons computed after the
// first tick are those that got a spike.
func TestWorkFollowsSpikes(t *testing.T) {
	img := relay(200, 3)
	for i := range int32(7) {
		img.Input.Packets = append(img.Input.Packets, image.Packet{Tick: 5, Axon: 20 * i})
	}
	img.Input.Ticks = 6
	prog, err := truenorth.Compile(img)
	if err != nil {
		t.Fatal(err)
	}
	res, err := truenorth.Run(context.Background(), prog, nil, truenorth.Options{Ticks: 30})
	if err != nil {
		t.Fatal(err)
	}
	want := truenorth.Stats{Ticks: 30, Packets: 7, Spikes: 14, SynEvents: 14, Updates: 12000, Evaluated: 400 + 14}
	if diff := cmp.Diff(want, res.Stats); diff != "" {
		t.Error(diff)
	}
	// Sent in 5, taken in 6, taken again in 6+1+3, in the row of that tick.
	if got := res.Output.Counts(); res.Output.Count() != 7 || got[120] != 1 || !res.Output.Get(10, 120) {
		t.Errorf("output %v", got)
	}
}

// TestBatch: samples are independent, in order, and equal to single runs.
func TestBatch(t *testing.T) {
	img := relay(70, 0)
	p, err := truenorth.Compile(img)
	if err != nil {
		t.Fatal(err)
	}
	port := truenorth.Port{Name: "in", Ptr: []int32{0}}
	for i := range int32(70) {
		port.Targets = append(port.Targets, truenorth.Axon{Axon: i})
		port.Ptr = append(port.Ptr, i+1)
	}
	if p, err = p.WithInputs([]truenorth.Port{port}); err != nil {
		t.Fatal(err)
	}
	sample := func(k int, stim emulator.Stimulus) { fill(rand.New(rand.NewPCG(uint64(k), 0)), stim) }
	opts := truenorth.Options{Ticks: 9, Threads: 3}
	next := 0
	err = truenorth.RunBatch(context.Background(), p, 20, func(k int, stim emulator.Stimulus) error {
		sample(k, stim)
		return nil
	}, opts, func(k int, r *truenorth.Result) error {
		if k != next {
			t.Errorf("sample %d after %d samples", k, next)
		}
		next++
		stim, err := p.NewStimulus(opts.Ticks)
		if err != nil {
			return err
		}
		sample(k, stim)
		alone, err := truenorth.Run(context.Background(), p, stim, opts)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(alone, r); diff != "" {
			t.Errorf("sample %d: %s", k, diff)
		}
		// Two relays: what goes in at t comes out in row t+2.
		for step := range opts.Ticks - 2 {
			if diff := cmp.Diff(stim[0].Row(step), r.Output.Row(step+2)); diff != "" {
				t.Errorf("sample %d, step %d: %s", k, step, diff)
			}
		}
		return nil
	})
	if err != nil || next != 20 {
		t.Fatal(next, err)
	}
	bad := errors.New("bad")
	err = truenorth.RunBatch(context.Background(), p, 20, func(k int, _ emulator.Stimulus) error {
		if k >= 7 {
			return bad
		}
		return nil
	}, opts, func(k int, _ *truenorth.Result) error {
		if k >= 7 {
			t.Errorf("sample %d came out", k)
		}
		return nil
	})
	if !errors.Is(err, bad) || !strings.Contains(err.Error(), "sample 7") {
		t.Error(err)
	}
}

func TestRunRefuses(t *testing.T) {
	p, err := truenorth.Compile(relay(3, 0))
	if err != nil {
		t.Fatal(err)
	}
	stim := func(steps, n int, name string) emulator.Stimulus {
		return emulator.Stimulus{{Name: name, Raster: raster(t, steps, n)}}
	}
	ported, err := p.WithInputs([]truenorth.Port{{Name: "in", Ptr: []int32{0, 1}, Targets: []truenorth.Axon{{}}}})
	if err != nil {
		t.Fatal(err)
	}
	probe := func(s string) truenorth.Options {
		x, err := emulator.ParseProbe(s)
		if err != nil {
			t.Fatal(err)
		}
		return truenorth.Options{Ticks: 2, Probes: []emulator.Probe{x}}
	}
	tests := []struct {
		want string
		p    *truenorth.Program
		stim emulator.Stimulus
		opts truenorth.Options
	}{
		{"cannot run -1 ticks", p, nil, truenorth.Options{Ticks: -1}},
		{`no core "core_2_0"`, p, nil, probe("core_2_0.v")},
		{"no synaptic current", p, nil, probe("core_0_0.u")},
		{"has 3 neurons", p, nil, probe("core_0_0.v[3]")},
		{"1 rasters for the 0 ports", p, stim(2, 1, "in"), truenorth.Options{Ticks: 2}},
		{"no raster given", ported, stim(2, 1, "on"), truenorth.Options{Ticks: 2}},
		{"needs 2 x 1", ported, stim(3, 1, "in"), truenorth.Options{Ticks: 2}},
		{"needs 2 x 1", ported, stim(2, 2, "in"), truenorth.Options{Ticks: 2}},
	}
	for _, x := range tests {
		if _, err := truenorth.Run(context.Background(), x.p, x.stim, x.opts); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("want %q, got %v", x.want, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	opts := truenorth.Options{Ticks: 1000, Progress: func(done, total int) {
		if done == 3 {
			cancel()
		} else if done > 3 || total != 1000 {
			t.Errorf("tick %d of %d ran on", done, total)
		}
	}}
	for _, opts.Threads = range []int{1, 2} {
		if _, err := truenorth.Run(ctx, p, nil, opts); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

func TestInputsRefused(t *testing.T) {
	p, err := truenorth.Compile(relay(3, 0))
	if err != nil {
		t.Fatal(err)
	}
	one := func(a truenorth.Axon) []truenorth.Port {
		return []truenorth.Port{{Name: "in", Ptr: []int32{0, 1}, Targets: []truenorth.Axon{a}}}
	}
	tests := []struct {
		want  string
		ports []truenorth.Port
	}{
		{"axon 3 of core [0,0]", one(truenorth.Axon{Axon: 3})},
		{"axon -1 of core", one(truenorth.Axon{Axon: -1})},
		{"of core [3,0]", one(truenorth.Axon{X: 3})},
		{"of core [0,-1]", one(truenorth.Axon{Y: -1})},
		{"with delay 16", one(truenorth.Axon{Delay: 16})},
		{"axon 3 of core [2,0]", one(truenorth.Axon{X: 2, Axon: 3})},
		{"does not ascend", []truenorth.Port{{Name: "in"}}},
		{"does not ascend", []truenorth.Port{{Name: "in", Ptr: []int32{0, 2, 1}, Targets: make([]truenorth.Axon, 1)}}},
		{"given twice", append(one(truenorth.Axon{}), one(truenorth.Axon{})...)},
	}
	for _, x := range tests {
		if _, err := p.WithInputs(x.ports); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("want %q, got %v", x.want, err)
		}
	}
}

// TestWarnings: nothing is lost in silence.
func TestWarnings(t *testing.T) {
	img := relay(2, 15)
	img.Input.Cores = img.Input.Cores[:1]
	img.Input.Cores[0].Neurons[1].Delay = 0
	img.Input.Cores[0].Neurons[0].DX = 0
	img.Input.Ticks = 1
	img.Input.Packets = []image.Packet{{Axon: 0}, {Axon: 1}, {Axon: 1}, {X: 2}, {X: 2}}
	p, err := truenorth.Compile(img)
	if err != nil {
		t.Fatal(err)
	}
	res, err := truenorth.Run(context.Background(), p, nil, truenorth.Options{Ticks: 3})
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(res.Stats.Warnings(), "\n")
	for _, want := range []string{"1 spikes were dropped", "1 spikes were merged:", "1 spikes were merged on the output bus", "1 spikes were lost"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in %q", want, all)
		}
	}
	var none truenorth.Stats
	if w := none.Warnings(); w != nil {
		t.Errorf("warnings %q of nothing", w)
	}
}

// TestCompileRefusesHugeChips: a few bytes of configuration do not make
// schedulers of a gigabyte.
func TestCompileRefusesHugeChips(t *testing.T) {
	img := relay(3, 0)
	img.Config.NumAxons, img.Config.MaxTickOffset = image.MaxNeurons, image.MaxTicks
	if _, err := truenorth.Compile(img); err == nil || !strings.Contains(err.Error(), "max_tick_offset") {
		t.Errorf("got %v", err)
	}
	img.Config.MaxTickOffset = 0
	if _, err := truenorth.Compile(img); err == nil || !strings.Contains(err.Error(), "config.json: max_tick_offset: 0 is outside") {
		t.Errorf("got %v", err)
	}
}

// TestTickDoesNotAllocate: a hundred times as many ticks cost no more
// allocations.
func TestTickDoesNotAllocate(t *testing.T) {
	img := relay(64, 2)
	for i := range img.Input.Cores[1].Neurons { // a loop that never ends
		img.Input.Cores[1].Neurons[i].DX = -1
	}
	img.Input.Ticks = 1
	img.Input.Packets = []image.Packet{{Axon: 5}, {Axon: 60}}
	p, err := truenorth.Compile(img)
	if err != nil {
		t.Fatal(err)
	}
	count := func(ticks int) float64 {
		return testing.AllocsPerRun(5, func() {
			if _, err := truenorth.Run(context.Background(), p, nil, truenorth.Options{Ticks: ticks, Threads: 1}); err != nil {
				t.Fatal(err)
			}
		})
	}
	if few, many := count(10), count(1000); many > few {
		t.Errorf("%v allocations in 10 ticks, %v in 1000", few, many)
	}
}
