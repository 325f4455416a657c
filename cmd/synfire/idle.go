package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

// A flag that would do nothing is an error: who typed it believes that what
// comes out depends on it.

// names returns the first names of flags.
func names(flags []cli.Flag) []string {
	var out []string
	for _, f := range flags {
		out = append(out, f.Names()[0])
	}
	return out
}

// given returns the first of these flags that was typed, as typed; "" if none.
func given(c *cli.Context, flags []string) string {
	if i := slices.IndexFunc(flags, c.IsSet); i >= 0 {
		return "--" + flags[i]
	}
	return ""
}

// idle returns an error about a flag that does nothing for what run and report
// are about to run.
func idle(c *cli.Context, q *runner.Request) error {
	making := append([]string{"auto"}, names(concat(chipFlags(), calibrationFlags()))...)
	if q.Image != nil {
		if f := given(c, append(names(concat(meaningFlags(), pipelineFlags())), making...)); f != "" {
			return usage(fmt.Sprintf("%s does nothing: %s is an image, in which all of that is decided", f, q.File), "give it to compile, or run the network instead of the image")
		}
	}
	if q.Image == nil && q.Target == nil {
		// A permission is no request.
		making = slices.DeleteFunc(making, func(name string) bool { return name == "allow-approximate" })
		if f := given(c, making); f != "" {
			return usage(fmt.Sprintf("%s does nothing: %s -t ref executes a network in float", f, c.Command.Name), refHint(f))
		}
	}
	if c.IsSet("ticks") {
		return usage("--ticks is for RANC's files", "networks and images run for as long as their input, or for --steps")
	}
	return belongs(c, "seed", "random")
}

// placing are the flags about the cores and chips of a target.
var placing = []string{"chips", "cores", "core-axons", "core-neurons", "board", "boards", "dead", "time-scale", "O2", "place-seed", "axon", "ring", "ring-max"}

// noChip returns an error about a flag for chips where no target, nil for the
// reference, is one.
func noChip(c *cli.Context, targets []*runner.Target) error {
	for _, t := range targets {
		if t != nil && t.Load != nil {
			return nil
		}
	}
	flags := placing
	if !slices.ContainsFunc(targets, func(t *runner.Target) bool { return t != nil }) {
		flags = append(slices.Clone(flags), "decay-bits", "decay-profiles") // in float decays are what they are
	}
	f := given(c, flags)
	if f == "" {
		return nil
	}
	name := runner.ReferenceName
	if targets[0] != nil {
		name = targets[0].Name()
	}
	return usage(fmt.Sprintf("%s does nothing on %s", f, name), "choose a chip with --target, or leave it out")
}

// refHint says where a flag that means nothing in float means something.
func refHint(flag string) string {
	if strings.HasPrefix(flag, "--bits") || slices.Contains(names(calibrationFlags()), strings.TrimPrefix(flag, "--")) {
		return "eval -t ref measures what few bits lose; quantize writes a network of few bits, which " + runner.ReferenceName + " executes"
	}
	return "it is for chips: choose one with --target"
}

// belongs returns an error if a flag was typed that says something about
// another one, which was not.
func belongs(c *cli.Context, flag, to string) error {
	if !c.IsSet(flag) || c.IsSet(to) {
		return nil
	}
	return usage(fmt.Sprintf("--%s belongs to --%s", flag, to), fmt.Sprintf("add --%s, or leave it out", to))
}
