package runner

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/synfire/synfire/emulator"
	"github.com/synfire/synfire/internal/diag"
	"github.com/synfire/synfire/internal/spike"
)

// pageOf runs a request for a page and returns the page.
func pageOf(t *testing.T, q Request) (string, *RunReport) {
	t.Helper()
	q.Page = &PageOptions{Path: filepath.Join(t.TempDir(), "page.html"), Command: "synfire report net.snn", Version: "test"}
	rep := priced(t, q)
	text, err := os.ReadFile(q.Page.Path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), rep
}

// htmlParts returns the names of elements and attributes of a page, and its
// text.
func htmlParts(t *testing.T, html string) (elements, attributes []string, text string) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(html))
	dec.Strict, dec.AutoClose, dec.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var b strings.Builder
	style := false
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := tok.(type) {
		case xml.StartElement:
			style = x.Name.Local == "style"
			elements = append(elements, x.Name.Local)
			for _, a := range x.Attr {
				attributes = append(attributes, a.Name.Local)
			}
		case xml.EndElement:
			style = false
		case xml.CharData:
			if !style {
				b.Write(x)
			}
		}
	}
	slices.Sort(elements)
	slices.Sort(attributes)
	return slices.Compact(elements), slices.Compact(attributes), b.String()
}

func TestPageSaysWhatTheRunSays(t *testing.T) {
	html, rep := pageOf(t, Request{Inputs: []string{samplesFile(t)}, Sample: 2})
	_, _, text := htmlParts(t, html)
	c := rep.Cost
	for _, want := range []string{
		"several on loihi1", "Does it fit?", "What does it cost?", "Placement and traffic", "Spikes", "Membrane potentials", "Quantization", "Where this comes from",
		joulesOf(c.SampleEnergy.Mean), seconds(c.SampleTime.Mean), c.Source, c.ErrorBand, rep.Image.SHA256, rep.Result.SpikeHash, "synfire report net.snn", "sample 2",
		c.perSample(c.Cores[0].EnergyFJ), "synfire test",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(text, "ZgotmplZ") || strings.Contains(html, "<no value>") || strings.Contains(text, "NaN") {
		t.Error("the template lacks a value")
	}
}

// TestPageBytes makes the same page again, and on two threads.
func TestPageBytes(t *testing.T) {
	one, _ := pageOf(t, Request{Threads: 1})
	two, _ := pageOf(t, Request{Threads: 2})
	if one != two {
		t.Error("the page depends on the number of threads")
	}
	other, _ := pageOf(t, Request{Threads: 1, Meter: &MeterOptions{Timing: "cycle"}})
	if one == other {
		t.Error("the page does not depend on the timing model")
	}
}

// TestPageOfHostileNames gives a network names that would break out of text,
// attributes, scripts and drawings: the page has the elements and attributes of
// any other, and refers to nothing outside.
func TestPageOfHostileNames(t *testing.T) {
	plain, _ := pageOf(t, Request{})
	hostile := []string{`"><script>alert(1)</script>`, `</text></svg><img src=x onerror=alert(2)>`, "' onload='x' &lt;b&gt; {{.}} `${1}` \x00\u202e"}
	net := parse(t, severalCores)
	net.Name = hostile[0]
	for i, name := range []string{"a", "c"} {
		net.Node(net.Lookup(name)).Name = hostile[i+1]
	}
	target := *chip
	target.Profile = "sanafe-loihi"
	path := filepath.Join(t.TempDir(), "page.html")
	q := &Request{
		Net: net, File: hostile[0], Target: &target, Random: 0.2, Seed: 1, Spikes: spike.Options{Steps: 5}, Meter: &MeterOptions{}, NoReference: true,
		Page: &PageOptions{Path: path, Command: "synfire report " + hostile[0], Version: hostile[1], Notes: diag.List{{Msg: hostile[1], Path: hostile[2]}}},
	}
	if _, _, err := Run(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	html, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wantElements, wantAttributes, _ := htmlParts(t, plain)
	elements, attributes, text := htmlParts(t, string(html))
	if !slices.Equal(elements, wantElements) || !slices.Equal(attributes, wantAttributes) {
		t.Errorf("elements %q, attributes %q; of a harmless page %q, %q", elements, attributes, wantElements, wantAttributes)
	}
	for _, bad := range []string{"script", "img", "link", "iframe", "object", "foreignObject", "use", "a", "image"} {
		if slices.Contains(elements, bad) {
			t.Errorf("the page has an element %s", bad)
		}
	}
	for _, bad := range []string{"src", "href", "onload", "onerror"} {
		if slices.Contains(attributes, bad) {
			t.Errorf("the page has an attribute %s", bad)
		}
	}
	for _, name := range hostile[:2] {
		if !strings.Contains(text, name) {
			t.Errorf("the page does not show %q", name)
		}
	}
	if bytes.Contains(html, []byte("url(")) || bytes.Contains(html, []byte("@import")) {
		t.Error("the style refers to something outside")
	}
}

// TestPageOfWhatDoesNotFit has the reasons and the fixes.
func TestPageOfWhatDoesNotFit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.html")
	q := &Request{Net: parse(t, severalCores), Target: chip, Random: 0.2, Spikes: spike.Options{Steps: 5}, Page: &PageOptions{Path: path, Command: "synfire"}}
	q.Passes.Target.Cores = 2
	_, _, err := Run(t.Context(), q)
	var nofit *NoFitError
	if !errors.As(err, &nofit) {
		t.Fatalf("%v, want that it does not fit", err)
	}
	html, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, _, text := htmlParts(t, string(html))
	for _, want := range []string{"several on loihi1", "does not fit", nofit.Fit.Violations[0].Text, nofit.Fit.Fixes[0].Flags} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
	// No page of anything else that fails.
	q.Passes.Target.Cores, q.Sample, q.Page.Path = 0, 9, path+"2"
	if _, _, err := Run(t.Context(), q); err == nil {
		t.Error("there is no sample 9")
	}
	if _, err := os.Stat(q.Page.Path); err == nil {
		t.Error("a failed run left a page")
	}
}

// TestTracedNeurons checks which neurons are traced: those that fire most.
func TestTracedNeurons(t *testing.T) {
	r, err := spike.New(3, 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range [][2]int{{0, 4}, {1, 4}, {2, 4}, {0, 2}, {1, 3}} {
		r.Set(at[0], at[1])
	}
	var got []int
	for _, p := range mostActive(namedRasters(r)) {
		got = append(got, p.Lo)
	}
	if !slices.Equal(got, []int{4, 2, 3}) {
		t.Errorf("neurons %d, want 4, 2 and 3", got)
	}
}

func namedRasters(r *spike.Raster) []emulator.Named {
	return []emulator.Named{{Name: "a", Raster: r}}
}
