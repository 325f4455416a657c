package runner

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"time"
)

// Markdown writes the report for a pull request.
func (c *CheckReport) Markdown(w io.Writer) error {
	var b strings.Builder
	mark := "✅"
	if c.Regressions > 0 {
		mark = "❌"
	}
	fmt.Fprintf(&b, "## %s %s\n", mark, cell(c.headline()))
	c.table(&b, func(f *Finding) bool { return f.bad() })
	if e := c.Evaluation; len(c.Findings) > c.Regressions {
		fmt.Fprintf(&b, "\n<details><summary>All other metrics (%s of %s)</summary>\n", plural(e.Samples, "sample"), plural(e.Steps, "step"))
		c.table(&b, func(f *Finding) bool { return !f.bad() })
		b.WriteString("\n</details>\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// table lists the findings that are chosen.
func (c *CheckReport) table(b *strings.Builder, chosen func(*Finding) bool) {
	head := "\n| target | metric | baseline | now | change | allowed | |\n|---|---|---:|---:|---:|---:|---|\n"
	for i := range c.Findings {
		f := &c.Findings[i]
		if !chosen(f) {
			continue
		}
		b.WriteString(head)
		head = ""
		change, allowed, note := "-", "-", string(f.Status)
		if f.Baseline != nil && f.Now != nil {
			change = number(*f.Now - *f.Baseline)
			allowed = map[Direction]string{Lower: "-", Higher: "+", Either: "±"}[f.Worse] + number(f.Allowed)
		} else {
			note += ": " + f.Message
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", cell(f.row()), cell(f.Metric), numberOr(f.Baseline), numberOr(f.Now), change, allowed, cell(note))
	}
}

// cell keeps a text from ending a cell of a table or starting a tag.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "\n", " ", "\r", " ", "`", "\\`").Replace(s)
}

// The elements of a JUnit file, as both of its common schemas (Apache Ant's
// and Jenkins') want them.
type (
	junitSuites struct {
		XMLName xml.Name `xml:"testsuites"`
		Suites  []junitSuite
	}
	junitSuite struct {
		XMLName    xml.Name `xml:"testsuite"`
		Package    string   `xml:"package,attr"`
		ID         int      `xml:"id,attr"`
		Name       string   `xml:"name,attr"`
		Timestamp  string   `xml:"timestamp,attr"`
		Hostname   string   `xml:"hostname,attr"`
		Tests      int      `xml:"tests,attr"`
		Failures   int      `xml:"failures,attr"`
		Errors     int      `xml:"errors,attr"`
		Time       string   `xml:"time,attr"`
		Properties struct{} `xml:"properties"`
		Cases      []junitCase
		Out        string `xml:"system-out"`
		Err        string `xml:"system-err"`
	}
	junitCase struct {
		XMLName xml.Name `xml:"testcase"`
		Name    string   `xml:"name,attr"`
		Class   string   `xml:"classname,attr"`
		Time    string   `xml:"time,attr"`
		Failure *junitFailure
	}
	junitFailure struct {
		XMLName xml.Name `xml:"failure"`
		Message string   `xml:"message,attr"`
		Type    string   `xml:"type,attr"`
		Text    string   `xml:",chardata"`
	}
)

// JUnit writes the report as JUnit XML: a suite for each target and width, a
// case for each metric. now is the time that the file states.
func (c *CheckReport) JUnit(w io.Writer, now time.Time) error {
	var doc junitSuites
	for i := range c.Findings {
		f := &c.Findings[i]
		name := f.row()
		if n := len(doc.Suites); n == 0 || doc.Suites[n-1].Name != name {
			doc.Suites = append(doc.Suites, junitSuite{
				Package: "synfire", ID: n, Name: name, Timestamp: now.UTC().Format("2006-01-02T15:04:05"), Hostname: "localhost", Time: c.seconds(f),
			})
		}
		s := &doc.Suites[len(doc.Suites)-1]
		x := junitCase{Name: f.Metric, Class: "synfire." + c.Network + "." + strings.ReplaceAll(name, " ", "_"), Time: "0"}
		if f.bad() {
			x.Failure = &junitFailure{Message: f.Message, Type: string(f.Status), Text: fmt.Sprintf("%s: %s of %s: %s", c.File, f.Metric, name, f.Message)}
			s.Failures++
		}
		s.Tests++
		s.Cases = append(s.Cases, x)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(&doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// seconds returns how long the row of a finding took.
func (c *CheckReport) seconds(f *Finding) string {
	for i := range c.Evaluation.Rows {
		if r := &c.Evaluation.Rows[i]; r.Target == f.Target && r.Width == f.Width {
			return fmt.Sprintf("%.3f", r.Seconds)
		}
	}
	return "0"
}

// The objects of a SARIF 2.1.0 file that we need.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string    `json:"id"`
		Short sarifText `json:"shortDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		Rule      string            `json:"ruleId"`
		Level     string            `json:"level"`
		Message   sarifText         `json:"message"`
		Locations []sarifLocation   `json:"locations"`
		Prints    map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line int `json:"startLine"`
	}
)

// The rules of a SARIF file.
const (
	ruleRegression = "synfire/regression"
	ruleMissing    = "synfire/missing"
)

// SARIF writes what is worse as SARIF 2.1.0, for code scanning. version is
// that of the program.
func (c *CheckReport) SARIF(w io.Writer, version string) error {
	run := sarifRun{
		Tool: sarifTool{sarifDriver{Name: "synfire", Version: version, Rules: []sarifRule{
			{ruleRegression, sarifText{"A metric of the network is worse than its baseline allows"}},
			{ruleMissing, sarifText{"A metric of the baseline was not measured"}},
		}}},
		Results: []sarifResult{},
	}
	uri := (&url.URL{Path: filepath.ToSlash(c.File)}).String()
	for i := range c.Findings {
		f := &c.Findings[i]
		if !f.bad() {
			continue
		}
		rule := ruleRegression
		if f.Status == StatusMissing {
			rule = ruleMissing
		}
		run.Results = append(run.Results, sarifResult{
			Rule: rule, Level: "error", Message: sarifText{fmt.Sprintf("%s of %s: %s", f.Metric, f.row(), f.Message)},
			Locations: []sarifLocation{{sarifPhysical{sarifArtifact{uri}, sarifRegion{1}}}}, // the whole file
			Prints:    map[string]string{"metric/v1": fmt.Sprintf("%s/%s/%s", f.Target, f.Width, f.Metric)},
		})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(&sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}})
}
