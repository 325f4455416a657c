package runner

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/synfire/synfire/emulator/loihi1"
	"github.com/synfire/synfire/internal/term"
)

// maxRows is how many cores or links are listed for people.
const maxRows = 8

// atLeast says that an energy is a lower bound.
func atLeast(unpriced int64) string {
	if unpriced > 0 {
		return "at least "
	}
	return ""
}

// seconds writes a time in units of 0.1 ns with a fitting prefix.
func seconds(t float64) string {
	x := t / 10
	for _, unit := range []string{"ns", "µs", "ms"} {
		if x < 999.5 {
			return fmt.Sprintf("%.3g %s", x, unit)
		}
		x /= 1000
	}
	if x < 999.5 {
		return fmt.Sprintf("%.3g s", x)
	}
	return fmt.Sprintf("%.0f s", x)
}

// average writes the mean of a sum over samples.
func average(sum int64, samples int) string { return mean(float64(sum) / float64(max(1, samples))) }

// mean writes a mean of counts, with a digit behind the point if that says
// something.
func mean(x float64) string {
	if x >= 1000 || x == math.Trunc(x) {
		return whole(x)
	}
	return fmt.Sprintf("%.1f", x)
}

// share writes a part of a whole.
func share(part, whole int64) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}

// text writes the cost for people.
func (c *Cost) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "energy: %s%s a sample", atLeast(c.UnpricedEvents), joulesOf(c.SampleEnergy.Mean))
	if c.Samples > 1 {
		fmt.Fprintf(&b, " (%s to %s), %s in all", joules(c.SampleEnergy.Min), joules(c.SampleEnergy.Max), joules(c.EnergyFJ))
	}
	b.WriteByte('\n')
	c.timeText(&b)
	fmt.Fprintf(&b, "constants: %s, %s\n", c.Profile, c.Source)
	fmt.Fprintf(&b, "published error: %s\n", cmp.Or(c.ErrorBand, "none in its source"))
	for _, n := range c.notes() {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	c.componentText(&b)
	c.coreText(&b)
	c.linkText(&b)
	c.stepText(&b)
	return b.String()
}

func (c *Cost) timed() bool { return c.Timing != loihi1.NoTiming }

func (c *Cost) timeText(b *strings.Builder) {
	if !c.timed() {
		if c.Untimed != "" {
			fmt.Fprintf(b, "time on the chip: not known: %s\n", c.Untimed)
		}
		return
	}
	fmt.Fprintf(b, "time on the chip: %s a sample", seconds(c.SampleTime.Mean))
	if c.Samples > 1 {
		fmt.Fprintf(b, " (%s to %s)", seconds(float64(c.SampleTime.Min)), seconds(float64(c.SampleTime.Max)))
	}
	fmt.Fprintf(b, ", %s a chip step, by the %s model", seconds(c.Steps.Time.Mean), c.Timing)
	if k := c.criticalCore(); k != nil {
		fmt.Fprintf(b, "; core %d ends last in %s of %s", k.Core, term.Count(int64(k.Critical)), plural(c.ChipSteps, "step"))
	}
	b.WriteByte('\n')
}

// criticalCore returns the core that ends last most often, nil if none is
// known.
func (c *Cost) criticalCore() *CoreCost {
	var best *CoreCost
	for i := range c.Cores {
		if k := &c.Cores[i]; k.Critical > 0 && (best == nil || k.Critical > best.Critical) {
			best = k
		}
	}
	return best
}

// notes says what the figures leave out.
func (c *Cost) notes() []string {
	var out []string
	for _, e := range c.Events {
		if e.PriceFJ == nil {
			out = append(out, fmt.Sprintf("%s has no energy for %s (%s of them): what it adds is not in the sum", c.Profile, e.Event, term.Count(e.Count)))
		}
	}
	if c.StaticFJ == nil {
		return append(out, "static power is not in it: "+c.NoStatic)
	}
	return append(out, fmt.Sprintf("static power is not in it: another %s a sample", joulesOf(float64(*c.StaticFJ)/float64(max(1, c.Samples)))))
}

func (c *Cost) componentText(b *strings.Builder) {
	t := term.Table{Right: []bool{false, true, true, false}}
	t.Add("component", "energy a sample", "share", "events a sample")
	for _, x := range c.Components {
		energy := atLeast(x.UnpricedEvents) + c.perSample(x.EnergyFJ)
		if x.EnergyFJ == 0 && x.UnpricedEvents > 0 {
			energy = "not published"
		}
		t.Add(x.Component, energy, share(x.EnergyFJ, c.EnergyFJ), c.eventText(x.Component))
	}
	b.WriteString(t.Indent("  "))
}

// perSample writes the energy of a sample, of that of all.
func (c *Cost) perSample(fj int64) string { return joulesOf(float64(fj) / float64(max(1, c.Samples))) }

// eventText lists the events of a component.
func (c *Cost) eventText(component string) string {
	var parts []string
	for _, e := range c.Events {
		if e.Component == component {
			parts = append(parts, fmt.Sprintf("%s %s", whole(float64(e.Count)/float64(max(1, c.Samples))), e.Event))
		}
	}
	return strings.Join(parts, ", ")
}

func (c *Cost) coreText(b *strings.Builder) {
	cores := slices.Clone(c.Cores)
	slices.SortStableFunc(cores, func(a, b CoreCost) int { return cmp.Compare(b.EnergyFJ, a.EnergyFJ) })
	t := term.Table{Right: []bool{true, false, false, true, true, true, true, true, true}}
	t.Add("core", "tile", "holds", "neurons", "energy a sample", "share", "computes", "receives", "ends last")
	for _, k := range cores[:min(maxRows, len(cores))] {
		t.Add(fmt.Sprint(k.Core), place(k.X, k.Y), holdsText(k.Holds), term.Count(int64(k.Neurons)), c.perSample(k.EnergyFJ), share(k.EnergyFJ, c.EnergyFJ),
			c.shareOfTime(k.Busy), c.shareOfTime(k.Work), c.shareOfSteps(k.Critical))
	}
	b.WriteString(t.Indent("  "))
	more(b, len(cores), "core")
}

func place(x, y int) string { return fmt.Sprintf("%d,%d", x, y) }

// holdsText lists populations, not all if there are many.
func holdsText(names []string) string {
	const most = 3
	if n := len(names); n > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n-most)
	}
	return strings.Join(names, ", ")
}

func (c *Cost) shareOfTime(t int64) string {
	if !c.timed() {
		return "-"
	}
	return share(t, c.Time)
}

func (c *Cost) shareOfSteps(n int) string {
	if !c.timed() {
		return "-"
	}
	return share(int64(n), int64(c.ChipSteps))
}

func more(b *strings.Builder, n int, what string) {
	if n > maxRows {
		fmt.Fprintf(b, "  … and %s (--json lists all)\n", plural(n-maxRows, "more "+what))
	}
}

func (c *Cost) linkText(b *strings.Builder) {
	m := &c.Messages
	fmt.Fprintf(b, "messages: %s sent between cores = %s received + %s in flight at the end; %s from outside\n",
		term.Count(m.Sent), term.Count(m.Received), term.Count(m.InFlight), term.Count(m.Outside))
	if len(c.Links) == 0 {
		b.WriteString("links: no message leaves its tile\n")
		return
	}
	links := slices.Clone(c.Links)
	slices.SortStableFunc(links, func(a, b LinkCost) int { return cmp.Compare(b.Messages, a.Messages) })
	head := []string{"link", "messages a sample", "energy a sample", "in use"}
	cycle := c.Timing == "cycle"
	if cycle {
		head = append(head, "deepest queue", "stalled a sample")
	}
	t := term.Table{Right: []bool{false, true, true, true, true, true}}
	t.Add(head...)
	for _, l := range links[:min(maxRows, len(links))] {
		row := []string{place(l.From[0], l.From[1]) + " -> " + place(l.To[0], l.To[1]), average(l.Messages, c.Samples), c.perSample(l.EnergyFJ), c.shareOfTime(l.Busy)}
		if cycle {
			row = append(row, term.Count(int64(l.Depth)), seconds(float64(l.Stalled)/float64(max(1, c.Samples))))
		}
		t.Add(row...)
	}
	b.WriteString(t.Indent("  "))
	more(b, len(links), "link")
}

func (c *Cost) stepText(b *strings.Builder) {
	s := &c.Steps
	t := term.Table{Right: []bool{false, true, true, true}}
	t.Add("chip step", "mean", "least", "most")
	count := func(name string, x *Spread) {
		t.Add(name, mean(x.Mean), term.Count(x.Min), term.Count(x.Max))
	}
	if c.timed() {
		t.Add("time", seconds(s.Time.Mean), seconds(float64(s.Time.Min)), seconds(float64(s.Time.Max)))
	}
	t.Add("energy", joulesOf(s.EnergyFJ.Mean), joules(s.EnergyFJ.Min), joules(s.EnergyFJ.Max))
	count("spikes", &s.Spikes)
	count("messages", &s.Messages)
	if c.timed() && c.Timing != "simple" {
		t.Add("stalled", seconds(s.Stalled.Mean), seconds(float64(s.Stalled.Min)), seconds(float64(s.Stalled.Max)))
		count("queue depth", &s.Depth)
	}
	b.WriteString(t.Indent("  "))
	if s.Slowest != nil {
		fmt.Fprintf(b, "slowest: step %d of sample %d, in which core %d ends last\n", s.Slowest.Step, s.Slowest.Sample, s.Slowest.Core)
	}
}
