package runner

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// field is a field of a protobuf message, read by its number alone.
type field struct {
	number uint64
	value  uint64 // of a number
	bytes  []byte // of a text or a message
}

// fields reads a message by the wire format: the published one, with none of
// the writer's code.
func fields(t *testing.T, data []byte) []field {
	t.Helper()
	var out []field
	for len(data) > 0 {
		tag, n := binary.Uvarint(data)
		if n <= 0 {
			t.Fatal("a tag is broken")
		}
		data = data[n:]
		f := field{number: tag >> 3}
		switch tag & 7 {
		case 0:
			if f.value, n = binary.Uvarint(data); n <= 0 {
				t.Fatal("a number is broken")
			}
			data = data[n:]
		case 1:
			if len(data) < 8 {
				t.Fatal("a fixed number is cut")
			}
			f.value, data = binary.LittleEndian.Uint64(data), data[8:]
		case 2:
			size, n := binary.Uvarint(data)
			if n <= 0 || size > uint64(len(data)-n) {
				t.Fatal("a length is broken")
			}
			f.bytes, data = data[n:n+int(size)], data[n+int(size):]
		default:
			t.Fatalf("wire type %d", tag&7)
		}
		out = append(out, f)
	}
	return out
}

// one returns the only field of a number, if there is one.
func one(t *testing.T, fs []field, number uint64) (field, bool) {
	t.Helper()
	var out []field
	for _, f := range fs {
		if f.number == number {
			out = append(out, f)
		}
	}
	if len(out) > 1 {
		t.Fatalf("field %d stands there %d times", number, len(out))
	}
	return append(out, field{})[0], len(out) == 1
}

// traced is a decoded trace.
type traced struct {
	tracks map[uint64]*tracedTrack
	flows  map[uint64]*[2]tracedEnd // where each begins and ends
	slices int
}

type tracedTrack struct {
	name, kind string
	parent     uint64
	last       uint64 // time of the last event
	open       []string
	began      []uint64
	counts     []int64
	longest    map[string]uint64 // by the name of a slice
}

type tracedEnd struct {
	track *tracedTrack
	name  string
	time  uint64
	n     int
}

// readTrace decodes a trace by the field numbers of the published
// trace_packet.proto, track_descriptor.proto and track_event.proto, and checks
// that it is a sound one: tracks are described before they are used and once,
// times do not fall on a track, slices nest and all end, flows begin once.
func readTrace(t *testing.T, path string) *traced {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tr := &traced{tracks: map[uint64]*tracedTrack{}, flows: map[uint64]*[2]tracedEnd{}}
	sequence := uint64(0)
	for i, packet := range fields(t, data) {
		if packet.number != 1 {
			t.Fatalf("field %d in a trace", packet.number)
		}
		fs := fields(t, packet.bytes)
		seq, ok := one(t, fs, 10)
		if flags, _ := one(t, fs, 13); !ok || i == 0 && flags.value&1 == 0 || i > 0 && seq.value != sequence {
			t.Fatalf("packet %d belongs to no sequence", i)
		}
		sequence = seq.value
		if d, ok := one(t, fs, 60); ok {
			tr.describe(t, fields(t, d.bytes))
		}
		if e, ok := one(t, fs, 11); ok {
			at, timed := one(t, fs, 8)
			if !timed {
				t.Fatal("an event without a time")
			}
			tr.event(t, fields(t, e.bytes), at.value)
		}
	}
	for _, x := range tr.tracks {
		if len(x.open) > 0 {
			t.Errorf("track %q ends within %q", x.name, x.open)
		}
	}
	return tr
}

func (tr *traced) describe(t *testing.T, d []field) {
	t.Helper()
	id, ok := one(t, d, 1)
	if !ok || tr.tracks[id.value] != nil {
		t.Fatalf("track %d is described twice or has no number", id.value)
	}
	x := &tracedTrack{kind: "child", longest: map[string]uint64{}}
	name, _ := one(t, d, 2)
	if p, ok := one(t, d, 3); ok {
		x.kind = "process"
		name, _ = one(t, fields(t, p.bytes), 6)
	}
	if th, ok := one(t, d, 4); ok {
		x.kind = "thread"
		pid, hasPID := one(t, fields(t, th.bytes), 1)
		if tid, hasTID := one(t, fields(t, th.bytes), 2); !hasPID || !hasTID || tid.value == 0 || pid.value == 0 {
			t.Fatal("a thread without a number")
		}
		name, _ = one(t, fields(t, th.bytes), 5)
	}
	if _, ok := one(t, d, 8); ok {
		x.kind = "counter"
	}
	if p, ok := one(t, d, 5); ok {
		if x.parent = p.value; tr.tracks[x.parent] == nil {
			t.Fatal("a track below none")
		}
	}
	x.name = string(name.bytes)
	tr.tracks[id.value] = x
}

func (tr *traced) event(t *testing.T, e []field, at uint64) {
	t.Helper()
	id, _ := one(t, e, 11)
	x := tr.tracks[id.value]
	if x == nil || at < x.last {
		t.Fatalf("an event at %d on track %d, which is not described or was at a later time", at, id.value)
	}
	x.last = at
	switch kind, _ := one(t, e, 9); kind.value {
	case 1:
		name, _ := one(t, e, 23)
		x.open, x.began = append(x.open, string(name.bytes)), append(x.began, at)
		tr.slices++
		for _, f := range e {
			if f.number == 47 || f.number == 48 {
				if tr.flows[f.value] == nil {
					tr.flows[f.value] = &[2]tracedEnd{}
				}
				end := &tr.flows[f.value][f.number-47]
				*end = tracedEnd{x, string(name.bytes), at, end.n + 1}
			}
		}
	case 2:
		if len(x.open) == 0 {
			t.Fatalf("a slice of %q ends that never began", x.name)
		}
		n := len(x.open) - 1
		x.longest[x.open[n]] = max(x.longest[x.open[n]], at-x.began[n])
		x.open, x.began = x.open[:n], x.began[:n]
	case 4:
		v, ok := one(t, e, 30)
		if !ok || x.kind != "counter" {
			t.Fatalf("a count without a value, or on %s %q", x.kind, x.name)
		}
		x.counts = append(x.counts, int64(v.value))
	default:
		t.Fatalf("an event of type %d", kind.value)
	}
}

// named returns the track of a name.
func (tr *traced) named(t *testing.T, name string) *tracedTrack {
	t.Helper()
	for _, x := range tr.tracks {
		if x.name == name {
			return x
		}
	}
	t.Fatalf("there is no track %q", name)
	return nil
}

// requireFlows checks that each flow goes from a slice "to core B" of core A to
// a later one "from core A" of core B.
func (tr *traced) requireFlows(t *testing.T) {
	t.Helper()
	for id, f := range tr.flows {
		from, to := f[0], f[1]
		if from.n != 1 || to.n != 1 {
			t.Fatalf("flow %d begins %d times and ends %d times", id, from.n, to.n)
		}
		var a, b, a2, b2 int
		if _, err := fmt.Sscanf(from.track.name, "core %d:", &a); err != nil {
			t.Fatal(from.track.name)
		}
		if _, err := fmt.Sscanf(to.track.name, "core %d: messages", &b); err != nil || to.track.kind != "child" {
			t.Fatal(to.track.name)
		}
		if _, err := fmt.Sscanf(from.name+" "+to.name, "to core %d from core %d,", &b2, &a2); err != nil || a != a2 || b != b2 {
			t.Fatalf("flow %d leads from %q of core %d to %q of core %d", id, from.name, a, to.name, b)
		}
		if to.time < from.time {
			t.Fatalf("flow %d arrives at %d, before it leaves at %d", id, to.time, from.time)
		}
	}
}

func TestTraceDecodes(t *testing.T) {
	for _, timing := range []string{"simple", "detailed", "cycle"} {
		path := filepath.Join(t.TempDir(), "run.pftrace")
		rep := priced(t, Request{Meter: &MeterOptions{Timing: timing, Trace: TraceOptions{Path: path, Messages: 500}}})
		tr, c := readTrace(t, path), rep.Cost
		tr.requireFlows(t)
		threads := 0
		for _, x := range tr.tracks {
			if x.kind == "thread" {
				threads++
			}
		}
		if threads != len(c.Cores)+1 || tr.named(t, "several on loihi1").kind != "process" {
			t.Errorf("%d threads for %d cores", threads, len(c.Cores))
		}
		if n := int64(len(tr.flows)); (timing == "simple") != (n == 0) || n != rep.Trace.Drawn || n > 500*int64(c.ChipSteps) || rep.Trace.Cut {
			t.Errorf("%s: %d flows, the report says %+v", timing, n, rep.Trace)
		}
		if rep.Trace.Messages != c.Messages.Sent || rep.Trace.StepsDrawn != c.ChipSteps {
			t.Errorf("%s: %+v; the run sent %d messages", timing, rep.Trace, c.Messages.Sent)
		}
		sums := map[string]int64{}
		for _, x := range tr.tracks {
			for _, n := range x.counts {
				sums[x.name] += n
			}
			if x.kind == "counter" && len(x.counts) != c.ChipSteps {
				t.Errorf("%s: %q has %d counts in %d steps", timing, x.name, len(x.counts), c.ChipSteps)
			}
		}
		if sums["messages in the step"] != c.Messages.Sent || math.Abs(float64(sums["energy of the step (pJ)"])-float64(c.EnergyFJ)/1000) > float64(c.ChipSteps) {
			t.Errorf("%s: the counters add up to %v; %d messages and %d fJ", timing, sums, c.Messages.Sent, c.EnergyFJ)
		}
		steps := tr.named(t, "chip steps")
		if steps.last != uint64(c.Time)/10 {
			t.Errorf("%s: the trace ends at %d ns, the run at %d x 0.1 ns", timing, steps.last, c.Time)
		}
		slow := steps.longest[fmt.Sprintf("step %d", c.Steps.Slowest.Step)]
		if d := int64(slow)*10 - c.Steps.Time.Max; d > 10 || d < -10 {
			t.Errorf("%s: the slowest step takes %d ns, want %d x 0.1 ns", timing, slow, c.Steps.Time.Max)
		}
	}
}

// TestTraceIsBounded draws each third step, and stops at a limit of events.
func TestTraceIsBounded(t *testing.T) {
	dir, data := t.TempDir(), samplesFile(t)
	path := filepath.Join(dir, "third.pftrace")
	rep := priced(t, Request{Inputs: []string{data}, Sample: 3, Meter: &MeterOptions{Trace: TraceOptions{Path: path, Every: 3, Messages: 10}}})
	tr := readTrace(t, path)
	tr.requireFlows(t)
	if r := rep.Trace; r.Steps != 7 || r.StepsDrawn != 3 || r.Sample != 3 || r.Drawn > 30 || r.Drawn < 10 || rep.Cost.Timing != "detailed" {
		t.Errorf("%+v, by the %s model", r, rep.Cost.Timing)
	}
	path = filepath.Join(dir, "cut.pftrace")
	rep = priced(t, Request{Inputs: []string{data}, Meter: &MeterOptions{Trace: TraceOptions{Path: path, Limit: 301}}})
	if tr = readTrace(t, path); !rep.Trace.Cut || tr.slices > 150 || tr.slices < 100 || !strings.Contains(rep.Trace.text(), "cut at the limit") {
		t.Errorf("%d slices; %s", tr.slices, rep.Trace.text())
	}
}

// TestTraceBytes runs on 1 and 2 threads.
func TestTraceBytes(t *testing.T) {
	var files []string
	for threads := 1; threads <= 2; threads++ {
		path := filepath.Join(t.TempDir(), "run.pftrace")
		priced(t, Request{Threads: threads, Meter: &MeterOptions{Trace: TraceOptions{Path: path, Messages: 100}}})
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, string(data))
	}
	if files[0] != files[1] {
		t.Error("the trace depends on the number of threads")
	}
}
