package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/synfire/synfire/internal/atomicfile"
	"github.com/synfire/synfire/internal/spike"
)

// baselineFormat is the first word of a baseline file.
const baselineFormat = "synfire-baseline/1"

// maxBaseline bounds the size of a baseline file: 16 MiB.
const maxBaseline = 1 << 24

// Baseline is what an evaluation measured once, and how much worse a later
// one may be. docs/eval.md describes the file.
type Baseline struct {
	Format  string `json:"format"`
	Network string `json:"network"`
	Samples int    `json:"samples"`
	Steps   int    `json:"steps"`
	// Tolerances, by the name of a metric or by its part before the slash. A
	// metric without one may not change at all.
	Tolerances map[string]Tolerance `json:"tolerances"`
	Rows       []BaselineRow        `json:"rows"`
}

// BaselineRow holds the metrics of one target at one width of weights.
type BaselineRow struct {
	Target string `json:"target"`
	Width
	Metrics map[string]float64 `json:"metrics"`
}

// Tolerance says how far a metric may move before it is a regression: by
// Absolute + Relative * |baseline| in the direction that is Worse.
type Tolerance struct {
	Worse    Direction `json:"worse"`
	Absolute float64   `json:"absolute,omitempty"`
	Relative float64   `json:"relative,omitempty"`
}

// Direction is where a metric becomes worse.
type Direction string

// The directions.
const (
	Lower  Direction = "lower"
	Higher Direction = "higher"
	Either Direction = "either"
)

// defaultTolerances are those of a new baseline.
func defaultTolerances() map[string]Tolerance {
	return map[string]Tolerance{
		"accuracy":            {Worse: Lower, Absolute: 0.5},
		"spikes":              {Worse: Either, Relative: 0.05},
		"footprint":           {Worse: Higher},
		"connection_sparsity": {Worse: Lower, Absolute: 0.01},
		"activation_sparsity": {Worse: Lower, Absolute: 0.005},
		"effective_acs":       {Worse: Higher, Relative: 0.05},
		"effective_macs":      {Worse: Higher, Relative: 0.05},
		"dense":               {Worse: Higher},
	}
}

// allowed returns how far a metric may move from its baseline.
func (t Tolerance) allowed(baseline float64) float64 {
	return t.Absolute + t.Relative*math.Abs(baseline)
}

// exceeded tells whether a metric has become worse than is allowed. Sums of
// decimals may miss their limit by a rounding error, which is no regression.
func (t Tolerance) exceeded(baseline, now float64) bool {
	up := now - baseline
	limit := t.allowed(baseline) + 1e-9*math.Abs(baseline)
	return t.Worse != Higher && -up > limit || t.Worse != Lower && up > limit
}

func (t Tolerance) check() error {
	if !slices.Contains([]Direction{Lower, Higher, Either}, t.Worse) {
		return fmt.Errorf("worse is %q, not lower, higher or either", t.Worse)
	}
	if !(t.Absolute >= 0 && t.Relative >= 0) {
		return errors.New("a tolerance is at least 0")
	}
	return nil
}

// tolerance returns that of a metric.
func (b *Baseline) tolerance(metric string) Tolerance {
	kind, _, _ := strings.Cut(metric, "/")
	for _, name := range []string{metric, kind} {
		if t, ok := b.Tolerances[name]; ok {
			return t
		}
	}
	return Tolerance{Worse: Either}
}

func (b *Baseline) row(target string, width Width) *BaselineRow {
	i := slices.IndexFunc(b.Rows, func(r BaselineRow) bool { return r.Target == target && r.Width == width })
	if i < 0 {
		return nil
	}
	return &b.Rows[i]
}

// namedValue is a metric of a row. The names of metrics with a slash end in a
// population's.
type namedValue struct {
	name  string
	value float64
}

// values lists the metrics of a row that a baseline holds.
func (r *EvalRow) values() []namedValue {
	var v []namedValue
	if r.Accuracy != nil {
		v = append(v, namedValue{"accuracy", r.Accuracy.Percent})
	}
	for i := range r.Layers {
		v = append(v, namedValue{"spikes/" + r.Layers[i].Name, r.Layers[i].PerSample})
	}
	if m := r.Metrics; m != nil {
		v = append(v,
			namedValue{"footprint", float64(m.Footprint.Bytes)},
			namedValue{"connection_sparsity", m.ConnectionSparsity},
			namedValue{"activation_sparsity", m.ActivationSparsity},
			namedValue{"effective_acs", m.PerSample.EffectiveACs},
			namedValue{"effective_macs", m.PerSample.EffectiveMACs},
			namedValue{"dense", m.PerSample.Dense})
	}
	return v
}

// NewBaseline makes a baseline of an evaluation, with the tolerances of the
// one before, which may be nil.
func NewBaseline(r *EvalReport, before *Baseline) *Baseline {
	b := &Baseline{Format: baselineFormat, Network: r.Network, Samples: r.Samples, Steps: r.Steps, Tolerances: defaultTolerances()}
	if before != nil {
		b.Tolerances = before.Tolerances
	}
	for i := range r.Rows {
		row := BaselineRow{Target: r.Rows[i].Target, Width: r.Rows[i].Width, Metrics: map[string]float64{}}
		for _, v := range r.Rows[i].values() {
			row.Metrics[v.name] = v.value
		}
		b.Rows = append(b.Rows, row)
	}
	return b
}

// ReadBaseline reads a baseline file. If there is none, the error is
// os.ErrNotExist.
func ReadBaseline(path string) (*Baseline, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBaseline+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxBaseline {
		return nil, fmt.Errorf("%s: a baseline has at most %d bytes", path, maxBaseline)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields() // a tolerance with a typing error would be none
	b := &Baseline{}
	if err := dec.Decode(b); err != nil {
		return nil, spike.WithHint(fmt.Errorf("%s: no baseline: %w", path, err), "check --update --baseline FILE writes one")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("%s: no baseline: something follows the JSON object", path)
	}
	if err := b.check(); err != nil {
		return nil, At(path, err)
	}
	return b, nil
}

func (b *Baseline) check() error {
	if b.Format != baselineFormat {
		return fmt.Errorf("the format is %q, this program reads %q", b.Format, baselineFormat)
	}
	var bad []string
	for name, t := range b.Tolerances {
		if err := t.check(); err != nil {
			bad = append(bad, fmt.Sprintf("tolerances.%s: %v", name, err))
		}
	}
	if len(bad) > 0 {
		slices.Sort(bad)
		return errors.New(strings.Join(bad, "; "))
	}
	for i, r := range b.Rows {
		if b.row(r.Target, r.Width) != &b.Rows[i] {
			return fmt.Errorf("rows[%d]: %s with %s bits occurs twice", i, r.Target, r.Width)
		}
	}
	return nil
}

// Write writes the baseline to a file.
func (b *Baseline) Write(path string) error {
	return atomicfile.WriteFile(path, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(b)
	})
}
