// Package diag holds diagnostics: what a person is told about an input file
// or a network, with the place, a stable code and a hint what to do.
//
// A diagnostic prints as
//
//	net.nir:/node/nodes/fc1/weight: error[E0101]: message
//	  hint: what to do
//
// in lower case and without a final period (DESIGN.md section 7). Lists are
// collected, sorted by place and capped, so that parallel work prints the same
// text every time.
package diag

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Severity orders diagnostics from harmless to fatal.
type Severity uint8

// The severities. A Note records an assumption, a Warning something that may
// surprise, an Error stops the work.
const (
	Note Severity = iota
	Warning
	Error
)

var severityNames = [...]string{"note", "warning", "error"}

func (s Severity) String() string { return severityNames[s] }

// MarshalText writes the severity's name, for the JSON forms.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Diagnostic is one message. File and Path say where (Path is a place inside
// the file, such as an HDF5 path), or Line and Col (1-based) for text.
type Diagnostic struct {
	Severity Severity `json:"severity"`
	Code     string   `json:"code"`
	File     string   `json:"file,omitempty"`
	Path     string   `json:"path,omitempty"`
	Line     int      `json:"line,omitempty"`
	Col      int      `json:"col,omitempty"`
	Msg      string   `json:"message"`
	Hint     string   `json:"hint,omitempty"`
}

// Place returns the location in its printed form, "" if there is none.
func (d *Diagnostic) Place() string {
	var b strings.Builder
	b.WriteString(d.File)
	if d.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", d.Line, d.Col)
	}
	if d.Path != "" {
		if b.Len() > 0 {
			b.WriteByte(':')
		}
		b.WriteString(d.Path)
	}
	return b.String()
}

// Error returns the diagnostic on one line, without its hint.
func (d *Diagnostic) Error() string {
	code := ""
	if d.Code != "" {
		code = "[" + d.Code + "]"
	}
	s := fmt.Sprintf("%s%s: %s", d.Severity, code, d.Msg)
	if p := d.Place(); p != "" {
		s = p + ": " + s
	}
	return s
}

// List collects diagnostics. The zero value is ready for use.
type List []Diagnostic

// Errorf adds an error at path with a code; hint may be empty.
func (l *List) Errorf(code, path, hint, format string, args ...any) {
	l.add(Error, code, path, hint, format, args...)
}

// Warnf adds a warning.
func (l *List) Warnf(code, path, hint, format string, args ...any) {
	l.add(Warning, code, path, hint, format, args...)
}

// Notef adds a note.
func (l *List) Notef(code, path, hint, format string, args ...any) {
	l.add(Note, code, path, hint, format, args...)
}

func (l *List) add(s Severity, code, path, hint, format string, args ...any) {
	*l = append(*l, Diagnostic{Severity: s, Code: code, Path: path, Hint: hint, Msg: fmt.Sprintf(format, args...)})
}

// HasErrors tells whether the list holds an error.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Err returns the list as an error if it holds one, else nil. The error's
// type is *ListError.
func (l List) Err() error {
	if !l.HasErrors() {
		return nil
	}
	return &ListError{List: l}
}

// SetFile fills in the file name of every diagnostic that has none.
func (l List) SetFile(file string) {
	for i := range l {
		if l[i].File == "" {
			l[i].File = file
		}
	}
}

// Sort orders the list: errors first, then warnings, then notes, each by
// place and text. The order is total, so output does not depend on how the
// list was collected.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(b.Severity, a.Severity),
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Msg, b.Msg))
	})
}

// Print writes the sorted list to w, at most limit messages (0 = all), and
// says how many were left out.
func (l List) Print(w io.Writer, limit int) error {
	sorted := slices.Clone(l)
	sorted.Sort()
	shown := len(sorted)
	if limit > 0 && shown > limit {
		shown = limit
	}
	for _, d := range sorted[:shown] {
		if _, err := fmt.Fprintln(w, d.Error()); err != nil {
			return err
		}
		if d.Hint != "" {
			if _, err := fmt.Fprintf(w, "  hint: %s\n", d.Hint); err != nil {
				return err
			}
		}
	}
	if n := len(sorted) - shown; n > 0 {
		_, err := fmt.Fprintf(w, "… and %d more messages (--json shows all)\n", n)
		return err
	}
	return nil
}

// ListError is a list of diagnostics of which at least one is an error.
type ListError struct{ List List }

// Error returns the first error and how many more there are.
func (e *ListError) Error() string {
	n, first := 0, ""
	for i := range e.List {
		if e.List[i].Severity == Error {
			if n == 0 {
				first = e.List[i].Error()
			}
			n++
		}
	}
	switch n {
	case 0, 1:
		return first
	case 2:
		return first + " (and 1 more error)"
	}
	return fmt.Sprintf("%s (and %d more errors)", first, n-1)
}

// FromError returns the diagnostics inside err, or a single error diagnostic
// made from its text.
func FromError(err error) List {
	var le *ListError
	if errors.As(err, &le) {
		return le.List
	}
	return List{{Severity: Error, Msg: err.Error()}}
}
