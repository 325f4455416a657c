package passes

import (
	"math"
	"math/bits"
	"slices"

	"github.com/synfire/synfire/quantize"
)

// allocate finds the width of each input. Those of a projection whose width is
// a mean have widths of their own, by what they matter; projections of one mean
// share its bits.
func (p *calibrated) allocate(w []float64, m *quantize.Moments, widths []int) error {
	p.width = make([]int, p.n)
	var importance []float64
	for i := range p.parts {
		part := &p.parts[i]
		inputs := p.inputsOf(part.bits)
		if !part.bits.IsMean() {
			for _, k := range inputs {
				p.width[k] = int(part.bits)
			}
			continue
		}
		if importance == nil {
			q := quantize.Problem{Rows: p.rows, N: p.n, W: w, H: m.H, Damp: quantize.DefaultDamp, Grid: make([]quantize.Grid, p.n)}
			var err error
			if importance, err = q.Importance(); err != nil {
				return err
			}
		}
		among := make([]float64, len(inputs))
		for at, k := range inputs {
			among[at] = importance[k]
		}
		found, err := quantize.Allocate(among, float64(part.bits), widths)
		if err != nil {
			return err
		}
		for at, k := range inputs {
			p.width[k] = found[at]
		}
	}
	return nil
}

// inputsOf returns the inputs of all projections with a width.
func (p *calibrated) inputsOf(bits quantize.Bits) []int {
	var out []int
	for i := range p.parts {
		if part := &p.parts[i]; part.bits == bits {
			for k := range part.size {
				out = append(out, part.first+k)
			}
		}
	}
	return out
}

// maxMultiple bounds how far the steps of a population's inputs differ: a
// factor of 2^6.
const maxMultiple = 6

// multiplesByProjection gives projections with larger weights larger steps, and
// inputs of fewer bits.
func (p *calibrated) multiplesByProjection(w []float64) []float64 {
	mean := p.byInput()
	exps := make([]float64, p.n)
	for i := range p.parts {
		part := &p.parts[i]
		inputs := p.inputsOfPart(part)
		for _, k := range inputs {
			if mean {
				exps[k] = math.Log2(p.usualStep(k) * p.rms(w, inputs))
			} else {
				exps[k] = math.Log2(p.largest(w, inputs) / float64(quantize.KMax(p.width[k])))
			}
		}
	}
	return p.multiples(exps)
}

// multiplesByInput gives inputs with larger weights larger steps, too.
func (p *calibrated) multiplesByInput(w []float64) []float64 {
	exps := make([]float64, p.n)
	for k := range exps {
		exps[k] = math.Log2(p.usualStep(k) * p.rms(w, []int{k}))
	}
	return p.multiples(exps)
}

// maxFiner bounds the inputs for which finer makes a further problem.
const maxFiner = 1 << 12

// finer returns the multiples of inputs that have steps of their own, nil if
// they may not: inputs of one width have one step in each neuron, as on chips.
func (p *calibrated) finer(w, mult []float64) []float64 {
	if !p.byInput() || p.n > maxFiner {
		return nil
	}
	if fine := p.multiplesByInput(w); !slices.Equal(fine, mult) {
		return fine
	}
	return nil
}

// byInput tells whether some inputs have widths of their own.
func (p *calibrated) byInput() bool {
	return slices.ContainsFunc(p.parts, func(x calibratedPart) bool { return x.bits.IsMean() })
}

// usualStep returns the best step of normal weights of variance 1 with the
// width of input k.
func (p *calibrated) usualStep(k int) float64 {
	b := min(p.width[k], quantize.MaxInputBits)
	return math.Ldexp(quantize.GaussOf(b).Step, b-p.width[k])
}

func (p *calibrated) inputsOfPart(part *calibratedPart) []int {
	out := make([]int, part.size)
	for k := range out {
		out[k] = part.first + k
	}
	return out
}

// rms returns the root of the mean square of the weights of some inputs.
func (p *calibrated) rms(w []float64, inputs []int) float64 {
	sum := 0.0
	for j := range p.rows {
		for _, k := range inputs {
			x := w[j*p.n+k]
			sum += float64(x * x)
		}
	}
	return math.Sqrt(sum / float64(p.rows*len(inputs)))
}

func (p *calibrated) largest(w []float64, inputs []int) float64 {
	most := 0.0
	for j := range p.rows {
		for _, k := range inputs {
			most = max(most, math.Abs(w[j*p.n+k]))
		}
	}
	return most
}

// multiples rounds exponents of steps and counts them from the lowest. An
// infinite one is of weights that are 0.
func (p *calibrated) multiples(exps []float64) []float64 {
	lowest := math.Inf(1)
	for k, e := range exps {
		if exps[k] = math.Round(e); !math.IsInf(e, 0) && p.width[k] > 0 {
			lowest = min(lowest, exps[k])
		}
	}
	mult := make([]float64, p.n)
	for k, e := range exps {
		mult[k] = 1
		if !math.IsInf(e, 0) && !math.IsInf(lowest, 0) {
			mult[k] = math.Exp2(max(0, min(e-lowest, maxMultiple)))
		}
	}
	return mult
}

// reportInputs says which widths the inputs of a projection have, if they
// differ, and what it takes to tell how each is stored.
func (p *calibrated) reportInputs(part *calibratedPart, r *ProjectionReport) {
	type kind struct {
		width int
		mult  float64
	}
	kinds := map[kind]bool{}
	var counts [quantize.MaxBits + 1]int64
	for _, k := range p.inputsOfPart(part) {
		x := kind{p.width[k], p.mult[k]}
		if x.width == 0 {
			x.mult = 0 // there is nothing to store
		}
		kinds[x] = true
		counts[x.width]++
	}
	r.Overhead = int64(bits.Len(uint(len(kinds)-1))) * int64(part.size)
	if !part.bits.IsMean() {
		return
	}
	r.Widths = slices.Clone(p.width[part.first : part.first+part.size])
	for b, n := range counts {
		if n > 0 {
			r.Inputs = append(r.Inputs, InputWidth{b, n})
		}
	}
}
