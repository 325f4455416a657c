package tcam

import (
	"testing"

	"pgregory.net/rapid"
)

// spread puts the bits of a small key at both ends of a large one, so that the
// first and the last of all keys are among them.
func spread(x uint32) uint32 { return x&0xf | x>>4<<28 }

const spreadHigh = 0x0ffffff0 // what every mask has beside those

// TestCompressAtBothEnds asks a router for keys with any bits at the ends and some
// in the middle, of tables with ranges and overlaps; and it looks at what becomes
// of keys that the original does not list.
func TestCompressAtBothEnds(t *testing.T) {
	entry := rapid.Custom(func(t *rapid.T) Entry {
		mask := rapid.SampledFrom([]uint32{0xff, 0xff, 0xfe, 0xf8, 0xf0, 0x80, 0x0f}).Draw(t, "mask")
		middle := rapid.SampledFrom([]uint32{spreadHigh, spreadHigh, 0x0ff00000, 0}).Draw(t, "middle")
		mask = spread(mask) | middle
		return Entry{
			Key: spread(rapid.Uint32Range(0, 0xff).Draw(t, "key")) & mask, Mask: mask,
			Route:   rapid.SampledFrom([]uint32{1, 8, 8, 0x41}).Draw(t, "route"),
			Sources: rapid.SampledFrom([]uint32{0, 1, 8, 9}).Draw(t, "sources"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		table, opt := rapid.SliceOfN(entry, 0, 30).Draw(t, "table"), genOptions(t)
		r, err := Compress(t.Context(), table, opt)
		if err != nil {
			t.Fatal(err)
		}
		for x := range uint32(1 << keyBits) {
			for _, middle := range []uint32{0, 1 << 4, 1 << 20, 1 << 27, spreadHigh} {
				key := spread(x) | middle
				w, listed := lookup(table, key)
				g, matched := lookup(r.Entries, key)
				switch {
				case !listed && (!matched || !opt.Unlisted):
				case listed && matched && g.Route == w.Route:
				case listed && !matched && straight(w, opt.Links):
				default:
					t.Fatalf("key %08x: %+v (%v) became %+v (%v), by %s", key, w, listed, g, matched, r.Method)
				}
			}
		}
	})
}
