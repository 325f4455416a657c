package runner

import (
	"fmt"
	"math"
	"strings"

	"github.com/synfire/synfire/internal/term"
)

// Robustness is what a disturbance of one kind and level changes, over seeds.
type Robustness struct {
	Kind  string  `json:"kind"`
	Level float64 `json:"level"`
	Seeds int     `json:"seeds"`
	// Accuracy is in percent; nil without labels. Loss is by how many points
	// its mean is below that without the disturbance.
	Accuracy *SeedSpread `json:"accuracy,omitempty"`
	Loss     *float64    `json:"loss,omitempty"`
	// Agree is the percentage of samples of the same class as without the
	// disturbance, Spikes those of all populations a sample.
	Agree  SeedSpread `json:"agree"`
	Spikes SeedSpread `json:"spikes"`
}

// SeedSpread sums up the values of seeds. Std is the deviation of a sample: with
// n-1, 0 of a single one.
type SeedSpread struct {
	Mean   float64   `json:"mean"`
	Std    float64   `json:"std"`
	Min    float64   `json:"min"`
	Max    float64   `json:"max"`
	Values []float64 `json:"values"` // by seed
}

func (s *SeedSpread) add(x float64) {
	s.Values = append(s.Values, x)
	s.Min, s.Max = x, x
	total := 0.0
	for _, v := range s.Values {
		s.Min, s.Max = min(s.Min, v), max(s.Max, v)
		total += v
	}
	n := float64(len(s.Values))
	s.Mean, s.Std = total/n, 0
	if n < 2 {
		return
	}
	squares := 0.0
	for _, v := range s.Values {
		d := v - s.Mean
		squares += float64(d * d)
	}
	s.Std = math.Sqrt(squares / (n - 1))
}

// disturb adds a disturbed cell to its row.
func (r *EvalRow) disturb(x *CellResult, steps int) {
	d := x.Disturbance
	n := len(r.Robustness)
	if n == 0 || r.Robustness[n-1].Kind != d.Kind || r.Robustness[n-1].Level != d.Level {
		r.Robustness = append(r.Robustness, Robustness{Kind: d.Kind, Level: d.Level})
		n++
	}
	b, samples := &r.Robustness[n-1], float64(x.To-x.From)
	b.Seeds++
	b.Agree.add(100 * float64(x.agree(r.cell)) / samples)
	b.Spikes.add(float64(x.spikes()) / samples)
	if a := x.accuracy(); a != nil {
		if b.Accuracy == nil {
			b.Accuracy = &SeedSpread{}
		}
		b.Accuracy.add(a.Percent)
		if r.Accuracy != nil {
			loss := r.Accuracy.Percent - b.Accuracy.Mean
			b.Loss = &loss
		}
	}
}

// robustness tabulates the disturbances, if there are any.
func (r *EvalReport) robustness(b *strings.Builder) {
	t := term.Table{Right: []bool{false, true, false, true, true, true, true, true, true, true, true}}
	t.Add("target", "bits", "disturbance", "level", "seeds", "accuracy", "std", "min", "max", "loss", "same class", "spikes/sample")
	any := false
	for i := range r.Rows {
		x := &r.Rows[i]
		for k := range x.Robustness {
			any = true
			d := &x.Robustness[k]
			mean, std, least, most, loss := "-", "-", "-", "-", "-"
			if a := d.Accuracy; a != nil {
				mean, least, most = fmt.Sprintf("%.2f %%", a.Mean), fmt.Sprintf("%.2f", a.Min), fmt.Sprintf("%.2f", a.Max)
				if d.Seeds > 1 { // a single value has no deviation
					std = fmt.Sprintf("%.2f", a.Std)
				}
			}
			spikes := fmt.Sprintf("%.1f", d.Spikes.Mean)
			if d.Seeds > 1 {
				spikes += fmt.Sprintf(" ± %.1f", d.Spikes.Std)
			}
			if d.Loss != nil {
				loss = fmt.Sprintf("%+.2f", *d.Loss)
			}
			t.Add(x.Target, x.width(), d.Kind, fmt.Sprintf("%g", d.Level), fmt.Sprint(d.Seeds), mean, std, least, most, loss,
				fmt.Sprintf("%.2f %%", d.Agree.Mean), spikes)
		}
	}
	if any {
		b.WriteString("robustness; loss and same class are against the row without the disturbance\n")
		b.WriteString(t.Indent("  "))
	}
}
