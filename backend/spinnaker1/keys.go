package spinnaker1

import (
	"fmt"
	"math/bits"

	"github.com/synfire/synfire/backend/spinnaker1/image"
)

// colourBits is how many low bits of a key carry the tick in which a packet is
// sent, as sPyNNaker has them.
const colourBits = 4

// zone is the range of keys of a vertex: the bits of mask say which vertex, the
// next which core, the rest which neuron and colour (specs/spinnaker1.md 1.3).
type zone struct {
	key, mask uint32
	atomBits  int // neuron and colour
	coreBits  int
}

// zones gives a range of keys to every vertex that others listen to. If it fits
// in 32 bits all vertices have the same split ("global"), else each has as many
// bits as it takes ("flexible").
func (l *layout) zones() ([]zone, error) {
	out := make([]zone, len(l.vertices))
	sends := l.senders()
	atoms, cores, count := 0, 0, 0
	for i, v := range l.vertices {
		out[i].atomBits = bitsFor(v.perCore << colourBits)
		out[i].coreBits = bitsFor(v.slices())
		if sends[i] {
			atoms, cores, count = max(atoms, out[i].atomBits), max(cores, out[i].coreBits), count+1
		}
	}
	global := atoms+cores+bitsFor(count) <= 32
	next := uint64(0)
	for i := range out {
		z := &out[i]
		if !sends[i] {
			continue
		}
		if global {
			z.atomBits, z.coreBits = atoms, cores
		}
		size := uint64(1) << (z.atomBits + z.coreBits)
		next = (next + size - 1) &^ (size - 1)
		if next+size > 1<<32 {
			return nil, fmt.Errorf("the keys of %d vertices do not fit in 32 bits", count)
		}
		z.key, z.mask = uint32(next), ^uint32(size-1)
		next += size
	}
	return out, nil
}

// bitsFor returns how many bits number n things.
func bitsFor(n int) int { return bits.Len(uint(max(n, 1) - 1)) }

// senders tells by vertex whether it has keys: input ports do, others if a
// vertex listens to them.
func (l *layout) senders() []bool {
	out := make([]bool, len(l.vertices))
	for k, v := range l.vertices {
		out[k] = out[k] || v.model() == image.Source
		for i := range v.into {
			out[v.into[i].src.id] = true
		}
	}
	return out
}

// core returns the key and mask of what core k of a vertex sends.
func (z *zone) core(k int) (key, mask uint32) {
	return z.key | uint32(k)<<z.atomBits, ^(uint32(1)<<z.atomBits - 1)
}

// neuron returns the key of a neuron, of colour 0.
func (z *zone) neuron(k, i int) uint32 {
	key, _ := z.core(k)
	return key | uint32(i)<<colourBits
}

// entry returns the entry of the master population table for a group of rows.
func (z *zone) entry(v *vertex, g *group) image.PopEntry {
	if g.slice >= 0 {
		key, mask := z.core(g.slice)
		return image.PopEntry{Key: key, Mask: mask, MaskShift: uint16(z.atomBits), Neurons: uint16(v.perCore)}
	}
	return image.PopEntry{
		Key: z.key, Mask: z.mask,
		CoreMask: uint16(1)<<z.coreBits - 1, MaskShift: uint16(z.atomBits), Neurons: uint16(v.perCore),
	}
}
