package runner

import (
	"fmt"

	"github.com/synfire/synfire/emulator/cost"
)

// Price is what a run costs by a published profile, for one sample.
type Price struct {
	Profile string `json:"profile"`
	Source  string `json:"source"` // of the energy
	// EnergyFJ is the energy of the synaptic operations, with all that the
	// source includes in them, in femtojoules.
	EnergyFJ int64 `json:"energy_fj"`
	// RealTime is the time at the chip's tick, in units of 0.1 ns; 0 = not
	// known.
	RealTime   int64  `json:"real_time_100ps,omitempty"`
	TimeSource string `json:"time_source,omitempty"`
}

// price prices the work of a data set by a profile whose synaptic operation
// includes all other energy.
func price(p *cost.Profile, w *Work, samples int) (*Price, error) {
	var counts cost.Counts
	counts[cost.SynapseDense] = w.SynapticEvents / int64(max(1, samples))
	e, err := p.Energy(&counts)
	if err != nil {
		return nil, err
	}
	out := &Price{Profile: p.Name, Source: p.Constants[cost.SynapseDense].Source, EnergyFJ: e.Total().FJ}
	if tick := p.Barrier.Time(1); tick.Known {
		out.RealTime, out.TimeSource = tick.Value*int64(w.ChipSteps/max(1, samples)), p.Barrier.Source
	}
	return out, nil
}

// text writes the price for people.
func (p *Price) text() string {
	s := fmt.Sprintf("energy: %s a sample (%s: %s)\n", joules(p.EnergyFJ), p.Profile, p.Source)
	if p.RealTime > 0 {
		s += fmt.Sprintf("time on the chip: %.4g ms a sample (%s)\n", float64(p.RealTime)*1e-7, p.TimeSource)
	}
	return s
}

// joules writes an energy in femtojoules with a fitting prefix.
func joules(fj int64) string { return joulesOf(float64(fj)) }

// joulesOf is joules of a mean.
func joulesOf(x float64) string {
	for _, unit := range []string{"fJ", "pJ", "nJ", "µJ", "mJ"} {
		if x < 999.5 {
			return fmt.Sprintf("%.3g %s", x, unit)
		}
		x /= 1000
	}
	return fmt.Sprintf("%.3g J", x)
}
