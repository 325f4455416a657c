package runner

import (
	"errors"
	"fmt"
	"slices"

	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/emulator/loihi1"
	"github.com/synfire/synfire/emulator/noc"
)

// MeterOptions asks for the energy and the time of a run (docs/timing.md).
type MeterOptions struct {
	Profile string // name or file of a cost profile; "" = the target's own
	Timing  string // simple, detailed, cycle or none; "" = simple if the profile has the times
	StepCSV string // file for a line a step, "" = none
	Heatmap string // png of the mesh, "" = none
	Trace   TraceOptions
	// Optional says that a run goes on where it cannot be measured.
	Optional bool
}

// UnpricedError says that a run cannot be priced or timed as asked.
type UnpricedError struct{ Msg, Hint string }

func (e *UnpricedError) Error() string { return e.Msg }

// metering is how the runs of a machine are measured.
type metering struct {
	profile *cost.Profile
	synapse cost.Event
	timing  string
	untimed string // why there is no time, "" if there is
	cores   []coreInfo
	watch   func(*loihi1.Meter) // if set, gets each meter before its run
}

// coreInfo is a core of an image.
type coreInfo struct {
	id      int
	neurons int
	holds   []string // populations, in the order of the image
}

// newMetering opens the profile for a target and its machine.
func newMetering(t *Target, m Machine, q *MeterOptions) (*metering, error) {
	chip, ok := m.(*loihi1Machine)
	if !ok {
		return nil, &UnpricedError{
			Msg:  fmt.Sprintf("the emulator of %s has no energy by component, core, link or step, and no timing model", t.Name()),
			Hint: "leave --timing, --step-csv, --heatmap and --trace out; a run says the energy of its synaptic operations if they have a published price",
		}
	}
	name := q.Profile
	if name == "" {
		name = t.Profile
	}
	p, err := openProfile(name, t)
	if err != nil {
		return nil, err
	}
	x := &metering{profile: p, timing: q.Timing, cores: chip.cores()}
	if x.synapse, err = chip.synapseKind(); err != nil {
		return nil, err
	}
	if x.timing == "" && q.Trace.Path != "" {
		x.timing = "detailed" // the fastest that knows when a message arrives
	}
	if x.timing == loihi1.NoTiming && q.Trace.Path != "" {
		return nil, &UnpricedError{"a trace needs times", "leave --timing out, or choose a model with it"}
	}
	if x.timing == "" {
		x.timing = "simple"
		if _, err := chip.newMeter(x); err != nil {
			x.timing, x.untimed = loihi1.NoTiming, err.Error()
		}
	}
	if _, err := chip.newMeter(x); err != nil {
		u := &UnpricedError{Msg: err.Error()}
		if x.timing != loihi1.NoTiming {
			u.Hint = "--timing none gives the energy alone"
		}
		return nil, u
	}
	return x, nil
}

// openProfile opens a cost profile for a target.
func openProfile(name string, t *Target) (*cost.Profile, error) {
	p, err := cost.Open(name)
	if err != nil {
		return nil, err
	}
	if p.Chip != t.Name() {
		return nil, fmt.Errorf("cost profile %s is for %s, not for %s", p.Name, p.Chip, t.Name())
	}
	return p, nil
}

// Cost is what the samples of a data set cost on a chip, by a cost profile and
// a timing model.
type Cost struct {
	Profile   string `json:"profile"`
	Source    string `json:"source"`
	ErrorBand string `json:"error_band,omitempty"` // as published
	// Synapses is the event by which synapses are priced.
	Synapses string `json:"synapses"`
	// Timing is the timing model, "none" if nothing is timed; Untimed says why
	// not where nobody asked for that.
	Timing  string `json:"timing"`
	Untimed string `json:"untimed,omitempty"`

	Samples   int `json:"samples"`
	ChipSteps int `json:"chip_steps"` // of all samples
	// Energy is that of all samples, and by sample. With UnpricedEvents above
	// zero it is at least that.
	EnergyFJ       int64  `json:"energy_fj"`
	UnpricedEvents int64  `json:"unpriced_events"`
	SampleEnergy   Spread `json:"sample_energy_fj"`
	Time           int64  `json:"time_100ps,omitempty"` // of all samples; 0 = not timed
	SampleTime     Spread `json:"sample_time_100ps,omitzero"`
	// StaticFJ is the energy of being on, which is not in EnergyFJ; nil if the
	// source gives no static power or nothing is timed.
	StaticFJ *int64 `json:"static_fj,omitempty"`
	// NoStatic says why there is none.
	NoStatic string `json:"no_static,omitempty"`

	Components []ComponentCost `json:"components"`
	Events     []EventCost     `json:"events"`
	Messages   MessageCounts   `json:"messages"`
	Steps      StepCosts       `json:"step"`
	Cores      []CoreCost      `json:"cores"`
	Links      []LinkCost      `json:"links"`
	Mesh       MeshSize        `json:"mesh"`
}

// Spread says how a figure spreads over samples or steps.
type Spread struct {
	Mean float64 `json:"mean"`
	Min  int64   `json:"min"`
	Max  int64   `json:"max"`
	n    int64
	sum  int64
}

func (s *Spread) add(x int64) {
	if s.n == 0 {
		s.Min, s.Max = x, x
	}
	s.n++
	s.sum += x
	s.Min, s.Max = min(s.Min, x), max(s.Max, x)
	s.Mean = float64(s.sum) / float64(s.n)
}

// ComponentCost is the energy of a part of the chip over all samples.
type ComponentCost struct {
	Component      string `json:"component"`
	EnergyFJ       int64  `json:"energy_fj"`
	UnpricedEvents int64  `json:"unpriced_events"`
}

// EventCost is how often an event happened, and its constants.
type EventCost struct {
	Event     string `json:"event"`
	Component string `json:"component"`
	Count     int64  `json:"count"`
	PriceFJ   *int64 `json:"price_fj"`   // nil = not published
	Time      *int64 `json:"time_100ps"` // the same
	EnergyFJ  int64  `json:"energy_fj"`
	Source    string `json:"source"`
}

// MessageCounts counts messages over all samples: sent = received + in flight.
type MessageCounts struct {
	Sent     int64 `json:"sent"`
	Received int64 `json:"received"`  // that a core took in
	InFlight int64 `json:"in_flight"` // sent in the last step of a sample
	Outside  int64 `json:"outside"`   // received from outside the chip
	Local    int64 `json:"local"`     // sent that stayed within a tile
}

// StepCosts says how chip steps differ.
type StepCosts struct {
	EnergyFJ Spread `json:"energy_fj"`
	Messages Spread `json:"messages"`
	Spikes   Spread `json:"spikes"`
	// These are left out if nothing is timed. Depth is the most messages that
	// were in one place.
	Time    Spread `json:"time_100ps,omitzero"`
	Stalled Spread `json:"stalled_100ps,omitzero"`
	Depth   Spread `json:"depth,omitzero"`
	// Slowest is the first of the steps that took longest.
	Slowest *StepName `json:"slowest,omitempty"`
}

// StepName names a step.
type StepName struct {
	Sample int `json:"sample"`
	Step   int `json:"step"`
	Core   int `json:"core"` // that ended last
}

// CoreCost is a core over all samples.
type CoreCost struct {
	Core    int      `json:"core"`
	X       int      `json:"x"` // of its tile
	Y       int      `json:"y"`
	Neurons int      `json:"neurons"`
	Holds   []string `json:"holds"` // populations

	EnergyFJ       int64 `json:"energy_fj"`
	UnpricedEvents int64 `json:"unpriced_events"`
	Spikes         int64 `json:"spikes"`
	Sent           int64 `json:"sent"`
	Received       int64 `json:"received"`
	Synapses       int64 `json:"synapses"`   // reached
	Busy           int64 `json:"busy_100ps"` // computing and sending
	Work           int64 `json:"work_100ps"` // on messages
	// Critical counts the steps in which this core ended last.
	Critical int `json:"critical_steps"`
}

// LinkCost is a link of the mesh over all samples.
type LinkCost struct {
	From     [2]int `json:"from"` // x, y of the tiles
	To       [2]int `json:"to"`
	Messages int64  `json:"messages"`
	EnergyFJ int64  `json:"energy_fj"`
	// Busy is how long messages were on it.
	Busy int64 `json:"busy_100ps"`
	// Depth is the most messages in the buffer at its end, Stalled how long
	// that buffer kept it waiting; the cycle model alone knows them.
	Depth   int   `json:"depth,omitempty"`
	Stalled int64 `json:"stalled_100ps,omitempty"`
}

// MeshSize is Width x Height tiles of Cores cores.
type MeshSize struct {
	Width  int `json:"width"`
	Height int `json:"height"`
	Cores  int `json:"cores_per_tile"`
}

// costing adds up a Cost sample by sample.
type costing struct {
	*metering
	out      Cost
	counts   cost.Counts
	energy   cost.Energy
	cores    []cost.Counts
	busy     []int64
	work     []int64
	critical []int
	links    []int64
	depth    []int
	stalled  []int64
	config   noc.Config
}

// add adds a sample. All sums stay within int64, for the profile bounds what
// an event may cost.
func (c *costing) add(m *loihi1.Meter) error {
	c.config = m.Config
	c.out.Samples++
	c.counts.Add(&m.Counts)
	before := c.energy.Total().FJ
	c.energy.Add(&m.Energy)
	if c.energy.Total().FJ < before || c.out.Time+m.Time < c.out.Time {
		return errors.New("the energy of all samples is over 9223 J: use fewer with --limit")
	}
	c.out.Time += m.Time
	c.out.SampleEnergy.add(m.Energy.Total().FJ)
	if m.Timed() {
		c.out.SampleTime.add(m.Time)
	}
	c.busy, c.work, c.links, c.stalled = addTo(c.busy, m.Busy), addTo(c.work, m.Work), addTo(c.links, m.Links), addTo(c.stalled, m.Stalled)
	if c.cores == nil {
		c.cores, c.critical = make([]cost.Counts, len(m.Cores)), make([]int, len(m.Cores))
		c.depth = make([]int, len(m.Depth))
	}
	for i := range m.Cores {
		c.cores[i].Add(&m.Cores[i])
	}
	for i, d := range m.Depth {
		c.depth[i] = max(c.depth[i], d)
	}
	for _, n := range m.Local {
		c.out.Messages.Local += n
	}
	c.steps(m)
	return nil
}

// addTo adds x to sum, which is made if it is not there yet.
func addTo(sum, x []int64) []int64 {
	if sum == nil {
		return slices.Clone(x)
	}
	for i := range sum {
		sum[i] += x[i]
	}
	return sum
}

// steps adds the steps of a sample.
func (c *costing) steps(m *loihi1.Meter) {
	o := &c.out
	before := int64(0)
	for i := range m.Steps {
		s := &m.Steps[i]
		o.ChipSteps++
		o.Steps.EnergyFJ.add(s.Energy.Total().FJ)
		o.Steps.Messages.add(s.Counts[cost.AxonOut])
		o.Steps.Spikes.add(s.Counts[cost.SomaSpike])
		if m.Timed() {
			c.timed(i, s)
		}
		o.Messages.Sent += s.Counts[cost.AxonOut]
		o.Messages.Outside += s.Counts[cost.AxonIn] - s.Counts[cost.AxonOut]
		o.Messages.Received += before
		before = s.InFlight
	}
	o.Messages.InFlight += before
}

// timed adds the times of step i of the last sample.
func (c *costing) timed(i int, s *loihi1.MeterStep) {
	o := &c.out.Steps
	if o.Slowest == nil || s.Time > o.Time.Max {
		o.Slowest = &StepName{c.out.Samples - 1, i, s.Timing.Core}
	}
	o.Time.add(s.Time)
	o.Stalled.add(s.Timing.Stalled)
	o.Depth.add(int64(s.Timing.Depth))
	c.critical[s.Timing.Core]++
}

// finish returns the Cost.
func (c *costing) finish() (*Cost, error) {
	o, p := &c.out, c.profile
	o.Profile, o.Source, o.ErrorBand = p.Name, p.Source, p.ErrorBand
	o.Synapses, o.Timing, o.Untimed = c.synapse.String(), c.timing, c.untimed
	total := c.energy.Total()
	o.EnergyFJ, o.UnpricedEvents = total.FJ, total.Unpriced
	o.Mesh = MeshSize{p.Mesh.Width, p.Mesh.Height, p.Mesh.CoresPerTile}
	switch static := p.Static(o.Time); {
	case !p.StaticPower.Known:
		o.NoStatic = p.Name + " gives none"
	case c.timing == loihi1.NoTiming:
		o.NoStatic = "there is no time to multiply it with"
	case static.Known():
		o.StaticFJ = &static.FJ
	default:
		o.NoStatic = "it is too large to count"
	}
	for k, a := range c.energy {
		if a.FJ > 0 || a.Unpriced > 0 {
			o.Components = append(o.Components, ComponentCost{cost.Component(k).String(), a.FJ, a.Unpriced})
		}
	}
	for e, n := range c.counts {
		if n > 0 {
			o.Events = append(o.Events, c.event(cost.Event(e), n))
		}
	}
	c.finishLinks()
	return o, c.finishCores()
}

// event returns the row of an event.
func (c *costing) event(e cost.Event, n int64) EventCost {
	k := &c.profile.Constants[e]
	x := EventCost{Event: e.String(), Component: e.Component().String(), Count: n, Source: k.Source}
	if k.Energy.Known {
		x.PriceFJ, x.EnergyFJ = &k.Energy.Value, n*k.Energy.Value
	}
	if k.Time.Known {
		x.Time = &k.Time.Value
	}
	return x
}

func (c *costing) finishCores() error {
	o := &c.out
	for _, info := range c.metering.cores {
		n := &c.cores[info.id]
		e, err := c.profile.Energy(n)
		if err != nil {
			return err
		}
		x, y := c.config.XY(info.id / c.config.Cores)
		o.Cores = append(o.Cores, CoreCost{
			Core: info.id, X: x, Y: y, Neurons: info.neurons, Holds: info.holds,
			EnergyFJ: e.Total().FJ, UnpricedEvents: e.Total().Unpriced,
			Spikes: n[cost.SomaSpike], Sent: n[cost.AxonOut], Received: n[cost.AxonIn], Synapses: n[c.synapse],
			Busy: c.busy[info.id], Work: c.work[info.id], Critical: c.critical[info.id],
		})
	}
	slices.SortFunc(o.Cores, func(a, b CoreCost) int { return a.Core - b.Core })
	return nil
}

func (c *costing) finishLinks() {
	o := &c.out
	o.Links = []LinkCost{}
	for l, n := range c.links {
		if n == 0 {
			continue
		}
		from, to, _ := c.config.LinkEnds(l)
		e, time := cost.HopNS, c.config.HopNS
		if c.config.Horizontal(l) {
			e, time = cost.HopEW, c.config.HopEW
		}
		x := LinkCost{Messages: n, EnergyFJ: n * c.profile.Constants[e].Energy.Value, Busy: n * time}
		x.From[0], x.From[1] = c.config.XY(from)
		x.To[0], x.To[1] = c.config.XY(to)
		if len(c.depth) > 0 {
			x.Depth, x.Stalled = c.depth[l], c.stalled[l]
		}
		o.Links = append(o.Links, x)
	}
}
