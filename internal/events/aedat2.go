package events

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/synfire/synfire/internal/regular"
)

const aedat2Bytes = 8 // address and time, 32 bits each

// chip says how the addresses of AEDAT 2.0 are laid out. An address with a bit
// of other set is no polarity event: an external event, a frame or an inertial
// sample.
type chip struct {
	sensor                 Sensor
	xShift, yShift, pShift uint
	xBits, yBits           uint
	other                  uint32
}

// dvs128 has y in bits 14 to 8, x in 7 to 1, polarity in 0 and external events
// in 15.
var dvs128 = chip{Sensor{128, 128}, 1, 8, 0, 7, 7, 1 << 15}

// davis has y in bits 30 to 22, x in 21 to 12 and polarity in 11; bit 31 marks
// frames and inertial samples, bit 10 external events.
var davis = chip{Sensor{}, 12, 22, 11, 10, 9, 1<<31 | 1<<10}

// chips are found by what the line "# AEChip:" of the header ends with.
var chips = []struct {
	name   string
	layout *chip
	sensor Sensor
}{
	{"DVS128", &dvs128, Sensor{128, 128}},
	{"Davis128", &davis, Sensor{128, 128}},
	{"Davis240A", &davis, Sensor{240, 180}},
	{"Davis240B", &davis, Sensor{240, 180}},
	{"Davis240C", &davis, Sensor{240, 180}},
	{"DAVIS240A", &davis, Sensor{240, 180}},
	{"DAVIS240B", &davis, Sensor{240, 180}},
	{"DAVIS240C", &davis, Sensor{240, 180}},
	{"Davis346", &davis, Sensor{346, 260}},
	{"Davis346B", &davis, Sensor{346, 260}},
	{"Davis346blue", &davis, Sensor{346, 260}},
	{"Davis640", &davis, Sensor{640, 480}},
}

// parseAEDAT2 parses what follows the version line. Without a line "# AEChip:"
// the sensor is a DVS128. A given sensor overrides the size, not the layout.
func parseAEDAT2(data []byte, sensor Sensor) (*Recording, error) {
	c, rest, err := aedat2Header(data)
	if err != nil {
		return nil, err
	}
	if sensor == (Sensor{}) {
		sensor = c.sensor
	}
	if len(rest)%aedat2Bytes != 0 {
		return nil, fmt.Errorf("%d bytes follow the header, no whole number of events of %d bytes: %w", len(rest), aedat2Bytes, regular.ErrTruncated)
	}
	r := newRecording(sensor, len(rest)/aedat2Bytes)
	// The clock has 32 bits and starts again at 0 when they are used up.
	var wraps int64
	var before uint32
	for k := range len(rest) / aedat2Bytes {
		address := binary.BigEndian.Uint32(rest[k*aedat2Bytes:])
		t := binary.BigEndian.Uint32(rest[k*aedat2Bytes+4:])
		if before > t && before-t > 1<<31 {
			wraps++
		}
		before = t
		if address&c.other != 0 {
			continue
		}
		e := Event{
			T:  wraps<<32 | int64(t),
			X:  uint16(address >> c.xShift & (1<<c.xBits - 1)),
			Y:  uint16(address >> c.yShift & (1<<c.yBits - 1)),
			On: address>>c.pShift&1 == 1,
		}
		if err := r.add(k, e); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// aedat2Header reads the lines of text, which all start with #. An event may
// start with that byte too; it is no line, since its bytes are not all text.
func aedat2Header(data []byte) (c chip, rest []byte, err error) {
	c = dvs128
	for len(data) > 0 && data[0] == '#' {
		text, rest, err := line(data)
		if err != nil || !printable(text) {
			break
		}
		data = rest
		name, ok := strings.CutPrefix(text, "# AEChip:")
		if !ok {
			continue
		}
		if c, err = findChip(strings.TrimSpace(name)); err != nil {
			return c, nil, err
		}
	}
	return c, data, nil
}

func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' })
}

// findChip finds a chip by the last part of its class name.
func findChip(class string) (chip, error) {
	name := class[strings.LastIndexByte(class, '.')+1:]
	for _, k := range chips {
		if k.name == name {
			c := *k.layout
			c.sensor = k.sensor
			return c, nil
		}
	}
	return chip{}, fmt.Errorf("the addresses of AEChip %.80q are not known here; convert the file to AEDAT 3.1", class)
}
