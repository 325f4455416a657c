package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/synfire/synfire/internal/atomicfile"
	"github.com/synfire/synfire/internal/events"
	"github.com/synfire/synfire/internal/npy"
	"github.com/synfire/synfire/internal/spike"
	"github.com/synfire/synfire/internal/term"
)

// EncodeRequest says what to turn into spikes, and how. The numbers of a code
// that are 0 stand for its default.
type EncodeRequest struct {
	File   string
	Array  string // of a .npz file; empty for the one that is meant
	Output string // .npz; empty to write nothing
	Code   string // one of Codes
	// Variants are alternative rules of the code; see Variants.
	Variants []string
	// Steps is the length of a sample: how long an intensity is shown, or how
	// much of a signal is used. 0 is all of a signal.
	Steps int
	Limit int // samples; 0 is all
	// Low and High are the values that stand for intensity 0 and 1. Both 0
	// stand for 0 and 255 for bytes and 0 and 1 for other numbers.
	Low, High float64
	Verify    bool // decode and measure the error

	Threshold float64 // sf, mw, bsa, latency
	Factor    float64 // tbr, sf, mw
	Window    int     // mw
	Filter    string  // bsa: hann, firwin or firwin-hann
	Taps      int     // bsa
	Cutoff    float64 // bsa
	Rate      float64 // rate
	Seed      uint64  // rate
	Tau       float64 // latency
	Phases    int     // phase
	Fields    int     // population
	Beta      float64 // population
	Silent    float64 // population

	StepTime float64       // events: seconds of a step
	Sensor   events.Sensor // events: size, where the file does not say it
}

// EncodeReport is the result of encode.
type EncodeReport struct {
	File     string         `json:"file"`
	Code     string         `json:"code"`
	Variants []string       `json:"variants,omitempty"`
	Samples  int            `json:"samples"`
	Steps    int            `json:"steps"`
	Channels int            `json:"channels"`
	Spikes   int            `json:"spikes"`
	Late     int            `json:"late_events,omitempty"` // left out, after the last step
	Output   string         `json:"output,omitempty"`
	Filter   *FilterReport  `json:"filter,omitempty"` // of bsa
	Signals  []SignalReport `json:"signals,omitempty"`
	// Intensities is the error of what was decoded again, of 0 to 1.
	Intensities *IntensityReport `json:"intensities,omitempty"`
}

// IntensityReport is the error over all values of all samples.
type IntensityReport struct {
	SNR  *float64 `json:"snr_db,omitempty"` // nil if exact, or all values are zero
	RMSE float64  `json:"rmse"`
}

// SignalReport says what became of one signal, over all samples.
type SignalReport struct {
	Name   string `json:"name"`
	Spikes int    `json:"spikes"`
	// Threshold is that of the first sample, in the units of the signal; of bsa
	// multiplicative, a factor.
	Threshold float64 `json:"threshold"`
	Verified  bool    `json:"verified"`
	// SNR is in dB; nil if the reconstruction is exact or the signal is zero,
	// or if nothing was verified.
	SNR  *float64 `json:"snr_db,omitempty"`
	RMSE float64  `json:"rmse"`
}

// Variants lists the alternative rules of each code that has any.
var Variants = map[string][]string{
	"tbr":  {"absolute", "early"},
	"sf":   {"inclusive"},
	"mw":   {"inclusive"},
	"bsa":  {"multiplicative", "keep-offset", "unscaled", "twice-max"},
	"rate": {"poisson"},
}

// Codes lists the codes: those of signals, those of intensities, and events.
var Codes = []string{"tbr", "sf", "mw", "bsa", "rate", "if", "latency", "phase", "population", "events"}

func isSignalCode(code string) bool { return slices.Contains(Codes[:4], code) }

func (q *EncodeRequest) check() error {
	switch {
	case !slices.Contains(Codes, q.Code):
		return fmt.Errorf("unknown code %q; there are %s", q.Code, strings.Join(Codes, ", "))
	case q.Output == "" && !q.Verify:
		return errors.New("nothing to do: write the spikes with --output FILE.npz, or measure with --verify")
	case q.Output != "" && !strings.HasSuffix(strings.ToLower(q.Output), ".npz"):
		return fmt.Errorf("%s: unknown format; spikes are written as .npz", q.Output)
	case q.Verify && q.Code == "events":
		return errors.New("events are spikes already: there is nothing to decode and verify")
	case q.Steps < 0 || q.Limit < 0:
		return errors.New("the number of steps or samples is negative")
	}
	for _, v := range q.Variants {
		if !slices.Contains(Variants[q.Code], v) {
			return fmt.Errorf("the code %s has no variant %q; it has %q", q.Code, v, Variants[q.Code])
		}
	}
	if q.variant("unscaled") && q.variant("twice-max") {
		return errors.New("the variants unscaled and twice-max both say how large the filter is")
	}
	if q.Filter == "hann" && q.Cutoff != 0 {
		return errors.New("the filter hann is a window alone and has no cut-off")
	}
	return nil
}

func (q *EncodeRequest) variant(name string) bool { return slices.Contains(q.Variants, name) }

// encoded is the spikes of all samples, below each other, and the arrays that
// go into the file beside them.
type encoded struct {
	raster         *spike.Raster
	samples, steps int
	extra          []*npy.Array
}

// newEncoded has room for the spikes.
func newEncoded(samples, steps, channels int) (*encoded, error) {
	if steps > 0 && samples > math.MaxInt/steps {
		return nil, fmt.Errorf("%d samples of %d steps are too many", samples, steps)
	}
	r, err := spike.New(samples*steps, channels)
	return &encoded{raster: r, samples: samples, steps: steps}, err
}

// sampleRaster is the part of a raster that holds one sample.
type sampleRaster struct {
	all  *spike.Raster
	from int
}

func (s sampleRaster) Set(t, i int)      { s.all.Set(s.from+t, i) }
func (s sampleRaster) Get(t, i int) bool { return s.all.Get(s.from+t, i) }

func (e *encoded) sample(k int) sampleRaster { return sampleRaster{e.raster, k * e.steps} }

// Encode reads the file, encodes it and writes the spikes. Errors carry the
// path of the file they are about.
func Encode(ctx context.Context, q *EncodeRequest) (*EncodeReport, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	report := &EncodeReport{File: q.File, Code: q.Code, Variants: q.Variants, Output: q.Output}
	e, err := encodeFile(ctx, q, report)
	if err != nil {
		return nil, err
	}
	report.Samples, report.Steps, report.Channels = e.samples, e.steps, e.raster.N
	report.Spikes = e.raster.Count()
	if q.Output == "" {
		return report, nil
	}
	return report, atomicfile.WriteFile(q.Output, e.write)
}

func encodeFile(ctx context.Context, q *EncodeRequest, report *EncodeReport) (*encoded, error) {
	var e *encoded
	var err error
	if q.Code == "events" {
		e, err = encodeEvents(q, report)
	} else {
		var v *values
		if v, err = readValues(q.File, q.Array); err != nil {
			return nil, spike.Advise(err)
		}
		if isSignalCode(q.Code) {
			e, err = encodeSignals(ctx, q, v, report)
		} else {
			e, err = encodeIntensities(ctx, q, v, report)
		}
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		err = spike.Advise(atPath(q.File, err))
	}
	return e, err
}

// write writes a file that run reads: packed spikes and their shape.
func (e *encoded) write(w io.Writer) error {
	spikes := spike.PackedArray("spikes", e.raster)
	shape := []int64{int64(e.steps), int64(e.raster.N)}
	if e.samples > 1 {
		spikes.Shape = []int{e.samples, e.steps, spikes.Shape[1]}
		shape = append([]int64{int64(e.samples)}, shape...)
	}
	arrays := []*npy.Array{spikes, {Name: "shape", Shape: []int{len(shape)}, Kind: npy.Int, Bits: 64, Ints: shape}}
	return npy.WriteNPZ(w, append(arrays, e.extra...))
}

// Text writes the report for people.
func (r *EncodeReport) Text(w io.Writer) error {
	var b strings.Builder
	name := r.Code
	if len(r.Variants) > 0 {
		name += " (" + strings.Join(r.Variants, ", ") + ")"
	}
	fmt.Fprintf(&b, "%s  code=%s  %s of %s, %s\n", r.File, name, plural(r.Samples, "sample"), plural(r.Steps, "step"), plural(r.Channels, "channel"))
	density := 100 * float64(r.Spikes) / math.Max(1, float64(r.Samples)*float64(r.Steps)*float64(r.Channels))
	fmt.Fprintf(&b, "%s, %.3g %% of channels and steps\n", plural2(r.Spikes, "spike", "spikes"), density)
	if r.Late > 0 {
		fmt.Fprintf(&b, "%s after the last step left out\n", plural2(r.Late, "event", "events"))
	}
	if r.Filter != nil {
		r.Filter.text(&b)
	}
	if len(r.Signals) > 0 {
		b.WriteString(r.table())
		b.WriteString(r.drift())
	}
	switch x := r.Intensities; {
	case x == nil:
	case x.RMSE == 0:
		b.WriteString("decoded again: exact\n")
	default:
		fmt.Fprintf(&b, "decoded again: SNR %s, RMSE %.4g of the range from 0 to 1\n", snrText(x.SNR, x.RMSE), x.RMSE)
	}
	if r.Output != "" {
		fmt.Fprintf(&b, "wrote %s\n", r.Output)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *EncodeReport) table() string {
	t := term.Table{Right: []bool{false, true, true, true, true}}
	head := []string{"signal", "spikes", "threshold"}
	if r.Samples > 1 {
		head[2] = "threshold, sample 0"
	}
	if r.Signals[0].Verified {
		head = append(head, "SNR", "RMSE")
	}
	t.Add(head...)
	for i := range r.Signals {
		s := &r.Signals[i]
		row := []string{s.Name, term.Count(int64(s.Spikes)), fmt.Sprintf("%.4g", s.Threshold)}
		if s.Verified {
			row = append(row, snrText(s.SNR, s.RMSE), fmt.Sprintf("%.4g", s.RMSE))
		}
		t.Add(row...)
	}
	return t.Indent("  ")
}

// drift explains a reconstruction that is worse than none, where that is the
// nature of the code.
func (r *EncodeReport) drift() string {
	if r.Code != "tbr" && r.Code != "mw" || !slices.ContainsFunc(r.Signals, func(s SignalReport) bool { return s.SNR != nil && *s.SNR < 0 }) {
		return ""
	}
	return fmt.Sprintf("note: %s does not look at what its spikes decode to, so their errors add up; sf and bsa follow the signal\n", r.Code)
}

func snrText(snr *float64, rmse float64) string {
	switch {
	case snr != nil:
		return fmt.Sprintf("%.2f dB", *snr)
	case rmse == 0:
		return "exact"
	}
	return "no signal"
}
