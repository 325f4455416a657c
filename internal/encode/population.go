package encode

import (
	"fmt"
	"math"
)

// MaxFields bounds the receptive fields of a value in Population.
const MaxFields = 4096

// PopulationOptions describe the receptive fields of Population.
type PopulationOptions struct {
	// Fields is the number of fields of a value, 3 to MaxFields.
	Fields int
	// Beta narrows the fields; the paper uses 1 to 2. 0 stands for 1.5.
	Beta float64
	// Silent is the response below which a field does not spike, in [0, 1).
	Silent float64
}

func (o *PopulationOptions) check() error {
	if o.Fields < 3 || o.Fields > MaxFields {
		return fmt.Errorf("%d receptive fields; there are 3 to %d", o.Fields, MaxFields)
	}
	if !(o.Silent >= 0 && o.Silent < 1) {
		return fmt.Errorf("a response of %v to be silent; it lies between 0 and 1", o.Silent)
	}
	if o.Beta == 0 {
		o.Beta = 1.5
	}
	return positive("beta of the receptive fields", o.Beta)
}

// Population writes each value x in [0, 1] to opt.Fields channels of dst,
// field j of value i on channel i*Fields + j (S. Bohte, J. Kok and H. La
// Poutré, "Error-backpropagation in temporally encoded networks of spiking
// neurons", Neurocomputing 48, 2002). With m fields, field j (from 1) is a
// Gaussian of centre (2j - 3) / (2 (m - 2)) and width 1 / (beta (m - 2)). Its
// response r in (0, 1] is a latency: a spike at round((1 - r) (steps - 1)),
// none if r < Silent.
func Population(dst Raster, steps int, values []float64, opt PopulationOptions) error {
	if err := opt.check(); err != nil {
		return err
	}
	if err := CheckIntensities(values); err != nil {
		return err
	}
	for i, x := range values {
		for j := range opt.Fields {
			r := opt.response(j, x)
			if r >= opt.Silent && r > 0 && steps > 0 {
				dst.Set(int(linearLatency(r, steps)), i*opt.Fields+j)
			}
		}
	}
	return nil
}

// response returns what field j, counted from 0, answers to x.
func (o *PopulationOptions) response(j int, x float64) float64 {
	inner := float64(o.Fields - 2)
	centre := (2*float64(j) - 1) / (2 * inner)
	z := (x - centre) * o.Beta * inner
	return math.Exp(-z * z / 2)
}
