package fixed

import "math"

// The exponential e^x for an s16.15 x is a product of three factors, each a
// 32.32 number: a power of e, a table of e^(-i/16), and a series.
var (
	// powers[13+k] is e^k, k = -13..12.
	powers = [26]uint64{
		9708, 26389, 71733, 194991, 530041, 1440801, 3916503, 10646160, 28939262,
		78665070, 213833830, 581260615, 1580030169, 4294967296, 11674931555,
		31735754293, 86266724208, 234497268814, 637429664642, 1732713474316,
		4710003551159, 12803117065094, 34802480465680, 94602950235157,
		257157480542844, 699026506411923,
	}
	// sixteenths[i] is 1 - e^(-i/16).
	sixteenths = [16]uint64{
		0, 260218914, 504671961, 734314346, 950043403, 1152702096, 1343082321,
		1521927990, 1689937949, 1847768698, 1996036966, 2135322113, 2266168400,
		2389087112, 2504558555, 2613033936,
	}
)

// The range of arguments whose exponential is an s16.15 that is not 0.
const (
	expMax = 363408
	expMin = -340695
)

// Exp returns e^x of an s16.15 as an s16.15, saturated at the largest.
func Exp(x int32) int32 {
	switch {
	case x > expMax:
		return math.MaxInt32
	case x < expMin:
		return 0
	}
	return int32(exp64(x) >> 17)
}

// ExpDecay returns e^x of a negative s16.15 as a u0.32. As on the chip, the
// integer part is lost: that of 0 is 0.
func ExpDecay(x int32) uint32 {
	switch {
	case x > expMax:
		return math.MaxInt32
	case x < expMin:
		return 0
	}
	return uint32(exp64(x))
}

// exp64 returns e^x as a 32.32 number for x in expMin..expMax.
func exp64(x int32) uint64 {
	k, f := x>>15, uint64(x&(One-1))
	if f == 0 {
		return powers[13+k]
	}
	f = One - f // x = k + 1 - f
	t := powers[14+k]
	t -= scale(t, sixteenths[f>>11])
	return t - scale(t, series(f&0x7ff<<17))
}

// series returns 1 - e^(-x) for a u0.32 x below 1/16.
func series(x uint64) uint64 {
	t := uint64(uint32(4293434720 - high(2081624032*x)))
	return uint64(uint32(5294 + high(t*x)))
}

// scale returns x*y of a 32.32 number and a u0.32, rounded by round.
func scale(x, y uint64) uint64 { return round(uint64(uint32(x))*y) + high(x)*y }

// round cuts the lower half of x off. It rounds up from one below a half on,
// as the chip's library does.
func round(x uint64) uint64 {
	if uint32(x) >= math.MaxInt32 {
		return high(x) + 1
	}
	return high(x)
}

func high(x uint64) uint64 { return x >> 32 }
