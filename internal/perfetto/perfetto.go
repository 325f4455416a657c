// Package perfetto writes traces that ui.perfetto.dev and its trace processor
// read: the TrackEvent messages of the published trace format, in protobuf.
//
// A Trace is a row of packets (field 1). A packet either describes a track
// (field 60) or is an event on one (field 11) at a time in ns (field 8):
//
//	TrackDescriptor  1 uuid, 2 name, 3 process, 4 thread, 5 parent, 8 counter
//	Process          1 pid, 6 name
//	Thread           1 pid, 2 tid, 5 name
//	TrackEvent       9 type, 11 track, 23 name, 30 counter value, 47 flows, 48 last flows
//
// The few kinds of fields that these need are written with encoding/binary.
package perfetto

import (
	"encoding/binary"
	"errors"
	"io"
)

// Track is a process, a thread or a counter.
type Track uint64

// Writer writes a trace. After an error, or when the limit is reached, it
// writes nothing more; Close tells.
type Writer struct {
	w       io.Writer
	left    int // events that may still be written
	dropped int
	err     error
	tracks  uint64
	pids    []uint64 // of each track, by uuid
	packet  []byte
	inner   []byte
	part    []byte
}

// Fields and values of the messages.
const (
	tracePacket = 1

	packetTime       = 8
	packetSequence   = 10
	packetEvent      = 11
	packetFlags      = 13
	packetDescriptor = 60

	trackUUID    = 1
	trackName    = 2
	trackProcess = 3
	trackThread  = 4
	trackParent  = 5
	trackCounter = 8

	processPID  = 1
	processName = 6
	threadPID   = 1
	threadTID   = 2
	threadName  = 5

	eventType     = 9
	eventTrack    = 11
	eventName     = 23
	eventCounter  = 30
	eventFlows    = 47
	eventLastFlow = 48

	sliceBegin = 1
	sliceEnd   = 2
	counter    = 4

	stateCleared = 1 // the flag of the first packet of a sequence
)

// NewWriter returns a writer of at most limit events, which it counts as the
// format does: a slice is two.
func NewWriter(w io.Writer, limit int) *Writer {
	return &Writer{w: w, left: limit, pids: []uint64{0}}
}

// Process adds a process, a chip say.
func (w *Writer) Process(name string) Track {
	id := w.newTrack(0)
	w.pids[id] = id
	w.part = text(number(w.part[:0], processPID, id), processName, name)
	w.describe(id, bytes(nil, trackProcess, w.part))
	return Track(id)
}

// Thread adds a thread to a process, a core say.
func (w *Writer) Thread(process Track, name string) Track {
	id := w.newTrack(process)
	w.part = number(number(w.part[:0], threadPID, w.pids[id]), threadTID, id)
	w.part = text(w.part, threadName, name)
	w.describe(id, bytes(nil, trackThread, w.part))
	return Track(id)
}

// Counter adds a counter to a process.
func (w *Writer) Counter(process Track, name string) Track {
	id := w.newTrack(process)
	w.describe(id, bytes(text(number(nil, trackParent, uint64(process)), trackName, name), trackCounter, nil))
	return Track(id)
}

// Child adds a track below another, such as what goes on beside a thread.
func (w *Writer) Child(parent Track, name string) Track {
	id := w.newTrack(parent)
	w.describe(id, text(number(nil, trackParent, uint64(parent)), trackName, name))
	return Track(id)
}

// newTrack returns the id of a track of a process.
func (w *Writer) newTrack(process Track) uint64 {
	w.tracks++
	pid := uint64(0)
	if uint64(process) < w.tracks {
		pid = w.pids[process]
	}
	w.pids = append(w.pids, pid)
	return w.tracks
}

func (w *Writer) describe(id uint64, fields []byte) {
	w.inner = append(number(w.inner[:0], trackUUID, id), fields...)
	w.packet = number(w.packet[:0], packetSequence, 1)
	if id == 1 {
		w.packet = number(w.packet, packetFlags, stateCleared)
	}
	w.packet = bytes(w.packet, packetDescriptor, w.inner)
	w.write()
}

// Slice adds a stretch of time on a track, from start to end in ns, as Begin
// and End do.
func (w *Writer) Slice(t Track, name string, start, end uint64, begins, ends []uint64) {
	if w.Begin(t, name, start, begins, ends) {
		w.End(t, end)
	}
}

// Begin begins a stretch of time on a track; those within it begin and end
// before it ends. It starts the flows in begins and ends those in ends; a flow
// is an arrow from the one slice to the other. It returns false, and there must
// be no End, if the limit leaves no room for both.
func (w *Writer) Begin(t Track, name string, start uint64, begins, ends []uint64) bool {
	if w.left < 2 {
		w.dropped += 2
		return false
	}
	w.inner = text(w.event(t, sliceBegin), eventName, name)
	for _, f := range begins {
		w.inner = fixed(w.inner, eventFlows, f)
	}
	for _, f := range ends {
		w.inner = fixed(w.inner, eventLastFlow, f)
	}
	w.left-- // of the end
	w.at(start)
	return true
}

// End ends the stretch of a track that began last.
func (w *Writer) End(t Track, end uint64) {
	w.inner = w.event(t, sliceEnd)
	w.left++
	w.at(end)
}

// Count sets a counter from a time in ns on.
func (w *Writer) Count(t Track, time uint64, value int64) {
	if w.left < 1 {
		w.dropped++
		return
	}
	w.inner = number(w.event(t, counter), eventCounter, uint64(value))
	w.at(time)
}

func (w *Writer) event(t Track, kind uint64) []byte {
	return number(number(w.inner[:0], eventType, kind), eventTrack, uint64(t))
}

// at writes the event that stands in inner.
func (w *Writer) at(time uint64) {
	w.left--
	w.packet = number(w.packet[:0], packetTime, time)
	w.packet = number(w.packet, packetSequence, 1)
	w.packet = bytes(w.packet, packetEvent, w.inner)
	w.write()
}

// write writes the packet as a field of the trace.
func (w *Writer) write() {
	if w.err != nil {
		return
	}
	w.part = binary.AppendUvarint(binary.AppendUvarint(w.part[:0], tracePacket<<3|wireBytes), uint64(len(w.packet)))
	if _, w.err = w.w.Write(w.part); w.err == nil {
		_, w.err = w.w.Write(w.packet)
	}
}

// ErrLimit is the error of a trace that would have more events than allowed;
// what was written is a trace all the same.
var ErrLimit = errors.New("the trace has more events than its limit and was cut")

// Close returns the first error of writing, or else ErrLimit if events were
// left out. It does not close the underlying writer.
func (w *Writer) Close() error {
	if w.err == nil && w.dropped > 0 {
		return ErrLimit
	}
	return w.err
}

// The kinds of fields.
const (
	wireNumber = 0
	wireFixed  = 1
	wireBytes  = 2
)

func number(b []byte, field int, x uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(field)<<3|wireNumber), x)
}

func fixed(b []byte, field int, x uint64) []byte {
	return binary.LittleEndian.AppendUint64(binary.AppendUvarint(b, uint64(field)<<3|wireFixed), x)
}

func bytes(b []byte, field int, x []byte) []byte {
	b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(field)<<3|wireBytes), uint64(len(x)))
	return append(b, x...)
}

func text(b []byte, field int, s string) []byte {
	b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(field)<<3|wireBytes), uint64(len(s)))
	return append(b, s...)
}
