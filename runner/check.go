package runner

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/synfire/synfire/internal/term"
)

// CheckReport is the result of check.
type CheckReport struct {
	Network  string `json:"network"`
	File     string `json:"file"`
	Baseline string `json:"baseline"` // path
	// Updated says that the baseline was written and nothing was compared.
	Updated     bool        `json:"updated,omitempty"`
	Regressions int         `json:"regressions"`
	Findings    []Finding   `json:"findings"`
	Evaluation  *EvalReport `json:"evaluation"`
}

// Status says what became of a metric.
type Status string

// The kinds of status. Missing counts as a regression, new does not.
const (
	StatusOK         Status = "ok"
	StatusRegression Status = "regression"
	StatusMissing    Status = "missing" // in the baseline, but not measured now
	StatusNew        Status = "new"     // measured now, but not in the baseline
)

// Finding is one metric of one row, or, with the metric "runs", whether the
// network runs at all.
type Finding struct {
	Target string `json:"target"`
	Width
	Metric   string    `json:"metric"`
	Status   Status    `json:"status"`
	Baseline *float64  `json:"baseline,omitempty"`
	Now      *float64  `json:"now,omitempty"`
	Allowed  float64   `json:"allowed"` // how far it may move
	Worse    Direction `json:"worse,omitempty"`
	Message  string    `json:"message"`
}

// metricRuns is the metric of a row that cannot run.
const metricRuns = "runs"

// bad tells whether a finding turns the check red.
func (f *Finding) bad() bool { return f.Status == StatusRegression || f.Status == StatusMissing }

// row names where a finding belongs.
func (f *Finding) row() string { return (&EvalRow{Target: f.Target, Width: f.Width}).name() }

// Check compares an evaluation with a baseline. It is an error if they are not
// of the same samples and steps.
func Check(r *EvalReport, b *Baseline) (*CheckReport, error) {
	if r.Samples != b.Samples || r.Steps != b.Steps {
		return nil, fmt.Errorf("the baseline was measured on %s of %s, this is %s of %s; use the same data, or write it anew with --update",
			plural(b.Samples, "sample"), plural(b.Steps, "step"), plural(r.Samples, "sample"), plural(r.Steps, "step"))
	}
	c := &CheckReport{Network: r.Network, File: r.File, Evaluation: r}
	for i := range r.Rows {
		c.row(&r.Rows[i], b)
	}
	for _, old := range b.Rows {
		if !slices.ContainsFunc(r.Rows, func(x EvalRow) bool { return x.Target == old.Target && x.Width == old.Width }) {
			c.add(Finding{
				Target: old.Target, Width: old.Width, Metric: metricRuns, Status: StatusMissing,
				Message: "it is in the baseline but was not measured; ask for it with --target and --bits",
			})
		}
	}
	return c, nil
}

func (c *CheckReport) add(f Finding) {
	if f.bad() {
		c.Regressions++
	}
	c.Findings = append(c.Findings, f)
}

// row compares one row.
func (c *CheckReport) row(r *EvalRow, b *Baseline) {
	at := Finding{Target: r.Target, Width: r.Width}
	if r.Error != "" {
		at.Metric, at.Status, at.Message = metricRuns, StatusRegression, "it cannot run: "+r.Error
		c.add(at)
		return
	}
	var old map[string]float64
	if row := b.row(r.Target, r.Width); row != nil {
		old = row.Metrics
	}
	values := r.values()
	for _, v := range values {
		f := at
		f.Metric, f.Now = v.name, &v.value
		before, ok := old[v.name]
		if !ok {
			f.Status, f.Message = StatusNew, "it is not in the baseline; --update adds it"
			c.add(f)
			continue
		}
		f.compare(before, b.tolerance(v.name))
		c.add(f)
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if slices.ContainsFunc(values, func(v namedValue) bool { return v.name == name }) {
			continue
		}
		f, before := at, old[name]
		f.Metric, f.Status, f.Baseline, f.Message = name, StatusMissing, &before, "it is in the baseline but was not measured"
		c.add(f)
	}
}

// compare decides on a metric that both have.
func (f *Finding) compare(before float64, t Tolerance) {
	f.Baseline, f.Allowed, f.Worse, f.Status = &before, t.allowed(before), t.Worse, StatusOK
	f.Message = fmt.Sprintf("%s, %s in the baseline", number(*f.Now), number(before))
	if !t.exceeded(before, *f.Now) {
		return
	}
	f.Status = StatusRegression
	way := "below"
	if *f.Now > before {
		way = "above"
	}
	distance := max(*f.Now-before, before-*f.Now)
	f.Message = fmt.Sprintf("%s is %s %s the %s of the baseline; %s is allowed", number(*f.Now), number(distance), way, number(before), number(f.Allowed))
}

// number writes a metric with six digits, large ones in full.
func number(x float64) string {
	if x >= 1e6 || x <= -1e6 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 6, 64)
}

// numberOr writes a metric that may be missing.
func numberOr(x *float64) string {
	if x == nil {
		return "-"
	}
	return number(*x)
}

// headline is the result in one line.
func (c *CheckReport) headline() string {
	switch {
	case c.Updated:
		return fmt.Sprintf("%s: wrote the baseline %s", c.Network, c.Baseline)
	case c.Regressions == 0:
		return fmt.Sprintf("%s: none of %s is worse than %s allows", c.Network, plural(len(c.Findings), "metric"), c.Baseline)
	}
	return fmt.Sprintf("%s: %d of %s %s worse than %s allows", c.Network, c.Regressions, plural(len(c.Findings), "metric"), isAre(c.Regressions), c.Baseline)
}

// Text writes the report for people: what is worse, or what was measured.
func (c *CheckReport) Text(w io.Writer) error {
	var b strings.Builder
	b.WriteString(c.headline() + "\n")
	t := term.Table{}
	for i := range c.Findings {
		if f := &c.Findings[i]; f.Status != StatusOK {
			t.Add(f.row(), f.Metric, string(f.Status), f.Message)
		}
	}
	b.WriteString(t.Indent("  "))
	if _, err := io.WriteString(w, b.String()); err != nil || !c.Updated {
		return err
	}
	return c.Evaluation.Text(w)
}
