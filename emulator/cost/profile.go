package cost

import (
	"fmt"
	"strings"
)

// Value is a constant that a source publishes, or does not.
type Value struct {
	Value int64
	Known bool
}

// Constant is the price of one event.
type Constant struct {
	Energy Value // femtojoules
	Time   Value // units of 0.1 ns
	Source string
}

// Profile is the constants of one source for one chip.
type Profile struct {
	Name, Chip string
	Source     string // the document that the constants come from
	ErrorBand  string // how far the source's model is from measurements, as published; may be empty
	Constants  [NumEvents]Constant
	Barrier    Barrier
	// StaticPower is in microwatts for the whole chip.
	StaticPower       Value
	StaticPowerSource string
	Mesh              Mesh
}

// Mesh is the network on chip of a profile: Width x Height tiles of
// CoresPerTile cores, and LinkBuffer messages in the buffer of a link, 0 if
// unknown.
type Mesh struct {
	Width, Height, CoresPerTile, LinkBuffer int
	Source                                  string
}

// Barrier is the time that all cores need to agree that a step has ended, by
// the number of tiles in use.
type Barrier struct {
	Table []BarrierRow // tiles ascending; empty if unknown
	// Floor says that a row holds up to the next one, as the source's own
	// model reads it. Without it only the listed numbers of tiles are known.
	Floor  bool
	Source string
}

// BarrierRow is the barrier's time in units of 0.1 ns.
type BarrierRow struct {
	Tiles int
	Time  int64
}

// Time returns the barrier's time for a number of tiles. With Floor it is that
// of the largest row which is not above it, or of the first.
func (b *Barrier) Time(tiles int) Value {
	var v Value
	for i, r := range b.Table {
		if r.Tiles == tiles || b.Floor && (i == 0 || r.Tiles <= tiles) {
			v = Value{r.Time, true}
		}
	}
	return v
}

// Times returns the times of events, in units of 0.1 ns. An event that the
// source has no time for is an error: a step cannot be timed in part.
func (p *Profile) Times(events ...Event) ([]int64, error) {
	out := make([]int64, len(events))
	var missing []string
	for i, e := range events {
		t := p.Constants[e].Time
		if out[i] = t.Value; !t.Known {
			missing = append(missing, e.String())
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("profile %s has no time for %s: choose a profile that does, or pass one of your own", p.Name, strings.Join(missing, ", "))
	}
	return out, nil
}
