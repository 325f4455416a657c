package runner

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/synfire/synfire/internal/cliargs"
	"github.com/synfire/synfire/internal/term"
)

// Text writes the report for people.
func (r *AutoReport) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "widths for %s: least %s, at most %g points lost; %s calibrate, %s held out, %s\n",
		r.Target, r.Minimise, r.Budget, plural(r.Calibrated, "sample"), term.Count(int64(r.HeldOut)), r.measure())
	fmt.Fprintf(&b, "each is run as it is and %s with %g %% of its input's spikes lost, since samples from training are easier than new ones\n",
		plural(r.Versions-1, "time"), 100*r.Lost)
	r.energy(&b)
	r.bars(&b)
	r.widths(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// energy says what least energy means.
func (r *AutoReport) energy(b *strings.Builder) {
	switch {
	case r.Energy != nil:
		b.WriteString(r.Energy.text(r.Tried))
	case r.Minimise == Energy:
		fmt.Fprintf(b, "energy: %s is no chip and has no joules: the bits of the weights that a sample's synaptic events fetch stand for them\n", r.Target)
	}
}

// measure says what a loss is one of.
func (r *AutoReport) measure() string {
	if r.Labelled {
		return "with labels"
	}
	return "without labels: every other answer than in float counts as lost"
}

// barWidth is the length of the longest bar.
const barWidth = 32

// bars draws what each projection loses if it alone is narrowed.
func (r *AutoReport) bars(b *strings.Builder) {
	most := 0.0
	for _, p := range r.Projections {
		for _, x := range p.Sensitivity {
			most = max(most, x.Changed)
		}
	}
	fmt.Fprintf(b, "sensitivity: answers that change if one projection alone is narrowed from %v bits\n", r.Widest)
	t := term.Table{Right: []bool{false, true, true, true, r.Energy != nil}}
	row := func(name, bits, changed, lost, energy, bar string) {
		cells := []string{name, bits, changed, lost, bar}
		if r.Energy != nil {
			cells = slices.Insert(cells, 4, energy)
		}
		t.Add(cells...)
	}
	row("projection", "bits", "changed", "lost", "energy", "")
	for _, p := range r.Projections {
		name := p.Src + " -> " + p.Dst
		for _, x := range p.Sensitivity {
			if x.Refused != "" {
				row(name, fmt.Sprint(x.Bits), "-", "-", "-", "cannot run")
			} else {
				row(name, fmt.Sprint(x.Bits), fmt.Sprintf("%.2f %%", x.Changed), fmt.Sprintf("%+.2f", x.Loss), r.Energy.change(x.EnergyFJ), bar(x.Changed, most))
			}
			name = ""
		}
	}
	b.WriteString(t.Indent("  "))
}

// eighths are the parts of a character that end a bar.
var eighths = []rune(" ▏▎▍▌▋▊▉")

// bar draws a part of the longest bar.
func bar(x, most float64) string {
	if most <= 0 {
		return ""
	}
	n := int(8*barWidth*x/most + 0.5)
	return strings.TrimRight(strings.Repeat("█", n/8)+string(eighths[n%8]), " ")
}

// widths tabulates the choice.
func (r *AutoReport) widths(b *strings.Builder) {
	t := term.Table{Right: []bool{false, true, true, true}}
	t.Add("projection", "bits", "weights", "bytes")
	flags := fmt.Sprintf("--bits %v", r.Widest)
	for _, p := range r.Projections {
		bits := p.Bits.String()
		if in := p.Stored / p.Weights; !p.Bits.IsMean() && in != int64(p.Bits) {
			bits += fmt.Sprintf(", stored in %d", in)
		}
		t.Add(p.Src+" -> "+p.Dst, bits, term.Count(p.Weights), term.Count(bytesOf(p.Stored)))
		if p.Bits != r.Widest {
			flags += " --bits-by " + cliargs.Quote(fmt.Sprintf("%s=%v", p.Name, p.Bits))
		}
	}
	b.WriteString("chosen:\n")
	b.WriteString(t.Indent("  "))
	for _, p := range r.Projections {
		b.WriteString(inputsByWidth(p.Src, p.Dst, p.Inputs))
	}
	fmt.Fprintf(b, "  %s\n", r.Chosen.text())
	if u := r.Uniform; u != nil {
		fmt.Fprintf(b, "narrowest uniform width that keeps the budget: %s\n  %s\n", bitsPhrase(u.Bits), u.text())
	}
	fmt.Fprintf(b, "%s measured; the same without a search: %s\n", plural(r.Tried, "choice"), flags)
}

func bytesOf(bits int64) int64 { return (bits + 7) / 8 }

// text says what a choice costs and loses.
func (w *AutoWidths) text() string {
	energy := ""
	if w.EnergyFJ > 0 || w.Unpriced > 0 {
		energy = fmt.Sprintf(", %s%s a sample", atLeast(int64(math.Ceil(w.Unpriced))), joulesOf(w.EnergyFJ))
	}
	return fmt.Sprintf("weights %s B, %s bits of weights fetched a sample%s; loses %+.2f points, with 95 %% confidence at most %.2f",
		term.Count(bytesOf(w.Memory)), whole(w.Fetched), energy, w.Loss, w.Bound)
}
