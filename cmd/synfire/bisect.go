package main

import (
	"errors"
	"fmt"

	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

func bisectCommand() *cli.Command {
	return &cli.Command{
		Name:      "bisect",
		Usage:     "find the layer and the approximation that cost accuracy on a target",
		ArgsUsage: "NET",
		Description: `Replays the quantized network with each approximation switched on alone, and
with each switched off alone: weights, decays, thresholds, biases, resets,
rounding of states, overflow, layer by layer. See docs/bisect.md.

   synfire bisect net.nir -t loihi1 -i digits.npz --encode if --steps 25`,
		Flags: concat([]cli.Flag{
			targetFlag(runner.ReferenceName, integers.Name()),
			&cli.BoolFlag{DisableDefaultText: true, Name: "alone", Usage: "switch approximations on alone only; takes half of the time"},
			&cli.IntFlag{Name: "threads", DefaultText: "all processors", Usage: "use `N` threads; results do not depend on it"},
		}, meaningFlags(), without(stimulusFlags(), "random", "seed"), chipFlags(), calibrationFlags(), []cli.Flag{profileFlag()}, commonFlags()),
		Action: action(bisectVerb),
	}
}

func bisectVerb(c *cli.Context, out *output) error {
	q := &runner.BisectRequest{Inputs: c.StringSlice("input"), Spikes: spikeOptions(c), Threads: c.Int("threads"), Alone: c.Bool("alone")}
	var err error
	if q.Passes, err = passOptions(c); err != nil {
		return err
	}
	name := c.String("target")
	if name == "" {
		name = defaultTarget
	}
	ts, err := evalTargets(name)
	if err != nil {
		return err
	}
	if err := noChip(c, ts); err != nil {
		return err
	}
	if len(ts) > 1 {
		return usage("bisect takes one target", "")
	}
	q.Target = ts[0]
	if t := q.Target; t != nil && t.Caps(q.Passes.Target).Fixed != nil {
		return &failure{
			code: exitUnsupported, err: fmt.Errorf("bisect switches off what integer neurons approximate, %s has fixed-point ones", t.Name()),
			hint: "run compares with float as a whole; fit says what became of each weight",
		}
	}
	if onTerminal(c) {
		q.Progress = c.App.ErrWriter
	}
	o, err := openNet(c, out)
	if err != nil {
		return err
	}
	q.File, q.Net = o.path, o.net
	if q.Auto, err = chooseWidths(c, &q.Passes, q.File, q.Net, q.Target); err != nil {
		return err
	}
	r, diags, err := runner.Bisect(c.Context, q)
	out.diags = runner.Merge(out.diags, diags)
	if err == nil {
		out.result = r
	}
	if errors.Is(err, runner.ErrNoInput) {
		return usage(err.Error(), "give it a file: --input FILE")
	}
	return fitFailure(c, err)
}
