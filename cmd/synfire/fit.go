package main

import (
	"errors"
	"fmt"

	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

func fitCommand() *cli.Command {
	return &cli.Command{
		Name:      "fit",
		Usage:     "say whether a network fits a target, what it uses, and what would make it fit",
		ArgsUsage: "NET",
		Description: `Checks every limit of the target before anything is emitted and reports all
violations at once. Each fix that is offered was compiled and fits. The exit
code is 3 if the network does not fit.`,
		Flags:  concat([]cli.Flag{targetFlag()}, meaningFlags(), chipFlags(), pipelineFlags(), commonFlags()),
		Action: action(fitVerb),
	}
}

func fitVerb(c *cli.Context, out *output) error {
	x, err := compile(c, out)
	if x == nil {
		return err
	}
	s := x.compiled.State
	out.result = &runner.FitReport{
		Network: x.net.Name, File: x.path, Target: x.target.Name(),
		Fit: s.Report.Fit, Fidelity: s.Report.Fidelity, Weights: s.Report.Projections, Clipped: s.Report.Clipped(),
		Routing: s.Report.Routing,
	}
	var nofit *runner.NoFitError
	if errors.As(err, &nofit) {
		return &failure{code: exitNoFit, err: err, hint: fixHint(nofit.Fit), shown: true}
	}
	return err
}

// compilation is a network that a verb compiles.
type compilation struct {
	*opened
	compiled *runner.Compiled
	auto     *runner.AutoReport // nil without --auto
}

// compile compiles the network that is the argument of a verb. The result is
// nil if it came to no state that is worth a report.
func compile(c *cli.Context, out *output) (*compilation, error) {
	opt, err := passOptions(c)
	if err != nil {
		return nil, err
	}
	w, err := watch(c)
	if err != nil {
		return nil, err
	}
	name := c.String("target")
	if name == runner.ReferenceName {
		return nil, usage("the reference is no chip to compile for", "`synfire run -t ref` executes a network in float")
	}
	if name == "" {
		name = defaultTarget
	}
	o, err := openNet(c, out)
	if err != nil {
		return nil, err
	}
	if o.target, err = findTarget(name); err != nil {
		return nil, err
	}
	x := &compilation{opened: o}
	if x.auto, err = chooseWidths(c, &opt, o.path, o.net, o.target); err != nil {
		return nil, err
	}
	x.compiled, err = runner.Compile(c.Context, o.net, o.path, o.target, opt, &w)
	s := x.compiled.State
	out.diags = runner.Merge(out.diags, runner.Findings(o.net, s))
	if c.Bool("time-passes") && !c.Bool("json") {
		fmt.Fprint(c.App.ErrWriter, runner.TimesText(w.Times))
	}
	if s.Report.Fit == nil {
		return nil, err
	}
	return x, err
}
