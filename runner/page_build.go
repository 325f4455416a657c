package runner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/synfire/synfire/runner/page"

	"github.com/synfire/synfire/internal/picture"
	"github.com/synfire/synfire/internal/term"
	"github.com/synfire/synfire/passes"
)

// page puts together what is known of the run.
func (x *execution) page(d *closeUp, nofit *NoFitError) *page.Page {
	p := &page.Page{Title: x.title(), Sub: x.report.Claim, Cards: x.cards(nofit)}
	if nofit != nil {
		p.Title = fmt.Sprintf("%s on %s", x.report.Network, nofit.Fit.Target)
	}
	for _, s := range []*page.Section{
		x.fitSection(nofit), x.accuracySection(), x.mapSection(), x.costSection(d), x.spikeSection(), x.traceSection(d), x.quantizationSection(), x.originSection(),
	} {
		if s != nil && len(s.Parts) > 0 {
			p.Sections = append(p.Sections, *s)
		}
	}
	return p
}

// cards are the three questions: does it fit, what does it lose, what does it
// cost.
func (x *execution) cards(nofit *NoFitError) []page.Card {
	if nofit != nil {
		return []page.Card{{What: "does it fit?", Value: "no", More: noFitHeadline(nofit.Fit), Mood: "bad"}}
	}
	r, s := x.report, x.report.Result
	var out []page.Card
	if f := r.Fit; f != nil {
		out = append(out, page.Card{What: "does it fit?", Value: "yes", More: fmt.Sprintf("%s of %d", plural(f.Cores, "core"), f.Available), Mood: "good"})
	}
	if s.Accuracy != nil {
		out = append(out, page.Card{What: "accuracy on " + r.Target, Value: fmt.Sprintf("%.2f %%", s.Accuracy.Percent), More: x.lossLine()})
	} else if r.Reference != nil && s.Predicted != nil {
		out = append(out, page.Card{What: "same class as in float", Value: fmt.Sprintf("%.1f %%", 100*float64(r.Agree)/float64(s.Samples)), More: fmt.Sprintf("%d of %s; the data has no labels", r.Agree, plural(s.Samples, "sample"))})
	}
	if c := r.Cost; c != nil {
		out = append(out, page.Card{What: "energy per inference", Value: atLeast(c.UnpricedEvents) + joulesOf(c.SampleEnergy.Mean), More: fmt.Sprintf("constants of %s; %s", c.Profile, strings.ToLower(staticLine(c)))})
		value, more := "unknown", c.Untimed
		if c.timed() {
			value, more = seconds(c.SampleTime.Mean), fmt.Sprintf("%s model, %s a sample", c.Timing, plural(c.ChipSteps/max(1, c.Samples), "chip step"))
		}
		out = append(out, page.Card{What: "time per inference", Value: value, More: more})
	} else if r.Price != nil {
		out = append(out, page.Card{What: "energy per inference", Value: joules(r.Price.EnergyFJ), More: r.Price.Source})
		if r.Price.RealTime > 0 {
			out = append(out, page.Card{What: "time per inference", Value: seconds(float64(r.Price.RealTime)), More: r.Price.TimeSource})
		}
	}
	if s.RealTime != nil {
		out = append(out, s.RealTime.cards()...)
	}
	return out
}

// cards are the headline of a chip that runs in real time, or fails to.
func (r *RealTime) cards() []page.Card {
	const perJoule = 1e15 // fJ
	e := page.Card{What: "energy per inference", Value: joulesOf(r.Energy.PowerJ * perJoule), More: fmt.Sprintf("by power; %s by activity", joulesOf(r.Energy.ActivJ*perJoule))}
	t := page.Card{What: "time per inference", Value: fmt.Sprintf("%.4g ms", r.Energy.SampleMS), More: "real time holds"}
	if !r.Holds {
		t.More, t.Mood = "real time does not hold", "bad"
	}
	t.More += fmt.Sprintf(": the busiest needs %s of a tick of %s", micro(r.NeedUS), micro(r.TickUS))
	return []page.Card{e, t}
}

func staticLine(c *Cost) string {
	if c.StaticFJ == nil {
		return "Static power not known"
	}
	return "Static power aside"
}

func (x *execution) lossLine() string {
	a, ref := x.report.Result.Accuracy, x.report.Reference
	if ref == nil || ref.Accuracy == nil {
		return fmt.Sprintf("%d of %s", a.Correct, plural(a.Total, "sample"))
	}
	return fmt.Sprintf("float: %.2f %%, %s", ref.Accuracy.Percent, lossText(ref.Accuracy.Percent-a.Percent))
}

func (x *execution) fitSection(nofit *NoFitError) *page.Section {
	f := x.report.Fit
	if f == nil {
		return nil
	}
	s := &page.Section{Title: "Does it fit?", Long: true}
	t := page.NewTable("layer", "kind", ">neurons", ">cores", ">steps late", "resource", ">used", ">a core has", ">cores for it", "of the cores that it takes")
	for i := range f.Layers {
		l := &f.Layers[i]
		for k, row := range l.Rows {
			name, kind, neurons, cores, late := l.Name, l.Op, term.Count(int64(l.Shape.Size())), fmt.Sprint(l.Cores), fmt.Sprint(l.Latency)
			if k > 0 {
				name, kind, neurons, cores, late = "", "", "", "", ""
			}
			t.Add(page.Text(name), page.Text(kind), page.Number(neurons), page.Number(cores), page.Number(late), page.Text(row.Resource), page.Number(term.Count(row.Used)), page.Number(term.Count(row.PerCore)), page.Number(term.Count(row.MinCores)),
				page.Bar(row.Used, row.PerCore*int64(max(1, l.Cores))))
		}
	}
	p := page.Part{Table: t}
	if nofit == nil {
		p.Text = []string{fmt.Sprintf("The network takes %s of %d.", plural(f.Cores, "core"), f.Available)}
	} else {
		p.Text = []string{noFitHeadline(f) + "."}
		for _, v := range f.Violations {
			p.List = append(p.List, v.Text)
		}
	}
	s.Parts = append(s.Parts, p)
	if nofit != nil {
		s.Parts = append(s.Parts, fixesPart(f))
	}
	return s
}

func fixesPart(f *passes.Fit) page.Part {
	if len(f.Fixes) == 0 {
		return page.Part{Text: []string{"No change of options that the compiler tried makes it fit; a smaller layer would."}}
	}
	t := page.NewTable("flags", ">cores", "effect")
	for _, x := range f.Fixes {
		t.Add(page.Text(x.Flags), page.Number(fmt.Sprint(x.Cores)), page.Text(x.Effect))
	}
	return page.Part{Heading: "Fixes, cheapest first, each compiled and found to fit", Table: t}
}

func (x *execution) accuracySection() *page.Section {
	r := x.report
	if r.Result == nil || r.Result.Accuracy == nil && r.Reference == nil {
		return nil
	}
	s := &page.Section{Title: "What does it lose?"}
	t := page.NewTable("run", ">correct", ">samples", ">accuracy", "95 % interval", ">ties")
	for _, m := range []*Summary{r.Reference, r.Result} {
		if m == nil || m.Accuracy == nil {
			continue
		}
		name := "on " + m.Target
		if m.Target == ReferenceName {
			name = "in float"
		}
		a, w := m.Accuracy, Wilson(m.Accuracy.Correct, m.Accuracy.Total)
		t.Add(page.Text(name), page.Number(term.Count(int64(a.Correct))), page.Number(term.Count(int64(a.Total))), page.Number(fmt.Sprintf("%.2f %%", a.Percent)), page.Text(fmt.Sprintf("%.2f to %.2f %%", w.Low, w.High)), page.Number(fmt.Sprint(a.Ties)))
	}
	if len(t.Rows) > 0 {
		s.Parts = append(s.Parts, page.Part{Table: t})
	}
	if r.Reference != nil && r.Result.Predicted != nil {
		s.Parts = append(s.Parts, page.Part{Note: fmt.Sprintf("The same output neuron fires most as in float in %s of %s. A class is the output neuron with most spikes, the lowest of several (a tie).", term.Count(int64(r.Agree)), plural(r.Result.Samples, "sample"))})
	}
	return s
}

func (x *execution) mapSection() *page.Section {
	c := x.report.Cost
	if c == nil {
		return nil
	}
	h := newHeatmap(x.title(), c)
	width, height := h.size()
	m := c.Messages
	f := drawing(width, height, "The cores of each tile, coloured by energy, and the links between tiles, coloured by messages. An arrow points where its messages go; a link without messages is not drawn.", h.draw)
	f.Paper = true
	return &page.Section{Title: "Placement and traffic", Parts: []page.Part{{
		Text: []string{fmt.Sprintf("%s between cores = %s received + %s in flight at the end, over all samples; %s stayed within a tile, %s came from outside the chip.",
			plural(int(m.Sent), "message"), term.Count(m.Received), term.Count(m.InFlight), term.Count(m.Local), term.Count(m.Outside))},
		Figure: f,
	}}}
}

func (x *execution) spikeSection() *page.Section {
	r := x.report
	if r.Result == nil {
		return nil
	}
	s := &page.Section{Title: "Spikes", Long: true}
	t := page.NewTable("population", ">neurons", ">spikes", ">a sample", ">rate", ">in float")
	for _, p := range r.Result.Populations {
		ref := "-"
		if r.Reference != nil {
			ref = referenceSpikes(r.Reference, p.Name)
		}
		t.Add(page.Text(p.Name), page.Number(term.Count(int64(p.Neurons))), page.Number(term.Count(p.Spikes)), page.Number(average(p.Spikes, r.Result.Samples)), page.Number(fmt.Sprintf("%.2f %%", 100*p.Rate)), page.Number(ref))
	}
	s.Parts = append(s.Parts, page.Part{Table: t, Note: fmt.Sprintf("Over %s of %s.", plural(r.Result.Samples, "sample"), plural(r.Result.Steps, "step"))})
	if len(x.spikes) > 0 {
		m := newRasterMap(x.title(), x.spikes)
		width, height := m.size()
		s.Parts = append(s.Parts, page.Part{Heading: fmt.Sprintf("Sample %d", x.Sample), Figure: drawing(width, height, "Spikes of sample "+fmt.Sprint(x.Sample)+". Where a row of marks stands for several neurons it says so beside the band, and a mark is the stronger the more of them fire.", m.draw)})
	}
	return s
}

func (x *execution) traceSection(d *closeUp) *page.Section {
	s := &page.Section{Title: "Membrane potentials", Long: true}
	for _, f := range traceFigures(d.traces, x.spikes) {
		s.Parts = append(s.Parts, page.Part{Figure: f})
	}
	if len(s.Parts) == 0 {
		return nil
	}
	unit := "the chip's integers, after the reset of a step"
	if x.Target == nil {
		unit = "the network's own numbers"
	}
	which := fmt.Sprintf("the %s that fire most in each population", plural(tracedNeurons, "neuron"))
	if len(x.Probes) > 0 {
		which = "the probed neurons"
	}
	s.Parts[0].Text = []string{fmt.Sprintf("Sample %d, %s, in %s.", x.Sample, which, unit)}
	return s
}

func (x *execution) quantizationSection() *page.Section {
	c := x.compiled
	if c == nil || x.report.Result == nil {
		return nil
	}
	s := &page.Section{Title: "Quantization", Long: true}
	if len(c.Projections) > 0 {
		s.Parts = append(s.Parts, page.Part{Table: weightTable(c.Projections)})
	}
	if len(c.Populations) > 0 {
		t := page.NewTable("population", "was", ">neurons", ">steps late", ">chip units of 1", "")
		for _, p := range c.Populations {
			wraps := ""
			if p.MayWrap {
				wraps = "its input may exceed the chip's registers"
			}
			t.Add(page.Text(p.Name), page.Text(p.Op), page.Number(term.Count(int64(p.Neurons))), page.Number(fmt.Sprint(p.Latency)), page.Number(fmt.Sprintf("%.6g", p.Scale)), page.Text(wraps))
		}
		s.Parts = append(s.Parts, page.Part{Table: t})
	}
	var f page.Part
	for _, n := range c.Fidelity {
		if n.Reason != "" {
			f.List = append(f.List, fmt.Sprintf("%s is %s: %s", n.Node, n.Fidelity, n.Reason))
		}
	}
	switch n := c.Clipped(); {
	case n > 0:
		f.List = append(f.List, clippedText(n))
	case len(f.List) == 0 && len(c.Fidelity) > 0:
		f.Text = []string{"All populations are " + exactText + "."}
	}
	if w := x.report.Result.Work; w != nil && w.AccumulatorWraps+w.CurrentWraps > 0 {
		f.List = append(f.List, fmt.Sprintf("%s sums of input and %s currents did not fit the chip's registers and wrapped, as on the chip", term.Count(w.AccumulatorWraps), term.Count(w.CurrentWraps)))
	}
	s.Parts = append(s.Parts, f)
	return s
}

// weightTable says what became of the weights, and by which method where there
// was a choice.
func weightTable(ps []passes.ProjectionReport) *page.Table {
	t := page.NewTable("weights", ">bits", ">exponent", ">synapses", ">stored", ">to zero", ">clipped", ">mean error", ">largest error")
	chosen := slices.ContainsFunc(ps, func(p passes.ProjectionReport) bool { return p.Stats.Method != "" })
	if chosen {
		t.Head = append(t.Head, page.Text("method"))
	}
	for _, p := range ps {
		row := []page.Cell{
			page.Text(p.Src + " → " + p.Dst), page.Number(fmt.Sprint(p.Bits)), page.Number(fmt.Sprint(p.Exp)), page.Number(term.Count(p.Synapses)), page.Number(term.Count(int64(p.Stats.Weights))),
			page.Number(term.Count(int64(p.Stats.Zeroed))), page.Number(term.Count(int64(p.Stats.Clipped))), page.Number(fmt.Sprintf("%.3g", p.Stats.MeanError)), page.Number(fmt.Sprintf("%.3g", p.Stats.MaxError)),
		}
		if chosen {
			row = append(row, page.Text(p.Stats.Method))
		}
		t.Add(row...)
	}
	return t
}

// originSection says where everything comes from, and how to get it again.
func (x *execution) originSection() *page.Section {
	r := x.report
	s := &page.Section{Title: "Where this comes from", Long: true}
	t := page.NewTable()
	t.Add(page.Text("network"), page.Text(x.File))
	for _, in := range x.Inputs {
		t.Add(page.Text("input"), page.Text(in))
	}
	if len(x.Inputs) == 0 && x.Random >= 0 {
		t.Add(page.Text("input"), page.Text(fmt.Sprintf("random spikes of probability %g, seed %d", x.Random, x.Seed)))
	}
	if r.Image != nil {
		t.Add(page.Text("chip image"), page.Text(fmt.Sprintf("%s bytes, sha256 %s", term.Count(int64(r.Image.Bytes)), r.Image.SHA256)))
	}
	if r.Result != nil {
		t.Add(page.Text("spikes"), page.Text("sha256 "+r.Result.SpikeHash))
	}
	t.Add(page.Text("made by"), page.Text("synfire "+x.Page.Version))
	s.Parts = append(s.Parts, page.Part{Table: t})
	if c := r.Cost; c != nil {
		s.Parts = append(s.Parts, constantsPart(c))
	}
	var notes []string
	for _, d := range Merge(x.Page.Notes, x.diags) {
		line := d.Severity.String() + ": " + d.Msg
		if d.Path != "" {
			line += " (" + d.Path + ")"
		}
		notes = append(notes, line)
	}
	if len(notes) > 0 {
		s.Parts = append(s.Parts, page.Part{Heading: "What was assumed", List: notes})
	}
	s.Parts = append(s.Parts, page.Part{Heading: "The command", Code: x.Page.Command})
	return s
}

func constantsPart(c *Cost) page.Part {
	t := page.NewTable("event", "component", ">count", ">energy", ">time", ">energy of all", "source")
	for _, e := range c.Events {
		energy, time, sum := "not published", "not published", "unknown"
		if e.PriceFJ != nil {
			energy, sum = decimal(*e.PriceFJ, 1000)+" pJ", joules(e.EnergyFJ)
		}
		if e.Time != nil {
			time = decimal(*e.Time, 10) + " ns"
		}
		t.Add(page.Text(e.Event), page.Text(e.Component), page.Number(term.Count(e.Count)), page.Number(energy), page.Number(time), page.Number(sum), page.Text(e.Source))
	}
	p := page.Part{Heading: "Constants that were used", Table: t, Text: []string{fmt.Sprintf("Cost profile %s: %s.", c.Profile, c.Source), "Published error: " + orNone(c.ErrorBand) + "."}}
	return p
}

func orNone(s string) string {
	if s == "" {
		return "none in its source"
	}
	return s
}

// maxPageRows is how many cores or links a page lists.
const maxPageRows = 20

func (x *execution) costSection(d *closeUp) *page.Section {
	c := x.report.Cost
	if c == nil {
		if p := x.report.Price; p != nil {
			return &page.Section{Title: "What does it cost?", Parts: []page.Part{{Text: []string{
				fmt.Sprintf("%s a sample by the profile %s: %s.", joules(p.EnergyFJ), p.Profile, p.Source),
				"The emulator of this chip counts synaptic operations alone, so there is no energy by core, link or step and no timing model.",
			}}}}
		}
		if r := x.report.Result; r != nil && r.RealTime != nil {
			lines := strings.Split(strings.TrimSpace(r.RealTime.text()), "\n")
			return &page.Section{Title: "What does it cost?", Parts: []page.Part{{
				Text: lines,
				List: []string{"by power: " + r.RealTime.Energy.PowerBy, "by activity: " + r.RealTime.Energy.ActivBy},
			}}}
		}
		if why := x.report.Unpriced; why != "" {
			return &page.Section{Title: "What does it cost?", Parts: []page.Part{{Text: []string{"Not known: " + why + "."}}}}
		}
		return nil
	}
	s := &page.Section{Title: "What does it cost?", Long: true}
	s.Parts = append(s.Parts, c.componentPart())
	if len(d.steps) > 0 {
		s.Parts = append(s.Parts, x.stepsPart(d))
	}
	s.Parts = append(s.Parts, c.stepPart(), c.corePart())
	if len(c.Links) > 0 {
		s.Parts = append(s.Parts, c.linkPart())
	}
	return s
}

// drawSteps are the heights of the charts of a step in pixels.
const (
	energyHeight = 170
	timeHeight   = 80
)

func (x *execution) stepsPart(d *closeUp) page.Part {
	c := x.report.Cost
	shown, keys := x.shownComponents(d)
	height := 8 + energyHeight + 26
	if c.timed() {
		height += timeHeight + 26
	}
	caption := fmt.Sprintf("Sample %d, energy of each chip step by component", x.Sample)
	if c.timed() {
		caption += "; below, the time of each"
	}
	if by := stepsPerBar(len(d.steps)); by > 1 {
		caption += fmt.Sprintf("; a bar is the sum of %d steps", by)
	}
	f := drawing(chartWidth, height, caption+".", func(p picture.Canvas) {
		stepChart(p, d.steps, shown, 8, energyHeight)
		if !c.timed() {
			return
		}
		var times []int64
		for i := range d.steps {
			times = append(times, d.steps[i].Time)
		}
		valueChart(p, times, 8+energyHeight+26, timeHeight, true, func(t int64) string { return seconds(float64(t)) })
	})
	f.Keys = keys
	return page.Part{Heading: "Step by step", Figure: f}
}
