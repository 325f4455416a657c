package runner

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/synfire/synfire/internal/term"
	"github.com/synfire/synfire/passes"
)

// noFitCode is the code of the report.
const noFitCode = "E0312"

// FitReport is the result of fit: what a network needs and what the target
// has.
type FitReport struct {
	Network  string                    `json:"network"`
	File     string                    `json:"file"`
	Target   string                    `json:"target"`
	Fit      *passes.Fit               `json:"fit"`
	Fidelity []passes.NodeFidelity     `json:"fidelity,omitempty"`
	Weights  []passes.ProjectionReport `json:"weights,omitempty"`
	Clipped  int                       `json:"clipped_weights,omitempty"`
	Routing  *passes.RouteReport       `json:"routing,omitempty"`
}

// Text writes the report for people.
func (r *FitReport) Text(w io.Writer) error {
	if r.Fit == nil {
		return nil
	}
	if !r.Fit.Fits {
		_, err := io.WriteString(w, noFitText(r.Fit, r.File))
		return err
	}
	_, err := io.WriteString(w, fitsText(r.Fit)+routingText(r.Routing)+fidelityText(r.Fidelity, r.Clipped)+weightsText(r.Weights))
	return err
}

func fitsText(f *passes.Fit) string {
	t := term.Table{Right: []bool{false, true, true, true, false, true, true}}
	t.Add("layer", "neurons", "cores", "steps late", "scarcest resource", "used", "limit/core")
	for _, l := range f.Layers {
		row := scarcest(&l)
		t.Add(l.Name, term.Count(int64(l.Shape.Size())), term.Count(int64(l.Cores)), term.Count(int64(l.Latency)), row.Resource, term.Count(row.Used), term.Count(row.PerCore))
	}
	return fmt.Sprintf("fits %s: %s of %d\n", f.Target, plural(f.Cores, "core"), f.Available) + t.Indent("  ")
}

// routingText says what the routing tables hold, and what was compressed.
func routingText(r *passes.RouteReport) string {
	if r == nil || r.Chips == 0 {
		return ""
	}
	out := fmt.Sprintf("  routing: %s in the tables of %s, most on chip %s: %s\n",
		plural(r.Entries, "entry"), plural(r.Chips, "chip"), r.MostOn, term.Count(int64(r.Most)))
	for _, c := range r.Compressed {
		out += fmt.Sprintf("  the table of chip %s was compressed from %s entries to %s (%s), verified for every key\n",
			c.Chip, term.Count(int64(c.Before)), term.Count(int64(c.After)), c.Method)
	}
	return out
}

// scarcest returns the row of which a layer uses the largest part of a core.
func scarcest(l *passes.LayerFit) passes.FitRow {
	best, most := passes.FitRow{Resource: "-"}, -1.0
	for _, r := range l.Rows {
		if part := float64(r.Used) / float64(max(1, r.PerCore)); part > most {
			best, most = r, part
		}
	}
	return best
}

// fidelityText says how true the target is to the network.
func fidelityText(nodes []passes.NodeFidelity, clipped int) string {
	var b strings.Builder
	for _, n := range nodes {
		if n.Reason != "" {
			fmt.Fprintf(&b, "  %s is %s: %s\n", n.Node, n.Fidelity, n.Reason)
		}
	}
	switch {
	case b.Len() == 0 && clipped > 0:
		return fmt.Sprintf("fidelity: %s\n", clippedText(clipped))
	case b.Len() == 0 && len(nodes) > 0:
		return fmt.Sprintf("fidelity: %s\n", exactText)
	case clipped > 0:
		fmt.Fprintf(&b, "  %s\n", clippedText(clipped))
	}
	return "fidelity:\n" + b.String()
}

// exactText is said where nothing but rounding was done to a network.
const exactText = "exact up to the rounding of weights and decays"

// clippedText says that this is not all.
func clippedText(n int) string {
	return fmt.Sprintf("not exact: %s clipped to the largest level, beside the rounding of weights and decays", plural2(n, "weight is", "weights are"))
}

func weightsText(ps []passes.ProjectionReport) string {
	if len(ps) == 0 {
		return ""
	}
	t := term.Table{Right: []bool{false, true, true, true, true, true, true, true}}
	head := []string{"weights", "bits", "synapses", "stored", "to zero", "clipped", "largest error"}
	if ps[0].Ring != nil {
		head = append(head, "relative")
	}
	t.Add(head...)
	for _, p := range ps {
		row := []string{
			p.Src + " -> " + p.Dst, fmt.Sprint(p.Bits), term.Count(p.Synapses), term.Count(int64(p.Stats.Weights)),
			term.Count(int64(p.Stats.Zeroed)), term.Count(int64(p.Stats.Clipped)), fmt.Sprintf("%.3g", p.Stats.MaxError),
		}
		if p.Ring != nil {
			row = append(row, fmt.Sprintf("%.2g %%", 100*p.Ring.Relative))
		}
		t.Add(row...)
	}
	return t.Indent("  ") + ringText(ps)
}

// ringText says what the inputs of fixed-point populations hold.
func ringText(ps []passes.ProjectionReport) string {
	t := term.Table{Right: []bool{false, false, true, true, true, true}}
	seen := map[string]bool{}
	for _, p := range ps {
		r := p.Ring
		if r == nil || seen[p.Dst] {
			continue
		}
		if len(seen) == 0 {
			t.Add("inputs of 16 bits", "rule", "one unit", "holds", "all at once", "shift")
		}
		seen[p.Dst] = true
		t.Add(p.Dst+" excitatory", r.Rule, fmt.Sprintf("%.3g", r.UnitExc), fmt.Sprintf("%.4g", r.MaxExc), fmt.Sprintf("%.4g", r.WorstExc), fmt.Sprint(r.ShiftExc))
		t.Add(p.Dst+" inhibitory", r.Rule, fmt.Sprintf("%.3g", r.UnitInh), fmt.Sprintf("%.4g", r.MaxInh), fmt.Sprintf("%.4g", r.WorstInh), fmt.Sprint(r.ShiftInh))
	}
	if len(seen) == 0 {
		return ""
	}
	return t.Indent("  ")
}

func noFitHeadline(f *passes.Fit) string {
	over := overBudget(f)
	what := fmt.Sprintf("%d of %s over budget", len(over), plural(len(f.Layers), "layer"))
	if len(over) == 0 {
		what = fmt.Sprintf("it needs %s", plural(f.Cores, "core"))
		if v := f.Violations[0]; v.Limit == 0 {
			return fmt.Sprintf("network does not fit on %s (%s): %s", f.Target, plural(f.Available, "core"), v.Text)
		}
		if f.Cores <= f.Available {
			what = fmt.Sprintf("%s over the limit", f.Violations[0].Resource)
		}
	}
	return fmt.Sprintf("network does not fit on %s (%s): %s", f.Target, plural(f.Available, "core"), what)
}

// overBudget returns the layers that break a limit of their own.
func overBudget(f *passes.Fit) []passes.LayerFit {
	var over []passes.LayerFit
	for _, l := range f.Layers {
		if slices.ContainsFunc(f.Violations, func(v passes.Violation) bool { return v.Layer == l.Name }) {
			over = append(over, l)
		}
	}
	return over
}

// noFitText is the report on a network that does not fit: every violation,
// the layers behind them, and fixes that the compiler has tried.
func noFitText(f *passes.Fit, file string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "error[%s]: %s\n", noFitCode, noFitHeadline(f))
	for _, v := range f.Violations {
		if v.Limit > 0 || v.Layer != "" { // else it is the headline
			fmt.Fprintf(&b, "  %s\n", v.Text)
		}
	}
	layers := overBudget(f)
	if len(layers) == 0 && f.Cores > f.Available {
		layers = f.Layers // all of them share the cores
	}
	for i := range layers {
		layerText(&b, &layers[i], file)
	}
	if len(f.Fixes) == 0 {
		b.WriteString("  no change of options that the compiler tried makes it fit; a smaller layer would\n")
	} else {
		b.WriteString("  fixes, cheapest first (each compiled and found to fit):\n")
		t := term.Table{Right: []bool{true}}
		for i, x := range f.Fixes {
			t.Add(fmt.Sprintf("%d.", i+1), x.Flags, "-> "+plural(x.Cores, "core"), x.Effect)
		}
		b.WriteString(t.Indent("   "))
	}
	fmt.Fprintf(&b, "  help: `synfire target show %s` lists every limit with its source\n", f.Target)
	return b.String()
}

func layerText(b *strings.Builder, l *passes.LayerFit, file string) {
	at := l.Origin
	if at == "" {
		at = l.Name
	}
	fmt.Fprintf(b, "  --> %s : %s (%s %v, on %s)\n", file, at, l.Op, l.Shape, plural(l.Cores, "core"))
	t := term.Table{Right: []bool{false, true, true, true}}
	t.Add("resource", "used", "limit/core", "min cores")
	for _, r := range l.Rows {
		mark := ""
		if r.Resource == l.Binding {
			mark = "<- binding"
		}
		t.Add(r.Resource, term.Count(r.Used), term.Count(r.PerCore), term.Count(r.MinCores), mark)
	}
	b.WriteString(t.Indent("   "))
}

// Text writes the report, for a verb that needed the network to fit.
func (e *NoFitError) Text() string { return noFitText(e.Fit, e.File) }
