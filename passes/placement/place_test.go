package placement

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/synfire/synfire/passes/topology"
	"pgregory.net/rapid"
)

// genProblem draws a small machine with dead chips and a graph that may fit it.
func genProblem(t *rapid.T) *Problem {
	w, h := rapid.IntRange(1, 6).Draw(t, "width"), rapid.IntRange(1, 6).Draw(t, "height")
	g, err := topology.Hex(w, h, rapid.Bool().Draw(t, "wrap"))
	if rapid.Bool().Draw(t, "mesh") {
		g, err = topology.Mesh(w, h)
	}
	if err != nil {
		t.Fatal(err)
	}
	for range rapid.IntRange(0, g.Chips()/4).Draw(t, "dead") {
		g.KillChip(int32(rapid.IntRange(0, g.Chips()-1).Draw(t, "chip")))
	}
	n := rapid.IntRange(1, 40).Draw(t, "vertices")
	p := &Problem{Grid: g}
	for range rapid.IntRange(1, 2).Draw(t, "resources") {
		p.Need = append(p.Need, rapid.SliceOfN(rapid.Int32Range(0, 3), n, n).Draw(t, "need"))
		p.Room = append(p.Room, rapid.SliceOfN(rapid.Int32Range(0, 12), g.Chips(), g.Chips()).Draw(t, "room"))
	}
	vertex := rapid.Int32Range(0, int32(n)-1)
	for range rapid.IntRange(0, 30).Draw(t, "nets") {
		p.Nets = append(p.Nets, Net{
			Source: vertex.Draw(t, "source"),
			Sinks:  rapid.SliceOfN(vertex, 0, 6).Draw(t, "sinks"),
			Weight: rapid.SampledFrom([]float64{0, 1, 1, 2.5, 100}).Draw(t, "weight"),
		})
	}
	// Some nets go where others do.
	for i := range len(p.Nets) / 3 {
		p.Nets[i].Sinks = p.Nets[0].Sinks
	}
	return p
}

// checkPlacement fails if a chip is dead or overfull.
func checkPlacement(t *rapid.T, p *Problem, chip []int32) {
	if len(chip) != p.Vertices() {
		t.Fatalf("%d vertices of %d", len(chip), p.Vertices())
	}
	for r := range p.Need {
		free := slices.Clone(p.Room[r])
		for v, c := range chip {
			if !p.Grid.Alive(c) {
				t.Fatalf("vertex %d is on dead chip %s", v, p.Grid.Name(c))
			}
			if free[c] -= p.Need[r][v]; free[c] < 0 {
				t.Fatalf("chip %s has too little of resource %d", p.Grid.Name(c), r)
			}
		}
	}
}

func TestPlace(t *testing.T) {
	placed, full := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		p := genProblem(t)
		opt := Options{Effort: rapid.SampledFrom([]float64{0, 0.01}).Draw(t, "effort"), Seed: rapid.Uint64().Draw(t, "seed")}
		got, err := Place(t.Context(), p, opt)
		var none *NoRoom
		if errors.As(err, &none) || errors.Is(err, ErrScattered) {
			full++
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		placed++
		checkPlacement(t, p, got.Chip)
		again, err := Place(t.Context(), p, opt)
		if err != nil || !slices.Equal(again.Chip, got.Chip) {
			t.Fatalf("a second time: %v, %v", again, err)
		}
		s := newState(p, p.hypers())
		if !s.start() {
			t.Fatal("no start, but a placement")
		}
		if start := float64(s.total) / weightScale; got.Cost > start {
			t.Fatalf("cost %v is more than %v at the start", got.Cost, start)
		}
	})
	if placed == 0 || full == 0 {
		t.Errorf("%d placed, %d full: one of them was not tried", placed, full)
	}
}

// TestMovesAddUp compares the cost that is kept move by move with one that is
// counted anew.
func TestMovesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := genProblem(t)
		if p.Check() != nil {
			return
		}
		s := newState(p, p.hypers())
		if !s.start() {
			return
		}
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		for range 50 {
			v := int32(random.IntN(p.Vertices()))
			b, ok := s.target(v, random)
			if !ok {
				continue
			}
			u, ok := s.partner(v, b, random)
			if !ok {
				continue
			}
			want := s.total + s.try(v, b, u)
			s.commit(v, b, u)
			if s.total != want {
				t.Fatalf("total %d, the move promised %d", s.total, want)
			}
		}
		checkPlacement(t, p, s.chip)
		fresh := newState(p, p.hypers())
		fresh.put(s.chip)
		if fresh.total != s.total || !slices.Equal(fresh.cost, s.cost) {
			t.Fatalf("cost %d, counted anew %d", s.total, fresh.total)
		}
	})
}

// TestSpanning compares with Kruskal's algorithm.
func TestSpanning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, err := topology.Hex(rapid.IntRange(1, 9).Draw(t, "width"), rapid.IntRange(1, 9).Draw(t, "height"), rapid.Bool().Draw(t, "wrap"))
		if err != nil {
			t.Fatal(err)
		}
		chips := rapid.SliceOfNDistinct(rapid.Int32Range(0, int32(g.Chips())-1), 1, min(12, g.Chips()), rapid.ID).Draw(t, "chips")
		type link struct{ d, a, b int }
		var links []link
		part := make([]int, len(chips))
		for a := range chips {
			part[a] = a
			for b := range a {
				links = append(links, link{g.Distance(chips[a], chips[b]), a, b})
			}
		}
		slices.SortFunc(links, func(x, y link) int { return x.d - y.d })
		want := 0
		for _, l := range links {
			if from, to := part[l.a], part[l.b]; from != to {
				want += l.d
				for i := range part {
					if part[i] == from {
						part[i] = to
					}
				}
			}
		}
		s := newState(&Problem{Grid: g, Need: [][]int32{nil}}, nil)
		if got := s.spanning(chips); int(got) != want {
			t.Fatalf("%d, Kruskal has %d", got, want)
		}
	})
}

// TestNeighboursMeet places rings of vertices, for which the best placement is
// known: each on a chip of its own costs nothing.
func TestNeighboursMeet(t *testing.T) {
	g, err := topology.Hex(6, 6, true)
	if err != nil {
		t.Fatal(err)
	}
	const rings, size = 20, 8
	p := &Problem{Grid: g, Need: [][]int32{slices.Repeat([]int32{1}, rings*size)}, Room: [][]int32{slices.Repeat([]int32{size}, 36)}}
	for v := range int32(rings * size) {
		// Vertex v is of ring v%rings.
		p.Nets = append(p.Nets, Net{Source: v, Sinks: []int32{(v + rings) % (rings * size)}, Weight: 1})
	}
	for _, effort := range []float64{0, 1} {
		got, err := Place(t.Context(), p, Options{Effort: effort})
		if err != nil || got.Cost != 0 {
			t.Errorf("effort %v: %+v, %v", effort, got, err)
		}
	}
}

func TestErrors(t *testing.T) {
	g := topology.Board48()
	room := slices.Repeat([]int32{1}, g.Chips())
	for _, c := range []struct {
		name string
		p    Problem
		want string
	}{
		{"too many", Problem{Need: [][]int32{slices.Repeat([]int32{1}, 49)}}, "the vertices take 49 of a resource of which the machine has 48"},
		{"too large", Problem{Need: [][]int32{{1, 2}}}, "vertex 1 takes 2 of a resource of which the roomiest chip has 1"},
		{"no such vertex", Problem{Need: [][]int32{{1}}, Nets: []Net{{Source: 0, Sinks: []int32{1}}}}, "net 0 has vertex 1, there are 1"},
		{"negative need", Problem{Need: [][]int32{{-1}}}, "vertex 0 takes -1 of resource 0"},
		{"negative weight", Problem{Need: [][]int32{{1}}, Nets: []Net{{Weight: -1}}}, "net 0 has weight -1"},
	} {
		c.p.Grid, c.p.Room = g, [][]int32{room}
		if _, err := Place(t.Context(), &c.p, Options{}); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := &Problem{Grid: g, Need: [][]int32{{1, 1}}, Room: [][]int32{room}, Nets: []Net{{Source: 0, Sinks: []int32{1}, Weight: 1}}}
	if _, err := Place(ctx, p, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
