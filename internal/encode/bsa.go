package encode

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// MaxTaps bounds the filter of BSA.
const MaxTaps = 4096

// BSAOptions choose a variant of BSA.
type BSAOptions struct {
	// Filter is the impulse response of the decoder, 1 to MaxTaps taps with a
	// sum above 0. Scale makes it as large as the signal.
	Filter []float64
	Scale  BSAScale
	// Threshold is what the error has to fall by, as a part of the sum of the
	// taps as they are used, or with Absolute in the units of the signal; with
	// Multiplicative, it is the factor on the error without a spike.
	// RampThreshold finds one.
	Threshold      float64
	Absolute       bool
	Multiplicative bool
	// KeepOffset shifts the signal only if it has negative samples, so that 0
	// stays silence. Without it the smallest sample becomes the lowest level
	// that is not silent.
	KeepOffset bool
}

// BSAScale says how large the filter becomes.
type BSAScale uint8

const (
	// FitRange makes a spike in every step decode to the largest sample: the
	// code has a level for every sample, and none that is never used.
	FitRange BSAScale = iota
	// AsGiven keeps the filter, for signals from 0 to the sum of its taps.
	AsGiven
	// TwiceMax makes the sum of the taps twice the largest sample, if that is
	// above 1, as spikify 1.x does.
	TwiceMax
)

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
	if sum := total(o.Filter); !(sum > 0) || math.IsInf(sum, 0) {
		return fmt.Errorf("the taps of the filter add up to %v, which has to be above 0", sum)
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
// deconvolution. With the filter h of F taps and the signal s shifted above 0,
// for t = 0 to len(s)-F in turn:
//
//	e1 = sum over k of |s[t+k] - h[k]|    the error with a spike
//	e2 = sum over k of |s[t+k]|           the error without
//
// there is a spike if e1 <= e2 - Threshold sum(h) (or, as some implementations
// have it, if e1 <= Threshold e2 with Multiplicative), and then h is subtracted
// from s[t..]. It was published for signals of 0 to 1.
func BSA(signal []float64, opt BSAOptions) (*BSACode, error) {
	if err := opt.check(signal); err != nil {
		return nil, err
	}
	c := &BSACode{Spikes: make([]int8, len(signal)), Filter: slices.Clone(opt.Filter)}
	if err := c.fit(signal, &opt); err != nil {
		return nil, err
	}
	rest := slices.Clone(signal)
	for t := range rest {
		rest[t] -= c.Shift
	}
	fall := opt.Threshold
	if !opt.Absolute {
		fall *= total(c.Filter)
	}
	for t := 0; t+len(c.Filter) <= len(rest); t++ {
		segment := rest[t : t+len(c.Filter)]
		with, without := c.errors(segment)
		bound := without - fall
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

// fit chooses the shift and scales the filter.
func (c *BSACode) fit(signal []float64, opt *BSAOptions) error {
	c.Shift = slices.Min(signal)
	if opt.KeepOffset {
		c.Shift = min(c.Shift, 0)
	}
	top := slices.Max(signal) - c.Shift
	if math.IsInf(top, 0) {
		return fmt.Errorf("the signal is too large: it spans %v", top)
	}
	switch {
	case opt.Scale == AsGiven, top == 0, opt.Scale == TwiceMax && top <= 1:
	case opt.Scale == TwiceMax:
		return c.scale(2 * top)
	case opt.KeepOffset:
		return c.scale(top)
	default:
		if opt.Absolute {
			return errors.New("a threshold in the units of the signal needs a filter that does not depend on it")
		}
		silence, err := Silence(opt.Filter, opt.Threshold, opt.Multiplicative)
		if err != nil {
			return err
		}
		sum := top / (1 - silence)
		c.Shift -= silence * sum
		return c.scale(sum)
	}
	return nil
}

// scale gives the taps another sum.
func (c *BSACode) scale(to float64) error {
	f := to / total(c.Filter)
	for k := range c.Filter {
		c.Filter[k] *= f
		if math.IsInf(c.Filter[k], 0) {
			return fmt.Errorf("the taps of the filter cannot be scaled to a sum of %v", to)
		}
	}
	return nil
}

func total(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum
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
