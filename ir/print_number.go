package ir

import (
	"math"
	"strconv"
	"strings"
)

// formatNumber returns the shortest text that parseQuantity or parseSpecial
// reads back to the same bits.
func formatNumber(x float64) string {
	switch {
	case math.IsInf(x, 0):
		if x < 0 {
			return "-inf"
		}
		return "inf"
	case math.IsNaN(x):
		if sameBits(x, math.NaN()) {
			return "nan"
		}
		return "nan_" + strconv.FormatUint(math.Float64bits(x), 16)
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// formatQuantity is formatNumber with a unit: times always bear one, voltages
// below 0.1 V. The digits are those of the number in base units, with the
// point moved, so the decimal is the same.
func formatQuantity(x float64, unit string) string {
	if unit == "" || math.IsNaN(x) || math.IsInf(x, 0) {
		return formatNumber(x)
	}
	if unit == "V" && (x == 0 || math.Abs(x) >= 0.1) {
		return formatNumber(x)
	}
	mantissa, exp, _ := strings.Cut(strconv.FormatFloat(x, 'e', -1, 64), "e")
	e, err := strconv.Atoi(exp)
	if err != nil || x == 0 || e >= 0 || e < -12 {
		return formatNumber(x) + unit
	}
	steps := (2 - e) / 3 // of a thousand: 1 for 1e-1 to 1e-3
	return movePoint(mantissa, e+3*steps) + []string{"m", "u", "n", "p"}[steps-1] + unit
}

// movePoint returns the decimal mantissa * 10^right without an exponent, for
// a mantissa with one digit before its point and right from 0 to 2.
func movePoint(mantissa string, right int) string {
	sign := ""
	if mantissa[0] == '-' {
		sign, mantissa = "-", mantissa[1:]
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	for len(frac) < right {
		frac += "0"
	}
	whole, frac = whole+frac[:right], frac[right:]
	if frac == "" {
		return sign + whole
	}
	return sign + whole + "." + frac
}
