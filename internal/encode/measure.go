package encode

import (
	"fmt"
	"math"
)

// Fidelity says how close reconstructions come to their signals (the measures
// of B. Petro, N. Kasabov and R. Kiss, "Selection and optimization of temporal
// spike encoding methods for spiking neural networks", IEEE TNNLS 31, 2020).
type Fidelity struct {
	samples      int
	power, noise float64
}

// Add compares one more signal with its reconstruction, which is as long.
func (f *Fidelity) Add(signal, reconstruction []float64) error {
	if len(signal) == 0 || len(signal) != len(reconstruction) {
		return fmt.Errorf("a signal of %d samples cannot be compared with one of %d", len(signal), len(reconstruction))
	}
	for t, s := range signal {
		e := s - reconstruction[t]
		f.power += s * s
		f.noise += e * e
	}
	f.samples += len(signal)
	return nil
}

// SNR is 10 log10(sum s^2 / sum (s - r)^2) in dB: +Inf if the reconstruction r
// is exact, -Inf if the signal s is zero and r is not.
func (f *Fidelity) SNR() float64 {
	if f.noise == 0 {
		return math.Inf(1)
	}
	return 10 * math.Log10(f.power/f.noise)
}

// RMSE is the root of the mean squared error, in the units of the signal.
func (f *Fidelity) RMSE() float64 { return math.Sqrt(f.noise / float64(max(1, f.samples))) }
