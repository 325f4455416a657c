package multicast

import (
	"errors"
	"math/bits"
	"slices"
	"testing"

	"github.com/synfire/synfire/passes/topology"
	"pgregory.net/rapid"
)

// check walks a tree as packets would and returns the chips it reaches. It fails
// for a link that is not there, a chip that is reached twice, and a branch that
// leads to nothing.
func check(t *rapid.T, g *topology.Grid, source int32, sinks []int32, tree Tree) {
	if len(tree) == 0 || tree[0].Chip != source || tree[0].In != -1 {
		t.Fatalf("the tree does not start at the source: %+v", tree)
	}
	out := map[int32]Node{}
	for _, n := range tree {
		if _, twice := out[n.Chip]; twice {
			t.Fatalf("chip %s is in the tree twice", g.Name(n.Chip))
		}
		out[n.Chip] = n
	}
	reached := map[int32]bool{source: true}
	for queue := []int32{source}; len(queue) > 0; queue = queue[1:] {
		n := out[queue[0]]
		for links := n.Out; links != 0; links &= links - 1 {
			l := bits.TrailingZeros32(links)
			to := g.Next(n.Chip, l)
			if to == topology.None || !g.Alive(to) {
				t.Fatalf("link %d of %s is dead", l, g.Name(n.Chip))
			}
			if reached[to] {
				t.Fatalf("%s is reached twice", g.Name(to))
			}
			node, in := out[to]
			if !in || int(node.In) != g.Opposite(l) {
				t.Fatalf("%s is reached by its link %d and listed as %+v", g.Name(to), g.Opposite(l), node)
			}
			reached[to] = true
			queue = append(queue, to)
		}
		if n.Out == 0 && !slices.Contains(sinks, n.Chip) && n.Chip != source {
			t.Fatalf("a branch ends at %s, which is no sink", g.Name(n.Chip))
		}
	}
	if len(reached) != len(tree) {
		t.Fatalf("%d chips are reached, %d listed", len(reached), len(tree))
	}
	for _, s := range sinks {
		if !reached[s] {
			t.Fatalf("sink %s is not reached", g.Name(s))
		}
	}
}

func genGrid(t *rapid.T) *topology.Grid {
	w, h := rapid.IntRange(1, 10).Draw(t, "width"), rapid.IntRange(1, 10).Draw(t, "height")
	g, err := topology.Hex(w, h, rapid.Bool().Draw(t, "wrap"))
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		g, err = topology.Mesh(w, h)
	case 1:
		g = topology.Board48()
	}
	if err != nil {
		t.Fatal(err)
	}
	chip := rapid.IntRange(0, g.Chips()-1)
	for range rapid.IntRange(0, g.Chips()/4).Draw(t, "dead chips") {
		g.KillChip(int32(chip.Draw(t, "chip")))
	}
	// Dead in one direction only.
	for range rapid.IntRange(0, 2*g.Chips()).Draw(t, "dead links") {
		g.KillLink(int32(chip.Draw(t, "chip")), rapid.IntRange(0, g.Links-1).Draw(t, "link"))
	}
	return g
}

// distances returns the number of live links from a chip to each, -1 for none.
func distances(g *topology.Grid, from int32) []int {
	dist := slices.Repeat([]int{-1}, g.Chips())
	if !g.Alive(from) {
		return dist
	}
	dist[from] = 0
	for queue := []int32{from}; len(queue) > 0; queue = queue[1:] {
		for l := range g.Links {
			if n := g.Next(queue[0], l); n != topology.None && dist[n] < 0 {
				dist[n] = dist[queue[0]] + 1
				queue = append(queue, n)
			}
		}
	}
	return dist
}

// TestRoute routes on machines with dead chips and links.
func TestRoute(t *testing.T) {
	found, cut := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		g := genGrid(t)
		r := NewRouter(g)
		chip := rapid.Int32Range(0, int32(g.Chips())-1)
		// One router for many nets: nothing of one may be left for the next.
		for range rapid.IntRange(1, 4).Draw(t, "nets") {
			source := chip.Draw(t, "source")
			sinks := rapid.SliceOfN(chip, 0, 12).Draw(t, "sinks")
			tree, err := r.Route(source, sinks)
			dist := distances(g, source)
			most, sum, unreachable := 0, 0, false
			for i, s := range sinks {
				unreachable = unreachable || dist[s] < 0
				most = max(most, dist[s])
				if !slices.Contains(sinks[:i], s) {
					sum += dist[s]
				}
			}
			if unreachable {
				cut++
				var e *Unreachable
				if !errors.As(err, &e) {
					t.Fatalf("a sink is cut off: %v", err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			found++
			check(t, g, source, sinks, tree)
			if h := tree.Hops(); h < most || h > sum {
				t.Fatalf("%d hops; the furthest sink is %d away and all together %d", h, most, sum)
			}
		}
	})
	if found == 0 || cut == 0 {
		t.Errorf("%d routed, %d cut off: one of them was not tried", found, cut)
	}
}

// steiner returns the length of the shortest tree by trying all sets of chips in
// between (for small machines).
func steiner(g *topology.Grid, source int32, sinks []int32) int {
	best := 1 << 30
	need := uint32(1) << source
	for _, s := range sinks {
		need |= 1 << s
	}
	for set := range uint32(1) << g.Chips() {
		if set&need != need || bits.OnesCount32(set) > best {
			continue
		}
		reached := uint32(1) << source
		for grown := true; grown; {
			grown = false
			for c := range int32(g.Chips()) {
				if reached>>c&1 == 0 {
					continue
				}
				for l := range g.Links {
					if n := g.Next(c, l); n != topology.None && set>>n&1 == 1 && reached>>n&1 == 0 {
						reached |= 1 << n
						grown = true
					}
				}
			}
		}
		if reached == set {
			best = bits.OnesCount32(set) - 1
		}
	}
	return best
}

// TestNearOptimal compares trees with the best there are. A path heuristic may
// take up to twice the links; on grids it takes few more.
func TestNearOptimal(t *testing.T) {
	g, err := topology.Hex(4, 3, false)
	if err != nil {
		t.Fatal(err)
	}
	g.KillLink(5, 0)
	g.KillLink(6, 3)
	r := NewRouter(g)
	total, least := 0, 0
	for seed := range uint32(60) {
		source := int32(seed % 12)
		var sinks []int32
		for s := range int32(12) {
			if seed*2654435761>>(s+8)&3 == 0 {
				sinks = append(sinks, s)
			}
		}
		tree, err := r.Route(source, sinks)
		if err != nil {
			t.Fatal(err)
		}
		want := steiner(g, source, sinks)
		if tree.Hops() < want || tree.Hops() > 2*want {
			t.Errorf("from %d to %v: %d links, the best tree has %d", source, sinks, tree.Hops(), want)
		}
		total += tree.Hops()
		least += want
	}
	if total*100 > least*103 {
		t.Errorf("%d links where the best trees have %d", total, least)
	}
	t.Logf("%d links, the best trees have %d", total, least)
}

// TestStraight checks that a single path turns once at most, so that routers
// need few entries.
func TestStraight(t *testing.T) {
	g, err := topology.Hex(12, 12, true)
	if err != nil {
		t.Fatal(err)
	}
	r := NewRouter(g)
	for to := range int32(g.Chips()) {
		tree, err := r.Route(0, []int32{to})
		if err != nil {
			t.Fatal(err)
		}
		turns := 0
		for _, n := range tree {
			if n.In >= 0 && n.Out != 0 && n.Out != 1<<g.Opposite(int(n.In)) {
				turns++
			}
		}
		if turns > 1 || tree.Hops() != g.Distance(0, to) {
			t.Errorf("to %s: %d turns, %d hops of %d", g.Name(to), turns, tree.Hops(), g.Distance(0, to))
		}
	}
}
