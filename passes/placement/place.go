package placement

import (
	"context"
	"math"
	"math/rand/v2"
)

// Options say how long to look for a placement.
type Options struct {
	// Effort multiplies the moves of the annealing; 0 is the fast form.
	Effort float64
	// Seed starts the random numbers.
	Seed uint64
	// Progress, if set, is told now and then which part of the work is done.
	Progress func(part float64)
}

// A Placement is where each vertex goes.
type Placement struct {
	Chip []int32
	// Cost is the weighted length of the estimated trees, in links, relative to
	// the heaviest net's weight.
	Cost float64
}

// Place returns a placement. The error is a *[NoRoom], that of ctx, or one of
// [Problem.Check].
func Place(ctx context.Context, p *Problem, opt Options) (*Placement, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	s := newState(p, p.hypers())
	if !s.start() {
		return nil, ErrScattered
	}
	plan := []phase{{quickWork, quickHot}}
	if opt.Effort > 0 {
		work := opt.Effort * longWork(p.Vertices())
		plan = []phase{{work * (1 - coolPart), longHot}, {work * coolPart, coolHot}}
	}
	random := rand.New(rand.NewPCG(opt.Seed, 0x73796e66697265))
	for i, phase := range plan {
		progress := func(part float64) {
			if opt.Progress != nil {
				opt.Progress((float64(i) + part) / float64(len(plan)))
			}
		}
		if err := s.anneal(ctx, int64(phase.work*float64(p.Vertices())), phase.hot, random, progress); err != nil {
			return nil, err
		}
	}
	return &Placement{Chip: s.chip, Cost: float64(s.total) / weightScale}, nil
}

// start puts the vertices by the best of several orders; it returns false if
// none finds room for all.
func (s *state) start() bool {
	chips := s.p.Grid.Hilbert()
	var best []int32
	least := int64(0)
	try := func(chip []int32, ok bool) {
		if !ok {
			return
		}
		s.put(chip)
		if best == nil || s.total < least {
			best, least = chip, s.total
		}
	}
	if s.p.Vertices() <= growLimit {
		try(s.grow(chips))
	}
	try(s.fill(s.breadthFirst(false), chips))
	try(s.fill(s.breadthFirst(true), chips))
	if best == nil {
		return false
	}
	s.put(best)
	return true
}

// A phase is an annealing: its work by vertex, and where it starts, in mean
// changes of cost.
type phase struct{ work, hot float64 }

const (
	// growLimit is the most vertices for which chips are grown: that may take
	// the square of their number.
	growLimit = 20000
	// Work is counted in pairs of chips looked at.
	quickWork, quickHot = 6000.0, 0.3
	// The long form starts hot enough to leave any order behind. Where it finds
	// nothing better than that, a part of the work is left to improve on it.
	longHot           = 1.2
	coolPart, coolHot = 0.15, 0.1
	// Annealing ends at this part of the mean change.
	cold = 0.03
)

// longWork is the work by vertex of the long form: larger problems need more
// moves a vertex, up to a bound that keeps the time linear.
func longWork(vertices int) float64 {
	x := math.Cbrt(float64(vertices) / 700)
	return min(50000*x*x, 90000)
}
