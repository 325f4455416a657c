package runner

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/synfire/synfire/emulator/spinnaker1"
	"github.com/synfire/synfire/internal/term"
)

// RealTimeProfile is the constants of SpiNNaker's time and energy.
type RealTimeProfile struct {
	Name      string             `json:"name"`
	Chip      string             `json:"chip"`
	Source    string             `json:"source"`
	Constants []RealTimeConstant `json:"constants"`
}

// RealTimeConstant is one of them; its name ends in its unit.
type RealTimeConstant struct {
	Name     string `json:"name"`
	Value    int64  `json:"value"`
	Estimate bool   `json:"estimate"`
	Source   string `json:"source"`
}

// OpenRealTimeProfile describes the built-in profile of SpiNNaker or one in a
// file; nil if it is none.
func OpenRealTimeProfile(name string) *RealTimeProfile {
	p, err := spinnaker1.OpenProfile(name)
	if err != nil {
		return nil
	}
	i := &RealTimeProfile{Name: p.Name, Chip: p.Chip, Source: p.Source}
	for _, name := range slices.Sorted(maps.Keys(p.Constants)) {
		c := p.Constants[name]
		i.Constants = append(i.Constants, RealTimeConstant{name, c.Value, c.Estimate, c.Source})
	}
	return i
}

// Text writes the profile for people.
func (i *RealTimeProfile) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: constants of %s\nsource: %s\n", i.Name, i.Chip, i.Source)
	t := term.Table{Right: []bool{false, true}}
	t.Add("constant", "value", "", "source")
	for _, c := range i.Constants {
		mark := ""
		if c.Estimate {
			mark = "estimate"
		}
		t.Add(c.Name, term.Count(c.Value), mark, c.Source)
	}
	b.WriteString(t.Indent("  "))
	b.WriteString("timing models: simple, detailed\n")
	_, err := io.WriteString(w, b.String())
	return err
}
