package perfetto_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/synfire/synfire/internal/perfetto"
)

// decode prints a protobuf message by field numbers alone: an independent
// reading of the wire format. Messages inside are named by their paths.
func decode(t *testing.T, data []byte, path string, messages map[string]bool) string {
	t.Helper()
	var out []string
	for len(data) > 0 {
		tag, n := binary.Uvarint(data)
		if n <= 0 {
			t.Fatalf("%s: bad tag", path)
		}
		data = data[n:]
		field := fmt.Sprintf("%s.%d", path, tag>>3)
		switch tag & 7 {
		case 0:
			x, n := binary.Uvarint(data)
			if n <= 0 {
				t.Fatalf("%s: bad varint", field)
			}
			out, data = append(out, fmt.Sprintf("%d:%d", tag>>3, int64(x))), data[n:]
		case 1:
			out, data = append(out, fmt.Sprintf("%d:#%d", tag>>3, binary.LittleEndian.Uint64(data))), data[8:]
		case 2:
			size, n := binary.Uvarint(data)
			if n <= 0 || size > uint64(len(data)-n) {
				t.Fatalf("%s: bad length", field)
			}
			inner := data[n : n+int(size)]
			data = data[n+int(size):]
			if messages[field] {
				out = append(out, fmt.Sprintf("%d:{%s}", tag>>3, decode(t, inner, field, messages)))
			} else {
				out = append(out, fmt.Sprintf("%d:%q", tag>>3, inner))
			}
		default:
			t.Fatalf("%s: wire type %d", field, tag&7)
		}
	}
	return strings.Join(out, " ")
}

// nested are the fields of the published trace_packet.proto, track_event.proto
// and track_descriptor.proto that are messages.
var nested = map[string]bool{".1": true, ".1.11": true, ".1.60": true, ".1.60.3": true, ".1.60.4": true, ".1.60.8": true}

func TestTraceByFieldNumbers(t *testing.T) {
	var b bytes.Buffer
	w := perfetto.NewWriter(&b, 100)
	chip := w.Process("chip 0")
	core := w.Thread(chip, "core 5")
	energy := w.Counter(chip, "energy (pJ)")
	w.Slice(core, "send", 1000, 1300, []uint64{7}, nil)
	w.Slice(core, "receive", 2000, 1<<40, nil, []uint64{7, 1 << 60})
	w.Count(energy, 1300, -5)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		`1:{10:1 13:1 60:{1:1 3:{1:1 6:"chip 0"}}}`,
		`1:{10:1 60:{1:2 4:{1:1 2:2 5:"core 5"}}}`,
		`1:{10:1 60:{1:3 5:1 2:"energy (pJ)" 8:{}}}`,
		`1:{8:1000 10:1 11:{9:1 11:2 23:"send" 47:#7}}`,
		`1:{8:1300 10:1 11:{9:2 11:2}}`,
		`1:{8:2000 10:1 11:{9:1 11:2 23:"receive" 48:#7 48:#1152921504606846976}}`,
		`1:{8:1099511627776 10:1 11:{9:2 11:2}}`,
		`1:{8:1300 10:1 11:{9:4 11:3 30:-5}}`,
	}, " ")
	if d := cmp.Diff(want, decode(t, b.Bytes(), "", nested)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestLimitCutsWholeSlices stops a trace after 5 events: two slices and a
// count, with no slice that begins and does not end.
func TestLimitCutsWholeSlices(t *testing.T) {
	var b bytes.Buffer
	w := perfetto.NewWriter(&b, 5)
	core := w.Thread(w.Process("p"), "t")
	for i := range uint64(3) {
		w.Slice(core, "s", i, i+1, nil, nil)
	}
	w.Count(w.Counter(1, "n"), 9, 1)
	w.Count(core, 9, 1)
	if err := w.Close(); !errors.Is(err, perfetto.ErrLimit) {
		t.Errorf("%v, want ErrLimit", err)
	}
	s := decode(t, b.Bytes(), "", nested)
	for part, want := range map[string]int{" 11:{9:1 ": 2, " 11:{9:2 ": 2, " 11:{9:4 ": 1} {
		if got := strings.Count(s, part); got != want {
			t.Errorf("%d events of type %s, want %d", got, part, want)
		}
	}
}

type full struct{ room int }

var errFull = errors.New("full")

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteErrorIsKept(t *testing.T) {
	w := perfetto.NewWriter(&full{room: 40}, 100)
	core := w.Thread(w.Process("p"), "t")
	for i := range uint64(10) {
		w.Slice(core, "s", i, i+1, nil, nil)
	}
	if err := w.Close(); !errors.Is(err, errFull) {
		t.Errorf("%v, want %v", err, errFull)
	}
	// A track of a process that does not exist is one without a process.
	if w.Thread(99, "lost") == 0 {
		t.Error("no track")
	}
}

func TestEventsDoNotAllocate(t *testing.T) {
	w := perfetto.NewWriter(&full{room: 1 << 30}, 1<<30)
	core := w.Thread(w.Process("p"), "t")
	flows := []uint64{3}
	if n := testing.AllocsPerRun(100, func() { w.Slice(core, "s", 1, 2, flows, nil) }); n != 0 {
		t.Errorf("%v allocations a slice", n)
	}
}
