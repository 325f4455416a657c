package events

import (
	"fmt"

	"github.com/synfire/synfire/internal/regular"
)

// NMNISTSensor is the sensor of N-MNIST.
var NMNISTSensor = Sensor{Width: 34, Height: 34}

const (
	nmnistBytes = 5
	// An event in this row is no event but says that the 13 low bits of the
	// clock overflowed, as the reader that the authors publish
	// (gorchard/event-Python, eventvision.py) takes it.
	nmnistOverflow     = 240
	nmnistOverflowTime = 1 << 13
)

// NMNIST parses a file of N-MNIST or N-Caltech101: for each event x (8 bits),
// y (8 bits), polarity (1 bit, 1 is ON) and time in microseconds (23 bits), in
// this order, the most significant byte first. A sensor of zero size stands
// for NMNISTSensor.
func NMNIST(data []byte, sensor Sensor) (*Recording, error) {
	if sensor == (Sensor{}) {
		sensor = NMNISTSensor
	}
	if err := sensor.check(); err != nil {
		return nil, err
	}
	if len(data)%nmnistBytes != 0 {
		return nil, fmt.Errorf("%d bytes are no whole number of events of %d bytes: %w, or of another format", len(data), nmnistBytes, regular.ErrTruncated)
	}
	r := newRecording(sensor, len(data)/nmnistBytes)
	overflow := int64(0)
	for k := range len(data) / nmnistBytes {
		b := data[k*nmnistBytes:]
		if b[1] == nmnistOverflow {
			overflow += nmnistOverflowTime
			continue
		}
		t := int64(b[2]&0x7f)<<16 | int64(b[3])<<8 | int64(b[4])
		if err := r.add(k, Event{T: t + overflow, X: uint16(b[0]), Y: uint16(b[1]), On: b[2]&0x80 != 0}); err != nil {
			return nil, err
		}
	}
	return r, nil
}
