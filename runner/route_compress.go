package runner

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/synfire/synfire/internal/term"
	"github.com/synfire/synfire/passes/tcam"
)

// CompressRequest asks for the tables of a file to be compressed.
type CompressRequest struct {
	File, Output string
	// Target is a number of entries that is few enough; 0 asks for as few as
	// can be found.
	Target int
	// Unlisted says that packets may come whose keys no entry matches.
	Unlisted bool
	Effort   int
	Before   func(done, total int) // is told of progress; may be nil
}

// CompressReport is what became of the tables of a file.
type CompressReport struct {
	File   string            `json:"file"`
	Target int               `json:"target,omitempty"`
	Tables []CompressedTable `json:"tables"`
	// Before and After are entries of all tables, and of the largest.
	Before        int `json:"before"`
	After         int `json:"after"`
	LargestBefore int `json:"largest_before"`
	LargestAfter  int `json:"largest_after"`
	// Limit is what a router holds, or the target; Over counts tables above it.
	Limit   int     `json:"limit"`
	Over    int     `json:"over"`
	Seconds float64 `json:"seconds"`
	// Verified says that every table equals its original for every key.
	Verified bool   `json:"verified"`
	Output   string `json:"output,omitempty"`
}

// CompressedTable is one table of a report.
type CompressedTable struct {
	Name      string  `json:"name,omitempty"`
	Chip      *[2]int `json:"chip,omitempty"`
	Before    int     `json:"before"`
	After     int     `json:"after"`
	Routes    int     `json:"routes"`
	Defaulted int     `json:"defaulted"`
	Method    string  `json:"method"`
	Seconds   float64 `json:"seconds"`
}

// CompressTables compresses every table of a file, and writes the result if an
// output is named. No table is reported that was not verified.
func CompressTables(ctx context.Context, q *CompressRequest) (*CompressReport, error) {
	tables, form, err := readTables(q.File)
	if err != nil {
		return nil, err
	}
	r := &CompressReport{File: q.File, Target: q.Target, Tables: []CompressedTable{}, Limit: routerEntries, Output: q.Output, Verified: true}
	if q.Target > 0 {
		r.Limit = q.Target
	}
	opt := tcam.Options{Rules: tcam.Rules{Links: routerLinks, Unlisted: q.Unlisted}, Target: q.Target, Effort: q.Effort}
	start := time.Now()
	for i := range tables {
		if q.Before != nil {
			q.Before(i, len(tables))
		}
		t := &tables[i]
		line, err := compressTable(ctx, t, opt)
		if err != nil {
			return nil, At(q.File, err)
		}
		r.Tables = append(r.Tables, line)
		r.Before += line.Before
		r.After += line.After
		r.LargestBefore = max(r.LargestBefore, line.Before)
		r.LargestAfter = max(r.LargestAfter, line.After)
		if line.After > r.Limit {
			r.Over++
		}
	}
	r.Seconds = time.Since(start).Seconds()
	if q.Output != "" {
		return r, writeTables(q.Output, tables, form)
	}
	return r, nil
}

// compressTable replaces the entries of a table.
func compressTable(ctx context.Context, t *routeTable, opt tcam.Options) (CompressedTable, error) {
	line := CompressedTable{Name: t.name, Chip: t.chip, Before: len(t.entries), Routes: routesOf(t.entries)}
	start := time.Now()
	c, err := tcam.Compress(ctx, t.entries, opt)
	if err != nil {
		return line, err
	}
	line.Seconds = time.Since(start).Seconds()
	line.After, line.Method, line.Defaulted = len(c.Entries), c.Method, c.Defaulted
	t.entries = c.Entries
	return line, nil
}

func routesOf(entries []tcam.Entry) int {
	routes := make([]uint32, len(entries))
	for i, e := range entries {
		routes[i] = e.Route
	}
	slices.Sort(routes)
	return len(slices.Compact(routes))
}

// shownTables is how many tables of a file are listed; the rest are summed up.
const shownTables = 20

// Text writes the report for people, the largest tables first.
func (r *CompressReport) Text(w io.Writer) error {
	order := make([]int, len(r.Tables))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return r.Tables[j].Before - r.Tables[i].Before })
	var b strings.Builder
	tab := term.Table{Right: []bool{false, true, true, true, true, true}}
	tab.Add("table", "routes", "before", "after", "defaulted", "time", "method")
	for _, i := range order[:min(len(order), shownTables)] {
		t := &r.Tables[i]
		after := term.Count(int64(t.After))
		if t.After > r.Limit {
			after += "!"
		}
		tab.Add(t.title(r.File), term.Count(int64(t.Routes)), term.Count(int64(t.Before)), after,
			term.Count(int64(t.Defaulted)), took(t.Seconds), t.Method)
	}
	b.WriteString(tab.String())
	if more := len(r.Tables) - shownTables; more > 0 {
		fmt.Fprintf(&b, "and %d smaller tables\n", more)
	}
	if len(r.Tables) > 1 {
		fmt.Fprintf(&b, "%s entries in %d tables became %s; the largest had %s, now it has %s\n", term.Count(int64(r.Before)),
			len(r.Tables), term.Count(int64(r.After)), term.Count(int64(r.LargestBefore)), term.Count(int64(r.LargestAfter)))
	}
	fmt.Fprintf(&b, "verified for every key, in %s\n", took(r.Seconds))
	if r.Over > 0 {
		fmt.Fprintf(&b, "! longer than %s\n", r.limitIs())
	}
	if r.Output != "" {
		fmt.Fprintf(&b, "wrote %s\n", r.Output)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *CompressReport) limitIs() string {
	if r.Target > 0 {
		return fmt.Sprintf("--target %d", r.Target)
	}
	return fmt.Sprintf("the %s entries that a router has for applications", term.Count(int64(r.Limit)))
}

func (t *CompressedTable) title(file string) string {
	switch {
	case t.Name != "":
		return t.Name
	case t.Chip != nil:
		return fmt.Sprintf("chip (%d,%d)", t.Chip[0], t.Chip[1])
	}
	return file
}

func took(s float64) string { return term.Duration(time.Duration(s * float64(time.Second))) }
