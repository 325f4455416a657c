package spinnaker1

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/synfire/synfire/internal/regular"
)

// Constant is a number of a profile with where it comes from. An estimate is a
// figure that its source does not state.
type Constant struct {
	Value    int64  `json:"value"`
	Estimate bool   `json:"estimate"`
	Source   string `json:"source"`
}

// Profile is what time and energy are computed with: a JSON file in which every
// constant has its source (docs/targets/spinnaker1.md).
type Profile struct {
	Name      string              `json:"name"`
	Chip      string              `json:"chip"`
	Source    string              `json:"source"` // in a line
	Constants map[string]Constant `json:"constants"`

	constants
}

// constants are those of a profile.
type constants struct {
	clockMHz                                             int64
	tick, neuron, transfer, row, event, send             int64 // cycles
	routerMHz, hopNS, linkPacketsPerUS                   int64
	wait1, wait2                                         int64 // timeout codes
	chipIdleMW, coreActiveMW, hopPJ, neuronMSPJ, eventPJ int64
}

// fields are the constants by name.
func (c *constants) fields() map[string]*int64 {
	return map[string]*int64{
		"clock_mhz": &c.clockMHz, "tick_cycles": &c.tick, "neuron_cycles": &c.neuron, "transfer_cycles": &c.transfer,
		"row_cycles": &c.row, "event_cycles": &c.event, "send_cycles": &c.send, "router_mhz": &c.routerMHz,
		"hop_ns": &c.hopNS, "link_packets_per_us": &c.linkPacketsPerUS, "wait1_code": &c.wait1, "wait2_code": &c.wait2,
		"chip_idle_mw": &c.chipIdleMW, "core_active_mw": &c.coreActiveMW, "hop_pj": &c.hopPJ,
		"neuron_ms_pj": &c.neuronMSPJ, "event_pj": &c.eventPJ,
	}
}

//go:embed data/spinnaker1.json
var builtin []byte

// maxProfile bounds the size of a profile's file, maxConstant a constant.
const (
	maxProfile  = 1 << 20
	maxConstant = 1 << 30
)

// ProfileName is that of the built-in profile.
const ProfileName = "spinnaker1"

// OpenProfile returns the built-in profile, or reads a file that ends in .json.
func OpenProfile(name string) (*Profile, error) {
	if name == ProfileName {
		return ReadProfile(builtin)
	}
	if !strings.HasSuffix(name, ".json") {
		return nil, fmt.Errorf("no profile %q for spinnaker1 (built in: %s; a file of your own ends in .json)", name, ProfileName)
	}
	text, err := regular.ReadFile(name, maxProfile)
	if err != nil {
		return nil, err
	}
	p, err := ReadProfile(text)
	if err != nil {
		return nil, fmt.Errorf("profile %s: %w", name, err)
	}
	return p, nil
}

// ReadProfile reads a profile. All constants must be there, with a source.
func ReadProfile(text []byte) (*Profile, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	p := &Profile{}
	if err := d.Decode(p); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one value")
	}
	if p.Chip != "spinnaker1" {
		return nil, fmt.Errorf("is for chip %q, not for spinnaker1", p.Chip)
	}
	fields := p.fields()
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		c, ok := p.Constants[name]
		switch {
		case !ok:
			return nil, fmt.Errorf("constant %s is missing", name)
		case c.Source == "":
			return nil, fmt.Errorf("constant %s has no source", name)
		case c.Value < 0 || c.Value > maxConstant:
			return nil, fmt.Errorf("constant %s is %d, outside 0..%d", name, c.Value, maxConstant)
		}
		*fields[name] = c.Value
	}
	for _, name := range slices.Sorted(maps.Keys(p.Constants)) {
		if fields[name] == nil {
			return nil, fmt.Errorf("constant %s is unknown", name)
		}
	}
	if p.clockMHz == 0 || p.routerMHz == 0 || p.linkPacketsPerUS == 0 || p.wait1 > math.MaxUint8 || p.wait2 > math.MaxUint8 {
		return nil, errors.New("a clock or the rate of a link is 0, or a timeout code has more than 8 bits")
	}
	return p, nil
}

// Estimates names the constants that are estimates, ascending.
func (p *Profile) Estimates() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(p.Constants)) {
		if p.Constants[name].Estimate {
			names = append(names, name)
		}
	}
	return names
}

// Timeout returns the router cycles of a timeout code: a mantissa in the lower
// 4 bits and an exponent in the upper ones (specs/spinnaker1.md 1.1).
func Timeout(code uint8) int64 {
	m, e := int64(code&15), code>>4
	if e <= 4 {
		return (m + 16 - 1<<(4-e)) << e
	}
	return (m + 16) << e
}
