package events

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/synfire/synfire/internal/regular"
)

const (
	aedat3End      = "#!END-HEADER"
	aedat3Header   = 28 // bytes before the events of a packet
	aedat3Bytes    = 8  // of a polarity event
	aedat3Polarity = 1  // type of packet
)

// packet is the header of a packet: 16 bits of type and source each, then 32
// bits each of event size, offset of the time in an event, overflows of the
// clock, capacity, number of events and number of valid events.
type packet struct {
	kind                              int16
	size, overflow, capacity, present int32
}

func parsePacket(b []byte) packet {
	int32At := func(at int) int32 { return int32(binary.LittleEndian.Uint32(b[at:])) }
	return packet{
		kind: int16(binary.LittleEndian.Uint16(b)),
		size: int32At(4), overflow: int32At(12), capacity: int32At(16), present: int32At(20),
	}
}

// check returns the bytes of the events of the packet, which are followed by
// left bytes in all.
func (p *packet) check(left int) (int, error) {
	if p.size < 1 || p.capacity < 0 || p.present < 0 || p.overflow < 0 {
		return 0, fmt.Errorf("it claims %d events of capacity %d, %d bytes each, after %d overflows", p.present, p.capacity, p.size, p.overflow)
	}
	if p.kind == aedat3Polarity && p.size != aedat3Bytes {
		return 0, fmt.Errorf("its polarity events have %d bytes; %d are known", p.size, aedat3Bytes)
	}
	// In files the two are equal; where they are not, readers disagree on
	// which of them says where the next packet starts.
	if p.capacity != p.present {
		return 0, fmt.Errorf("it holds %d events and has a capacity of %d; in a file they are equal: record or export it again", p.present, p.capacity)
	}
	body := int64(p.size) * int64(p.present)
	if body > int64(left) {
		return 0, fmt.Errorf("its %d events of %d bytes do not fit into the %d bytes left: %w", p.present, p.size, left, regular.ErrTruncated)
	}
	return int(body), nil
}

// parseAEDAT3 parses what follows the version line. Packets of other types are
// skipped.
func parseAEDAT3(data []byte, sensor Sensor) (*Recording, error) {
	data, err := aedat3Text(data)
	if err != nil {
		return nil, err
	}
	r := &Recording{Width: sensor.Width, Height: sensor.Height}
	if sensor == (Sensor{}) {
		r.Width, r.Height = maxSide<<1, maxSide<<1 // all of 15 bits, until fit
	}
	for n := 0; len(data) > 0; n++ {
		if len(data) < aedat3Header {
			return nil, fmt.Errorf("packet %d: the file ends in its header: %w", n, regular.ErrTruncated)
		}
		p := parsePacket(data)
		data = data[aedat3Header:]
		body, err := p.check(len(data))
		if err != nil {
			return nil, fmt.Errorf("packet %d: %w", n, err)
		}
		if p.kind == aedat3Polarity {
			if err := r.polarity(&p, data[:body]); err != nil {
				return nil, fmt.Errorf("packet %d: %w", n, err)
			}
		}
		data = data[body:]
	}
	if sensor == (Sensor{}) {
		r.fit()
	}
	return r, nil
}

// aedat3Text skips the lines of text, up to and with the one that ends them.
func aedat3Text(data []byte) ([]byte, error) {
	for len(data) > 0 && data[0] == '#' {
		text, rest, err := line(data)
		if err != nil {
			return nil, err
		}
		if text == aedat3End {
			return rest, nil
		}
		data = rest
	}
	return nil, errors.New("the header has no line " + aedat3End)
}

// polarity reads the events of a packet: 32 bits of data (bit 0 valid, bit 1
// polarity, bits 2 to 16 y, bits 17 to 31 x) and a time of 31 bits each.
// Events that are marked as invalid are left out.
func (r *Recording) polarity(p *packet, body []byte) error {
	for k := range int(p.present) {
		word := binary.LittleEndian.Uint32(body[k*aedat3Bytes:])
		t := int32(binary.LittleEndian.Uint32(body[k*aedat3Bytes+4:]))
		if word&1 == 0 {
			continue
		}
		if t < 0 {
			return fmt.Errorf("event %d has the time %d", k, t)
		}
		e := Event{T: int64(p.overflow)<<31 | int64(t), X: uint16(word >> 17), Y: uint16(word >> 2 & 0x7fff), On: word&2 != 0}
		if err := r.add(k, e); err != nil {
			return err
		}
	}
	return nil
}
