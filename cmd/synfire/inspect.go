package main

import (
	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

func inspectCommand() *cli.Command {
	return &cli.Command{
		Name:      "inspect",
		Usage:     "say what is in a network or a chip image",
		ArgsUsage: "NET | IMAGE",
		Flags:     commonFlags(),
		Action:    action(inspectVerb),
	}
}

func inspectVerb(c *cli.Context, out *output) error {
	o, err := open(c, out)
	if err != nil {
		return err
	}
	if o.image == nil {
		out.result = runner.Inspect(o.net, o.path)
		return nil
	}
	info, err := o.target.Describe(o.image)
	if err != nil {
		return runner.At(o.path, err)
	}
	info.File = o.path
	out.result = info
	return nil
}
