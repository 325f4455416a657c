package main

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/synfire/synfire/frontend"
	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

func quantizeCommand() *cli.Command {
	return &cli.Command{
		Name:      "quantize",
		Usage:     "give a network weights of few bits, and say what that does to them",
		ArgsUsage: "NET",
		Description: `For ref, which is the default, the weights lie on the levels of their steps and
all else stays in float; for a chip weights, thresholds, decays and biases become
its integers. Either result is a network that eval, run and compile take as it
is. Without --output the report is all. See docs/quantization.md.

   synfire quantize net.nir --bits 2+8 --calibrate train.npz -o net_q.snn`,
		Flags: concat([]cli.Flag{
			&cli.StringFlag{Name: "target", Aliases: []string{"t"}, Category: chip, DefaultText: runner.ReferenceName, Usage: "`TARGET`: " + strings.Join(append(targetNames(), runner.ReferenceName, integers.Name()), ", ")},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the network to `FILE` (.snn, .nir)"},
			&cli.IntFlag{Name: "threads", DefaultText: "all processors", Usage: "use `N` threads; results do not depend on it"},
		}, meaningFlags(), only(stimulusFlags(), "form", "encode", "steps"), chipFlags(), calibrationFlags(), []cli.Flag{profileFlag()}, commonFlags()),
		Action: action(quantizeVerb),
	}
}

// only leaves the flags of these names.
func only(flags []cli.Flag, names ...string) []cli.Flag {
	return slices.DeleteFunc(flags, func(f cli.Flag) bool { return !slices.Contains(names, f.Names()[0]) })
}

func quantizeVerb(c *cli.Context, out *output) error {
	if err := outputs(c, "output"); err != nil {
		return err
	}
	opt, err := passOptions(c)
	if err != nil {
		return err
	}
	o, err := openNet(c, out)
	if err != nil {
		return err
	}
	targets, err := evalTargets(c.String("target"))
	if err != nil {
		return err
	}
	if err := noChip(c, targets); err != nil {
		return err
	}
	if len(targets) > 1 {
		return usage("quantize takes one target", "synfire eval measures several")
	}
	path := c.String("output")
	if path != "" && !slices.Contains([]string{".snn", ".nir"}, strings.ToLower(filepath.Ext(path))) {
		return usage("--output "+path+" is neither .snn nor .nir", "")
	}
	if targets[0] != nil && strings.EqualFold(filepath.Ext(path), ".nir") {
		return usage("--output "+path+": NIR has no integers of "+targets[0].Name(), "write a .snn file, or leave --target out")
	}
	auto, err := chooseWidths(c, &opt, o.path, o.net, targets[0])
	if err != nil {
		return err
	}
	net, r, diags, err := runner.Quantize(c.Context, o.net, targets[0], opt)
	out.diags = runner.Merge(out.diags, diags)
	if err != nil {
		return err
	}
	r.File, r.Auto = o.path, auto
	if path != "" {
		saved, err := frontend.Save(path, net)
		out.diags = runner.Merge(out.diags, saved)
		if err != nil {
			return err
		}
		r.Output = path
	}
	out.result = r
	return nil
}
