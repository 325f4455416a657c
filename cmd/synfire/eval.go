package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

func evalCommand() *cli.Command {
	return &cli.Command{
		Name:      "eval",
		Usage:     "measure accuracy, spikes and operations of a network on targets and at widths of weights",
		ArgsUsage: "NET",
		Description: `Runs the data in float, then on each target at each width, and compares. The
target ref with --bits has weights of that width and all else in float: the loss
of the weights alone. See docs/eval.md.

   synfire eval net.nir -t ref,loihi1 --bits 8,4,3,2 -i digits.npz --encode if --steps 25`,
		Flags: concat(evalFlags(), []cli.Flag{
			&cli.BoolFlag{DisableDefaultText: true, Name: "metrics", Category: watching, Usage: "measure NeuroBench's metrics: footprint, sparsity, synaptic operations"},
		}, robustnessFlags(), shardFlags(), commonFlags()),
		Action: action(evalVerb),
	}
}

// evalFlags are those of the verbs that evaluate.
func evalFlags() []cli.Flag {
	return concat([]cli.Flag{
		&cli.StringFlag{Name: "target", Aliases: []string{"t"}, Category: chip, DefaultText: runner.ReferenceName, Usage: "`TARGETS`, with commas between them: " + strings.Join(append(targetNames(), runner.ReferenceName, integers.Name()), ", ")},
		&cli.StringFlag{Name: "bits", Category: chip, DefaultText: "the target's widest", Usage: "weights of each of these `WIDTHS`, with commas between them; 2+8 is 2 bits, and 8 onto the readout"},
		&cli.BoolFlag{DisableDefaultText: true, Name: "sweep", Category: chip, Usage: "8, 6, 5, 4, 3, 2, 1, 2+8 and 1+8 bits where --bits does not say which"},
		&cli.IntFlag{Name: "threads", DefaultText: "all processors", Usage: "use `N` threads; results do not depend on it"},
	}, meaningFlags(), without(stimulusFlags(), "random", "seed"), without(chipFlags(), "bits"), calibrationFlags(), []cli.Flag{profileFlag()})
}

// without leaves out the flags of these names.
func without(flags []cli.Flag, names ...string) []cli.Flag {
	return slices.DeleteFunc(flags, func(f cli.Flag) bool { return slices.Contains(names, f.Names()[0]) })
}

func evalVerb(c *cli.Context, out *output) error {
	q, err := evalRequest(c, out)
	if err != nil {
		return err
	}
	q.Metrics = c.Bool("metrics")
	if q.Levels, err = levels(c); err != nil {
		return err
	}
	if c.IsSet("results") || c.IsSet("shard") {
		return share(c, out, q)
	}
	r, err := evaluate(c, out, q)
	if r != nil && len(r.Rows) > 0 {
		out.result = r
	}
	return err
}

// evalRequest reads the flags of the verbs that evaluate.
func evalRequest(c *cli.Context, out *output) (*runner.EvalRequest, error) {
	q := &runner.EvalRequest{Inputs: c.StringSlice("input"), Spikes: spikeOptions(c), Threads: c.Int("threads")}
	var err error
	if q.Passes, err = passOptionsWithoutBits(c); err != nil {
		return nil, err
	}
	if q.Targets, err = evalTargets(c.String("target")); err != nil {
		return nil, err
	}
	if err := noChip(c, q.Targets); err != nil {
		return nil, err
	}
	if q.Widths, err = widths(c.String("bits")); err != nil {
		return nil, err
	}
	if onTerminal(c) {
		q.Progress = c.App.ErrWriter
	}
	o, err := openNet(c, out)
	if err != nil {
		return nil, err
	}
	q.File, q.Net = o.path, o.net
	if c.Bool("sweep") && q.Widths == nil {
		q.Widths = runner.SweepWidths(q.Net)
	}
	if err := calibration(c, &q.Passes, q.Net); err != nil {
		return nil, err
	}
	q.Auto, err = autoRequest(c)
	return q, err
}

// evaluate runs an evaluation. The report is as far as it came.
func evaluate(c *cli.Context, out *output, q *runner.EvalRequest) (*runner.EvalReport, error) {
	r, diags, err := runner.Eval(c.Context, q)
	out.diags = runner.Merge(out.diags, diags)
	return r, evalFailure(c, err)
}

// evalFailure gives an error of an evaluation its exit code.
func evalFailure(c *cli.Context, err error) error {
	if errors.Is(err, runner.ErrNoInput) {
		return usage(err.Error(), "give it a file: --input FILE")
	}
	return fitFailure(c, unpriced(err))
}

// evalTargets reads the list of --target; nil stands for the reference.
func evalTargets(list string) ([]*runner.Target, error) {
	var out []*runner.Target
	seen := map[string]bool{}
	for _, name := range targetList(list) {
		if seen[name] {
			return nil, usage(fmt.Sprintf("--target %s: %s is named twice", list, name), "")
		}
		seen[name] = true
		if name == runner.ReferenceName {
			out = append(out, nil)
			continue
		}
		if name == integers.Name() {
			out = append(out, &integers)
			continue
		}
		t, err := findTarget(name, runner.ReferenceName, integers.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// widths reads the list of --bits.
func widths(list string) ([]runner.Width, error) {
	if list == "" {
		return nil, nil
	}
	var out []runner.Width
	for _, s := range strings.Split(list, ",") {
		w, err := runner.ParseWidth(s)
		if err != nil {
			return nil, usage(fmt.Sprintf("--bits %s: %v", list, err), "for example --bits 8,4,2,2+8")
		}
		if slices.Contains(out, w) {
			return nil, usage(fmt.Sprintf("--bits %s: %s is named twice", list, s), "")
		}
		out = append(out, w)
	}
	return out, nil
}

// targetList cuts the list of --target at its commas.
func targetList(list string) []string {
	if list == "" {
		list = runner.ReferenceName
	}
	return strings.Split(list, ",")
}
