package quantize

import (
	"math"
	"testing"
)

// foldChip is a chip with room for thresholds of 1000 units of 8.
var foldChip = &Chip{ThresholdUnit: 8, ThresholdMax: 1000, BiasMantMax: 100, BiasExpMax: 3, WeightGrid: 8, ExpMax: 7, WeightUnit: 8, AccBits: 16, CurrentBits: 18}

func TestFold(t *testing.T) {
	n := &Neurons{Step: []float64{0.1, 0.05}, Sum: []float64{10, 20}, Gain: 1}
	scale, x, wraps, err := Fold(foldChip, n)
	if err != nil || wraps {
		t.Fatal(err, wraps)
	}
	for j, step := range n.Step {
		worth := 8 * math.Exp2(float64(x))
		if math.Abs(scale[j]*step-worth) > 1e-9 {
			t.Errorf("neuron %d: a step is %g, not %g", j, scale[j]*step, worth)
		}
	}
	// One more power of two would need a threshold of more than 8000.
	if s := scale[1]; s > 8000 || 2*s <= 8000 {
		t.Errorf("threshold %g: not as fine as it can be", s)
	}
}

func TestFoldLimits(t *testing.T) {
	for name, c := range map[string]struct {
		n     Neurons
		x     int
		wraps bool
		fails bool
	}{
		"sum bounds the exponent":      {Neurons{Step: []float64{1}, Sum: []float64{1 << 12}, Gain: 1}, 0, false, false},
		"sum too large":                {Neurons{Step: []float64{1}, Sum: []float64{1 << 14}, Gain: 1}, 0, true, false},
		"current bounds the exponent":  {Neurons{Step: []float64{1}, Sum: []float64{1 << 10}, Gain: 8}, 2, false, false},
		"bias bounds the exponent":     {Neurons{Step: []float64{1}, Sum: []float64{1}, Gain: 1, Bias: []float64{20}}, 2, false, false},
		"spread bounds the exponent":   {Neurons{Step: []float64{1}, Sum: []float64{1}, Gain: 1, Spread: 4}, 3, false, false},
		"threshold beyond the chip":    {Neurons{Step: []float64{1e-5}, Sum: []float64{1}, Gain: 1}, 0, false, true},
		"bias beyond the chip":         {Neurons{Step: []float64{1}, Sum: []float64{1}, Gain: 1, Bias: []float64{-101}}, 0, false, true},
		"nothing bounds the exponent":  {Neurons{Step: []float64{1}, Sum: []float64{1}, Gain: 1}, maxX, false, false},
		"a silent neuron is no matter": {Neurons{Step: []float64{1, 1}, Sum: []float64{0, 1}, Gain: 1}, maxX, false, false},
	} {
		_, x, wraps, err := Fold(foldChip, &c.n)
		if (err != nil) != c.fails || err == nil && (x != c.x || wraps != c.wraps) {
			t.Errorf("%s: exponent %d, wraps %v, error %v", name, x, wraps, err)
		}
	}
}
