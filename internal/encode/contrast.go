package encode

import (
	"fmt"
	"math"
)

// TBROptions choose a variant of TBR.
type TBROptions struct {
	// Factor scales the deviation in the threshold.
	Factor float64
	// Absolute takes the mean of |diff| instead of that of diff, as some
	// implementations do.
	Absolute bool
	// Early puts the spike in the step before the change, diff = s[t+1] -
	// s[t], and counts the last difference twice, as spikify 1.x does. What
	// Decode makes of it runs one step ahead of the signal.
	Early bool
}

// TBR is the threshold-based representation (T. Delbruck and P. Lichtsteiner,
// "Fast sensory motor control based on event-based hybrid
// neuromorphic-procedural system", ISCAS 2007; N. Kasabov et al., "Evolving
// spatio-temporal data machines based on the NeuCube neuromorphic framework",
// Neural Networks 78, 2016). With diff = s[t] - s[t-1] and
//
//	threshold = mean(diff) + Factor std(diff)
//
// (std is that of the population) step t spikes +1 if diff > threshold and -1
// if diff < -threshold; step 0 never does. It returns one of -1, 0 and +1 for
// each sample, and the threshold. A threshold that is not positive, unless the
// signal is constant, is an error: its spikes would have no sign.
func TBR(signal []float64, opt TBROptions) (spikes []int8, threshold float64, err error) {
	if threshold, err = ContrastThreshold(signal, opt); err != nil {
		return nil, 0, err
	}
	spikes = make([]int8, len(signal))
	for k, d := range differences(signal, opt.Early) {
		t := k + 1
		if opt.Early {
			t = k
		}
		spikes[t] = sign(d, threshold, false)
	}
	return spikes, threshold, nil
}

// differences returns s[k+1] - s[k], the last of them twice if asked to.
func differences(signal []float64, twice bool) []float64 {
	d := make([]float64, 0, len(signal))
	for t := 1; t < len(signal); t++ {
		d = append(d, signal[t]-signal[t-1])
	}
	if n := len(d); twice && n > 0 {
		d = append(d, d[n-1])
	}
	return d
}

// ContrastThreshold returns the threshold of TBR, which also is a start for
// those of SF and MW. It is 0 for a constant signal only.
func ContrastThreshold(signal []float64, opt TBROptions) (float64, error) {
	if err := checkSignal(signal); err != nil {
		return 0, err
	}
	if !(opt.Factor >= 0) || math.IsInf(opt.Factor, 0) {
		return 0, fmt.Errorf("the factor of the threshold is %v; it has to be at least 0", opt.Factor)
	}
	diffs := differences(signal, opt.Early)
	if len(diffs) == 0 {
		return 0, nil
	}
	centre, size, squares := mean(diffs), 0.0, 0.0
	for _, d := range diffs {
		size += math.Abs(d)
		squares += (d - centre) * (d - centre)
	}
	n := float64(len(diffs))
	base := centre
	if opt.Absolute {
		base = size / n
	}
	threshold := base + opt.Factor*math.Sqrt(squares/n)
	if math.IsNaN(threshold) || math.IsInf(threshold, 0) {
		return 0, fmt.Errorf("the signal is too large: its threshold is %v", threshold)
	}
	if threshold <= 0 && size > 0 {
		return 0, fmt.Errorf("the threshold, mean + %v std of the differences, is %v; choose a larger factor or the mean of the absolute differences", opt.Factor, threshold)
	}
	return threshold, nil
}

// sign compares a difference with a threshold on either side.
func sign(diff, threshold float64, inclusive bool) int8 {
	switch {
	case diff > threshold, inclusive && diff == threshold:
		return 1
	case diff < -threshold, inclusive && diff == -threshold:
		return -1
	}
	return 0
}

// StepOptions are those of SF and MW.
type StepOptions struct {
	// Threshold is in the units of the signal, above 0.
	Threshold float64
	// Inclusive lets a difference equal to the threshold spike, as NeuCube-Py
	// does for SF.
	Inclusive bool
}

func (o *StepOptions) check(signal []float64) error {
	if err := checkSignal(signal); err != nil {
		return err
	}
	return positive("threshold", o.Threshold)
}

// SF is the step-forward code (N. Kasabov et al., Neural Networks 78, 2016):
// base = s[0]; where s[t] is above base + Threshold, a spike +1 and base +=
// Threshold; where it is below base - Threshold, a spike -1 and base -=
// Threshold. It returns one of -1, 0 and +1 for each sample.
//
// While no step of the signal is larger than Threshold, Decode stays within
// Threshold of the signal.
func SF(signal []float64, opt StepOptions) ([]int8, error) {
	if err := opt.check(signal); err != nil {
		return nil, err
	}
	spikes := make([]int8, len(signal))
	base := signal[0]
	for t, s := range signal {
		switch thr := opt.Threshold; {
		case s > base+thr, opt.Inclusive && s == base+thr:
			spikes[t] = 1
			base += thr
		case s < base-thr, opt.Inclusive && s == base-thr:
			spikes[t] = -1
			base -= thr
		}
	}
	return spikes, nil
}

// MaxWindow bounds the window of MW.
const MaxWindow = 4096

// MW is the moving-window code (N. Kasabov et al., Neural Networks 78, 2016):
// base is s[0] in the first window steps and then the mean of the window
// samples before t; +1 where s[t] is above base + Threshold, -1 where it is
// below base - Threshold. It returns one of -1, 0 and +1 for each sample.
func MW(signal []float64, window int, opt StepOptions) ([]int8, error) {
	if err := opt.check(signal); err != nil {
		return nil, err
	}
	if window < 1 || window > MaxWindow {
		return nil, fmt.Errorf("a window of %d samples; it has 1 to %d", window, MaxWindow)
	}
	spikes := make([]int8, len(signal))
	for t, s := range signal {
		base := signal[0]
		if t >= window {
			base = mean(signal[t-window : t])
		}
		spikes[t] = sign(s-base, opt.Threshold, opt.Inclusive)
	}
	return spikes, nil
}

func mean(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

// Decode reconstructs a signal from the spikes of TBR, SF or MW:
// start + threshold times the sum of the spikes up to each step.
func Decode(spikes []int8, start, threshold float64) []float64 {
	signal := make([]float64, len(spikes))
	sum := 0
	for t, s := range spikes {
		sum += int(s)
		signal[t] = start + float64(sum)*threshold
	}
	return signal
}
