// Package term renders for people: aligned tables, numbers, durations, and a
// progress line for work that takes more than a moment.
package term

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Table is a table of text. Columns are as wide as their widest cell.
type Table struct {
	// Right says which columns are aligned to the right.
	Right []bool
	rows  [][]string
}

// Add appends a row.
func (t *Table) Add(cells ...string) { t.rows = append(t.rows, cells) }

// String returns the table, every line after the indent, two spaces between
// columns and none at the end of a line.
func (t *Table) String() string { return t.Indent("") }

// Indent returns the table with a prefix before every line.
func (t *Table) Indent(prefix string) string {
	var width []int
	for _, row := range t.rows {
		for c, cell := range row {
			if c == len(width) {
				width = append(width, 0)
			}
			width[c] = max(width[c], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range t.rows {
		line := prefix
		for c, cell := range row {
			if c > 0 {
				line += "  "
			}
			gap := strings.Repeat(" ", width[c]-utf8.RuneCountInString(cell))
			if c < len(t.Right) && t.Right[c] {
				line += gap + cell
			} else {
				line += cell + gap
			}
		}
		b.WriteString(strings.TrimRight(line, " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// Count returns n with its digits in groups of three: 1 048 576.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return sign + s
}

// Duration returns d with three digits or so: 830 ms, 1.24 s, 3 min 20 s.
func Duration(d time.Duration) string {
	switch {
	case d < 0:
		return "0 s"
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1e3)
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}
