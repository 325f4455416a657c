package runner

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/synfire/synfire/internal/term"
	"github.com/synfire/synfire/passes"
)

// RunReport is the result of run.
type RunReport struct {
	Network string `json:"network"`
	File    string `json:"file"`
	Target  string `json:"target"`
	// Claim says how true the execution is to what it stands for.
	Claim    string                `json:"claim"`
	Image    *ImageDigest          `json:"image,omitempty"`
	Fidelity []passes.NodeFidelity `json:"fidelity,omitempty"`
	// FidelityWord is that of the least faithful population; exact is up to the
	// rounding of weights and decays, and not where weights are clipped.
	FidelityWord string `json:"fidelity_word,omitempty"`
	// Clipped counts the weights outside of what the target holds.
	Clipped int         `json:"clipped_weights,omitempty"`
	Auto    *AutoReport `json:"auto,omitempty"` // how --auto found the widths
	Fit     *passes.Fit `json:"fit,omitempty"`
	Result  *Summary    `json:"run,omitempty"`
	// Price is what a sample costs by a published profile, where there is one.
	Price *Price `json:"price,omitempty"`
	// Cost is where energy and time went, if it was asked for.
	Cost *Cost `json:"cost,omitempty"`
	// Unpriced says why it has no cost, where one was asked for if possible.
	Unpriced string       `json:"unpriced,omitempty"`
	Trace    *TraceReport `json:"trace,omitempty"`
	// Reference is the same data in float, where it was run too.
	Reference *Summary `json:"reference,omitempty"`
	// Agree counts the samples of the same predicted class in both.
	Agree   int        `json:"agree"`
	Passes  []PassTime `json:"passes,omitempty"`
	Outputs []string   `json:"outputs,omitempty"` // files written
	Seconds float64    `json:"seconds"`           // from start to end
}

// ImageDigest identifies an image.
type ImageDigest struct {
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Text writes the report for people.
func (r *RunReport) Text(w io.Writer) error {
	var b strings.Builder
	if r.Auto != nil {
		if err := r.Auto.Text(&b); err != nil {
			return err
		}
	}
	fmt.Fprintf(&b, "%s  target=%s (%s)\n", r.Network, r.Target, r.Claim)
	if r.Fit != nil {
		b.WriteString(fitsText(r.Fit))
	}
	if len(r.Fidelity) > 0 {
		b.WriteString(fidelityText(r.Fidelity, r.Clipped))
	}
	if r.Result != nil {
		r.spikes(&b)
		r.accuracy(&b)
		r.speed(&b)
	}
	if r.Cost != nil {
		b.WriteString(r.Cost.text())
	}
	if r.Trace != nil {
		b.WriteString(r.Trace.text())
	}
	for _, o := range r.Outputs {
		fmt.Fprintf(&b, "wrote %s\n", o)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// spikes tabulates the populations, beside the reference where there is one.
func (r *RunReport) spikes(b *strings.Builder) {
	t := term.Table{Right: []bool{false, true, true, true, true, true}}
	head := []string{"spikes", "neurons", "total", "rate"}
	if r.Result.Samples > 1 {
		head = append(head, "a sample")
	}
	if r.Reference != nil {
		head = append(head, "in float")
	}
	t.Add(head...)
	samples := r.Result.Samples
	for _, p := range r.Result.Populations {
		row := []string{p.Name, term.Count(int64(p.Neurons)), term.Count(p.Spikes), fmt.Sprintf("%.2f %%", 100*p.Rate)}
		if samples > 1 {
			row = append(row, fmt.Sprintf("%.1f", float64(p.Spikes)/float64(samples)))
		}
		if r.Reference != nil {
			row = append(row, referenceSpikes(r.Reference, p.Name))
		}
		t.Add(row...)
	}
	b.WriteString(t.Indent("  "))
}

func referenceSpikes(s *Summary, name string) string {
	for _, p := range s.Populations {
		if p.Name == name {
			return term.Count(p.Spikes)
		}
	}
	return "-"
}

func (r *RunReport) accuracy(b *strings.Builder) {
	a := r.Result.Accuracy
	if a == nil {
		if r.Reference != nil && r.Result.Predicted != nil {
			fmt.Fprintf(b, "same most active output in float: %s of %s\n", term.Count(int64(r.Agree)), plural(r.Result.Samples, "sample"))
		}
		return
	}
	fmt.Fprintf(b, "accuracy: %s on %s", percent(a), r.Target)
	if r.Reference != nil && r.Reference.Accuracy != nil {
		fmt.Fprintf(b, ", %s in float: %s; same class in %s of %s samples",
			percent(r.Reference.Accuracy), lossText(r.Reference.Accuracy.Percent-a.Percent),
			term.Count(int64(r.Agree)), term.Count(int64(a.Total)))
	}
	b.WriteByte('\n')
}

func lossText(points float64) string {
	switch {
	case points > 0:
		return fmt.Sprintf("a loss of %.2f points", points)
	case points < 0:
		return fmt.Sprintf("%.2f points better", -points)
	}
	return "no loss"
}

func percent(a *Accuracy) string {
	return fmt.Sprintf("%.2f %% (%s of %s)", a.Percent, term.Count(int64(a.Correct)), term.Count(int64(a.Total)))
}

// speed says what the run took here; the time on a chip is another one.
func (r *RunReport) speed(b *strings.Builder) {
	s := r.Result
	d := time.Duration(s.Seconds * float64(time.Second))
	verb := "emulate"
	if r.Target == ReferenceName {
		verb = "execute"
	}
	fmt.Fprintf(b, "host time: %s to %s %s of %s", term.Duration(d), verb, plural(s.Samples, "sample"), plural(s.Steps, "step"))
	if s.Samples > 1 && s.Seconds > 0 {
		fmt.Fprintf(b, " (%s/s)", term.Count(int64(float64(s.Samples)/s.Seconds)))
	}
	if r.Reference != nil {
		fmt.Fprintf(b, ", %s in float", term.Duration(time.Duration(r.Reference.Seconds*float64(time.Second))))
	}
	fmt.Fprintf(b, ", %s in all\n", term.Duration(time.Duration(r.Seconds*float64(time.Second))))
	if w := s.Work; w != nil {
		fmt.Fprintf(b, "work: %s synaptic events, %s neuron updates\n", term.Count(w.SynapticEvents), term.Count(w.NeuronUpdates))
		if w.AccumulatorWraps+w.CurrentWraps > 0 {
			fmt.Fprintf(b, "warning: %s sums of input and %s currents did not fit the chip's registers and wrapped, as on the chip\n",
				term.Count(w.AccumulatorWraps), term.Count(w.CurrentWraps))
		}
		if w.Saturations > 0 {
			fmt.Fprintf(b, "warning: %s sums of input were cut to what a ring buffer holds, as on the chip\n", term.Count(w.Saturations))
		}
	}
	if s.RealTime != nil {
		b.WriteString(s.RealTime.text())
	}
	if r.Price != nil {
		b.WriteString(r.Price.text())
	}
}

// Agreement counts the samples for which both runs predict the same class.
func Agreement(a, b *Summary) int {
	n := 0
	for k := range min(len(a.Predicted), len(b.Predicted)) {
		if a.Predicted[k] == b.Predicted[k] {
			n++
		}
	}
	return n
}
