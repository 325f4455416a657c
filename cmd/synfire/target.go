package main

import (
	"io"

	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

func targetCommand() *cli.Command {
	return &cli.Command{
		Name:  "target",
		Usage: "list the targets, their limits, and the passes that lead to them",
		Subcommands: []*cli.Command{
			{Name: "ls", Usage: "list the targets", Flags: commonFlags(), Action: action(listTargets)},
			{Name: "show", Usage: "list the limits of a target, each with its source", ArgsUsage: "TARGET", Flags: commonFlags(), Action: action(showTarget)},
			{Name: "passes", Usage: "list the passes in their order, and why they exist", Flags: commonFlags(), Action: action(listPasses)},
		},
	}
}

func listTargets(_ *cli.Context, out *output) error {
	l := &runner.TargetList{Targets: []runner.TargetLine{{
		Name: runner.ReferenceName, Title: "float64 reference: executes a network without a chip",
	}}}
	for _, t := range targets {
		l.Targets = append(l.Targets, runner.TargetLine{Name: t.Name(), Title: t.Title()})
	}
	out.result = l
	return nil
}

func showTarget(c *cli.Context, out *output) error {
	name, err := file(c, "the name of a target")
	if err != nil {
		return err
	}
	t, err := findTarget(name)
	if err != nil {
		return err
	}
	out.result = t.Info()
	return nil
}

// passTable is the result of target passes.
type passTable struct {
	Passes []string `json:"passes"`
}

func (*passTable) Text(w io.Writer) error { return passes.Describe(w) }

func listPasses(_ *cli.Context, out *output) error {
	out.result = &passTable{passes.Names()}
	return nil
}
