package placement

import (
	"context"
	"math"
	"math/rand/v2"
)

// anneal improves the placement by simulated annealing: a vertex goes to a chip
// of one of its nets, or beside one, and changes places with a vertex there if
// there is no room. It ends when work has been spent and keeps the best
// placement seen.
func (s *state) anneal(ctx context.Context, work int64, hot float64, random *rand.Rand, progress func(float64)) error {
	n := s.p.Vertices()
	unit := s.meanChange(random)
	if unit == 0 {
		return nil
	}
	best, bestChip := s.total, append([]int32(nil), s.chip...)
	temperature := int64(0)
	s.work = 0
	for m := 0; s.work < work; m++ {
		if m%256 == 0 {
			part := float64(s.work) / float64(work)
			temperature = int64(unit * hot * math.Pow(cold/hot, part))
			if err := ctx.Err(); err != nil {
				return err
			}
			if progress != nil {
				progress(part)
			}
		}
		s.work += moveWork
		v := int32(random.IntN(n))
		b, ok := s.target(v, random)
		if !ok {
			continue
		}
		u, ok := s.partner(v, b, random)
		if !ok {
			continue
		}
		if d := s.try(v, b, u); d <= 0 || accept(d, temperature, random) {
			s.commit(v, b, u)
			if s.total < best {
				best = s.total
				copy(bestChip, s.chip)
			}
		}
	}
	if best < s.total {
		s.put(bestChip)
	}
	return ctx.Err()
}

// moveWork is what a move costs beside spanning trees.
const moveWork = 16

// target draws a chip for v to go to.
func (s *state) target(v int32, random *rand.Rand) (int32, bool) {
	of := s.of[v]
	if len(of) == 0 {
		return 0, false
	}
	pins := s.nets[of[random.IntN(len(of))].net].pins
	b := s.chip[pins[random.IntN(len(pins))]]
	if b == s.chip[v] || random.IntN(8) == 0 {
		b = s.p.Grid.Next(b, random.IntN(s.p.Grid.Links))
	}
	return b, b >= 0 && b != s.chip[v]
}

// partner returns a vertex that has to leave b for v to fit there, or -1.
func (s *state) partner(v, b int32, random *rand.Rand) (u int32, ok bool) {
	if s.fits(v, b, -1) {
		return -1, true
	}
	if len(s.here[b]) == 0 {
		return -1, false
	}
	u = s.here[b][random.IntN(len(s.here[b]))]
	return u, s.fits(v, b, u) && s.fits(u, s.chip[v], v)
}

// meanChange returns by how much a move changes the cost.
func (s *state) meanChange(random *rand.Rand) float64 {
	const tries = 512
	sum, moves := int64(0), int64(0)
	for range tries {
		v := int32(random.IntN(s.p.Vertices()))
		if b, ok := s.target(v, random); ok {
			if d := s.try(v, b, -1); d < 0 {
				sum -= d
			} else {
				sum += d
			}
			moves++
		}
	}
	return float64(sum / max(1, moves))
}

// logs[i] is -log of (i+1/2)/len(logs), scaled to a whole number so that every
// machine accepts the same moves.
var logs = func() (t [1 << 12]int64) {
	for i := range t {
		t[i] = int64(math.Round(-math.Log((float64(i)+0.5)/float64(len(t))) * logScale))
	}
	return t
}()

const logScale = 1 << 8

// accept draws whether to take a move that adds d to the cost.
func accept(d, temperature int64, random *rand.Rand) bool {
	return d < temperature*logs[random.Uint64()%uint64(len(logs))]/logScale
}
