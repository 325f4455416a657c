package spike

import (
	"fmt"

	"github.com/synfire/synfire/internal/npy"
)

// maxInferredSteps bounds the length of a raster that is inferred from its
// last event, since one wild number would else take the memory of 10^9 steps.
const maxInferredSteps = 1 << 20

// eventList is a list of events (t, i), one after the other: event k is
// pairs[2k] and pairs[2k+1]. place says where event k stands ("line 7").
type eventList struct {
	pairs []int64
	place func(k int) string
}

// duplicateError reports an event that occurs twice.
type duplicateError struct {
	place string
	t, i  int64
}

func (e *duplicateError) Error() string {
	return fmt.Sprintf("%s repeats the event t=%d, i=%d; a binary spike cannot count, remove it", e.place, e.t, e.i)
}

// raster makes a raster of n channels and as many steps, or as the last event
// needs if steps is 0.
func (e *eventList) raster(steps, n int) (*Raster, error) {
	if steps == 0 {
		for k := 0; k < len(e.pairs); k += 2 {
			if t := e.pairs[k]; t >= maxInferredSteps {
				return nil, fmt.Errorf("%s: step %d; a run of more than %d steps must be asked for with --steps", e.place(k/2), t, maxInferredSteps)
			} else if t >= int64(steps) {
				steps = int(t) + 1
			}
		}
	}
	r, err := New(steps, n)
	if err != nil {
		return nil, err
	}
	for k := 0; k < len(e.pairs); k += 2 {
		t, i := e.pairs[k], e.pairs[k+1]
		switch {
		case t < 0 || t >= int64(steps):
			return nil, fmt.Errorf("%s: step %d is outside 0 to %d", e.place(k/2), t, steps-1)
		case i < 0 || i >= int64(n):
			return nil, fmt.Errorf("%s: channel %d is outside 0 to %d", e.place(k/2), i, n-1)
		case r.Get(int(t), int(i)):
			return nil, &duplicateError{place: e.place(k / 2), t: t, i: i}
		}
		r.Set(int(t), int(i))
	}
	return r, nil
}

// FromEvents makes a raster of n channels of an integer array [K, 2] with rows
// (t, i), in any order. With steps 0 the raster ends with its last event. An
// event that is out of range or occurs twice is an error that names its row.
func FromEvents(a *npy.Array, steps, n int) (*Raster, error) {
	e, err := arrayEvents(a)
	if err != nil {
		return nil, err
	}
	return e.raster(steps, n)
}

// arrayEvents views an integer array [K, 2] as events.
func arrayEvents(a *npy.Array) (*eventList, error) {
	if len(a.Shape) != 2 || a.Shape[1] != 2 || a.Kind != npy.Int && a.Kind != npy.Uint {
		return nil, fmt.Errorf("events are integers of shape [K, 2]; the array has the shape %v of %v", a.Shape, a.Kind)
	}
	pairs, err := a.Int64()
	if err != nil {
		return nil, err
	}
	return &eventList{pairs: pairs, place: func(k int) string { return fmt.Sprintf("row %d", k) }}, nil
}

// EventArray returns the spikes as an int32 array [K, 2] of rows (t, i),
// ordered by step and channel.
func EventArray(name string, r *Raster) *npy.Array {
	k := r.Count()
	a := &npy.Array{Name: name, Shape: []int{k, 2}, Kind: npy.Int, Bits: 32, Ints: make([]int64, 0, 2*k)}
	for t := range r.Steps {
		r.Each(t, func(i int) { a.Ints = append(a.Ints, int64(t), int64(i)) })
	}
	return a
}
