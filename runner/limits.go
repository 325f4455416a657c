package runner

import (
	"fmt"
	"io"
	"strings"

	"github.com/synfire/synfire/backend"
	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/internal/term"
)

// TargetInfo is what target show says of a target.
type TargetInfo struct {
	Name   string          `json:"name"`
	Title  string          `json:"title"`
	Claim  string          `json:"claim"`
	Limits []backend.Limit `json:"limits"`
	// Profiles lists the built-in cost profiles of the chip, the default first.
	Profiles []string `json:"profiles,omitempty"`
}

// Info describes a target.
func (t *Target) Info() *TargetInfo {
	return &TargetInfo{t.Name(), t.Title(), t.Claim, t.Limits(), t.profiles()}
}

// profiles lists the built-in cost profiles of a target, the default first.
func (t *Target) profiles() []string {
	var out []string
	for _, name := range cost.Builtin() {
		p, err := cost.Open(name)
		switch {
		case err != nil || p.Chip != t.Name():
		case name == t.Profile:
			out = append([]string{name}, out...)
		default:
			out = append(out, name)
		}
	}
	return out
}

// Text writes the limits, each with its source.
func (i *TargetInfo) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n%s\n", i.Name, i.Title, i.Claim)
	t := term.Table{Right: []bool{false, true}}
	t.Add("limit", "value", "per", "source")
	for _, l := range i.Limits {
		source := l.Source
		if l.Inferred {
			source += " (inferred)"
		}
		t.Add(l.Resource, term.Count(l.Value), l.Per, source)
	}
	b.WriteString(t.Indent("  "))
	if len(i.Profiles) > 0 {
		fmt.Fprintf(&b, "cost profiles: %s (default)%s; `synfire profile show NAME` lists the constants\n", i.Profiles[0], strings.Join(append([]string{""}, i.Profiles[1:]...), ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// TargetList is what target ls says.
type TargetList struct {
	Targets []TargetLine `json:"targets"`
}

// TargetLine is a target in one line.
type TargetLine struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

// Text writes a line a target.
func (l *TargetList) Text(w io.Writer) error {
	var t term.Table
	for _, x := range l.Targets {
		t.Add(x.Name, x.Title)
	}
	_, err := io.WriteString(w, t.String())
	return err
}

// At puts the path of a file before an error that does not name it.
func At(path string, err error) error {
	if err == nil || strings.Contains(err.Error(), path) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}
