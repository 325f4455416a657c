package main

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/synfire/synfire/internal/cliargs"
	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

func reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "run a network on a target and write all that came out as one HTML file",
		ArgsUsage: "NET | IMAGE",
		Description: `Runs as run does, and writes what it found as a page that opens from disk
without a network and reads well on paper: does it fit, what does it lose, what
does it cost, where on the chip, and which command makes the page again. The
same run has the same bytes. See docs/report.md.

   synfire report net.nir -t loihi1 -i digits.npz -o report.html`,
		Flags: concat([]cli.Flag{targetFlag(runner.ReferenceName)}, meaningFlags(), stimulusFlags(), chipFlags(), calibrationFlags(), []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Category: watching, DefaultText: "the network's, .html", Usage: "write the page to `FILE`"},
			&cli.StringSliceFlag{Name: "probe", Aliases: []string{"p"}, Category: watching, DefaultText: "the most active neurons", Usage: "show `PROBE`: NAME.v, NAME.u, with a slice such as NAME.v[0:4]; may be repeated"},
			sampleFlag(), timingFlag(), profileFlag(),
			&cli.IntFlag{Name: "threads", DefaultText: "all processors", Usage: "use `N` threads; results do not depend on it"},
			&cli.BoolFlag{Name: "no-ref", DisableDefaultText: true, Usage: "do not run the data in float as well to measure the loss"},
		}, commonFlags()),
		Action: action(reportVerb),
	}
}

func reportVerb(c *cli.Context, out *output) error {
	q, err := request(c)
	if err != nil {
		return err
	}
	q.Output = ""
	o, err := open(c, out)
	if err != nil {
		return err
	}
	if err := aim(c, q, o); err != nil {
		return err
	}
	if err := idle(c, q); err != nil {
		return err
	}
	if err := outputs(c, "output"); err != nil {
		return err
	}
	var auto *runner.AutoReport
	if q.Net != nil {
		if auto, err = chooseWidths(c, &q.Passes, q.File, q.Net, q.Target); err != nil {
			return err
		}
	}
	if q.Meter == nil && q.Target != nil {
		q.Meter = &runner.MeterOptions{Optional: true}
	}
	q.Page = &runner.PageOptions{Path: c.String("output"), Command: commandLine(c), Version: version, Notes: out.diags}
	if q.Page.Path == "" {
		q.Page.Path = strings.TrimSuffix(o.path, filepath.Ext(o.path)) + ".html"
	}
	report, diags, err := runner.Run(c.Context, q)
	report.Auto = auto
	out.diags = runner.Merge(out.diags, diags)
	if err == nil || c.Bool("json") {
		out.result = &runner.PageReport{Page: q.Page.Path, Run: report}
	}
	if errors.Is(err, runner.ErrNoInput) {
		return usage(err.Error(), "give it a file: --input FILE, or random spikes: --random 0.05 --steps 100")
	}
	return fitFailure(c, unpriced(err))
}

// commandLine returns the command as typed, with quotes where a shell needs
// them. Where the program lies says nothing.
func commandLine(c *cli.Context) string {
	args, _ := c.App.Metadata[typed].([]string)
	if len(args) == 0 {
		return c.App.Name
	}
	words := []string{c.App.Name}
	for _, a := range args[1:] {
		words = append(words, cliargs.Quote(a))
	}
	return strings.Join(words, " ")
}
