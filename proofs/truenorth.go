package proofs

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/synfire/synfire/backend/truenorth/image"
	"github.com/synfire/synfire/emulator"
	engine "github.com/synfire/synfire/emulator/truenorth"
)

// truenorthRANC runs a network of RANC's simulator, written and read back once,
// and compares the output bus line by line; where RANC left a trace, every
// potential and spike of every neuron too, and what was dropped and merged.
func truenorthRANC(ctx context.Context, dir string, raw json.RawMessage) (tally, error) {
	var t tally
	var c struct {
		Dir string `json:"dir"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return t, err
	}
	dir = filepath.Join(dir, c.Dir)
	img, err := image.OpenDir(dir)
	if err != nil {
		return t, err
	}
	if img, err = rewritten(img); err != nil {
		return t, err
	}
	ticks, err := readTicks(filepath.Join(dir, "ticks"))
	if err != nil {
		return t, err
	}
	prog, err := engine.Compile(img)
	if err != nil {
		return t, err
	}
	opt := engine.Options{Ticks: ticks}
	trace, err := openText(filepath.Join(dir, "trace.txt"))
	traced := err == nil
	if traced {
		defer trace.Close()
		for _, core := range coresOf(img) {
			name := engine.CoreName(int(core.X), int(core.Y))
			for _, v := range []emulator.Var{emulator.Voltage, emulator.Spikes} {
				opt.Probes = append(opt.Probes, emulator.Probe{Population: name, Var: v, Hi: -1, Step: 1})
			}
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return t, err
	}
	res, err := engine.Run(ctx, prog, nil, opt)
	if err != nil {
		return t, err
	}
	if err := compareOutput(&t, filepath.Join(dir, "output.txt"), res); err != nil || !traced {
		return t, err
	}
	return t, compareTrace(&t, trace, img, res)
}

// rewritten writes an image in RANC's form and reads that again.
func rewritten(img *image.Image) (*image.Image, error) {
	var config, input bytes.Buffer
	if err := image.WriteConfig(&config, &img.Config); err != nil {
		return nil, err
	}
	if err := image.WriteInput(&input, img); err != nil {
		return nil, err
	}
	c, err := image.ReadConfig("config.json", &config)
	if err != nil {
		return nil, err
	}
	in, err := image.ReadInput("input.json", &input, c)
	if err != nil {
		return nil, err
	}
	return &image.Image{Config: *c, Input: *in}, nil
}

// coresOf returns the cores that run.
func coresOf(img *image.Image) []*image.Core {
	var cores []*image.Core
	for k := range img.Input.Cores {
		c, bus := &img.Input.Cores[k], img.Input.OutputBus
		if c.X != bus.X || c.Y != bus.Y {
			cores = append(cores, c)
		}
	}
	return cores
}

func readTicks(path string) (int, error) {
	data, err := readFile(path)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(data)), 10, 24)
	if err != nil {
		return 0, fmt.Errorf("%s: %q is not a number of ticks", path, data)
	}
	return int(n), nil
}

// text is a text file that is read line by line.
type text struct {
	*bufio.Scanner
	file *os.File
}

func (t *text) Close() error { return t.file.Close() }

// maxLine bounds the length of a line.
const maxLine = 1 << 24

// openText opens a text file, or the same name with .gz after it.
func openText(path string) (*text, error) {
	f, err := os.Open(path)
	var r io.Reader = f
	if errors.Is(err, fs.ErrNotExist) {
		if f, err = os.Open(path + ".gz"); err != nil {
			return nil, err
		}
		r, err = gzip.NewReader(f)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	return &text{s, f}, nil
}

// compareOutput compares the rows of the output bus with what RANC printed.
func compareOutput(t *tally, path string, res *engine.Result) error {
	f, err := openText(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var got bytes.Buffer
	if err := engine.WriteOutput(&got, res.Output); err != nil {
		return err
	}
	rows := 0
	for f.Scan() {
		want := strings.TrimSuffix(strings.TrimPrefix(f.Text(), "\ufeff"), "\r")
		if rows == res.Ticks {
			t.check(want == "", "output.txt: line %d after %d ticks", rows+1, res.Ticks)
			continue
		}
		line, err := got.ReadString('\n')
		if err != nil {
			return err
		}
		compareLine(t, rows, strings.TrimSuffix(line, "\n"), want)
		rows++
	}
	t.check(rows == res.Ticks, "output.txt has %d lines for %d ticks", rows, res.Ticks)
	return f.Err()
}

// compareLine counts the outputs in which two lines differ.
func compareLine(t *tally, row int, got, want string) {
	if len(got) != len(want) {
		t.check(false, "output.txt: line %d has %d characters, want %d", row+1, len(got), len(want))
		return
	}
	bad, first := 0, 0
	for i := range got {
		if got[i] != want[i] {
			if bad == 0 {
				first = i / 2
			}
			bad++
		}
	}
	t.add(len(got)/2, bad, func() string {
		return fmt.Sprintf("output.txt: line %d, output %d differs", row+1, first)
	})
}

// compareTrace compares what RANC's trace says of each neuron in each tick: its
// potential at the end and whether it spiked. Neurons that are not defined stay
// at 0.
func compareTrace(t *tally, f *text, img *image.Image, res *engine.Result) error {
	cores := map[[2]int]int{}
	for i, c := range coresOf(img) {
		cores[[2]int{int(c.X), int(c.Y)}] = 2 * i
	}
	tick, x, y, neuron, spiked := 0, 0, 0, 0, int32(0)
	var dropped, merged, busMerged int64
	for f.Scan() {
		line := f.Text()
		switch {
		case strings.HasPrefix(line, "Neuron "):
			spiked = 0
			if _, err := fmt.Sscanf(line, "Neuron %d integration", &neuron); err != nil {
				return fmt.Errorf("trace.txt: %q: %w", line, err)
			}
		case line == "\tNeuron spikes.":
			spiked = 1
		case strings.HasPrefix(line, "\tNeuron ends at potential: "):
			want, err := strconv.ParseInt(line[len("\tNeuron ends at potential: "):], 10, 32)
			if err != nil || tick < 1 || tick > res.Ticks {
				return fmt.Errorf("trace.txt: %q in tick %d", line, tick)
			}
			v, s := int32(0), int32(0)
			if k, ok := cores[[2]int{x, y}]; ok && neuron >= 0 && neuron < len(res.Traces[k].Neurons) {
				v, s = res.Traces[k].Row(tick - 1)[neuron], res.Traces[k+1].Row(tick - 1)[neuron]
			}
			t.check(int64(v) == want, "tick %d, core (%d, %d), neuron %d: potential %d, want %d", tick, x, y, neuron, v, want)
			t.check(s == spiked, "tick %d, core (%d, %d), neuron %d: spikes %d, want %d", tick, x, y, neuron, s, spiked)
		case strings.HasPrefix(line, "--"):
			if _, err := fmt.Sscanf(strings.Trim(line, "- "), "Tick %d begins", &tick); err != nil {
				return fmt.Errorf("trace.txt: %q: %w", line, err)
			}
		case strings.HasPrefix(line, "++"):
			if _, err := fmt.Sscanf(strings.Trim(line, "+ "), "Core Controller (%d, %d) running.", &x, &y); err != nil {
				return fmt.Errorf("trace.txt: %q: %w", line, err)
			}
		case strings.HasPrefix(line, "[WARNING] Packet tried to write to current word"):
			dropped++
		case strings.HasPrefix(line, "[WARNING] Scheduler received duplicate spike"):
			merged++
		case strings.HasPrefix(line, "[WARNING] Multiple spikes received for output bus"):
			busMerged++
		}
	}
	// RANC warns of spikes to cores that are not defined too.
	if st := res.Stats; st.Lost == 0 {
		t.check(st.Dropped == dropped, "%d spikes dropped, want %d", st.Dropped, dropped)
		t.check(st.Merged == merged, "%d spikes merged, want %d", st.Merged, merged)
		t.check(st.BusMerged == busMerged, "%d spikes merged on the bus, want %d", st.BusMerged, busMerged)
	}
	t.check(tick == res.Ticks, "trace.txt has %d ticks, want %d", tick, res.Ticks)
	return f.Err()
}
