package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes"
	"github.com/synfire/synfire/quantize"
	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
	"golang.org/x/term"
)

// The groups of flags, and the categories of help they stand in.
const (
	meaning  = "what the network means:"
	stimulus = "what goes in:"
	chip     = "how it goes onto the chip:"
	watching = "what you see:"
)

func commonFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{DisableDefaultText: true, Name: "json", Category: watching, Usage: "print one JSON object, errors included"},
		&cli.BoolFlag{DisableDefaultText: true, Name: "quiet", Aliases: []string{"q"}, Category: watching, Usage: "no notes, no warnings, no progress"},
	}
}

// defaultTarget is what verbs compile for when nobody says otherwise.
const defaultTarget = "loihi1"

// targetFlag offers the chips, and what else a verb runs on.
func targetFlag(others ...string) cli.Flag {
	return &cli.StringFlag{
		Name: "target", Aliases: []string{"t"}, Category: chip, DefaultText: defaultTarget,
		Usage: "`TARGET`: " + strings.Join(append(targetNames(), others...), ", "),
	}
}

// meaningFlags decide what a file leaves open.
func meaningFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "dt", Category: meaning, Usage: "length of a step, such as `1ms` or 1e-3"},
		&cli.StringFlag{Name: "reset", Category: meaning, Usage: "`MODE` of reset: zero, value, subtract, subtract-delayed, subtract-next"},
		&cli.StringFlag{Name: "integrator", Category: meaning, Usage: "`METHOD` of integration: euler, exp, exp-unit"},
		&cli.StringFlag{Name: "compare", Category: meaning, Usage: "`OP` that a spike needs: > or >="},
		&cli.StringFlag{Name: "current", Category: meaning, Usage: "which synaptic `CURRENT` a step uses: new or old"},
		&cli.StringFlag{Name: "compat", Category: meaning, Usage: "step as a `FRAMEWORK` does: " + strings.Join(passes.Compats(), ", ")},
		&cli.IntFlag{Name: "layer-delay", DefaultText: "none", Category: meaning, Usage: "add `N` steps of delay behind each population"},
	}
}

// chipFlags decide how a network becomes an image.
func chipFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "bits", DefaultText: "the target's widest", Category: chip, Usage: "weights of `N` bits, or N+M: of N bits, and of M onto the readout"},
		&cli.StringSliceFlag{Name: "bits-by", Category: chip, Usage: "bits of one projection, as `NAME=N`; may be repeated"},
		&cli.StringSliceFlag{Name: "decay-bits", Category: chip, DefaultText: "the target's", Usage: "decays that are multiples of 2^-N, as `N` or POPULATION=N; may be repeated"},
		&cli.IntFlag{Name: "chips", DefaultText: "1", Category: chip, Usage: "use `N` chips"},
		&cli.IntFlag{Name: "cores", DefaultText: "all", Category: chip, Usage: "use `N` cores of each chip"},
		&cli.IntFlag{Name: "core-axons", DefaultText: "the target's", Category: chip, Usage: "cores with `N` axons (truenorth)"},
		&cli.IntFlag{Name: "core-neurons", DefaultText: "the target's", Category: chip, Usage: "cores with `N` neurons (truenorth; spinnaker1, at most)"},
		&cli.IntFlag{Name: "board", DefaultText: "48", Category: chip, Usage: "boards of `N` chips: 4 or 48 (spinnaker1)"},
		&cli.IntFlag{Name: "boards", DefaultText: "1", Category: chip, Usage: "use `N` boards (spinnaker1)"},
		&cli.StringSliceFlag{Name: "dead", Category: chip, Usage: "what does not work, as `PARTS` chip:x,y link:x,y,l core:x,y,p, or a file with one a line (spinnaker1)"},
		&cli.Float64Flag{Name: "time-scale", DefaultText: "1", Category: chip, Usage: "ticks that last `K` times as long as in real time (spinnaker1)"},
		&cli.BoolFlag{DisableDefaultText: true, Name: "O2", Category: chip, Usage: "look longer for a placement of the cores"},
		&cli.Uint64Flag{Name: "place-seed", Category: chip, Usage: "`SEED` of the search for a placement"},
		&cli.StringFlag{Name: "ring", DefaultText: "measured with --calibrate, else worst", Category: chip, Usage: "`RULE` for the largest input of a step: worst, measured, rate (spinnaker1)"},
		&cli.Float64Flag{Name: "ring-max", DefaultText: "off", Category: chip, Usage: "inputs of a step saturate at `X` thresholds (spinnaker1)"},
		&cli.StringFlag{Name: "axon", Category: chip, Usage: "`KIND` of axons (loihi1: discrete, pop16)"},
		&cli.BoolFlag{DisableDefaultText: true, Name: "allow-approximate", Category: chip, Usage: "run what the chip cannot do exactly, with a stated difference"},
		&cli.IntFlag{Name: "decay-profiles", DefaultText: "any number", Category: chip, Usage: "let the neurons of a population share `N` different decays (k-means)"},
		&cli.Float64Flag{Name: "max-underflow", DefaultText: fmt.Sprint(passes.DefaultMaxUnderflow), Category: chip, Usage: "`FRACTION` of a projection's weights that may become zero"},
	}
}

// calibrationFlags name samples on which weights are chosen, and how.
func calibrationFlags() []cli.Flag {
	return append(schemeFlags(), []cli.Flag{
		&cli.StringSliceFlag{Name: "calibrate", Category: chip, Usage: "choose low-bit weights by what the network does on the samples of `FILE` (read with --encode and --steps), or PORT=FILE"},
		&cli.IntFlag{Name: "calibrate-limit", Category: chip, Value: 1000, Usage: "use `N` samples of --calibrate, spread over it"},
		&cli.StringFlag{Name: "calibrate-subset", Category: chip, Usage: "`SUBSET` of --calibrate: test or train"},
		&cli.BoolFlag{DisableDefaultText: true, Name: "auto", Category: chip, Usage: "choose the bits of each projection: the least --minimise that keeps --budget on samples of --calibrate that are held out"},
		&cli.StringFlag{Name: "budget", Category: chip, Value: "0.5%", Usage: "with --auto: `POINTS` of accuracy that may be lost, such as 0.5%"},
		&cli.StringFlag{Name: "minimise", Category: chip, Value: string(runner.Memory), Usage: "with --auto: `WHAT` to make small, memory (bits of all weights) or energy (joules by the chip's cost profile; without a chip, bits of the weights that synaptic events fetch)"},
		&cli.StringFlag{Name: "calibrate-labels", Category: chip, Usage: "with --auto: `FILE` of the classes of the samples of --calibrate, where it has none; without, every other answer than in float is a loss"},
	}...)
}

// sampleFlag chooses the sample that is shown.
func sampleFlag() cli.Flag {
	return &cli.IntFlag{Name: "sample", Category: watching, DefaultText: "0", Usage: "show sample `K` where one is shown"}
}

// pipelineFlags look into the passes.
func pipelineFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "print-after", Category: watching, Usage: "print the network after `PASS` in the text form"},
		&cli.StringFlag{Name: "dump-dir", Category: watching, Usage: "write the network after every pass to `DIR`"},
		&cli.BoolFlag{DisableDefaultText: true, Name: "time-passes", Category: watching, Usage: "say how long each pass took"},
	}
}

func stimulusFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "input", Aliases: []string{"i"}, Category: stimulus, Usage: "spikes or images (.npy .npz .csv idx) as `FILE`, or PORT=FILE for each of several input ports"},
		&cli.StringFlag{Name: "labels", Category: stimulus, Usage: "`FILE` of the classes of the samples, where the input has none"},
		&cli.StringFlag{Name: "form", Category: stimulus, Usage: "`LAYOUT` of the input: raster, batch, packed, packed-batch, events"},
		&cli.StringFlag{Name: "encode", Category: stimulus, Usage: "`CODE` that turns images into spikes: if"},
		&cli.StringFlag{Name: "subset", Category: stimulus, Usage: "`SUBSET` of the samples: test or train"},
		&cli.IntFlag{Name: "limit", DefaultText: "all", Category: stimulus, Usage: "use the first `N` samples only"},
		&cli.IntFlag{Name: "steps", DefaultText: "that of the input", Category: stimulus, Usage: "run each sample for `N` steps"},
		&cli.Float64Flag{Name: "random", Category: stimulus, Value: -1, DefaultText: "off", Usage: "random spikes of probability `P` a step instead of an input"},
		&cli.Uint64Flag{Name: "seed", Category: stimulus, Usage: "`SEED` of the random spikes"},
	}
}

func concat(groups ...[]cli.Flag) []cli.Flag {
	var out []cli.Flag
	for _, g := range groups {
		out = append(out, g...)
	}
	return out
}

// passOptions reads the flags that steer the passes, for one width of weights.
func passOptions(c *cli.Context) (passes.Options, error) {
	o, err := passOptionsWithoutBits(c)
	if err != nil || !c.IsSet("bits") {
		return o, err
	}
	w, err := runner.ParseWidth(c.String("bits"))
	if err != nil {
		return o, usage("--bits: "+err.Error(), "")
	}
	o.Bits, o.ReadoutBits = w.Bits, w.Readout
	return o, nil
}

// passOptionsWithoutBits reads the flags that steer the passes but for --bits,
// which may be a list.
func passOptionsWithoutBits(c *cli.Context) (passes.Options, error) {
	o := passes.Options{
		Compat: c.String("compat"), LayerDelay: int32(c.Int("layer-delay")),
		MaxUnderflow: c.Float64("max-underflow"), AllowApproximate: c.Bool("allow-approximate"), DecayProfiles: c.Int("decay-profiles"),
		Target: backend.Options{
			Chips: c.Int("chips"), Cores: c.Int("cores"), Axon: c.String("axon"), CoreAxons: c.Int("core-axons"),
			CoreNeurons: c.Int("core-neurons"), Board: c.Int("board"), Boards: c.Int("boards"),
			TimeScale: c.Float64("time-scale"),
		},
		PlaceSeed: c.Uint64("place-seed"),
		RingMax:   c.Float64("ring-max"),
	}
	if c.Bool("O2") {
		o.PlaceEffort = 1
	}
	if n := c.Int("layer-delay"); n < 0 || n > 1<<20 {
		return o, usage(fmt.Sprintf("--layer-delay %d is outside 0 to %d", n, 1<<20), "")
	}
	if c.IsSet("decay-profiles") && o.DecayProfiles < 1 {
		return o, usage(fmt.Sprintf("--decay-profiles %d: at least one", o.DecayProfiles), "")
	}
	err := errors.Join(
		word(c, "reset", &o.Reset, ir.ParseReset),
		word(c, "integrator", &o.Integrator, ir.ParseIntegrator),
		word(c, "compare", &o.Compare, ir.ParseCompare),
		word(c, "current", &o.Current, ir.ParseCurrentOrder),
		word(c, "dt", &o.DT, runner.ParseTime),
		word(c, "ring", &o.Ring, quantize.ParseRingRule),
	)
	if err != nil {
		return o, usage(err.Error(), "")
	}
	if o.BitsBy, err = bitsBy(c.StringSlice("bits-by")); err != nil {
		return o, err
	}
	if o.Scheme, err = scheme(c); err != nil {
		return o, err
	}
	if o.DecayBits, err = decayBits(c.StringSlice("decay-bits")); err != nil {
		return o, err
	}
	o.Target.Dead, err = deadParts(c.StringSlice("dead"))
	return o, err
}

// calibration opens the samples of --calibrate for a network.
func calibration(c *cli.Context, o *passes.Options, net *ir.Network) error {
	files := c.StringSlice("calibrate")
	if len(files) == 0 {
		return errors.Join(belongs(c, "calibrate-limit", "calibrate"), belongs(c, "calibrate-subset", "calibrate"))
	}
	var err error
	o.Calibration, err = runner.OpenCalibration(net, files, calibrationOptions(c), c.Int("calibrate-limit"), c.Int("threads"))
	return err
}

// calibrationOptions says how to read --calibrate: as the input, but for its
// selection of samples.
func calibrationOptions(c *cli.Context) spike.Options {
	opt := spikeOptions(c)
	opt.Labels, opt.Subset, opt.Limit = "", c.String("calibrate-subset"), 0
	return opt
}

// autoRequest reads the flags of --auto, nil without it.
func autoRequest(c *cli.Context) (*runner.AutoRequest, error) {
	if err := autoProfile(c); err != nil {
		return nil, err
	}
	if !c.Bool("auto") {
		for _, name := range []string{"budget", "minimise", "calibrate-labels"} {
			if c.IsSet(name) {
				return nil, usage(fmt.Sprintf("--%s belongs to --auto", name), "add --auto, or leave it out")
			}
		}
		return nil, nil
	}
	q := &runner.AutoRequest{Files: c.StringSlice("calibrate"), Spikes: calibrationOptions(c), Calibrate: c.Int("calibrate-limit"), Profile: c.String("profile"), Threads: c.Int("threads")}
	if len(q.Files) == 0 {
		return nil, usage("--auto measures what widths lose on samples, and there are none", "--calibrate FILE")
	}
	if c.IsSet("bits-by") {
		return nil, usage("--auto and --bits-by both choose the bits of projections", "leave one of them out")
	}
	q.Spikes.Labels = c.String("calibrate-labels")
	if onTerminal(c) {
		q.Progress = c.App.ErrWriter
	}
	var err error
	if q.Budget, err = runner.ParseBudget(c.String("budget")); err != nil {
		return nil, usage("--budget: "+err.Error(), "")
	}
	if q.Minimise, err = runner.ParseMinimise(c.String("minimise")); err != nil {
		return nil, usage("--minimise: "+err.Error(), "")
	}
	return q, nil
}

// autoProfile refuses --profile where it does nothing: run and report price
// what they run, the others only what --auto measures.
func autoProfile(c *cli.Context) error {
	prices := c.Bool("auto") && c.String("minimise") == string(runner.Energy)
	if !c.IsSet("profile") || prices || slices.Contains([]string{"run", "report"}, c.Command.Name) {
		return nil
	}
	return usage("--profile belongs to --auto --minimise energy", "add them, or leave it out; run --energy says what a run costs")
}

// chooseWidths does what --auto asks for: it sets the widths of o for a target
// (nil for the reference) and the calibration to which they belong. Without
// --auto it is calibration.
func chooseWidths(c *cli.Context, o *passes.Options, file string, net *ir.Network, target *runner.Target) (*runner.AutoReport, error) {
	q, err := autoRequest(c)
	if err != nil {
		return nil, err
	}
	if q == nil {
		return nil, calibration(c, o, net)
	}
	if c.IsSet("bits") {
		return nil, usage("--auto and --bits both choose the bits of projections", "leave one of them out")
	}
	q.File, q.Net, q.Target, q.Passes = file, net, target, *o
	found, opt, err := runner.Auto(c.Context, q)
	if err == nil {
		*o = opt
	}
	return found, unpriced(err)
}

// word reads a flag whose value has a parser of its own.
func word[T any](c *cli.Context, name string, to *T, parse func(string) (T, error)) error {
	if !c.IsSet(name) {
		return nil
	}
	x, err := parse(c.String(name))
	if err != nil {
		return fmt.Errorf("--%s: %w", name, err)
	}
	*to = x
	return nil
}

// bitsBy reads NAME=N.
func bitsBy(args []string) (map[string]quantize.Bits, error) {
	by := map[string]quantize.Bits{}
	for _, a := range args {
		i := strings.LastIndexByte(a, '=')
		if i < 1 {
			return nil, usage(fmt.Sprintf("--bits-by %s is not of the form NAME=N", a), "for example --bits-by fc2=4")
		}
		n, err := quantize.ParseBits(a[i+1:])
		if err != nil {
			return nil, usage(fmt.Sprintf("--bits-by %s: %v", a, err), "for example --bits-by fc2=4")
		}
		by[a[:i]] = n
	}
	return by, nil
}

// decayBits reads N or NAME=N.
func decayBits(args []string) (map[string]int, error) {
	by := map[string]int{}
	for _, a := range args {
		i := strings.LastIndexByte(a, '=')
		n, err := strconv.Atoi(a[i+1:])
		if err != nil || n < 1 || n > 30 || i == 0 {
			return nil, usage(fmt.Sprintf("--decay-bits %s is not a number of 1 to 30 bits, or POPULATION=N", a), "for example --decay-bits 8, or --decay-bits lif1=4")
		}
		by[a[:max(i, 0)]] = n
	}
	return by, nil
}

// watch reads the flags that look into the passes.
func watch(c *cli.Context) (runner.Watch, error) {
	w := runner.Watch{PrintAfter: c.String("print-after"), Print: c.App.Writer, DumpDir: c.String("dump-dir")}
	if w.PrintAfter != "" && c.Bool("json") {
		return w, usage("--print-after and --json would both write to the output", "--dump-dir DIR writes files instead")
	}
	if err := w.Check(); err != nil {
		return w, usage("--print-after: "+err.Error(), "")
	}
	return w, nil
}

func spikeOptions(c *cli.Context) spike.Options {
	return spike.Options{
		Steps: c.Int("steps"), Encode: c.String("encode"), Form: spike.Form(c.String("form")),
		Labels: c.String("labels"), Subset: c.String("subset"), Limit: c.Int("limit"),
	}
}

func probes(c *cli.Context) ([]emulator.Probe, error) {
	var out []emulator.Probe
	for _, s := range c.StringSlice("probe") {
		p, err := emulator.ParseProbe(s)
		if err != nil {
			return nil, usage(err.Error(), "")
		}
		out = append(out, p)
	}
	return out, nil
}

// file returns the one positional argument.
func file(c *cli.Context, what string) (string, error) {
	switch c.NArg() {
	case 0:
		return "", usage(c.Command.Name+" needs "+what, "synfire "+c.Command.Name+" --help")
	case 1:
		return c.Args().First(), nil
	}
	return "", usage(fmt.Sprintf("%s takes one file, there are %d: %q", c.Command.Name, c.NArg(), c.Args().Slice()), "")
}

// onTerminal tells whether a person watches the error output.
func onTerminal(c *cli.Context) bool {
	f, ok := c.App.ErrWriter.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && !c.Bool("quiet") && !c.Bool("json")
}
