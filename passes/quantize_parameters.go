package passes

import (
	"math"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/quantize"
)

// parameterErrors collects what rounding did to a parameter of a population.
type parameterErrors struct {
	name     string
	values   map[int32]bool
	n        int
	sum, max float64
}

// add notes that want became got, the integer k; errors count in units.
func (e *parameterErrors) add(k int32, got, want, unit float64) {
	if e.values == nil {
		e.values = map[int32]bool{}
	}
	e.values[k] = true
	e.n++
	if x := math.Abs(got - want); x > 0 {
		x /= math.Abs(unit)
		e.sum += x
		e.max = max(e.max, x)
	}
}

// parameter reports the errors of a parameter.
func (q *populationQuantizer) parameter(e *parameterErrors) {
	q.s.Report.Parameters = append(q.s.Report.Parameters, ParameterReport{
		Population: q.node.Name, Name: e.name, Values: len(e.values),
		MeanError: e.sum / float64(max(1, e.n)), MaxError: e.max,
	})
}

// sharedDecays returns what a step leaves of the potentials and of the
// currents, with as few different pairs as the options allow: neurons with
// nearly the same time constants get the same (k-means over the logarithms of
// what a step takes, so that errors count in parts of a time constant).
func (q *populationQuantizer) sharedDecays() (am, as ir.Tensor, err error) {
	am, as = q.coeff.AM, q.coeff.AS
	k := q.s.Opt.DecayProfiles
	size := q.node.Out.Size()
	if k < 1 || k >= size || am.IsUniform() && (!q.current || as.IsUniform()) {
		return am, as, nil
	}
	const least = 1e-9 // a potential that never decays has a time constant, too
	points := make([][2]float64, size)
	for j := range points {
		points[j][0] = math.Log(max(least, 1-am.At(j)))
		if q.current {
			points[j][1] = math.Log(max(least, 1-as.At(j)))
		}
	}
	centres, of, err := quantize.Cluster(points, k)
	if err != nil {
		return am, as, err
	}
	left := func(axis int) ir.Tensor {
		a := make([]float64, size)
		for j := range a {
			a[j] = 1 - math.Exp(centres[of[j]][axis])
		}
		return ir.Floats(q.node.Out, a)
	}
	if am = left(0); q.current {
		as = left(1)
	}
	return am, as, nil
}
