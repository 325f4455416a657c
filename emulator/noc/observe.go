package noc

// MessageTimes says when a message was on its way, in units of 0.1 ns from the
// start of the step: its core had sent it at Sent, and the core that it goes to
// worked on it from Received to End.
type MessageTimes struct {
	Message
	Src                 int
	Sent, Received, End int64
}

// Observed is a model that knows the way of each message. Simple is none.
type Observed interface {
	Model
	// Observe has f called once for each message of the steps that follow, in
	// an order of the model's own.
	Observe(f func(MessageTimes))
}

// Observe implements Observed. Messages come in the order in which they are
// sent.
func (d *Detailed) Observe(f func(MessageTimes)) { d.observe = f }

// tell tells the observer of the message that a core has just sent. Times are
// rounded down, the work on a message is kept.
func (d *Detailed) tell(l *Load, src int, sent int64) {
	x := &d.at[src]
	received := (d.busy[x.dst] >> timeBits) - x.work
	d.observe(MessageTimes{l.Fanout[x.message], src, sent >> timeBits, received, received + x.work})
}

// tags follows messages through the buffers of a Cycle, which hold what all
// messages of a kind have in common and not which one they are.
type tags struct {
	observe func(MessageTimes)
	ring    []int32 // beside Cycle.ring: the message in each place, as an index of sent
	now     int32   // the message that moves
	sent    []sending
}

// sending is who sent a message when.
type sending struct {
	src  int32
	time int64
}

// Observe implements Observed. Messages come in the order in which the work on
// them ends.
func (y *Cycle) Observe(f func(MessageTimes)) {
	y.tags = nil
	if f != nil {
		y.tags = &tags{observe: f, ring: make([]int32, len(y.ring))}
	}
}

// make notes a message that a core has sent.
func (t *tags) make(src int32, now int64) {
	t.now = int32(len(t.sent))
	t.sent = append(t.sent, sending{src, now})
}

// end tells the observer of the message that was worked on.
func (t *tags) end(m Message, work, now int64) {
	s := t.sent[t.now]
	t.observe(MessageTimes{m, int(s.src), s.time, now - work, now})
}
