// Package tcam compresses tables of ternary entries, as routers of multicast
// packets hold them, and proves each result equal to its original.
//
// A packet carries a key. An entry matches it if key&Mask equals Key; the first
// entry that matches decides where the packet goes. A packet that no entry
// matches is default-routed: it leaves by the link opposite the one it came in
// by. docs/routing.md defines which changes of a table are allowed; [Verify]
// holds a result to that definition, for every key.
package tcam

import "math/bits"

// Entry is a row of a table. Route is a set of the router's outputs, of which
// the lowest bits are the links. Sources is the set of inputs, in the same
// numbering, by which packets with such keys come in; 0 is not known.
type Entry struct {
	Key, Mask, Route, Sources uint32
}

// Defaultable reports whether packets that match e would go the same way if no
// entry matched: they come in by one link and leave by the opposite one alone.
// The router has an even number of links, link i opposite link i+links/2.
func (e Entry) Defaultable(links int) bool {
	if bits.OnesCount32(e.Sources) != 1 {
		return false
	}
	in := bits.TrailingZeros32(e.Sources)
	return in < links && e.Route == 1<<((in+links/2)%links)
}

func (e Entry) cube() cube { return cube{e.Key & e.Mask, e.Mask} }

// A cube is a set of keys: those that agree with key where mask has a one. A
// key has zeros where its mask has.
type cube struct{ key, mask uint32 }

// meets reports whether a key is in both.
func (c cube) meets(d cube) bool { return (c.key^d.key)&c.mask&d.mask == 0 }

// holds reports whether every key of d is in c.
func (c cube) holds(d cube) bool { return (c.key^d.key)&c.mask|c.mask&^d.mask == 0 }

// join returns the smallest cube that holds both.
func (c cube) join(d cube) cube {
	mask := c.mask & d.mask &^ (c.key ^ d.key)
	return cube{c.key & mask, mask}
}

// isRange reports whether c is a range of keys: its mask is ones above zeros.
func (c cube) isRange() bool { return ^c.mask&(^c.mask+1) == 0 }

// end returns the key after the last one of a range.
func (c cube) end() uint64 { return uint64(c.key|^c.mask) + 1 }

// half returns the half of c in which a bit that c leaves open has a value.
func (c cube) half(bit, value uint32) cube { return cube{c.key | bit*value, c.mask | bit} }

// minus appends cubes that hold the keys of c that are not in d.
func (c cube) minus(out []cube, d cube) []cube {
	if !c.meets(d) {
		return append(out, c)
	}
	for open := d.mask &^ c.mask; open != 0; open &= open - 1 {
		bit := open & -open
		side := cube{c.key | bit&^d.key, c.mask | bit}
		out = append(out, side)
		c = cube{c.key | bit&d.key, c.mask | bit}
	}
	return out
}

// topBit returns the highest bit that is set in x.
func topBit(x uint32) uint32 { return 1 << (31 - bits.LeadingZeros32(x)) }
