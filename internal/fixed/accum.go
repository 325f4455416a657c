// Package fixed is the fixed-point arithmetic of sPyNNaker's neuron code on
// SpiNNaker 1, bit by bit: the numbers s16.15 and u0.32, the exponentials that
// its constants are made with, and the leaky integrate-and-fire neuron itself
// (specs/spinnaker1.md 2.7). ir/eval and the emulator both compute with it.
//
// An s16.15 is an int32 in units of 2^-15, a u0.32 a uint32 in units of 2^-32.
// Everything wraps modulo 2^32, nothing saturates, and products and quotients
// are cut and not rounded, as on the chip.
package fixed

import "math"

// One is 1.0 in s16.15.
const One = 1 << 15

// Mul returns a*b of s16.15, rounded down.
func Mul(a, b int32) int32 { return int32(int64(a) * int64(b) >> 15) }

// Div returns a/b of s16.15, cut, for positive numbers. As on the chip, the
// operands are taken as unsigned numbers of 64 bits, and a division by 0 is 0.
func Div(a, b int32) int32 { return int32(udiv(uint64(int64(a))<<15, uint64(int64(b)))) }

// DivInt returns a/n of an s16.15 and an integer, cut, for positive numbers.
func DivInt(a, n int32) int32 { return int32(udiv(uint64(int64(a)), uint64(int64(n)))) }

func udiv(a, b uint64) uint64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// Decay returns x*d of an s16.15 and a u0.32, rounded down.
func Decay(x int32, d uint32) int32 { return int32(int64(x) * int64(d) >> 32) }

// FromFloat returns x as the host converts it: to the nearest s16.15, halves to
// even. ok is false if x is outside the range of the type or not a number.
func FromFloat(x float64) (a int32, ok bool) {
	r := math.RoundToEven(x * One)
	if !(r >= math.MinInt32 && r <= math.MaxInt32) {
		return 0, false
	}
	return int32(r), true
}

// Float returns the value of an s16.15.
func Float(a int32) float64 { return float64(a) / One }
