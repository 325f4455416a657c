// Package events reads the recordings of event cameras and bins them into
// spike rasters.
//
// An event says that the brightness of a pixel rose or fell at a time. Three
// layouts are read:
//
//   - N-MNIST .bin (G. Orchard et al., "Converting static image datasets to
//     spiking neuromorphic datasets using saccades", Frontiers in Neuroscience
//     9:437, 2015; the data set's page): 5 bytes an event;
//   - AEDAT 2.0 (iniVation, "AEDAT file formats"): 8 bytes an event, big
//     endian, behind lines of text;
//   - AEDAT 3.1 (the same): packets of events, little endian, behind lines of
//     text.
//
// Coordinates are those of the file: x to the right from 0, and y from 0 at
// the edge that the format says (the upper one in AEDAT 3.1, the lower one in
// AEDAT 2.0).
//
// Files are hostile until proven otherwise: sizes are checked against the data
// that is present, and an event outside the sensor is an error.
package events

import (
	"errors"
	"fmt"
	"math"

	"github.com/synfire/synfire/internal/regular"
	"github.com/synfire/synfire/internal/spike"
)

// MaxBytes bounds a file: 256 MiB, which is up to 54 million events.
const MaxBytes = 1 << 28

// maxSide bounds the width and the height of a sensor.
const maxSide = 1 << 14

// Event is one change of brightness.
type Event struct {
	T    int64 // in microseconds
	X, Y uint16
	On   bool // the brightness rose
}

// Recording is the events of a sensor in the order of the file.
type Recording struct {
	Width, Height int
	Events        []Event
}

// Sensor is the size of a sensor in pixels, where the file does not say it.
type Sensor struct{ Width, Height int }

func (s Sensor) check() error {
	if s.Width < 1 || s.Height < 1 || s.Width > maxSide || s.Height > maxSide {
		return fmt.Errorf("a sensor of %d x %d pixels; a side has 1 to %d", s.Width, s.Height, maxSide)
	}
	return nil
}

// A Parser makes a recording of the bytes of a file.
type Parser func(data []byte, sensor Sensor) (*Recording, error)

// ReadFile reads a file. Errors carry the path.
func ReadFile(path string, parse Parser, sensor Sensor) (*Recording, error) {
	data, err := regular.ReadFile(path, MaxBytes)
	if err != nil {
		return nil, err
	}
	r, err := parse(data, sensor)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// newRecording has room for n events, which the data was found to hold.
func newRecording(s Sensor, n int) *Recording {
	return &Recording{Width: s.Width, Height: s.Height, Events: make([]Event, 0, n)}
}

// add appends event number k of the file, or says that it is outside the
// sensor.
func (r *Recording) add(k int, e Event) error {
	if int(e.X) >= r.Width || int(e.Y) >= r.Height {
		return fmt.Errorf("event %d is at x=%d, y=%d, outside the sensor of %d x %d pixels", k, e.X, e.Y, r.Width, r.Height)
	}
	r.Events = append(r.Events, e)
	return nil
}

// Channels returns the number of channels of a raster: two a pixel.
func (r *Recording) Channels() int { return 2 * r.Width * r.Height }

// Bin makes a raster of steps of step microseconds. Step 0 begins with the
// earliest event. OFF events of pixel (x, y) are channel y*Width + x, ON
// events are Width*Height channels above, so that the raster is [T, 2, Height,
// Width]; several events of a channel in a step are one spike. steps is the
// length of the raster: later events are left out and counted in late; 0
// stands for as long as the events last.
func (r *Recording) Bin(step int64, steps int) (raster *spike.Raster, late int, err error) {
	if step < 1 {
		return nil, 0, fmt.Errorf("a step of %d microseconds; it has at least 1", step)
	}
	if steps < 0 {
		return nil, 0, fmt.Errorf("a raster of %d steps", steps)
	}
	first, last, err := r.span()
	if err != nil {
		return nil, 0, err
	}
	if steps == 0 {
		n := (last-first)/step + 1
		if n > math.MaxInt32 {
			return nil, 0, fmt.Errorf("the events last %d steps; choose a longer step, or say how many with --steps", n)
		}
		steps = int(n)
	}
	if raster, err = spike.New(steps, r.Channels()); err != nil {
		return nil, 0, err
	}
	for _, e := range r.Events {
		t := (e.T - first) / step
		if t >= int64(steps) {
			late++
			continue
		}
		channel := int(e.Y)*r.Width + int(e.X)
		if e.On {
			channel += r.Width * r.Height
		}
		raster.Set(int(t), channel)
	}
	return raster, late, nil
}

// span returns the earliest and the latest time.
func (r *Recording) span() (first, last int64, err error) {
	if len(r.Events) == 0 {
		return 0, 0, errors.New("the recording has no events")
	}
	first, last = r.Events[0].T, r.Events[0].T
	for _, e := range r.Events {
		first, last = min(first, e.T), max(last, e.T)
	}
	return first, last, nil
}
