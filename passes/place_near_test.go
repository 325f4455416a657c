package passes

import (
	"math"
	"slices"
	"testing"

	"github.com/synfire/synfire/ir"
	"github.com/synfire/synfire/passes/placement"
	"pgregory.net/rapid"
)

// TestPlaceNear moves cores of random mappings: none is lost or doubled, none
// leaves its chip, and no mapping gets more hops.
func TestPlaceNear(t *testing.T) {
	better, same := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		width, height, perTile := rapid.IntRange(1, 5).Draw(t, "width"), rapid.IntRange(1, 5).Draw(t, "height"), rapid.IntRange(1, 4).Draw(t, "per tile")
		all := make([]int32, width*height*perTile)
		for i := range all {
			all[i] = int32(i)
		}
		slots := rapid.Permutation(all).Draw(t, "slots")[:rapid.IntRange(1, len(all)).Draw(t, "cores of a chip")]
		m := &ir.Mapping{Cores: make([]ir.CoreMap, rapid.IntRange(1, 2*len(slots)).Draw(t, "cores"))}
		for i := range m.Cores {
			m.Cores[i] = ir.CoreMap{Chip: int32(i / len(slots)), Core: slots[i%len(slots)]}
		}
		var nets []placement.Net
		core := rapid.Int32Range(0, int32(len(m.Cores))-1)
		for range rapid.IntRange(0, 30).Draw(t, "nets") {
			nets = append(nets, placement.Net{
				Source: core.Draw(t, "source"), Sinks: []int32{core.Draw(t, "sink")}, Weight: float64(rapid.IntRange(1, 100).Draw(t, "weight")),
			})
		}
		before := slices.Clone(m.Cores)
		if err := placeNear(t.Context(), m, nets, placement.Options{}, width, height, perTile, slots); err != nil {
			t.Fatal(err)
		}
		distance := func(a, b int32) float64 { // as backend.Target.Mesh numbers tiles
			a, b = a/int32(perTile), b/int32(perTile)
			h := int32(height)
			return math.Abs(float64(a/h-b/h)) + math.Abs(float64(a%h-b%h))
		}
		hops := func(cores []ir.CoreMap) (sum float64) {
			for _, n := range nets {
				a, b := cores[n.Source], cores[n.Sinks[0]]
				if a.Chip == b.Chip {
					sum += n.Weight * distance(a.Core, b.Core)
				}
			}
			return sum
		}
		was, is := hops(before), hops(m.Cores)
		if is > was {
			t.Fatalf("%v hops became %v", was, is)
		}
		if is < was {
			better++
		} else {
			same++
		}
		seen := map[[2]int32]bool{}
		for i, c := range m.Cores {
			if c.Chip != before[i].Chip || !slices.Contains(slots, c.Core) || seen[[2]int32{c.Chip, c.Core}] {
				t.Fatalf("core %d went from %+v to %+v", i, before[i], c)
			}
			seen[[2]int32{c.Chip, c.Core}] = true
		}
	})
	if better == 0 || same == 0 {
		t.Errorf("%d mappings got better, %d stayed: one of them was not tried", better, same)
	}
}

// TestHeard counts what cores hear of each other: by elements, whatever the
// order and the width of axons, and nothing from inputs or themselves.
func TestHeard(t *testing.T) {
	n := &ir.Network{Nodes: make([]ir.Node, 3)}
	for i, size := range []int{4, 10, 6} { // an input, two populations
		n.Nodes[i].Out = ir.Shape{size}
	}
	m := &ir.Mapping{Cores: []ir.CoreMap{
		{Parts: []ir.Part{{Node: 1, First: 0, Count: 7}}, Axons: []ir.AxonSource{{Src: 0, First: 0, Count: 4}, {Src: 1, First: 5, Count: 4}}},
		{Parts: []ir.Part{{Node: 1, First: 7, Count: 3}}},
		{Parts: []ir.Part{{Node: 2, First: 0, Count: 6}}, Axons: []ir.AxonSource{{Src: 1, First: 8, Count: 1}, {Src: 1, First: 0, Count: 8}}},
	}}
	want := []placement.Net{
		{Source: 1, Sinks: []int32{0}, Weight: 2}, // of 5..8 the last two are on core 1
		{Source: 0, Sinks: []int32{2}, Weight: 7},
		{Source: 1, Sinks: []int32{2}, Weight: 2},
	}
	got := heard(n, m)
	if !slices.EqualFunc(got, want, func(a, b placement.Net) bool {
		return a.Source == b.Source && slices.Equal(a.Sinks, b.Sinks) && a.Weight == b.Weight
	}) {
		t.Errorf("%+v, want %+v", got, want)
	}
}
