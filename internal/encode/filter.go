package encode

import (
	"errors"
	"fmt"
	"math"
)

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

// MainLobe returns the number of taps in which the ideal response of a cutoff,
// sin(x)/x, is above 0: 2 floor(1/cutoff) + 1. BSA needs taps of one sign, for
// spikes can only add to what they decode to.
func MainLobe(cutoff float64) int { return 2*int(1/cutoff) + 1 }

// CutoffOf returns the cutoff of which n taps are the main lobe, at most 0.5.
func CutoffOf(n int) float64 { return math.Min(0.5, 2/math.Max(1, float64(n-1))) }

// silenceGrid is how finely levels are told apart.
const silenceGrid = 1024

// Silence returns the lowest level at which BSA spikes at all, as a part of the
// highest, which is a spike in every step.
func Silence(filter []float64, threshold float64, multiplicative bool) (float64, error) {
	sum := total(filter)
	for i := 1; i < silenceGrid; i++ {
		level := sum * float64(i) / silenceGrid
		with, without := 0.0, 0.0
		for _, h := range filter {
			with += math.Abs(level - h)
			without += math.Abs(level)
		}
		if !multiplicative && with <= without-threshold*sum || multiplicative && with <= threshold*without {
			return float64(i) / silenceGrid, nil
		}
	}
	return 0, fmt.Errorf("no level spikes with a threshold of %v: it is too far from the 0 to 1 that it can be", threshold)
}

// rampSteps returns how long the ramp of RampThreshold is for n taps: 32 lengths
// of the filter, fewer of very long ones.
func rampSteps(n int) int { return min(32*n, max(4*n, 1<<14)) }

// RampThreshold returns the threshold of BSA that follows a ramp from the lowest
// to the highest level best: one that is too low spikes too early, before the
// spikes so far have acted with all of their taps, and decodes to more than the
// signal; one that is too high to less. It depends on the filter alone.
func RampThreshold(filter []float64, multiplicative bool) (threshold float64, err error) {
	opt := BSAOptions{Filter: filter, Threshold: 1, Scale: AsGiven, KeepOffset: true, Multiplicative: multiplicative}
	ramp := make([]float64, rampSteps(len(filter)))
	for t := range ramp {
		ramp[t] = total(filter) * float64(t) / float64(len(ramp))
	}
	taps := float64(len(filter))
	best, least := 0.0, math.Inf(1)
	// The parts of the sum that are tried are 1 - q/taps: what a spike takes away
	// too early shrinks with the share of one tap.
	try := func(q float64) error {
		opt.Threshold = 1 - q/taps
		if multiplicative { // at half of the range, this is as large a fall of the error
			opt.Threshold = 1 - 2*(1-q/taps)/taps
		}
		if !(opt.Threshold > 0) || opt.Threshold >= 1 {
			return nil
		}
		code, err := BSA(ramp, opt)
		if err != nil {
			return err
		}
		if e := missed(ramp, code.Decode(), len(filter)); e < least {
			best, least, threshold = q, e, opt.Threshold
		}
		return nil
	}
	var errs []error
	for i := 1; i <= 16; i++ {
		errs = append(errs, try(float64(i)/2))
	}
	middle := best
	for i := -3; i <= 3; i++ {
		errs = append(errs, try(middle+float64(i)/8))
	}
	return threshold, errors.Join(errs...)
}

// missed returns the squared error without the ends, which no spikes before
// the first and after the last step complete.
func missed(signal, reconstruction []float64, ends int) float64 {
	sum := 0.0
	for t := ends; t < len(signal)-ends; t++ {
		e := signal[t] - reconstruction[t]
		sum += e * e
	}
	return sum
}
