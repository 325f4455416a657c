package runner

import (
	"fmt"
	"math"
	"strings"

	"github.com/synfire/synfire/backend/spinnaker1/image"
	"github.com/synfire/synfire/emulator/spinnaker1"
	"github.com/synfire/synfire/internal/term"
)

// The timing models of SpiNNaker.
const (
	noTiming       = "none"
	simpleTiming   = "simple"
	detailedTiming = "detailed"
)

// realTiming is a timing model with the profile of its constants.
type realTiming struct{ timing, profile string }

// newRealTiming returns what the request asks for.
func newRealTiming(q *MeterOptions) (*realTiming, error) {
	t := &realTiming{q.Timing, q.Profile}
	if t.profile == "" {
		t.profile = spinnaker1.ProfileName
	}
	if _, err := spinnaker1.OpenProfile(t.profile); err != nil {
		return nil, err
	}
	switch t.timing {
	case "":
		t.timing = simpleTiming
	case noTiming, simpleTiming, detailedTiming:
	default:
		return nil, &UnpricedError{"spinnaker1 has no timing model " + t.timing, "it has simple and detailed"}
	}
	if *q != (MeterOptions{Profile: q.Profile, Timing: q.Timing, Optional: q.Optional}) {
		return nil, &UnpricedError{"spinnaker1 has no costs by step, core and link to write to files", "--json has the busiest core and link"}
	}
	return t, nil
}

// RealTime says whether a run on SpiNNaker holds real time and what it takes,
// over all samples, by a profile of constants (docs/targets/spinnaker1.md).
type RealTime struct {
	Profile string `json:"profile"`
	// Timing is the model: simple counts the work of each tick, detailed times
	// every packet, and lets those that come late act late.
	Timing string `json:"timing"`
	// Estimates names the constants that no source states.
	Estimates []string `json:"estimates"`

	Holds  bool    `json:"holds"`
	TickUS float64 `json:"tick_us"`
	// Scale is how many times longer the image's ticks are than in real time.
	Scale float64 `json:"time_scale"`
	// NeedUS is the time that the busiest core, or link, needs in its worst tick;
	// Factor is the least factor by which ticks would have to be longer still.
	NeedUS   float64       `json:"need_us"`
	Factor   float64       `json:"time_scale_factor"`
	Critical *CriticalCore `json:"critical_core,omitempty"` // nil if it is the link
	Over     int           `json:"cores_over"`              // that need more than a tick in some
	Link     *BusiestLink  `json:"busiest_link,omitempty"`  // nil if no packet leaves its chip

	Packets int64 `json:"packets"`
	Hops    int64 `json:"hops"`
	Rows    int64 `json:"rows"`
	// What only detailed timing knows.
	Late      int64 `json:"late_packets,omitempty"`
	Dropped   int64 `json:"dropped_by_cores,omitempty"`
	Lost      int64 `json:"dropped_by_routers,omitempty"`
	Emergency int64 `json:"emergency_routes,omitempty"`
	Skipped   int64 `json:"late_synapses,omitempty"`
	Overruns  int64 `json:"overruns,omitempty"` // ticks of cores that ended late

	Energy RealTimeEnergy `json:"energy"`
}

// CriticalCore is the core that needs the longest time.
type CriticalCore struct {
	Place   string   `json:"place"`
	Holds   []string `json:"holds"` // populations or inputs
	Neurons int      `json:"neurons"`
	// Fits is how many of them could keep the time, if their synapses are alike.
	Fits int `json:"neurons_that_fit"`
	Tick int `json:"tick"`
}

// BusiestLink is the link with the most packets in a tick.
type BusiestLink struct {
	Place   string `json:"place"` // of the chip that it leaves
	Link    int    `json:"link"`
	Tick    int    `json:"tick"`
	Packets int64  `json:"packets"`
}

// RealTimeEnergy is the energy of a sample by two published ways of counting.
type RealTimeEnergy struct {
	Chips    int     `json:"chips"`
	Cores    int     `json:"cores"`
	PowerJ   float64 `json:"power_j"`
	PowerBy  string  `json:"power_source"`
	ActivJ   float64 `json:"activity_j"`
	ActivBy  string  `json:"activity_source"`
	SampleMS float64 `json:"sample_ms"`
}

// realTime turns the sum of the meters of all samples into a report.
func realTime(m *spinnaker1.Meter, p *spinnaker1.Profile, timing string, chip *spinnaker1Machine, samples int) *RealTime {
	r := m.RealTime()
	out := &RealTime{
		Profile: p.Name, Timing: timing, Estimates: p.Estimates(), Holds: r.Holds(), Over: r.Over, Factor: r.Factor(), Scale: chip.scale,
		TickUS: float64(r.PeriodNS) / 1000, NeedUS: float64(r.NeedNS) / 1000,
		Packets: m.Counts.Packets, Hops: m.Counts.Hops, Rows: m.Counts.Rows,
		Lost: m.Counts.Lost, Emergency: m.Counts.Emergency, Skipped: m.Counts.Skipped,
	}
	if l := m.Busiest; l.Packets > 0 {
		out.Link = &BusiestLink{fmt.Sprintf("(%d,%d)", l.X, l.Y), l.Link, l.Tick, l.Packets}
	}
	for _, c := range m.Cores {
		out.Late, out.Dropped, out.Overruns = out.Late+c.Late, out.Dropped+c.Dropped, out.Overruns+c.Overruns
	}
	if k := r.Critical; k >= 0 {
		c := &m.Cores[k]
		out.Critical = &CriticalCore{placeOf(c.At), chip.holds[k], c.Neurons, m.Fits(k), c.Tick}
	}
	n := float64(max(1, samples))
	e := m.Energy()
	out.Energy = RealTimeEnergy{
		Chips: e.Chips, Cores: len(m.Cores), PowerJ: e.Power / n, ActivJ: e.Activity / n,
		PowerBy: p.Constants["chip_idle_mw"].Source, ActivBy: p.Constants["event_pj"].Source,
		SampleMS: float64(m.Counts.Ticks) * out.TickUS / 1000 / n,
	}
	return out
}

func placeOf(c image.CoreAt) string { return fmt.Sprintf("(%d,%d,%d)", c.X, c.Y, c.P) }

// text writes the report for people: whether real time holds, in one line or
// one warning, what was late, and the energy.
func (r *RealTime) text() string {
	var b strings.Builder
	if r.Holds {
		fmt.Fprintf(&b, "real time: holds; %s %s of a tick of %s (%.0f %%), by estimated cycle counts\n",
			r.who(), micro(r.NeedUS), micro(r.TickUS), 100*r.NeedUS/r.TickUS)
	} else {
		fmt.Fprintf(&b, "warning: real time does not hold: %s %s in tick %d, and a tick is %s%s; it holds at a time-scale factor of %.1f, by estimated cycle counts\n",
			r.who(), micro(r.NeedUS), r.tick(), micro(r.TickUS), r.others(), r.needed())
		b.WriteString(r.hint())
	}
	if r.Late+r.Dropped+r.Lost+r.Emergency > 0 {
		fmt.Fprintf(&b, "warning: %s packets sent: cores took %s after their tick (%s synapses skipped for it) and threw %s away, routers dropped %s and sent %s round by emergency routes\n",
			term.Count(r.Packets), term.Count(r.Late), term.Count(r.Skipped), term.Count(r.Dropped), term.Count(r.Lost), term.Count(r.Emergency))
	}
	e := &r.Energy
	fmt.Fprintf(&b, "energy: %s a sample by the power of %s and %s for %s (SpiNNMachine), or %s by activity (Sharp et al. 2012); see docs/targets/spinnaker1.md\n",
		joulesOf(e.PowerJ*1e15), plural(e.Chips, "chip"), plural(e.Cores, "core"), micro(e.SampleMS*1000), joulesOf(e.ActivJ*1e15))
	return b.String()
}

// hint says what would help.
func (r *RealTime) hint() string {
	if r.Critical == nil {
		return ""
	}
	slower := fmt.Sprintf("hint: --time-scale %.1f gives it the time", r.needed())
	if n := r.Critical.Fits; n > 0 {
		return fmt.Sprintf("%s, or cores of about %d neurons of this kind (--core-neurons %d)\n", slower, n, n)
	}
	return slower + "; fetching its rows alone takes longer than a tick, so no core is small enough\n"
}

// needed returns the time-scale factor at which real time holds.
func (r *RealTime) needed() float64 { return math.Ceil(10*r.Factor*r.Scale) / 10 }

// who names what needs the longest time.
func (r *RealTime) who() string {
	if r.Critical == nil {
		return fmt.Sprintf("link %d of chip %s is busiest and needs", r.Link.Link, r.Link.Place)
	}
	holds := ""
	if len(r.Critical.Holds) > 0 {
		holds = ", which holds " + strings.Join(r.Critical.Holds, " and ") + ","
	}
	if r.Holds {
		return fmt.Sprintf("core %s%s is busiest and needs", r.Critical.Place, holds)
	}
	return fmt.Sprintf("core %s%s needs", r.Critical.Place, holds)
}

func (r *RealTime) tick() int {
	if r.Critical == nil {
		return r.Link.Tick
	}
	return r.Critical.Tick
}

func (r *RealTime) others() string {
	if r.Over < 2 {
		return ""
	}
	if r.Over == 2 {
		return " (1 other core is over it, too)"
	}
	return fmt.Sprintf(" (%d other cores are over it, too)", r.Over-1)
}

// micro writes a time in microseconds with a fitting unit.
func micro(us float64) string {
	if us < 1000 {
		return fmt.Sprintf("%.3g µs", us)
	}
	if us < 1e6 {
		return fmt.Sprintf("%.3g ms", us/1000)
	}
	return fmt.Sprintf("%.3g s", us/1e6)
}
