package topology

import (
	"testing"

	"pgregory.net/rapid"
)

func must(g *Grid, err error) *Grid {
	if err != nil {
		panic(err)
	}
	return g
}

// walk returns the distance over links by breadth-first search, or -1.
func walk(g *Grid, a, b int32) int {
	dist := make([]int, g.Chips())
	for i := range dist {
		dist[i] = -1
	}
	dist[a] = 0
	for queue := []int32{a}; len(queue) > 0; queue = queue[1:] {
		for l := range g.Links {
			if n := g.Next(queue[0], l); n != None && dist[n] < 0 {
				dist[n] = dist[queue[0]] + 1
				queue = append(queue, n)
			}
		}
	}
	return dist[b]
}

func TestDistanceIsWalked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 9).Draw(t, "width"), rapid.IntRange(1, 9).Draw(t, "height")
		g := must(Hex(w, h, rapid.Bool().Draw(t, "wrap")))
		if rapid.Bool().Draw(t, "mesh") {
			g = must(Mesh(w, h))
		}
		a := int32(rapid.IntRange(0, w*h-1).Draw(t, "a"))
		b := int32(rapid.IntRange(0, w*h-1).Draw(t, "b"))
		if got, want := g.Distance(a, b), walk(g, a, b); got != want {
			t.Fatalf("%d x %d, %d links, wrap %v: %s to %s is %d, walked %d", w, h, g.Links, g.Wrap, g.Name(a), g.Name(b), got, want)
		}
	})
}

// TestBoard48 counts what the specification lists: the rows of y by x.
func TestBoard48(t *testing.T) {
	g := Board48()
	rows := [8][2]int{{0, 3}, {0, 4}, {0, 5}, {0, 6}, {0, 7}, {1, 7}, {2, 7}, {3, 7}}
	live := 0
	for c := range int32(64) {
		x, y := g.XY(c)
		if want := y >= rows[x][0] && y <= rows[x][1]; g.Alive(c) != want {
			t.Errorf("chip %s: alive is %v", g.Name(c), g.Alive(c))
		}
		if g.Alive(c) {
			live++
		}
		for l := range 6 {
			if n := g.Next(c, l); n != None && (!g.Alive(c) || !g.Alive(n) || g.Next(n, g.Opposite(l)) != c) {
				t.Errorf("link %d of %s leads to %s", l, g.Name(c), g.Name(n))
			}
		}
	}
	if live != 48 {
		t.Errorf("%d chips", live)
	}
}

func TestHilbert(t *testing.T) {
	g := must(Mesh(8, 8))
	order := g.Hilbert()
	if len(order) != 64 {
		t.Fatalf("%d chips of 64", len(order))
	}
	seen := map[int32]bool{}
	for i, c := range order {
		if i > 0 && g.Distance(order[i-1], c) != 1 {
			t.Errorf("step %d is from %s to %s", i, g.Name(order[i-1]), g.Name(c))
		}
		seen[c] = true
	}
	if len(seen) != 64 {
		t.Errorf("%d different chips of 64", len(seen))
	}
	if n := len(Board48().Hilbert()); n != 48 {
		t.Errorf("%d live chips of 48", n)
	}
}

func TestBounds(t *testing.T) {
	for _, side := range []int{0, -1, MaxSide + 1, 1 << 62} {
		if _, err := Hex(side, 2, true); err == nil {
			t.Errorf("a side of %d", side)
		}
		if _, err := Mesh(2, side); err == nil {
			t.Errorf("a side of %d", side)
		}
	}
}
