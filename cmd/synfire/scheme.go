package main

import (
	"errors"
	"slices"

	"github.com/synfire/synfire/quantize"
	"github.com/urfave/cli/v2"
)

// schemeFlags say how weights are rounded where that is not left to a search.
func schemeFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "scale", Category: chip, DefaultText: "searched for with --calibrate, else mse", Usage: "choose the step of weights `BY` max, mse, percentile, or with --calibrate hessian"},
		&cli.StringFlag{Name: "per", Category: chip, DefaultText: "channel", Usage: "one step for each `WHAT`: tensor, channel, or group:N of N inputs (ref)"},
		&cli.BoolFlag{DisableDefaultText: true, Name: "power-of-two", Category: chip, Usage: "steps that are powers of two only"},
		&cli.StringFlag{Name: "rounding", Category: chip, DefaultText: "searched for with --calibrate, else nearest", Usage: "`HOW` weights are rounded: nearest, stochastic, or with --calibrate compensated, descent"},
		&cli.Uint64Flag{Name: "rounding-seed", Category: chip, Usage: "`SEED` of stochastic rounding"},
	}
}

// scheme reads the flags that say how weights are rounded, nil if none does.
func scheme(c *cli.Context) (*quantize.Scheme, error) {
	given := slices.ContainsFunc([]string{"scale", "per", "power-of-two", "rounding"}, c.IsSet)
	s := &quantize.Scheme{Scale: quantize.ByMSE, PowerOfTwo: c.Bool("power-of-two"), Seed: c.Uint64("rounding-seed")}
	per := func(text string) (quantize.Granularity, error) {
		g, group, err := quantize.ParseGranularity(text)
		s.Group = group
		return g, err
	}
	err := errors.Join(
		word(c, "scale", &s.Scale, quantize.ParseScaleBy),
		word(c, "per", &s.Per, per),
		word(c, "rounding", &s.Round, quantize.ParseRounding),
	)
	if err == nil {
		err = s.Check()
	}
	switch {
	case err != nil:
		return nil, usage(err.Error(), "")
	case c.IsSet("rounding-seed") && s.Round != quantize.RoundStochastic:
		return nil, usage("--rounding-seed belongs to --rounding stochastic", "")
	case !given:
		return nil, nil
	case s.NeedsSamples() && len(c.StringSlice("calibrate")) == 0:
		return nil, usage(s.String()+" needs samples", "--calibrate FILE")
	}
	return s, nil
}
