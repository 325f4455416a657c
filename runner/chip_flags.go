package runner

import (
	"slices"

	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/quantize"
)

// chipFlags are the flags that describe chips of some targets and mean nothing
// on others, with what takes them out of the options. A target alone refuses
// one that it does not know; beside a target that knows it, it does without.
var chipFlags = []struct {
	name  string
	clear func(*passes.Options)
}{
	{"chips", func(o *passes.Options) { o.Target.Chips = 0 }},
	{"axon", func(o *passes.Options) { o.Target.Axon = "" }},
	{"core-axons", func(o *passes.Options) { o.Target.CoreAxons = 0 }},
	{"core-neurons", func(o *passes.Options) { o.Target.CoreNeurons = 0 }},
	{"board", func(o *passes.Options) { o.Target.Board = 0 }},
	{"boards", func(o *passes.Options) { o.Target.Boards = 0 }},
	{"time-scale", func(o *passes.Options) { o.Target.TimeScale = 0 }},
	{"dead", func(o *passes.Options) { o.Target.Dead.Chips, o.Target.Dead.Links, o.Target.Dead.Cores = nil, nil, nil }},
	{"ring", func(o *passes.Options) { o.Ring = quantize.RingUnset }},
	{"ring-max", func(o *passes.Options) { o.RingMax = 0 }},
	{"decay-bits", func(o *passes.Options) { o.DecayBits = nil }},
	{"decay-profiles", func(o *passes.Options) { o.DecayProfiles = 0 }},
}

// passesFor returns the options for one of the targets, without the flags that
// others of them know and it does not.
func (q *EvalRequest) passesFor(t *Target) passes.Options {
	opt := q.Passes
	for _, f := range chipFlags {
		if t.knows(f.name) {
			continue
		}
		if slices.ContainsFunc(q.Targets, func(u *Target) bool { return u.knows(f.name) }) {
			f.clear(&opt)
		}
	}
	return opt
}

// knows tells whether a flag of chipFlags describes the target's chip.
func (t *Target) knows(flag string) bool { return t != nil && slices.Contains(t.Flags, flag) }
