package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/synfire/synfire/backend/truenorth"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

func runCommand() *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "run a network on a target or in the float reference, or run an image",
		ArgsUsage: "NET | IMAGE | FOLDER | CONFIG INPUT",
		Description: `Compiles the network, decodes the image again and emulates it; with -t ref it
is executed in float64. With labels the accuracy is measured on the target
and in float. The input is --input, or --random P for --steps steps.
A folder with a config.json and an input.json, or those two files, are a
network of RANC's; it runs for --ticks ticks.`,
		Flags: concat([]cli.Flag{targetFlag(runner.ReferenceName)}, meaningFlags(), stimulusFlags(), chipFlags(), calibrationFlags(), pipelineFlags(), costFlags(), []cli.Flag{
			&cli.StringSliceFlag{Name: "probe", Aliases: []string{"p"}, Category: watching, Usage: "record `PROBE`: NAME (spikes), NAME.v, NAME.u, with a slice such as NAME.v[0:10]; may be repeated"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Category: watching, Usage: "write probes, or the spikes of the outputs, to `FILE` (.npz, .csv)"},
			&cli.StringFlag{Name: "raster", Category: watching, Usage: "draw the spikes of a sample in `FILE` (.png)"},
			sampleFlag(),
			&cli.IntFlag{Name: "ticks", DefaultText: "none", Usage: "run RANC's files for `N` ticks"},
			&cli.IntFlag{Name: "threads", DefaultText: "all processors", Usage: "use `N` threads; results do not depend on it"},
			&cli.BoolFlag{Name: "no-ref", DisableDefaultText: true, Usage: "do not run the data in float as well to measure the loss"},
		}, commonFlags()),
		Action: action(runVerb),
	}
}

func runVerb(c *cli.Context, out *output) error {
	if runner.IsRANC(c.Args().Slice()) {
		return runRANC(c, out)
	}
	q, err := request(c)
	if err != nil {
		return err
	}
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
	if err := outputs(c, "output", "raster", "heatmap", "trace", "step-csv"); err != nil {
		return err
	}
	var auto *runner.AutoReport
	if q.Net != nil {
		if auto, err = chooseWidths(c, &q.Passes, q.File, q.Net, q.Target); err != nil {
			return err
		}
	}
	report, diags, err := runner.Run(c.Context, q)
	report.Auto = auto
	out.diags = runner.Merge(out.diags, diags)
	if err == nil || c.Bool("json") {
		out.result = report
	}
	if c.Bool("time-passes") && !c.Bool("json") {
		fmt.Fprint(c.App.ErrWriter, runner.TimesText(report.Passes))
	}
	if errors.Is(err, runner.ErrNoInput) {
		return usage(err.Error(), "give it a file: --input FILE, or random spikes: --random 0.05 --steps 100")
	}
	return fitFailure(c, unpriced(err))
}

// runRANC runs a network in RANC's files.
func runRANC(c *cli.Context, out *output) error {
	if t := c.String("target"); t != "" && t != (truenorth.Target{}).Name() {
		return usage(fmt.Sprintf("RANC's files do not run on %s", t), "leave --target out")
	}
	for _, name := range costFlagNames() {
		if c.IsSet(name) {
			return usage(fmt.Sprintf("--%s does not work with RANC's files", name), "leave it out")
		}
	}
	ticks := c.Int("ticks")
	if ticks < 1 || ticks > maxTicks {
		return usage(fmt.Sprintf("--ticks %d: RANC's files run for 1 to %d ticks", ticks, maxTicks), "say how long, for example --ticks 100")
	}
	r, err := runner.RunRANC(c.Context, &runner.RANCRequest{Paths: c.Args().Slice(), Ticks: ticks, Threads: c.Int("threads"), Output: c.String("output")})
	if err == nil {
		out.result = r
	}
	return err
}

// maxTicks bounds the length of a run of RANC's files.
const maxTicks = 1 << 24

// request reads the flags of run.
func request(c *cli.Context) (*runner.Request, error) {
	q := &runner.Request{
		Inputs: c.StringSlice("input"), Spikes: spikeOptions(c), Random: c.Float64("random"), Seed: c.Uint64("seed"),
		Output: c.String("output"), Threads: c.Int("threads"), NoReference: c.Bool("no-ref"),
		Raster: c.String("raster"), Sample: c.Int("sample"),
	}
	if err := isPNG(c, "raster"); err != nil {
		return nil, err
	}
	if c.IsSet("random") && len(q.Inputs) > 0 {
		return nil, usage("--random and --input are both given", "choose one of them")
	}
	if c.IsSet("random") && !(q.Random >= 0 && q.Random <= 1) {
		return nil, usage(fmt.Sprintf("--random %g is not a probability", q.Random), "it lies between 0 and 1")
	}
	var err error
	if q.Meter, err = meterOptions(c); err != nil {
		return nil, err
	}
	if q.Passes, err = passOptions(c); err != nil {
		return nil, err
	}
	if q.Watch, err = watch(c); err != nil {
		return nil, err
	}
	if onTerminal(c) {
		q.Progress = c.App.ErrWriter
	}
	q.Probes, err = probes(c)
	return q, err
}

// aim sets what is run on what.
func aim(c *cli.Context, q *runner.Request, o *opened) error {
	q.File, q.Net, q.Image, q.Target = o.path, o.net, o.image, o.target
	name := c.String("target")
	switch {
	case o.image != nil && name != "" && name != o.target.Name():
		return usage(fmt.Sprintf("%s is an image for %s and cannot run on %s", o.path, o.target.Name(), name), "")
	case o.image != nil || name == runner.ReferenceName:
		return nil
	case name == "":
		name = defaultTarget
	}
	var err error
	q.Target, err = findTarget(name, runner.ReferenceName)
	return err
}

// fitFailure gives the error of a network that does not fit its exit code, and
// shows the report unless it is in the JSON.
func fitFailure(c *cli.Context, err error) error {
	var nofit *runner.NoFitError
	if !errors.As(err, &nofit) {
		return err
	}
	if !c.Bool("json") {
		if _, werr := io.WriteString(c.App.ErrWriter, nofit.Text()); werr != nil {
			return werr
		}
	}
	return &failure{code: exitNoFit, err: err, hint: fixHint(nofit.Fit), shown: !c.Bool("json")}
}

// fixHint offers the first fix.
func fixHint(f *passes.Fit) string {
	if len(f.Fixes) == 0 {
		return ""
	}
	return "it fits with " + f.Fixes[0].Flags
}
