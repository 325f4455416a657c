package ir

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// unitPrefixes are the SI prefixes of the text form and their powers of ten.
var unitPrefixes = []struct {
	prefix string
	power  int
}{{"", 0}, {"m", -3}, {"u", -6}, {"µ", -6}, {"n", -9}, {"p", -12}, {"k", 3}, {"M", 6}}

// parseQuantity reads a number with an optional unit, such as 16ms or -0.5.
// The value is the float64 nearest to the decimal in base units. unit is "s",
// "V" or "".
func parseQuantity(text string) (x float64, unit string, err error) {
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_µ")
	if digits == text {
		x, err = parseDecimal(text, 0)
		return x, "", err
	}
	suffix := text[len(digits):]
	if suffix == "inf" && digits == "-" {
		return math.Inf(-1), "", nil
	}
	for _, u := range []string{"s", "V"} {
		for _, p := range unitPrefixes {
			if suffix == p.prefix+u {
				x, err = parseDecimal(digits, p.power)
				return x, u, err
			}
		}
	}
	return 0, "", fmt.Errorf("unknown unit %q (seconds and volts are known, as in 16ms, 100us, 20mV)", suffix)
}

// parseDecimal returns the float64 nearest to text * 10^power.
func parseDecimal(text string, power int) (float64, error) {
	mantissa, exponent := text, 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		e, err := strconv.Atoi(text[i+1:])
		if err != nil || e > 1<<20 || e < -1<<20 {
			return 0, fmt.Errorf("%q is not a number", text)
		}
		mantissa, exponent = text[:i], e
	}
	if strings.Trim(mantissa, "+-.0123456789") != "" {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	x, err := strconv.ParseFloat(mantissa+"e"+strconv.Itoa(exponent+power), 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number, or too large", text)
	}
	return x, nil
}

// parseSpecial reads the numbers that are words: inf, nan and nan_BITS for a
// NaN of other bits. They may stand in metadata only.
func parseSpecial(word string) (float64, bool) {
	switch word {
	case "inf":
		return math.Inf(1), true
	case "nan":
		return math.NaN(), true
	}
	hex, ok := strings.CutPrefix(word, "nan_")
	if !ok {
		return 0, false
	}
	b, err := strconv.ParseUint(hex, 16, 64)
	x := math.Float64frombits(b)
	return x, err == nil && math.IsNaN(x)
}
