package tile

import "math"

// noInput is the input of a neuron that nothing reached. Weights are never
// negative zero, and no sum of other numbers is, so it tells a neuron without
// input from one whose inputs cancel: the latter counts as active.
var noInput = math.Copysign(0, -1)

// neurons is the state of all neurons, as structure of arrays.
type neurons struct{ v, u, input []float64 }

func newNeurons(n int) neurons {
	s := neurons{make([]float64, n), make([]float64, n), make([]float64, n)}
	for i := range s.input {
		s.input[i] = noInput
	}
	return s
}

// update runs one neuron. The conversions keep the compiler from fusing a
// multiplication with an addition, which rounds once instead of twice.
func (s *neurons) update(m *Model, i int, bias float64, first bool) (active, fired bool) {
	v, u, in := s.v[i], s.u[i], s.input[i]
	s.input[i] = noInput
	arrived := in != 0 || !math.Signbit(in)
	active = v != 0 || arrived || bias != 0
	if !first {
		v = float64(v * m.LeakDecay)
		u = float64(u * m.InputDecay)
	}
	v = math.Trunc(v/m.Quantum) * m.Quantum // exact, quantum is a power of two
	u += in
	v = float64(v+bias) + u
	if fired = v > m.Threshold; fired {
		if m.Reset == "hard" {
			v = m.ResetValue
		} else {
			v -= m.Threshold
		}
	}
	s.v[i], s.u[i] = v, u
	return active, fired
}

// deliver adds the weights of one row to its targets' inputs.
func (s *neurons) deliver(target []int32, weight []float64) {
	weight = weight[:len(target)]
	for k, t := range target {
		s.input[t] += weight[k]
	}
}
