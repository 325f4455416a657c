package encode

import (
	"fmt"
	"math"
	"slices"
)

// MaxTaps bounds the filter of BSA.
const MaxTaps = 4096

// BSAOptions choose a variant of BSA.
type BSAOptions struct {
	// Filter is the impulse response of the decoder, 1 to MaxTaps taps.
	Filter []float64
	// Threshold is subtracted from the error without a spike, in the units of
	// the signal; or, with Multiplicative, the factor on it.
	Threshold      float64
	Multiplicative bool
	// KeepOffset shifts the signal only if it has negative samples. Without it
	// the smallest sample always becomes 0.
	KeepOffset bool
	// Unscaled keeps the filter for signals above 1, which else is scaled so
	// that its sum is twice the largest sample.
	Unscaled bool
}

func (o *BSAOptions) check(signal []float64) error {
	if err := checkSignal(signal); err != nil {
		return err
	}
	if n := len(o.Filter); n < 1 || n > MaxTaps || n > len(signal) {
		return fmt.Errorf("a filter of %d taps for a signal of %d samples; it has 1 to %d, and no more than the signal", n, len(signal), MaxTaps)
	}
	for k, h := range o.Filter {
		if math.IsNaN(h) || math.IsInf(h, 0) {
			return fmt.Errorf("tap %d of the filter is %v", k, h)
		}
	}
	return positive("threshold", o.Threshold)
}

// BSACode is a signal as spikes, with what decodes them.
type BSACode struct {
	Spikes []int8    // 0 or 1 for each sample
	Filter []float64 // as it was used, scaled or not
	Shift  float64   // what was subtracted from the signal
}

// BSA is Ben's spiker algorithm (B. Schrauwen and J. Van Campenhout, "BSA, a
// fast and accurate spike train encoding scheme", IJCNN 2003), a greedy
// deconvolution. With the filter h of F taps and the signal s shifted to start
// at 0, for t = 0 to len(s)-F in turn:
//
//	e1 = sum over k of |s[t+k] - h[k]|    the error with a spike
//	e2 = sum over k of |s[t+k]|           the error without
//
// there is a spike if e1 <= e2 - Threshold (or, as in the paper, if e1 <=
// Threshold e2 with Multiplicative), and then h is subtracted from s[t..].
func BSA(signal []float64, opt BSAOptions) (*BSACode, error) {
	if err := opt.check(signal); err != nil {
		return nil, err
	}
	c := &BSACode{Spikes: make([]int8, len(signal)), Filter: slices.Clone(opt.Filter), Shift: slices.Min(signal)}
	if opt.KeepOffset && c.Shift > 0 {
		c.Shift = 0
	}
	rest := slices.Clone(signal)
	for t := range rest {
		rest[t] -= c.Shift
	}
	if top := slices.Max(rest); top > 1 && !opt.Unscaled {
		if err := c.scale(2 * top); err != nil {
			return nil, err
		}
	}
	for t := 0; t+len(c.Filter) <= len(rest); t++ {
		segment := rest[t : t+len(c.Filter)]
		with, without := c.errors(segment)
		bound := without - opt.Threshold
		if opt.Multiplicative {
			bound = without * opt.Threshold
		}
		if with > bound {
			continue
		}
		c.Spikes[t] = 1
		for k, h := range c.Filter {
			segment[k] -= h
		}
	}
	return c, nil
}

// scale gives the taps another sum.
func (c *BSACode) scale(to float64) error {
	sum := 0.0
	for _, h := range c.Filter {
		sum += h
	}
	f := to / sum
	if !(f > 0) || math.IsInf(f, 0) {
		return fmt.Errorf("the taps of the filter add up to %v, which cannot be scaled to %v", sum, to)
	}
	for k := range c.Filter {
		c.Filter[k] *= f
	}
	return nil
}

func (c *BSACode) errors(segment []float64) (with, without float64) {
	for k, h := range c.Filter {
		with += math.Abs(segment[k] - h)
		without += math.Abs(segment[k])
	}
	return with, without
}

// Decode convolves the spikes with the filter and adds the shift.
func (c *BSACode) Decode() []float64 {
	signal := make([]float64, len(c.Spikes))
	for t := range signal {
		signal[t] = c.Shift
	}
	for t, s := range c.Spikes {
		if s == 0 {
			continue
		}
		for k := 0; k < len(c.Filter) && t+k < len(signal); k++ {
			signal[t+k] += c.Filter[k]
		}
	}
	return signal
}

// Hann returns the symmetric Hann window of n taps,
// 0.5 - 0.5 cos(2 pi k / (n - 1)).
func Hann(n int) []float64 { return cosineWindow(n, 0.5) }

// Hamming returns the symmetric Hamming window of n taps,
// 0.54 - 0.46 cos(2 pi k / (n - 1)).
func Hamming(n int) []float64 { return cosineWindow(n, 0.54) }

func cosineWindow(n int, a float64) []float64 {
	w := make([]float64, n)
	for k := range w {
		w[k] = 1
		if n > 1 {
			w[k] = a - (1-a)*math.Cos(2*math.Pi*float64(k)/float64(n-1))
		}
	}
	return w
}

// LowPass designs a low-pass filter by the window method (A. Oppenheim and R.
// Schafer, "Discrete-Time Signal Processing", section 7.5): the ideal impulse
// response of the cutoff, a fraction of the Nyquist frequency in (0, 1), times
// the window, scaled to a sum of 1. With a Hamming window it is SciPy's
// firwin(n, cutoff).
func LowPass(cutoff float64, window []float64) ([]float64, error) {
	if !(cutoff > 0 && cutoff < 1) {
		return nil, fmt.Errorf("the cutoff is %v; it is a fraction of the Nyquist frequency between 0 and 1", cutoff)
	}
	h := make([]float64, len(window))
	sum := 0.0
	for k := range h {
		x := float64(k) - float64(len(h)-1)/2
		h[k] = window[k] * cutoff * sinc(cutoff*x)
		sum += h[k]
	}
	if !(math.Abs(sum) > 1e-12) { // a Hann window of 2 taps is all zero
		return nil, fmt.Errorf("a filter of %d taps passes nothing; take more taps", len(window))
	}
	for k := range h {
		h[k] /= sum
	}
	return h, nil
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}
