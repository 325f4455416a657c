package encode

import (
	"errors"
	"fmt"
	"math"
)

// ErrEmpty says that a signal has no samples.
var ErrEmpty = errors.New("the signal is empty")

// CheckIntensities wants all values in [0, 1]. The error names the first that
// is not.
func CheckIntensities(values []float64) error {
	for i, x := range values {
		if !(x >= 0 && x <= 1) {
			return fmt.Errorf("value %v at index %d is outside 0 to 1; scale the values first", x, i)
		}
	}
	return nil
}

// checkSignal wants at least one sample, and all of them finite.
func checkSignal(signal []float64) error {
	if len(signal) == 0 {
		return ErrEmpty
	}
	for t, x := range signal {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("sample %d of the signal is %v", t, x)
		}
	}
	return nil
}

// positive wants a finite number above 0.
func positive(what string, x float64) error {
	if !(x > 0) || math.IsInf(x, 0) {
		return fmt.Errorf("the %s is %v; it has to be above 0", what, x)
	}
	return nil
}
