package image_test

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/backend/truenorth/image"
	"github.com/synfire/synfire/internal/testenv"
	"pgregory.net/rapid"
)

// TestWordOfTheRTL compares a word with one of RANC's own test bench (vmm, core
// 4), put together here field by field: neuron 1 of the core at [1,1].
func TestWordOfTheRTL(t *testing.T) {
	img, err := image.OpenDir(filepath.Join(testenv.Shared(t, "golden/truenorth"), "08_rtl_vmm"))
	if err != nil {
		t.Fatal(err)
	}
	k := 0
	for img.Input.Cores[k].X != 1 || img.Input.Cores[k].Y != 1 {
		k++
	}
	data, err := image.AppendCSRAM(nil, img, k)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Repeat("0", 248) + "11110000" + // axons 4..7, the last axon first
		"000000000" + "000000000" + // potential, reset potential
		"000001000" + "000000100" + "000000010" + "000000001" + // weights 8, 4, 2, 1
		"000000000" + "000000001" + "000000000" + "1" + // leak, thresholds, reset mode
		"000000000" + "000000001" + "00000001" + "0000" // dx, dy, axon, delay
	lines := strings.Split(string(data), "\n")
	if len(lines) != 257 || lines[1] != want || img.Config.WordBits() != 368 {
		t.Errorf("word of %d bits, %d lines:\n%s\n%s", img.Config.WordBits(), len(lines), lines[1], want)
	}
	types, err := image.AppendTypes(nil, img, k)
	if err != nil || !strings.HasPrefix(string(types), "00\n01\n10\n11\n00\n") {
		t.Errorf("types %.20q (%v)", types, err)
	}
	checkMemory(t, img)
}

// checkMemory writes each core and reads it back; a core with fewer neurons
// than it could have comes back with the rest spelled out.
func checkMemory(t tester, img *image.Image) {
	t.Helper()
	want := canonical(img)
	for k := range want.Input.Cores {
		c := &want.Input.Cores[k]
		data, err := image.AppendCSRAM(nil, img, k)
		if err != nil {
			t.Fatal(err)
		}
		types, err := image.AppendTypes(nil, img, k)
		if err != nil {
			t.Fatal(err)
		}
		got, err := image.ReadCSRAM(append([]byte("/* a comment\n*/ // another\n"), data...), &img.Config, c.X, c.Y)
		if err != nil {
			t.Fatal(err)
		}
		if err := image.ReadTypes(types, &img.Config, got); err != nil {
			t.Fatal(err)
		}
		for range int(img.Config.NumNeurons) - len(c.Neurons) {
			c.Neurons = append(c.Neurons, image.Neuron{Weights: make([]int32, img.Config.NumWeights), PositiveThreshold: 1})
			c.Connections = append(c.Connections, make([]uint64, (img.Config.NumAxons+63)/64))
		}
		back := canonical(&image.Image{Config: img.Config, Input: image.Input{Cores: []image.Core{*got}}})
		if diff := cmp.Diff(*c, back.Input.Cores[0]); diff != "" {
			t.Fatalf("cores[%d]: %s", k, diff)
		}
	}
}

func TestMemoryRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkMemory(t, random(t)) })
}

// TestMemoryRefuses: what the registers of the RTL do not hold is not cut off.
func TestMemoryRefuses(t *testing.T) {
	tests := []struct {
		want  string
		spoil func(*image.Image, *image.Neuron)
	}{
		{"neuron_reset_type: the RTL has type 0 only", func(m *image.Image, _ *image.Neuron) { m.Config.NeuronResetType = 1 }},
		{"cores[0].neurons[0].leak: 256 is outside -256..255", func(_ *image.Image, n *image.Neuron) { n.Leak = 256 }},
		{"current_potential: -257 is outside", func(_ *image.Image, n *image.Neuron) { n.Potential = -257 }},
		{"weights: 1000 is outside", func(_ *image.Image, n *image.Neuron) { n.Weights[1] = 1000 }},
		{"positive_threshold: 300 is outside", func(_ *image.Image, n *image.Neuron) { n.PositiveThreshold = 300 }},
		{"destination_tick: 15 is outside 0..14", func(_ *image.Image, n *image.Neuron) { n.Delay = 15 }},
		{"reset_mode: 2 is outside", func(_ *image.Image, n *image.Neuron) { n.ResetMode = 2 }},
		{"destination_axon: 200 is outside 0..127", func(m *image.Image, n *image.Neuron) {
			m.Input.OutputBus = image.OutputBus{X: 1, NumOutputs: 256}
			n.DX, n.DY, n.Axon = 1, -1, 200
		}},
	}
	for _, x := range tests {
		img, err := parse(strings.Replace(goodConfig, `type": 1`, `type": 0`, 1), goodInput)
		if err != nil {
			t.Fatal(err)
		}
		n := &img.Input.Cores[0].Neurons[0]
		n.Weights, n.Delay = []int32{-256, 255}, 14
		if _, err := image.AppendCSRAM(nil, img, 0); err != nil {
			t.Fatal(err)
		}
		x.spoil(img, n)
		if _, err := image.AppendCSRAM(nil, img, 0); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("want %q, got: %v", x.want, err)
		}
		for _, k := range []int{-1, 1} {
			if _, err := image.AppendCSRAM(nil, img, k); err == nil {
				t.Errorf("core %d was written", k)
			}
			if _, err := image.AppendTypes(nil, img, k); err == nil {
				t.Errorf("types of core %d were written", k)
			}
		}
	}
}

func TestReadMemoryRefuses(t *testing.T) {
	img, err := parse(strings.NewReplacer(`axons": 70`, `axons": 3`, `neurons": 4`, `neurons": 1`).Replace(goodConfig), `{"packets": [], "cores": [], "output_bus": {"coordinates": [0, 0], "num_outputs": 1}}`)
	if err != nil {
		t.Fatal(err)
	}
	c := &img.Config
	word := strings.Repeat("0", c.WordBits())
	tests := []struct{ text, want string }{
		{"", "0 words for 1 neurons"},
		{word + " " + word, "word 1: num_neurons is 1"},
		{word[1:], "word 0: 90 digits, want 91"},
		{word + "0", "word 0: 92 digits"},
		{"@0 " + word, "word 0: '@' is not a binary digit"},
		{word[1:] + "x", "word 0: 90 digits"},
		{word + "/* ", "word 1: a comment has no end"},
	}
	for _, x := range tests {
		if _, err := image.ReadCSRAM([]byte(x.text), c, 0, 0); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%q: want %q, got: %v", x.text, x.want, err)
		}
	}
	for _, x := range []struct{ text, want string }{
		{"0\n1\n", "2 types for 3 axons"},
		{"0\n1\n0\n0\n", "axon 3 of type 0, there are 3 axons and 2 types"},
		{"00\n", "2 digits, want 1"},
	} {
		if err := image.ReadTypes([]byte(x.text), c, &image.Core{}); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%q: want %q, got: %v", x.text, x.want, err)
		}
	}
	c.NumWeights = 3
	if err := image.ReadTypes([]byte("11\n"), c, &image.Core{}); err == nil || !strings.Contains(err.Error(), "of type 3") {
		t.Error(err)
	}
	c.NumAxons = -1
	if _, err := image.ReadCSRAM(nil, c, 0, 0); err == nil || !strings.Contains(err.Error(), "num_axons: -1") {
		t.Error(err)
	}
}

// FuzzReadCSRAM: what is read of core memory is written back to the same words.
func FuzzReadCSRAM(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	c := image.Config{NumNeurons: 2, NumAxons: 5, NumWeights: 4, NumCoresX: 1, NumCoresY: 1, MaxTickOffset: 16}
	for range 4 {
		text := []byte("// x\n")
		for range 2 {
			for range c.WordBits() {
				text = append(text, '0'+byte(r.IntN(2)))
			}
			text = append(text, '\n')
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		core, err := image.ReadCSRAM(data, &c, 0, 0)
		if err != nil {
			return
		}
		img := &image.Image{Config: c, Input: image.Input{Cores: []image.Core{*core}}}
		if image.Validate(img) != nil {
			return // its addresses are not on this chip
		}
		text, err := image.AppendCSRAM(nil, img, 0)
		if err != nil {
			return // delay 15
		}
		again, err := image.ReadCSRAM(text, &c, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(core, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
