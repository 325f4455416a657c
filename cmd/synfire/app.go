package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/synfire/synfire/internal/cliargs"
	"github.com/urfave/cli/v2"
)

// run executes a command line and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	app := newApp(stdout, stderr)
	app.Metadata[typed] = args
	args, err := arrange(app, args)
	if err == nil {
		err = app.RunContext(ctx, args)
	}
	return finish(err, args, stdout, stderr)
}

// typed is where the command line as the user typed it is kept.
const typed = "typed"

func newApp(stdout, stderr io.Writer) *cli.App {
	app := &cli.App{
		Name:      "synfire",
		Usage:     "compile spiking neural networks to neuromorphic chips and run them bit for bit",
		UsageText: "synfire VERB [flags] FILE [flags]",
		Description: `Does it fit, what does it lose, what does it cost:

   synfire inspect net.nir
   synfire fit net.nir -t loihi1
   synfire run net.nir -t loihi1 -i digits.npz
   synfire compile net.nir -t loihi1 -o net.img && synfire run net.img -i digits.npz

Flags may stand before and after the file. Exit codes: 0 fine, 1 a difference
was found, 2 usage or bad input, 3 does not fit, 4 unsupported construct,
130 interrupted.`,
		Version:              version,
		Metadata:             map[string]any{},
		EnableBashCompletion: true,
		// A population's name may hold a comma.
		DisableSliceFlagSeparator: true,
		HideHelpCommand:           true,
		Writer:                    stdout,
		ErrWriter:                 stderr,
		ExitErrHandler:            func(*cli.Context, error) {}, // finish does it
		OnUsageError:              onUsageError,
		Commands: []*cli.Command{
			runCommand(),
			reportCommand(),
			evalCommand(),
			mergeCommand(),
			checkCommand(),
			bisectCommand(),
			quantizeCommand(),
			compileCommand(),
			fitCommand(),
			inspectCommand(),
			convertCommand(),
			encodeCommand(),
			targetCommand(),
			profileCommand(),
			routeCommand(),
			proofsCommand(),
			completionCommand(),
			manCommand(),
			versionCommand(),
		},
	}
	for _, c := range app.Commands {
		prepare(c)
	}
	return app
}

// prepare sets what all commands have in common. Without a help command of
// their own, a file may be called "help".
func prepare(c *cli.Command) {
	c.HideHelpCommand = true
	c.OnUsageError = onUsageError
	for _, sub := range c.Subcommands {
		prepare(sub)
	}
}

func onUsageError(_ *cli.Context, err error, _ bool) error { return usage(err.Error(), "") }

// completing tells whether the shell asks for completions.
func completing(args []string) bool {
	return len(args) > 0 && args[len(args)-1] == "--generate-bash-completion"
}

// arrange brings the arguments of the verb into the order that cli wants. An
// unknown verb or flag is an error here, with a suggestion.
func arrange(app *cli.App, args []string) ([]string, error) {
	if completing(args) {
		return args, nil
	}
	verbs, flags := app.Commands, app.Flags
	at := 1
	for at < len(args) && len(verbs) > 0 {
		name := args[at]
		if len(name) > 0 && name[0] == '-' {
			return args, rootFlag(name)
		}
		if name == "help" && at == 1 {
			return append([]string{args[0]}, append(slices.Clone(args[2:]), "--help")...), nil
		}
		i := slices.IndexFunc(verbs, func(c *cli.Command) bool { return c.HasName(name) })
		if i < 0 {
			return args, unknownVerb(args[1:at], name, verbs)
		}
		verbs, flags = verbs[i].Subcommands, verbs[i].Flags
		at++
	}
	if at == 1 || len(verbs) > 0 {
		return args, nil // cli shows the help
	}
	rest, err := cliargs.Permute(args[at:], known(flags))
	if err != nil {
		return args, err
	}
	return append(slices.Clone(args[:at]), rest...), nil
}

// rootFlag accepts the flags that stand in place of a verb.
func rootFlag(name string) error {
	switch name {
	case "-h", "--help", "-v", "--version":
		return nil
	}
	return usage(fmt.Sprintf("unknown flag %s before the verb", name), "write the verb first: synfire run net.nir "+name)
}

func unknownVerb(path []string, name string, verbs []*cli.Command) error {
	var names []string
	for _, c := range verbs {
		names = append(names, c.Name)
	}
	hint := fmt.Sprintf("one of %q", names)
	if near := cliargs.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	what := "verb"
	if len(path) > 0 {
		what = path[0] + " verb"
	}
	return usage(fmt.Sprintf("unknown %s %q", what, name), hint)
}

// known lists the flags of a command, and help, which cli adds to each.
func known(flags []cli.Flag) []cliargs.Flag {
	out := []cliargs.Flag{{Names: []string{"help", "h"}}}
	for _, f := range flags {
		d, ok := f.(cli.DocGenerationFlag)
		out = append(out, cliargs.Flag{Names: f.Names(), Value: ok && d.TakesValue()})
	}
	return out
}
