package runner

import (
	"fmt"
	"strconv"
)

// Cell is one point of an evaluation: a target at a width of weights, perhaps
// disturbed.
type Cell struct {
	Target string `json:"target"`
	Width
	Disturbance *Disturbance `json:"disturbance,omitempty"`
}

// Disturbance is what makes an evaluation imperfect, see docs/robustness.md.
type Disturbance struct {
	Kind  string  `json:"kind"`
	Level float64 `json:"level"`
	Seed  uint64  `json:"seed"`
}

// The kinds of disturbance.
const (
	Mismatch   = "mismatch"    // weights vary by a normal factor of this deviation
	InputNoise = "input-noise" // places of the input flip with this probability
	DropSpikes = "drop-spikes" // spikes are lost with this probability
)

// CheckLevel says if a level makes no sense for a kind of disturbance.
func CheckLevel(kind string, level float64) error {
	if most := 1.0; kind != Mismatch && !(level >= 0 && level <= most) {
		return fmt.Errorf("%g is not a probability of 0 to 1", level)
	}
	if !(level >= 0 && level <= 1e3) {
		return fmt.Errorf("%g is not a relative deviation of 0 or more, such as 0.1", level)
	}
	return nil
}

// same tells whether two cells are one point.
func (c *Cell) same(d *Cell) bool {
	if c.Target != d.Target || c.Width != d.Width || (c.Disturbance == nil) != (d.Disturbance == nil) {
		return false
	}
	return c.Disturbance == nil || *c.Disturbance == *d.Disturbance
}

// name names a cell in a sentence.
func (c *Cell) name() string {
	name := (&EvalRow{Target: c.Target, Width: c.Width}).name()
	if d := c.Disturbance; d != nil {
		name += fmt.Sprintf(", %s %s, seed %d", d.Kind, strconv.FormatFloat(d.Level, 'g', -1, 64), d.Seed)
	}
	return name
}

// Levels are the disturbances to evaluate: kinds in the order of the constants
// above.
type Levels struct {
	Mismatch, InputNoise, DropSpikes []float64
	Seeds                            int // of each; the seeds are 1 to Seeds
}

// disturbances lists one for each kind, level and seed.
func (l *Levels) disturbances() []*Disturbance {
	var out []*Disturbance
	for _, k := range []struct {
		kind   string
		levels []float64
	}{{Mismatch, l.Mismatch}, {InputNoise, l.InputNoise}, {DropSpikes, l.DropSpikes}} {
		for _, level := range k.levels {
			for seed := range l.Seeds {
				out = append(out, &Disturbance{k.kind, level, uint64(seed + 1)})
			}
		}
	}
	return out
}

// Shard is a part of an evaluation: part Index, from 1, of Count. The zero value
// is all of it.
type Shard struct {
	Index, Count int
}

// ParseShard reads I/N.
func ParseShard(s string) (Shard, error) {
	var x Shard
	if n, err := fmt.Sscanf(s, "%d/%d", &x.Index, &x.Count); n != 2 || err != nil || x.String() != s || x.Index < 1 || x.Index > x.Count || x.Count > maxShards {
		return Shard{}, fmt.Errorf("%q is not of the form I/N with I of 1 to N and N of at most %d, such as 2/4", s, maxShards)
	}
	return x, nil
}

// maxShards bounds how many parts an evaluation has.
const maxShards = 1 << 20

func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }

// whole tells whether a shard is all there is.
func (s Shard) whole() bool { return s.Count <= 1 }

// span is a range of samples of a cell.
type span struct{ cell, from, to int }

// parts returns the shard's share of cells times samples: all of them in one
// line, cut into equal pieces, so that both a sweep and a single evaluation are
// divided evenly.
func (s Shard) parts(cells, samples int) []span {
	n := int64(cells) * int64(samples)
	lo, hi := int64(0), n
	if !s.whole() {
		lo, hi = edge(n, s.Index-1, s.Count), edge(n, s.Index, s.Count)
	}
	var out []span
	for at := lo; at < hi; {
		c := at / int64(samples)
		end := min(hi, (c+1)*int64(samples))
		out = append(out, span{int(c), int(at - c*int64(samples)), int(end - c*int64(samples))})
		at = end
	}
	return out
}

// edge returns i*n/count without overflow: n may be up to 2^62.
func edge(n int64, i, count int) int64 {
	q, r := n/int64(count), n%int64(count)
	return q*int64(i) + r*int64(i)/int64(count)
}
