package runner

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// timeUnits are the units that a time may carry, longest first.
var timeUnits = []struct {
	suffix string
	power  int // of ten
}{{"ms", -3}, {"us", -6}, {"µs", -6}, {"ns", -9}, {"s", 0}}

// ParseTime reads a positive time in seconds: 1ms, 100us, 1e-3 or 0.001s. The
// value is the float64 nearest to the decimal, so that 1ms equals 1e-3.
func ParseTime(s string) (float64, error) {
	digits, power := s, 0
	for _, u := range timeUnits {
		if d, ok := strings.CutSuffix(s, u.suffix); ok {
			digits, power = strings.TrimSpace(d), u.power
			break
		}
	}
	mantissa, exp, scientific := strings.Cut(strings.ToLower(digits), "e")
	if scientific {
		e, err := strconv.Atoi(exp)
		if err != nil || e < -400 || e > 400 {
			return 0, badTime(s)
		}
		power += e
	}
	x, err := strconv.ParseFloat(mantissa+"e"+strconv.Itoa(power), 64)
	if err != nil || !(x > 0) || math.IsInf(x, 0) || strings.ContainsAny(mantissa, "xXpP_") {
		return 0, badTime(s)
	}
	return x, nil
}

func badTime(s string) error {
	return fmt.Errorf("%q is not a positive time (such as 1ms, 100us or 1e-3)", s)
}
