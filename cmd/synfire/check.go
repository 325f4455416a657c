package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/synfire/synfire/internal/atomicfile"
	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

// defaultBaseline is where a baseline is if nobody says.
const defaultBaseline = "synfire.baseline.json"

func checkCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "compare accuracy, spikes and operations of a network with a stored baseline",
		ArgsUsage: "NET",
		Description: `Evaluates as eval does and exits with 1 if a metric is worse than its tolerance
in the baseline file allows. --update writes the file; the tolerances in it are
yours to edit and stay as they are. See docs/eval.md and examples/ci.`,
		Flags: concat(evalFlags(), []cli.Flag{
			&cli.StringFlag{Name: "baseline", Value: defaultBaseline, Usage: "`FILE` to compare with"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "update", Usage: "write the baseline instead of comparing"},
			&cli.StringFlag{Name: "junit", Category: watching, Usage: "write a JUnit XML report to `FILE`"},
			&cli.StringFlag{Name: "sarif", Category: watching, Usage: "write a SARIF report of what is worse to `FILE`"},
			&cli.StringFlag{Name: "markdown", Category: watching, Usage: "write a Markdown report to `FILE`"},
		}, commonFlags()),
		Action: action(checkVerb),
	}
}

func checkVerb(c *cli.Context, out *output) error {
	if c.Bool("update") {
		return updateBaseline(c, out)
	}
	path := c.String("baseline")
	if err := outputs(c, "junit", "sarif", "markdown"); err != nil {
		return err
	}
	before, err := runner.ReadBaseline(path)
	if errors.Is(err, os.ErrNotExist) {
		return usage(fmt.Sprintf("there is no baseline %s", path), "--update writes one")
	}
	if err != nil {
		return err
	}
	r, err := measured(c, out)
	// A row that could not be run is a finding; without any row there is none.
	if err != nil && (r == nil || len(r.Rows) == 0 || !runner.Refused(err)) {
		return err
	}
	report, err := runner.Check(r, before)
	if err != nil {
		return runner.At(path, err)
	}
	report.Baseline = path
	if err := writeReports(c, report); err != nil {
		return err
	}
	out.result = report
	if report.Regressions > 0 {
		return &failure{code: exitDifference, err: fmt.Errorf("metrics worse than the baseline allows: %d", report.Regressions), shown: true}
	}
	return nil
}

// measured evaluates with metrics.
func measured(c *cli.Context, out *output) (*runner.EvalReport, error) {
	q, err := evalRequest(c, out)
	if err != nil {
		return nil, err
	}
	q.Metrics = true
	return evaluate(c, out, q)
}

// updateBaseline writes the baseline. Nothing is written unless every target
// could be measured at every width.
func updateBaseline(c *cli.Context, out *output) error {
	for _, name := range []string{"junit", "sarif", "markdown"} {
		if c.IsSet(name) {
			return usage(fmt.Sprintf("--update compares nothing that --%s could report", name), "leave one of them out")
		}
	}
	path := c.String("baseline")
	before, err := runner.ReadBaseline(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	r, err := measured(c, out)
	if err != nil {
		return err
	}
	out.result = &runner.CheckReport{Network: r.Network, File: r.File, Baseline: path, Updated: true, Findings: []runner.Finding{}, Evaluation: r}
	return runner.NewBaseline(r, before).Write(path)
}

// writeReports writes the files that were asked for.
func writeReports(c *cli.Context, r *runner.CheckReport) error {
	for _, f := range []struct {
		flag  string
		write func(w io.Writer) error
	}{
		{"junit", func(w io.Writer) error { return r.JUnit(w, time.Now()) }},
		{"sarif", func(w io.Writer) error { return r.SARIF(w, version) }},
		{"markdown", r.Markdown},
	} {
		if path := c.String(f.flag); path != "" {
			if err := atomicfile.WriteFile(path, f.write); err != nil {
				return err
			}
		}
	}
	return nil
}
