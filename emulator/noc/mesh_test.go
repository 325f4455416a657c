package noc_test

import (
	"slices"
	"testing"

	"github.com/synfire/synfire/emulator/noc"
)

// TestRoutesTurnOnce walks every route of some meshes: its links join end to
// end, it takes as many as the tiles are apart, and it never turns from y to x.
func TestRoutesTurnOnce(t *testing.T) {
	for _, m := range []noc.Mesh{{Width: 8, Height: 4, Cores: 4}, {Width: 1, Height: 5, Cores: 1}, {Width: 3, Height: 1, Cores: 2}, {Width: 1, Height: 1, Cores: 1}} {
		for from := range m.Tiles() {
			for to := range m.Tiles() {
				at, vertical := from, false
				r := m.Route(from, to)
				links := r.Links(nil)
				for _, l := range links {
					a, b, ok := m.LinkEnds(l)
					if !ok || a != at {
						t.Fatalf("%+v: %d to %d: link %d joins %d to %d (%v), but the message is at %d", m, from, to, l, a, b, ok, at)
					}
					if m.Horizontal(l) && vertical {
						t.Fatalf("%+v: %d to %d turns back to x", m, from, to)
					}
					at, vertical = b, !m.Horizontal(l)
				}
				ew, ns := m.Hops(from, to)
				if at != to || len(links) != ew+ns || int(r.XN) != ew {
					t.Fatalf("%+v: %d to %d ends at %d after %d links, want %d and %d", m, from, to, at, len(links), ew, ns)
				}
			}
		}
	}
}

// TestLinksOnTheMesh counts the links that exist and gives the coordinates of
// one: tile ids run along y first.
func TestLinksOnTheMesh(t *testing.T) {
	m := noc.Mesh{Width: 8, Height: 4, Cores: 4}
	n := 0
	for l := range m.Links() {
		if _, _, ok := m.LinkEnds(l); ok {
			n++
		}
	}
	if want := 2 * (7*4 + 8*3); n != want {
		t.Errorf("%d links, want %d", n, want)
	}
	if x, y := m.XY(13); x != 3 || y != 1 || m.Tile(3, 1) != 13 {
		t.Errorf("tile 13 is at %d, %d, and tile %d at 3, 1", x, y, m.Tile(3, 1))
	}
	r := m.Route(m.Tile(1, 0), m.Tile(2, 1))
	if got, want := r.Links(nil), []int{noc.East*32 + m.Tile(2, 0), noc.North*32 + m.Tile(2, 1)}; !slices.Equal(got, want) {
		t.Errorf("links %v, want %v", got, want)
	}
}

func TestMeshBounds(t *testing.T) {
	for _, m := range []noc.Mesh{
		{},
		{Width: -1, Height: 4, Cores: 4},
		{Width: 1 << 40, Height: 1 << 40, Cores: 1},
		{Width: 1025, Height: 1, Cores: 1},
		{Width: 32, Height: 33, Cores: 1},
		{Width: 1, Height: 1, Cores: 33},
		{Width: 32, Height: 32, Cores: 17},
	} {
		if m.Check() == nil {
			t.Errorf("%+v was accepted", m)
		}
		for _, model := range []string{"simple", "detailed", "cycle"} {
			if _, err := noc.NewModel(model, noc.Config{Mesh: m, Buffer: 1}); err == nil {
				t.Errorf("%s accepts %+v", model, m)
			}
		}
	}
	if err := (noc.Mesh{Width: 32, Height: 32, Cores: 16}).Check(); err != nil {
		t.Error(err)
	}
}
