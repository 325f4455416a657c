package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

const disturbing = "how much it bears:"

// robustnessFlags disturb an evaluation.
func robustnessFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: runner.Mismatch, Category: disturbing, Usage: "weights that vary by a normal factor of relative deviation `SIGMA`; or several, with commas between them"},
		&cli.StringFlag{Name: runner.InputNoise, Category: disturbing, Usage: "inputs of which each channel flips in each step with probability `P`; or several"},
		&cli.StringFlag{Name: runner.DropSpikes, Category: disturbing, Usage: "spikes of inputs and populations that get lost with probability `P`; or several"},
		&cli.IntFlag{Name: "seeds", Category: disturbing, Value: 5, Usage: "run each disturbance with `N` seeds"},
	}
}

// maxSeeds bounds the number of seeds.
const maxSeeds = 10000

// levels reads the flags that disturb.
func levels(c *cli.Context) (runner.Levels, error) {
	l := runner.Levels{Seeds: c.Int("seeds")}
	if l.Seeds < 1 || l.Seeds > maxSeeds {
		return l, usage(fmt.Sprintf("--seeds %d is outside 1 to %d", l.Seeds, maxSeeds), "")
	}
	any := false
	for _, x := range []struct {
		name string
		to   *[]float64
	}{{runner.Mismatch, &l.Mismatch}, {runner.InputNoise, &l.InputNoise}, {runner.DropSpikes, &l.DropSpikes}} {
		if !c.IsSet(x.name) {
			continue
		}
		any = true
		for _, s := range strings.Split(c.String(x.name), ",") {
			level, err := strconv.ParseFloat(s, 64)
			if err != nil {
				return l, usage(fmt.Sprintf("--%s %q is not a number", x.name, s), "for example --"+x.name+" 0.05,0.1")
			}
			if err := runner.CheckLevel(x.name, level); err != nil {
				return l, usage(fmt.Sprintf("--%s: %v", x.name, err), "")
			}
			*x.to = append(*x.to, level)
		}
	}
	if !any {
		if c.IsSet("seeds") {
			return l, usage("--seeds without a disturbance", "say which: --"+runner.Mismatch+", --"+runner.InputNoise+" or --"+runner.DropSpikes)
		}
		l.Seeds = 0
	}
	return l, nil
}

// shardFlags divide an evaluation.
func shardFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "results", Usage: "write the result to a file in `FOLDER`, named after all that decides it; if it is there, run nothing"},
		&cli.StringFlag{Name: "shard", Usage: "do part `I/N` only, to be joined by merge; auto reads the environment of a Slurm array or, as auto/N, of a Kubernetes indexed job"},
	}
}

// share does an evaluation, or a shard of it, into a file.
func share(c *cli.Context, out *output, q *runner.EvalRequest) error {
	s := &runner.ShareRequest{EvalRequest: *q, Folder: c.String("results"), Version: version, Calibrate: c.StringSlice("calibrate")}
	if s.Folder == "" {
		return usage("--shard needs a folder for its result", "say where: --results FOLDER")
	}
	if len(s.Calibrate) > 0 {
		s.CalibrateHow = fmt.Sprintf("%d %q", c.Int("calibrate-limit"), c.String("calibrate-subset"))
	}
	if c.IsSet("shard") {
		var err error
		if s.Shard, err = runner.ShardOf(c.String("shard"), os.Getenv); err != nil {
			return usage("--shard: "+err.Error(), "")
		}
	}
	r, diags, err := runner.Share(c.Context, s)
	out.diags = runner.Merge(out.diags, diags)
	if r != nil {
		out.result = r
	}
	return evalFailure(c, err)
}
