package main

import (
	"fmt"
	"math"

	"github.com/synfire/synfire/internal/term"
	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

func routeCommand() *cli.Command {
	return &cli.Command{
		Name:  "route",
		Usage: "compress routing tables, place and route graphs, also those of other tools",
		Subcommands: []*cli.Command{
			{
				Name:      "compress",
				Usage:     "compress the routing tables of a file and verify them for every key",
				ArgsUsage: "FILE",
				Description: `FILE holds tables of key, mask, route and the links that packets come in by, as
.json, .csv or either with .gz; docs/routing.md has the forms and says what
equal means. The exit code is 3 if --target was given and is not met.`,
				Flags: concat([]cli.Flag{
					&cli.IntFlag{Name: "target", Category: chip, DefaultText: "as few as can be found", Usage: "stop when a table has at most `N` entries"},
					&cli.BoolFlag{Name: "unlisted", Category: chip, DisableDefaultText: true, Usage: "packets may come whose keys no entry matches: keep them so"},
					&cli.IntFlag{Name: "effort", Category: chip, Value: 1, Usage: "search `N` times as long for a better order"},
					&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Category: watching, Usage: "write the compressed tables to `FILE`, in the form of the input"},
				}, commonFlags()),
				Action: action(compressTables),
			},
			{
				Name:      "place",
				Usage:     "place a graph of vertices on chips, route its nets, and make the tables",
				ArgsUsage: "FILE",
				Description: `FILE holds a machine, vertices and nets as .json or .json.gz; docs/routing.md has
the form and says what is measured. The exit code is 3 if the vertices do not
fit on the machine, a sink cannot be reached, or a table is too long.`,
				Flags: concat([]cli.Flag{
					&cli.BoolFlag{Name: "O2", Category: chip, DisableDefaultText: true, Usage: "anneal for long instead of a moment"},
					&cli.Float64Flag{Name: "effort", Category: chip, DefaultText: "1 with -O2", Usage: "anneal `X` times as long as -O2 does"},
					&cli.Uint64Flag{Name: "seed", Category: chip, Usage: "`SEED` of the annealing"},
					&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Category: watching, Usage: "write placement, trees and tables to `FILE` (.json, .json.gz)"},
				}, commonFlags()),
				Action: action(placeGraph),
			},
		},
	}
}

func compressTables(c *cli.Context, out *output) error {
	path, err := file(c, "a file of routing tables")
	if err != nil {
		return err
	}
	q := &runner.CompressRequest{
		File: path, Output: c.String("output"), Target: c.Int("target"), Effort: c.Int("effort"), Unlisted: c.Bool("unlisted"),
	}
	if q.Target < 0 || c.IsSet("target") && q.Target == 0 {
		return usage("--target needs a number of at least 1", "leave it out for as few entries as can be found")
	}
	if q.Effort < 1 || q.Effort > maxEffort {
		return usage(fmt.Sprintf("--effort needs a number of 1 to %d", maxEffort), "")
	}
	var line *term.Progress
	if onTerminal(c) {
		q.Before = func(done, total int) {
			if line == nil {
				line = term.StartProgress(c.App.ErrWriter, "tables", total)
			}
			line.Set(done)
		}
	}
	r, err := runner.CompressTables(c.Context, q)
	line.Stop()
	if err != nil {
		return err
	}
	out.result = r
	if q.Target > 0 && r.Over > 0 {
		return &failure{
			code: exitNoFit, err: fmt.Errorf("%d of %d tables have more than %d entries", r.Over, len(r.Tables), q.Target),
			hint: "another placement or other keys change the tables; --effort searches longer",
		}
	}
	return nil
}

// maxEffort bounds what --effort multiplies.
const maxEffort = 10000

func placeGraph(c *cli.Context, out *output) error {
	path, err := file(c, "a placement problem")
	if err != nil {
		return err
	}
	q := &runner.PlaceRequest{File: path, Output: c.String("output"), Seed: c.Uint64("seed"), Effort: c.Float64("effort")}
	switch {
	case c.Bool("O2") && !c.IsSet("effort"):
		q.Effort = 1
	case c.IsSet("effort") && !(q.Effort > 0 && q.Effort <= maxEffort) || math.IsNaN(q.Effort):
		return usage(fmt.Sprintf("--effort needs a number above 0, at most %d", maxEffort), "without it and -O2 the placement takes a moment")
	}
	var line *term.Progress
	if onTerminal(c) {
		line = term.StartProgress(c.App.ErrWriter, "per cent", 100)
		q.Progress = func(part float64) { line.Set(int(100 * part)) }
	}
	r, err := runner.PlaceGraph(c.Context, q)
	line.Stop()
	if runner.NotPlaced(err) {
		return &failure{code: exitNoFit, err: err, hint: runner.PlaceHint(err)}
	}
	if err != nil {
		return err
	}
	out.result = r
	if r.Tables.Over > 0 {
		return &failure{
			code: exitNoFit, err: fmt.Errorf("%d chips have more than %d routing entries after compression", r.Tables.Over, r.Tables.Limit),
			hint: "-O2 or another --seed makes shorter trees; a larger machine spreads them",
		}
	}
	return nil
}
