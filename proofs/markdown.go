package proofs

import (
	"fmt"
	"io"
	"strings"
)

// WriteMarkdown writes the report as the page docs/proofs.md: by folder the
// claim, the oracle, and for each case how many values were compared and how
// many differ.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString(`# Proofs

What synfire claims to equal, who says so, and the result. This page is written
by a test (` + "`go test ./proofs -update`" + `) from the cases of the conformance data
folder; ` + "`synfire proofs FOLDER`" + ` runs them again.

`)
	fmt.Fprintf(&b, "%d cases: %d equal, %d different, %d of a kind that is not built yet.\n", len(r.Rows), r.Passed(), r.Bad(), r.Open())
	for i := range r.Rows {
		row := &r.Rows[i]
		if i == 0 || row.Folder != r.Rows[i-1].Folder || row.Kind != r.Rows[i-1].Kind {
			fmt.Fprintf(&b, "\n## %s: %s\n\n", row.Folder, row.Kind)
			fmt.Fprintf(&b, "Oracle: %s.\n", strings.TrimSuffix(row.Oracle, "."))
			if row.Compared == "" {
				b.WriteString("Not built yet.\n")
			} else {
				fmt.Fprintf(&b, "Compared: %s.\n", row.Compared)
			}
			b.WriteString("\n| case | values | mismatches | result |\n|---|---:|---:|---|\n")
		}
		if row.Status == Unsupported {
			fmt.Fprintf(&b, "| %s | – | – | %s |\n", row.Case, row.Status)
			continue
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %s |\n", row.Case, row.Values, row.Mismatches, row.Status)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
