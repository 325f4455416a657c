package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/synfire/synfire/backend/integer"
	"github.com/synfire/synfire/backend/loihi1"
	"github.com/synfire/synfire/backend/spinnaker1"
	"github.com/synfire/synfire/backend/truenorth"
	"github.com/synfire/synfire/internal/cliargs"
	"github.com/synfire/synfire/runner"
)

// targets is the registry of chips.
var targets = []runner.Target{
	{
		Target:   loihi1.Target{},
		Claim:    "emulated; bit-exact to the public emulators named in docs/proofs.md",
		Flags:    []string{"chips", "axon", "decay-bits", "decay-profiles"},
		Profile:  "sanafe-loihi",
		IsImage:  runner.IsLoihi1,
		Load:     runner.LoadLoihi1,
		JSON:     runner.JSONLoihi1,
		Describe: runner.DescribeLoihi1,
	},
	{
		Target:   spinnaker1.Target{},
		Claim:    "emulated; neurons bit-exact to sPyNNaker's code on ARM, see docs/proofs.md",
		Flags:    []string{"core-neurons", "board", "boards", "dead", "time-scale", "ring", "ring-max"},
		IsImage:  runner.IsSpinnaker1,
		Load:     runner.LoadSpinnaker1,
		JSON:     runner.JSONSpinnaker1,
		Files:    runner.Spinnaker1Files,
		Describe: runner.DescribeSpinnaker1,
	},
	{
		Target:   truenorth.Target{},
		Claim:    "emulated; bit-exact to RANC's simulator, see docs/proofs.md",
		Flags:    []string{"core-axons", "core-neurons"},
		Profile:  "truenorth",
		IsImage:  runner.IsTruenorth,
		Load:     runner.LoadTruenorth,
		JSON:     runner.JSONTruenorth,
		Files:    runner.TruenorthFiles,
		Describe: runner.DescribeTruenorth,
	},
}

// integers is what the verbs that evaluate know beside the chips.
var integers = runner.Target{
	Target: integer.Target{},
	Claim:  "executed in integers, without a chip",
	Flags:  []string{"decay-bits", "decay-profiles"},
}

func targetNames() []string {
	var names []string
	for _, t := range targets {
		names = append(names, t.Name())
	}
	return names
}

// findTarget returns the target of that name; others are what the verb takes
// beside the chips, for advice.
func findTarget(name string, others ...string) (*runner.Target, error) {
	i := slices.IndexFunc(targets, func(t runner.Target) bool { return t.Name() == name })
	if i >= 0 {
		return &targets[i], nil
	}
	all := append(targetNames(), others...)
	hint := fmt.Sprintf("the targets are %q", all)
	if near := cliargs.Nearest(name, all); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	if name == integers.Name() {
		return nil, usage(name+" is for the verbs that evaluate", "eval, check, bisect and quantize take it; ref is float, and a chip is one of "+strings.Join(targetNames(), ", "))
	}
	return nil, usage(fmt.Sprintf("unknown target %q", name), hint)
}

// imageTarget returns the target whose image the data is, nil if it is none.
func imageTarget(data []byte) *runner.Target {
	for i := range targets {
		if targets[i].IsImage(data) {
			return &targets[i]
		}
	}
	return nil
}
