package runner

import (
	"context"
	"slices"

	"github.com/synfire/synfire/quantize"
)

// search looks for the choice that costs least and keeps the budget:
//
//  1. the narrowest uniform width that keeps it, to have something to beat;
//  2. a knapsack over the sensitivities. Errors of different projections are
//     nearly independent, so the mean squared differences that they make to
//     the output are added up to predict that of a choice, and the choices
//     that none beats in both cost and difference are put in order. A
//     bisection, with a measurement at each step, finds the cheapest that
//     keeps the budget;
//  3. a descent from the cheapest that was measured, one projection at a time.
//
// Step 2 orders choices by a cost that is added up over projections, which is
// true for memory and a prediction for energy; what is measured decides.
func (a *autoSearch) search(ctx context.Context) error {
	if err := a.bestUniform(ctx); err != nil {
		return err
	}
	limit := a.predicted(a.tried[keyOf(a.uniform(a.report.Uniform.Bits))])
	front := slices.DeleteFunc(a.front(), func(p plan) bool { return p.cost >= limit })
	lo, hi := 0, len(front) // all before lo break the budget; hi keeps it or is the end
	for lo < hi {
		mid := (lo + hi) / 2
		t, err := a.try(ctx, front[mid].choice)
		if err != nil {
			return err
		}
		if a.holds(t) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return a.descend(ctx)
}

// bestUniform finds the narrowest uniform width that keeps the budget.
func (a *autoSearch) bestUniform(ctx context.Context) error {
	for _, bits := range slices.Backward(a.widths) {
		if bits.IsMean() {
			continue
		}
		choice := a.uniform(bits)
		t, err := a.try(ctx, choice)
		if err != nil {
			return err
		}
		if a.holds(t) {
			w := a.costs(t)
			a.report.Uniform = &w
			return nil
		}
	}
	return nil // start has seen that the widest keeps it
}

// predicted is the cost of a choice as the knapsack adds it up: of energy, the
// bits fetched.
func (a *autoSearch) predicted(t *trial) float64 {
	w := a.costs(t)
	if a.Minimise == Energy {
		return w.Fetched
	}
	return float64(w.Memory)
}

// plan is a choice with what it is predicted to cost.
type plan struct {
	choice   []quantize.Bits
	cost     float64
	distance float64
}

// maxFront bounds the choices that are kept while projections are added.
const maxFront = 1 << 12

// front returns the choices that no other beats in both cost and predicted
// difference, from cheap to dear.
func (a *autoSearch) front() []plan {
	front := []plan{{}}
	for i := range a.report.Projections {
		var longer []plan
		for _, p := range front {
			for _, o := range a.steps(i) {
				longer = append(longer, plan{append(slices.Clone(p.choice), o.choice...), p.cost + o.cost, p.distance + o.distance})
			}
		}
		front = unbeaten(longer)
	}
	return front
}

// steps returns the widths that a projection may have.
func (a *autoSearch) steps(i int) []plan {
	wide := a.tried[keyOf(a.uniform(a.report.Widest))]
	cost := func(t *trial) float64 {
		if a.Minimise == Energy {
			return t.fetched[i]
		}
		return float64(t.stored[i])
	}
	out := []plan{{choice: []quantize.Bits{a.report.Widest}, cost: cost(wide)}}
	for _, bits := range a.widths[1:] {
		choice := a.uniform(a.report.Widest)
		choice[i] = bits
		if t := a.tried[keyOf(choice)]; t.refused == nil {
			out = append(out, plan{[]quantize.Bits{bits}, cost(t), max(0, t.loss.Distance-wide.loss.Distance)})
		}
	}
	return out
}

// unbeaten sorts plans by cost and keeps those that are better than all
// cheaper ones; of very many, some that lie evenly among them.
func unbeaten(all []plan) []plan {
	slices.SortStableFunc(all, func(a, b plan) int {
		switch {
		case a.cost < b.cost || a.cost == b.cost && a.distance < b.distance:
			return -1
		case a.cost > b.cost || a.cost == b.cost && a.distance > b.distance:
			return 1
		}
		return 0
	})
	var out []plan
	for _, p := range all {
		if n := len(out); n == 0 || p.distance < out[n-1].distance {
			out = append(out, p)
		}
	}
	if n := len(out); n > maxFront {
		for k := range maxFront {
			out[k] = out[k*(n-1)/(maxFront-1)]
		}
		out = out[:maxFront]
	}
	return out
}

// descend narrows single projections of the cheapest choice that keeps the
// budget as long as that makes it cheaper, those first that save most.
func (a *autoSearch) descend(ctx context.Context) error {
	for {
		now := a.cheapest()
		a.chosen = now.choice
		if err := a.narrower(ctx, now.choice); err != nil {
			return err
		}
		if a.cheapest() == now {
			return nil
		}
	}
}

// cheapest returns the first of the measured choices that keep the budget at
// the least cost and, where that is the same, with the least memory.
func (a *autoSearch) cheapest() *trial {
	var best *trial
	for _, t := range a.order {
		if a.holds(t) && (best == nil || a.cheaper(t, best)) {
			best = t
		}
	}
	return best
}

func (a *autoSearch) cheaper(t, u *trial) bool {
	if x, y := a.cost(t), a.cost(u); x != y {
		return x < y
	}
	return a.costs(t).Memory < a.costs(u).Memory
}

// stride is how many narrower widths are worth a try.
func (a *autoSearch) stride() int {
	if slices.ContainsFunc(a.widths, quantize.Bits.IsMean) {
		return 2
	}
	return 1
}

// narrower tries the choice with one projection narrowed: by one width, by two
// where a mean may do what the width above it does not, or, since joules need
// not fall with every width, to each.
func (a *autoSearch) narrower(ctx context.Context, from []quantize.Bits) error {
	for i, bits := range from {
		less := a.widths[slices.Index(a.widths, bits)+1:]
		if !a.priced() {
			less = less[:min(a.stride(), len(less))]
		}
		for _, bits := range less {
			choice := slices.Clone(from)
			choice[i] = bits
			if _, err := a.try(ctx, choice); err != nil {
				return err
			}
		}
	}
	return nil
}
