package runner

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/synfire/synfire/quantize"

	"github.com/synfire/synfire/internal/term"
)

// BisectReport is the result of bisect.
type BisectReport struct {
	Network     string        `json:"network"`
	File        string        `json:"file"`
	Target      string        `json:"target"`
	Bits        quantize.Bits `json:"bits"` // asked for, 0 = the widest
	ReadoutBits quantize.Bits `json:"readout_bits,omitempty"`
	Auto        *AutoReport   `json:"auto,omitempty"` // how --auto found the widths
	Samples     int           `json:"samples"`
	Steps       int           `json:"steps"`
	Float       *Accuracy     `json:"float,omitempty"` // accuracy in float
	FloatSpikes int64         `json:"float_spikes"`
	Full        *Effect       `json:"full"` // everything on
	// Verified says whether the target's own machine gives the same spikes as
	// the replay with everything on; nil where there is no other machine.
	Verified *bool `json:"verified,omitempty"`
	// Causes are the approximations, the worst first.
	Causes []Cause `json:"causes"`
	// Exact names what the target could have approximated but does not.
	Exact   []string `json:"exact"`
	Verdict string   `json:"verdict"`
	Seconds float64  `json:"seconds"`
}

// Cause is one approximation and what it does.
type Cause struct {
	Layer   string  `json:"layer"`
	Cause   string  `json:"cause"`
	Detail  string  `json:"detail"`
	Alone   *Effect `json:"alone"`             // with nothing else on
	Without *Effect `json:"without,omitempty"` // with everything else on
}

// idle tells whether an approximation changes nothing, neither alone nor
// beside the others.
func (c *Cause) idle(full *Effect) bool {
	return c.Cause != CauseStructure && c.Alone.same() && (c.Without == nil || c.Without.SpikeHash == full.SpikeHash)
}

// same tells whether all spikes are as in float.
func (e *Effect) same() bool { return e.unpaired() == 0 && e.Moved == 0 }

// unpaired counts the spikes that come or go.
func (e *Effect) unpaired() int64 { return e.Extra + e.Missing }

// sort puts the worst first: by samples whose class changes, then by spikes
// that come or go, then by how far the others move.
func (r *BisectReport) sort() {
	slices.SortStableFunc(r.Causes, func(a, b Cause) int {
		return cmp.Or(
			-cmp.Compare(a.Alone.Changed, b.Alone.Changed),
			-cmp.Compare(a.Alone.unpaired(), b.Alone.unpaired()),
			-cmp.Compare(a.Alone.Moved, b.Alone.Moved))
	})
}

// verdict says in a sentence what costs most.
func (r *BisectReport) verdict() string {
	full := r.Full
	if len(r.Causes) == 0 || full.same() {
		return fmt.Sprintf("%s changes nothing: all spikes are as in float", r.Target)
	}
	worst := r.Causes[0]
	a := worst.Alone
	what := fmt.Sprintf("the %s of %s (%s)", worst.Cause, worst.Layer, worst.Detail)
	if a.Changed == 0 {
		s := fmt.Sprintf("most spikes change by %s: alone that adds %s and takes %s of %s, but no sample changes its class", what, term.Count(a.Extra), term.Count(a.Missing), term.Count(r.FloatSpikes))
		if full.Changed > 0 {
			s += fmt.Sprintf("; everything together changes that of %s", r.of(full.Changed)) + r.together()
		}
		return s
	}
	var s string
	switch {
	case r.Float == nil:
		s = fmt.Sprintf("most classes change by %s: alone that changes %s", what, r.of(a.Changed))
	case a.Lost == 0:
		s = fmt.Sprintf("most classes change by %s: alone that changes %s, but loses no right one", what, r.of(a.Changed))
	default:
		s = fmt.Sprintf("most is lost by %s: alone that changes the class of %s and loses %s", what, r.of(a.Changed), plural(a.Lost, "right one"))
	}
	s += fmt.Sprintf("; everything together changes %s", term.Count(int64(full.Changed))) + r.together()
	if w := worst.Without; w != nil {
		s += fmt.Sprintf(", all but that %s", term.Count(int64(w.Changed)))
	}
	return s
}

// together says that the causes act on each other, where most of what changes
// is changed by none of them alone.
func (r *BisectReport) together() string {
	alone := 0
	for i := range r.Causes {
		alone += r.Causes[i].Alone.Changed
	}
	if 2*alone >= r.Full.Changed {
		return ""
	}
	return fmt.Sprintf(" (the causes act together: one at a time they change %s in all)", term.Count(int64(alone)))
}

// alone tells whether approximations were switched on alone only.
func (r *BisectReport) alone() bool {
	return !slices.ContainsFunc(r.Causes, func(c Cause) bool { return c.Without != nil })
}

func (r *BisectReport) of(n int) string {
	return fmt.Sprintf("%s of %s", term.Count(int64(n)), plural(r.Samples, "sample"))
}

// Text writes the table for people.
func (r *BisectReport) Text(w io.Writer) error {
	if r.Full == nil || r.Verdict == "" {
		return nil
	}
	var b strings.Builder
	if r.Auto != nil {
		if err := r.Auto.Text(&b); err != nil {
			return err
		}
	}
	fmt.Fprintf(&b, "%s on %s%s  %s of %s\n", r.Network, r.Target, r.width(), plural(r.Samples, "sample"), plural(r.Steps, "step"))
	t := term.Table{Right: []bool{false, false, true, true, true, true, true, true, true, true}}
	rest := "all but it"
	if r.alone() {
		rest = ""
	}
	t.Add("layer", "cause", "accuracy", "changed", "lost", "gained", "spikes -", "spikes +", "moved", rest, "what it is")
	if r.Float != nil {
		t.Add("nothing", "", accuracyText(r.Float), "0", "0", "0", "0", "0", "0.000", "", "the network in float")
	}
	r.row(&t, "everything", "", r.Full, nil, "")
	var idle []string
	for i := range r.Causes {
		c := &r.Causes[i]
		if c.idle(r.Full) {
			idle = append(idle, c.Layer+" "+c.Cause)
			continue
		}
		r.row(&t, c.Layer, c.Cause, c.Alone, c.Without, c.Detail)
	}
	b.WriteString(t.Indent("  "))
	fmt.Fprintf(&b, `Each row has one approximation on and the rest in real numbers.
  changed            samples that get another class; lost: those that were right in float, gained: those that become right
  spikes - and +     gone and new, of %s; moved: how many steps the others move, on average
`, term.Count(r.FloatSpikes))
	if !r.alone() {
		b.WriteString("  all but it         samples changed by everything else\n")
	}
	if len(idle) > 0 {
		fmt.Fprintf(&b, "without effect: %s\n", strings.Join(idle, ", "))
	}
	if len(r.Exact) > 0 {
		fmt.Fprintf(&b, "exact on %s: %s\n", r.Target, strings.Join(r.Exact, ", "))
	}
	if v := r.Verified; v != nil && *v {
		fmt.Fprintf(&b, "with everything on the replay gives the same spikes as %s's emulator\n", r.Target)
	} else if v != nil {
		fmt.Fprintf(&b, "with everything on the replay does not give the same spikes as %s's emulator, so the causes may be incomplete\n", r.Target)
	}
	fmt.Fprintf(&b, "verdict: %s\n", r.Verdict)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *BisectReport) width() string {
	if w := (Width{Bits: r.Bits, Readout: r.ReadoutBits, Auto: r.Auto != nil}); w != (Width{}) {
		return " at " + w.phrase()
	}
	return ""
}

func (r *BisectReport) row(t *term.Table, layer, cause string, e, without *Effect, detail string) {
	rest := ""
	if without != nil {
		rest = term.Count(int64(without.Changed))
	}
	count := func(n int64) string { return term.Count(n) }
	lost, gained := "-", "-"
	if r.Float != nil {
		lost, gained = count(int64(e.Lost)), count(int64(e.Gained))
	}
	t.Add(layer, cause, accuracyText(e.Accuracy), count(int64(e.Changed)), lost, gained, count(e.Missing), count(e.Extra), fmt.Sprintf("%.3f", e.Moved), rest, detail)
}

// accuracyText writes an accuracy.
func accuracyText(a *Accuracy) string {
	if a == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f %%", a.Percent)
}
