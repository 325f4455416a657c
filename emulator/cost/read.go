package cost

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Bounds of a profile. The times keep sums of a step far inside an int64.
const (
	maxFile    = 1 << 20       // bytes
	maxEnergy  = 1_000_000_000 // fJ: 1 uJ an event
	maxTime    = 10_000_000    // 0.1 ns: 1 ms an event
	maxPower   = 1_000_000_000 // uW: 1 kW
	maxSide    = 1 << 10       // tiles along an edge, cores a tile
	maxBuffer  = 1 << 16       // messages
	maxBarrier = 1 << 10       // rows
)

// profileJSON is a profile as it is written. Numbers are read as decimals, so
// that no constant is rounded on the way.
type profileJSON struct {
	Name      string         `json:"name"`
	Chip      string         `json:"chip"`
	Source    string         `json:"source"`
	ErrorBand string         `json:"error_band"`
	Constants []constantJSON `json:"constants"`
	Barrier   *barrierJSON   `json:"barrier"`
	Static    *staticJSON    `json:"static_power"`
	Mesh      *meshJSON      `json:"mesh"`
}

type constantJSON struct {
	Event  string       `json:"event"`
	Energy *json.Number `json:"energy_pj"`
	Time   *json.Number `json:"time_ns"`
	Source string       `json:"source"`
}

type barrierJSON struct {
	Rule  string `json:"rule"`
	Table []struct {
		Tiles int         `json:"tiles"`
		Time  json.Number `json:"time_ns"`
	} `json:"table"`
	Source string `json:"source"`
}

type staticJSON struct {
	Power  *json.Number `json:"power_mw"`
	Source string       `json:"source"`
}

type meshJSON struct {
	Width        int    `json:"width"`
	Height       int    `json:"height"`
	CoresPerTile int    `json:"cores_per_tile"`
	LinkBuffer   *int   `json:"link_buffer"`
	Source       string `json:"source"`
}

// Read reads a profile. Every event must be listed once, with null for what
// the source does not publish; unknown and repeated keys, constants without a
// source and numbers finer than 1 fJ or 0.1 ns are errors.
func Read(data []byte) (*Profile, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("a profile of %d bytes, at most %d", len(data), maxFile)
	}
	if err := checkKeys(data); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errors.New("the JSON ends in the middle")
		}
		return nil, err
	}
	var j profileJSON
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&j); err != nil {
		return nil, err
	}
	p := &Profile{Name: j.Name, Chip: j.Chip, Source: j.Source, ErrorBand: j.ErrorBand}
	if p.Name == "" || p.Chip == "" || p.Source == "" {
		return nil, errors.New("a profile needs a name, a chip and a source")
	}
	for _, set := range []func(*profileJSON) error{p.setConstants, p.setBarrier, p.setStatic, p.setMesh} {
		if err := set(&j); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *Profile) setConstants(j *profileJSON) error {
	var seen [NumEvents]bool
	for i, c := range j.Constants {
		at := fmt.Sprintf("constants[%d] (%s)", i, c.Event)
		e := slices.IndexFunc(eventRows[:], func(r eventRow) bool { return r.name == c.Event })
		if e < 0 {
			return fmt.Errorf("%s: no such event", at)
		}
		if seen[e] {
			return fmt.Errorf("%s: listed twice", at)
		}
		seen[e] = true
		if c.Source == "" {
			return fmt.Errorf("%s: needs a source", at)
		}
		x := &p.Constants[e]
		x.Source = c.Source
		var err error
		if x.Energy, err = value(c.Energy, 3, maxEnergy); err != nil {
			return fmt.Errorf("%s.energy_pj: %w", at, err)
		}
		if x.Time, err = value(c.Time, 1, maxTime); err != nil {
			return fmt.Errorf("%s.time_ns: %w", at, err)
		}
	}
	for e, ok := range seen {
		if !ok {
			return fmt.Errorf("constants: %s is missing (null means that its source does not publish it)", Event(e))
		}
	}
	return nil
}

func (p *Profile) setBarrier(j *profileJSON) error {
	b := j.Barrier
	if b == nil {
		return nil
	}
	if b.Source == "" || len(b.Table) == 0 || len(b.Table) > maxBarrier {
		return fmt.Errorf("barrier: needs a source and 1 to %d rows", maxBarrier)
	}
	if b.Rule != "floor" && b.Rule != "exact" {
		return fmt.Errorf("barrier.rule: %q is neither floor nor exact", b.Rule)
	}
	p.Barrier = Barrier{Floor: b.Rule == "floor", Source: b.Source}
	for i, r := range b.Table {
		v, err := value(&r.Time, 1, maxTime)
		if err != nil {
			return fmt.Errorf("barrier.table[%d].time_ns: %w", i, err)
		}
		if r.Tiles < 1 || i > 0 && r.Tiles <= b.Table[i-1].Tiles {
			return fmt.Errorf("barrier.table[%d].tiles: %d does not ascend from 1", i, r.Tiles)
		}
		p.Barrier.Table = append(p.Barrier.Table, BarrierRow{r.Tiles, v.Value})
	}
	return nil
}

func (p *Profile) setStatic(j *profileJSON) error {
	if j.Static == nil {
		return nil
	}
	if j.Static.Source == "" {
		return errors.New("static_power: needs a source")
	}
	v, err := value(j.Static.Power, 3, maxPower)
	if err != nil {
		return fmt.Errorf("static_power.power_mw: %w", err)
	}
	p.StaticPower, p.StaticPowerSource = v, j.Static.Source
	return nil
}

func (p *Profile) setMesh(j *profileJSON) error {
	m := j.Mesh
	if m == nil {
		return errors.New("mesh: missing")
	}
	if m.Source == "" {
		return errors.New("mesh: needs a source")
	}
	for _, x := range []int{m.Width, m.Height, m.CoresPerTile} {
		if x < 1 || x > maxSide {
			return fmt.Errorf("mesh: a side of %d, want 1 to %d", x, maxSide)
		}
	}
	p.Mesh = Mesh{Width: m.Width, Height: m.Height, CoresPerTile: m.CoresPerTile, Source: m.Source}
	if b := m.LinkBuffer; b != nil {
		if *b < 1 || *b > maxBuffer {
			return fmt.Errorf("mesh.link_buffer: %d, want 1 to %d", *b, maxBuffer)
		}
		p.Mesh.LinkBuffer = *b
	}
	return nil
}

// checkKeys finds keys that an object has twice, of which encoding/json would
// take the last.
func checkKeys(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := checkValue(dec, "", 0); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("text after the profile")
	}
	return nil
}

func checkValue(dec *json.Decoder, at string, depth int) error {
	const maxDepth = 16
	t, err := dec.Token()
	if err != nil {
		return err
	}
	d, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	if depth == maxDepth {
		return fmt.Errorf("%s: nested deeper than %d", at, maxDepth)
	}
	seen := map[string]bool{}
	for i := 0; dec.More(); i++ {
		sub := fmt.Sprintf("%s[%d]", at, i)
		if d == '{' {
			k, err := dec.Token()
			if err != nil {
				return err
			}
			key, _ := k.(string)
			key = strings.ToLower(key) // encoding/json reads Name as name
			if seen[key] {
				return fmt.Errorf("%s: key %q stands there twice", at, key)
			}
			seen[key], sub = true, at+"."+key
		}
		if err := checkValue(dec, sub, depth+1); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}
