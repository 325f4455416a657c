package encode

import (
	"fmt"
	"math"
)

// Fidelity says how close a reconstruction comes to a signal.
type Fidelity struct {
	// SNR is 10 log10(sum s^2 / sum (s - r)^2) in dB: +Inf if the
	// reconstruction r is exact, -Inf if the signal s is zero and r is not.
	SNR float64
	// RMSE is the root of the mean squared error, in the units of the signal.
	RMSE float64
}

// Measure compares a signal with its reconstruction, which is as long (the
// measures of B. Petro, N. Kasabov and R. Kiss, "Selection and optimization of
// temporal spike encoding methods for spiking neural networks", IEEE TNNLS 31,
// 2020).
func Measure(signal, reconstruction []float64) (Fidelity, error) {
	if len(signal) == 0 || len(signal) != len(reconstruction) {
		return Fidelity{}, fmt.Errorf("a signal of %d samples cannot be compared with one of %d", len(signal), len(reconstruction))
	}
	var power, noise float64
	for t, s := range signal {
		e := s - reconstruction[t]
		power += s * s
		noise += e * e
	}
	f := Fidelity{SNR: math.Inf(1), RMSE: math.Sqrt(noise / float64(len(signal)))}
	if noise > 0 {
		f.SNR = 10 * math.Log10(power/noise)
	}
	return f, nil
}
