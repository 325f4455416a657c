package main

import (
	"path/filepath"

	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

func mergeCommand() *cli.Command {
	return &cli.Command{
		Name:      "merge",
		Usage:     "join the shards of an evaluation to the result of one machine",
		ArgsUsage: "FILE | FOLDER...",
		Description: `The file it writes is, byte for byte, the one that eval --results writes without
--shard. See docs/shard.md and examples/sweep.

   synfire merge results`,
		Flags: concat([]cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, DefaultText: "named after the evaluation, beside the first file", Usage: "write to `FILE`"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "metrics", Category: watching, Usage: "print NeuroBench's metrics"},
		}, commonFlags()),
		Action: action(mergeVerb),
	}
}

func mergeVerb(c *cli.Context, out *output) error {
	paths := c.Args().Slice()
	if len(paths) == 0 {
		return usage("merge needs result files, or a folder of them", "eval --results FOLDER --shard I/N writes them")
	}
	r, folder, err := runner.MergeResults(paths)
	if err != nil {
		return err
	}
	path := c.String("output")
	if path == "" {
		path = filepath.Join(folder, r.FileName())
	}
	m := &runner.MergeReport{File: path, ID: r.ID}
	if m.Evaluation, err = r.Report(c.Bool("metrics")); err != nil {
		return err
	}
	if err := r.Write(path); err != nil {
		return err
	}
	out.result = m
	return nil
}
