package quantize

import (
	"fmt"
	"math"
)

// MaxBits is the widest weight that the calibrated search takes.
const MaxBits = 16

// Grid is the set of levels of a weight, in steps: the whole numbers of
// magnitude up to Max, or -1 and +1 alone if Binary.
type Grid struct {
	Max    float64
	Binary bool
}

// GridOf returns the levels of signed weights of 0 to MaxBits bits: symmetric,
// so 2 bits are ternary; 1 bit is {-1, +1}, and 0 bits are 0 alone.
func GridOf(bits int) (Grid, error) {
	if bits == 0 {
		return Grid{}, nil
	}
	if bits < 0 || bits > MaxBits {
		return Grid{}, fmt.Errorf("weights of %d bits: 1 to %d can be searched", bits, MaxBits)
	}
	return Grid{Max: float64(KMax(bits)), Binary: bits == 1}, nil
}

// Round returns the level nearest to x, half to even.
func (g Grid) Round(x float64) float64 {
	if g.Binary {
		if x < 0 {
			return -1
		}
		return 1
	}
	return max(-g.Max, min(g.Max, math.RoundToEven(x)))
}

// RoundStochastic returns one of the two levels around x, the upper one with
// the probability of x's distance from the lower one; u is uniform in [0, 1).
// The expected result is x wherever the grid reaches.
func (g Grid) RoundStochastic(x, u float64) float64 {
	if g.Binary {
		if u < (x+1)/2 {
			return 1
		}
		return -1
	}
	return max(-g.Max, min(g.Max, math.Floor(x+u)))
}
