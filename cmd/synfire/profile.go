package main

import (
	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

func profileCommand() *cli.Command {
	return &cli.Command{
		Name:  "profile",
		Usage: "list the cost profiles and their constants",
		Subcommands: []*cli.Command{
			{Name: "ls", Aliases: []string{"list"}, Usage: "list the cost profiles that come with the program", Flags: commonFlags(), Action: action(listProfiles)},
			{Name: "show", Usage: "list the constants of a cost profile, each with its source", ArgsUsage: "PROFILE | FILE.json", Flags: commonFlags(), Action: action(showProfile)},
		},
	}
}

func listProfiles(_ *cli.Context, out *output) error {
	l, err := runner.Profiles(targets)
	if err == nil {
		out.result = l
	}
	return err
}

func showProfile(c *cli.Context, out *output) error {
	name, err := file(c, "the name of a cost profile")
	if err != nil {
		return err
	}
	if i := runner.OpenRealTimeProfile(name); i != nil {
		out.result = i
		return nil
	}
	i, err := runner.OpenProfileInfo(name)
	if err == nil {
		out.result = i
	}
	return err
}
