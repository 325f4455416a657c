package runner

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/emulator/loihi1"
)

// AutoEnergy says by what the energy of each choice was priced. The energies
// are means over the samples that are held out.
type AutoEnergy struct {
	Profile   string `json:"profile"`
	Source    string `json:"source"`
	ErrorBand string `json:"error_band,omitempty"` // as published
	// Static tells whether static power is in the energies; NoStatic says why
	// not.
	Static   bool   `json:"includes_static"`
	NoStatic string `json:"no_static,omitempty"`
	// Synapses are the constants by which synaptic events were priced. None
	// depends on the width of a weight.
	Synapses []AutoPrice `json:"synapses"`
	// Widest is that of the widest width for all, Least and Most are those of all
	// choices that were measured.
	Widest float64 `json:"widest_fj"`
	Least  float64 `json:"least_fj"`
	Most   float64 `json:"most_fj"`
}

// AutoPrice is a constant of a cost profile.
type AutoPrice struct {
	Event    string `json:"event"`
	EnergyFJ int64  `json:"energy_fj"`
}

// pricing prices the choices of a search by a cost profile.
type pricing struct {
	name    string // or file
	profile *cost.Profile
	// operations says that synaptic operations alone are counted, in whose price
	// the profile includes all else.
	operations bool
}

// priced tells whether what is made small is an energy in joules, and not the
// bits fetched in its place.
func (a *autoSearch) priced() bool { return a.report.Energy != nil }

// openProfile opens the profile of the target where energy is to be small and
// the target is a chip that has one.
func (a *autoSearch) openProfile() error {
	if a.Minimise != Energy || a.Target == nil || a.Target.Profile == "" {
		return nil
	}
	a.pricing.name = cmp.Or(a.Profile, a.Target.Profile)
	p, err := openProfile(a.pricing.name, a.Target)
	if err != nil {
		return err
	}
	a.pricing.profile = p
	a.report.Energy = &AutoEnergy{Profile: p.Name, Source: p.Source, ErrorBand: p.ErrorBand, Synapses: []AutoPrice{}}
	return nil
}

// meter has the runs of a candidate measured.
func (a *autoSearch) meter(c *candidate) error {
	if !a.priced() {
		return nil
	}
	e := a.report.Energy
	if _, ok := c.machine.(*loihi1Machine); ok {
		var err error
		c.meter, err = newMetering(a.Target, c.machine, &MeterOptions{Profile: a.pricing.name, Timing: loihi1.NoTiming})
		if u := (*UnpricedError)(nil); errors.As(err, &u) {
			return &UnpricedError{u.Msg, "--minimise memory needs no energy"}
		}
		e.NoStatic = "the profile gives none"
		if a.pricing.profile.StaticPower.Known {
			e.NoStatic = "it takes a time to multiply it with"
		}
		return err
	}
	if also := pricedBesideOperations(a.pricing.profile); also != "" {
		return operationsAlone(a.pricing.profile, also, a.Target)
	}
	a.pricing.operations, e.Static = true, true
	return nil
}

// price prices a trial.
func (a *autoSearch) price(t *trial, m *measured) error {
	if !a.priced() {
		return nil
	}
	if a.pricing.operations {
		m.counts[cost.SynapseDense] = m.Work.SynapticEvents
	}
	energy, err := a.pricing.profile.Energy(&m.counts)
	if err != nil {
		return err
	}
	n := float64(len(m.Predicted))
	total := energy.Total()
	t.joules = AutoJoules{float64(total.FJ) / n, float64(total.Unpriced) / n}
	e := a.report.Energy
	for event, n := range m.counts {
		a.pricing.note(e, cost.Event(event), n)
	}
	x := t.joules.EnergyFJ
	if len(a.tried) == 0 { // the search begins with the widest
		e.Widest, e.Least, e.Most = x, x, x
	}
	e.Least, e.Most = min(e.Least, x), max(e.Most, x)
	return nil
}

// note notes the constant of a synaptic event that happened.
func (p *pricing) note(e *AutoEnergy, event cost.Event, n int64) {
	price := p.profile.Constants[event].Energy
	if n == 0 || !price.Known || event.Component() != cost.Synapse {
		return
	}
	for _, has := range e.Synapses {
		if has.Event == event.String() {
			return
		}
	}
	e.Synapses = append(e.Synapses, AutoPrice{event.String(), price.Value})
}

// text says what the energies are, and what widths have to do with them.
func (e *AutoEnergy) text(tried int) string {
	static := "dynamic energy alone, static power is not in it: " + e.NoStatic
	if e.Static {
		static = "static power is in it"
	}
	var prices []string
	for _, p := range e.Synapses {
		prices = append(prices, fmt.Sprintf("%s %s", p.Event, joules(p.EnergyFJ)))
	}
	return fmt.Sprintf("energy: by %s, as run --energy has it, of the samples held out; %s\n", e.Profile, static) +
		fmt.Sprintf("note: %s prices a synaptic event (%s) alike at any width: widths change the energy only by the weights that become zero, how they are stored, and the spikes; %s measured need %s a sample\n",
			e.Profile, strings.Join(prices, ", "), plural(tried, "choice"), e.span())
}

// span writes the least and the most.
func (e *AutoEnergy) span() string {
	least, most := joulesOf(e.Least), joulesOf(e.Most)
	if least == most {
		return least
	}
	return least + " to " + most
}

// change writes an energy as the change from that at the widest width.
func (e *AutoEnergy) change(x float64) string {
	if e == nil || e.Widest == 0 {
		return "-"
	}
	return fmt.Sprintf("%+.2f %%", math.Round(1e4*(x/e.Widest-1))/100+0) // +0: no -0.00
}
