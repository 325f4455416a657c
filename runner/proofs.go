package runner

import (
	"fmt"
	"io"
	"strings"

	"github.com/synfire/synfire/internal/term"
	"github.com/synfire/synfire/proofs"
)

// ProofsReport is the result of proofs.
type ProofsReport struct {
	Cases     []proofs.Row `json:"cases"`
	Equal     int          `json:"equal"`
	Different int          `json:"different"` // or could not be run
	Open      int          `json:"not_supported_yet"`
}

// Proven makes the report of what package proofs found.
func Proven(r *proofs.Report) *ProofsReport {
	return &ProofsReport{r.Rows, r.Passed(), r.Bad(), r.Open()}
}

// Text writes a table for each kind of case of a folder, headed by the oracle
// and by what was compared, and a closing line.
func (r *ProofsReport) Text(w io.Writer) error {
	var b strings.Builder
	for at := 0; at < len(r.Cases); {
		first, end := &r.Cases[at], at+1
		for end < len(r.Cases) && sameGroup(first, &r.Cases[end]) {
			end++
		}
		fmt.Fprintf(&b, "%s: %s, oracle: %s\n", first.Folder, first.Kind, first.Oracle)
		if first.Compared != "" {
			fmt.Fprintf(&b, "  compared: %s\n", first.Compared)
		}
		b.WriteString(caseTable(r.Cases[at:end]))
		at = end
	}
	_, err := fmt.Fprintf(w, "%s%s: %d equal, %d different, %d not supported yet\n",
		b.String(), plural(len(r.Cases), "case"), r.Equal, r.Different, r.Open)
	return err
}

func sameGroup(a, b *proofs.Row) bool {
	return a.Folder == b.Folder && a.Kind == b.Kind && a.Oracle == b.Oracle && a.Compared == b.Compared
}

func caseTable(rows []proofs.Row) string {
	t := term.Table{Right: []bool{false, true, true}}
	t.Add("case", "values", "mismatches", "result")
	for i := range rows {
		c := &rows[i]
		values, mismatches := term.Count(c.Values), term.Count(c.Mismatches)
		if c.Status == proofs.Unsupported || c.Status == proofs.Failed {
			values, mismatches = "-", "-"
		}
		t.Add(c.Case, values, mismatches, statusText(c))
	}
	return t.Indent("  ")
}

func statusText(c *proofs.Row) string {
	if c.Detail == "" {
		return string(c.Status)
	}
	return fmt.Sprintf("%s: %s", c.Status, c.Detail)
}
