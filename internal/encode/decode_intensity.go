package encode

import "math"

// Spikes is a raster to decode.
type Spikes interface {
	Get(t, i int) bool
}

// count returns how many of the first steps channel i spikes in.
func count(s Spikes, steps, i int) int {
	n := 0
	for t := range steps {
		if s.Get(t, i) {
			n++
		}
	}
	return n
}

// first returns the first step in which channel i spikes, -1 for none.
func first(s Spikes, steps, i int) int {
	for t := range steps {
		if s.Get(t, i) {
			return t
		}
	}
	return -1
}

// DecodeRate estimates the intensities that Rate wrote from the fraction of
// steps with a spike. The maximum-likelihood estimate of a Poisson process that
// spiked in every step is infinite; half a step without is taken instead.
func DecodeRate(s Spikes, steps int, into []float64, opt RateOptions) {
	for i := range into {
		n := float64(count(s, steps, i))
		x := n / float64(steps)
		if opt.Poisson {
			x = -math.Log1p(-min(n, float64(steps)-0.5) / float64(steps))
		}
		into[i] = min(1, x/opt.Rate)
	}
}

// DecodeIF reads intensities from the code of IF: n spikes in steps stand for
// n/steps of 255 grey values.
func DecodeIF(s Spikes, steps int, into []float64) {
	for i := range into {
		into[i] = float64(count(s, steps, i)) / float64(steps)
	}
}

// DecodeLatency reads intensities from the time of the first spike; silence is
// 0.
func DecodeLatency(s Spikes, steps int, into []float64, opt LatencyOptions) {
	for i := range into {
		t := first(s, steps, i)
		switch {
		case t < 0:
			into[i] = 0
		case opt.Tau == 0:
			into[i] = latencyOf(t, steps)
		default:
			into[i] = min(1, opt.Threshold/-math.Expm1(-float64(t)/opt.Tau)) // +Inf at 0
		}
	}
}

// latencyOf inverts the linear law.
func latencyOf(t, steps int) float64 {
	if steps < 2 {
		return 1
	}
	return 1 - float64(t)/float64(steps-1)
}

// DecodePhase reads intensities from the binary digits of the first period;
// those that do not fit into steps are 0.
func DecodePhase(s Spikes, steps int, into []float64, phases int) {
	top := float64(uint64(1)<<phases - 1)
	for i := range into {
		digits := uint64(0)
		for t := range min(phases, steps) {
			if s.Get(t, i) {
				digits |= 1 << (phases - 1 - t)
			}
		}
		into[i] = float64(digits) / top
	}
}

// DecodePopulation reads values from the two fields that respond most: the
// logarithm of the ratio of two Gaussians of one width is a straight line in the
// value. With one field that responds it is its centre, with none 0.
func DecodePopulation(s Spikes, steps int, into []float64, opt PopulationOptions) error {
	if err := opt.check(); err != nil {
		return err
	}
	inner := float64(opt.Fields - 2)
	centre := func(j int) float64 { return (2*float64(j) - 1) / (2 * inner) }
	width := 1 / (opt.Beta * inner)
	for i := range into {
		best, next := -1, -1
		var r, q float64
		for j := range opt.Fields {
			t := first(s, steps, i*opt.Fields+j)
			if t < 0 {
				continue
			}
			// A response of 0 cannot be; the last step stands for half a step.
			x := max(latencyOf(t, steps), 0.5/float64(max(steps-1, 1)))
			switch {
			case best < 0 || x > r:
				next, q = best, r
				best, r = j, x
			case next < 0 || x > q:
				next, q = j, x
			}
		}
		switch {
		case best < 0:
			into[i] = 0
		case next < 0:
			into[i] = centre(best)
		default:
			a, b := centre(best), centre(next)
			into[i] = (a+b)/2 + width*width*math.Log(r/q)/(a-b)
		}
		into[i] = max(0, min(1, into[i]))
	}
	return nil
}
