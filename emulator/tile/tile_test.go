package tile_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/emulator/noc"
	"github.com/synfire/synfire/emulator/tile"
	"github.com/synfire/synfire/internal/spike"
	"pgregory.net/rapid"
)

var models = []string{"simple", "detailed", "cycle"}

// random makes a network of n neurons on some cores of a Loihi, with a rule
// drawn for it. Weights and biases are multiples of 1/4, so sums of them do not
// depend on their order.
func random(n, cores int, seed uint64) *tile.Network {
	r := rand.New(rand.NewPCG(seed, 2))
	net := &tile.Network{Name: "random", Neurons: n, Model: tile.Model{
		Type: "lif", SpikeIf: "v>threshold", Reset: []string{"hard", "soft"}[r.IntN(2)],
		Threshold: float64(r.IntN(40)) / 4, LeakDecay: []float64{0.984375, 0.5, 0.7, 1}[r.IntN(4)],
		InputDecay: []float64{0, 0.5}[r.IntN(2)], ResetValue: float64(r.IntN(3) - 1), Quantum: []float64{1. / 64, 1}[r.IntN(2)],
	}}
	for range n {
		k := r.IntN(12)
		targets, weights := make([]int32, k), make([]float64, k)
		for i := range targets {
			targets[i], weights[i] = int32(r.IntN(n)), float64(r.IntN(65)-28)/4
		}
		net.Targets, net.Weights = append(net.Targets, targets), append(net.Weights, weights)
		net.Bias = append(net.Bias, max(0, float64(r.IntN(30)-20)/4))
		net.CoreOf = append(net.CoreOf, int32(r.IntN(cores)))
	}
	return net
}

func compile(t interface{ Fatal(...any) }, n *tile.Network) *tile.Program {
	profile, err := cost.Open("sanafe-loihi")
	if err != nil {
		t.Fatal(err)
	}
	p, err := tile.Compile(n, profile, cost.SynapseDense)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func run(t interface{ Fatal(...any) }, p *tile.Program, steps int, timing string) *tile.Result {
	res, err := tile.Run(context.Background(), p, tile.Options{Steps: steps, Timing: timing})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// naive restates the rule with one neuron at a time and a list of the weights
// that arrived.
func naive(n *tile.Network, steps int) (spikes [][]int, updated []int64) {
	v, u := make([]float64, n.Neurons), make([]float64, n.Neurons)
	arrived := make([][]float64, n.Neurons)
	for t := range steps {
		var fired []int
		var count int64
		for i := range v {
			active := math.Abs(v[i]) > 0 || len(arrived[i]) > 0 || n.Bias[i] != 0
			if t > 0 {
				v[i] *= n.Model.LeakDecay
				u[i] *= n.Model.InputDecay
			}
			v[i] = math.Trunc(v[i]/n.Model.Quantum) * n.Model.Quantum
			v[i] += n.Bias[i]
			for _, w := range arrived[i] {
				u[i] += w
			}
			v[i] += u[i]
			spiked := v[i] > n.Model.Threshold
			if spiked {
				fired = append(fired, i)
				v[i] -= n.Model.Threshold
				if n.Model.Reset == "hard" {
					v[i] = n.Model.ResetValue
				}
			}
			if active || spiked {
				count++
			}
		}
		arrived = make([][]float64, n.Neurons)
		for _, i := range fired {
			for k, target := range n.Targets[i] {
				arrived[target] = append(arrived[target], n.Weights[i][k])
			}
		}
		spikes, updated = append(spikes, fired), append(updated, count)
	}
	return spikes, updated
}

func TestRuleAgainstRestatement(t *testing.T) {
	total := 0
	for seed := range uint64(30) {
		n := random(60, 20, seed)
		res := run(t, compile(t, n), 25, "simple")
		spikes, updated := naive(n, 25)
		want, err := spike.New(25, n.Neurons)
		if err != nil {
			t.Fatal(err)
		}
		for step, fired := range spikes {
			for _, i := range fired {
				want.Set(step, i)
			}
			if s := res.Steps[step]; s.Fired != int64(len(fired)) || s.Updated != updated[step] {
				t.Fatalf("seed %d, step %d: %d fired, %d updated, want %d and %d", seed, step, s.Fired, s.Updated, len(fired), updated[step])
			}
			total += len(fired)
		}
		if bad, step, i, err := spike.Diff(want, res.Spikes); bad != 0 || err != nil {
			t.Fatalf("seed %d: %d wrong spikes, first in step %d of neuron %d (%v)", seed, bad, step, i, err)
		}
	}
	if total < 1000 {
		t.Errorf("only %d spikes in all networks", total)
	}
}

// TestInputThatCancelsIsInput has a neuron reached by 5 and -5: it stays at 0,
// but it was active, which costs energy and time.
func TestInputThatCancelsIsInput(t *testing.T) {
	n := &tile.Network{
		Neurons: 2, Bias: []float64{100, 0}, CoreOf: []int32{0, 0},
		Targets: [][]int32{{1, 1}, {}}, Weights: [][]float64{{5, -5}, {}},
		Model: tile.Model{Type: "lif", SpikeIf: "v>threshold", Reset: "hard", Threshold: 50, Quantum: 1},
	}
	res := run(t, compile(t, n), 2, "simple")
	if got := [2]int64{res.Steps[0].Updated, res.Steps[1].Updated}; got != [2]int64{1, 2} {
		t.Errorf("%v neurons updated, want 1 and then 2", got)
	}
	n.Weights[0] = []float64{math.Copysign(0, -1), math.Copysign(0, -1)}
	if res := run(t, compile(t, n), 2, "simple"); res.Steps[1].Updated != 2 {
		t.Errorf("two weights of -0: %d neurons updated, want 2", res.Steps[1].Updated)
	}
}

// TestEnergyAndTimeByHand follows one spike: core 0 to core 16, which is one
// tile to the east, with two synapses there and one at home.
func TestEnergyAndTimeByHand(t *testing.T) {
	n := &tile.Network{
		Neurons: 3, Bias: []float64{100, 0, 0}, CoreOf: []int32{0, 0, 16},
		Targets: [][]int32{{2, 1, 2}, {}, {}}, Weights: [][]float64{{1, 1, 1}, {}, {}},
		Model: tile.Model{Type: "lif", SpikeIf: "v>threshold", Reset: "hard", Threshold: 50, Quantum: 1},
	}
	p := compile(t, n)
	const (
		barrier = 10_000               // two tiles
		spiking = 60 + 37 + 300        // the neuron that fires
		sends   = 2 * 51               // to core 0 and core 16
		tail    = 60                   // the other neuron of core 0
		arrives = spiking + 2*51 + 41  // second message, one hop
		works   = arrives + 160 + 2*38 // at core 16
		home    = spiking + 51         // first message, within the tile
		last    = max(works, home+160+38, spiking+sends+tail)
	)
	for timing, want := range map[string]int64{"simple": spiking + sends + tail, "detailed": last, "cycle": last} {
		res := run(t, p, 1, timing)
		if got := res.Steps[0].Time; got != want+barrier {
			t.Errorf("%s: %d, want %d", timing, got, want+barrier)
		}
		soma := int64(3*51200 + 21600 + 69300)
		if e := res.Energy; e[cost.Synapse].FJ != 3*35500 || e[cost.Soma].FJ != soma || e[cost.Axon].FJ != 2*111000 || e[cost.Network].FJ != 3000 {
			t.Errorf("%s: energy %+v", timing, e)
		}
	}
}

// TestCoresAndLinksAddUp prices the counts of each core and link alone: the
// sums are the total, to the femtojoule.
func TestCoresAndLinksAddUp(t *testing.T) {
	var messages int64
	for seed := range uint64(10) {
		res := run(t, compile(t, random(200, 128, seed)), 20, "simple")
		var sum cost.Energy
		add := func(c cost.Counts) {
			e, err := res.Profile.Energy(&c)
			if err != nil {
				t.Fatal(err)
			}
			sum.Add(&e)
		}
		for _, c := range res.Cores {
			add(c)
		}
		for l, n := range res.Links {
			if res.Mesh.Horizontal(l) {
				add(cost.Counts{cost.HopEW: n})
			} else {
				add(cost.Counts{cost.HopNS: n})
			}
		}
		for _, n := range res.Local {
			add(cost.Counts{cost.HopLocal: n})
		}
		if sum != res.Energy || sum.Total().FJ == 0 {
			t.Errorf("seed %d: parts %+v, total %+v", seed, sum, res.Energy)
		}
		var steps cost.Energy
		var time int64
		for i := range res.Steps {
			steps.Add(&res.Steps[i].Energy)
			time += res.Steps[i].Time
		}
		if steps != res.Energy || time != res.Time {
			t.Errorf("seed %d: steps %+v in %d, total %+v in %d", seed, steps, time, res.Energy, res.Time)
		}
		if c := res.Counts; c[cost.AxonOut] != c[cost.AxonIn] {
			t.Errorf("seed %d: %d messages sent, %d received", seed, c[cost.AxonOut], c[cost.AxonIn])
		}
		messages += res.Counts[cost.AxonOut]
	}
	if messages < 1000 {
		t.Errorf("only %d messages in all runs", messages)
	}
}

// TestPartitionsSpikeAlike runs networks on other cores: the spikes are the
// same, whatever the timing model.
func TestPartitionsSpikeAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := random(80, 1, rapid.Uint64().Draw(t, "seed"))
		want := run(t, compile(t, n), 15, "simple")
		for i := range n.CoreOf {
			n.CoreOf[i] = int32(rapid.IntRange(0, 127).Draw(t, "core"))
		}
		timing := rapid.SampledFrom(models).Draw(t, "timing")
		got := run(t, compile(t, n), 15, timing)
		if bad, step, i, err := spike.Diff(want.Spikes, got.Spikes); bad != 0 || err != nil {
			t.Fatalf("%d other spikes, first in step %d of neuron %d (%v)", bad, step, i, err)
		}
		if got.Counts[cost.SynapseDense] != want.Counts[cost.SynapseDense] || got.Energy[cost.Soma] != want.Energy[cost.Soma] {
			t.Fatalf("counts %v, want %v", got.Counts, want.Counts)
		}
	})
}

func TestRunsAreAlike(t *testing.T) {
	p := compile(t, random(200, 128, 3))
	for _, timing := range models {
		a := run(t, p, 20, timing)
		done := make(chan *tile.Result, 2)
		for range 2 {
			go func() {
				r, _ := tile.Run(context.Background(), p, tile.Options{Steps: 20, Timing: timing})
				done <- r
			}()
		}
		for range 2 {
			if b := <-done; !reflect.DeepEqual(a, b) {
				t.Errorf("%s: two runs of a program differ", timing)
			}
		}
	}
}

func TestRunRefuses(t *testing.T) {
	p := compile(t, random(10, 4, 1))
	for _, opt := range []tile.Options{
		{Steps: 3, Timing: "dream"}, {Steps: -1, Timing: "simple"}, {Steps: 1 << 60, Timing: "simple"}, {Steps: 3, Timing: "cycle", Buffer: -1},
	} {
		if _, err := tile.Run(context.Background(), p, opt); err == nil {
			t.Errorf("%+v was run", opt)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := tile.Run(ctx, p, tile.Options{Steps: 3, Timing: "simple"}); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	davies, err := cost.Open("davies2018")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tile.Compile(random(10, 4, 1), davies, cost.SynapseDense); err == nil || !strings.Contains(err.Error(), "axon_out") {
		t.Errorf("a profile without times: %v", err)
	}
	if _, err := tile.Compile(random(10, 4, 1), davies, cost.HopEW); err == nil {
		t.Error("a hop is a kind of synapse")
	}
}

func text(t testing.TB, change func(*tile.Network)) []byte {
	t.Helper()
	n := random(4, 4, 1)
	change(n)
	data, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestReadRefuses(t *testing.T) {
	if _, err := tile.Read(text(t, func(*tile.Network) {})); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*tile.Network){
		"no neurons":        func(n *tile.Network) { n.Neurons = 0 },
		"too many neurons":  func(n *tile.Network) { n.Neurons = 1 << 40 },
		"one neuron less":   func(n *tile.Network) { n.Neurons-- },
		"no target 4":       func(n *tile.Network) { n.Targets[0], n.Weights[0] = []int32{4}, []float64{1} },
		"target -1":         func(n *tile.Network) { n.Targets[0], n.Weights[0] = []int32{-1}, []float64{1} },
		"a weight too many": func(n *tile.Network) { n.Weights[1] = append(n.Weights[1], 1) },
		"another rule":      func(n *tile.Network) { n.Model.Type = "izhikevich" },
		"another compare":   func(n *tile.Network) { n.Model.SpikeIf = "v>=threshold" },
		"another reset":     func(n *tile.Network) { n.Model.Reset = "none" },
		"quantum 0":         func(n *tile.Network) { n.Model.Quantum = 0 },
		"quantum 2^-1000":   func(n *tile.Network) { n.Model.Quantum = 0x1p-1000 },
		"quantum 1/3":       func(n *tile.Network) { n.Model.Quantum = 1. / 3 },
	} {
		if _, err := tile.Read(text(t, change)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	for name, data := range map[string]string{
		"empty": "", "unknown key": `{"colour": 3}`, "not numbers": `{"neurons": "many"}`, "more text": string(text(t, func(*tile.Network) {})) + "1",
		"broken gzip": "\x1f\x8b\x00", "deep": strings.Repeat(`{"bias":[`, 1000),
	} {
		if _, err := tile.Read([]byte(data)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	n := random(4, 4, 1)
	n.CoreOf[2] = 128
	profile, err := cost.Open("sanafe-loihi")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tile.Compile(n, profile, cost.SynapseDense); err == nil {
		t.Error("a neuron is on core 128 of 128")
	}
}

// TestGzipBomb unpacks to more than any network has.
func TestGzipBomb(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 130 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := tile.Read(b.Bytes()); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("%v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(text(f, func(*tile.Network) {}))
	profile, err := cost.Open("sanafe-loihi")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := tile.Read(data)
		if err != nil {
			return
		}
		p, err := tile.Compile(n, profile, cost.SynapseSparse)
		if err != nil {
			return
		}
		for _, timing := range models {
			if _, err := tile.Run(context.Background(), p, tile.Options{Steps: 2, Timing: timing}); err != nil && !errors.Is(err, noc.ErrTooLong) {
				t.Error(err)
			}
		}
	})
}
