package main

import (
	"io"

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
threads. An output that ends in .json gets the JSON form.`,
		Flags: concat([]cli.Flag{targetFlag()}, meaningFlags(), chipFlags(), pipelineFlags(), []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the image to `FILE` (default: the network's name with the target behind it)"},
		}, commonFlags()),
		Action: action(compileVerb),
	}
}

func compileVerb(c *cli.Context, out *output) error {
	x, err := compile(c, out)
	if err != nil {
		if x != nil && c.Bool("json") {
			out.result = &runner.CompileReport{File: x.path, Target: x.target.Name(), Fit: x.compiled.State.Report.Fit}
		}
		return fitFailure(c, err)
	}
	path := c.String("output")
	if path == "" {
		path = runner.ImagePath(x.path, x.target.Name())
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
	r := x.compiled.State.Report
	out.result = &runner.CompileReport{
		Network: x.net.Name, File: x.path, Target: x.target.Name(), Output: path,
		Image: &runner.ImageDigest{Bytes: len(data), SHA256: runner.Digest(data)},
		Fit:   r.Fit, Fidelity: r.Fidelity,
	}
	return nil
}
