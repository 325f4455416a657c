package image_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/backend/truenorth/image"
	"pgregory.net/rapid"
)

const goodConfig = `{"num_neurons": 4, "num_axons": 70, "num_cores_x": 3, "num_cores_y": 2, "num_weights": 2, "max_tick_offset": 16,
 "neuron_block_trace_verbosity": 0, "core_controller_trace_verbosity": 1, "scheduler_trace_verbosity": 2, "neuron_reset_type": 1}`

const goodNeuron = `{"reset_potential": -3, "weights": [2147483647, -2147483648], "leak": 1, "positive_threshold": 5, "negative_threshold": -6,
 "destination_core_offset": [1, -1], "destination_axon": 69, "destination_tick": 15, "current_potential": 7, "reset_mode": 1}`

const goodInput = `{"packets": [[], [{"destination_core": [2, 1], "destination_axon": 3, "destination_tick": 0}], []],
 "output_bus": {"coordinates": [2, 1], "num_outputs": 9},
 "cores": [{"axons": [1, 0], "neurons": [` + goodNeuron + `], "connections": [[0, 1, 0, 1, 0]], "coordinates": [0, 1]}]}`

func parse(config, input string) (*image.Image, error) {
	c, err := image.ReadConfig("config.json", strings.NewReader(config))
	if err != nil {
		return nil, err
	}
	in, err := image.ReadInput("input.json", strings.NewReader(input), c)
	if err != nil {
		return nil, err
	}
	return &image.Image{Config: *c, Input: *in}, nil
}

func TestRead(t *testing.T) {
	// What RANC does not know, white space, order and a byte-order mark change nothing.
	odd := "\ufeff" + strings.NewReplacer(
		`{"axons"`, `{"note": {"a": [1.5e3, "\"]}", null, {}], "b": true}, "axons"`,
		`: [`, "\t:\r\n[",
	).Replace(goodInput) + "\n\n"
	want := &image.Image{
		Config: image.Config{
			NumNeurons: 4, NumAxons: 70, NumCoresX: 3, NumCoresY: 2, NumWeights: 2, MaxTickOffset: 16,
			CoreControllerTrace: 1, SchedulerTrace: 2, NeuronResetType: 1,
		},
		Input: image.Input{
			Ticks: 3, Packets: []image.Packet{{Tick: 1, X: 2, Y: 1, Axon: 3}},
			OutputBus: image.OutputBus{X: 2, Y: 1, NumOutputs: 9},
			Cores: []image.Core{{
				Y: 1, Axons: []uint16{1, 0}, Connections: [][]uint64{{1<<1 | 1<<3}},
				Neurons: []image.Neuron{{
					ResetPotential: -3, Weights: []int32{math.MaxInt32, math.MinInt32}, Leak: 1, PositiveThreshold: 5, NegativeThreshold: -6,
					DX: 1, DY: -1, Axon: 69, Delay: 15, Potential: 7, ResetMode: 1,
				}},
			}},
		},
	}
	for _, input := range []string{goodInput, odd} {
		got, err := parse(goodConfig, input)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	// Rows of neurons that do not exist are left out.
	got, err := parse(goodConfig, strings.Replace(goodInput, "[0, 1, 0, 1, 0]", "[0, 1, 0, 1, 0], [], [1]", 1))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestReadRefuses: each spoiled file is an error with the path of what is wrong.
func TestReadRefuses(t *testing.T) {
	config := func(old, replacement, want string) [4]string { return [4]string{"c", old, replacement, want} }
	input := func(old, replacement, want string) [4]string { return [4]string{"i", old, replacement, want} }
	tests := [][4]string{
		config(`, "neuron_reset_type": 1`, ``, "config.json: neuron_reset_type: is missing"),
		config(`_type": 1`, `_type": 2`, "config.json: neuron_reset_type: 2 is outside 0..1"),
		config(`s": 4`, `s": 1000000000`, "config.json: num_neurons: 1000000000 is outside 0..65536"),
		config(`s": 4`, `s": -1`, "config.json: num_neurons: -1 is outside"),
		config(`s": 4`, `s": 4.0`, "config.json: num_neurons: 4.0 is not an integer of 32 bits"),
		config(`s": 4`, `s": "4"`, `config.json: num_neurons: '"' where an integer is wanted`),
		config(`s": 4`, `s": 4, "num_neurons": 4`, "config.json: num_neurons: is given twice"),
		config(`x": 3`, `x": 0`, "config.json: num_cores_x: 0 is outside 1..4096"),
		config(`offset": 16`, `offset": 0`, "config.json: max_tick_offset: 0 is outside"),
		config(`{"num_neu`, `[{"num_neu`, "config.json: '[' where an object is wanted"),
		config(`1}`, `1} x`, "config.json: more data after the end"),
		config(`1}`, `1 `, "config.json: the file ends here"),
		config(`1}`, `1`, "config.json: neuron_reset_type: the file ends here"),
		config(`1}`, `1,}`, "config.json: '}' where a member's name is wanted"),
		config(`{"num_neu`, `{,"num_neu`, "config.json: ',' where a member's name is wanted"),

		input(`"leak": 1, `, ``, "input.json: cores[0].neurons[0].leak: is missing"),
		input(`"output_bus"`, `"bus"`, "input.json: output_bus: is missing"),
		input(`"leak": 1`, `"leak": 2147483648`, "cores[0].neurons[0].leak: 2147483648 is not an integer of 32 bits"),
		input(`"leak": 1`, `"leak": 99999999999999999999999`, "cores[0].neurons[0].leak: 9999999999999999... is not an integer"),
		input(`"leak": 1`, `"leak": 01`, "cores[0].neurons[0].leak: 01 is not an integer"),
		input(`"leak": 1`, `"leak": +1`, "cores[0].neurons[0].leak: +1 is not an integer"),
		input(`"leak": 1`, `"leak": -`, "cores[0].neurons[0].leak: - is not an integer"),
		input(`"leak": 1`, `"leak": null`, "cores[0].neurons[0].leak: null is not an integer"),
		input(`_mode": 1`, `_mode": 2`, "cores[0].neurons[0].reset_mode: 2 is outside 0..1"),
		input(`axon": 69`, `axon": 70`, "cores[0].neurons[0].destination_axon: 70 is outside 0..69"),
		input(`axon": 69`, `axon": -1`, "cores[0].neurons[0].destination_axon: -1 is outside 0..69"),
		input(`[1, -1]`, `[2, 0]`, "cores[0].neurons[0].destination_axon: 69 is outside 0..8"),
		input(`[1, -1]`, `[3, 0]`, "destination_core_offset: [3,0] from core [0,1] is core [3,1], off the grid of 3 x 2"),
		input(`[1, -1]`, `[-1, 0]`, "is core [-1,1], off the grid"),
		input(`[1, -1]`, `[0, -2]`, "is core [0,-1], off the grid"),
		input(`[1, -1]`, `[2147483647, 1]`, "off the grid"),
		input(`[1, -1]`, `[1]`, "destination_core_offset: 1 values where [x, y] is wanted"),
		input(`[1, -1]`, `[1, -1, 0]`, "destination_core_offset[2]: the array has more than two values"),
		input(`tick": 15`, `tick": 16`, "cores[0].neurons[0].destination_tick: 16 is outside 0..15"),
		input(`[2147483647, `, `[1, 1, `, "cores[0].neurons[0].weights[2]: num_weights is 2"),
		input(`[1, 0]`, `[1, 2]`, "cores[0].axons[1]: 2 is outside 0..1"),
		input(`[1, 0]`, `[1, -1]`, "cores[0].axons[1]: -1 is outside 0..1"),
		input(`[1, 0]`, `[`+strings.Repeat("0,", 70)+`0]`, "cores[0].axons[70]: num_axons is 70"),
		input(`[0, 1, 0, 1, 0]`, `[0, 1, 2]`, "cores[0].connections[0][2]: 2 is not 0 or 1"),
		input(`[0, 1, 0, 1, 0]`, `[0, 1 0]`, "cores[0].connections[0][1]: '0' where , or ] is wanted"),
		input(`[0, 1, 0, 1, 0]`, `[0, ]`, "cores[0].connections[0][1]: ']' where an integer is wanted"),
		input(`[0, 1, 0, 1, 0]`, `[`+strings.Repeat("0,", 70)+`0]`, "cores[0].connections[0][70]: num_axons is 70"),
		input(`[0, 1, 0, 1, 0]`, `[],[],[],[],[]`, "cores[0].connections[4]: num_neurons is 4"),
		input(`[[0, 1, 0, 1, 0]]`, `[]`, "cores[0]: connections has 0 rows for 1 neurons"),
		input(goodNeuron, strings.Repeat(goodNeuron+",", 4)+goodNeuron, "cores[0].neurons[4]: num_neurons is 4"),
		input(`"coordinates": [0, 1]}`, `"coordinates": [0, 2]}`, "cores[0].coordinates[1]: 2 is outside 0..1"),
		input(`"coordinates": [2, 1]`, `"coordinates": [2, -1]`, "output_bus.coordinates[1]: -1 is outside 0..1"),
		input(`outputs": 9`, `outputs": 2000000000`, "output_bus.num_outputs: 2000000000 is outside 0..1048576"),
		input(`core": [2, 1]`, `core": [3, 1]`, "packets[1][0].destination_core[0]: 3 is outside 0..2"),
		input(`core": [2, 1]`, `core": [2, -1]`, "packets[1][0].destination_core[1]: -1 is outside 0..1"),
		input(`axon": 3`, `axon": 9`, "packets[1][0].destination_axon: 9 is outside 0..8"),
		input(`tick": 0`, `tick": 16`, "packets[1][0].destination_tick: 16 is outside 0..15"),
		input(`tick": 0`, `tick": 0}, {"x": 1`, "packets[1][1].destination_core: is missing"),
		input(`"cores": [`, `"cores": [{"coordinates": [0, 1], "axons": [], "neurons": [], "connections": []},`, "cores[1].coordinates: [0,1] is already the place of cores[0]"),
		input(`{"packets"`, `{"x": `+strings.Repeat("[", 100)+`, "packets"`, "nested more than 64 deep"),
		input(`{"packets"`, `{"x": nope, "packets"`, "where a value is wanted"),
		input(`{"packets"`, `{"x": {"a" 1}, "packets"`, "where a colon is wanted"),
		input(`{"packets"`, `{"x": {"a": 1,}, "packets"`, "where a member's name is wanted"),
		input(`{"packets"`, `{"x": {"a": 1 "b": 2}, "packets"`, "where , or } is wanted"),
		input(`{"packets"`, `{"`+strings.Repeat("x", 300)+`": 1, "packets"`, "more than 256 bytes"),
		input(`{"packets"`, "{\"a\nb\": 1, \"packets\"", "control character"),
	}
	for _, x := range tests {
		config, input := goodConfig, goodInput
		text := &config
		if x[0] == "i" {
			text = &input
		}
		spoiled := strings.Replace(*text, x[1], x[2], 1)
		if spoiled == *text {
			t.Fatalf("%q is not in the file", x[1])
		}
		*text = spoiled
		if _, err := parse(config, input); err == nil || !strings.Contains(err.Error(), x[3]) {
			t.Errorf("want %q, got: %v", x[3], err)
		}
	}
}

// TestReadRefusesTruncation: no prefix of a file is a file.
func TestReadRefusesTruncation(t *testing.T) {
	for n := range len(goodInput) {
		if _, err := parse(goodConfig, goodInput[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes were accepted", n, len(goodInput))
		}
	}
	for n := range len(goodConfig) {
		if _, err := parse(goodConfig[:n], goodInput); err == nil {
			t.Fatalf("the first %d bytes of the configuration were accepted", n)
		}
	}
}

func TestValidateReportsManyProblems(t *testing.T) {
	img, err := parse(goodConfig, goodInput)
	if err != nil {
		t.Fatal(err)
	}
	n := &img.Input.Cores[0].Neurons[0]
	n.ResetMode, n.Delay, n.Axon, n.Weights = -1, 99, 1000, make([]int32, 3)
	core := &img.Input.Cores[0]
	core.Axons = append(core.Axons, 5)
	core.Connect(0, 70)
	core.Connections = append(core.Connections, nil)
	img.Input.Packets[0].Tick = 3
	for range 20 {
		img.Input.Packets = append(img.Input.Packets, image.Packet{Tick: 2, Axon: 70})
	}
	text := image.Validate(img).Error()
	for _, want := range []string{"packets (number 0): tick 3 after tick 0 of 3", "packets[2][0].destination_axon: 70 is outside 0..69", "and 1"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
	img.Input.Packets = nil
	text = image.Validate(img).Error()
	for _, want := range []string{
		"axons[2]: 5 is outside 0..1", "connections[0][70]: num_axons is 70", "connections: 2 rows for 1 neurons",
		"weights: 3 weights, num_weights is 2", "reset_mode: -1", "destination_tick: 99", "destination_axon: 1000",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
	var out bytes.Buffer
	if err := image.WriteInput(&out, img); err == nil || out.Len() > 0 {
		t.Error("was written")
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	if _, err := image.OpenDir(dir); err == nil || !strings.Contains(err.Error(), "config.json") {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(goodConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	save := func(text string) {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "input.json.gz"), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save(goodInput)
	got, err := image.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	want, err := parse(goodConfig, goodInput)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	save(goodInput + "x")
	_, err = image.OpenDir(dir)
	if path := filepath.Join(dir, "input.json.gz"); err == nil || !strings.HasPrefix(err.Error(), path+": ") {
		t.Errorf("%v does not start with %s", err, path)
	}
	if err := os.WriteFile(filepath.Join(dir, "input.json.gz"), []byte("\x1f\x8bjunk"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = image.OpenDir(dir); err == nil {
		t.Error("a broken gzip file was accepted")
	}
}

// TestReadAllocatesLittle: a file that claims much and holds little costs
// little, whether it is refused or not.
func TestReadAllocatesLittle(t *testing.T) {
	config := strings.NewReplacer(`neurons": 4`, `neurons": 65536`, `axons": 70`, `axons": 65536`, `weights": 2`, `weights": 65536`).Replace(goodConfig)
	rows := `"connections": [` + strings.Repeat("[],", 60000) + "[]]"
	core := strings.Replace(goodInput, `"connections": [[0, 1, 0, 1, 0]]`, rows, 1)
	tests := map[string]string{
		"empty ticks": strings.Replace(goodInput, "[[], ", "[["+strings.Repeat("],[", 300000)+"], ", 1),
		"empty rows":  core,
		"zeros":       strings.Replace(goodInput, "[0, 1, 0, 1, 0]", "["+strings.Repeat("0,", 65535)+"0]", 1),
		"unknown":     strings.Replace(goodInput, `{"packets"`, `{"x": [`+strings.Repeat(`{"a":[]},`, 100000)+`0], "packets"`, 1),
	}
	for name, input := range tests {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := parse(config, input)
		runtime.ReadMemStats(&after)
		if err != nil && name != "empty ticks" {
			t.Errorf("%s: %v", name, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > uint64(200_000+20*len(input)) {
			t.Errorf("%s: %d bytes were allocated for a file of %d", name, used, len(input))
		}
	}
}

// random makes a valid image with everything in it.
func random(t *rapid.T) *image.Image {
	num := func(name string, lo, hi int) int32 { return int32(rapid.IntRange(lo, hi).Draw(t, name)) }
	word := func(name string) int32 { return num(name, -256, 255) }
	c := image.Config{
		NumNeurons: num("neurons", 0, 5), NumAxons: num("axons", 1, 130), NumWeights: num("weights", 1, 6),
		NumCoresX: num("x", 1, 4), NumCoresY: num("y", 1, 3), MaxTickOffset: num("slots", 2, 40),
		NeuronBlockTrace: num("trace", 0, 2), CoreControllerTrace: num("trace", 0, 1), SchedulerTrace: num("trace", 0, 2),
	}
	img := &image.Image{Config: c}
	in := &img.Input
	in.OutputBus = image.OutputBus{X: num("bus", 0, int(c.NumCoresX)-1), Y: num("bus", 0, int(c.NumCoresY)-1), NumOutputs: c.NumAxons}
	in.Ticks = int(num("ticks", 0, 4))
	for tick := range in.Ticks {
		for range num("packets", 0, 3) {
			in.Packets = append(in.Packets, image.Packet{
				Tick: int32(tick), X: num("px", 0, int(c.NumCoresX)-1), Y: num("py", 0, int(c.NumCoresY)-1),
				Axon: num("pa", 0, int(c.NumAxons)-1), Delay: num("pd", 0, int(c.MaxTickOffset)-1),
			})
		}
	}
	for y := range c.NumCoresY {
		for x := range c.NumCoresX {
			core := image.Core{X: x, Y: y}
			for range c.NumAxons {
				core.Axons = append(core.Axons, uint16(num("type", 0, int(c.NumWeights)-1)))
			}
			for i := range int(num("defined", 0, int(c.NumNeurons))) {
				n := image.Neuron{
					ResetPotential: word("rp"), Leak: word("leak"), PositiveThreshold: word("pt"), NegativeThreshold: word("nt"),
					DX: num("dx", 0, int(c.NumCoresX)-1) - x, DY: num("dy", 0, int(c.NumCoresY)-1) - y,
					Axon: num("axon", 0, int(c.NumAxons)-1), Delay: num("delay", 0, int(c.MaxTickOffset)-2),
					Potential: word("v"), ResetMode: num("mode", 0, 1),
				}
				for range c.NumWeights {
					n.Weights = append(n.Weights, word("w"))
				}
				core.Neurons, core.Connections = append(core.Neurons, n), append(core.Connections, nil)
				for a := range int(c.NumAxons) {
					if rapid.Bool().Draw(t, "connected") {
						core.Connect(i, a)
					}
				}
			}
			in.Cores = append(in.Cores, core)
		}
	}
	return img
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkRoundTrip(t, random(t)) })
}

// FuzzRead: whatever is read is valid, and is read back equal when written.
func FuzzRead(f *testing.F) {
	f.Add(goodConfig, goodInput)
	f.Add(goodConfig, strings.Replace(goodInput, "[[],", "[", 1))
	f.Add(`{"num_neurons":0}`, `{"packets":[],"x":{"a":[1,"\""]}}`)
	f.Fuzz(func(t *testing.T, config, input string) {
		img, err := parse(config, input)
		if err != nil {
			if !strings.Contains(err.Error(), ".json: ") {
				t.Fatalf("%v does not name the file", err)
			}
			return
		}
		if err := image.Validate(img); err != nil {
			t.Fatal(err)
		}
		cells := 0
		for k := range img.Input.Cores {
			cells += int(img.Config.NumAxons) * (1 + len(img.Input.Cores[k].Neurons))
		}
		if cells < 1<<20 {
			checkRoundTrip(t, img)
		}
	})
}

// Example of an error: what a person sees.
func ExampleReadInput() {
	c, err := image.ReadConfig("config.json", strings.NewReader(goodConfig))
	if err != nil {
		fmt.Println(err)
		return
	}
	bad := strings.Replace(goodInput, `"destination_axon": 69`, `"destination_axon": 300`, 1)
	_, err = image.ReadInput("input.json", strings.NewReader(bad), c)
	fmt.Println(err)
	// Output: input.json: cores[0].neurons[0].destination_axon: 300 is outside 0..69
}
