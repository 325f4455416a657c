package runner

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/synfire/synfire/backend/truenorth/image"
	"github.com/synfire/synfire/emulator/truenorth"
	"github.com/synfire/synfire/internal/atomicfile"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/term"
)

// RANCRequest asks to run a network in RANC's own files.
type RANCRequest struct {
	Paths   []string // a folder, or config.json and input.json
	Ticks   int
	Threads int
	Output  string // file for the rows of the output bus, "" = none
}

// RANCReport is what became of it.
type RANCReport struct {
	Files    []string        `json:"files"`
	Cores    int             `json:"cores"`
	Outputs  int             `json:"outputs"`
	OnBus    int             `json:"output_spikes"`
	Stats    truenorth.Stats `json:"stats"`
	Warnings []string        `json:"warnings,omitempty"`
	Output   string          `json:"output,omitempty"`
	Seconds  float64         `json:"seconds"`
}

// IsRANC tells whether paths name a network in RANC's files: a folder with a
// config.json, or two JSON files.
func IsRANC(paths []string) bool {
	isJSON := func(path string) bool { return strings.HasSuffix(strings.TrimSuffix(path, ".gz"), ".json") }
	if len(paths) == 2 {
		return isJSON(paths[0]) && isJSON(paths[1])
	}
	if len(paths) != 1 {
		return false
	}
	for _, name := range []string{"config.json", "config.json.gz"} {
		if _, err := os.Stat(filepath.Join(paths[0], name)); err == nil {
			return true
		}
	}
	return false
}

// RunRANC emulates a network in RANC's files.
func RunRANC(ctx context.Context, q *RANCRequest) (*RANCReport, error) {
	var img *image.Image
	var err error
	if len(q.Paths) == 1 {
		img, err = image.OpenDir(q.Paths[0])
	} else {
		img, err = image.Open(q.Paths[0], q.Paths[1])
	}
	if err != nil {
		return nil, err
	}
	prog, err := truenorth.Compile(img)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	res, err := truenorth.Run(ctx, prog, nil, truenorth.Options{Ticks: q.Ticks, Threads: q.Threads})
	if err != nil {
		return nil, err
	}
	r := &RANCReport{
		Files: q.Paths, Cores: len(img.Input.Cores), Outputs: prog.Outputs(), OnBus: res.Output.Count(),
		Stats: res.Stats, Warnings: res.Stats.Warnings(), Seconds: time.Since(start).Seconds(), Output: q.Output,
	}
	if q.Output == "" {
		return r, nil
	}
	return r, atomicfile.WriteFile(q.Output, func(w io.Writer) error { return truenorth.WriteOutput(w, res.Output) })
}

// Text writes the report for people.
func (r *RANCReport) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  target=truenorth (emulated; bit-exact to RANC's simulator, see docs/proofs.md)\n", strings.Join(r.Files, " "))
	fmt.Fprintf(&b, "%s, %s, %s: %s on the output bus\n", plural(r.Cores, "core"), plural(r.Stats.Ticks, "tick"), plural(r.Outputs, "output"), plural(r.OnBus, "spike"))
	for _, x := range r.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", x)
	}
	fmt.Fprintf(&b, "work: %s spikes, %s synaptic events, %s neuron updates in %s\n", term.Count(r.Stats.Spikes), term.Count(r.Stats.SynEvents),
		term.Count(r.Stats.Updates), term.Duration(time.Duration(r.Seconds*float64(time.Second))))
	if r.Output != "" {
		fmt.Fprintf(&b, "wrote %s\n", r.Output)
	} else {
		b.WriteString("-o FILE writes the output bus tick by tick, as RANC prints it\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// File is a file of an image that consists of several.
type File struct {
	Name string
	Data []byte
}

// TruenorthFiles returns a bundle as RANC's files: config.json, input.json, the
// manifest and, for each core whose numbers fit the RTL's registers, its core
// memory and axon types. Sample k of the data, if there is any, becomes the
// packets of input.json. notes says which cores have no core memory, and why.
func TruenorthFiles(data []byte, d *Data, k int) (files []File, notes []string, err error) {
	b, err := image.DecodeBundle(data)
	if err != nil {
		return nil, nil, err
	}
	if d != nil {
		if err := addPackets(b, d, k); err != nil {
			return nil, nil, err
		}
	}
	write := func(name string, f func(w io.Writer) error) {
		var buf bytes.Buffer
		if err == nil {
			err = f(&buf)
		}
		files = append(files, File{name, buf.Bytes()})
	}
	write("config.json", func(w io.Writer) error { return image.WriteConfig(w, &b.Image.Config) })
	write("input.json", func(w io.Writer) error { return image.WriteInput(w, &b.Image) })
	manifest, jerr := JSONTruenorth(data)
	if err == nil {
		err = jerr
	}
	files = append(files, File{"manifest.json", append(manifest, '\n')})
	without, reason := 0, error(nil)
	for i := range b.Image.Input.Cores {
		c := &b.Image.Input.Cores[i]
		mem, merr := image.AppendCSRAM(nil, &b.Image, i)
		types, terr := image.AppendTypes(nil, &b.Image, i)
		if merr != nil || terr != nil {
			if without++; reason == nil {
				reason = firstError(merr, terr)
			}
			continue
		}
		name := fmt.Sprintf("core_%d_%d", c.X, c.Y)
		files = append(files, File{name + ".mem", mem}, File{name + "_types.mem", types})
	}
	if without > 0 {
		notes = append(notes, fmt.Sprintf("%s no core memory for RANC's RTL: %v", plural2(without, "core has", "cores have"), reason))
	}
	return files, notes, err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func plural2(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return term.Count(int64(n)) + " " + many
}

// addPackets writes sample k into the packets of a bundle.
func addPackets(b *image.Bundle, d *Data, k int) error {
	if k < 0 || k >= d.Samples {
		return fmt.Errorf("there is no sample %d: the input has %d", k, d.Samples)
	}
	in := &b.Image.Input
	in.Ticks = d.Steps
	byTick := make([][]image.Packet, d.Steps)
	for _, port := range b.Manifest.Inputs {
		r, err := spike.New(d.Steps, len(port.Ptr)-1)
		if err != nil {
			return err
		}
		if err := d.fill(k, port.Name, r); err != nil {
			return err
		}
		for t := range r.Steps {
			r.Each(t, func(i int) {
				for _, to := range port.Targets[port.Ptr[i]:port.Ptr[i+1]] {
					byTick[t] = append(byTick[t], image.Packet{Tick: int32(t), X: to.X, Y: to.Y, Axon: to.Axon, Delay: to.Delay})
				}
			})
		}
	}
	in.Packets = nil
	for _, ps := range byTick {
		in.Packets = append(in.Packets, ps...)
	}
	return nil
}
