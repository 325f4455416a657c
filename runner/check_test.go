package runner

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/synfire/synfire/quantize"
)

func TestTolerance(t *testing.T) {
	for _, x := range []struct {
		t             Tolerance
		baseline, now float64
		exceeded      bool
	}{
		{Tolerance{Worse: Lower, Absolute: 0.5}, 97, 96.5, false},
		{Tolerance{Worse: Lower, Absolute: 0.5}, 97, 96.49, true},
		{Tolerance{Worse: Lower, Absolute: 0.5}, 97, 100, false},
		{Tolerance{Worse: Higher, Relative: 0.1}, 200, 220, false},
		{Tolerance{Worse: Higher, Relative: 0.1}, 200, 221, true},
		{Tolerance{Worse: Higher, Relative: 0.1}, 200, 1, false},
		{Tolerance{Worse: Either, Absolute: 1, Relative: 0.1}, 10, 12, false},
		{Tolerance{Worse: Either, Absolute: 1, Relative: 0.1}, 10, 7.9, true},
		{Tolerance{Worse: Either, Absolute: 1, Relative: 0.1}, 10, 12.1, true},
		{Tolerance{Worse: Higher, Relative: 0.5}, -2, -1, false},
		{Tolerance{Worse: Higher, Relative: 0.5}, -2, -0.9, true},
		{Tolerance{Worse: Either}, 3, 3, false},
		{Tolerance{Worse: Either}, 0, 1e-12, true},
		{Tolerance{Worse: Higher}, 101632, 101633, true},
	} {
		if got := x.t.exceeded(x.baseline, x.now); got != x.exceeded {
			t.Errorf("%+v from %g to %g: %v", x.t, x.baseline, x.now, got)
		}
	}
}

// example is an evaluation whose names try to break the files written of it.
func example() *EvalReport {
	row := func(target string, bits, correct int, spikes float64) EvalRow {
		return EvalRow{
			Target: target, Width: Width{Bits: quantize.Bits(bits)}, Accuracy: &Accuracy{Correct: correct, Total: 100, Percent: float64(correct)},
			Layers:  []EvalLayer{{PopulationSpikes: PopulationSpikes{Name: `a|b<c>&"`}, PerSample: spikes}},
			Metrics: &Metrics{Footprint: Footprint{Bytes: 10}, ConnectionSparsity: 0.5, ActivationSparsity: 0.9, PerSample: SynapticOperations{1, 20, 30}},
		}
	}
	return &EvalReport{Network: "n<1>", File: "a folder/n#1.snn", Samples: 100, Steps: 5, Rows: []EvalRow{row("ref", 0, 98, 7), row("chip", 4, 97, 8)}}
}

// worse is the example with less accuracy on the chip and a row that is gone.
func worse(t *testing.T) *CheckReport {
	t.Helper()
	before, now := example(), example()
	before.Rows = append(before.Rows, before.Rows[1])
	before.Rows[2].Bits = 2
	now.Rows[1].Accuracy.Percent = 60
	c, err := Check(now, NewBaseline(before, nil))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCheck(t *testing.T) {
	same, err := Check(example(), NewBaseline(example(), nil))
	if err != nil || same.Regressions != 0 || len(same.Findings) != 16 {
		t.Errorf("unchanged: %d regressions of %d findings (%v)", same.Regressions, len(same.Findings), err)
	}
	c := worse(t)
	var bad []string
	for _, f := range c.Findings {
		if f.bad() {
			bad = append(bad, f.row()+" "+f.Metric+" "+string(f.Status))
		}
	}
	if d := cmp.Diff([]string{"chip at 4 bits accuracy regression", "chip at 2 bits runs missing"}, bad); d != "" || c.Regressions != 2 {
		t.Errorf("%d regressions: %s", c.Regressions, d)
	}

	gone := example()
	gone.Rows[1].Metrics = nil
	c, err = Check(gone, NewBaseline(example(), nil))
	if err != nil || c.Regressions != 6 {
		t.Errorf("without metrics: %d regressions (%v)", c.Regressions, err)
	}
	short := example()
	short.Samples = 99
	if _, err = Check(short, NewBaseline(example(), nil)); err == nil || !strings.Contains(err.Error(), "99 samples") {
		t.Errorf("other data: %v", err)
	}
}

// TestBaselineFile checks that a baseline comes back as it was written, and
// that an update keeps tolerances.
func TestBaselineFile(t *testing.T) {
	path := write(t, "b.json", "")
	b := NewBaseline(example(), nil)
	b.Tolerances["spikes/a|b<c>&\""] = Tolerance{Worse: Higher, Absolute: 0.25}
	if err := b.Write(path); err != nil {
		t.Fatal(err)
	}
	back, err := ReadBaseline(path)
	if d := cmp.Diff(b, back); d != "" || err != nil {
		t.Fatal(d, err)
	}
	if got := NewBaseline(example(), back).tolerance("spikes/a|b<c>&\""); got.Absolute != 0.25 {
		t.Errorf("after an update %+v", got)
	}
	if got := back.tolerance("spikes/other"); got != defaultTolerances()["spikes"] {
		t.Errorf("of another population %+v", got)
	}
	if got := back.tolerance("unknown"); got != (Tolerance{Worse: Either}) {
		t.Errorf("of an unknown metric %+v", got)
	}
	for _, x := range []struct{ text, want string }{
		{`{"format": "synfire-baseline/2"}`, "synfire-baseline/2"},
		{`{"format": "synfire-baseline/1"} {}`, "something follows"},
		{`{"format": "synfire-baseline/1", "tolerances": {"x": {"worse": "lower", "absolute": -1}}}`, "at least 0"},
		{`{"format": "synfire-baseline/1", "rows": [{"target": "ref"}, {"target": "ref"}]}`, "rows[1]: ref with 0 bits occurs twice"},
		{`{"format": "synfire-baseline/1", "rows": [{"target": "ref", "metrics": {"accuracy": 1e999}}]}`, "1e999"},
		{"{", "no baseline"},
		{"", "no baseline"},
	} {
		path := write(t, "bad.json", x.text)
		if got, err := ReadBaseline(path); err == nil || got != nil || !strings.Contains(err.Error(), x.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %q", x.text, err, x.want)
		}
	}
	if _, err := ReadBaseline(path + ".none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// TestJUnit reads the file back and checks what the schemas of Ant and Jenkins
// ask for: the attributes, the order of the elements, and counts that agree.
func TestJUnit(t *testing.T) {
	var b bytes.Buffer
	if err := worse(t).JUnit(&b, time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)); err != nil {
		t.Fatal(err)
	}
	type element struct {
		XMLName xml.Name
		Attrs   []xml.Attr `xml:",any,attr"`
		Inner   []element  `xml:",any"`
		Text    string     `xml:",chardata"`
	}
	var root element
	if err := xml.Unmarshal(b.Bytes(), &root); err != nil {
		t.Fatal(err)
	}
	attr := func(e *element, name string) string {
		for _, a := range e.Attrs {
			if a.Name.Local == name {
				return a.Value
			}
		}
		t.Errorf("%s has no attribute %s", e.XMLName.Local, name)
		return ""
	}
	if root.XMLName.Local != "testsuites" || len(root.Inner) != 3 {
		t.Fatalf("%s with %d suites", root.XMLName.Local, len(root.Inner))
	}
	for i := range root.Inner {
		s := &root.Inner[i]
		if attr(s, "timestamp") != "2026-01-02T03:04:05" || attr(s, "hostname") == "" || attr(s, "package") == "" || attr(s, "time") == "" || attr(s, "errors") != "0" {
			t.Errorf("suite %+v", s.Attrs)
		}
		var order []string
		tests, failures := 0, 0
		for j := range s.Inner {
			e := &s.Inner[j]
			order = append(order, e.XMLName.Local)
			if e.XMLName.Local != "testcase" {
				continue
			}
			tests++
			if attr(e, "name") == "" || attr(e, "classname") == "" || attr(e, "time") == "" {
				t.Errorf("case %+v", e.Attrs)
			}
			for k := range e.Inner {
				failures++
				if f := &e.Inner[k]; f.XMLName.Local != "failure" || attr(f, "type") == "" || !strings.Contains(f.Text, attr(f, "message")) {
					t.Errorf("failure %+v", f)
				}
			}
		}
		counts := []string{attr(s, "tests"), attr(s, "failures")}
		want := [][]string{{"8", "0"}, {"8", "1"}, {"1", "1"}}[i]
		if tests != len(order)-3 || failures != i-i/2 || !slices.Equal(counts, want) {
			t.Errorf("suite %d states %v, has %d and %d", i, counts, tests, failures)
		}
		order = slices.Compact(order)
		if d := cmp.Diff([]string{"properties", "testcase", "system-out", "system-err"}, order); d != "" {
			t.Error(d)
		}
	}
}

func TestSARIF(t *testing.T) {
	var b bytes.Buffer
	if err := worse(t).SARIF(&b, "v1"); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 || len(log.Runs[0].Results) != 2 {
		t.Fatalf("%+v", log)
	}
	var rules []string
	for _, r := range log.Runs[0].Tool.Driver.Rules {
		rules = append(rules, r.ID)
	}
	prints := map[string]bool{}
	for _, r := range log.Runs[0].Results {
		where := r.Locations[0].Physical
		if !slices.Contains(rules, r.Rule) || r.Message.Text == "" || where.Artifact.URI != "a%20folder/n%231.snn" || where.Region.Line != 1 {
			t.Errorf("%+v", r)
		}
		prints[r.Prints["metric/v1"]] = true
	}
	if len(prints) != 2 {
		t.Errorf("fingerprints %v", prints)
	}
}

// TestMarkdown checks that every row of a table has the cells of its head,
// whatever the names.
func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	if err := worse(t).Markdown(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	rows := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "|") {
			rows++
			if n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); n != 8 {
				t.Errorf("%d bars in %s", n, line)
			}
		}
	}
	if rows != 2*2+17 { // two heads with their lines, and a row a finding
		t.Errorf("%d lines of tables in\n%s", rows, text)
	}
	if strings.Contains(text, "<1>") || !strings.Contains(text, "n&lt;1&gt;") {
		t.Errorf("a name became a tag in\n%s", text)
	}
}

func TestNumber(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 97.6: "97.6", 0.0312345678: "0.0312346", 304328.25: "304328", 2540800: "2540800", -25: "-25", math.MaxInt32: "2147483647"} {
		if got := number(x); got != want {
			t.Errorf("%g: %s, want %s", x, got, want)
		}
	}
}
