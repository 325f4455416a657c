package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

// pricing is the category of the flags about energy and time.
const pricing = "what it costs:"

// timings are the values of --timing.
var timings = []string{"simple", "detailed", "cycle", "none"}

// costFlags ask for energy and time.
func costFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{DisableDefaultText: true, Name: "energy", Category: pricing, Usage: "say where energy and time go: components, cores, links, steps"},
		timingFlag(), profileFlag(),
		&cli.StringFlag{Name: "step-csv", Category: pricing, Usage: "write time, energy and counts of every chip step to `FILE`"},
		&cli.StringFlag{Name: "heatmap", Category: pricing, Usage: "draw the cores and links of the chip in `FILE` (.png)"},
		&cli.StringFlag{Name: "trace", Category: pricing, Usage: "write what the cores and messages of a sample do when to `FILE`, for ui.perfetto.dev"},
		&cli.IntFlag{Name: "trace-every", Category: pricing, DefaultText: "1", Usage: "trace the cores and messages of every `N`th step"},
		&cli.IntFlag{Name: "trace-messages", Category: pricing, DefaultText: "1000", Usage: "draw at most `N` messages of a step one by one"},
		&cli.IntFlag{Name: "trace-limit", Category: pricing, DefaultText: "2000000", Usage: "write at most `N` events"},
	}
}

func timingFlag() cli.Flag {
	return &cli.StringFlag{Name: "timing", Category: pricing, DefaultText: "simple, if the profile has times", Usage: "timing `MODEL`: " + strings.Join(timings, ", ")}
}

func profileFlag() cli.Flag {
	return &cli.StringFlag{Name: "profile", Category: pricing, DefaultText: "the target's", Usage: "cost `PROFILE`: " + strings.Join(cost.Builtin(), ", ") + ", or a .json file of your own"}
}

func costFlagNames() []string {
	var names []string
	for _, f := range costFlags() {
		names = append(names, f.Names()[0])
	}
	return names
}

// meterOptions reads the flags about energy and time; nil if there are none.
func meterOptions(c *cli.Context) (*runner.MeterOptions, error) {
	if !slices.ContainsFunc(costFlagNames(), c.IsSet) {
		return nil, nil
	}
	q := &runner.MeterOptions{Profile: c.String("profile"), Timing: c.String("timing"), StepCSV: c.String("step-csv"), Heatmap: c.String("heatmap")}
	if q.Timing != "" && !slices.Contains(timings, q.Timing) {
		return nil, usage(fmt.Sprintf("--timing %s: there is no such timing model", q.Timing), "one of "+strings.Join(timings, ", "))
	}
	q.Trace = runner.TraceOptions{Path: c.String("trace"), Every: c.Int("trace-every"), Messages: c.Int("trace-messages"), Limit: c.Int("trace-limit")}
	for _, name := range []string{"trace-every", "trace-messages", "trace-limit"} {
		if c.IsSet(name) && (c.Int(name) < 1 || c.Int(name) > maxTrace) {
			return nil, usage(fmt.Sprintf("--%s %d is outside 1 to %d", name, c.Int(name), maxTrace), "")
		}
		if c.IsSet(name) && q.Trace.Path == "" {
			return nil, usage(fmt.Sprintf("--%s says nothing without --trace", name), "for example --trace run.pftrace")
		}
	}
	return q, isPNG(c, "heatmap")
}

// maxTrace bounds what a trace may be asked for.
const maxTrace = 1 << 30

// isPNG checks the name of a picture.
func isPNG(c *cli.Context, flag string) error {
	if name := c.String(flag); name != "" && !strings.EqualFold(filepath.Ext(name), ".png") {
		return usage(fmt.Sprintf("--%s %s: a picture is written as .png", flag, name), "")
	}
	return nil
}

// unpriced gives the error of a run that cannot be priced or timed its exit
// code.
func unpriced(err error) error {
	var u *runner.UnpricedError
	if errors.As(err, &u) {
		return &failure{code: exitUnsupported, err: err, hint: u.Hint}
	}
	return err
}
