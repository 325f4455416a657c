package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/synfire/synfire/emulator/cost"
	"github.com/synfire/synfire/emulator/loihi1"
	"github.com/synfire/synfire/emulator/noc"
	"github.com/synfire/synfire/internal/atomicfile"
	"github.com/synfire/synfire/internal/perfetto"
)

// TraceOptions bounds a trace. Zero is the default of each.
type TraceOptions struct {
	Path     string // "" = no trace
	Every    int    // cores and messages of every so many steps; default 1
	Messages int    // messages drawn one by one in a step, at most; default 1000
	Limit    int    // events in the file, at most; default 2,000,000
}

const (
	defaultMessages = 1000
	defaultEvents   = 2_000_000
	// maxStepMessages bounds the messages of a step that a trace looks at.
	maxStepMessages = 1 << 24
)

// TraceReport says what a trace holds.
type TraceReport struct {
	File       string `json:"file"`
	Sample     int    `json:"sample"`
	Steps      int    `json:"steps"`       // chip steps
	StepsDrawn int    `json:"steps_drawn"` // with cores and messages
	Messages   int64  `json:"messages"`    // of the steps drawn
	Drawn      int64  `json:"drawn"`       // messages drawn one by one
	Cut        bool   `json:"cut"`         // the limit of events was reached
	NoMessages string `json:"no_messages,omitempty"`
}

// text writes the report for people.
func (r *TraceReport) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "trace: sample %d, %s, of which %s with cores", r.Sample, plural(r.Steps, "chip step"), whole(float64(r.StepsDrawn)))
	if r.NoMessages != "" {
		fmt.Fprintf(&b, "; %s", r.NoMessages)
	} else {
		fmt.Fprintf(&b, "; %s of %s drawn one by one", whole(float64(r.Drawn)), plural(int(r.Messages), "message"))
	}
	if r.Cut {
		b.WriteString("; cut at the limit of events, see --trace-limit and --trace-every")
	}
	b.WriteByte('\n')
	return b.String()
}

// trace runs the chosen sample once more and writes its trace.
func (x *execution) trace(ctx context.Context) error {
	q := x.Meter.Trace
	q.Every, q.Messages, q.Limit = cmp.Or(q.Every, 1), cmp.Or(q.Messages, defaultMessages), cmp.Or(q.Limit, defaultEvents)
	r := &TraceReport{File: q.Path, Sample: x.Sample}
	err := atomicfile.WriteFile(q.Path, func(w io.Writer) error {
		t := &tracer{TraceOptions: q, report: r, w: perfetto.NewWriter(w, q.Limit)}
		metering := *x.meter
		metering.watch = t.attach
		t.describe(x.title(), x.meter.cores)
		opt := Options{Threads: x.Threads, meter: &metering}
		if err := x.machineRun.Run(ctx, x.dataRun.only(x.Sample), opt, func(int, *Sample) error { return t.err }); err != nil {
			return err
		}
		err := t.w.Close()
		if r.Cut = errors.Is(err, perfetto.ErrLimit); r.Cut {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	x.report.Trace = r
	x.report.Outputs = append(x.report.Outputs, q.Path)
	return nil
}

// tracer writes the trace of a run.
type tracer struct {
	TraceOptions
	report   *TraceReport
	w        *perfetto.Writer
	err      error
	meter    *loihi1.Meter
	steps    perfetto.Track
	counters [numCounters]perfetto.Track
	cores    []coreTracks
	by       []int // the place in cores of a core of the chip, -1 if it is not used
	now      int64 // when the step began, in 0.1 ns
	messages []noc.MessageTimes
	known    bool // messages have times
	flow     uint64
}

// coreTracks are the tracks of a core: what it computes and sends, and below
// that what it does with messages.
type coreTracks struct {
	id            int
	thread, works perfetto.Track
	sent, worked  []int // messages of the step by their index
}

// The counters, whose value holds for a step.
const (
	countSpikes = iota
	countMessages
	countEnergy
	countDepth
	countStalled
	numCounters
)

var counterNames = [numCounters]string{"spikes in the step", "messages in the step", "energy of the step (pJ)", "queue depth", "stalled (ns)"}

// describe writes the tracks.
func (t *tracer) describe(title string, cores []coreInfo) {
	chip := t.w.Process(title)
	t.steps = t.w.Thread(chip, "chip steps")
	for i, name := range counterNames {
		t.counters[i] = t.w.Counter(chip, name)
	}
	cores = slices.Clone(cores)
	slices.SortFunc(cores, func(a, b coreInfo) int { return a.id - b.id })
	for _, c := range cores {
		for len(t.by) <= c.id {
			t.by = append(t.by, -1)
		}
		t.by[c.id] = len(t.cores)
		thread := t.w.Thread(chip, fmt.Sprintf("core %d: %s", c.id, holdsText(c.holds)))
		t.cores = append(t.cores, coreTracks{id: c.id, thread: thread, works: t.w.Child(thread, fmt.Sprintf("core %d: messages", c.id))})
	}
}

// attach watches the steps and the messages of a meter.
func (t *tracer) attach(m *loihi1.Meter) {
	t.meter = m
	m.Observe = t.step
	t.known = m.ObserveMessages(t.message)
	if !t.known {
		t.report.NoMessages = "the simple model does not know when a message arrives, so none is drawn"
	}
}

func (t *tracer) drawn() bool { return t.report.Steps%t.Every == 0 }

func (t *tracer) message(m noc.MessageTimes) {
	if t.err != nil || !t.drawn() {
		return
	}
	if len(t.messages) == maxStepMessages {
		t.err = fmt.Errorf("a step has more than %d messages: leave the trace out, or trace fewer steps with --trace-every", maxStepMessages)
		return
	}
	t.messages = append(t.messages, m)
}

// ns returns a moment of the step as the trace counts time.
func (t *tracer) ns(at int64) uint64 { return uint64(t.now+at) / 10 }

// step writes a step.
func (t *tracer) step(i int, s *loihi1.MeterStep, traffic *noc.Traffic) {
	end := s.Timing.Time
	name := fmt.Sprintf("step %d", i)
	if t.w.Begin(t.steps, name, t.ns(0), nil, nil) {
		if t.w.Begin(t.steps, "barrier", t.ns(end), nil, nil) {
			t.w.End(t.steps, t.ns(s.Time))
		}
		t.w.End(t.steps, t.ns(s.Time))
	}
	for k, value := range [numCounters]int64{
		s.Counts[cost.SomaSpike], s.Counts[cost.AxonOut], (s.Energy.Total().FJ + 500) / 1000, int64(s.Timing.Depth), s.Timing.Stalled / 10,
	} {
		t.w.Count(t.counters[k], t.ns(0), value)
	}
	if t.drawn() {
		t.drawStep(s, traffic)
	}
	t.messages = t.messages[:0]
	t.report.Steps++
	t.now += s.Time
}

func (t *tracer) drawStep(s *loihi1.MeterStep, traffic *noc.Traffic) {
	t.report.StepsDrawn++
	t.report.Messages += traffic.Messages
	for k := range t.cores {
		c := &t.cores[k]
		c.sent, c.worked = c.sent[:0], c.worked[:0]
	}
	for i := range t.messages {
		m := &t.messages[i]
		a, b := &t.cores[t.by[m.Src]], &t.cores[t.by[m.Dst]]
		a.sent, b.worked = append(a.sent, i), append(b.worked, i)
	}
	load := t.meter.Load()
	first := t.flow
	// The first message in the order of sending, and then each so many, is drawn.
	every := (len(t.messages) + t.Messages - 1) / t.Messages
	for k := range t.cores {
		c := &t.cores[k]
		slices.SortStableFunc(c.sent, func(i, j int) int { return cmp.Compare(t.messages[i].Sent, t.messages[j].Sent) })
		slices.SortStableFunc(c.worked, func(i, j int) int { return cmp.Compare(t.messages[i].Received, t.messages[j].Received) })
		busy := traffic.Busy[c.id]
		if n := len(c.sent); n > 0 {
			busy = t.messages[c.sent[n-1]].Sent + load.Tail[c.id]
		}
		t.computes(c, busy, s.Timing.Time, first, every)
		if t.known {
			t.works(c, load.Outside[c.id], first, every)
		} else if traffic.Work[c.id] > 0 && t.w.Begin(c.works, "messages", t.ns(0), nil, nil) {
			t.w.End(c.works, t.ns(traffic.Work[c.id]))
		}
	}
	t.flow += uint64(len(t.messages))
}

// isDrawn tells whether message i of a step is drawn one by one.
func isDrawn(i, every int) bool { return every > 0 && i%every == 0 }

// computes draws what a core does with its neurons until busy, and that it waits
// for the others until end.
func (t *tracer) computes(c *coreTracks, busy, end int64, first uint64, every int) {
	if t.w.Begin(c.thread, "neurons", t.ns(0), nil, nil) {
		for _, i := range c.sent {
			m := &t.messages[i]
			if !isDrawn(i, every) {
				continue
			}
			flow := []uint64{first + uint64(i) + 1}
			if t.w.Begin(c.thread, fmt.Sprintf("to core %d", m.Dst), t.ns(m.Sent-t.meter.Config.Send), flow, nil) {
				t.w.End(c.thread, t.ns(m.Sent))
				t.report.Drawn++
			}
		}
		t.w.End(c.thread, t.ns(busy))
	}
	if busy < end && t.w.Begin(c.thread, "waits", t.ns(busy), nil, nil) {
		t.w.End(c.thread, t.ns(end))
	}
}

// works draws the stretches in which a core works on messages, and in them the
// messages that are drawn.
func (t *tracer) works(c *coreTracks, outside int64, first uint64, every int) {
	if outside > 0 && t.w.Begin(c.works, "input", t.ns(0), nil, nil) {
		t.w.End(c.works, t.ns(outside))
	}
	for lo := 0; lo < len(c.worked); {
		hi := lo + 1
		for hi < len(c.worked) && t.messages[c.worked[hi]].Received <= t.messages[c.worked[hi-1]].End {
			hi++
		}
		stretch := c.worked[lo:hi]
		lo = hi
		from, to := &t.messages[stretch[0]], &t.messages[stretch[len(stretch)-1]]
		if !t.w.Begin(c.works, plural(len(stretch), "message"), t.ns(from.Received), nil, nil) {
			continue
		}
		for _, i := range stretch {
			m := &t.messages[i]
			if !isDrawn(i, every) {
				continue
			}
			flow := []uint64{first + uint64(i) + 1}
			if t.w.Begin(c.works, fmt.Sprintf("from core %d, %s", m.Src, plural(int(m.Synapses), "synapse")), t.ns(m.Received), nil, flow) {
				t.w.End(c.works, t.ns(m.End))
			}
		}
		t.w.End(c.works, t.ns(to.End))
	}
}
