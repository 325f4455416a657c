package npy

import "math"

// fromHalf converts an IEEE 754 binary16 value.
func fromHalf(h uint16) float64 {
	exp, frac := int(h>>10&31), float64(h&1023)
	var v float64
	switch exp {
	case 0:
		v = math.Ldexp(frac, -24)
	case 31:
		v = math.Inf(1)
		if frac != 0 {
			v = math.NaN()
		}
	default:
		v = math.Ldexp(1024+frac, exp-25)
	}
	if h>>15 == 1 {
		return math.Copysign(v, -1)
	}
	return v
}

// toHalf converts to IEEE 754 binary16, to nearest, ties to even.
func toHalf(v float64) uint16 {
	var sign uint16
	if math.Signbit(v) {
		sign = 1 << 15
	}
	a := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return sign | 0x7e00
	case a >= 65520: // half way between the largest finite value and 2^16
		return sign | 0x7c00
	case a < math.Ldexp(1, -14):
		// Subnormal; rounding up to 2^-14 carries into the exponent.
		return sign | uint16(math.RoundToEven(math.Ldexp(a, 24)))
	}
	frac, exp := math.Frexp(a) // a = frac 2^exp, frac in [0.5, 1)
	// The leading one of the 11-bit mantissa adds one to the exponent field,
	// and so does the carry of a mantissa that rounds up to 2048.
	mantissa := uint16(math.RoundToEven(math.Ldexp(frac, 11)))
	return sign | (uint16(exp+13)<<10 + mantissa)
}
