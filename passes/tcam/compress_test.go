package tcam

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

const keyBits = 8 // small enough to ask for every key

// lookup is the router: the first entry that matches.
func lookup(table []Entry, key uint32) (e Entry, ok bool) {
	for _, e := range table {
		if key&e.Mask == e.Key&e.Mask {
			return e, true
		}
	}
	return Entry{}, false
}

// oracle compares two tables key by key, as docs/routing.md defines it. It knows
// nothing of cubes.
func oracle(want, got []Entry, rules Rules) error {
	for key := range uint32(1 << keyBits) {
		w, listed := lookup(want, key)
		g, matched := lookup(got, key)
		switch {
		case !listed && matched && rules.Unlisted:
			return fmt.Errorf("key %#x is unlisted and matches %+v", key, g)
		case !listed, matched && g.Route == w.Route:
		case !matched && straight(w, rules.Links):
		default:
			return fmt.Errorf("key %#x: %+v became %+v (matched: %v)", key, w, g, matched)
		}
	}
	return nil
}

func straight(e Entry, links int) bool {
	for in := range links {
		if e.Sources == 1<<in && e.Route == 1<<((in+links/2)%links) {
			return true
		}
	}
	return false
}

// genTable draws a table whose keys lie in keyBits bits, with few routes.
func genTable(t *rapid.T, label string) []Entry {
	const high = ^uint32(1<<keyBits - 1)
	entry := rapid.Custom(func(t *rapid.T) Entry {
		mask := rapid.SampledFrom([]uint32{0xff, 0xfe, 0xf0, 0xff, 0xff, 0xff}).Draw(t, "mask")
		if rapid.IntRange(0, 5).Draw(t, "odd") == 0 {
			mask = rapid.Uint32Range(0, 0xff).Draw(t, "any mask")
		}
		return Entry{
			// Bits of the key outside the mask have no meaning.
			Key:     rapid.Uint32Range(0, 0xff).Draw(t, "key"),
			Mask:    mask | high,
			Route:   rapid.SampledFrom([]uint32{1, 8, 8, 16, 0x41}).Draw(t, "route"),
			Sources: rapid.SampledFrom([]uint32{0, 1, 2, 8, 9}).Draw(t, "sources"),
		}
	})
	return rapid.SliceOfN(entry, 0, 40).Draw(t, label)
}

func genOptions(t *rapid.T) Options {
	return Options{
		Rules: Rules{
			Links:    rapid.SampledFrom([]int{0, 4, 6}).Draw(t, "links"),
			Unlisted: rapid.Bool().Draw(t, "unlisted"),
		},
		Target: rapid.SampledFrom([]int{0, 0, 3, 10}).Draw(t, "target"),
	}
}

// TestCompressKeepsEveryKey asks the router for every key, before and after.
func TestCompressKeepsEveryKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, opt := genTable(t, "table"), genOptions(t)
		r, err := Compress(t.Context(), table, opt)
		if err != nil {
			t.Fatal(err)
		}
		if err := oracle(table, r.Entries, opt.Rules); err != nil {
			t.Fatalf("%s: %v\n%+v", r.Method, err, r.Entries)
		}
		if len(r.Entries) > len(table) {
			t.Fatalf("%d entries became %d", len(table), len(r.Entries))
		}
		again, err := Compress(t.Context(), table, opt)
		if err != nil || !slices.Equal(r.Entries, again.Entries) {
			t.Fatalf("a second time: %v, %v", again, err)
		}
	})
}

// TestVerifyIsTheOracle compares the proof with asking for every key, for tables
// that mostly differ in little.
func TestVerifyIsTheOracle(t *testing.T) {
	equal, different := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		want, rules := genTable(t, "want"), genOptions(t).Rules
		got := slices.Clone(want)
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			if len(got) == 0 {
				break
			}
			i := rapid.IntRange(0, len(got)-1).Draw(t, "at")
			switch rapid.IntRange(0, 3).Draw(t, "change") {
			case 0:
				got = slices.Delete(got, i, i+1)
			case 1:
				got[i].Mask ^= 1 << rapid.IntRange(0, keyBits-1).Draw(t, "bit")
			case 2:
				got[i].Route ^= 8
			case 3:
				got[0], got[i] = got[i], got[0]
			}
		}
		err, told := Verify(t.Context(), want, got, rules), oracle(want, got, rules)
		if (err == nil) != (told == nil) {
			t.Fatalf("the proof says %v, the router %v", err, told)
		}
		if err == nil {
			equal++
			return
		}
		different++
		var d *Difference
		if !errors.As(err, &d) {
			t.Fatal(err)
		}
		w, listed := lookup(want, d.Key)
		g, matched := lookup(got, d.Key)
		if listed != d.Listed || matched != d.Matched || listed && w.Route != d.Want || matched && g.Route != d.Got {
			t.Fatalf("the witness %+v is not one: %+v %v, %+v %v", d, w, listed, g, matched)
		}
	})
	if equal == 0 || different == 0 {
		t.Errorf("%d equal tables and %d different ones: one kind was not tried", equal, different)
	}
}

// TestCompressSmall holds tables whose smallest form is plain to see.
func TestCompressSmall(t *testing.T) {
	const all = ^uint32(0)
	opt := Options{Rules: Rules{Links: 6}}
	for _, c := range []struct {
		name  string
		table []Entry
		opt   Options
		want  []Entry
	}{
		{"nothing", nil, opt, nil},
		{
			"a pair",
			[]Entry{{4, all, 1, 0}, {5, all, 1, 0}},
			opt,
			[]Entry{{4, all ^ 1, 1, 0}},
		},
		{
			"the exception comes first",
			[]Entry{{4, all, 1, 2}, {5, all, 1, 4}, {6, all, 2, 8}, {7, all, 1, 2}},
			opt,
			[]Entry{{6, all, 2, 8}, {4, all ^ 3, 1, 6}},
		},
		{
			"straight on needs no entry",
			[]Entry{{4, all, 1, 8}, {5, all, 16, 2}},
			opt,
			[]Entry{},
		},
		{
			"not straight on without links",
			[]Entry{{4, all, 1, 8}},
			Options{},
			[]Entry{{4, all, 1, 8}},
		},
		{
			"an unlisted key stays unlisted",
			[]Entry{{4, all, 1, 0}, {5, all, 1, 0}, {6, all, 1, 0}},
			Options{Rules: Rules{Unlisted: true}},
			[]Entry{{4, all ^ 1, 1, 0}, {6, all, 1, 0}},
		},
		{
			"what is never reached goes",
			[]Entry{{4, all ^ 3, 1, 0}, {5, all, 2, 0}},
			opt,
			[]Entry{{4, all ^ 3, 1, 0}},
		},
		{
			"few enough",
			[]Entry{{4, all, 1, 0}, {5, all, 1, 0}},
			Options{Target: 2},
			[]Entry{{4, all, 1, 0}, {5, all, 1, 0}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := Compress(t.Context(), c.table, c.opt)
			if err != nil {
				t.Fatal(err)
			}
			same := func(a, b Entry) int { return int(int32(a.Key^a.Mask<<1) - int32(b.Key^b.Mask<<1)) }
			if c.opt.Unlisted { // either order is as good
				slices.SortFunc(r.Entries, same)
				slices.SortFunc(c.want, same)
			}
			if !slices.Equal(r.Entries, c.want) {
				t.Errorf("%+v, want %+v", r.Entries, c.want)
			}
		})
	}
}

// TestCompressStops checks that a target is met and then left alone.
func TestCompressStops(t *testing.T) {
	var table []Entry
	for k := range uint32(512) {
		table = append(table, Entry{Key: k * 0x9e3779b1 >> 12, Mask: ^uint32(0), Route: 1 << (k * k % 7 % 3)})
	}
	least, err := Compress(t.Context(), table, Options{})
	if err != nil {
		t.Fatal(err)
	}
	target := (len(least.Entries) + len(table)) / 2
	r, err := Compress(t.Context(), table, Options{Target: target})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Entries); n > target || n < len(least.Entries)+1 {
		t.Errorf("%d entries for a target of %d; %d at best", n, target, len(least.Entries))
	}
}

// TestHostile gives tables that no bound of work can do justice: the answer is
// quick, and right or refused.
func TestHostile(t *testing.T) {
	// Entry i leaves all bits open but a few: a comparison by keys splits and
	// splits.
	var tangled []Entry
	for i := range uint32(3000) {
		mask := uint32(1)<<(i%32) | 1<<(i*7%31) | 1<<(i*i%29) | 1<<(i/3%32) | 1<<(i*5%23)
		tangled = append(tangled, Entry{Key: i * 0x9e3779b1, Mask: mask, Route: i%5 + 1})
	}
	r, err := Compress(t.Context(), tangled, Options{Rules: Rules{Links: 6, Unlisted: true}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Entries) > len(tangled) {
		t.Errorf("%d entries became %d", len(tangled), len(r.Entries))
	}
}

// TestUnprovenIsNotUsed takes the proof's work away: the table stays as it was.
func TestUnprovenIsNotUsed(t *testing.T) {
	table := []Entry{{Key: 4, Mask: 0xff, Route: 1}, {Key: 5, Mask: 0xff, Route: 1}}
	if r, err := Compress(t.Context(), table, Options{}); err != nil || len(r.Entries) != 1 {
		t.Fatalf("%+v, %v: there is nothing to prove", r, err)
	}
	before := verifyWork
	t.Cleanup(func() { verifyWork = before })
	verifyWork = 2
	if r, err := Compress(t.Context(), table, Options{}); err != nil || !slices.Equal(r.Entries, table) {
		t.Errorf("%+v, %v, want the table as it was", r, err)
	}
}

func TestCompressIsInterruptible(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Compress(ctx, make([]Entry, 10), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
