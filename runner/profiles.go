package runner

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/emulator/spinnaker1"
	"github.com/synfire/synfire/internal/term"
)

// ProfileList is what profile ls says.
type ProfileList struct {
	Profiles []ProfileLine `json:"profiles"`
}

// ProfileLine is a cost profile in one line.
type ProfileLine struct {
	Name   string `json:"name"`
	Chip   string `json:"chip"`
	Source string `json:"source"`
	// Default says that runs on the chip take it where the user names none.
	Default bool `json:"default"`
}

// Profiles lists the built-in cost profiles.
func Profiles(targets []Target) (*ProfileList, error) {
	l := &ProfileList{}
	for _, name := range cost.Builtin() {
		p, err := cost.Open(name)
		if err != nil {
			return nil, err
		}
		x := ProfileLine{Name: name, Chip: p.Chip, Source: p.Source}
		for i := range targets {
			x.Default = x.Default || targets[i].Profile == name
		}
		l.Profiles = append(l.Profiles, x)
	}
	p, err := spinnaker1.OpenProfile(spinnaker1.ProfileName)
	if err != nil {
		return nil, err
	}
	l.Profiles = append(l.Profiles, ProfileLine{p.Name, p.Chip, p.Source, true})
	slices.SortFunc(l.Profiles, func(a, b ProfileLine) int { return strings.Compare(a.Name, b.Name) })
	return l, nil
}

// Text writes a line a profile.
func (l *ProfileList) Text(w io.Writer) error {
	var t term.Table
	t.Add("profile", "chip", "", "source")
	for _, p := range l.Profiles {
		mark := ""
		if p.Default {
			mark = "default"
		}
		t.Add(p.Name, p.Chip, mark, p.Source)
	}
	_, err := io.WriteString(w, t.String())
	return err
}

// ProfileInfo is a cost profile with each of its constants.
type ProfileInfo struct {
	Name      string         `json:"name"`
	Chip      string         `json:"chip"`
	Source    string         `json:"source"`
	ErrorBand string         `json:"error_band,omitempty"`
	Constants []ConstantInfo `json:"constants"`
	Barrier   []BarrierInfo  `json:"barrier"`
	// BarrierRule is floor if a time holds up to the next number of tiles, else
	// exact.
	BarrierRule   string `json:"barrier_rule,omitempty"`
	BarrierSource string `json:"barrier_source,omitempty"`
	StaticUW      *int64 `json:"static_power_uw"` // nil = not published
	StaticSource  string `json:"static_power_source,omitempty"`
	Mesh          string `json:"mesh"`
	LinkBuffer    int    `json:"link_buffer"` // messages; 0 = not published
	MeshSource    string `json:"mesh_source"`
	// Timing lists the timing models that the profile has the times for, at
	// some number of tiles.
	Timing []string `json:"timing"`
}

// ConstantInfo is the price of an event; nil is not published.
type ConstantInfo struct {
	Event     string `json:"event"`
	Component string `json:"component"`
	EnergyFJ  *int64 `json:"energy_fj"`
	Time      *int64 `json:"time_100ps"`
	Source    string `json:"source"`
}

// BarrierInfo is the time of the barrier for a number of tiles.
type BarrierInfo struct {
	Tiles int   `json:"tiles"`
	Time  int64 `json:"time_100ps"`
}

// OpenProfileInfo describes a built-in profile or one in a file.
func OpenProfileInfo(name string) (*ProfileInfo, error) {
	p, err := cost.Open(name)
	if err != nil {
		return nil, err
	}
	i := &ProfileInfo{
		Name: p.Name, Chip: p.Chip, Source: p.Source, ErrorBand: p.ErrorBand, Barrier: []BarrierInfo{},
		BarrierSource: p.Barrier.Source, StaticUW: known(p.StaticPower), StaticSource: p.StaticPowerSource,
		Mesh:       fmt.Sprintf("%d x %d tiles of %s", p.Mesh.Width, p.Mesh.Height, plural(p.Mesh.CoresPerTile, "core")),
		LinkBuffer: p.Mesh.LinkBuffer, MeshSource: p.Mesh.Source, Timing: timingModels(p),
	}
	for e := range cost.NumEvents {
		c := &p.Constants[e]
		i.Constants = append(i.Constants, ConstantInfo{e.String(), e.Component().String(), known(c.Energy), known(c.Time), c.Source})
	}
	for _, r := range p.Barrier.Table {
		i.Barrier = append(i.Barrier, BarrierInfo{r.Tiles, r.Time})
	}
	if len(i.Barrier) > 0 {
		i.BarrierRule = map[bool]string{true: "floor", false: "exact"}[p.Barrier.Floor]
	}
	return i, nil
}

func known(v cost.Value) *int64 {
	if !v.Known {
		return nil
	}
	return &v.Value
}

// orUnknown writes a constant, or that its source does not publish it.
func orUnknown(v *int64, parts int64, unit string) string {
	if v == nil {
		return "-"
	}
	return decimal(*v, parts) + " " + unit
}

// Text writes the profile for people.
func (i *ProfileInfo) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: constants of %s\nsource: %s\npublished error: %s\n", i.Name, i.Chip, i.Source, orNone(i.ErrorBand))
	t := term.Table{Right: []bool{false, false, true, true}}
	t.Add("event", "component", "energy", "time", "source")
	for _, c := range i.Constants {
		t.Add(c.Event, c.Component, orUnknown(c.EnergyFJ, 1000, "pJ"), orUnknown(c.Time, 10, "ns"), c.Source)
	}
	b.WriteString(t.Indent("  "))
	b.WriteString("barrier: " + i.barrier() + "\n")
	fmt.Fprintf(&b, "static power: %s", orUnknown(i.StaticUW, 1000, "mW"))
	if i.StaticSource != "" {
		fmt.Fprintf(&b, " (%s)", i.StaticSource)
	}
	buffer := "a link buffer that is not published"
	if i.LinkBuffer > 0 {
		buffer = "link buffers of " + plural(i.LinkBuffer, "message")
	}
	fmt.Fprintf(&b, "\nmesh: %s, %s (%s)\n", i.Mesh, buffer, i.MeshSource)
	models := "none: a time is missing"
	if len(i.Timing) > 0 {
		models = strings.Join(i.Timing, ", ")
	}
	fmt.Fprintf(&b, "timing models: %s\nwhat is \"-\" is not published: such events are counted, and the energy is then \"at least\"\n", models)
	_, err := io.WriteString(w, b.String())
	return err
}

func (i *ProfileInfo) barrier() string {
	if len(i.Barrier) == 0 {
		return "-"
	}
	var parts []string
	for _, r := range i.Barrier {
		parts = append(parts, fmt.Sprintf("%s ns for %s", decimal(r.Time, 10), plural(r.Tiles, "tile")))
	}
	rule := "and no other number of tiles"
	if i.BarrierRule == "floor" {
		rule = "each up to the next"
	}
	return fmt.Sprintf("%s, %s (%s)", strings.Join(parts, ", "), rule, i.BarrierSource)
}

// timingModels lists the timing models that a profile has the times for.
func timingModels(p *cost.Profile) []string {
	_, err := p.Times(cost.HopEW, cost.HopNS, cost.HopLocal, cost.AxonOut, cost.AxonIn, cost.Dendrite, cost.SomaAccess, cost.SomaUpdate, cost.SomaSpike)
	synapse := p.Constants[cost.SynapseDense].Time.Known || p.Constants[cost.SynapseSparse].Time.Known
	switch {
	case err != nil || !synapse || len(p.Barrier.Table) == 0:
		return []string{}
	case p.Mesh.LinkBuffer == 0: // the others need its size
		return []string{"simple"}
	}
	return []string{"simple", "detailed", "cycle"}
}
