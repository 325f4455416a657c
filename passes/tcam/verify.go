package tcam

import (
	"context"
	"errors"
	"fmt"
)

// Rules say which keys a table must be right for.
type Rules struct {
	// Links is the number of links of the router: an even number; 0 turns
	// default-routing off.
	Links int
	// Unlisted says that packets may come whose keys the original table does
	// not match; they must stay unmatched. Without it no source sends such
	// keys, and what becomes of them does not matter.
	Unlisted bool
}

// A Difference is a key that two tables route in different ways.
type Difference struct {
	Key uint32
	// Want and Got are routes; false is no entry that matches.
	Want, Got       uint32
	Listed, Matched bool
}

func (d *Difference) Error() string {
	say := func(ok bool, route uint32) string {
		if !ok {
			return "matches no entry"
		}
		return fmt.Sprintf("goes to %#x", route)
	}
	return fmt.Sprintf("key 0x%08x %s in the original table and %s in the other",
		d.Key, say(d.Listed, d.Want), say(d.Matched, d.Got))
}

// ErrTangled says that two tables were too entangled to be compared within the
// bound of work.
var ErrTangled = errors.New("the tables are too entangled to be compared key by key")

// verifyWork bounds how many entries Verify looks at, over all cubes that it
// splits the keys into.
var verifyWork int64 = 2e9

// Verify compares the table got with the original want, for every key: the
// space of keys is split until one entry of each table decides, so nothing is
// sampled. It returns a *[Difference] if there is one, [ErrTangled] or the error
// of ctx.
func Verify(ctx context.Context, want, got []Entry, rules Rules) error {
	v := verifier{ctx: ctx, rules: rules, left: verifyWork}
	return v.compare(cube{}, want, got)
}

type verifier struct {
	ctx   context.Context
	rules Rules
	left  int64
}

// compare compares the tables for the keys in c, all of whose entries meet c.
func (v *verifier) compare(c cube, want, got []Entry) error {
	if len(want) == 0 && (len(got) == 0 || !v.rules.Unlisted) {
		return nil
	}
	if v.left -= int64(len(want) + len(got)); v.left < 0 {
		return ErrTangled
	}
	open := uint32(0) // bits that still tell which entry is first
	if len(want) > 0 {
		open = want[0].Mask &^ c.mask
	}
	if open == 0 && len(got) > 0 {
		open = got[0].Mask &^ c.mask
	}
	if open == 0 {
		return v.decide(c.key, want, got)
	}
	if err := v.ctx.Err(); err != nil {
		return err
	}
	bit := topBit(open)
	for value := range uint32(2) {
		side := c.half(bit, value)
		if err := v.compare(side, meeting(want, side), meeting(got, side)); err != nil {
			return err
		}
	}
	return nil
}

// decide compares what the first entries say; they match all keys in question,
// of which key is one.
func (v *verifier) decide(key uint32, want, got []Entry) error {
	d := &Difference{Key: key, Listed: len(want) > 0, Matched: len(got) > 0}
	if d.Matched {
		d.Got = got[0].Route
	}
	if !d.Listed {
		return d // unlisted keys must not match, and one does
	}
	d.Want = want[0].Route
	if d.Matched && d.Want == d.Got || !d.Matched && want[0].Defaultable(v.rules.Links) {
		return nil
	}
	return d
}

// meeting returns the entries that match a key of c, up to the first that
// matches all: nothing after that one can be the first match.
func meeting(table []Entry, c cube) []Entry {
	n := 0
	for _, e := range table {
		if e.cube().meets(c) {
			n++
		}
	}
	out := make([]Entry, 0, n)
	for _, e := range table {
		if e.cube().meets(c) {
			out = append(out, e)
			if e.cube().holds(c) {
				break
			}
		}
	}
	return out
}
