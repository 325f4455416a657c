package runner

import (
	"errors"
	"fmt"

	"github.com/synfire/synfire/emulator/cost"
)

// measures is what is measured beside the spikes of a run; nil is nothing.
type measures struct {
	costing
	csv *stepCSV // nil if nobody asked
}

// measures sets up what the request asks for, and the options of the run.
func (x *execution) measures(m Machine, opt *Options) (*measures, error) {
	if x.Meter == nil {
		return nil, nil
	}
	var t *metering
	var err error
	if _, ok := m.(*spinnaker1Machine); ok {
		opt.realTime, err = newRealTiming(x.Meter)
	} else {
		t, err = x.newMetering(m)
	}
	var u *UnpricedError
	if errors.As(err, &u) && x.Meter.Optional {
		x.report.Unpriced = u.Msg
		return nil, nil
	}
	if t == nil || err != nil {
		return nil, err
	}
	opt.meter, x.meter = t, t
	c := &measures{costing: costing{metering: t}}
	if x.Meter.StepCSV != "" {
		c.csv = &stepCSV{}
	}
	return c, nil
}

// newMetering returns how the machine is measured; nil if its synaptic
// operations alone have a price.
func (x *execution) newMetering(m Machine) (*metering, error) {
	if x.Target == nil {
		return nil, &UnpricedError{"the float reference has no energy and no time: they are those of a chip", "choose a chip with --target"}
	}
	_, chip := m.(*loihi1Machine)
	if !chip && x.Target.Profile == "" && x.Meter.Profile == "" {
		return nil, &UnpricedError{"there is no cost profile for " + x.Target.Name(), ""}
	}
	if plain := (MeterOptions{Profile: x.Meter.Profile, Optional: x.Meter.Optional}); !chip && *x.Meter == plain {
		return nil, nil // priceOperations does what there is
	}
	return newMetering(x.Target, m, x.Meter)
}

// add adds a sample.
func (c *measures) add(k int, s *Sample) error {
	if c == nil {
		return nil
	}
	if c.csv != nil {
		if err := c.csv.add(k, s.meter); err != nil {
			return err
		}
	}
	return c.costing.add(s.meter)
}

// price reports what the run cost, and writes the files about it.
func (x *execution) price(c *measures) (err error) {
	if c == nil {
		return x.priceOperations()
	}
	if x.report.Cost, err = c.finish(); err != nil || c.csv == nil {
		return err
	}
	if err := c.csv.write(x.Meter.StepCSV); err != nil {
		return err
	}
	x.report.Outputs = append(x.report.Outputs, x.Meter.StepCSV)
	return nil
}

// priceOperations prices a run of which only the synaptic operations are known.
func (x *execution) priceOperations() error {
	w := x.report.Result.Work
	if x.Target == nil || x.Target.Profile == "" || w == nil {
		return nil
	}
	name, asked := x.Target.Profile, x.Meter != nil && x.Meter.Profile != ""
	if asked {
		name = x.Meter.Profile
	}
	p, err := openProfile(name, x.Target)
	if err != nil {
		return err
	}
	if also := pricedBesideOperations(p); also != "" {
		if !asked {
			return nil
		}
		return operationsAlone(p, also, x.Target)
	}
	x.report.Price, err = price(p, w, x.report.Result.Samples)
	return err
}

// operationsAlone refuses a profile that prices an event beside the synaptic
// operation.
func operationsAlone(p *cost.Profile, also string, t *Target) error {
	return fmt.Errorf("cost profile %s: the energy of %s: the emulator of %s counts synaptic operations (synapse_dense) alone, so that has to be the one known energy and include the others", p.Name, also, t.Name())
}

// pricedBesideOperations returns the first event that a profile prices or, if
// that is unknown, the synaptic operation; "" if that is all it prices.
func pricedBesideOperations(p *cost.Profile) string {
	for e := range cost.NumEvents {
		if p.Constants[e].Energy.Known != (e == cost.SynapseDense) {
			return e.String()
		}
	}
	return ""
}
