package quantize

import (
	"fmt"
	"math"
	"strconv"
)

// Bits is the width of the weights of a projection. A width that is no whole
// number is a mean: each input has a width of its own, by what it matters
// (Allocate).
type Bits float64

// IsMean tells whether inputs have widths of their own.
func (b Bits) IsMean() bool { return b != Bits(math.Trunc(float64(b))) }

// String writes the shortest number that ParseBits reads.
func (b Bits) String() string { return strconv.FormatFloat(float64(b), 'f', -1, 64) }

// MinMean and MaxMean bound a mean width, MaxInputBits the width of an input.
const (
	MinMean      = 0.5
	MaxMean      = 7.5
	MaxInputBits = 8
)

// ParseBits reads a whole number of 1 to MaxBits bits, or a mean of MinMean to
// MaxMean with at most two decimals.
func ParseBits(s string) (Bits, error) {
	x, err := strconv.ParseFloat(s, 64)
	b := Bits(x)
	switch {
	case err != nil, b.String() != s, !(x >= MinMean && x <= MaxBits), b.IsMean() && x > MaxMean, len(s) > len("1.25"):
		return 0, fmt.Errorf("%q is not a width of 1 to %d bits, nor a mean such as 1.75", s, MaxBits)
	}
	return b, nil
}
