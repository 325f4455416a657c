package runner

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/synfire/synfire/internal/term"
)

// EvalReport is the result of eval. The first row is the reference in float.
type EvalReport struct {
	Network string    `json:"network"`
	File    string    `json:"file"`
	Samples int       `json:"samples"`
	Steps   int       `json:"steps"`
	Rows    []EvalRow `json:"rows"`
	// Auto says how --auto found its widths, by target.
	Auto    []*AutoReport `json:"auto,omitempty"`
	Seconds float64       `json:"seconds"` // from start to end
}

// EvalRow is one target at one width of weights.
type EvalRow struct {
	Target string `json:"target"`
	Width
	// Error says why the network cannot run like this; all else is then empty.
	Error    string    `json:"error,omitempty"`
	Accuracy *Accuracy `json:"accuracy,omitempty"` // nil without labels
	// Interval is the 95 % confidence interval of the accuracy.
	Interval *Interval `json:"interval,omitempty"`
	// Loss is by how many points the accuracy is below that in float.
	Loss *float64 `json:"loss,omitempty"`
	// Agree counts the samples of the same predicted class as in float.
	Agree   int         `json:"agree"`
	Layers  []EvalLayer `json:"layers,omitempty"`
	Work    *Work       `json:"work,omitempty"`
	Metrics *Metrics    `json:"metrics,omitempty"`
	// SpikeHash is that of CellResult.
	SpikeHash string  `json:"spike_hash,omitempty"`
	Seconds   float64 `json:"seconds"`
	// SynapticEvents counts the synapses with a weight that is not zero that a
	// spike reached, over all samples.
	SynapticEvents int64 `json:"synaptic_events"`
	// Robustness is what disturbances change, by kind and level.
	Robustness []Robustness `json:"robustness,omitempty"`

	cell *CellResult
}

// EvalLayer is a population over all samples.
type EvalLayer struct {
	PopulationSpikes
	PerSample float64 `json:"per_sample"` // spikes
	// Shift is the earth mover's distance of the neurons' firing rates from
	// those in float, in spikes a step; nil for what float does not have.
	Shift *float64 `json:"shift,omitempty"`
}

// report tabulates the results so far.
func (e *evaluation) report() (*EvalReport, error) {
	r := &EvalReport{Network: e.Net.Name, File: e.File}
	if e.data == nil {
		return r, nil
	}
	r.Samples, r.Steps = e.data.Samples, e.data.Steps
	if err := r.fill(e.results, e.Metrics); err != nil {
		return r, err
	}
	for i := range r.Rows {
		for k := range e.results {
			if e.results[k].same(&Cell{Target: r.Rows[i].Target, Width: r.Rows[i].Width}) {
				r.Rows[i].Seconds = e.seconds[k]
			}
		}
	}
	return r, nil
}

// fill makes the rows of results that begin with the run in float.
func (r *EvalReport) fill(results []CellResult, metrics bool) error {
	for i := range results {
		x := &results[i]
		if x.Disturbance == nil {
			r.Rows = append(r.Rows, x.row(&results[0], r.Steps, metrics))
			if x.Auto != nil {
				r.Auto = append(r.Auto, x.Auto)
			}
			continue
		}
		row := &r.Rows[len(r.Rows)-1] // disturbed cells follow their own
		if x.Error == "" {
			row.disturb(x, r.Steps)
		}
	}
	return nil
}

// row returns a row: what was measured, compared with the run in float.
func (m *CellResult) row(float *CellResult, steps int, metrics bool) EvalRow {
	r := EvalRow{Target: m.Target, Width: m.Width, Error: m.Error, cell: m}
	if m.Error != "" {
		return r
	}
	samples := m.To - m.From
	r.Accuracy, r.Agree, r.Work, r.SpikeHash = m.accuracy(), m.agree(float), m.Work, m.SpikeHash
	if o := m.Operations; o != nil {
		r.SynapticEvents = o.ACs + o.MACs
		if metrics {
			r.Metrics = o.metrics(samples, steps)
		}
	}
	if a := r.Accuracy; a != nil {
		w := Wilson(a.Correct, a.Total)
		r.Interval = &w
		if f := float.accuracy(); f != nil {
			loss := f.Percent - a.Percent
			r.Loss = &loss
		}
	}
	places := int64(samples) * int64(steps)
	for _, p := range m.Populations {
		l := EvalLayer{PopulationSpikes: PopulationSpikes{Name: p.Name, Neurons: len(p.Spikes), Spikes: sum(p.Spikes)}}
		l.PerSample = float64(l.Spikes) / float64(samples)
		if n := float64(places) * float64(l.Neurons); n > 0 {
			l.Rate = float64(l.Spikes) / n
		}
		if shift, ok := RateShift(p.Spikes, float.of(p.Name), places); ok {
			l.Shift = &shift
		}
		r.Layers = append(r.Layers, l)
	}
	return r
}

// layer returns a population of a row, nil if it has none of that name.
func (r *EvalRow) layer(name string) *EvalLayer {
	i := slices.IndexFunc(r.Layers, func(l EvalLayer) bool { return l.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Layers[i]
}

// width names the width of the weights of a row.
func (r *EvalRow) width() string {
	switch {
	case r.Width != Width{}:
		return r.Width.String()
	case r.Target == ReferenceName:
		return "float"
	}
	return "widest"
}

// name names a row in a sentence.
func (r *EvalRow) name() string {
	switch {
	case r.Width != Width{}:
		return fmt.Sprintf("%s at %s", r.Target, r.Width.phrase())
	case r.Target == ReferenceName:
		return r.Target + " in float"
	}
	return r.Target
}

// Text writes the tables for people.
func (r *EvalReport) Text(w io.Writer) error {
	if len(r.Rows) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s of %s\n", r.Network, plural(r.Samples, "sample"), plural(r.Steps, "step"))
	for _, a := range r.Auto {
		if err := a.Text(&b); err != nil {
			return err
		}
	}
	r.accuracies(&b)
	b.WriteString("spikes a sample, and the shift of the neurons' firing rates (earth mover's distance, 10^-3 spikes a step)\n")
	r.layers(&b)
	r.metrics(&b)
	r.robustness(&b)
	for i := range r.Rows {
		if x := &r.Rows[i]; x.Error != "" {
			fmt.Fprintf(&b, "%s was not run: %s\n", x.name(), x.Error)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *EvalReport) accuracies(b *strings.Builder) {
	t := term.Table{Right: []bool{false, true, true, true, true, true, true, true, true}}
	t.Add("target", "bits", "accuracy", "95 % interval", "loss", "as in float", "host time", "samples/s", "syn. events/s")
	for i := range r.Rows {
		x := &r.Rows[i]
		if x.Error != "" {
			t.Add(x.Target, x.width(), "-", "-", "-", "-", "-", "-", "-")
			continue
		}
		accuracy, interval, loss := "-", "-", "-"
		if x.Accuracy != nil {
			accuracy = fmt.Sprintf("%.2f %%", x.Accuracy.Percent)
			interval = fmt.Sprintf("%.2f to %.2f", x.Interval.Low, x.Interval.High)
		}
		if x.Loss != nil {
			loss = fmt.Sprintf("%+.2f", *x.Loss)
		}
		took, speed, events := "-", "-", "-" // unknown in a result that was merged
		if x.Seconds > 0 {
			took = term.Duration(time.Duration(x.Seconds * float64(time.Second)))
			speed = term.Count(int64(float64(r.Samples) / x.Seconds))
			events = term.Count(int64(float64(x.SynapticEvents) / x.Seconds))
		}
		agree := fmt.Sprintf("%.2f %%", 100*float64(x.Agree)/float64(r.Samples))
		t.Add(x.Target, x.width(), accuracy, interval, loss, agree, took, speed, events)
	}
	b.WriteString(t.Indent("  "))
}

// layers tabulates the populations that the network has in float.
func (r *EvalReport) layers(b *strings.Builder) {
	head := []string{"target", "bits"}
	t := term.Table{Right: []bool{false, true}}
	for _, l := range r.Rows[0].Layers {
		head = append(head, l.Name, "shift")
		t.Right = append(t.Right, true, true)
	}
	t.Add(head...)
	for i := range r.Rows {
		x := &r.Rows[i]
		cells := []string{x.Target, x.width()}
		for _, f := range r.Rows[0].Layers {
			spikes, shift := "-", "-"
			if l := x.layer(f.Name); l != nil {
				spikes = fmt.Sprintf("%.1f", l.PerSample)
				if l.Shift != nil {
					shift = fmt.Sprintf("%.2f", 1000**l.Shift)
				}
			}
			cells = append(cells, spikes, shift)
		}
		t.Add(cells...)
	}
	b.WriteString(t.Indent("  "))
}

// metrics tabulates the metrics of NeuroBench, where they were measured.
func (r *EvalReport) metrics(b *strings.Builder) {
	if r.Rows[0].Metrics == nil {
		return
	}
	b.WriteString("NeuroBench's metrics; synaptic operations of a sample, over all of its steps, and of a step\n")
	t := term.Table{Right: []bool{false, true, true, true, true, true, true, true, true, true, true}}
	t.Add("target", "bits", "footprint", "conn. sparsity", "act. sparsity", "ACs/sample", "MACs/sample", "dense/sample", "ACs/step", "MACs/step", "dense/step")
	for i := range r.Rows {
		x := &r.Rows[i]
		m := x.Metrics
		if m == nil {
			continue
		}
		cells := []string{x.Target, x.width(), term.Count(m.Footprint.Bytes) + " B", fmt.Sprintf("%.4f", m.ConnectionSparsity), fmt.Sprintf("%.4f", m.ActivationSparsity)}
		for _, o := range []SynapticOperations{m.PerSample, m.PerStep} {
			cells = append(cells, whole(o.EffectiveACs), whole(o.EffectiveMACs), whole(o.Dense))
		}
		t.Add(cells...)
	}
	b.WriteString(t.Indent("  "))
}

// whole writes a mean without its fraction.
func whole(x float64) string { return term.Count(int64(x + 0.5)) }
