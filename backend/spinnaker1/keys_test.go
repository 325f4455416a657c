package spinnaker1

import (
	"testing"

	"github.com/synfire/synfire/ir"
)

// sources returns a layout of input ports of the given sizes.
func sources(sizes ...int) *layout {
	l := &layout{}
	for i, n := range sizes {
		v := &vertex{id: i, node: &ir.Node{Op: ir.OpInput}, size: n}
		v.split((n + maxNeurons - 1) / maxNeurons)
		l.vertices = append(l.vertices, v)
	}
	return l
}

// TestZones checks that the keys of vertices, and of their cores, are ranges
// that do not overlap, and that all have one split where 32 bits suffice.
func TestZones(t *testing.T) {
	many := make([]int, 3000)
	for i := range many {
		many[i] = 1 + i%300
	}
	for name, c := range map[string]struct {
		sizes  []int
		global bool
	}{
		"small":        {[]int{784, 10, 1}, true},
		"one":          {[]int{1}, true},
		"large":        {[]int{50000, 300, 5}, true},
		"too large":    {append([]int{10_000_000}, many...), false},
		"many of both": {[]int{3_000_000, 1, 2_000_000, 7, 256, 257}, true},
	} {
		l := sources(c.sizes...)
		zones, err := l.zones()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		next, global := uint64(0), true
		for i := range zones {
			z, v := &zones[i], l.vertices[i]
			global = global && z.atomBits == zones[0].atomBits && z.coreBits == zones[0].coreBits
			if uint64(z.key) < next || z.key&^z.mask != 0 {
				t.Fatalf("%s: the keys of vertex %d start at %08x with mask %08x", name, i, z.key, z.mask)
			}
			last := z.neuron(v.slices()-1, v.count(v.slices()-1)-1) | 1<<colourBits - 1
			if end := uint64(z.key | ^z.mask); uint64(last) > end {
				t.Fatalf("%s: key %08x of vertex %d is above %08x", name, last, i, end)
			}
			next = uint64(z.key|^z.mask) + 1
			for k := range v.slices() {
				key, mask := z.core(k)
				for _, j := range []int{0, v.count(k) - 1} {
					if x := z.neuron(k, j); x&mask != key || x&z.mask != z.key {
						t.Fatalf("%s: key %08x of core %d of vertex %d is not in %08x/%08x", name, x, k, i, key, mask)
					}
				}
			}
		}
		if global != c.global {
			t.Errorf("%s: one split for all is %v", name, global)
		}
	}
	if _, err := sources(200_000_000, 200_000_000).zones(); err == nil {
		t.Error("400 million keys of 16 colours fit in 32 bits")
	}
}
