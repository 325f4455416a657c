package runner

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/synfire/synfire/runner/page"

	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/internal/picture"
	"github.com/synfire/synfire/internal/term"
)

// shownComponents are those with energy in the sample, and their colours.
func (x *execution) shownComponents(d *closeUp) ([]cost.Component, []page.Key) {
	var shown []cost.Component
	var keys []page.Key
	for k := range cost.NumComponents {
		if slices.ContainsFunc(x.report.Cost.Components, func(c ComponentCost) bool { return c.Component == k.String() && c.EnergyFJ > 0 }) {
			keys = append(keys, page.Key{Series: len(shown) % len(picture.Series), Text: k.String()})
			shown = append(shown, k)
		}
	}
	if shown == nil { // nothing was priced
		shown = []cost.Component{cost.Soma}
	}
	return shown, keys
}

func (c *Cost) componentPart() page.Part {
	t := page.NewTable("component", ">energy a sample", ">share", "", "events a sample")
	for _, x := range c.Components {
		energy := atLeast(x.UnpricedEvents) + c.perSample(x.EnergyFJ)
		if x.EnergyFJ == 0 && x.UnpricedEvents > 0 {
			energy = "not published"
		}
		t.Add(page.Text(x.Component), page.Number(energy), page.Number(share(x.EnergyFJ, c.EnergyFJ)), page.Bar(x.EnergyFJ, c.EnergyFJ), page.Text(c.eventText(x.Component)))
	}
	p := page.Part{Table: t}
	line := fmt.Sprintf("%s%s a sample", atLeast(c.UnpricedEvents), joulesOf(c.SampleEnergy.Mean))
	if c.Samples > 1 {
		line += fmt.Sprintf(" (%s to %s over %s)", joules(c.SampleEnergy.Min), joules(c.SampleEnergy.Max), plural(c.Samples, "sample"))
	}
	if c.timed() {
		line += fmt.Sprintf(", in %s", seconds(c.SampleTime.Mean))
		if c.Samples > 1 {
			line += fmt.Sprintf(" (%s to %s)", seconds(float64(c.SampleTime.Min)), seconds(float64(c.SampleTime.Max)))
		}
		line += fmt.Sprintf(" by the %s model", c.Timing)
	} else if c.Untimed != "" {
		line += "; the time is not known: " + c.Untimed
	}
	p.Text = []string{line + ".", "Published error of the constants: " + orNone(c.ErrorBand) + "."}
	p.List = c.notes()
	return p
}

func (c *Cost) stepPart() page.Part {
	s := &c.Steps
	t := page.NewTable("chip step", ">mean", ">least", ">most")
	if c.timed() {
		t.Add(page.Text("time"), page.Number(seconds(s.Time.Mean)), page.Number(seconds(float64(s.Time.Min))), page.Number(seconds(float64(s.Time.Max))))
	}
	t.Add(page.Text("energy"), page.Number(joulesOf(s.EnergyFJ.Mean)), page.Number(joules(s.EnergyFJ.Min)), page.Number(joules(s.EnergyFJ.Max)))
	count := func(name string, x *Spread) {
		t.Add(page.Text(name), page.Number(mean(x.Mean)), page.Number(term.Count(x.Min)), page.Number(term.Count(x.Max)))
	}
	count("spikes", &s.Spikes)
	count("messages", &s.Messages)
	if c.timed() && c.Timing != "simple" {
		t.Add(page.Text("stalled"), page.Number(seconds(s.Stalled.Mean)), page.Number(seconds(float64(s.Stalled.Min))), page.Number(seconds(float64(s.Stalled.Max))))
		count("queue depth", &s.Depth)
	}
	p := page.Part{Heading: "All steps of all samples", Table: t}
	if s.Slowest != nil {
		p.Note = fmt.Sprintf("The slowest is step %d of sample %d, in which core %d ends last.", s.Slowest.Step, s.Slowest.Sample, s.Slowest.Core)
	}
	return p
}

func (c *Cost) corePart() page.Part {
	cores := slices.Clone(c.Cores)
	slices.SortStableFunc(cores, func(a, b CoreCost) int { return cmp.Compare(b.EnergyFJ, a.EnergyFJ) })
	t := page.NewTable(">core", "tile", "holds", ">neurons", ">spikes a sample", ">energy a sample", ">share", "", ">computes", ">receives", ">ends last")
	for _, k := range cores[:min(maxPageRows, len(cores))] {
		t.Add(page.Number(fmt.Sprint(k.Core)), page.Text(place(k.X, k.Y)), page.Text(holdsText(k.Holds)), page.Number(term.Count(int64(k.Neurons))), page.Number(average(k.Spikes, c.Samples)),
			page.Number(c.perSample(k.EnergyFJ)), page.Number(share(k.EnergyFJ, c.EnergyFJ)), page.Bar(k.EnergyFJ, cores[0].EnergyFJ), page.Number(c.shareOfTime(k.Busy)), page.Number(c.shareOfTime(k.Work)), page.Number(c.shareOfSteps(k.Critical)))
	}
	p := page.Part{Heading: "Cores", Table: t, Note: "Computes and receives: the share of the time in which the core updates neurons and sends, and works on messages. Ends last: the share of the steps whose end it decides."}
	if n := len(cores); n > maxPageRows {
		p.Note += fmt.Sprintf(" The %d cores with most energy of %d.", maxPageRows, n)
	}
	return p
}

func (c *Cost) linkPart() page.Part {
	links := slices.Clone(c.Links)
	slices.SortStableFunc(links, func(a, b LinkCost) int { return cmp.Compare(b.Messages, a.Messages) })
	t := page.NewTable("from", "to", ">messages a sample", "", ">energy a sample", ">in use")
	cycle := c.Timing == "cycle"
	if cycle {
		t.Head = append(t.Head, page.Number("deepest queue"), page.Number("stalled a sample"))
	}
	for _, l := range links[:min(maxPageRows, len(links))] {
		row := []page.Cell{
			page.Text(place(l.From[0], l.From[1])), page.Text(place(l.To[0], l.To[1])), page.Number(average(l.Messages, c.Samples)),
			page.Bar(l.Messages, links[0].Messages), page.Number(c.perSample(l.EnergyFJ)), page.Number(c.shareOfTime(l.Busy)),
		}
		if cycle {
			row = append(row, page.Number(term.Count(int64(l.Depth))), page.Number(seconds(float64(l.Stalled)/float64(max(1, c.Samples)))))
		}
		t.Add(row...)
	}
	p := page.Part{Heading: "Links between tiles", Table: t}
	if n := len(links); n > maxPageRows {
		p.Note = fmt.Sprintf("The %d busiest of %d.", maxPageRows, n)
	}
	return p
}
