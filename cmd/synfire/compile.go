package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/synfire/synfire/internal/atomicfile"
	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

func compileCommand() *cli.Command {
	return &cli.Command{
		Name:      "compile",
		Usage:     "compile a network to a chip image",
		ArgsUsage: "NET",
		Description: `The same network and flags give the same bytes, on any machine and number of
threads. An output that ends in .json gets the JSON form. For a target whose
other tools read files of their own (truenorth: RANC), an output that ends in /
becomes a folder of those files, with sample --sample of --input as their input.`,
		Flags: concat([]cli.Flag{targetFlag()}, meaningFlags(), stimulusFlags(), chipFlags(), calibrationFlags(), pipelineFlags(), []cli.Flag{
			profileFlag(),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the image to `FILE` (default: the network's name with the target behind it), or files to FOLDER/"},
			&cli.IntFlag{Name: "sample", Category: stimulus, Usage: "write sample `K` of the input, counted from 0"},
		}, commonFlags()),
		Action: action(compileVerb),
	}
}

func compileVerb(c *cli.Context, out *output) error {
	if !strings.HasSuffix(c.String("output"), "/") {
		if err := outputs(c, "output"); err != nil {
			return err
		}
	}
	x, err := compile(c, out)
	if err != nil {
		if x != nil && c.Bool("json") {
			out.result = &runner.CompileReport{Network: x.net.Name, File: x.path, Target: x.target.Name(), Fit: x.compiled.State.Report.Fit}
		}
		return fitFailure(c, err)
	}
	path := c.String("output")
	if path == "" {
		path = runner.ImagePath(x.path, x.target.Name())
	}
	if strings.HasSuffix(path, "/") {
		return compileFiles(c, out, x, path)
	}
	data, err := runner.FormFor(path, x.target, x.compiled.Image)
	if err != nil {
		return err
	}
	err = atomicfile.WriteFile(path, func(w io.Writer) error {
		if err := c.Context.Err(); err != nil {
			return err
		}
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		return err
	}
	report(out, x, path, data)
	return nil
}

// report notes what was written.
func report(out *output, x *compilation, path string, data []byte) {
	r := x.compiled.State.Report
	out.result = &runner.CompileReport{
		Network: x.net.Name, File: x.path, Target: x.target.Name(), Output: path,
		Image: &runner.ImageDigest{Bytes: len(data), SHA256: runner.Digest(data)},
		Auto:  x.auto, Fit: r.Fit, Fidelity: r.Fidelity, Clipped: r.Clipped(),
	}
}

// compileFiles writes the image as the files of the chip's other tools.
func compileFiles(c *cli.Context, out *output, x *compilation, folder string) error {
	if x.target.Files == nil {
		return usage(fmt.Sprintf("%s has no files of other tools to write to a folder", x.target.Name()), "give -o the name of a file")
	}
	var d *runner.Data
	if inputs := c.StringSlice("input"); len(inputs) > 0 {
		m, err := x.target.Load(x.compiled.Image)
		if err != nil {
			return err
		}
		if d, err = runner.OpenData(m.Inputs(), inputs, spikeOptions(c)); err != nil {
			return err
		}
	}
	files, notes, err := x.target.Files(x.compiled.Image, d, c.Int("sample"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, f := range files {
		err := atomicfile.WriteFile(filepath.Join(folder, f.Name), func(w io.Writer) error {
			_, err := w.Write(f.Data)
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, n := range notes {
		out.diags.Notef("N0601", folder, "", "%s", n)
	}
	report(out, x, folder, x.compiled.Image)
	return nil
}
