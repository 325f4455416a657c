// Package chance draws random numbers that belong to places: the number of
// spike j in step t of sample k under a seed is the same whoever asks first, so
// that what is drawn depends neither on threads nor on how work is divided.
//
// A place is a chain of numbers, hashed with the finaliser of SplitMix64
// (Steele, Lea and Flood, OOPSLA 2014), whose output passes the usual tests for
// counters as input.
package chance

import "math"

// Place is where a number is drawn.
type Place uint64

// New returns the place of a seed and a name.
func New(seed uint64, name string) Place {
	h := uint64(14695981039346656037) // FNV-1a
	for _, b := range []byte(name) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return Place(mix(seed + golden)).At(h)
}

// golden is 2^64 over the golden ratio.
const golden = 0x9e3779b97f4a7c15

func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// At returns place k within p.
func (p Place) At(k uint64) Place { return Place(mix(uint64(p) + (k+1)*golden)) }

// Float returns a number of 0 to 1, 1 excluded.
func (p Place) Float() float64 { return float64(mix(uint64(p)^golden)>>11) * 0x1p-53 }

// Normal returns a number of the standard normal distribution (Box and Muller
// 1958), rounded to multiples of 2^-20, so that a last digit of a machine's
// logarithm does not matter.
func (p Place) Normal() float64 {
	r := math.Sqrt(-2 * math.Log(1-p.At(0).Float()))
	return math.RoundToEven(r*math.Cos(2*math.Pi*p.At(1).Float())*0x1p20) * 0x1p-20
}
