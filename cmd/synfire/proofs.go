package main

import (
	"fmt"

	"github.com/synfire/synfire/internal/term"
	"github.com/synfire/synfire/proofs"
	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

func proofsCommand() *cli.Command {
	return &cli.Command{
		Name:      "proofs",
		Usage:     "compare with what other systems computed",
		ArgsUsage: "DIR...",
		Description: `Walks the folders, runs every case that a proofs.json lists and prints how
many values differ. The exit code is 1 if one does. A kind of case that is not
built yet is listed as not supported yet and does not pass.`,
		Flags:  commonFlags(),
		Action: action(proofsVerb),
	}
}

func proofsVerb(c *cli.Context, out *output) error {
	if c.NArg() == 0 {
		return usage("proofs needs a folder with a proofs.json in it or below", "synfire proofs --help")
	}
	var opt proofs.Options
	var line *term.Progress
	if onTerminal(c) {
		opt.Before = func(i, total int, _ string) {
			if line == nil {
				line = term.StartProgress(c.App.ErrWriter, "cases", total)
			}
			line.Set(i)
		}
	}
	found, err := proofs.Run(c.Context, c.Args().Slice(), opt)
	line.Stop()
	if err != nil {
		return err
	}
	report := runner.Proven(found)
	out.result = report
	if report.Different > 0 {
		return &failure{code: exitDifference, err: fmt.Errorf("%d of %d cases differ", report.Different, len(report.Cases))}
	}
	return nil
}
