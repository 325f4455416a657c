package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/synfire/synfire/internal/events"
	"github.com/synfire/synfire/runner"
	"github.com/urfave/cli/v2"
)

const coding = "how it becomes spikes:"

func encodeCommand() *cli.Command {
	return &cli.Command{
		Name:      "encode",
		Usage:     "turn signals, images or camera events into spikes",
		ArgsUsage: "FILE",
		Description: `Signals (tbr, sf, mw, bsa) are the columns of a .csv, an array [T], [T, C] or
[S, T, C] (.npy, .npz), or a WFDB record (.hea). Signal c of C spikes on
channel c; where spikes have a sign, falls are on channel C + c.
Intensities (rate, if, latency, phase, population) are IDX images, a row a
sample of a .csv, or an array [N] or [S, ...]; --steps says how long each
sample is shown. Events are N-MNIST .bin and AEDAT 2.0 and 3.1 files, binned by
--dt; OFF events of pixel (x, y) are channel y W + x, ON events are W H above.
The spikes are what run reads; labels of a .npz file stay beside them.`,
		Flags: concat([]cli.Flag{
			&cli.StringFlag{Name: "code", Category: coding, Usage: "`CODE`: " + strings.Join(runner.Codes, ", ")},
			&cli.StringSliceFlag{Name: "variant", Category: coding, Usage: "`RULE` of the code (" + variants() + "); may be repeated"},
			&cli.Float64Flag{Name: "threshold", Category: coding, DefaultText: "by --factor; bsa by the filter; latency 0.01", Usage: "`X` in the units of the signal (sf, mw); part of the sum of the taps, with unscaled and twice-max in the units of the signal, with multiplicative a factor on the error (bsa); intensity that never spikes (latency)"},
			&cli.Float64Flag{Name: "factor", Category: coding, DefaultText: "0.5", Usage: "threshold = mean + `X` std of the differences (tbr, sf, mw)"},
			&cli.IntFlag{Name: "window", Category: coding, DefaultText: "5", Usage: "compare with the mean of `N` samples (mw)"},
			&cli.StringFlag{Name: "filter", Category: coding, DefaultText: "firwin", Usage: "`KIND` of filter: firwin, firwin-hann, hann (bsa)"},
			&cli.IntFlag{Name: "taps", Category: coding, DefaultText: "those of --cutoff, else the best tried", Usage: "filter of `N` taps (bsa)"},
			&cli.Float64Flag{Name: "cutoff", Category: coding, DefaultText: "that of --taps", Usage: "`X` of the Nyquist frequency (bsa)"},
			&cli.Float64Flag{Name: "rate", Category: coding, DefaultText: "1", Usage: "`X` spikes a step at intensity 1 (rate)"},
			&cli.Uint64Flag{Name: "seed", Category: coding, Usage: "`SEED` of the random spikes (rate)"},
			&cli.Float64Flag{Name: "tau", Category: coding, DefaultText: "linear", Usage: "logarithmic latency with a time constant of `X` steps (latency)"},
			&cli.IntFlag{Name: "phases", Category: coding, DefaultText: "8", Usage: "`N` steps a period (phase)"},
			&cli.IntFlag{Name: "fields", Category: coding, DefaultText: "12", Usage: "`N` receptive fields a value (population)"},
			&cli.Float64Flag{Name: "beta", Category: coding, DefaultText: "1.5", Usage: "`X` narrows the fields (population)"},
			&cli.Float64Flag{Name: "silent", Category: coding, DefaultText: "0.1", Usage: "responses below `X` do not spike (population)"},
			&cli.StringFlag{Name: "dt", Category: coding, Usage: "length of a step, such as `1ms` (events)"},
			&cli.StringFlag{Name: "sensor", Category: coding, DefaultText: "that of the file", Usage: "`WxH` pixels (events)"},
			&cli.StringFlag{Name: "array", Category: stimulus, Usage: "encode array `NAME` of a .npz file"},
			&cli.StringFlag{Name: "range", Category: stimulus, DefaultText: "0:255 for bytes, else 0:1", Usage: "`LOW:HIGH` are the values of intensity 0 and 1"},
			&cli.IntFlag{Name: "steps", Category: stimulus, DefaultText: "all of a signal", Usage: "show each sample, or use each signal, for `N` steps"},
			&cli.IntFlag{Name: "limit", Category: stimulus, DefaultText: "all", Usage: "use the first `N` samples only"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Category: watching, Usage: "write the spikes to `FILE` (.npz)"},
			&cli.BoolFlag{Name: "verify", DisableDefaultText: true, Category: watching, Usage: "decode the spikes again and print SNR and RMSE"},
		}, commonFlags()),
		Action: action(encodeVerb),
	}
}

// variants renders the variants of all codes.
func variants() string {
	var parts []string
	for _, code := range runner.Codes {
		if v := runner.Variants[code]; v != nil {
			parts = append(parts, code+": "+strings.Join(v, ", "))
		}
	}
	return strings.Join(parts, "; ")
}

// codeFlags says which codes a flag is for; the others refuse it.
var codeFlags = []struct {
	flag  string
	codes []string
}{
	{"threshold", []string{"sf", "mw", "bsa", "latency"}},
	{"factor", []string{"tbr", "sf", "mw"}},
	{"window", []string{"mw"}},
	{"filter", []string{"bsa"}},
	{"taps", []string{"bsa"}},
	{"cutoff", []string{"bsa"}},
	{"rate", []string{"rate"}},
	{"seed", []string{"rate"}},
	{"tau", []string{"latency"}},
	{"phases", []string{"phase"}},
	{"fields", []string{"population"}},
	{"beta", []string{"population"}},
	{"silent", []string{"population"}},
	{"dt", []string{"events"}},
	{"sensor", []string{"events"}},
	{"range", []string{"rate", "if", "latency", "phase", "population"}},
	{"array", notEvents},
	{"limit", notEvents},
}

// notEvents are the codes of values; a recording is one sample.
var notEvents = slices.DeleteFunc(slices.Clone(runner.Codes), func(code string) bool { return code == "events" })

func encodeVerb(c *cli.Context, out *output) error {
	path, err := file(c, "a file of signals, images or events")
	if err != nil {
		return err
	}
	if err := outputs(c, "output"); err != nil {
		return err
	}
	q := &runner.EncodeRequest{
		File: path, Array: c.String("array"), Output: c.String("output"), Verify: c.Bool("verify"),
		Code: c.String("code"), Variants: c.StringSlice("variant"), Steps: c.Int("steps"), Limit: c.Int("limit"),
		Threshold: c.Float64("threshold"), Factor: c.Float64("factor"), Window: c.Int("window"),
		Filter: c.String("filter"), Taps: c.Int("taps"), Cutoff: c.Float64("cutoff"),
		Rate: c.Float64("rate"), Seed: c.Uint64("seed"), Tau: c.Float64("tau"), Phases: c.Int("phases"),
		Fields: c.Int("fields"), Beta: c.Float64("beta"), Silent: c.Float64("silent"),
	}
	if q.Code == "" {
		return usage("encode needs a code", "one of --code "+strings.Join(runner.Codes, ", "))
	}
	if err := checkCodeFlags(c, q.Code); err != nil {
		return err
	}
	if err := word(c, "dt", &q.StepTime, runner.ParseTime); err != nil {
		return usage(err.Error(), "")
	}
	if err := word(c, "sensor", &q.Sensor, parseSensor); err != nil {
		return usage(err.Error(), "for example --sensor 34x34")
	}
	if c.IsSet("range") {
		if q.Low, q.High, err = parseRange(c.String("range")); err != nil {
			return usage(err.Error(), "for example --range -1:1")
		}
	}
	out.file = path
	report, err := runner.Encode(c.Context, q)
	if err == nil {
		out.result = report
	}
	return err
}

// checkCodeFlags refuses flags that the code does not use, and numbers that
// would stand for the default.
func checkCodeFlags(c *cli.Context, code string) error {
	for _, f := range codeFlags {
		if !c.IsSet(f.flag) {
			continue
		}
		if slices.Contains(runner.Codes, code) && !slices.Contains(f.codes, code) {
			return usage(fmt.Sprintf("the code %s does not use --%s", code, f.flag), "it is for "+strings.Join(f.codes, ", "))
		}
		if x, ok := c.Value(f.flag).(float64); ok && !(x > 0) {
			return usage(fmt.Sprintf("--%s %v has to be above 0", f.flag, x), "")
		}
		if n, ok := c.Value(f.flag).(int); ok && n < 1 {
			return usage(fmt.Sprintf("--%s %d has to be at least 1", f.flag, n), "")
		}
	}
	return nil
}

// parseSensor reads WxH.
func parseSensor(text string) (events.Sensor, error) {
	w, h, ok := strings.Cut(text, "x")
	width, err := strconv.Atoi(w)
	height, err2 := strconv.Atoi(h)
	if !ok || err != nil || err2 != nil || width < 1 || height < 1 {
		return events.Sensor{}, fmt.Errorf("%q is not of the form WxH", text)
	}
	return events.Sensor{Width: width, Height: height}, nil
}

// parseRange reads LOW:HIGH.
func parseRange(text string) (low, high float64, err error) {
	a, b, ok := strings.Cut(text, ":")
	low, err = strconv.ParseFloat(a, 64)
	high, err2 := strconv.ParseFloat(b, 64)
	if !ok || err != nil || err2 != nil || !(low < high) {
		return 0, 0, fmt.Errorf("--range %q is not of the form LOW:HIGH with LOW below HIGH", text)
	}
	return low, high, nil
}
