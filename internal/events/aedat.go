package events

import (
	"bytes"
	"errors"
	"fmt"
)

// maxHeaderLine bounds a line of text before the events.
const maxHeaderLine = 1 << 16

const (
	aedat2Version = "#!AER-DAT2.0"
	aedat3Version = "#!AER-DAT3.1"
)

// AEDAT parses a file of AEDAT 2.0 or 3.1, which its first line tells. For
// 3.1 a sensor of zero size stands for the smallest that holds all events;
// for 2.0 see chips.
func AEDAT(data []byte, sensor Sensor) (*Recording, error) {
	if sensor != (Sensor{}) {
		if err := sensor.check(); err != nil {
			return nil, err
		}
	}
	version, rest, err := line(data)
	if err != nil {
		return nil, err
	}
	switch version {
	case aedat2Version:
		return parseAEDAT2(rest, sensor)
	case aedat3Version:
		return parseAEDAT3(rest, sensor)
	}
	return nil, fmt.Errorf("the first line %.20q is neither %s nor %s; convert other versions first", version, aedat2Version, aedat3Version)
}

// line returns the first line without its end, and what follows it.
func line(data []byte) (text string, rest []byte, err error) {
	at := bytes.IndexByte(data[:min(len(data), maxHeaderLine)], '\n')
	if at < 0 {
		return "", nil, errors.New("a line of the header does not end")
	}
	return string(bytes.TrimSuffix(data[:at], []byte("\r"))), data[at+1:], nil
}

// fit gives the recording the smallest sensor that holds its events.
func (r *Recording) fit() {
	r.Width, r.Height = 1, 1
	for _, e := range r.Events {
		r.Width, r.Height = max(r.Width, int(e.X)+1), max(r.Height, int(e.Y)+1)
	}
}
