// Package placement puts the vertices of a graph of nets on the chips of a
// grid, near to what they talk to: the sum over all nets of the weight times the
// links in the tree that the net's packets take is to be small.
//
// The length of a tree is estimated by the minimum spanning tree over the chips
// of the net, which routing then undercuts a little. The fast form fills chips
// one by one along a Hilbert curve with the vertices that share most nets with
// those already there; what orders of vertices do (breadth first, reverse
// Cuthill-McKee; specs/spinnaker1.md 4.1) is tried beside it, and a short
// annealing follows. More effort is a longer annealing. All of it is counted in
// moves and drawn from a seed: the same problem has the same placement
// everywhere.
package placement

import (
	"errors"
	"fmt"
	"slices"

	"github.com/synfire/synfire/passes/topology"
)

// A Net says that what one vertex sends goes to others. Double sinks count once;
// a vertex may send to itself.
type Net struct {
	Source int32
	Sinks  []int32
	Weight float64 // packets, in any unit; at least 0
}

// A Problem is a graph of vertices and the machine they go on.
type Problem struct {
	Grid *topology.Grid
	// Need is what each vertex takes of each resource, Room what each chip has:
	// Need[r][vertex] and Room[r][chip]. Dead chips get nothing.
	Need, Room [][]int32
	Nets       []Net
}

// Vertices returns the number of vertices.
func (p *Problem) Vertices() int { return len(p.Need[0]) }

// A NoRoom error says that a placement was not found because chips are full.
type NoRoom struct {
	Resource     int // index into Need
	Needed, Have int64
	Vertex       int32 // that is larger than any chip, or -1
}

func (e *NoRoom) Error() string {
	if e.Vertex >= 0 {
		return fmt.Sprintf("vertex %d takes %d of a resource of which the roomiest chip has %d", e.Vertex, e.Needed, e.Have)
	}
	return fmt.Sprintf("the vertices take %d of a resource of which the machine has %d", e.Needed, e.Have)
}

// Check returns an error for a problem that does not make sense, and a *[NoRoom]
// for one that cannot be solved whatever goes where.
func (p *Problem) Check() error {
	if len(p.Need) == 0 || len(p.Need) != len(p.Room) {
		return fmt.Errorf("%d resources needed, %d there", len(p.Need), len(p.Room))
	}
	n := p.Vertices()
	for r := range p.Need {
		if len(p.Need[r]) != n || len(p.Room[r]) != p.Grid.Chips() {
			return fmt.Errorf("resource %d has %d vertices and %d chips, not %d and %d", r, len(p.Need[r]), len(p.Room[r]), n, p.Grid.Chips())
		}
		if err := p.checkRoom(r); err != nil {
			return err
		}
	}
	for i, e := range p.Nets {
		if !(e.Weight >= 0 && e.Weight <= maxWeight) {
			return fmt.Errorf("net %d has weight %v", i, e.Weight)
		}
		for _, v := range append([]int32{e.Source}, e.Sinks...) {
			if v < 0 || int(v) >= n {
				return fmt.Errorf("net %d has vertex %d, there are %d", i, v, n)
			}
		}
	}
	return nil
}

func (p *Problem) checkRoom(r int) error {
	var have, needed, roomiest int64
	for c, x := range p.Room[r] {
		if x < 0 {
			return fmt.Errorf("chip %d has %d of resource %d", c, x, r)
		}
		if p.Grid.Alive(int32(c)) {
			have += int64(x)
			roomiest = max(roomiest, int64(x))
		}
	}
	for v, x := range p.Need[r] {
		if x < 0 {
			return fmt.Errorf("vertex %d takes %d of resource %d", v, x, r)
		}
		if int64(x) > roomiest {
			return &NoRoom{Resource: r, Needed: int64(x), Have: roomiest, Vertex: int32(v)}
		}
		needed += int64(x)
	}
	if needed > have {
		return &NoRoom{Resource: r, Needed: needed, Have: have, Vertex: -1}
	}
	return nil
}

// maxWeight bounds the weight of a net.
const maxWeight = 1e15

// A hyper is all nets with the same sinks. pins are the sinks; a single source
// is among them, several are apart.
type hyper struct {
	pins    []int32
	sources []source // sources[i] joins the tree over the pins
	weight  int64    // of all its nets
}

type source struct {
	vertex int32
	weight int64
}

// weightScale is what the heaviest net weighs; weights are whole numbers, so
// that costs are the same on every machine.
const weightScale = 1 << 12

// hypers gathers the nets by their sinks. Nets without a sink elsewhere are left
// out.
func (p *Problem) hypers() []hyper {
	heaviest := 0.0
	for _, e := range p.Nets {
		heaviest = max(heaviest, e.Weight)
	}
	var out []hyper
	bySinks := map[uint64][]int32{} // by hash: indices of out
	for _, e := range p.Nets {
		pins := slices.Clone(e.Sinks)
		slices.Sort(pins)
		pins = slices.Compact(pins)
		if len(pins) == 0 || len(pins) == 1 && pins[0] == e.Source {
			continue
		}
		w := int64(weightScale)
		if heaviest > 0 {
			w = max(1, int64(e.Weight/heaviest*weightScale))
		}
		hash := uint64(14695981039346656037)
		for _, v := range pins {
			hash = (hash ^ uint64(v)) * 1099511628211
		}
		at := slices.IndexFunc(bySinks[hash], func(i int32) bool { return slices.Equal(out[i].pins, pins) })
		if at < 0 {
			bySinks[hash] = append(bySinks[hash], int32(len(out)))
			out = append(out, hyper{pins: pins, sources: []source{{e.Source, w}}, weight: w})
			continue
		}
		h := &out[bySinks[hash][at]]
		h.sources = append(h.sources, source{e.Source, w})
		h.weight += w
	}
	for i := range out {
		h := &out[i]
		if len(h.sources) == 1 {
			if at, in := slices.BinarySearch(h.pins, h.sources[0].vertex); !in {
				h.pins = slices.Insert(h.pins, at, h.sources[0].vertex)
			}
			h.sources = nil
		}
	}
	return out
}

// ErrScattered says that the chips have room enough, but that what was left of
// each was too small for the vertices that were left.
var ErrScattered = errors.New("the machine has room for all vertices, but no order was found that leaves none over")
