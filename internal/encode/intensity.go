package encode

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// RateOptions say how Rate draws.
type RateOptions struct {
	// Rate is the expected number of spikes in a step at intensity 1.
	Rate float64
	// Poisson makes the number of spikes in a step Poisson-distributed, of
	// which a raster keeps whether there is any: p = 1 - exp(-Rate x). Without
	// it each step is one Bernoulli trial: p = Rate x, so Rate is at most 1.
	Poisson bool
	// Seed and Stream choose the random numbers; samples of a set differ in
	// Stream.
	Seed, Stream uint64
}

func (o *RateOptions) check() error {
	if err := positive("rate", o.Rate); err != nil {
		return err
	}
	if !o.Poisson && o.Rate > 1 {
		return fmt.Errorf("the rate is %v; a Bernoulli trial has at most 1 spike in a step", o.Rate)
	}
	return nil
}

// Rate writes random spikes of steps 0 to steps-1 to dst, intensity i in
// [0, 1] on channel i. Each step is an independent trial with the probability
// of RateOptions (D. Heeger, "Poisson model of spike generation", 2000). The
// draws are taken step by step, in each over all channels, from
// PCG(Seed, Stream).
func Rate(dst Raster, steps int, intensities []float64, opt RateOptions) error {
	if err := opt.check(); err != nil {
		return err
	}
	if err := CheckIntensities(intensities); err != nil {
		return err
	}
	p := make([]float64, len(intensities))
	for i, x := range intensities {
		p[i] = opt.Rate * x
		if opt.Poisson {
			p[i] = -math.Expm1(-opt.Rate * x)
		}
	}
	rng := rand.New(rand.NewPCG(opt.Seed, opt.Stream))
	for t := range steps {
		for i := range p {
			if rng.Float64() < p[i] {
				dst.Set(t, i)
			}
		}
	}
	return nil
}

// LatencyOptions choose the law of Latency. The zero value is the linear one.
type LatencyOptions struct {
	// Tau, if not 0, chooses the logarithmic law; it is in steps.
	Tau float64
	// Threshold is the intensity that never fires under the logarithmic law,
	// in (0, 1).
	Threshold float64
}

func (o *LatencyOptions) check() error {
	if o.Tau == 0 {
		return nil
	}
	if err := positive("time constant", o.Tau); err != nil {
		return err
	}
	if !(o.Threshold > 0 && o.Threshold < 1) {
		return fmt.Errorf("the threshold of the latency code is %v; it lies between 0 and 1", o.Threshold)
	}
	return nil
}

// Latency writes at most one spike a channel to dst: the stronger the
// intensity x in [0, 1], the earlier (S. Thorpe et al., "Spike-based
// strategies for rapid processing", Neural Networks 14, 2001).
//
// The linear law is t = round((1 - x) (steps - 1)), and x = 0 is silent. The
// logarithmic law is the first spike of an integrator with the time constant
// Tau under the constant input x: t = round(Tau ln(x / (x - Threshold)));
// x <= Threshold, and what comes after the last step, is silent.
func Latency(dst Raster, steps int, intensities []float64, opt LatencyOptions) error {
	if err := opt.check(); err != nil {
		return err
	}
	if err := CheckIntensities(intensities); err != nil {
		return err
	}
	for i, x := range intensities {
		t := linearLatency(x, steps)
		if opt.Tau != 0 {
			t = logLatency(x, &opt)
		}
		if x > 0 && steps > 0 && t < float64(steps) {
			dst.Set(int(t), i)
		}
	}
	return nil
}

func linearLatency(x float64, steps int) float64 { return math.Round((1 - x) * float64(steps-1)) }

// logLatency returns +Inf for silence.
func logLatency(x float64, opt *LatencyOptions) float64 {
	if x <= opt.Threshold {
		return math.Inf(1)
	}
	return math.Round(opt.Tau * math.Log(x/(x-opt.Threshold)))
}

// MaxPhases bounds the steps of a period of Phase.
const MaxPhases = 32

// Phase writes the binary digits of the intensities to dst, the most
// significant first, again in each period of phases steps: a spike in phase k
// weighs 2^-(k+1) (J. Kim et al., "Deep neural networks with weighted
// spikes", Neurocomputing 311, 2018). An intensity x in [0, 1] is rounded to
// round(x (2^phases - 1)), so that grey values of 8 bits are exact at 8.
func Phase(dst Raster, steps int, intensities []float64, phases int) error {
	if phases < 1 || phases > MaxPhases {
		return fmt.Errorf("a period of %d phases; it has 1 to %d", phases, MaxPhases)
	}
	if err := CheckIntensities(intensities); err != nil {
		return err
	}
	top := float64(uint64(1)<<phases - 1)
	for i, x := range intensities {
		digits := uint64(math.Round(x * top))
		for t := range steps {
			if digits>>(phases-1-t%phases)&1 == 1 {
				dst.Set(t, i)
			}
		}
	}
	return nil
}
