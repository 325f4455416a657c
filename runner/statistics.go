package runner

import (
	"math"
	"slices"
)

// Interval is a confidence interval in percent.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// z95 is the 97.5 % quantile of the normal distribution.
const z95 = 1.959963984540054

// Wilson returns the 95 % score interval of a proportion (Wilson 1927), which
// stays within 0 and 100 % and is not empty where every sample was right.
// Without samples it is all of 0 to 100.
func Wilson(correct, total int) Interval {
	if total < 1 {
		return Interval{0, 100}
	}
	n, p := float64(total), float64(correct)/float64(total)
	centre := p + z95*z95/(2*n)
	half := z95 * math.Sqrt(p*(1-p)/n+z95*z95/(4*n*n))
	scale := 100 / (1 + z95*z95/n)
	return Interval{max(0, scale*(centre-half)), min(100, scale*(centre+half))}
}

// z95Once is the 95 % quantile of the normal distribution.
const z95Once = 1.6448536269514722

// LossBound returns the loss of accuracy in percent of a second classifier on
// the same samples, and the most it may be with a confidence of 95 %: broken
// counts the samples that the first alone has right, repaired those that the
// second alone has right. Half of z squared is added to both counts, as in
// Wilson's interval, so that few samples without a difference do not prove that
// there is none. Without samples nothing is known.
func LossBound(broken, repaired, total int) (loss, bound float64) {
	return lossBound(float64(broken-repaired), float64(broken+repaired), total)
}

// lossBound is LossBound for samples of which there are several versions each:
// sum and squares are over the samples, of the mean over the versions of 1 for
// a broken and -1 for a repaired one. Versions of a sample are not independent,
// so each sample counts once.
func lossBound(sum, squares float64, total int) (loss, bound float64) {
	if total < 1 {
		return 0, 100
	}
	const more = z95Once * z95Once
	n := float64(total) + more
	d := sum / n
	variance := max(0, (squares+more)/n-d*d)
	return 100 * sum / float64(total), min(100, 100*(d+z95Once*math.Sqrt(variance/n)))
}

// RateShift returns the earth mover's distance between the distributions of
// the firing rates of two populations of equal size, in spikes a step: a and b
// hold the spikes of each neuron over the same number of steps. Rates on a line
// are moved with the least effort if they keep their order, whichever neurons
// they belong to. ok is false if the sizes differ or there is nothing.
func RateShift(a, b []int64, steps int64) (shift float64, ok bool) {
	if len(a) != len(b) || len(a) == 0 || steps < 1 {
		return 0, false
	}
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	moved := int64(0)
	for i := range a {
		moved += max(a[i]-b[i], b[i]-a[i])
	}
	return float64(moved) / (float64(len(a)) * float64(steps)), true
}
