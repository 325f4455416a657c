package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"

	"github.com/synfire/synfire/internal/encode"
)

// maxDefaultTaps bounds the filter of BSA where the user says nothing: its
// levels are then finer than those of most converters.
const maxDefaultTaps = 255

// FilterReport is the filter of BSA, as it was designed or asked for.
type FilterReport struct {
	Kind string `json:"kind"`
	Taps int    `json:"taps"`
	// Cutoff is a fraction of the Nyquist frequency; 0 for a window alone.
	Cutoff float64 `json:"cutoff,omitempty"`
	// Threshold is what the error has to fall by, as a part of the sum of the
	// taps; one that was given with the variants unscaled and twice-max is in the
	// units of the signal, and with multiplicative it is a factor on the error.
	Threshold float64 `json:"threshold"`
}

// text writes a line for people.
func (f *FilterReport) text(w io.Writer) {
	cutoff := ""
	if f.Cutoff > 0 {
		cutoff = fmt.Sprintf(", cut-off %.4g of the Nyquist frequency", f.Cutoff)
	}
	fmt.Fprintf(w, "filter: %s, %s%s; threshold %.4g\n", f.Kind, plural(f.Taps, "tap"), cutoff, f.Threshold)
}

// designBSA chooses what of BSA the request leaves open, one filter for all
// signals: its taps are the main lobe of its cut-off, and the threshold makes it
// follow a ramp. If neither taps nor cut-off are given, filters are tried.
func (r *signalRun) designBSA(ctx context.Context) (*FilterReport, error) {
	q := r.EncodeRequest
	f := FilterReport{Kind: cmp.Or(q.Filter, "firwin"), Taps: q.Taps, Cutoff: q.Cutoff, Threshold: q.Threshold}
	r.bsa.Multiplicative, r.bsa.KeepOffset = q.variant("multiplicative"), q.variant("keep-offset")
	switch {
	case q.variant("unscaled"):
		r.bsa.Scale = encode.AsGiven
	case q.variant("twice-max"):
		r.bsa.Scale = encode.TwiceMax
	}
	r.bsa.Absolute = r.bsa.Scale != encode.FitRange && q.Threshold != 0 // as other tools have it
	switch {
	case q.Taps < 0 || q.Taps > encode.MaxTaps:
		return nil, fmt.Errorf("--taps %d: a filter has 1 to %d", q.Taps, encode.MaxTaps)
	case q.Taps == 0 && q.Cutoff == 0:
		return r.bestFilter(ctx, f)
	case q.Taps == 0:
		f.Taps = min(r.maxTaps(), encode.MainLobe(f.Cutoff))
	case q.Cutoff == 0:
		f.Cutoff = encode.CutoffOf(f.Taps)
	}
	var err error
	r.bsa, err = f.design(r.bsa)
	return &f, err
}

// maxTaps bounds the taps that nobody asked for.
func (r *signalRun) maxTaps() int { return min(maxDefaultTaps, len(r.buffer)) }

// triedTaps are the lengths of filters that are tried, each about 1.4 times the
// one before. A long filter has fine levels and loses what is fast.
var triedTaps = []int{3, 5, 7, 11, 15, 21, 31, 43, 61, 87, 123, 173, maxDefaultTaps}

// firstTaps is where the search for a filter begins.
const firstTaps = 11

// bestFilter returns the filter of those tried from which the signals come back
// best. It goes to longer ones and then to shorter ones, until two in a row are
// worse than the best.
func (r *signalRun) bestFilter(ctx context.Context, f FilterReport) (*FilterReport, error) {
	open := r.bsa
	var best *FilterReport
	least := math.Inf(1)
	try := func(taps int) (better bool, err error) {
		x := f
		x.Taps, x.Cutoff = taps, encode.CutoffOf(taps)
		opt, err := x.design(open)
		if err != nil {
			return false, err
		}
		noise, err := r.noise(ctx, opt)
		if err != nil || !(noise < least) {
			return false, err
		}
		best, least, r.bsa = &x, noise, opt
		return true, nil
	}
	walk := func(lengths iter.Seq2[int, int]) error {
		worse := 0
		for _, n := range lengths {
			better, err := try(n)
			if err != nil {
				return err
			}
			if worse++; better {
				worse = 0
			}
			if worse == 2 {
				break
			}
		}
		return nil
	}
	lengths := slices.DeleteFunc(slices.Clone(triedTaps), func(n int) bool { return n > r.maxTaps() })
	if len(lengths) == 0 {
		lengths = []int{r.maxTaps()}
	}
	first := max(0, min(len(lengths)-1, slices.Index(lengths, firstTaps)))
	if err := errors.Join(walk(slices.All(lengths[first:])), walk(slices.Backward(lengths[:first]))); err != nil {
		return nil, err
	}
	if best == nil {
		return nil, errors.New("the signals are too large to measure what their spikes decode to")
	}
	return best, nil
}

// noise returns the power of what is lost over that of the signals without
// their means, each signal counting alike.
func (r *signalRun) noise(ctx context.Context, opt encode.BSAOptions) (float64, error) {
	sum := 0.0
	for k := range r.out.samples {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		for c := range r.in.count {
			r.in.fill(k, c, r.buffer)
			code, err := encode.BSA(r.buffer, opt)
			if err != nil {
				return 0, fmt.Errorf("sample %d, signal %s: %w", k, r.in.name(c), err)
			}
			sum += lost(r.buffer, code.Decode())
		}
	}
	return sum, nil
}

// lost returns the squared error over the squared deviation from the mean, 0 if
// the signal is constant.
func lost(signal, decoded []float64) float64 {
	centre := 0.0
	for _, x := range signal {
		centre += x / float64(len(signal))
	}
	power, noise := 0.0, 0.0
	for t, x := range signal {
		power += (x - centre) * (x - centre)
		noise += (x - decoded[t]) * (x - decoded[t])
	}
	if !(power > 0) {
		return 0
	}
	return noise / power
}

// design returns opt with the taps and the threshold, which it chooses if there
// is none.
func (f *FilterReport) design(opt encode.BSAOptions) (encode.BSAOptions, error) {
	var err error
	switch f.Kind {
	case "firwin":
		opt.Filter, err = encode.LowPass(f.Cutoff, encode.Hamming(f.Taps))
	case "firwin-hann":
		opt.Filter, err = encode.LowPass(f.Cutoff, encode.Hann(f.Taps))
	case "hann":
		f.Cutoff = 0 // it has none
		opt.Filter = encode.Hann(f.Taps)
	default:
		err = fmt.Errorf("unknown filter %q; there are firwin, firwin-hann and hann", f.Kind)
	}
	if err == nil && f.Threshold == 0 {
		f.Threshold, err = encode.RampThreshold(opt.Filter, opt.Multiplicative)
	}
	opt.Threshold = f.Threshold
	return opt, err
}

func encodeBSA(signal []float64, opt encode.BSAOptions) (signalCode, error) {
	code, err := encode.BSA(signal, opt)
	if err != nil {
		return signalCode{}, err
	}
	c := signalCode{spikes: code.Spikes, threshold: opt.Threshold, bsa: code}
	if !opt.Multiplicative && !opt.Absolute {
		sum := 0.0
		for _, h := range code.Filter {
			sum += h
		}
		c.threshold *= sum
	}
	return c, nil
}
